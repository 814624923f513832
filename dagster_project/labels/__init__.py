"""Exchange labels: which addresses belong to which exchange, and the source of that claim."""
