"""The sample chain: a synthetic chain of any size, for the demo, the tests and the benchmarks; never real data."""
