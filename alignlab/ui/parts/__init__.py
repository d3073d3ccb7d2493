"""One module a page: its controls, spec, cached calls, script and `PAGE`."""
