"""Align, predict, or neither: what pairs and a few labels say before any training."""
