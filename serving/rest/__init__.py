"""REST in the shape of the Coin Metrics API v4."""
