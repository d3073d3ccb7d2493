"""Synthetic pairs: a latent Z observed through two linear modalities, `Xm = Z Sm' + noise`.

Draws are nested: every column of Z, of S1 and S2 and of the noise has its own random stream, so
a larger n, k, d1 or d2 keeps the numbers of the smaller one and appends new ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from alignlab.checks import InputError, as_array, as_count, as_real, unbox
from alignlab.data.pairs import PairedData
from alignlab.data.streams import StreamOf, Streams, stream_of

CENTRE = (2.0, 3.0)
"""Centre of the mixture: midway between Table 1's means (0, 1) and (4, 5)."""

UNIFORM_X = (0.0, 20.0)
"""Range of the first latent coordinate under "uniform"; the paper does not print it."""

UNIFORM_MARGIN = 10.0
"""Largest vertical distance from the class boundary y = x - 10 (seed of Figure 7)."""

CHUNK = 1 << 14
"""Sums are formed for about this many numbers at once, so that they stay in the CPU cache."""

_LABELS, _LATENT, _S1, _S2, _NOISE1, _NOISE2 = range(6)
_MORE = 100  # first stream of the further views


@dataclass(frozen=True, kw_only=True)
class SyntheticSpec:
    """What to draw. The defaults are the setting of Table 1.

    latent : "gmm", a mixture of Gaussians, or "uniform", two classes on either side of the line
        y = x - 10 with half the points each, at a vertical distance of at most 10.
    n : number of pairs, at least 2.
    k : latent dimension, at least 1 (2 for "uniform") and at most d1 + d2.
    d1, d2 : features of the two modalities, at least 1.
    noise : standard deviation of the Gaussian noise on every feature of both modalities.
    seed : of all random draws, not negative.
    components : 1 to 6 Gaussians, with means on a regular polygon around (2, 3).
    separation : neighbouring means are sqrt(2) * separation apart; two means differ by `separation`
        along each of the first two axes: 4 gives Table 1's (0, 1) and (4, 5). Further coordinates
        have mean 0.
    imbalance : 0 for equal weights; else every component is (1 - imbalance) times as likely as
        the previous one. In [0, 1).
    weights : the weights themselves, one per component, instead of `imbalance`.
    correlation : r, where latent coordinates i and j have correlation r^|i-j| within a component;
        in (-1, 1).
    condition : condition number given to S1 and S2 by spacing their singular values
        logarithmically; None leaves them as drawn. (Such a spec is nested in n only.)

    Raises ValueError naming the field, its range and the value given.

    Source: Kamboj and Do, "Towards Achieving Perfect Multimodal Alignment", Table 1 and Figure 7.

    Examples
    --------
    The numbers of a smaller draw are the first ones of a larger one:

    >>> import numpy as np
    >>> import alignlab as al
    >>> small, large = (al.generate(al.SyntheticSpec(n=n, d1=3, d2=3)) for n in (10, 100))
    >>> bool(np.array_equal(small.X1, large.X1[:10]))
    True
    >>> al.SyntheticSpec(n=1)
    Traceback (most recent call last):
        ...
    alignlab.checks.InputError: SyntheticSpec: n = 1 is out of range: it must be at least 2
    """

    latent: Literal["gmm", "uniform"] = "gmm"
    n: int = 2000
    k: int = 2
    d1: int = 2
    d2: int = 2
    noise: float = 0.0
    seed: int = 0
    components: int = 2
    separation: float = 4.0
    imbalance: float = 0.0
    weights: tuple[float, ...] | None = None
    correlation: float = 0.0
    condition: float | None = None

    def __post_init__(self) -> None:
        unbox(self)
        name = "SyntheticSpec"
        if self.latent not in ("gmm", "uniform"):
            raise InputError(name, f"latent = {self.latent!r} is not known: use gmm or uniform")
        as_count(self.n, "n", name, 2)
        as_count(self.d1, "d1", name, 1)
        as_count(self.d2, "d2", name, 1)
        if as_count(self.k, "k", name, 1) > self.d1 + self.d2:
            raise InputError(
                name,
                f"k = {self.k} is out of range: it exceeds d1 + d2 = {self.d1 + self.d2}; "
                "lower k or add features",
            )
        as_count(self.seed, "seed", name, 0)
        as_count(self.components, "components", name, 1, 6)
        if self.latent == "uniform" and self.k < 2:
            raise InputError(name, "k = 1: the uniform latent's boundary is a line, take k >= 2")
        as_real(self.noise, "noise", name, 0, np.inf)
        as_real(self.separation, "separation", name, 0, np.inf)
        as_real(self.imbalance, "imbalance", name, 0, 1)
        as_real(self.correlation, "correlation", name, np.nextafter(-1, 0), 1)
        if self.condition is not None:
            as_real(self.condition, "condition", name, 1, np.inf)
        if self.weights is not None:
            self._check_weights(self.weights)

    def _check_weights(self, weights: tuple[float, ...]) -> None:
        name, given = "SyntheticSpec", f"weights = {weights}"
        if not isinstance(weights, tuple) or len(weights) != self.components:
            raise InputError(name, f"{given}: give a tuple of {self.components}, one per component")
        if self.imbalance:
            raise InputError(name, f"{given} and imbalance = {self.imbalance}: give one of them")
        shares = [as_real(weight, "weights", name, 0, 1 + 1e-6) for weight in weights]
        if min(shares) == 0 or abs(sum(shares) - 1) > 1e-6:
            raise InputError(name, f"{given}: they must be positive and sum to 1")


