"""Bitcoin's raw data: parse blocks, hash them, and verify them against their headers."""
