"""Benchmarks: every claim about speed is a ratio, measured in one run on one machine."""
