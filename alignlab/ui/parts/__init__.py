"""One module per page: its controls, spec, cached calls, script and `PAGE`."""