def generate(spec: SyntheticSpec) -> PairedData:
    """Draw the pairs of a spec: Z (n, k), `Sm` (d_m, k) uniform in [-5, 5], `Xm = Z Sm' + noise`.

    Returns
    -------
    PairedData with X1 (n, d1), X2 (n, d2), Z (n, k), labels (n,), S1 (d1, k) and S2 (d2, k).

    Source: Kamboj and Do, "Towards Achieving Perfect Multimodal Alignment", eqs 2, 10-12;
    the uniform latent is that of its section 6.5 (Figure 7).

    Examples
    --------
    >>> import numpy as np
    >>> import alignlab as al
    >>> data = al.generate(al.SyntheticSpec(n=50, k=2, d1=3, d2=4))
    >>> data.X1.shape, data.X2.shape, data.Z.shape, data.labels.shape
    ((50, 3), (50, 4), (50, 2), (50,))
    >>> bool(np.allclose(data.X1, data.Z @ data.S1.T))  # without noise
    True
    """
    latents, labels = _latents(spec, [spec.seed], stream_of)
    Z = np.ascontiguousarray(latents[0].T)
    S1, S2 = (_modality(spec, m, d) for m, d in ((_S1, spec.d1), (_S2, spec.d2)))
    return PairedData(
        X1=_seen(Z, S1) + spec.noise * _normal(spec, _NOISE1, spec.d1),
        X2=_seen(Z, S2) + spec.noise * _normal(spec, _NOISE2, spec.d2),
        Z=Z,
        labels=labels[0],
        S1=S1,
        S2=S2,
        classes=_classes(spec),
    )


