"""The examples of a diagnosis: the spiked model, digits, simulated activity."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np

from alignlab.checks import InputError, as_count, unbox
from alignlab.data.digits import digits_halves
from alignlab.data.features import Changes, Features, changed
from alignlab.har import simulate
from alignlab.spiked.model import SpikedSpec, sample_spiked

LABEL_R2 = 0.8
"""R^2 of the labels of a spiked draw given its shared coordinates."""

CLOCK = 16
"""Number of time points at which the activity example samples a sequence."""

Case = Literal["spiked", "digits", "activity"]


def spiked_features(spec: SpikedSpec, n: int, seed: int) -> Features:
    """A draw of the spiked model; labels are its shared coordinates plus noise, R^2 `LABEL_R2`."""
    data = sample_spiked(spec, n, seed)
    assert data.Z is not None
    noise = np.random.default_rng([seed, 5]).standard_normal(data.Z.shape)
    labels = data.Z + noise * data.Z.std(axis=0) * np.sqrt(1 / LABEL_R2 - 1)
    return Features(
        X=data.X1, Y=data.X2, labels=labels, targets=tuple(f"z{i + 1}" for i in range(spec.k))
    )


def digits_features() -> Features:
    """Left and right halves of the digits (1797, 32) each, labelled by their digit."""
    data = digits_halves()
    return Features(X=data.X1, Y=data.X2, labels=data.labels, targets=("digit",))


def activity_features(seed: int) -> Features:
    """Simulated activity: joint positions (861, 960) and a wrist or thigh sensor (861, 96).

    Every sequence at `CLOCK` evenly spaced times; labels are the 27 actions.
    """
    data = simulate(seed)
    X, Y = (data.resampled(name, CLOCK).reshape(len(data), -1) for name in ("skeleton", "inertial"))
    return Features(
        X=X.astype(np.float64), Y=Y.astype(np.float64), labels=data.actions, targets=("action",)
    )


@dataclass(frozen=True, kw_only=True)
class ExampleSpec:
    """An example of pairs to diagnose.

    case : the spiked model, halves of the digits, or simulated activity.
    model, n : the spiked model and the number of rows drawn from it; None in the other cases.
    changes : changes of the pairs; its seed is also that of the draw.
    """

    case: Case = "digits"
    model: SpikedSpec | None = None
    n: int | None = None
    changes: Changes = field(default_factory=Changes)

    def __post_init__(self) -> None:
        unbox(self)
        name = "ExampleSpec"
        if self.case not in get_args(Case):
            raise InputError(
                name, f"case {self.case!r} is not known: use {', '.join(get_args(Case))}"
            )
        if self.case == "spiked":
            as_count(self.n, "n", name, 2)
        if (self.model is not None, self.n is not None) != (self.case == "spiked",) * 2:
            raise InputError(
                name,
                f"model and n are only for the case 'spiked': give both with it, and "
                f"neither with another case (this is {self.case!r})",
            )


def example_pairs(spec: ExampleSpec) -> Features:
    """The pairs of an example, before anything is changed."""
    seed = spec.changes.seed
    if spec.case == "digits":
        return digits_features()
    if spec.case == "activity":
        return activity_features(seed)
    assert spec.model is not None
    assert spec.n is not None
    return spiked_features(spec.model, spec.n, seed)


def example(spec: ExampleSpec) -> Features:
    """The features of an example, changed as its spec says."""
    return changed(example_pairs(spec), spec.changes)
