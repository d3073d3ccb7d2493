"""Human activity recorded by several sensors at once: sequences of 27 actions, by modality.

The layout is that of UTD-MHAD (Chen, Jafari and Kehtarnavaz, "UTD-MHAD: A Multimodal Dataset for
Human Action Recognition Utilizing a Depth Camera and a Wearable Inertial Sensor", ICIP 2015); the
simulator uses the same layout.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from alignlab.checks import InputError, as_count, as_plain
from alignlab.har.report import ReadingReport

ACTIONS = (
    "Swipe left", "Swipe right", "Wave", "Clap", "Throw", "Cross arms", "Basketball shoot",
    "Draw X", "Draw circle (clockwise)", "Draw circle (counter-clockwise)", "Draw triangle",
    "Bowling", "Boxing", "Baseball swing", "Tennis swing", "Arm curl", "Tennis serve", "Push",
    "Knock", "Catch", "Pick up and throw", "Jog", "Walk", "Sit to stand", "Stand to sit", "Lunge",
    "Squat",
)  # fmt: skip
"""Action a is `ACTIONS[a - 1]`."""

SUBJECTS, TRIALS = 8, 4
"""Subjects are numbered 1 to 8, the trials of each action 1 to 4."""

THIGH = range(22, 28)
"""Actions with the inertial sensor on the right thigh; in all others it is on the right wrist."""

ABSENT = ("a8_s1_t4", "a23_s6_t4", "a27_s8_t4")
"""Sequences missing in the data set: 27 x 8 x 4 minus three are 861."""

MODALITIES = {
    "skeleton": "skeleton (20 joints, m)",
    "inertial": "inertial (acceleration, g; angular rate, deg/s)",
    "depth": "depth frames (mm)",
    "rgb": "RGB video",
    "video": "simulated video",
}
"""Modalities by name, and their labels in the app."""

UNITS = {
    "skeleton": "m",
    "inertial": "g and deg/s",
    "depth": "mm",
    "rgb": "0-255",
    "video": "0-255",
}

BONES = (
    (0, 1), (1, 2), (2, 3), (1, 4), (4, 5), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10), (10, 11),
    (3, 12), (12, 13), (13, 14), (14, 15), (3, 16), (16, 17), (17, 18), (18, 19),
)  # fmt: skip
"""Pairs of joints that a bone connects, of the 20 rows of a skeleton: head, shoulder centre, spine,
hip centre; shoulder, elbow, wrist and hand on the left, then on the right; hip, knee, ankle and
foot on the left, then on the right."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Activity:
    """One sequence: one subject performs one action once.

    action : 1 to 27 (`ACTIONS`), subject : 1 to 8, trial : 1 to 4.
    modalities : arrays by name, time first, each with its own length:
        "skeleton" (T, 20, 3) metres in camera space, y up; "inertial" (T, 6) acceleration in g
        and angular rate in deg/s; "depth" (T, 48, 48) uint16 mm, 0 for no measurement;
        "rgb" (T, 48, 48, 3) uint8; "video" (T, 24, 24) uint8. Any real dtype, byte order or array
        library; ValueError for masked, NaN, infinite or complex samples, or none.
    lengths : number of recorded samples of each, where the array holds only some of them.
    """

    action: int
    subject: int
    trial: int
    modalities: Mapping[str, np.ndarray]
    lengths: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        as_count(self.action, "action", "Activity", 1, len(ACTIONS))
        as_count(self.subject, "subject", "Activity", 1, SUBJECTS)
        as_count(self.trial, "trial", "Activity", 1, TRIALS)
        samples = {
            modality: _as_samples(array, f"{modality} of {self.name}")
            for modality, array in self.modalities.items()
        }
        object.__setattr__(self, "modalities", samples)

    @property
    def name(self) -> str:
        """The name as in file names: a1_s2_t3."""
        return f"a{self.action}_s{self.subject}_t{self.trial}"

    @property
    def label(self) -> str:
        return ACTIONS[self.action - 1]

    @property
    def sensor(self) -> str:
        """Where the inertial sensor is worn."""
        return "right thigh" if self.action in THIGH else "right wrist"

    def length(self, modality: str) -> int:
        """Number of recorded samples of a modality."""
        return self.lengths.get(modality, len(self.modalities[modality]))


@dataclass(frozen=True, kw_only=True)
class SplitLists:
    """Names of the sequences in each part, from lists of the user (`splits`)."""

    har: tuple[str, ...]
    align: tuple[str, ...]
    val: tuple[str, ...]
    test: tuple[str, ...]

    def parts(self) -> tuple[tuple[str, ...], ...]:
        return self.har, self.align, self.val, self.test


