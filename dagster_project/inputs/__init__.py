"""What all readers of a user's files share: rows with their lines, bad rows, tables in the lake."""
