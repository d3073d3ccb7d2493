"""`alignlab.read`: files and folders as features, from a notebook or a script."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from alignlab.data.features import Features
from alignlab.files.chosen import refuse_texts
from alignlab.files.columns import ColumnChoice, is_numeric
from alignlab.files.keys import POSITION
from alignlab.files.source import Source, open_source

Names = str | Sequence[str]
"""The name of a column or of a group of columns, or several."""

_SHOWN = 8
"""Maximum number of names listed in a message."""


def read(
    *paths: str | os.PathLike[str],
    x: Names | None = None,
    y: Names | None = None,
    labels: Names | None = None,
    key: str | None = None,
) -> Features:
    """The two views and labels in files and folders, whole in memory.

    Parameters
    ----------
    paths : files of the formats in the README, or folders of them (shards, clip-retrieval, saved
        Hugging Face datasets). Tables come side by side, shards of one table below each other.
    x, y : columns of view 1 and view 2, numbers only. "img_emb" stands for the columns img_emb[0],
        img_emb[1], ... of an array or a list, or img_emb_0, img_emb_1, ... of a table. None guesses
        as the page does: the first two groups of columns, or files.
    labels : label columns, by name as x; None guesses, () is none.
    key : the column that tells which rows of several files belong together; "position" for none,
        None to find one.

    Returns
    -------
    Features, with X (n, d1), Y (n, d2), `labels` (n,) or (n, p) as `diagnose` takes them, and the
    names of the label columns as `targets`.

    Raises
    ------
    ValueError
        Naming cause and remedy: a file that cannot be read, tables that do not belong together, a
        name that no column has, text or missing values in a view.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> import alignlab as al
    >>> folder = tempfile.TemporaryDirectory()
    >>> data = al.generate(al.SyntheticSpec(n=60, d1=3, d2=4))
    >>> path = Path(folder.name) / "pairs.npz"
    >>> np.savez(path, img=data.X1, txt=data.X2, kind=data.labels)
    >>> found = al.read(path, x="txt", y="img", labels="kind")
    >>> found.X.shape, found.Y.shape, found.targets
    ((60, 4), (60, 3), ('kind',))
    >>> al.diagnose(found.X, found.Y, found.labels, resamples=2).n
    60
    >>> folder.cleanup()
    """
    source = open_source([Path(path) for path in paths], key)
    return source.features(choice_of(source, x, y, labels))


def choice_of(
    source: Source, x: Names | None = None, y: Names | None = None, labels: Names | None = None
) -> ColumnChoice:
    """The columns that names stand for, as for `read`; what is None is guessed.

    Raises ValueError for a name that no column has, with the names that there are.
    """
    view1, view2, named = (
        None if names is None else _columns(source, names) for names in (x, y, labels)
    )
    _check_key(source)
    taken = {*(view1 or ()), *(view2 or ()), *(named or ())}
    guess = source.guess
    if named is None:
        named = tuple(column for column in guess.label_columns if column not in taken)
        taken |= set(named)
    rest = [view for view in (guess.view1, guess.view2) if view and not taken & set(view)]
    if view1 is None or view2 is None:
        wanted = (view1 is None) + (view2 is None)
        refuse_texts(source.head)
        if len(rest) < wanted:
            raise ValueError(
                f"the columns left for {'x' if view1 is None else 'y'} are not told apart: name "
                f"x and y; there are {_offered(source)}"
            )
        view1 = rest.pop(0) if view1 is None else view1
        view2 = rest.pop(0) if view2 is None else view2
    first, *more = named or (None,)
    return ColumnChoice(view1=view1, view2=view2, labels=first, more_labels=tuple(more or ()))


def _check_key(source: Source) -> None:
    """ValueError for a key that no column has: a single table is read without looking for it."""
    if source.key in (None, POSITION):
        return
    if not any(column == source.key or column.endswith(f".{source.key}") for column in source.head):
        raise ValueError(f"there is no column {source.key!r} to match rows by")


def _columns(source: Source, names: Names) -> tuple[str, ...]:
    found: list[str] = []
    for name in [names] if isinstance(names, str) else names:
        if name in source.head:
            found.append(name)
            continue
        group = [
            column
            for column in source.head
            if re.fullmatch(rf"{re.escape(name)}(\[\d+\]|[_.\- ]?\d+)", column)
        ]
        if not group:
            raise ValueError(f"there is no column or array {name!r}: there are {_offered(source)}")
        found += group
    return tuple(dict.fromkeys(found))


def _offered(source: Source) -> str:
    """The names that stand for columns: groups by their own, other columns one by one."""
    groups = dict.fromkeys(
        re.sub(r"(\[\d+\]|[_.\- ]?\d+)$", "", column) if is_numeric(source.head[column]) else column
        for column in source.head
    )
    names = [name for name in groups if name]
    more = f" … ({len(names):,})" if len(names) > _SHOWN else ""
    return ", ".join(map(repr, names[:_SHOWN])) + more
