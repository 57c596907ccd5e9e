"""Measurements; docs/benchmarks.md holds the latest results."""