class NestedDraws:
    """Random numbers of several seeds, drawn once and shared by all specs of a family.

    `views` returns exactly what `generate` returns. The specs may differ in n, k, d1, d2 and
    noise; their seeds are not used. Every column is stored as one piece.
    """

    def __init__(self, specs: Sequence[SyntheticSpec], seeds: Sequence[int]) -> None:
        self._specs, self._seeds = specs, list(seeds)
        n, k = max(spec.n for spec in specs), max(spec.k for spec in specs)
        d1, d2 = max(spec.d1 for spec in specs), max(spec.d2 for spec in specs)
        self._largest = replace(specs[0], n=n, k=k, d1=d1, d2=d2)
        columns = {_LABELS: 1, _LATENT: k, _S1: k, _S2: k}
        if any(spec.noise for spec in specs):
            columns |= {_NOISE1: d1, _NOISE2: d2}
        pairs = [(stream, j) for stream, count in columns.items() for j in range(count)]
        self._streams = Streams(self._seeds, pairs)
        self.Z = _latents(self._largest, self._seeds, self._streams)[0].mT
        self._sums: list[np.ndarray] = []  # Z Sm' summed over the first `_summed` coordinates
        self._summed = 0

    def views(self, spec: SyntheticSpec) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """X1 (seeds, n, d1), X2 (seeds, n, d2), Z (seeds, n, k); fastest with increasing k."""
        if spec.noise:
            shape = (len(self._seeds), spec.d1 + spec.d2, spec.n)
            return self.fill(spec, np.empty(shape).mT)
        X1, X2 = self._clean(spec)
        return X1[:, : spec.n, : spec.d1], X2[:, : spec.n, : spec.d2], self._latent(spec)

    def _latent(self, spec: SyntheticSpec) -> np.ndarray:
        return self.Z[:, : spec.n, : spec.k]

    def fill(
        self, spec: SyntheticSpec, stack: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """`views`, with X1 and X2 written side by side into stack (seeds, n, d1 + d2)."""
        views = stack[..., : spec.d1], stack[..., spec.d1 :]
        for X, clean, E in zip(views, self._clean(spec), self._noise, strict=True):
            clean, E = (part[:, : spec.n, : X.shape[-1]] for part in (clean, E))
            if not spec.noise:
                X[...] = clean
                continue
            step = max(1, CHUNK // X[0].size)
            for seeds in (slice(i, i + step) for i in range(0, len(X), step)):
                np.multiply(spec.noise, E[seeds], out=X[seeds])
                X[seeds] += clean[seeds]
        return *views, self._latent(spec)

    @cached_property
    def _matrices(self) -> list[np.ndarray]:
        return self._modalities(self._largest)

    @cached_property
    def _noise(self) -> list[np.ndarray]:
        """Noise (seeds, n, d) of both modalities, drawn only where a spec needs it, else zero."""
        noisy = [spec for spec in self._specs if spec.noise]
        noise = []
        for m, name in ((_NOISE1, "d1"), (_NOISE2, "d2")):
            E = np.zeros((len(self._seeds), getattr(self._largest, name), self._largest.n))
            for j in range(E.shape[1] if noisy else 0):
                n = max((spec.n for spec in noisy if getattr(spec, name) > j), default=0)
                for i, seed in enumerate(self._seeds if n else ()):
                    self._streams(seed, m, j).standard_normal(out=E[i, j, :n])
            noise.append(E.mT)
        return noise

    def _modalities(self, spec: SyntheticSpec) -> list[np.ndarray]:
        """S1 (seeds, d1, k) and S2 (seeds, d2, k)."""
        widths = ((_S1, spec.d1), (_S2, spec.d2))
        return [_modalities(spec, self._seeds, m, d, self._streams) for m, d in widths]

    def _clean(self, spec: SyntheticSpec) -> list[np.ndarray]:
        """Views without noise, with at least the rows and columns of the spec."""
        if spec.condition is not None:  # such matrices are not nested
            Z = self.Z[:, : spec.n, : spec.k]
            return [_seen(Z, S) for S in self._modalities(spec)]
        if not self._sums or spec.k < self._summed:
            shape = len(self._seeds), self._largest.n
            d1, d2 = self._largest.d1, self._largest.d2
            stack = np.empty((shape[0], d1 + d2, shape[1])).mT
            self._sums, self._summed = [stack[..., :d1], stack[..., d1:]], 0
        for X, S, name in zip(self._sums, self._matrices, ("d1", "d2"), strict=True):
            step = max(1, CHUNK // X[0].size)
            reach = [self._reach(j, name) for j in range(self._summed, spec.k)]
            for i in range(0, len(X), step):
                seeds = slice(i, i + step)
                for j, bands in enumerate(reach, self._summed):
                    for start, stop, d in bands:
                        part = X[seeds, start:stop, :d]
                        _add_seen(part, self.Z[seeds, start:stop], S[seeds, :d], j)
        self._summed = spec.k
        return self._sums

    def _reach(self, j: int, name: str) -> list[tuple[int, int, int]]:
        """The rows and columns of the specs with k > j, as `_bands`."""
        return _bands([spec for spec in self._specs if spec.k > j], name)


def _bands(specs: Sequence[SyntheticSpec], name: str) -> list[tuple[int, int, int]]:
    """Ranges of rows (start, stop), each with the number of columns d (`name`) the specs need."""
    widest: dict[int, int] = {}  # by n
    for spec in specs:
        widest[spec.n] = max(widest.get(spec.n, 0), getattr(spec, name))
    bands: list[tuple[int, int, int]] = []
    counts = sorted(widest)
    for i in range(len(counts))[::-1]:
        n, start = counts[i], counts[i - 1] if i else 0
        d = max(widest[n], bands[-1][2] if bands else 0)
        if bands and bands[-1][2] == d:
            n = bands.pop()[1]
        bands.append((start, n, d))
    return bands[::-1]


def generate_views(spec: SyntheticSpec, count: int) -> list[np.ndarray]:
    """Several views of one latent, each (n, d): the first two are those of `generate`.

    The third has d1 features, the fourth d2, and so on, each with its own matrix and noise.
    ValueError if count is below 2.
    """
    count = as_count(count, "count", "generate_views", 2)
    data = generate(spec)
    assert data.Z is not None  # drawn data have one
    views = [data.X1, data.X2]
    for i in range(2, count):
        d = spec.d2 if i % 2 else spec.d1
        matrix, noise = _MORE + 2 * i, _MORE + 2 * i + 1
        S = _modality(spec, matrix, d)
        views.append(_seen(data.Z, S) + spec.noise * _normal(spec, noise, d))
    return views


def labels_as_view(data: PairedData) -> PairedData:
    """The pairs with modality 2 replaced by their labels as one-hot columns, one per class.

    Many rows then share one partner: pairs are no longer one to one (Kamboj and Do, "On Achieving
    Perfect Multimodal Alignment for Cross-modal Transfer", section 6.1). ValueError without labels.
    """
    if data.labels is None:
        raise InputError("labels_as_view", "these pairs have no labels: choose a label column")
    return replace(data, X2=np.eye(len(data.classes))[data.labels], S2=None)


def mixture_means(spec: SyntheticSpec) -> np.ndarray:
    """Means of the components (components, k): a regular polygon in the first two coordinates."""
    angles = np.pi * (1.25 + 2 * np.arange(spec.components) / spec.components)
    radius = spec.separation / np.sqrt(2) / np.sin(np.pi / max(spec.components, 2))
    circle = radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    means = np.zeros((spec.components, max(spec.k, 2)))
    means[:, :2] = np.round(CENTRE + circle, 12) + 0.0  # Table 1's means exactly, no -0.0
    return means[:, : spec.k]


def mixture_weights(spec: SyntheticSpec) -> np.ndarray:
    """Weights of the components (components,), summing to 1."""
    if spec.weights is not None:
        weights = np.array(spec.weights)
    else:
        weights = (1.0 - spec.imbalance) ** np.arange(spec.components)
    return weights / weights.sum()


def mixture_table(spec: SyntheticSpec, data: PairedData) -> pd.DataFrame:
    """One row per component: its mean, its weight and how many pairs were drawn from it."""
    columns = [f"mean of z[{j + 1}]" for j in range(spec.k)]
    table = pd.DataFrame(mixture_means(spec), index=list(data.classes), columns=columns)
    drawn = np.bincount(np.asarray(data.labels), minlength=spec.components)
    return table.assign(weight=mixture_weights(spec), pairs=drawn)


def pseudo_inverse_latents(data: PairedData) -> tuple[np.ndarray, np.ndarray]:
    """The latent recovered from each view with the true matrices, `Xm pinv(Sm)'` (n, k).

    Without noise and with d_m >= k both equal Z up to rounding: the sanity check of Table 2.

    Parameters
    ----------
    data : pairs with X1 (n, d1), X2 (n, d2), S1 (d1, k) and S2 (d2, k).

    Returns
    -------
    Two latents (n, k), of modality 1 and of modality 2.

    Raises
    ------
    ValueError
        S1 or S2 is not known.

    Source: Kamboj and Do, "Towards Achieving Perfect Multimodal Alignment", Table 2.

    Equivalent to: `numpy.linalg.lstsq(Sm, Xm.T)[0].T`.

    Examples
    --------
    >>> import numpy as np
    >>> import alignlab as al
    >>> data = al.generate(al.SyntheticSpec(n=50, k=2, d1=3, d2=4))
    >>> Z1, Z2 = al.pseudo_inverse_latents(data)
    >>> bool(np.allclose(Z1, data.Z)), bool(np.allclose(Z2, data.Z))
    (True, True)
    """
    if data.S1 is None or data.S2 is None:
        raise InputError("pseudo_inverse_latents", "S1 and S2 are only known for synthetic data")
    X1, X2 = (as_array(X, "a view", "pseudo_inverse_latents") for X in (data.X1, data.X2))
    return X1 @ np.linalg.pinv(data.S1).T, X2 @ np.linalg.pinv(data.S2).T


def moments(data: PairedData) -> pd.DataFrame:
    """Mean, standard deviation, smallest and largest value of every column of Z, X1 and X2."""
    parts = {"z": data.Z, "x1": data.X1, "x2": data.X2}
    columns = [
        pd.DataFrame(
            as_array(X, name, "moments"), columns=[f"{name}[{j + 1}]" for j in range(X.shape[1])]
        )
        for name, X in parts.items()
        if X is not None
    ]
    return pd.concat(columns, axis=1).agg(["mean", "std", "min", "max"]).T


def _latents(
    spec: SyntheticSpec, seeds: Sequence[int], streams: StreamOf
) -> tuple[np.ndarray, np.ndarray]:
    """Latents (seeds, k, n) and labels (seeds, n) of several seeds in place of the spec's."""
    return (_mixture if spec.latent == "gmm" else _uniform)(spec, seeds, streams)


def _mixture(
    spec: SyntheticSpec, seeds: Sequence[int], streams: StreamOf
) -> tuple[np.ndarray, np.ndarray]:
    edges = np.cumsum(mixture_weights(spec))[:-1]
    shares = np.stack([streams(seed, _LABELS, 0).random(spec.n) for seed in seeds])
    labels = sum((shares >= edge for edge in edges), np.zeros(shares.shape, dtype=np.int64))
    Z = np.empty((len(seeds), spec.k, spec.n))
    for i, seed in enumerate(seeds):
        for j in range(spec.k):
            streams(seed, _LATENT, j).standard_normal(out=Z[i, j])
    fresh = np.sqrt(1 - spec.correlation**2)
    for j in range(1, spec.k) if spec.correlation else ():
        Z[:, j] = spec.correlation * Z[:, j - 1] + fresh * Z[:, j]
    for j, means in enumerate(mixture_means(spec).T):
        if means.any():
            Z[:, j] += means[labels]
    return Z, labels


def _uniform(
    spec: SyntheticSpec, seeds: Sequence[int], streams: StreamOf
) -> tuple[np.ndarray, np.ndarray]:
    u = np.array(
        [[streams(seed, _LATENT, j).random(spec.n) for j in range(spec.k)] for seed in seeds]
    )
    labels = np.arange(spec.n) % 2
    Z = UNIFORM_MARGIN * (2 * u - 1)
    Z[:, 0] = UNIFORM_X[0] + (UNIFORM_X[1] - UNIFORM_X[0]) * u[:, 0]
    # 1 - u lies in (0, 1], so no point lies on the boundary
    Z[:, 1] = Z[:, 0] - 10 + UNIFORM_MARGIN * (1 - u[:, 1]) * np.where(labels, 1, -1)
    return Z, np.tile(labels, (len(seeds), 1))


def _classes(spec: SyntheticSpec) -> tuple[str, ...]:
    if spec.latent == "uniform":
        return ("below y = x - 10", "above y = x - 10")
    return tuple(f"component {c + 1}" for c in range(spec.components))


def _seen(Z: np.ndarray, S: np.ndarray) -> np.ndarray:
    """Z S' summed in a fixed order: rounding of a matrix product may depend on d and n."""
    X = np.empty((*Z.shape[:-1], S.shape[-2]))
    for j in range(S.shape[-1]):
        _add_seen(X, Z, S, j)
    return X


def _add_seen(X: np.ndarray, Z: np.ndarray, S: np.ndarray, j: int) -> None:
    """Add the contribution of coordinate j of Z (..., n, k) and S (..., d, k) to X (..., n, d).

    That of the first coordinate replaces what is in X.
    """
    Z, S, X = Z.mT[..., j, None, :], S[..., j, None], X.mT
    if j == 0:
        np.multiply(S, Z, out=X)
    else:
        X += S * Z


def _modalities(
    spec: SyntheticSpec, seeds: Sequence[int], stream: int, d: int, streams: StreamOf = stream_of
) -> np.ndarray:
    """Matrices (seeds, d, k) of several seeds in place of the spec's."""
    columns = [
        [streams(seed, stream, j).uniform(-5, 5, d) for j in range(spec.k)] for seed in seeds
    ]
    S = np.array(columns).mT
    if spec.condition is None:
        return S
    U, s, Vt = np.linalg.svd(S, full_matrices=False)
    s = s[:, :1] * np.geomspace(1.0, 1.0 / spec.condition, s.shape[1])
    return (U * s[:, None]) @ Vt


def _modality(spec: SyntheticSpec, stream: int, d: int) -> np.ndarray:
    return np.ascontiguousarray(_modalities(spec, [spec.seed], stream, d)[0])


def _normal(spec: SyntheticSpec, stream: int, columns: int) -> np.ndarray:
    draws = (stream_of(spec.seed, stream, j).standard_normal(spec.n) for j in range(columns))
    return np.stack(list(draws), axis=1)
