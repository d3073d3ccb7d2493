"""Aligners, one family per module: maps of two or more views into one space."""
