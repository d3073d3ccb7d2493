"""Folders: which of their files form tables, and which of these are shards of one.

Three layouts are read: files side by side, in shards or not; a folder for each table, as
clip-retrieval writes img_emb, text_emb and metadata; and a dataset that Hugging Face's `datasets`
saved, whose list of files is in its state.json.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alignlab.files.registry import ENDINGS, format_of, split_name
from alignlab.files.shards import grouped

MAX_FILES = 10_000
"""Maximum number of files in a folder that are read."""

MAX_STATE_BYTES = 2**24
"""Largest state.json that is read."""

_TOLD = 4
"""Maximum number of names in a message."""

_LAST = re.compile(r"(.*[_.\- ])?(meta(data)?|labels?|class(es)?|targets?)", re.IGNORECASE)
"""Tables under such names come after the views."""

_DOCUMENTS = re.compile(r"(readme|license|licence|changelog|citation|notice)\b.*", re.IGNORECASE)

_SPLITS = ("train", "test", "validation", "valid", "val", "dev")

Readable = Callable[[Path], bool]
"""Whether the rule for paths allows to read a file, whose links have been followed."""


@dataclass(frozen=True)
class Table:
    """The files of one table. name : as if it were a single file. paths : files, rows in order."""

    name: str
    paths: tuple[Path, ...]

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(path.stat().st_size for path in self.paths)


@dataclass(frozen=True)
class Folder:
    """The tables of a folder, side by side. notes : sentences on what is not read."""

    tables: tuple[Table, ...]
    notes: tuple[str, ...] = ()


def tables_in(
    folder: Path, readable: Readable, alike: Callable[[Path, Path], bool] = lambda a, b: True
) -> Folder:
    """The tables in the files of a folder.

    readable : asked for every file, and folder in it, with links followed.
    alike : whether two files x_0 and x_1 that are alone in the folder are shards, not views.

    Raises ValueError for any other layout, with what was found; for missing shards; for a file that
    may not be read.
    """
    entries = sorted((one for one in folder.iterdir() if _is_shown(one.name)), key=_natural)
    if len(entries) > MAX_FILES:
        raise ValueError(
            f"{folder.name} holds {len(entries):,} files, the limit is {MAX_FILES:,}: bring larger "
            "shards"
        )
    known = {one.name for one in entries}
    if folder.suffix == ".zarr" or "zarr.json" in known:
        format_of(f"{folder.stem}.zarr")  # refuses it with the way to convert it
    if "state.json" in known:
        return Folder((_dataset(folder, readable),))
    if "dataset_dict.json" in known:
        splits = [one.name for one in entries if one.is_dir()]
        raise ValueError(
            f"{folder.name} holds the splits of a dataset: name one of the folders in it, "
            f"{_some(splits)}"
        )
    files, others = _files_of(entries)
    folders = [one for one in entries if one.is_dir()]
    if files and folders:
        raise ValueError(
            f"{folder.name} holds files ({_some(one.name for one in files)}) and folders "
            f"({_some(one.name for one in folders)}): name the files, or one folder"
        )
    found = [_allowed(one, readable) for one in files]
    tables = tables_of(found, alike)
    for inner in folders:
        tables.append(_inner(folder, inner, readable))
        others += _files_of(inner.iterdir())[1]
    if not tables:
        shown = f"; it holds {_some(one.name for one in entries)}" if entries else "; it is empty"
        raise ValueError(
            f"{folder.name} holds no file that is read{shown}: bring a folder of "
            f"{', '.join(f'.{ending}' for ending in ENDINGS)} files"
        )
    tables.sort(key=lambda table: bool(_LAST.fullmatch(split_name(table.name)[0])))
    if len(tables) == 1:
        tables = [_named_after(folder, tables[0])]
    notes = [f"Not read in {folder.name}: {_some(one.name for one in others)}."] if others else []
    return Folder(tuple(tables), tuple(notes))


def _inner(folder: Path, inner: Path, readable: Readable) -> Table:
    """The one table of a folder in a folder."""
    if inner.name.lower() in _SPLITS or "=" in inner.name:
        raise ValueError(
            f"{folder.name} holds {inner.name}, a part of the rows of a dataset: name one of the "
            "folders in it, or save its rows in one folder"
        )
    if not readable(inner.resolve()):
        raise ValueError(f"{inner} links to where no path is read: copy its files here")
    if (inner / "state.json").is_file():
        return _dataset(inner, readable)
    files, _ = _files_of(inner.iterdir())
    found = [_allowed(one, readable) for one in files]
    tables = tables_of(found, lambda a, b: True)
    if len(tables) != 1:
        what = _some(table.name for table in tables) or "no file that is read"
        raise ValueError(
            f"{folder.name}/{inner.name} holds {what}: keep the files of one table in each folder"
        )
    return _named_after(inner, tables[0])


def _dataset(folder: Path, readable: Readable) -> Table:
    """The Arrow files of a dataset that `datasets` saved, in the order of its state.json."""
    state = _allowed(folder / "state.json", readable)
    if state.stat().st_size > MAX_STATE_BYTES:
        raise ValueError(f"{folder.name}/state.json has more than {MAX_STATE_BYTES // 2**20} MB")
    try:
        said: Any = json.loads(state.read_bytes())
        names = [entry["filename"] for entry in said["_data_files"]]
        moved = said.get("_indices_data_files") or said.get("_indices_files")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError(
            f"{folder.name}/state.json does not list the files of a dataset: save it again with "
            "Dataset.save_to_disk, or name the files"
        ) from error
    if moved:
        raise ValueError(
            f"{folder.name} reorders its rows by indices: save it again after "
            "Dataset.flatten_indices()"
        )
    for name in names:
        if not isinstance(name, str) or Path(name).name != name or split_name(name)[1] != "arrow":
            raise ValueError(
                f"{folder.name}/state.json names {name!r:.80}, which is no Arrow file in the "
                "folder: save the dataset again with Dataset.save_to_disk"
            )
    if not names:
        raise ValueError(f"{folder.name}/state.json lists no files: the dataset is empty")
    if missing := [name for name in names if not (folder / name).is_file()]:
        raise ValueError(
            f"{folder.name} lacks {_some(missing)}, which its state.json lists: copy it again"
        )
    return Table(f"{folder.name}.arrow", tuple(_allowed(folder / name, readable) for name in names))


def tables_of(paths: Sequence[Path], alike: Callable[[Path, Path], bool]) -> list[Table]:
    """The tables in files, which have different names; `alike` as for `tables_in`."""
    by_name = {path.name: path for path in paths}
    series = grouped(list(by_name), lambda a, b: alike(by_name[a], by_name[b]))
    return [Table(one.name, tuple(by_name[name] for name in one.members)) for one in series]


def _named_after(folder: Path, table: Table) -> Table:
    """The shards of a folder as a table named after it: part-0.npy may be in many folders."""
    if len(table.paths) == 1 and table.paths[0].name == table.name:
        return table
    return Table(f"{folder.name}.{split_name(table.name)[1]}", table.paths)


def _allowed(path: Path, readable: Readable) -> Path:
    """The path of a file, if what it leads to may be read."""
    if not path.is_file() or not readable(path.resolve()):
        raise ValueError(
            f"{path.parent.name}/{path.name} is no file that may be read, after links are "
            "followed: copy the file itself here"
        )
    return path


def _files_of(entries: Iterable[Path]) -> tuple[list[Path], list[Path]]:
    """Files of formats that are read, and others."""
    files: list[Path] = []
    others: list[Path] = []
    for one in sorted(entries, key=_natural):
        if one.is_dir() or not _is_shown(one.name):
            continue
        known = split_name(one.name)[1] in ENDINGS and not _DOCUMENTS.fullmatch(one.name)
        (files if known else others).append(one)
    return files, others


def _is_shown(name: str) -> bool:
    """Whether a file is no mark or hidden file, such as _SUCCESS or .x.crc."""
    return not name.startswith((".", "_"))


def _natural(path: Path) -> list[tuple[int, int, str]]:
    """A key that sorts x_2 before x_10."""
    parts = re.split(r"(\d{1,18})", path.name)
    return [(1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts]


def _some(names: Iterable[str]) -> str:
    shown = list(names)
    more = f" … ({len(shown):,})" if len(shown) > _TOLD else ""
    return ", ".join(shown[:_TOLD]) + more
