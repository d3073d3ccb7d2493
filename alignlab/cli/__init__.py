"""The command line: `alignlab diagnose`, `align`, `sweep` and `app`.

Each command is a module with `add`, which declares its arguments, and `run`, which returns the exit
code. Libraries are imported in `run`, so that help and refusals of arguments come at once.
"""
