"""One module a file format, and what belongs to it."""
