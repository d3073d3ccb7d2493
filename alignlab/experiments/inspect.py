"""Examples of pairs to be looked at, with metadata."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import pandas as pd

from alignlab.checks import InputError
from alignlab.data.cone import ConeSpec, cone_pairs
from alignlab.data.digits import digits_halves
from alignlab.data.inspected import Inspected
from alignlab.data.metadata import Metadata
from alignlab.data.pairs import PairedData
from alignlab.har.dataset import ACTIONS
from alignlab.har.protocol import ProtocolResult

Example = Literal["clip", "digits", "activity"]

EXAMPLES: dict[Example, str] = {
    "clip": "Images and captions, synthetic",
    "digits": "Halves of digits",
    "activity": "Activity, trained embeddings",
}
"""The examples and their labels in the app."""

PARTS = {"har": "D_HAR", "align": "D_Align", "val": "D_Val", "test": "D_Test"}
"""The parts of the split of human activity, as they are called in the metadata."""


def inspect_example(case: Example, result: ProtocolResult | None = None) -> Inspected:
    """The pairs of an example with metadata.

    case : "clip" (`data.cone.cone_pairs` with its defaults: synthetic), "digits" or "activity".
    result : of human activity with its embeddings; needed for "activity" alone.
    """
    if case == "clip":
        return cone_pairs(ConeSpec())
    if case == "digits":
        return digits_inspected()
    if case != "activity":
        raise InputError(
            "inspect_example", f"case {case!r} is not known: use {', '.join(get_args(Example))}"
        )
    if result is None:
        raise InputError(
            "inspect_example", "the embeddings of human activity are trained: give result"
        )
    return activity_inspected(result)


def digits_inspected() -> Inspected:
    """Left and right halves of the digits (1797, 32) each, with digit, ink and row.

    Ink is the mean grey of all 64 pixels, from 0 to 16; row is that in scikit-learn's data set.
    """
    data = digits_halves()
    table = pd.DataFrame(
        {
            "digit": data.labels,
            "ink": np.concatenate([data.X1, data.X2], axis=1).mean(axis=1),
            "row": np.arange(data.n),
        }
    )
    return Inspected(data=data, metadata=Metadata(table), key="digits")


def activity_inspected(result: ProtocolResult, seed: int | None = None) -> Inspected:
    """Trained embeddings of human activity, with action, subject, trial, part and name.

    Modality 1 is the source of the protocol and modality 2 its target, (n, k) each, as contrastive
    training leaves them, of all sequences whose embeddings are kept.
    seed : of the training; by default the first of the result.
    """
    seed = result.spec.seeds[0] if seed is None else seed
    run = result.runs.get(("ca", seed))
    if run is None or run.source is None or run.target is None:
        raise InputError(
            "activity_inspected",
            f"the result has no embeddings of contrastive training with seed {seed}: run the "
            "experiment with the method CA",
        )
    rows = np.flatnonzero(np.isfinite(run.source).all(axis=1) & np.isfinite(run.target).all(axis=1))
    actions = result.actions[rows]
    table = pd.DataFrame(
        {
            "action": np.array(ACTIONS)[actions - 1],
            "subject": result.subjects[rows],
            "trial": result.trials[rows],
            "part": pd.Series(result.splits[seed].part_of(len(run.source))[rows]).map(PARTS),
            "sequence": np.array(result.names)[rows],
        }
    )
    data = PairedData(X1=run.source[rows], X2=run.target[rows], labels=actions - 1, classes=ACTIONS)
    key = ("activity", result.dataset, result.spec, seed)
    return Inspected(data=data, metadata=Metadata(table), key=key, rows=rows)
