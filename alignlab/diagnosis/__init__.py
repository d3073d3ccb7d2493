"""Align, predict, or neither: diagnose paired data with a few labels before any training."""
