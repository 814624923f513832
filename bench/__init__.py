"""Benchmarks: every claim about speed is a ratio of times from one run on one machine."""
