"""Results on disk: one NPZ file per result, plain arrays and JSON, and a cache of bounded size.

Nothing is unpickled. A cache may be deleted at any time, entirely or file by file.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from errno import ENOENT
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from alignlab import linalg
from alignlab.checks import InputError
from alignlab.har.dataset import ActivityDataset
from alignlab.har.protocol import MethodRun, ProtocolResult, ProtocolSpec
from alignlab.har.splits import PARTS, Split
from alignlab.version import __version__

LIMIT = 500 * 2**20
"""Default size limit of a cache in bytes."""

ABANDONED = 3600.0
"""Age in seconds of a half-written file whose process must have been killed; by the clock of the
file system, and either way, since a clock may have been set back."""

FORMAT = 1
"""Increased when older files can no longer be read, or older results are no longer valid."""


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A result from disk. made : date, versions and device of the machine that made it."""

    result: ProtocolResult
    made: dict[str, str]


def save_result(result: ProtocolResult, path: str | Path, *, half: bool = False) -> None:
    """Write a result atomically.

    half : store embeddings in half precision, for shipped files; metrics keep full precision.
    """
    arrays: dict[str, np.ndarray] = {}
    for (method, seed), run in result.runs.items():
        arrays[f"predicted/{method}/{seed}"] = run.predicted.astype(np.int16)
        for name, Z in (("source", run.source), ("target", run.target)):
            if Z is not None:
                arrays[f"{name}/{method}/{seed}"] = Z.astype(np.float16 if half else np.float32)
    for seed, split in result.splits.items():
        for part in PARTS:
            arrays[f"{part}/{seed}"] = getattr(split, part)
    about = {
        "format": FORMAT,
        "spec": asdict(result.spec),
        "dataset": result.dataset,
        "names": result.names,
        "losses": {str(seed): losses for seed, losses in result.losses.items()},
        "failures": [[m, s, why] for (m, s), why in result.failures.items()],
        "runs": [[run.method, run.seed, run.figures, run.seconds] for run in result.runs.values()],
        "made": {
            "date": time.strftime("%Y-%m-%d"),
            "alignlab": __version__,
            "torch": _torch_version(),
            "numpy": np.__version__,
            "python": platform.python_version(),
            "device": linalg.device(),
        },
    }
    arrays["about"] = np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)
    arrays["people"] = np.stack([result.actions, result.subjects, result.trials])
    path = Path(path)
    part_written = path.with_name(f".{path.name}.{os.getpid()}")  # stays if the process is killed
    try:
        with part_written.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **arrays)
        part_written.replace(path)
    finally:
        part_written.unlink(missing_ok=True)


def load_result(path: str | Path) -> Stored:
    """What `save_result` wrote; ValueError for anything else."""
    try:
        with np.load(path, allow_pickle=False) as found:
            about = json.loads(found["about"].tobytes())
            if about["format"] != FORMAT:
                raise ValueError(f"format {about['format']}, {FORMAT} was expected")
            spec = about["spec"]
            spec = ProtocolSpec(
                **(spec | {"methods": tuple(spec["methods"]), "seeds": tuple(spec["seeds"])})
            )
            runs = {}
            for method, seed, figures, seconds in about["runs"]:
                Z1, Z2 = (
                    found[key].astype(np.float32) if key in found else None
                    for key in (f"source/{method}/{seed}", f"target/{method}/{seed}")
                )
                runs[method, seed] = MethodRun(
                    method=method, seed=seed, figures=figures, source=Z1, target=Z2,
                    predicted=found[f"predicted/{method}/{seed}"].astype(np.int64),
                    seconds=seconds,
                )  # fmt: skip
            actions, subjects, trials = found["people"]
            result = ProtocolResult(
                spec=spec,
                dataset=about["dataset"],
                names=tuple(about["names"]),
                actions=actions,
                subjects=subjects,
                trials=trials,
                splits={
                    seed: Split(**{part: found[f"{part}/{seed}"] for part in PARTS})
                    for seed in spec.seeds
                },
                losses={int(seed): losses for seed, losses in about["losses"].items()},
                runs=runs,
                failures={(method, seed): why for method, seed, why in about["failures"]},
            )
            return Stored(result=result, made=about["made"])
    except MemoryError:  # says nothing about the file
        raise
    except Exception as error:  # numpy, zipfile, zlib and json each have their own
        raise InputError(
            "load_result",
            f"{Path(path).name} is not a valid result ({error}): run the experiment again",
        ) from error


