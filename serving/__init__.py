"""The read side: REST in the Coin Metrics shape, GraphQL in the Santiment shape and a page, on the published copy."""
