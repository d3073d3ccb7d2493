"""Splits of the sequences: 40-40-10-10 at random, by subject, or from lists.

Four disjoint parts. D_HAR has labels of the source modality, D_Align pairs without
labels, D_Val and D_Test labels of the target modality. Source: Kamboj and Do, "Towards Achieving
Perfect Multimodal Alignment" (section on human activity).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from alignlab.checks import InputError, as_count
from alignlab.har.dataset import ActivityDataset, SplitLists
from alignlab.har.report import BAD_LISTS

PARTS = ("har", "align", "val", "test")
"""The parts, in order."""

SHARES = (0.4, 0.4, 0.1, 0.1)

FILES = {
    "har": ("har.txt", "train.txt"),
    "align": ("align.txt", "train_2.txt"),
    "val": ("val.txt",),
    "test": ("test.txt",),
}
"""File names of the lists; train and train_2 are those of the paper's first author."""


class LeakageError(InputError):
    """A sequence (in a split by subject, a person) is in two parts."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Split:
    """Rows of a data set in each part; `LeakageError` if parts overlap.

    har, align, val, test : row indices, sorted.
    """

    har: np.ndarray
    align: np.ndarray
    val: np.ndarray
    test: np.ndarray

    def __post_init__(self) -> None:
        for first, second in combinations(PARTS, 2):
            shared = np.intersect1d(getattr(self, first), getattr(self, second))
            if shared.size:
                raise LeakageError(
                    "split",
                    f"{shared.size} sequences are in both {first} and {second} (row "
                    f"{shared[0]} first): each may be in only one part",
                )
        for part in PARTS:
            rows = getattr(self, part)
            if len(np.unique(rows)) < len(rows):
                raise LeakageError("split", f"{part} holds a sequence twice: list each once")

    @property
    def sizes(self) -> dict[str, int]:
        return {part: len(getattr(self, part)) for part in PARTS}

    def part_of(self, n: int) -> np.ndarray:
        """(n,) the part of every row, "" for those in none."""
        parts = np.full(n, "", dtype="<U5")
        for part in PARTS:
            parts[getattr(self, part)] = part
        return parts


def random_split(dataset: ActivityDataset, seed: int) -> Split:
    """40-40-10-10 of all sequences at random."""
    n = len(dataset)
    order = np.random.default_rng([as_count(seed, "seed", "random_split", 0), 40]).permutation(n)
    ends = np.round(np.cumsum(SHARES) * n).astype(int)
    return _checked(dataset, np.split(order, ends[:-1]))


def subject_split(dataset: ActivityDataset, seed: int) -> Split:
    """By subject, 3-3-1-1 of eight: nobody is in two parts.

    With fewer subjects one is for validation and one for the test, the others are halved;
    ValueError below four.
    """
    people = np.unique(dataset.subjects)
    if len(people) < 4:
        raise InputError(
            "subject_split",
            f"sequences of {len(people)} subjects: at least 4 are needed, one per "
            "part; use the random split",
        )
    random = np.random.default_rng([as_count(seed, "seed", "subject_split", 0), 41])
    order = random.permutation(people)
    first = (len(people) - 1) // 2
    groups = np.split(order, [first, len(people) - 2, len(people) - 1])
    rows = [np.flatnonzero(np.isin(dataset.subjects, group)) for group in groups]
    split = _checked(dataset, rows)
    _check_people(dataset, split)
    return split


def list_split(dataset: ActivityDataset, seed: int = 0) -> Split:
    """From the lists of the data set, whatever the seed; names without a sequence are ignored."""
    if dataset.lists is None:
        troubles = () if dataset.report is None else dataset.report.troubles
        why = [one.reason for one in troubles if one.kind == BAD_LISTS]
        raise ValueError(
            "list_split",
            f"the lists of the data set cannot be used: {why[0]}"
            if why
            else "list_split: the data set has no lists: put train.txt, train_2.txt, val.txt and "
            "test.txt into the folder, or use another split",
        )
    _check_lists(dataset.lists)
    row_of = {name: row for row, name in enumerate(dataset.names)}
    return _checked(
        dataset,
        [
            np.array([row_of[name] for name in names if name in row_of], dtype=np.int64)
            for names in dataset.lists.parts()
        ],
    )


SPLITS: dict[str, Callable[[ActivityDataset, int], Split]] = {
    "subject": subject_split,
    "random": random_split,
    "lists": list_split,
}
"""The ways to split, by name."""


def read_split_lists(folder: str | Path) -> SplitLists | None:
    """The lists in a folder, one `name action subject` per line; None if there are none.

    train.txt (or har.txt) lists D_HAR, train_2.txt (or align.txt) D_Align, val.txt and test.txt
    the others.

    Raises ValueError if only some of the lists exist, a line cannot be read, or its action or
    subject contradicts its name.
    """
    folder = Path(folder)
    paths = {
        part: next((folder / name for name in names if (folder / name).is_file()), None)
        for part, names in FILES.items()
    }
    if paths["har"] is None and paths["align"] is None:
        return None  # a val.txt alone may be anything
    missing = [" or ".join(FILES[part]) for part, path in paths.items() if path is None]
    if missing:
        raise InputError(
            "read_split_lists",
            f"{folder.name} contains lists, but not {', '.join(missing)}: add "
            "the missing ones, or remove the others",
        )
    return SplitLists(**{part: _names(path) for part, path in paths.items() if path is not None})


def _names(path: Path) -> tuple[str, ...]:
    names = []
    text = path.read_text(encoding="utf-8", errors="replace")
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        if not words:
            continue
        name = words[0]
        fits = len(words) == 1 or (
            len(words) == 3 and name.startswith(f"a{words[1]}_s{words[2]}_t")
        )
        if not fits or name.count("_") != 2:
            raise InputError(
                "read_split_lists",
                f"{path.name}, line {number}: {line[:60]!r} is not "
                "'name action subject', as in 'a2_s3_t1 2 3'",
            )
        names.append(name)
    return tuple(names)


def _check_lists(lists: SplitLists) -> None:
    """Check by name, since the author of the lists does not know row numbers."""
    named = zip(("D_HAR", "D_Align", "D_Val", "D_Test"), lists.parts(), strict=True)
    for (first, names), (second, others) in combinations(named, 2):
        shared = sorted(set(names) & set(others))
        if shared:
            raise LeakageError(
                "list_split",
                f"the lists of {first} and {second} both name {shared[0]}"
                f"{f' and {len(shared) - 1} more' if len(shared) > 1 else ''}: a sequence may be "
                "in only one part",
            )


def _checked(dataset: ActivityDataset, rows: list[np.ndarray]) -> Split:
    split = Split(**{part: np.sort(r) for part, r in zip(PARTS, rows, strict=True)})
    least = {"har": 2, "align": 2, "val": 0, "test": 1}
    few = [f"{part} ({split.sizes[part]})" for part in PARTS if split.sizes[part] < least[part]]
    if few:
        raise InputError(
            "split",
            f"too few sequences in {', '.join(few)}, of {len(dataset)} in all: add more "
            "sequences or use another split",
        )
    return split


def _check_people(dataset: ActivityDataset, split: Split) -> None:
    for first, second in combinations(PARTS, 2):
        shared = np.intersect1d(
            dataset.subjects[getattr(split, first)], dataset.subjects[getattr(split, second)]
        )
        if shared.size:
            raise LeakageError("split", f"subject {shared[0]} is in both {first} and {second}")
