"""The reader of the official UTD-MHAD download: Inertial, Skeleton, Depth and RGB files.

One file per sequence: `a1_s1_t1_inertial.mat` (key `d_iner`, T x 6), `a1_s1_t1_skeleton.mat`
(`d_skel`, 20 x 3 x T), `a1_s1_t1_depth.mat` (`d_depth`, H x W x T) and `a1_s1_t1_color.avi`, in
folders Inertial, Skeleton, Depth and RGB or wherever `alignlab.har.search` finds them. A file that
cannot be used is listed in the report and skipped; it never stops the reading.
"""

from __future__ import annotations

import filecmp
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from alignlab.checks import InputError, reason_of
from alignlab.har.dataset import (
    ABSENT,
    ACTIONS,
    SUBJECTS,
    TRIALS,
    Activity,
    ActivityDataset,
    SplitLists,
)
from alignlab.har.matlab import EmptyError, UnusableError, read_depth, read_inertial, read_skeleton
from alignlab.har.report import BAD_LISTS, ReadingReport, Trouble
from alignlab.har.rgb import UndecodableError, decoder, read_rgb
from alignlab.har.search import (
    ARCHIVES,
    ENDINGS,
    FOLDERS,
    Readable,
    Search,
    anything,
    beside,
    plain_name,
    search,
    where_else,
)
from alignlab.har.splits import FILES, read_split_lists

SHORTEST = 8
"""A sequence with fewer samples counts as truncated: the shortest real one has 41."""

NAMED = 20
"""Up to this many files of one folder with the same trouble are listed; more are counted."""

READERS: dict[str, Callable[[Path], tuple[np.ndarray, int]]] = {
    "inertial": read_inertial,
    "skeleton": read_skeleton,
    "depth": read_depth,
    "rgb": read_rgb,
}
"""By modality, the reader of a file: the array, time first, and the number of recorded samples."""


