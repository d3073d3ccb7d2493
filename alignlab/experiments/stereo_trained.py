"""Trained encoders on stereo pairs over jitter, noise and bottleneck: results shipped with the app.

Made by `python -m alignlab.experiments.stereo_trained --out assets/stereo/trained.json`, which
goes on where an earlier run was stopped.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from alignlab import linalg
from alignlab.checks import InputError
from alignlab.data.stereo.spec import StereoSpec
from alignlab.experiments.stereo import SCORES
from alignlab.experiments.stereo_training import (
    Images,
    StereoTraining,
    StereoTrainingSpec,
    training_images,
)
from alignlab.provenance import versions

FILE = "trained.json"

COMMAND = f"python -m alignlab.experiments.stereo_trained --out assets/stereo/{FILE}"

JITTERS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)

SEEDS = (0, 1, 2, 3, 4)

LOW = 0.2
"""The noise on y at which every method is trained."""

NOISES = (LOW, 0.5, 0.9)

METHODS = (
    ("CA", 4, "VICReg"),
    ("CA", 8, "VICReg"),
    ("CA", 8, "DeepCCA"),
    ("CP", 4, "VICReg"),
    ("CP", 32, "VICReg"),
    ("CP", 128, "VICReg"),
    ("CP reversed", 32, "VICReg"),
    ("supervised", 8, "VICReg"),
)
"""Method, k and objective; the last counts for CA alone."""

COMPARED = (("CA", 8, "VICReg"), ("CP", 32, "VICReg"), ("CP reversed", 32, "VICReg"))
"""Those of `METHODS` that are trained at every noise."""

KEYS = ("jitter", "noise_y", "seed", "method", "k", "objective")

COLUMNS = (*KEYS, *SCORES)


@dataclass(frozen=True, kw_only=True, eq=False)
class Trained:
    """Results of trainings.

    table : the columns `COLUMNS`, one row per training.
    made : date, command, device and versions of the machine that made it.
    settings : of the trainings, as `settings` gives them.
    """

    table: pd.DataFrame
    made: dict[str, Any]
    settings: dict[str, Any]


def shipped(folder: str | Path) -> Trained | None:
    """The results in a folder, None if there are none or they cannot be read.

    folder : `assets/stereo` in a checkout.
    """
    path = Path(folder) / FILE
    try:
        return load(path)
    except (OSError, InputError):
        return None


def load(path: str | Path) -> Trained:
    """Results that `save` wrote; ValueError for anything else, OSError if there is no such file."""
    content = Path(path).read_bytes()
    try:
        found = json.loads(content)
        table = pd.DataFrame(found["rows"], columns=list(COLUMNS))
        return Trained(table=table, made=found["made"], settings=found["settings"])
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(
            "load", f"{Path(path).name} holds no results of trainings ({error}): make it again"
        ) from error


def save(table: pd.DataFrame, path: str | Path) -> None:
    """Write a table with the columns `COLUMNS`, what it was made with, and the settings."""
    path = Path(path)
    made = {
        "date": time.strftime("%Y-%m-%d"),
        "command": COMMAND,
        "device": linalg.device(),
        "versions": versions(),
    }
    # a row a line, so that it can be read, and compared, as text
    rows = ",\n".join(json.dumps(row) for row in table[list(COLUMNS)].values.tolist())
    parts = [f'"{name}": {json.dumps(part)}' for name, part in
             (("made", made), ("settings", settings()), ("columns", COLUMNS))]  # fmt: skip
    written = path.with_name(f".{path.name}.{os.getpid()}")  # stays if the process is killed
    written.write_text("{" + ",\n".join([*parts, f'"rows": [\n{rows}\n]']) + "}\n")
    written.replace(path)


def settings() -> dict[str, Any]:
    """The settings that all trainings have in common, by name."""
    from alignlab.experiments import stereo_networks as networks

    spec = asdict(StereoTrainingSpec())
    pairs = {name: value for name, value in spec.pop("spec").items() if name not in KEYS}
    constants = ("FIRST", "WHITENED", "FLOOR", "HIDDEN", "VICREG", "RIDGE")
    recipe = {name.lower(): getattr(networks, name) for name in constants}
    found = pairs | {name: value for name, value in spec.items() if name not in KEYS} | recipe
    return json.loads(json.dumps(found))  # as it is read from a file


def plan() -> list[StereoTrainingSpec]:
    """All trainings; those on the same pairs follow each other."""
    pairs = StereoTrainingSpec().spec
    return [
        StereoTrainingSpec(
            spec=replace(pairs, jitter=jitter, noise_y=noise, seed=seed),
            method=method, k=k, objective=objective,
        )
        for seed in SEEDS
        for noise in NOISES
        for jitter in JITTERS
        for method, k, objective in (METHODS if noise == LOW else COMPARED)
    ]  # fmt: skip


def keys(spec: StereoTrainingSpec) -> tuple:
    """The values of `KEYS` of a training."""
    pairs = spec.spec
    return pairs.jitter, pairs.noise_y, pairs.seed, spec.method, spec.k, spec.objective


class TrainedSweep:
    """Trainings one after the other, as work with progress: `run` yields every few steps.

    done, total : trainings complete and in all. rows : those of `COLUMNS` so far.
    """

    def __init__(self, specs: list[StereoTrainingSpec], table: pd.DataFrame | None = None) -> None:
        """The trainings of a plan, but those whose rows are in the table of an earlier run."""
        self.rows = [] if table is None else [tuple(row) for row in table.values.tolist()]
        known = {row[: len(KEYS)] for row in self.rows}
        self._left = [spec for spec in specs if keys(spec) not in known]
        self.done, self.total = len(specs) - len(self._left), len(specs)

    @property
    def table(self) -> pd.DataFrame:
        """The rows as a table with the columns `COLUMNS`."""
        return pd.DataFrame(self.rows, columns=list(COLUMNS))

    def run(self) -> Iterator[None]:
        """Train; close the iterator to stop."""
        drawn: tuple[StereoSpec, Images] | None = None
        for spec in self._left:
            if drawn is None or drawn[0] != spec.spec:
                drawn = spec.spec, training_images(spec.spec)
            training = StereoTraining(spec, drawn[1])
            yield from training.run()
            scores = (round(training.scores[name], 4) for name in SCORES)
            self.rows.append((*keys(spec), *scores))
            self.done += 1
            yield


def make(path: Path) -> None:
    """Do what is left of the plan, writing after every training."""
    path.parent.mkdir(parents=True, exist_ok=True)
    before = load(path) if path.exists() else None
    if before is not None and before.settings != settings():
        raise InputError("make", f"{path} was made with other settings: delete it first")
    sweep = TrainedSweep(plan(), before.table if before else None)
    done = sweep.done
    for _ in sweep.run():
        if sweep.done > done:
            done = sweep.done
            save(sweep.table, path)
            print(f"{done} of {sweep.total}: {sweep.rows[-1]}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help=f"such as assets/stereo/{FILE}")
    make(parser.parse_args().out)
