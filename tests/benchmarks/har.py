"""Human activity: the table of methods, paired differences against CA, and how long it takes.

Run: `ALIGNLAB_TEST_DATA=FOLDER python -m tests.benchmarks.har`, with `--help` for other splits,
sizes and modalities; FOLDER holds `utd_mhad`. Without the variable it measures simulated data.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd

from alignlab.har import Experiment, ProtocolSpec, load_utd_mhad, simulate
from alignlab.har.dataset import ActivityDataset
from alignlab.har.methods import METHODS
from alignlab.har.protocol import FIGURES, ProtocolResult
from tests.tsne import tsne

PAIRS = 430
"""The picture of the paper's Figure 6 shows so many pairs."""

SHARES = ("NCMAE", "top-1", "top-3", "top-5", "top-7", "R@1")


def data() -> ActivityDataset:
    folder = os.environ.get("ALIGNLAB_TEST_DATA")
    start = time.perf_counter()
    if folder is None:
        dataset = simulate(0)
    else:
        dataset = load_utd_mhad(Path(folder) / "utd_mhad")
        crops = Path(folder) / "utd_mhad_depth" / "utd_mhad_depth_crop_16x48x48.npz"
        if crops.is_file():
            with np.load(crops) as found:
                frames = dict(zip(found["sequence"].tolist(), found["depth"], strict=True))
            dataset = dataset.with_modality("depth", frames)
    print(f"{dataset.source}: {len(dataset)} sequences, {dataset.counts}, ", end="")
    print(f"{time.perf_counter() - start:.1f} s")
    return dataset


def measured(dataset: ActivityDataset, spec: ProtocolSpec) -> ProtocolResult:
    experiment = Experiment(dataset, spec)
    expected = experiment.estimate()
    start, took = time.perf_counter(), []
    for _ in experiment.run():
        if len(experiment.result.runs) // len(spec.methods) > len(took):
            took.append(time.perf_counter() - start)
    seconds = np.diff([0.0, *took])
    print(f"estimated {expected:.0f} s, took {took[-1]:.0f} s: ", end="")
    print(f"a run of all methods with one seed {', '.join(f'{s:.0f}' for s in seconds)} s")
    return experiment.result


def cells(table: pd.DataFrame, figures: tuple[str, ...], sign: str) -> pd.DataFrame:
    """Mean ± standard deviation in words, a row a method."""

    def cell(method: str, figure: str) -> str:
        mean, std = (table.loc[method, (figure, what)] for what in ("mean", "std"))
        return "" if np.isnan(mean) else f"{mean:{sign}.3f} ± {std:.3f}"

    return pd.DataFrame(
        {figure: [cell(method, figure) for method in table.index] for figure in figures},
        index=[METHODS[method].label for method in table.index],
    )


def told(result: ProtocolResult) -> None:
    pd.set_option("display.width", 250, "display.max_columns", 30)
    summary, against = result.summary(), result.against()
    print(cells(summary, FIGURES, "").to_string())
    print(f"\nagainst CA, paired over {len(result.spec.seeds)} seeds, mean ± standard deviation")
    print(cells(against, ("CMAE", *SHARES), "+").to_string())
    for (method, seed), why in result.failures.items():
        print(f"{method}, seed {seed}: {why}")


def picture(result: ProtocolResult) -> None:
    run = result.runs["ca", result.spec.seeds[0]]
    assert run.source is not None
    assert run.target is not None
    split = result.splits[result.spec.seeds[0]]
    rows = np.concatenate([split.align, split.test, split.val])[:PAIRS]
    start = time.perf_counter()
    found = tsne(run.source[rows], run.target[rows])
    print(
        f"\nt-SNE of {len(rows)} pairs: {time.perf_counter() - start:.1f} s, trustworthiness ",
        end="",
    )
    print(f"{found.trustworthiness:.3f}, pairs at {found.relative:.3f} of random pairs")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", default="random", choices=["random", "subject", "lists"])
    parser.add_argument("--k", type=int, default=256)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--source", default="skeleton")
    parser.add_argument("--target", default="inertial")
    given = parser.parse_args()
    spec = ProtocolSpec(
        source=given.source,
        target=given.target,
        split=given.split,
        k=given.k,
        seeds=tuple(range(given.seeds)),
    )
    print(spec)
    outcome = measured(data(), spec)
    told(outcome)
    picture(outcome)
