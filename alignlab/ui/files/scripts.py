"""The lines of an exported script that read the user's files."""

from __future__ import annotations

from collections.abc import Sequence


def table_lines(files: Sequence[tuple[str, str]], key: str | None = None) -> str:
    """Lines that read the user's files as one `table`; files and key : as for `source_lines`."""
    return f"{source_lines(files, key)}\ntable = source.whole()"


def source_lines(files: Sequence[tuple[str, str]], key: str | None = None) -> str:
    """Lines that open the user's files, given by name and SHA-256, as one `source`.

    key : the column by which their rows are matched, as for `open_source`.
    """
    return f"""from alignlab.files.columns import ColumnChoice
from alignlab.files.source import open_source

files = {tuple(files)!r}
for name, digest in files:
    if not (HERE / name).exists():
        raise SystemExit(f"put {{name}} (SHA-256 {{digest}}) beside this script")
source = open_source([HERE / name for name, _ in files], {key!r})
if source.table is not None:
    for (name, digest), (_, found) in zip(files, source.files):
        assert found == digest, f'{{name}} is another file'"""
