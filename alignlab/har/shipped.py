"""Results that come with the app, so that it opens on trained encoders.

Made by `python -m alignlab.har.shipped FOLDER`; FOLDER is `assets/har` in a checkout. Trained on
simulated activity of seed 0. Embeddings are in half precision, figures are those of the training.
"""

from __future__ import annotations

import argparse
import time
import zipfile
from pathlib import Path

import numpy as np

from alignlab.har.methods import METHODS
from alignlab.har.pictures import PictureSpec
from alignlab.har.protocol import Experiment, ProtocolSpec
from alignlab.har.simulator import simulate
from alignlab.har.splits import PARTS
from alignlab.har.store import Stored, load_result, only, save_result
from alignlab.tsne import PairMap

SEED = 0
"""Of the simulated data set."""

SPECS = {
    "subject": ProtocolSpec(),
    "random": ProtocolSpec(split="random"),
    "video": ProtocolSpec(source="video"),
}
"""By the name of the file. The first one is the default, and keeps embeddings of every sequence;
the others those of D_Val and D_Test alone."""

MAPPED = PictureSpec(methods=tuple(name for name, one in METHODS.items() if one.fit is not None))
"""Pictures of the default that are drawn beforehand."""

KEPT = ("trustworthiness", "total", "random", "divergence")
"""Figures of a picture, in the order in which the file has them."""


def shipped(folder: str | Path, spec: ProtocolSpec) -> Stored | None:
    """The result of a spec on the simulated data set of seed `SEED`, where it came with the app."""
    name = next((name for name, known in SPECS.items() if known == spec), None)
    path = Path(folder) / f"{name}.npz"
    if name is None or not path.is_file():
        return None
    stored = load_result(path)
    return stored if stored.result.spec == spec else None


def shipped_maps(folder: str | Path) -> dict[tuple[str, int], PairMap]:
    """The pictures `MAPPED` of the default, by method and seed; none where they did not come."""
    try:
        with np.load(Path(folder) / "maps.npz", allow_pickle=False) as found:
            return {
                (method, seed): PairMap(
                    Y1=found[f"Y1/{method}/{seed}"],
                    Y2=found[f"Y2/{method}/{seed}"],
                    **dict(zip(KEPT, map(float, found[f"figures/{method}/{seed}"]), strict=True)),
                )
                for method in MAPPED.methods
                for seed in MAPPED.seeds
            }
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return {}


def make(folder: Path) -> None:
    """Train, draw and write all of it."""
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
    # from the file, so that the app draws the same ones from it
    drawing = MAPPED.drawing(load_result(folder / "subject.npz").result)
    for _ in drawing.run():
        pass
    arrays = {}
    for (method, seed), one in drawing.maps.items():
        arrays[f"Y1/{method}/{seed}"], arrays[f"Y2/{method}/{seed}"] = one.Y1, one.Y2
        arrays[f"figures/{method}/{seed}"] = np.array([getattr(one, name) for name in KEPT])
    np.savez_compressed(folder / "maps.npz", allow_pickle=False, **arrays)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where to write, assets/har in a checkout")
    make(parser.parse_args().folder)
