"""What the domains that read a user's files share: rows with their line, bad rows, tables in the lake."""
