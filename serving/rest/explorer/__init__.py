"""The ledger for people: blocks, transactions, accounts, labels, and what flows are made of; all with their SQL."""
