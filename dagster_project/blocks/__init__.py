"""Bitcoin's raw data: parsing blocks, hashing them, and proving that they are what they say."""
