"""The official UTD-MHAD download: Inertial, Skeleton, Depth and RGB files, read with care.

Each modality has a folder of its own, a file a sequence:
`Inertial/a1_s1_t1_inertial.mat` (key `d_iner`, T x 6), `Skeleton/a1_s1_t1_skeleton.mat` (`d_skel`,
20 x 3 x T), `Depth/a1_s1_t1_depth.mat` (`d_depth`, H x W x T) and `RGB/a1_s1_t1_color.avi`. A file
that cannot be used is named in the report and left out; it never stops the reading.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.io import loadmat, whosmat

from alignlab.har.dataset import (
    ABSENT,
    ACTIONS,
    SUBJECTS,
    TRIALS,
    Activity,
    ActivityDataset,
    SplitLists,
)
from alignlab.har.frames import FRAMES, choose, shrink_depth
from alignlab.har.report import BAD_LISTS, ReadingReport, Trouble
from alignlab.har.rgb import UndecodableError, decoder, read_rgb
from alignlab.har.splits import FILES, read_split_lists

LARGEST = 2**26
"""A variable of more numbers than this is refused before it is unpacked."""

NUMERIC = ("double", "single", *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32)))
"""Classes of MATLAB variables that hold plain numbers."""

DOCUMENTS = (".txt", ".md", ".pdf", ".m", ".db", ".ini")
"""Files that may lie among the data: they are passed over in silence."""

SHORTEST = 8
"""A sequence of fewer samples is taken for truncated: the shortest real one has 41."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where a modality lies: its folder, the end of its files' names, and how one is read.

    read : from a file to the array, time first, and the number of samples recorded.
    """

    folder: str
    ending: str
    read: Callable[[Path], tuple[np.ndarray, int]]


def read_inertial(path: Path) -> tuple[np.ndarray, int]:
    """(T, 6): acceleration x, y, z in g, then angular rate x, y, z in deg/s."""
    signal = _numbers(path, "d_iner", 2)
    if signal.shape[1] != 6:
        raise ValueError(f"d_iner has shape {signal.shape}: T x 6 was expected")
    return _finite(signal), len(signal)


def read_skeleton(path: Path) -> tuple[np.ndarray, int]:
    """(T, 20, 3) metres."""
    joints = _numbers(path, "d_skel", 3)
    if joints.shape[:2] != (20, 3):
        raise ValueError(f"d_skel has shape {joints.shape}: 20 x 3 x T was expected")
    return _finite(joints.transpose(2, 0, 1)), joints.shape[2]


def read_depth(path: Path) -> tuple[np.ndarray, int]:
    """(16, 48, 48) uint16 mm: evenly spaced frames, cropped to the person."""
    frames = _numbers(path, "d_depth", 3)
    if frames.dtype.kind == "f":
        frames = _finite(frames)
    if min(frames.shape[:2]) < 16:
        raise ValueError(f"d_depth has shape {frames.shape}: H x W x T was expected")
    if frames.min() < 0 or frames.max() > np.iinfo(np.uint16).max:
        raise ValueError("d_depth holds values that are no millimetres of a uint16 camera")
    recorded = frames.shape[2]
    if recorded < SHORTEST:
        raise _TooShortError(recorded)
    return shrink_depth(frames.transpose(2, 0, 1)[choose(recorded, FRAMES)]), recorded


LAYOUTS = {
    "inertial": Layout(folder="Inertial", ending="inertial.mat", read=read_inertial),
    "skeleton": Layout(folder="Skeleton", ending="skeleton.mat", read=read_skeleton),
    "depth": Layout(folder="Depth", ending="depth.mat", read=read_depth),
    "rgb": Layout(folder="RGB", ending="color.avi", read=read_rgb),
}
"""The official layout, by modality."""


class Reading:
    """The reading of a folder, a job's work: `run` pauses after every file.

    done, total : files looked at, and all.
    dataset : the sequences, once all is done; else None.
    """

    def __init__(self, folder: str | Path, modalities: tuple[str, ...] | None = None) -> None:
        """Look for the folders; ValueError where there is none of them."""
        root = Path(folder).expanduser()
        wanted = tuple(LAYOUTS) if modalities is None else modalities
        for name in wanted:
            if name not in LAYOUTS:
                raise ValueError(
                    f"load_utd_mhad: {name!r} is no modality of UTD-MHAD: use {', '.join(LAYOUTS)}"
                )
        if not root.is_dir():
            raise ValueError(
                f"load_utd_mhad: {root} is not a folder: give the one that holds Inertial, "
                "Skeleton, Depth or RGB"
            )
        self._folders = {name: _folders(root, LAYOUTS[name].folder) for name in wanted}
        if not any(self._folders.values()):
            raise ValueError(
                f"load_utd_mhad: {root} holds none of the folders "
                f"{', '.join(LAYOUTS[name].folder for name in wanted)}: {_remedy(root)}"
            )
        self._files = [
            (name, path)
            for name, folders in self._folders.items()
            for one in folders
            for path in sorted(one.iterdir())
            if path.is_file()
            and not path.name.startswith(".")
            and path.suffix.lower() not in DOCUMENTS
        ]
        self._troubles: list[Trouble] = []
        if any(name == "rgb" for name, _ in self._files):
            try:
                decoder()
            except UndecodableError as error:  # said once, not of every file
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
        troubles = list(self._troubles)
        for name, path in self._files:
            layout = LAYOUTS[name]
            try:
                key = _key(path, layout.ending)
                if name in arrays.get(key, {}):
                    raise _MisnamedError("a file of this sequence was read already")
                array, recorded = _read(layout, path)
                arrays.setdefault(key, {})[name] = array
                lengths.setdefault(key, {})[name] = recorded
            except (ValueError, OSError, MemoryError) as error:
                # the files are not ours: whatever is wrong with one, the next may be sound
                kind = getattr(error, "kind", "unreadable")
                file = str(path.relative_to(self.folder))
                troubles.append(Trouble(file=file, kind=kind, reason=str(error) or repr(error)))
            self.done += 1
            yield
        lists, trouble = _lists(self.folder)
        self.dataset = ActivityDataset(
            sequences=tuple(
                Activity(
                    action=key[0], subject=key[1], trial=key[2], modalities=arrays[key],
                    lengths=lengths[key],
                )
                for key in sorted(arrays)
            ),
            source=f"UTD-MHAD, read from {self.folder.name}",
            report=self._report(arrays, [*troubles, *trouble]),
            lists=lists,
        )  # fmt: skip

    def _report(
        self, arrays: dict[tuple[int, int, int], dict[str, np.ndarray]], troubles: list[Trouble]
    ) -> ReadingReport:
        there = [name for name, folders in self._folders.items() if folders]
        every = [
            (a, s, t)
            for a in range(1, len(ACTIONS) + 1)
            for s in range(1, SUBJECTS + 1)
            for t in range(1, TRIALS + 1)
            if f"a{a}_s{s}_t{t}" not in ABSENT
        ]
        return ReadingReport(
            found={name: sum(name in found for found in arrays.values()) for name in there},
            folders_missing=tuple(
                LAYOUTS[name].folder for name in self._folders if name not in there
            ),
            missing={
                name: tuple(
                    f"a{a}_s{s}_t{t}" for a, s, t in every if name not in arrays.get((a, s, t), {})
                )
                for name in there
            },
            troubles=tuple(troubles),
        )


def load_utd_mhad(folder: str | Path, modalities: tuple[str, ...] | None = None) -> ActivityDataset:
    """The sequences of an official download, with whichever modalities are there.

    `dataset.report` tells what was found, missing or unreadable, `dataset.lists` the split lists
    that lie there (or in a folder with "split" in its name). Inertial and skeleton files are
    kept whole; of depth and RGB, 16 evenly spaced frames of 48 x 48 pixels.

    Parameters
    ----------
    folder : holds Inertial, Skeleton, Depth or RGB (any of them; RGB-part1 and the like too).
    modalities : those to read, of "inertial", "skeleton", "depth", "rgb"; all by default.

    Raises ValueError where the folder, or every modality's folder in it, is missing.
    """
    reading = Reading(folder, modalities)
    for _ in reading.run():
        pass
    assert reading.dataset is not None  # all files have been looked at
    return reading.dataset


def state_of(folder: str | Path) -> str:
    """A digest of the names, sizes and times of the files that are read: another one, read anew.

    A file that is written over leaves its folder's own time as it was. OSError where the folder
    cannot be looked into.
    """
    root = Path(folder)
    found = []
    for layout in LAYOUTS.values():
        for one in _folders(root, layout.folder):
            with os.scandir(one) as entries:
                found += [(entry.path, entry.stat()) for entry in entries if entry.is_file()]
    for one in (root, *_split_folders(root)):
        lists = [one / name for names in FILES.values() for name in names]
        found += [(str(path), path.stat()) for path in lists if path.is_file()]
    seen = sorted((path, about.st_size, about.st_mtime_ns) for path, about in found)
    return hashlib.sha256(repr(seen).encode()).hexdigest()


class _UnusableError(ValueError):
    kind = "unreadable"


class _MisnamedError(_UnusableError):
    kind = "misnamed"


class _EmptyError(_UnusableError):
    kind = "empty"


class _TooShortError(_UnusableError):
    kind = "truncated"

    def __init__(self, samples: int) -> None:
        super().__init__(f"{samples} samples: at least {SHORTEST} are expected of an action")


def _folders(root: Path, name: str) -> list[Path]:
    """The modality's folders."""
    return sorted(one for one in root.iterdir() if one.is_dir() and _is_called(one, name))


