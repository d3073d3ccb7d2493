"""The search for files of UTD-MHAD in a folder and its subfolders.

Archives unpack in many ways: `Inertial/a1_s1_t1_inertial.mat`, `Inertial/Inertial/...`, a folder
named like its zip, all files in one folder. So files are found by name, wherever they are. The
search is bounded, so that a wrong folder does not cause a scan of the whole disk.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

DEEPEST = 6
"""Number of levels below the given folder that are searched."""

MOST = 20_000
"""Largest number of files and folders that are checked; the data set has 3,444 files."""

ENDINGS = {
    "inertial": "inertial.mat",
    "skeleton": "skeleton.mat",
    "depth": "depth.mat",
    "rgb": "color.avi",
}
"""End of the file names of each modality, after a1_s1_t1_; case does not matter."""

FOLDERS = {"inertial": "Inertial", "skeleton": "Skeleton", "depth": "Depth", "rgb": "RGB"}
"""The official folders."""

DOCUMENTS = (".txt", ".md", ".pdf", ".m", ".db", ".ini", ".html", ".json", ".csv")
"""Other files that may be among the data: they are ignored silently."""

ARCHIVES = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz")
"""Files that have to be unpacked first, if their names refer to the data set."""

_SPEAKS_OF_IT = re.compile(r"inertial|skeleton|depth|rgb|mhad")

_LOOKED_AT = (".mat", ".avi", ".txt", *ARCHIVES)  # lists end in .txt

Readable = Callable[[Path], bool]
"""Whether a path, with its links resolved, may be read."""


def anything(path: Path) -> bool:
    """Every path may be read."""
    return True


@dataclass(kw_only=True)
class Search:
    """The result of a search in a folder.

    files : (modality, path) of files named as in the data set, and of other files in a folder of a
        modality; the shallowest first, then by name.
    folders : folders named after a modality, by modality.
    splits : folders with "split" in their names.
    archives, matlab : other files that may be the data, to be reported.
    closed : folders that could not be opened, with the reason.
    barred : links to places that may not be read.
    looked_at : number of files and folders checked. full : whether the limit was reached.
    deeper : a folder below the deepest level searched, or None.
    """

    root: Path
    files: list[tuple[str, Path]] = field(default_factory=list)
    folders: dict[str, list[Path]] = field(default_factory=dict)
    splits: list[Path] = field(default_factory=list)
    archives: list[Path] = field(default_factory=list)
    matlab: list[Path] = field(default_factory=list)
    closed: dict[Path, str] = field(default_factory=dict)
    barred: list[Path] = field(default_factory=list)
    looked_at: int = 0
    full: bool = False
    deeper: Path | None = None

    def shown(self, path: Path) -> str:
        """The path relative to the folder."""
        return str(path.relative_to(self.root))

    def bounds(self) -> str | None:
        """A sentence on where the search stopped early; None if it was complete."""
        if self.full:
            return (
                f"the search stopped after {MOST:,} files and folders: the rest is not "
                "read; give a folder that holds little besides the data"
            )
        if self.deeper is not None:
            return (
                f"folders are searched {DEEPEST} levels deep: "
                f"{self.shown(self.deeper)} is not read; give a folder nearer to the data"
            )
        return None


def search(root: Path, readable: Readable = anything) -> Search:
    """Search a folder, level by level; OSError if it cannot be opened.

    readable : called for every link before it is followed.
    """
    found = Search(root=root)
    level: list[tuple[Path, str | None]] = [(root, folder_of(root.resolve().name))]
    known = {_identity(root)}
    for depth in range(DEEPEST + 1):
        below: list[tuple[Path, str | None]] = []
        for folder, modality in level:
            try:
                entries = _entries(folder, MOST - found.looked_at)
            except OSError as error:
                if folder == root:
                    raise
                found.closed[folder] = error.strerror or str(error)
                continue
            found.looked_at += len(entries)
            for entry in entries:
                if found.looked_at >= MOST:
                    found.full = True
                directory = _is_dir(entry)
                if not (directory or modality or entry.name.lower().endswith(_LOOKED_AT)):
                    continue  # most files of a wrong folder
                path = folder / entry.name
                if entry.is_symlink() and not _may(path, readable):
                    found.barred.append(path)
                elif directory:
                    if (identity := _identity(path)) in known:  # a link to a folder seen before
                        continue
                    known.add(identity)
                    own = folder_of(entry.name)
                    if own is not None:
                        found.folders.setdefault(own, []).append(path)
                    if "split" in entry.name.lower():
                        found.splits.append(path)
                    below.append((path, own or modality))
                elif _is_file(entry) or (entry.is_symlink() and modality_of(path)):  # broken too
                    _sort_in(found, path, modality)
            if found.full:
                return found
        level = below
        if depth == DEEPEST and level:
            found.deeper = level[0][0]
    return found


def folder_of(name: str) -> str | None:
    """The modality that a folder is named after: Inertial, RGB-part1, SKELETON.zip, depth (2)."""
    for modality, folder in FOLDERS.items():
        pattern = (
            rf"{folder}([-_ ]?part[-_ ]?\d+)?([-_ ]?(copy|data))?([-_ ]?\(?\d+\)?)?(\.\w{{2,3}})?"
        )
        if re.fullmatch(pattern, name, re.IGNORECASE):
            return modality
    return None


def plain_name(path: Path) -> str:
    """The file name in lower case, without the folders that Windows archives put into it."""
    return path.name.replace("\\", "/").rsplit("/", 1)[-1].lower()


def modality_of(path: Path) -> str | None:
    """The modality of a file by the end of its name, if it starts as in the data set."""
    name = plain_name(path)
    if not re.match(r"a\d+_s\d+_t\d+_", name):
        return None
    return next((m for m, ending in ENDINGS.items() if name.endswith(f"_{ending}")), None)


def where_else(found: Search, wanted: tuple[str, ...]) -> str:
    """Advice for a folder in which no file of the wanted modalities was found."""
    names = ", ".join(f"a1_s1_t1_{ENDINGS[name]}" for name in wanted)
    others = Counter((m, path.parent) for m, path in found.files if m not in wanted)
    said = []
    if others:
        there = ", ".join(
            f"{count} of {modality} in {folder}" for (modality, folder), count in others.items()
        )
        said.append(f"it has other files: {there}")
    if empty := [path for name in wanted for path in found.folders.get(name, [])]:
        some = " and ".join(map(str, empty[:3]))
        said.append(f"{some} {'is' if len(empty) == 1 else 'are'} there, but without such files")
    if found.archives:
        more = f" and {len(found.archives) - 3} more" if len(found.archives) > 3 else ""
        some = ", ".join(map(str, found.archives[:3]))
        said.append(f"unpack {some}{more} first")
    if found.matlab and not others:
        folders = Counter(path.parent for path in found.matlab)
        folder, count = folders.most_common(1)[0]
        first = min(path.name for path in found.matlab if path.parent == folder)
        said.append(f"{count} MATLAB files in {folder} have other names, {first} first")
    if found.barred:
        said.append(f"a link leads to a place that may not be read: {found.barred[0]}")
    if found.closed:
        folder, reason = next(iter(found.closed.items()))
        said.append(f"{folder} cannot be opened ({reason})")
    if (bounds := found.bounds()) is not None:
        said.append(bounds)
    if not found.looked_at:
        said.append("it is empty")
    if (above := beside(found.root)) is not None:
        said.append(f"this is one of them, so give the folder that holds it, {above}")
        return "; ".join(said)
    said.append(
        "give the folder that holds Inertial, Skeleton, Depth or RGB, whose files are named "
        f"{names}"
    )
    return "; ".join(said)


def beside(root: Path) -> Path | None:
    """The folder above those named after a modality, if the given one is among these."""
    root = root.resolve()
    if folder_of(root.name) is None:
        return None
    return next((one for one in root.parents if folder_of(one.name) is None), None)


def _sort_in(found: Search, path: Path, modality: str | None) -> None:
    """Add a file to its list: by its name, else by its folder."""
    suffix = path.suffix.lower()
    if (own := modality_of(path)) is not None:
        found.files.append((own, path))
    elif suffix in ARCHIVES and (modality or _SPEAKS_OF_IT.search(path.name.lower())):
        found.archives.append(path)
    elif modality is not None and suffix not in DOCUMENTS:
        found.files.append((modality, path))
    elif suffix == ".mat":
        found.matlab.append(path)


def _entries(folder: Path, most: int) -> list[os.DirEntry[str]]:
    """At most `most` entries of a folder by name, without hidden ones and those of macOS."""
    with os.scandir(folder) as entries:
        taken = [entry for entry, _ in zip(_visible(entries), range(most), strict=False)]
    return sorted(taken, key=lambda entry: entry.name)


def _visible(entries: Iterator[os.DirEntry[str]]) -> Iterator[os.DirEntry[str]]:
    return (e for e in entries if not e.name.startswith(".") and e.name != "__MACOSX")


def _may(path: Path, readable: Readable) -> bool:
    try:
        return readable(path.resolve())
    except (OSError, RuntimeError):  # a circular link leads nowhere
        return True


def _is_dir(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False


def _identity(path: Path) -> tuple[int, int]:
    about = path.stat()
    return about.st_dev, about.st_ino
