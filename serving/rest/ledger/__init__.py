"""The ledger in the shape of `blockchain-v2` of the Coin Metrics API: blocks, transactions, accounts, updates."""
