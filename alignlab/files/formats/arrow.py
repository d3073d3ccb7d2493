"""Feather and Arrow IPC, files and streams, as columns of numbers or text, whole or in blocks.

A file is read as the stream that it holds, from its first message to its last: its footer, which
may name the same batch many times, is not needed.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd

from alignlab.files import limits
from alignlab.files.formats.arrow_kinds import stored
from alignlab.files.formats.arrow_messages import messages, start_of
from alignlab.files.formats.arrow_tables import (
    ArrowTable,
    arrow_columns,
    decimal_notes,
    table_of,
)
from alignlab.files.formats.format import Format, sample_table
from alignlab.files.limits import UnreadableError, refuse_bomb, refuse_width
from alignlab.files.reading_notes import annotated

_LOOK = 16
"""Number of rows that tell how a column is read."""


def read_arrow(content: bytes) -> pd.DataFrame:
    """The columns of an Arrow file or stream; those of a list column `A` are `A[0]`, ...

    Raises
    ------
    UnreadableError
        More columns, or more unpacked bytes, than `alignlab.files.limits` allows, which the
        messages declare and is checked before anything is unpacked; a truncated or malformed file;
        no column that can be read.
    """
    import pyarrow as pa

    file = io.BytesIO(content)
    _refuse_old(file)
    found = list(messages(file, len(content)))
    refuse_bomb(sum(message.unpacked for message in found))
    with pa.ipc.open_stream(pa.py_buffer(content)[start_of(file) :]) as reader:
        schema = reader.schema
        refuse_width(len(schema.names))
        kinds, left_out = arrow_columns(schema)
        refuse_bomb(8 * max(1, len(kinds)) * sum(message.rows for message in found))
        table = pa.Table.from_batches(map(_checked, reader), schema)
    frame = table_of(kinds, left_out, table.column)
    return annotated(frame, decimal_notes(schema, kinds), left_out)


class Arrow(ArrowTable):
    """The columns of an Arrow file or stream, by the same rules as `read_arrow`.

    One record batch is in memory at a time; it may unpack to `limits.MAX_UNPACKED_BYTES`.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        with path.open("rb") as file:
            _refuse_old(file)
            rows = dictionaries = largest = 0
            for message in messages(file, path.stat().st_size):
                if message.is_batch:
                    rows += message.rows
                    largest = max(largest, message.unpacked, 8 * message.rows)
                else:
                    dictionaries += message.unpacked
            if dictionaries + largest > limits.MAX_UNPACKED_BYTES:
                raise UnreadableError(
                    f"a record batch unpacks to {(dictionaries + largest) / 2**30:.1f} GB, the "
                    f"limit is {limits.MAX_UNPACKED_BYTES / 2**30:.1f} GB: write smaller ones "
                    "(pyarrow.feather.write_feather(table, path, chunksize=10_000))"
                )
            self._start = start_of(file)
        self._schema = self._reader_schema()
        self._head: Any = None
        self._describe(self._schema, rows)
        self._head = None  # it holds the memory of a whole batch

    def _reader_schema(self) -> Any:
        import pyarrow as pa

        with self._opened() as file, pa.ipc.open_stream(file) as reader:
            return reader.schema

    def _opened(self) -> Any:
        import pyarrow as pa

        file = pa.OSFile(str(self.path))
        file.seek(self._start)
        return file

    def _first_values(self, name: str) -> Any:
        if self._head is None:  # one read for all columns, as the first rows mostly tell
            first = next(self._batches(list(self._kinds), 0), None)
            self._head = {} if first is None else dict(zip(self._kinds, first.columns, strict=True))
        if name in self._head and (found := _first_known(self._head[name])) is not None:
            return found
        column: Any = None
        for batch in self._batches([name], 0):
            column = batch.column(0)
            if (found := _first_known(column)) is not None:
                return found
        return stored(column[:_LOOK])

    def _batches(self, columns: list[str], rows: int) -> Iterator[Any]:
        import pyarrow as pa

        places = [self._schema.get_field_index(name) for name in columns]
        options = pa.ipc.IpcReadOptions(included_fields=sorted(places), use_threads=False)
        with self._opened() as file, pa.ipc.open_stream(file, options=options) as reader:
            for batch in reader:
                yield _checked(batch).select(columns)


def _first_known(column: Any) -> Any:
    """Some rows of a column from the first value that is not missing on; None if all are."""
    if column.null_count == len(column):
        return None
    first = int(np.argmax(column.is_valid().to_numpy(zero_copy_only=False)))
    return stored(column[first : first + _LOOK])


def _checked(batch: Any) -> Any:
    """A record batch whose offsets and texts are valid: pyarrow trusts them otherwise."""
    batch.validate(full=True)
    return batch


def _refuse_old(file: IO[bytes]) -> None:
    file.seek(0)
    if file.read(4) == b"FEA1":
        raise UnreadableError(
            "it is Feather version 1, which is no longer read: load it where it was written and "
            "save it with pandas.DataFrame.to_feather, or as Parquet"
        )


def sample(left: np.ndarray, right: np.ndarray, names: np.ndarray) -> bytes:
    """Views left (n, d1) and right (n, d2) as plain columns, and class names (n,)."""
    buffer = io.BytesIO()
    sample_table(left, right, names).to_feather(buffer)
    return buffer.getvalue()


FORMAT = Format(
    label="Feather / Arrow",
    endings=("feather", "arrow", "ipc"),
    read=lambda content, stem: read_arrow(content),
    sample=sample,
    opened=Arrow,
    extra="files",
    modules=("pyarrow",),
)
