"""SQL of callers: each query runs in its own process, which can only read the published tables."""
