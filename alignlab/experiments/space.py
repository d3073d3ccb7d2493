"""Both modalities in one space, to be looked at: as they are, by PCA, or after an aligner."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import NamedTuple

import numpy as np

from alignlab import linalg
from alignlab.aligners.contrastive import ContrastiveSpec
from alignlab.aligners.fourier import FourierSpec
from alignlab.aligners.perfect import Embedding
from alignlab.aligners.training import EncoderTraining
from alignlab.checks import (
    InputError,
    as_count,
    as_real,
    as_view,
    check_row_counts,
    reason_of,
    unbox,
)
from alignlab.data.pairs import PairedData, split_rows
from alignlab.experiments.degenerate import degeneracies
from alignlab.experiments.methods import METHODS, Fitting, steps_of

SPACES = {
    "common": "As they are, in their common dimensions",
    "pca": "Each by its own PCA",
    **{name: method.label for name, method in METHODS.items()},
}
"""How both modalities come into one space, by name, and the labels in the app."""

_SPLIT = ("holdout", "split_seed")
_USED = {
    "common": (),
    "pca": ("k", *_SPLIT),
    "cca": ("k", *_SPLIT, "ridge"),
    "least_squares": _SPLIT,
    "least_squares_reversed": _SPLIT,
    "contrastive": ("k", *_SPLIT, "contrastive"),
    "nonlinear_contrastive": ("k", *_SPLIT, "contrastive"),
    "fourier_cca": ("k", *_SPLIT, "ridge"),
    "deep_cca": ("k", *_SPLIT, "contrastive"),
}
"""The settings that each space depends on, besides `how` and `unit`; others on k and the split."""


@dataclass(frozen=True, kw_only=True)
class SpaceSpec:
    """How both modalities come into one space.

    how : a key of `SPACES`. "common" leaves the views as they are, "pca" takes the leading
        principal components of each view, and the others fit an aligner.
    k : dimension of the space, at least 1; of PCA and of the aligners with a free dimension.
    unit : whether rows are scaled to unit length afterwards, so that distances compare directions.
    holdout, split_seed : as in `experiments.alignment.StudySpec`; everything is fitted without the
        held-out pairs, and all are embedded.
    ridge : of CCA, in squared units of the data, also in random Fourier features.
    contrastive : settings of both contrastive methods; its k is replaced by this k. DeepCCA has the
        same steps, batch, learning rate and seed.
    """

    how: str = "common"
    k: int = 8
    unit: bool = False
    holdout: float = 0.2
    split_seed: int = 0
    ridge: float = 0.0
    contrastive: ContrastiveSpec = field(default_factory=ContrastiveSpec)

    def __post_init__(self) -> None:
        unbox(self)
        name = "SpaceSpec"
        if self.how not in SPACES:
            raise InputError(name, f"how = {self.how!r} is not known: use {', '.join(SPACES)}")
        as_count(self.k, "k", name, 1)
        as_count(self.split_seed, "split_seed", name, 0)
        as_real(self.ridge, "ridge", name, 0, np.inf)
        as_real(self.holdout, "holdout", name, 0, 0.9, closed=True)

    @property
    def fourier(self) -> FourierSpec:
        """Random Fourier features are drawn by their defaults."""
        return FourierSpec()

    def canonical(self) -> SpaceSpec:
        """The same space, with every setting that it does not depend on at its default.

        Two specs of equal canonical form give the same space, so work is keyed by that.
        """
        used = ("how", "unit", *_USED.get(self.how, ("k", *_SPLIT)))
        given = {one.name: getattr(self, one.name) for one in fields(self) if one.name in used}
        if "contrastive" in given:
            plain = ContrastiveSpec()
            given["contrastive"] = replace(self.contrastive, k=plain.k, hidden=plain.hidden)
        return SpaceSpec(**given)


FEWEST = 30
"""Numbers are computed from held-out pairs alone if there are at least so many."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Space:
    """Both modalities in one space.

    Z1, Z2 : (n, k') of all pairs; k' is `spec.k` where the data and the method allow it.
    held_out : (n,), True for pairs that were not fitted; all False where nothing is fitted.
    notes : sentences on what is degenerate about this space (`degenerate.degeneracies`).
    """

    spec: SpaceSpec
    Z1: np.ndarray
    Z2: np.ndarray
    held_out: np.ndarray
    notes: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """Number of pairs."""
        return len(self.Z1)

    @property
    def fitted(self) -> bool:
        """Whether anything was fitted to the pairs."""
        return self.spec.how != "common"

    @property
    def aligned(self) -> bool:
        """Whether the fit has seen which rows are pairs, as that of every aligner has."""
        return self.spec.how in METHODS


def unseen(spaces: Iterable[Space]) -> np.ndarray:
    """(n,) True for the pairs from which the numbers of these spaces are computed.

    An aligner brings even unrelated rows together if it was fitted to them, so that no null which
    shuffles its embeddings is fair: only the pairs count that are held out of every aligner. If
    they are fewer than `FEWEST`, or nothing was aligned, all pairs count.
    """
    spaces = list(spaces)
    rows = np.ones(spaces[0].n, dtype=bool)
    for space in spaces:
        rows &= space.held_out | (not space.aligned)
    return rows if rows.sum() >= FEWEST else np.ones(len(rows), dtype=bool)


