"""GraphQL in the shape of the Santiment API."""
