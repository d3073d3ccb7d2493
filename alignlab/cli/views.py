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
        help="one file with both views, or one per view; row i of all is the same sample, unless "
        "a column identifies rows",
    )  # fmt: skip
    for view, name in (("x", "first"), ("y", "second")):
        command.add_argument(
            f"--{view}", action="append", metavar="NAME",
            help=f"the {name} view: a column, an array, or a family of columns such as img_emb for "
            "img_emb_0, img_emb_1, ...; may be given several times",
        )  # fmt: skip
    command.add_argument("--key", metavar="NAME", help="the column that identifies rows")


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
    """The columns of one of the files, by their names in the whole table, without the key."""
    from alignlab.files.keys import matched_by
    from alignlab.files.large_tables import open_large
    from alignlab.files.tables import read_table

    if source.large:
        own = list(open_large(path).columns)
    else:
        own = list(read_table(path.read_bytes(), path.name, 1).columns)
    key = matched_by(source.head).key or source.key
    named = [f"{path.stem}.{column}" for column in own]
    return tuple(
        long if long in source.head else column
        for long, column in zip(named, own, strict=True)
        if column != key
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
    source, of_labels = brought.source, brought.of_labels
    guess = _guessed_alone(source, of_labels) if brought.alone else source.guess
    columns = list(source.head.columns)
    view1 = guess.view1 if x is None else named_columns(x, columns, "--x")
    view2 = guess.view2 if y is None else named_columns(y, columns, "--y")
    if x is not None and y is None:
        view2 = _apart(view1, (guess.view2, guess.view1))
    if y is not None and x is None:
        view1 = _apart(view2, (guess.view1, guess.view2))
    if taken := {*of_labels} & {*view1, *view2}:
        raise ValueError(
            f"the labels column {min(taken)!r} was taken for a view: name the columns of both "
            "views with --x and --y"
        )
    told = tuple(of_labels) or guess.label_columns
    if labels is not None:
        told = named_columns(labels, list(of_labels) or columns, "--label-columns")
    told = tuple(column for column in told if labels or column not in {*view1, *view2})
    if not view1 or not view2:
        raise ValueError(
            f"{source.name}: no two views were found among {len(columns):,} columns: give a file "
            "per view, or name the columns with --x and --y"
        )
    return replace(
        guess, view1=view1, view2=view2, labels=told[0] if told else None, more_labels=told[1:]
    )


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


def _apart(view: tuple[str, ...], guessed: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The first guessed view that shares no column with the one that is named."""
    return next((one for one in guessed if not {*one} & {*view}), ())


def named_columns(names: Sequence[str], columns: Sequence[str], option: str) -> tuple[str, ...]:
    """The columns that names of columns, arrays or families stand for, without repeats."""
    from alignlab.files.column_names import family

    families: dict[str, list[str]] = {}
    for column in columns:
        families.setdefault(family(column), []).append(column)
    found: dict[str, None] = {}
    for name in names:
        if name in columns:
            found[name] = None
            continue
        whole = [one for one in families if name in (one, one.rstrip("_. "))]
        if not whole:
            known = ", ".join(one.rstrip("_. ") or one for one in list(families)[:8])
            more = ", …" if len(families) > 8 else ""
            raise ValueError(
                f"{option} {name}: there is no column and no family of columns of that name; there "
                f"are {known}{more}"
            )
        for one in whole:
            found |= dict.fromkeys(families[one])
    return tuple(found)
