"""The methods applied to the two embeddings of contrastive training before the decoder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from alignlab import linalg
from alignlab.aligners.alignment import Alignment
from alignlab.aligners.perfect import Embedding, informative_alignment, perfect_alignment
from alignlab.aligners.regress import procrustes
from alignlab.aligners.whitened import cca
from alignlab.checks import as_matrix


class Settings(Protocol):
    """The fields of `protocol.ProtocolSpec` that the methods use."""

    @property
    def plain_k(self) -> int: ...
    @property
    def dimensions(self) -> int: ...
    @property
    def ridge(self) -> float: ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Unchanged:
    """Contrastive alignment without a further step."""

    def embed(self, X1: np.ndarray, X2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """X1 (n, k) and X2 (n, k) unchanged."""
        return X1, X2


@dataclass(frozen=True, kw_only=True, eq=False)
class InComponents:
    """An alignment of the principal components of two centred views.

    mean1, mean2 : (d,), V1, V2 : (d, r) orthonormal.
    """

    mean1: np.ndarray
    mean2: np.ndarray
    V1: np.ndarray
    V2: np.ndarray
    inner: Alignment

    def embed(self, X1: np.ndarray, X2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Z1 and Z2 (n, k) of X1 (n, d) and X2 (n, d)."""
        X1, X2 = as_matrix(X1, "X1", "embed"), as_matrix(X2, "X2", "embed")
        return self.inner.embed((X1 - self.mean1) @ self.V1, (X2 - self.mean2) @ self.V2)


@dataclass(frozen=True, kw_only=True)
class Method:
    """label : in the app; fit : on Z1, Z2 (n, k) of D_Align, or None for the ceiling."""

    label: str
    fit: Callable[[np.ndarray, np.ndarray, Settings], Embedding] | None


def ridge_cca(Z1: np.ndarray, Z2: np.ndarray, components: int, ridge: float) -> InComponents:
    """CCA with `components` pairs of directions, within twice as many principal components.

    Z1, Z2 : (n, d), of one encoder each.
    ridge : in units of the mean variance of the principal components of both views. Without ridge
        CCA reaches correlation 1 on any data with as many features as pairs (`whitened.cca`).
    """
    Z1, Z2 = as_matrix(Z1, "Z1", "ridge_cca"), as_matrix(Z2, "Z2", "ridge_cca")
    count = min(2 * components, len(Z1) - 1, Z1.shape[1])
    (X1, mean1), (X2, mean2) = (linalg.centred(Z) for Z in (Z1, Z2))
    (V1, s1), (V2, s2) = (linalg.leading_directions(X, count) for X in (X1, X2))
    variance = float(((s1**2).mean() + (s2**2).mean()) / 2 / len(Z1))
    inner = cca((Z1 - mean1) @ V1, (Z2 - mean2) @ V2, components, ridge * variance)
    return InComponents(mean1=mean1, mean2=mean2, V1=V1, V2=V2, inner=inner)


METHODS: dict[str, Method] = {
    "ca": Method(label="CA", fit=lambda Z1, Z2, s: Unchanged()),
    "ca_pa": Method(
        label="CA+PA (plain)", fit=lambda Z1, Z2, s: perfect_alignment(Z1, Z2, s.plain_k)
    ),
    "ca_informative": Method(
        label="CA+PA (informative)",
        fit=lambda Z1, Z2, s: informative_alignment(Z1, Z2, s.dimensions),
    ),
    "ca_cca": Method(
        label="CA+CCA (ridge)", fit=lambda Z1, Z2, s: ridge_cca(Z1, Z2, s.dimensions, s.ridge)
    ),
    "ca_procrustes": Method(
        label="CA+Procrustes", fit=lambda Z1, Z2, s: procrustes(Z1, Z2, s.dimensions)
    ),
    "ceiling": Method(label="supervised ceiling", fit=None),
}
"""By name. The ceiling is an encoder and a decoder trained on target-modality labels of D_HAR,
which no other method uses."""
