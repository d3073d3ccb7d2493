"""Benchmarks: run one by `python -m tests.benchmarks.NAME`; each prints its table."""