class Reading:
    """The reading of a folder as the work of a job: `run` yields after every file.

    done, total : files processed, and all.
    dataset : the data set once all are done; else None.
    """

    def __init__(
        self,
        folder: str | Path,
        modalities: tuple[str, ...] | None = None,
        readable: Readable = anything,
    ) -> None:
        """Search for the files; ValueError if there are none, saying what is there instead.

        readable : whether a link in the folder may be followed, given its target.
        """
        root = Path(folder).expanduser()
        wanted = tuple(READERS) if modalities is None else modalities
        for name in wanted:
            if name not in READERS:
                raise InputError(
                    "load_utd_mhad",
                    f"{name!r} is not a modality of UTD-MHAD: use {', '.join(READERS)}",
                )
        if not root.is_dir():
            unpacked = ", unpacked" if root.suffix.lower() in ARCHIVES else ""
            raise InputError(
                "load_utd_mhad",
                f"{root} is not a folder: give the one that holds Inertial, "
                f"Skeleton, Depth or RGB{unpacked}",
            )
        try:
            self._found = search(root, readable)
        except OSError as error:
            raise InputError(
                "load_utd_mhad",
                f"{root} cannot be opened ({error.strerror}): check its permissions",
            ) from error
        self._wanted = wanted
        self._files = [(name, path) for name, path in self._found.files if name in wanted]
        if not self._files:
            raise InputError(
                "load_utd_mhad",
                f"{root} holds none of the folders "
                f"{', '.join(FOLDERS[name] for name in wanted)} with their files: "
                f"{where_else(self._found, wanted)}",
            )
        self._troubles = list(_passed_over(self._found, [path for _, path in self._files]))
        if any(name == "rgb" for name, _ in self._files):
            try:
                decoder()
            except UndecodableError as error:  # reported once, not for every file
                videos = sum(name == "rgb" for name, _ in self._files)
                self._files = [(name, path) for name, path in self._files if name != "rgb"]
                self._troubles.append(
                    Trouble(file="RGB", kind=error.kind, reason=str(error), files=videos)
                )
        self.folder = root
        self.done, self.total = 0, len(self._files)
        self.dataset: ActivityDataset | None = None

    def run(self) -> Iterator[None]:
        """Read file by file."""
        arrays: dict[tuple[int, int, int], dict[str, np.ndarray]] = {}
        lengths: dict[tuple[int, int, int], dict[str, int]] = {}
        read: dict[tuple[str, tuple[int, int, int]], Path] = {}
        troubles = []
        for name, path in self._files:
            try:
                key = _key(path, name)
                if (name, key) in read:
                    raise _CopyError(path, read[name, key], self.folder)
                array, recorded = _read(name, path)
                arrays.setdefault(key, {})[name] = array
                lengths.setdefault(key, {})[name] = recorded
                read[name, key] = path
            except (ValueError, OSError, MemoryError) as error:
                # foreign files: whatever is wrong with one, the next may be valid
                kind = getattr(error, "kind", "unreadable")
                file = self._found.shown(path)
                troubles.append(Trouble(file=file, kind=kind, reason=str(error) or repr(error)))
            self.done += 1
            yield
        lists, bad_lists = _lists(self._found)
        self.dataset = ActivityDataset(
            sequences=tuple(
                Activity(
                    action=key[0], subject=key[1], trial=key[2], modalities=arrays[key],
                    lengths=lengths[key],
                )
                for key in sorted(arrays)
            ),
            source=f"UTD-MHAD, read from {self.folder.resolve().name}",
            report=self._report(arrays, read, [*self._troubles, *_counted(troubles), *bad_lists]),
            lists=lists,
        )  # fmt: skip

    def _report(
        self,
        arrays: dict[tuple[int, int, int], dict[str, np.ndarray]],
        read: dict[tuple[str, tuple[int, int, int]], Path],
        troubles: list[Trouble],
    ) -> ReadingReport:
        with_files = {name for name, _ in self._found.files} | set(self._found.folders)
        there = [name for name in self._wanted if name in with_files]
        every = [
            (a, s, t)
            for a in range(1, len(ACTIONS) + 1)
            for s in range(1, SUBJECTS + 1)
            for t in range(1, TRIALS + 1)
            if f"a{a}_s{s}_t{t}" not in ABSENT
        ]
        places = {
            name: tuple(
                dict.fromkeys(
                    self._found.shown(path.parent) for (of, _), path in read.items() if of == name
                )
            )
            for name in there
        }
        above = beside(self.folder) if len(there) == 1 else None
        return ReadingReport(
            found={name: sum(name in found for found in arrays.values()) for name in there},
            places={name: where for name, where in places.items() if where},
            folders_missing=tuple(FOLDERS[name] for name in self._wanted if name not in there),
            missing={
                name: tuple(
                    f"a{a}_s{s}_t{t}" for a, s, t in every if name not in arrays.get((a, s, t), {})
                )
                for name in there
            },
            troubles=tuple(troubles),
            notes=tuple(
                note
                for note in (
                    self._found.bounds(),
                    f"the folder is that of one modality: to read others too, give {above}, which "
                    "contains it"
                    if above is not None
                    else None,
                )
                if note is not None
            ),
        )


def load_utd_mhad(folder: str | Path, modalities: tuple[str, ...] | None = None) -> ActivityDataset:
    """The sequences of an official download, with the modalities that are present.

    `dataset.report` lists what was found, missing or unreadable, `dataset.lists` holds the split
    lists in the folder (or in a folder with "split" in its name). Inertial and skeleton files are
    read completely; of depth and RGB, 16 evenly spaced frames of 48 x 48 pixels.

    Parameters
    ----------
    folder : contains any of Inertial, Skeleton, Depth and RGB, or their files, at most 6 levels
        deep; of two files of one sequence the shallower one is read.
    modalities : those to read, of "inertial", "skeleton", "depth", "rgb"; all by default.

    Raises ValueError if no file name matches; the message says what the folder contains instead.
    """
    reading = Reading(folder, modalities)
    for _ in reading.run():
        pass
    assert reading.dataset is not None  # all files have been looked at
    return reading.dataset


def state_of(folder: str | Path, readable: Readable = anything) -> str:
    """A digest of the names, sizes and times of the files that are read; it changes with them.

    Overwriting a file does not change the time of its folder. OSError if the folder cannot be
    opened.
    """
    found = search(Path(folder), readable)
    seen = []
    for path in (*(path for _, path in found.files), *_list_files(found)):
        try:
            about = path.stat()
        except OSError:  # a broken link
            continue
        seen.append((str(path), about.st_size, about.st_mtime_ns))
    return hashlib.sha256(repr(sorted(seen)).encode()).hexdigest()


