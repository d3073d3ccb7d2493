"""Precomputed results shipped with the app, so that it opens with trained encoders.

Made by `python -m alignlab.har.shipped FOLDER`; FOLDER is `assets/har` in a checkout. Trained on
simulated activity of seed 0. Embeddings are in half precision, metrics were computed in full.
"""

from __future__ import annotations

import argparse
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from alignlab.har.methods import METHODS
from alignlab.har.pictures import PictureSpec, by_seed
from alignlab.har.protocol import Experiment, ProtocolSpec
from alignlab.har.simulator import simulate
from alignlab.har.splits import PARTS
from alignlab.har.store import Stored, load_result, only, save_result
from alignlab.maps import PairMap
from alignlab.work import finish

SEED = 0
"""Seed of the simulated data set."""

SPECS = {
    "subject": ProtocolSpec(),
    "random": ProtocolSpec(split="random"),
    "video": ProtocolSpec(source="video"),
}
"""Specs by name of the file. The first one is the default, and keeps the embeddings of every
sequence; the others only those of D_Val and D_Test."""

MAPPED = PictureSpec(methods=tuple(name for name, one in METHODS.items() if one.fit is not None))
"""Precomputed t-SNE maps of the default."""

KEPT = ("trustworthiness", "total", "random", "divergence", "continuity")
"""Numbers of a map, in the order of the file."""


def shipped(folder: str | Path, spec: ProtocolSpec) -> Stored | None:
    """The result of a spec on the simulated data set of seed `SEED` if it is shipped, else None."""
    name = next((name for name, known in SPECS.items() if known == spec), None)
    path = Path(folder) / f"{name}.npz"
    if name is None or not path.is_file():
        return None
    stored = load_result(path)
    return stored if stored.result.spec == spec else None


def shipped_maps(folder: str | Path) -> dict[tuple[str, int], PairMap]:
    """The maps `MAPPED` of the default, by method and seed; empty if they are not shipped."""
    try:
        with np.load(Path(folder) / "maps.npz", allow_pickle=False) as found:
            return {
                (method, seed): PairMap(
                    Y1=found[f"Y1/{method}/{seed}"],
                    Y2=found[f"Y2/{method}/{seed}"],
                    **_figures(found[f"figures/{method}/{seed}"]),
                )
                for method in MAPPED.methods
                for seed in MAPPED.seeds
            }
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return {}


def _figures(values: np.ndarray) -> dict[str, Any]:
    return dict(zip(KEPT, map(float, values), strict=True))


def make(folder: Path) -> None:
    """Train, compute the maps and write all files."""
    folder.mkdir(parents=True, exist_ok=True)
    dataset = simulate(SEED)
    for name, spec in SPECS.items():
        start = time.perf_counter()
        experiment = Experiment(dataset, spec)
        for _ in experiment.run():
            pass
        parts = PARTS if name == "subject" else ("val", "test")
        path = folder / f"{name}.npz"
        save_result(only(experiment.result, parts, spec.seeds[:1]), path, half=True)
        size = path.stat().st_size / 2**20
        print(f"{path.name}: {time.perf_counter() - start:.0f} s, {size:.1f} MiB")
    make_maps(folder)


def make_maps(folder: Path) -> None:
    """Compute the maps of the default result in the folder and write them there."""
    # from the file, so that the app computes the same maps from it
    drawing = MAPPED.drawing(load_result(folder / "subject.npz").result)
    finish(drawing, None, "make_maps")
    arrays = {}
    for (method, seed), one in by_seed(drawing.maps).items():
        arrays[f"Y1/{method}/{seed}"], arrays[f"Y2/{method}/{seed}"] = one.Y1, one.Y2
        arrays[f"figures/{method}/{seed}"] = np.array([getattr(one, name) for name in KEPT])
    np.savez_compressed(folder / "maps.npz", allow_pickle=False, **arrays)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where to write, assets/har in a checkout")
    make(parser.parse_args().folder)
