"""What combines data, aligners and metrics: one module an experiment."""
