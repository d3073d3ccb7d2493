"""Aligners, one family a module: two or more views brought into one space."""
