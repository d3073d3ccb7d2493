"""`alignlab align`: fit linear maps into one space, measure them on held-out pairs, save them."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from alignlab.cli import output
from alignlab.cli.views import add_files, chosen, opened

if TYPE_CHECKING:
    import numpy as np

    from alignlab.aligners.alignment import Alignment

METHODS = (
    "perfect_alignment", "informative_alignment", "cca", "reduced_rank_regression", "pls_svd",
    "procrustes", "least_squares", "contrastive",
)  # fmt: skip
"""The keys of `aligners.registry.ALIGNERS`."""

METRICS = ("cmae", "ncmae", "relative_cmae", "retrieval")
"""Metrics of two latents."""


def add(commands: argparse._SubParsersAction) -> None:
    """Declare the command."""
    command = commands.add_parser(
        "align",
        help="fit linear maps of two views into one space, and save them",
        description="Fit the maps on some of the pairs, print metrics on these and on the pairs "
        "held out, and save the maps as NPZ: Z1 = (X1 - mean1) @ W1, and Z2 alike.",
        epilog="example: alignlab align x.npy y.npy --method cca -k 8 --out maps.npz",
    )
    add_files(command)
    command.add_argument("--method", choices=METHODS, default="cca", help="the aligner (cca)")
    command.add_argument(
        "-k", type=int, default=2, help="dimension of the aligned space (2); least_squares has "
        "that of the first view",
    )  # fmt: skip
    command.add_argument(
        "--holdout", type=float, default=0.2, help="share of the pairs that is not fitted (0.2)"
    )
    command.add_argument("--seed", type=int, default=0, help="of the pairs that are held out (0)")
    command.add_argument(
        "--drop", action="store_true", help="leave out rows in which a view has missing values"
    )
    command.add_argument("--out", required=True, metavar="FILE.npz", help="the file of the maps")
    command.add_argument(
        "--latents", action="store_true", help="save the latents Z1 and Z2 of all pairs too"
    )
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Fit, print the metrics, save the maps."""
    output.check_outputs((arguments.out,), arguments.files)
    if not arguments.out.lower().endswith(".npz"):
        raise ValueError(
            f"--out {arguments.out}: maps are saved as NPZ: name a file ending in .npz"
        )
    import numpy as np

    from alignlab.data.pairs import split_rows
    from alignlab.experiments.alignment import StudySpec

    StudySpec(holdout=arguments.holdout, split_seed=arguments.seed)  # checks both
    brought = opened(arguments.files, arguments.key)
    choice = chosen(brought, arguments.x, arguments.y)
    features = brought.source.features(choice, arguments.drop)
    X1, X2 = features.X, features.Y
    fitted, held_out = split_rows(len(X1), arguments.holdout, arguments.seed)
    found = fit(arguments.method, X1[fitted], X2[fitted], arguments.k)
    print(told_in_text(found, (X1, X2), {"fitted": fitted, "held out": held_out}))
    saved = saved_arrays(found, (choice.view1, choice.view2), fitted)
    if arguments.latents:
        saved["Z1"], saved["Z2"] = found.embed(X1, X2)
    from io import BytesIO

    content = BytesIO()
    np.savez(content, allow_pickle=False, **saved)
    output.write_whole(arguments.out, content.getvalue())
    return 0


def fit(method: str, X1: np.ndarray, X2: np.ndarray, k: int) -> Alignment:
    """The maps of X1 (n, d1) and X2 (n, d2) by the aligner of this public name."""
    import alignlab

    if method == "least_squares":
        return alignlab.least_squares(X1, X2)
    found: Alignment = getattr(alignlab, method)(X1, X2, k)
    return found


def saved_arrays(
    found: Alignment, names: tuple[tuple[str, ...], tuple[str, ...]], rows: np.ndarray
) -> dict[str, Any]:
    """What is saved: the maps, the names of the features, and the fitted rows (m,)."""
    import numpy as np

    from alignlab.version import __version__

    arrays = {name: getattr(found, name) for name in ("W1", "W2", "mean1", "mean2", "spectrum")}
    features = {f"features{m}": np.array(one, dtype=str) for m, one in enumerate(names, start=1)}
    told = {"method": np.array(found.method), "alignlab": np.array(__version__)}
    return {**arrays, **features, "fitted_rows": rows, **told}


def told_in_text(
    found: Alignment, views: tuple[np.ndarray, np.ndarray], parts: dict[str, np.ndarray]
) -> str:
    """Metrics on each part of the rows; views : (n, d1) and (n, d2), parts : rows (m,) by name."""
    import pandas as pd

    import alignlab
    from alignlab.metrics import RETRIEVAL_PAIRS
    from alignlab.words.numbers import number

    columns = {}
    for name, rows in parts.items():
        if not len(rows):
            continue
        X1, X2 = (view[rows] for view in views)
        Z1, Z2 = found.embed(X1, X2)
        values = {"pairs": float(len(rows))}
        for metric in METRICS:
            measured = Z1, Z2
            if metric == "retrieval":
                measured = Z1[:RETRIEVAL_PAIRS], Z2[:RETRIEVAL_PAIRS]
            values[metric] = getattr(alignlab, metric)(*measured)
        values["chance of retrieval"] = 1 / min(len(rows), RETRIEVAL_PAIRS)
        values |= {"kept norm 1": alignlab.kept_norm(X1, Z1),
                   "kept norm 2": alignlab.kept_norm(X2, Z2)}  # fmt: skip
        columns[name] = {metric: number(value) for metric, value in values.items()}
    d1, d2 = len(found.W1), len(found.W2)
    head = f"{found.method}: {d1:,} and {d2:,} features into {found.k} dimensions"
    return f"{head}\n\n{pd.DataFrame(columns).to_string()}"
