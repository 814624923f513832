"""Block headers of the other assets that have a hash rate beside Bitcoin."""
