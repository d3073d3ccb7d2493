"""Experiments, which combine data, aligners and metrics: one module per experiment."""
