"""Pairs whose views are bent differently: what they share is not a linear function of either."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from alignlab.checks import InputError, as_count, as_real, unbox
from alignlab.data.pairs import PairedData
from alignlab.data.streams import stream_of

Bend = Literal["double angle", "square", "swiss roll"]

BENDS = ("double angle", "square", "swiss roll")

TURNS = (1.5 * np.pi, 4.5 * np.pi)
"""Range of the angle along the swiss roll."""

MEDIAN = 0.454936
"""Median of the square of a standard normal number."""

_LATENT, _S1, _S2, _NOISE1, _NOISE2 = range(5)


@dataclass(frozen=True, kw_only=True)
class BentSpec:
    """What to draw.

    bend : how the coordinates u (n, 2 or 3) of view 1 and v (n, 2) of view 2 depend on a latent:
        "double angle", u = (cos t, sin t) and v = (cos 2t, sin 2t), with t uniform on the circle;
        "square", u = (a, b) and v = (a^2, b^2), with a and b from N(0, 1);
        "swiss roll", u = (t cos t, h, t sin t) and v = (t, h), with t uniform on `TURNS` and h
        uniform on [0, 1].
    n : number of pairs, at least 2.
    d1, d2 : features of the two views, at least 1.
    noise : standard deviation of the Gaussian noise on every feature.
    seed : of all random draws, not negative.

    Raises ValueError naming the field, its range and the value given.
    """

    bend: Bend = "double angle"
    n: int = 2000
    d1: int = 8
    d2: int = 8
    noise: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        unbox(self)
        name = "BentSpec"
        if self.bend not in BENDS:
            raise InputError(name, f"bend = {self.bend!r} is not known: use {', '.join(BENDS)}")
        for count, low in (("n", 2), ("d1", 1), ("d2", 1), ("seed", 0)):
            as_count(getattr(self, count), count, name, low)
        as_real(self.noise, "noise", name, 0, np.inf)


def bent_pairs(spec: BentSpec) -> PairedData:
    """Pairs of views that are bent differently, `X1 = u A1' + noise`, `X2 = v A2' + noise`.

    u and v are the coordinates of `BentSpec.bend`, each scaled to mean 0 and variance 1 over the
    pairs; A1 and A2 have independent entries from N(0, 1). Z (n, 2) is v, which both views
    determine; of "square" and "swiss roll" it is a function of u, too. The classes are quarters of
    what the views share: of the angle 2t, of t along the roll, and of "square" whether a^2 and b^2
    are above their medians.

    Under "double angle" and "square" u and v are uncorrelated, so linear aligners find nothing.

    Examples
    --------
    >>> import numpy as np
    >>> from alignlab.data.bent import BentSpec, bent_pairs
    >>> data = bent_pairs(BentSpec(n=1000, d1=2, d2=3, noise=0.0))
    >>> data.X1.shape, data.X2.shape, data.Z.shape, len(data.classes)
    ((1000, 2), (1000, 3), (1000, 2), 4)
    >>> bool(np.abs(np.corrcoef(data.X1.T, data.X2.T)[:2, 2:]).max() < 0.1)
    True
    """
    classes: tuple[str, ...]
    first, second = (stream_of(spec.seed, _LATENT, j) for j in range(2))
    if spec.bend == "square":
        a, b = first.standard_normal(spec.n), second.standard_normal(spec.n)
        u, v = np.column_stack([a, b]), np.column_stack([a**2, b**2])
        labels = 2 * (a**2 > MEDIAN) + (b**2 > MEDIAN)
        classes = tuple(
            f"{one} a², {two} b²" for one in ("small", "large") for two in ("small", "large")
        )
    else:
        share = first.random(spec.n)
        rounds, what = (2, "2t") if spec.bend == "double angle" else (1, "t")
        labels = (4 * rounds * share).astype(np.int64) % 4
        classes = tuple(f"quarter {i + 1} of {what}" for i in range(4))
        if spec.bend == "double angle":
            t = 2 * np.pi * share
            u, v = (np.column_stack([np.cos(m * t), np.sin(m * t)]) for m in (1, 2))
        else:
            t, h = TURNS[0] + (TURNS[1] - TURNS[0]) * share, second.random(spec.n)
            u, v = np.column_stack([t * np.cos(t), h, t * np.sin(t)]), np.column_stack([t, h])
    u, v = _scaled(u), _scaled(v)
    return PairedData(
        X1=_seen(u, spec, _S1, _NOISE1, spec.d1),
        X2=_seen(v, spec, _S2, _NOISE2, spec.d2),
        Z=v,
        labels=labels,
        classes=classes,
    )


def _scaled(u: np.ndarray) -> np.ndarray:
    spread = u.std(axis=0)
    return (u - u.mean(axis=0)) / np.where(spread > 0, spread, 1.0)


def _seen(u: np.ndarray, spec: BentSpec, matrix: int, noise: int, d: int) -> np.ndarray:
    """The coordinates u (n, c) through a random matrix (d, c), with noise."""
    A = stream_of(spec.seed, matrix, 0).standard_normal((d, u.shape[1]))
    return u @ A.T + spec.noise * stream_of(spec.seed, noise, 0).standard_normal((spec.n, d))