def _is_called(folder: Path, name: str) -> bool:
    """Whether it is a modality's by its name: RGB comes in parts."""
    pattern = rf"{name}([-_ ]?part[-_ ]?\d+)?"
    return re.fullmatch(pattern, folder.name, re.IGNORECASE) is not None


def _remedy(root: Path) -> str:
    """What to name in place of a folder that holds no modality's."""
    if any(_is_called(root.resolve(), layout.folder) for layout in LAYOUTS.values()):
        return f"this is one of them, so name the folder that holds it, {root.resolve().parent}"
    within = sorted(one for one in root.iterdir() if one.is_dir())
    if below := next((one for one in within if _holds_some(one)), None):
        return f"name {below}, which does"
    return "name the folder that holds Inertial, Skeleton, Depth or RGB"


def _holds_some(folder: Path) -> bool:
    """Whether a modality's folder lies in it; one that cannot be looked into counts as none."""
    try:
        return any(_folders(folder, layout.folder) for layout in LAYOUTS.values())
    except OSError:
        return False


def _lists(root: Path) -> tuple[SplitLists | None, list[Trouble]]:
    """The split lists in the folder, or in one within it whose name speaks of splits."""
    for folder in (root, *_split_folders(root)):
        try:
            lists = read_split_lists(folder)
        except (ValueError, OSError) as error:
            reason = str(error).removeprefix("read_split_lists: ")
            return None, [Trouble(file=f"{folder.name}", kind=BAD_LISTS, reason=reason)]
        if lists is not None:
            return lists, []
    return None, []


