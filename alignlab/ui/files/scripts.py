"""The lines of an exported script that read the user's files."""

from __future__ import annotations

from collections.abc import Sequence


def table_lines(files: Sequence[tuple[str, str]]) -> str:
    """Lines that read the user's files, given by name and SHA-256, as one `table`."""
    return f"""from hashlib import sha256

from alignlab.files.columns import ColumnChoice, join_tables
from alignlab.files.tables import read_table

tables = {{}}
for name, digest in {tuple(files)!r}:
    if not (HERE / name).exists():
        raise SystemExit(f"put {{name}} (SHA-256 {{digest}}) beside this script")
    content = (HERE / name).read_bytes()
    assert sha256(content).hexdigest() == digest, f"{{name}} is another file"
    tables[name] = read_table(content, name, columns=1)
table, _ = join_tables(tables)"""
