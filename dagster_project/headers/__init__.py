"""Block headers of the assets whose hash rate is computed beside Bitcoin's."""