def _split_folders(root: Path) -> list[Path]:
    return sorted(one for one in root.iterdir() if one.is_dir() and "split" in one.name.lower())


def _key(path: Path, ending: str) -> tuple[int, int, int]:
    match = re.fullmatch(rf"a([1-9]\d?)_s([1-9])_t([1-9])_{re.escape(ending)}", path.name)
    if match is None:
        raise _MisnamedError(f"files of this folder are named a1_s1_t1_{ending}")
    action, subject, trial = (int(number) for number in match.groups())
    if action > len(ACTIONS) or subject > SUBJECTS or trial > TRIALS:
        raise _MisnamedError(
            f"there are actions 1 to {len(ACTIONS)}, subjects 1 to {SUBJECTS} and trials 1 to "
            f"{TRIALS}"
        )
    return action, subject, trial


def _read(layout: Layout, path: Path) -> tuple[np.ndarray, int]:
    if path.stat().st_size == 0:
        raise _EmptyError("the file is empty")
    array, recorded = layout.read(path)
    if recorded < SHORTEST:
        raise _TooShortError(recorded)
    return array, recorded


def _numbers(path: Path, key: str, ndim: int) -> np.ndarray:
    """A numeric variable of a MATLAB file; ValueError where it is not one, or the file is damaged.

    The header is looked at first: nothing but plain numbers of a sensible size is unpacked.
    """
    try:
        listed = {name: (shape, kind) for name, shape, kind in whosmat(path)}
        if key not in listed:
            there = ", ".join(listed) or "nothing"
            raise _UnusableError(f"no variable {key}; the file holds {there}")
        shape, kind = listed[key]
        if kind not in NUMERIC:
            raise _UnusableError(f"{key} is a MATLAB {kind}: an array of numbers was expected")
        if len(shape) != ndim or np.prod([float(side) for side in shape]) > LARGEST:
            raise _UnusableError(f"{key} has shape {tuple(shape)}: {ndim} dimensions were expected")
        found = loadmat(path, variable_names=[key])[key]
    except _UnusableError:
        raise
    except NotImplementedError as error:
        raise _UnusableError("MATLAB 7.3 file: the official ones are of version 5") from error
    except Exception as error:  # scipy raises whatever the damaged bytes lead it to
        raise _UnusableError(
            f"not a sound MATLAB file ({type(error).__name__}: {error})"
        ) from error
    if found.dtype.kind not in "fiu":
        raise _UnusableError(f"{key} holds {found.dtype}: numbers were expected")
    if 0 in found.shape:
        raise _EmptyError(f"{key} has shape {found.shape}: it holds no samples")
    return found


def _finite(array: np.ndarray) -> np.ndarray:
    bad = np.count_nonzero(~np.isfinite(array))
    if bad:
        raise _UnusableError(f"{bad} values are NaN or infinite")
    return np.ascontiguousarray(array, dtype=np.float64)