def only(result: ProtocolResult, parts: Iterable[str], seeds: Iterable[int]) -> ProtocolResult:
    """The result with only the embeddings of some parts and seeds, for a shipped file.

    Rows of other parts are NaN, embeddings of other seeds None; all metrics are kept.
    """
    parts, seeds = set(parts), set(seeds)

    def thin(Z: np.ndarray | None, seed: int) -> np.ndarray | None:
        if Z is None or seed not in seeds:
            return None
        inside = np.isin(result.splits[seed].part_of(len(Z)), list(parts))
        return np.where(inside[:, None], Z, np.float32("nan"))

    runs = {
        key: replace(run, source=thin(run.source, run.seed), target=thin(run.target, run.seed))
        for key, run in result.runs.items()
    }
    return replace(result, runs=runs)


class ResultCache:
    """Results by data set and spec in a folder; above a limit the least recently used is deleted.

    A folder that cannot be read or written costs the results on disk and nothing else.

    folder : created when a result is stored; None, where a user has none, stores nothing.
    limit : bytes.
    """

    def __init__(self, folder: str | Path | None, limit: int = LIMIT) -> None:
        self.folder, self.limit = None if folder is None else Path(folder), limit

    def holds(self, dataset: ActivityDataset, spec: ProtocolSpec) -> bool:
        """Whether there is a file for these, valid or not."""
        path = self._path(dataset, spec)
        return path is not None and os.path.isfile(path)  # False for any error, unlike Path's

    def get(self, dataset: ActivityDataset, spec: ProtocolSpec) -> ProtocolResult | None:
        """The stored result for these, or None; a damaged file is deleted."""
        path = self._path(dataset, spec)
        if path is None or not os.path.isfile(path):
            return None
        try:
            result = load_result(path).result
        except ValueError:
            with suppress(OSError):  # a folder that is read-only
                path.unlink(missing_ok=True)
            return None
        with suppress(OSError):
            os.utime(path)
        return result

    def put(self, dataset: ActivityDataset, result: ProtocolResult) -> None:
        """Store a result; above the limit files are deleted, the least recently used first.

        Raises OSError where that is not possible: a full disk, a folder that is read-only.
        """
        path = self._path(dataset, result.spec)
        if self.folder is None or path is None:
            raise FileNotFoundError(ENOENT, "there is no home folder")
        self.folder.mkdir(parents=True, exist_ok=True)
        save_result(result, path)
        files = []
        for name in ("har-*.npz", ".har-*.npz.*"):
            for other in self.folder.glob(name):
                with suppress(OSError):  # another process has just deleted it
                    files.append((other.stat(), other))
        now = max(stat.st_mtime for stat, other in files if other == path)
        held = sum(stat.st_size for stat, _ in files)
        for stat, other in sorted(files, key=lambda one: one[0].st_mtime_ns):
            left_behind = other.name.startswith(".") and abs(now - stat.st_mtime) > ABANDONED
            if held > self.limit or left_behind:
                with suppress(OSError):
                    other.unlink(missing_ok=True)
                    held -= stat.st_size

    def _path(self, dataset: ActivityDataset, spec: ProtocolSpec) -> Path | None:
        if self.folder is None:
            return None
        # another device or torch version rounds differently
        key = (dataset.digest, repr(spec), linalg.device(), _torch_version(), FORMAT)
        return self.folder / f"har-{hashlib.sha256(repr(key).encode()).hexdigest()[:32]}.npz"


@cache
def _torch_version() -> str:
    """As in `torch.__version__`, without the import; "none" where it is not installed."""
    try:
        return version("torch")
    except PackageNotFoundError:
        return "none"
