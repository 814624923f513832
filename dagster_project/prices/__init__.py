"""Daily closing prices in USD."""
