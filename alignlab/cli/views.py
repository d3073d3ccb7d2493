"""The files of a command line: read through the package's one door, and which columns are what."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alignlab.files.columns import ColumnChoice
    from alignlab.files.source import Source


def add_files(command: argparse.ArgumentParser) -> None:
    """Declare the arguments that name files and their columns."""
    command.add_argument(
        "files", nargs="+", metavar="FILE",
        help="one file or folder with both views, or one per view; row i of all is the same "
        "sample, unless a column identifies rows",
    )  # fmt: skip
    for view, name in (("x", "first"), ("y", "second")):
        command.add_argument(
            f"--{view}", action="append", metavar="NAME",
            help=f"the {name} view: a column, an array, or a family of columns such as img_emb for "
            "img_emb_0, img_emb_1, ...; may be given several times",
        )  # fmt: skip
    command.add_argument(
        "--key", metavar="NAME",
        help="the column that identifies rows; by default one that the files share, such as id; "
        "position matches row i of each file whatever their columns hold",
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Brought:
    """The files of a command line.

    of_labels : the columns of the labels file. alone : whether one file holds both views.
    """

    source: Source
    of_labels: tuple[str, ...] = ()
    alone: bool = False


def opened(files: Sequence[str], key: str | None, labels: str | None = None) -> Brought:
    """Read the files, with the labels file last; ValueError if they cannot be read."""
    from alignlab.files.source import open_source

    for name in (*files, *([] if labels is None else [labels])):
        if not Path(name).exists():
            raise ValueError(f"there is no file {name}: check the path")
    if labels is None:
        return Brought(source=open_source([Path(name) for name in files], key))
    if Path(labels).is_dir():
        raise ValueError(f"{labels} is a folder: name a file of labels")
    source = open_source([Path(name) for name in (*files, labels)], key)
    return Brought(
        source=source,
        of_labels=_columns_of(Path(labels), source),
        alone=len(files) == 1 and Path(files[0]).is_file(),
    )


def _columns_of(path: Path, source: Source) -> tuple[str, ...]:
    """The columns of one of the files, by their names in the whole table, without any key."""
    from alignlab.files.keys import matched_by
    from alignlab.files.large_tables import open_large
    from alignlab.files.tables import read_table

    if source.large:
        own = list(open_large(path).columns)
    else:
        own = list(read_table(path.read_bytes(), path.name, 1).columns)
    how = matched_by(source.head)
    keys = {how.key, source.key, *how.offered}  # also those that rows are not matched by
    named = [f"{path.stem}.{column}" for column in own]
    return tuple(
        long if long in source.head else column
        for long, column in zip(named, own, strict=True)
        if column not in keys
    )


def chosen(
    brought: Brought,
    x: Sequence[str] | None,
    y: Sequence[str] | None,
    labels: Sequence[str] | None = None,
) -> ColumnChoice:
    """The columns that the arguments name; a guess for those that they leave open.

    Raises ValueError for a name that stands for nothing, and where there are no two views.
    """
    from alignlab.files.reading import choice_of

    source, of_labels = brought.source, brought.of_labels
    guess = _guessed_alone(source, of_labels) if brought.alone else source.guess
    if of_labels:
        guess = replace(guess, labels=of_labels[0], more_labels=of_labels[1:])
    if of_labels and labels is not None:  # a name that two files share begins with the file's
        labels = [
            next((one for one in of_labels if one == name or one.endswith(f".{name}")), name)
            for name in labels
        ]
    found = choice_of(replace(source, guess=guess), x, y, labels)
    if not found.view1 or not found.view2:
        raise ValueError(
            f"{source.name}: no two views were found among {len(source.head.columns):,} columns: "
            "give a file per view, or name the columns with --x and --y"
        )
    if taken := {*of_labels} & {*found.view1, *found.view2}:
        raise ValueError(
            f"the labels column {min(taken)!r} was taken for a view: name the columns of both "
            "views with --x and --y"
        )
    return found


def _guessed_alone(source: Source, of_labels: Sequence[str]) -> ColumnChoice:
    """The views of the first file, guessed from its own names for its columns."""
    from alignlab.files.columns import guess_columns

    table = source.head.drop(columns=list(of_labels))
    prefix = f"{Path(source.files[0][0]).stem}."
    whole = {column.removeprefix(prefix): column for column in table}
    found = guess_columns(table.set_axis(list(whole), axis=1))
    views = ((whole[column] for column in view) for view in (found.view1, found.view2))
    view1, view2 = (tuple(view) for view in views)
    return replace(source.guess, view1=view1, view2=view2, labels=None, more_labels=())
