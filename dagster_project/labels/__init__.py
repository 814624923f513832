"""Exchange labels: which addresses belong to which exchange, and who says so."""
