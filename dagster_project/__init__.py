"""satledger: from raw Bitcoin blocks to a double-entry ledger and daily metrics."""
