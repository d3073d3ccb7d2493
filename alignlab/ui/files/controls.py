"""The controls of the user's files and of their columns."""

from __future__ import annotations

from collections.abc import Sequence

from alignlab.files.limits import MAX_COLUMNS
from alignlab.ui.controls import Choice, Control, Text

_OF_FILES = {"case": ("upload", "path"), "data": ("upload", "path")}
_OF_UPLOAD = {"source": ("upload",), **_OF_FILES}
OF_PATH = {"case": ("path",), "data": ("path",)}
"""The values of other controls with which a path has a meaning."""

UPLOAD_NAME = Text(name="file", label="File", default="", read=str, needs=_OF_UPLOAD)
UPLOAD_DIGEST = Text(name="digest", label="SHA-256", default="", read=str, needs=_OF_UPLOAD)
KEY = Text(name="key", label="Match rows by", default="", read=str, needs=_OF_UPLOAD)
LABELS = Text(name="labels", label="Labels", default="", read=str, needs=_OF_UPLOAD)

DROP = Choice(
    name="drop", label="Rows with missing values", default="refuse",
    options={"refuse": "refuse", "drop": "leave out"},
    help="How to treat rows in which a view holds NaN or an infinite value.",
    needs=_OF_FILES,
)  # fmt: skip


def read_ranges(text: str) -> list[int]:
    """Column numbers as an address carries them: "0-2,5" is 0, 1, 2, 5."""
    numbers: list[int] = []
    for part in filter(None, text.split(",")):
        ends = part.split("-")
        if len(ends) > 2 or not all(end.isdigit() and int(end) <= MAX_COLUMNS for end in ends):
            raise ValueError(f"{text!r} is not a list of columns such as 0-2,5")
        numbers.extend(range(int(ends[0]), int(ends[-1]) + 1))
        if len(numbers) > MAX_COLUMNS:
            raise ValueError(f"{text[:40]!r}… names more than {MAX_COLUMNS:,} columns")
    return numbers


MORE_LABELS = Text(
    name="more_labels", label="More labels", default="", read=read_ranges, needs=_OF_UPLOAD
)
VIEW2 = Text(name="view2", label="View 2", default="", read=read_ranges, needs=_OF_UPLOAD)
VIEW1 = Text(name="view1", label="View 1", default="", read=read_ranges, needs=_OF_UPLOAD)
UPLOAD: tuple[Control, ...] = (
    UPLOAD_NAME, UPLOAD_DIGEST, VIEW1, VIEW2, LABELS, MORE_LABELS, KEY,
)  # fmt: skip


def write_ranges(numbers: Sequence[int]) -> str:
    """The inverse of `read_ranges`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(f"{a}-{b}" if a < b else f"{a}" for a, b in runs)
