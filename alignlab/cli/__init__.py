"""The command line: `alignlab diagnose`, `align`, `sweep` and `app`."""