class Spaces:
    """Several spaces of the same pairs, as work: `run` yields after each and during trainings.

    done, total : a space in closed form counts as one step, a training as its steps.
    spaces : finished ones by their spec; failures : why others could not be made.
    training : the current training, or None.

    Raises ValueError if the views are not pairs of finite numbers. A view that is constant or has
    copied rows is no error here: the notes of the space name it.
    """

    def __init__(self, data: PairedData, specs: Sequence[SpaceSpec]) -> None:
        X1, X2 = as_view(data.X1, "X1", "inspect"), as_view(data.X2, "X2", "inspect")
        check_row_counts("inspect", X1=X1, X2=X2)
        self.specs = tuple(dict.fromkeys(specs))
        self.spaces: dict[SpaceSpec, Space] = {}
        self.failures: dict[SpaceSpec, str] = {}
        self.training: EncoderTraining | None = None
        self.done, self.total = 0, sum(map(_steps, self.specs))
        self._views = X1, X2

    def run(self) -> Iterator[None]:
        """Make one space after the other."""
        for spec in self.specs:
            before = self.done
            try:
                yield from self._make(spec)
            except ValueError as error:
                # new dictionaries: other threads may be reading the old ones
                self.failures = self.failures | {spec: reason_of(error)}
            self.training = None
            self.done = before + _steps(spec)
            yield

    def _make(self, spec: SpaceSpec) -> Iterator[None]:
        n = len(self._views[0])
        train, test = split_rows(n, spec.holdout, spec.split_seed)
        held_out, fitted = np.zeros(n, dtype=bool), [X[train] for X in self._views]
        held_out[test] = spec.how != "common"
        notes: tuple[str, ...] = ()
        if spec.how == "common":
            found: Embedding = _Unchanged(*(X.shape[1] for X in self._views))
        elif spec.how == "pca":
            found = _Principal.of(fitted[0], fitted[1], spec.k)
            if (k := found.maps[0].V.shape[1]) < spec.k:
                notes = (
                    f"PCA gives {k} instead of {spec.k} dimensions: {len(train):,} fitted pairs of "
                    f"{self._views[0].shape[1]} and {self._views[1].shape[1]} features have no "
                    "more.",
                )
        else:
            fitting, before = Fitting(fitted[0], fitted[1], spec.how, spec), self.done
            for _ in fitting.run():
                self.training = fitting.training
                self.done = before + fitting.done
                yield
            assert fitting.found is not None
            found = fitting.found
        Z1, Z2 = found.embed(*self._views)
        _check_finite(Z1, Z2, spec)
        if spec.unit:
            zero = [int(np.count_nonzero(~Z.any(axis=1))) for Z in (Z1, Z2)]
            Z1, Z2 = map(_to_unit_length, (Z1, Z2))
            notes += tuple(
                f"Modality {m}: {count:,} rows are zero, have no direction and stay at the origin."
                for m, count in enumerate(zero, start=1)
                if count
            )
        notes += degeneracies(Z1, Z2)
        space = Space(spec=spec, Z1=Z1, Z2=Z2, held_out=held_out, notes=notes)
        self.spaces = self.spaces | {spec: space}


def space(data: PairedData, spec: SpaceSpec) -> Space:
    """Both modalities in one space; ValueError if it cannot be made."""
    work = Spaces(data, (spec,))
    for _ in work.run():
        pass
    if spec in work.failures:
        raise InputError("space", work.failures[spec])
    return work.spaces[spec]


class _Unchanged(NamedTuple):
    """Views as they are: d1 and d2 features must be the same."""

    d1: int
    d2: int

    def embed(self, X1: np.ndarray, X2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """X1 (n, d) and X2 (n, d)."""
        if self.d1 != self.d2:
            raise InputError(
                "space",
                f"the views have {self.d1} and {self.d2} features, no common dimensions: choose "
                "each by its own PCA, or an aligner",
            )
        return X1, X2


class _Components(NamedTuple):
    """The principal components of one view: mean (d,) and V (d, k) orthonormal."""

    mean: np.ndarray
    V: np.ndarray

    @classmethod
    def of(cls, X: np.ndarray, k: int) -> _Components:
        centred, mean = linalg.centred(X)
        return cls(mean, linalg.leading_directions(centred, k)[0])


class _Principal(NamedTuple):
    """Each view centred and in its own principal components, as many for both."""

    maps: tuple[_Components, _Components]

    @classmethod
    def of(cls, X1: np.ndarray, X2: np.ndarray, k: int) -> _Principal:
        # centring takes one direction of the n
        k = max(1, min(k, X1.shape[1], X2.shape[1], len(X1) - 1))
        return cls((_Components.of(X1, k), _Components.of(X2, k)))

    def embed(self, X1: np.ndarray, X2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Z1 and Z2 (n, k) of X1 (n, d1) and X2 (n, d2)."""
        one, two = self.maps
        return (X1 - one.mean) @ one.V, (X2 - two.mean) @ two.V


def _steps(spec: SpaceSpec) -> int:
    return steps_of(spec.how, spec) if spec.how in METHODS else 1


def _check_finite(Z1: np.ndarray, Z2: np.ndarray, spec: SpaceSpec) -> None:
    for m, Z in enumerate((Z1, Z2), start=1):
        if bad := int(np.count_nonzero(~np.isfinite(Z).all(axis=1))):
            raise InputError(
                "space",
                f"{SPACES[spec.how]} maps {bad:,} of {len(Z):,} rows of modality {m} to NaN or "
                "infinite values: rescale the features to about 1, or choose another aligner",
            )


def _to_unit_length(Z: np.ndarray) -> np.ndarray:
    """Rows of Z (n, k) divided by their lengths; rows of zeros stay."""
    size = linalg.lengths(Z)[:, None]
    return Z / np.where(size > 0, size, 1.0)
