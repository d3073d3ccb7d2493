"""Data types: views, pairs, label columns and features, and the synthetic and digits data."""
