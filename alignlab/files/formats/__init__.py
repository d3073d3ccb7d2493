"""One module per file format, and their helpers."""
