"""Parquet files as columns of numbers or text.

A column of lists, as embeddings are often saved, becomes one column per list element. Columns that
are neither numbers, nor text, nor dates, nor lists of numbers are left out, with the reason.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from alignlab.files.formats.arrow_kinds import TEXT, stored
from alignlab.files.formats.arrow_tables import (
    ArrowTable,
    arrow_columns,
    decimal_notes,
    table_of,
)
from alignlab.files.formats.format import Format, sample_table
from alignlab.files.formats.parquet_pages import pages_of
from alignlab.files.limits import (
    MAX_FOOTER_BYTES,
    UnreadableError,
    refuse_bomb,
    refuse_width,
)
from alignlab.files.reading_notes import annotated

READ_BYTES = 2**16
"""Buffer size for reading a Parquet column: row groups may be of any size."""

MAX_LARGE_FOOTER_BYTES = 2**26
"""Largest footer accepted of a file read in blocks; parsed, it takes many times that in memory."""

_LOOK = 16
"""Number of values read at a time when searching for the first that is not missing."""


def read_parquet(content: bytes) -> pd.DataFrame:
    """The columns of a Parquet file given as bytes; those of a list column `A` are `A[0]`, ...

    The table's `reading_notes` say what was left out and what was converted.

    Raises
    ------
    UnreadableError
        More columns, or more unpacked bytes, than `alignlab.files.limits` allows, repeated names,
        or no column that can be read. A broken file raises the errors of pyarrow.
    """
    import pyarrow.parquet as pq

    refuse_footer(content[-8:], MAX_FOOTER_BYTES)
    file = pq.ParquetFile(io.BytesIO(content), pre_buffer=False)
    schema, meta = file.schema_arrow, file.metadata
    kinds, left_out = arrow_columns(schema)
    leaves = _leaves(schema, meta.num_columns, kinds)
    refuse_width(len(leaves))
    pages = pages_of(content, leaves)  # before anything is unpacked
    refuse_bomb(sum(one.unpacked for one in pages))
    refuse_bomb(8 * max(sum(one.values for one in pages), meta.num_rows * len(leaves)))
    # a repeated long text is held once, and its size is checked before it is expanded
    text = [name for name, kind in kinds.items() if kind == TEXT]
    texts = set(_leaves(schema, meta.num_columns, dict.fromkeys(text, TEXT)))
    if any(one.prefixed for leaf, one in zip(leaves, pages, strict=True) if leaf in texts):
        raise UnreadableError(  # pyarrow unpacks a thousand at a time, each as long as a page
            "its texts are in the encoding DELTA_BYTE_ARRAY, whose size cannot be known first: "
            "save it again with pandas or pyarrow"
        )
    file = pq.ParquetFile(io.BytesIO(content), read_dictionary=text, pre_buffer=False)

    def column_of(name: str) -> Any:
        return file.read([name], use_threads=False).select([name]).column(0)

    table = table_of(kinds, left_out, column_of)
    return annotated(table, decimal_notes(schema, kinds), left_out)


def _leaves(schema: Any, count: int, kinds: Mapping[str, str]) -> list[int]:
    """Indices of the stored columns to be read, out of `count` in the file."""
    found: list[int] = []
    first = 0
    for field in schema:
        width = _width(field.type)
        if field.name in kinds:
            found += range(first, first + width)
        first += width
    return found if first == count else list(range(count))


def _width(kind: Any) -> int:
    """Number of stored columns that an Arrow type takes in a file."""
    import pyarrow as pa

    if isinstance(kind, pa.BaseExtensionType):
        return _width(kind.storage_type)
    return sum(_width(kind.field(j).type) for j in range(kind.num_fields)) or 1


def refuse_footer(end: bytes, most: int) -> None:
    """`UnreadableError` if the last 8 bytes of a Parquet file declare a footer over `most`."""
    length = int.from_bytes(end[:4], "little")
    if end[4:] == b"PAR1" and length > most:
        raise UnreadableError(
            f"its footer has {length / 2**20:.0f} MB, the limit is {most / 2**20:.0f} MB: save it "
            "in fewer row groups"
        )


class Parquet(ArrowTable):
    """The columns of a Parquet file, by the same rules as `read_parquet`."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._text: list[str] = []
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 8))
            refuse_footer(file.read(), MAX_LARGE_FOOTER_BYTES)
        with self._file() as file:
            schema, rows = file.schema_arrow, file.metadata.num_rows
        self._describe(schema, rows)

    def _first_values(self, name: str) -> Any:
        found: Any = None
        with self._file() as file:
            for batch in file.iter_batches(_LOOK, columns=[name], use_threads=False):
                found = stored(batch.select([name]).column(0))
                if found.null_count < len(found):
                    break
        return found

    def _file(self) -> Any:
        import pyarrow.parquet as pq

        # with pre_buffer, or without a buffer size, whole row groups would be held
        return pq.ParquetFile(
            self.path,
            pre_buffer=False,
            buffer_size=READ_BYTES,
            read_dictionary=self._text,  # a repeated long text is held in memory once
        )

    def _batches(self, columns: list[str], rows: int) -> Iterator[Any]:
        with self._file() as file:
            yield from file.iter_batches(rows, columns=columns, use_threads=False)


def sample(left: np.ndarray, right: np.ndarray, names: np.ndarray) -> bytes:
    """Views left (n, d1) and right (n, d2) as plain columns, and class names (n,)."""
    buffer = io.BytesIO()
    sample_table(left, right, names).to_parquet(buffer, index=False)
    return buffer.getvalue()


FORMAT = Format(
    label="Parquet",
    endings=("parquet",),
    read=lambda content, stem: read_parquet(content),
    sample=sample,
    opened=Parquet,
    extra="files",
    modules=("pyarrow",),
)