class _MisnamedError(UnusableError):
    kind = "misnamed"


class _CopyError(UnusableError):
    """A second file of a sequence."""

    kind = "copy"

    def __init__(self, path: Path, first: Path, root: Path) -> None:
        where = first.relative_to(root)
        super().__init__(
            f"an identical file was read from {where.parent}"
            if filecmp.cmp(path, first, shallow=False)
            else f"different from {where}, which was read: remove the wrong one"
        )


class _TooShortError(UnusableError):
    kind = "truncated"

    def __init__(self, samples: int) -> None:
        super().__init__(f"{samples} samples: at least {SHORTEST} are expected of an action")


def _passed_over(found: Search, files: list[Path]) -> Iterator[Trouble]:
    """Files and folders that may be data and are not read."""
    if found.barred:
        yield Trouble(
            file=found.shown(found.barred[0]), kind="link", files=len(found.barred),
            reason="it leads out of the folders that may be read: give the folder that it points "
            "to, or copy it",
        )  # fmt: skip
    for folder, reason in found.closed.items():
        yield Trouble(file=found.shown(folder), kind="unreadable", reason=reason)
    for path in found.archives:
        yield Trouble(file=found.shown(path), kind="packed", reason="unpack it to have it read")
    among = {path.parent for path in files}
    others = [path for path in found.matlab if path.parent in among]
    yield from _counted(
        [
            Trouble(
                file=found.shown(path), kind="misnamed",
                reason="files are named a1_s1_t1_inertial.mat, _skeleton.mat or _depth.mat",
            )
            for path in others
        ]
    )  # fmt: skip


def _counted(troubles: list[Trouble]) -> list[Trouble]:
    """The troubles, with many files of a folder that have the same one merged into one entry."""
    alike: dict[tuple[Path, str, str], list[Trouble]] = {}
    for one in troubles:
        alike.setdefault((Path(one.file).parent, one.kind, one.reason), []).append(one)
    told: list[Trouble] = []
    for group in alike.values():
        told += group if len(group) <= NAMED else [replace(group[0], files=len(group))]
    return told


def _lists(found: Search) -> tuple[SplitLists | None, list[Trouble]]:
    """The split lists in the folder, or in a subfolder with "split" in its name."""
    for folder in _list_folders(found):
        barred = [path for path in _list_paths(folder) if path in found.barred]
        try:
            if barred:
                raise ValueError(f"{barred[0].name} leads out of the folders that may be read")
            lists = read_split_lists(folder)
        except (ValueError, OSError) as error:
            return None, [Trouble(file=folder.name, kind=BAD_LISTS, reason=reason_of(error))]
        if lists is not None:
            return lists, []
    return None, []


def _list_folders(found: Search) -> list[Path]:
    """Folders that may contain lists, the nearest first."""
    around = [one.parent for folders in found.folders.values() for one in folders]
    return list(dict.fromkeys((found.root, *found.splits, *sorted(around))))


def _list_paths(folder: Path) -> list[Path]:
    return [folder / name for names in FILES.values() for name in names]


def _list_files(found: Search) -> list[Path]:
    every = [path for folder in _list_folders(found) for path in _list_paths(folder)]
    return [path for path in every if path not in found.barred and path.is_file()]


def _key(path: Path, modality: str) -> tuple[int, int, int]:
    ending = ENDINGS[modality]
    match = re.fullmatch(rf"a([1-9]\d?)_s([1-9])_t([1-9])_{re.escape(ending)}", plain_name(path))
    if match is None:
        raise _MisnamedError(f"files of this folder are named a1_s1_t1_{ending}")
    action, subject, trial = (int(number) for number in match.groups())
    if action > len(ACTIONS) or subject > SUBJECTS or trial > TRIALS:
        raise _MisnamedError(
            f"there are actions 1 to {len(ACTIONS)}, subjects 1 to {SUBJECTS} and trials 1 to "
            f"{TRIALS}"
        )
    return action, subject, trial


def _read(modality: str, path: Path) -> tuple[np.ndarray, int]:
    if path.stat().st_size == 0:
        raise EmptyError("the file is empty")
    array, recorded = READERS[modality](path)
    if recorded < SHORTEST:
        raise _TooShortError(recorded)
    return array, recorded
