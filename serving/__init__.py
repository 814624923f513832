"""The read side: a Coin Metrics style REST API, a Santiment style GraphQL API and web pages, on the published copy."""
