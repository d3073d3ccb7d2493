"""What every file format brings: its name, its endings, how it is read, and a sample."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Format:
    """A file format.

    label : its name, as the page and messages give it.
    endings : of file names, lower case, without the leading dot; "csv.gz" counts before "gz".
    read : the columns of a file, from its bytes and the stem of its name. Raises
        `limits.UnreadableError` with cause and remedy; checks the sizes that a file declares
        before it allocates memory for them; notes what it left out (`reading_notes.annotated`).
    sample : the bytes of a small file from left (n, d1), right (n, d2) and class names (n,);
        None where a format cannot hold them.
    opened : opens a file of any size as a `large_files.LargeTable`, which is read in blocks; None
        where files are only read whole.
    extra : the extra of this package that installs the library of the format, None if the package
        always has it. modules : the modules of that library that must be importable.
    """

    label: str
    endings: tuple[str, ...]
    read: Callable[[bytes, str], pd.DataFrame]
    sample: Callable[[np.ndarray, np.ndarray, np.ndarray], bytes] | None = None
    opened: Callable[[Path], Any] | None = None
    extra: str | None = None
    modules: tuple[str, ...] = ()


def sample_table(left: np.ndarray, right: np.ndarray, names: np.ndarray) -> pd.DataFrame:
    """Columns left_0, ..., right_0, ..., label: left (n, d1), right (n, d2) and names (n,)."""
    columns = {f"left_{j}": values for j, values in enumerate(left.T)}
    columns |= {f"right_{j}": values for j, values in enumerate(right.T)}
    return pd.DataFrame(columns | {"label": names})