@dataclass(frozen=True, kw_only=True, eq=False)
class ActivityDataset:
    """A collection of sequences: `len` counts them, an index gives one `Activity`.

    sequences : in order of action, subject and trial, without duplicate names.
    source : description of where they come from.
    report : the report of a reader, else None.
    lists : the split lists of the data (`splits.list_split`), or None.
    """

    sequences: tuple[Activity, ...]
    source: str = ""
    report: ReadingReport | None = None
    lists: SplitLists | None = None

    def __post_init__(self) -> None:
        if len(set(self.names)) < len(self.sequences):
            twice = sorted({name for name in self.names if self.names.count(name) > 1})
            raise InputError(
                "ActivityDataset", f"{', '.join(twice[:5])} occur twice: keep one of each name"
            )

    def __len__(self) -> int:
        return len(self.sequences)

    def __getitem__(self, index: int) -> Activity:
        return self.sequences[index]

    def __iter__(self) -> Iterator[Activity]:
        return iter(self.sequences)

    @cached_property
    def names(self) -> list[str]:
        return [one.name for one in self.sequences]

    @cached_property
    def actions(self) -> np.ndarray:
        """(n,) numbers 1 to 27."""
        return np.array([one.action for one in self.sequences], dtype=np.int64)

    @cached_property
    def subjects(self) -> np.ndarray:
        """(n,) numbers 1 to 8."""
        return np.array([one.subject for one in self.sequences], dtype=np.int64)

    @cached_property
    def trials(self) -> np.ndarray:
        """(n,) numbers 1 to 4."""
        return np.array([one.trial for one in self.sequences], dtype=np.int64)

    @cached_property
    def counts(self) -> dict[str, int]:
        """Number of sequences of each modality that occurs, by name."""
        known = dict.fromkeys(MODALITIES, 0)
        for one in self.sequences:
            for modality in one.modalities:
                known[modality] = known.get(modality, 0) + 1
        return {modality: count for modality, count in known.items() if count}

    @property
    def modalities(self) -> tuple[str, ...]:
        """Names of the modalities that at least one sequence has."""
        return tuple(self.counts)

    @cached_property
    def digest(self) -> str:
        """Hash of all arrays, names and lists: what a result depends on besides its spec."""
        found = hashlib.sha256(repr(self.lists).encode())
        for one in self.sequences:
            for modality, array in sorted(one.modalities.items()):
                head = f"{one.name}/{modality}/{array.dtype}/{array.shape}"
                found.update(head.encode() + np.ascontiguousarray(array).tobytes())
        return found.hexdigest()

    def subset(self, rows: Iterable[int]) -> ActivityDataset:
        """The data set with some of the rows."""
        return replace(self, sequences=tuple(self.sequences[int(row)] for row in rows))

    def having(self, *modalities: str) -> ActivityDataset:
        """The sequences that have all these modalities; ValueError if there are none."""
        rows = [
            row
            for row, one in enumerate(self.sequences)
            if all(modality in one.modalities for modality in modalities)
        ]
        if not rows:
            there = ", ".join(f"{name} ({count})" for name, count in self.counts.items())
            raise InputError(
                "ActivityDataset",
                f"no sequence has {' and '.join(modalities)}; available are: "
                f"{there or 'none'}: choose among these or add the missing files",
            )
        return self if len(rows) == len(self) else self.subset(rows)

    def with_modality(self, modality: str, arrays: Mapping[str, np.ndarray]) -> ActivityDataset:
        """The same sequences with one more modality: arrays (T, ...) by the sequence's name."""
        return replace(
            self,
            sequences=tuple(
                replace(one, modalities={**one.modalities, modality: arrays[one.name]})
                if one.name in arrays
                else one
                for one in self.sequences
            ),
        )

    def resampled(self, modality: str, length: int) -> np.ndarray:
        """One modality of all sequences resampled to a common length, (n, length, ...) float32.

        Time runs from 0 to 1 within each sequence: the sensors have no common clock, and their
        rates differ between recordings. Linear interpolation between samples.

        Raises ValueError if a sequence lacks the modality (`having` excludes these).
        """
        as_count(length, "length", "resampled", 2)
        lacking = [one.name for one in self.sequences if modality not in one.modalities]
        if lacking or not self.sequences:
            raise InputError(
                "resampled",
                f"{len(lacking)} of {len(self)} sequences have no {modality}"
                f"{' (' + lacking[0] + ' first)' if lacking else ''}: use only those that have it",
            )
        return np.stack([on_clock(one.modalities[modality], length) for one in self.sequences])


def _as_samples(array: object, what: str) -> np.ndarray:
    """The array in native byte order; ValueError if it does not hold plain finite numbers."""
    missing = int(np.ma.getmaskarray(array).sum()) if isinstance(array, np.ma.MaskedArray) else 0
    if missing:
        raise InputError(
            "Activity",
            f"{missing} entries of {what} are masked, i.e. missing: fill them in or "
            "leave the sequence out",
        )
    X = as_plain(array, what, "Activity")
    if X.ndim == 0 or X.size == 0:
        raise InputError("Activity", f"{what} has shape {X.shape}: it holds no samples")
    # encoders compute in single precision
    bad = ~(np.abs(X) <= np.finfo(np.float32).max) if X.dtype.kind == "f" else np.zeros(0, bool)
    if bad.any():
        raise InputError(
            "Activity",
            f"{np.count_nonzero(bad)} values of {what} are NaN, infinite or beyond "
            f"single precision, the first in sample {np.argwhere(bad)[0][0]}: fill them in or "
            "leave the sequence out",
        )
    return X


def on_clock(array: np.ndarray, length: int) -> np.ndarray:
    """An array (T, ...) at `length` evenly spaced times from first to last sample, float32."""
    if len(array) == length:
        return np.asarray(array, dtype=np.float32)
    at = np.linspace(0, len(array) - 1, length)
    low = np.minimum(at.astype(np.int64), max(len(array) - 2, 0))
    high = np.minimum(low + 1, len(array) - 1)
    share = (at - low).astype(np.float32).reshape(-1, *[1] * (array.ndim - 1))
    return (1 - share) * array[low].astype(np.float32) + share * array[high].astype(np.float32)
