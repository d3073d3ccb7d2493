"""Deep CCA: two encoders trained so that their outputs have large canonical correlations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from alignlab import linalg
from alignlab.aligners.alignment import Alignment
from alignlab.aligners.mapped import MappedAlignment
from alignlab.aligners.training import LEAST, EncoderTraining, encoded
from alignlab.aligners.whitened import plain_cca
from alignlab.checks import aligner, as_count, as_pair, as_real, unbox
from alignlab.extras import needed
from alignlab.linalg import Array
from alignlab.work import Progress, finish

if TYPE_CHECKING:  # torch takes seconds to import
    import torch


@dataclass(frozen=True, kw_only=True)
class DeepSpec:
    """Settings of the training.

    k : dimension of the outputs and of the space, at least 1.
    steps : of Adam, at least 1; batch : pairs per step, at least 2; all if there are fewer.
    learning_rate : of Adam, at least `training.LEAST`.
    hidden : width of the hidden layer of each encoder, at least 1.
    ridge : added to the variances of the outputs, above 0.
    seed : of the initial weights and of the batches.
    """

    k: int = 2
    steps: int = 500
    batch: int = 512
    learning_rate: float = 0.01
    hidden: int = 64
    ridge: float = 1e-3
    seed: int = 0

    def __post_init__(self) -> None:
        unbox(self)
        name = "deep_cca"
        counts = (("k", 1), ("steps", 1), ("batch", 2), ("hidden", 1), ("seed", 0))
        for count, low in counts:
            as_count(getattr(self, count), count, name, low)
        as_real(self.learning_rate, "learning_rate", name, LEAST, np.inf)
        as_real(self.ridge, "ridge", name, np.nextafter(0, 1), np.inf)


@dataclass(frozen=True, kw_only=True, eq=False)
class Network:
    """An encoder of standardised columns, `relu((X - mean) / scale U + b) V`.

    mean, scale : (d,), of the fitted rows; weights : U (d, hidden), b (hidden,), V (hidden, k).
    """

    mean: np.ndarray
    scale: np.ndarray
    weights: tuple[np.ndarray, ...]

    @property
    def d(self) -> int:
        """Number of columns of the view."""
        return len(self.mean)

    def __call__(self, X: np.ndarray) -> np.ndarray:
        """The outputs (n, k) of X (n, d)."""
        return encoded((X - self.mean) / self.scale, self.weights)


@aligner
def deep_cca(
    X1: np.ndarray, X2: np.ndarray, spec: DeepSpec, *, progress: Progress = None
) -> MappedAlignment:
    """Deep CCA: encoders with one hidden layer each, and CCA of their outputs.

    Columns are standardised by the fitted rows. The loss is minus the sum of the k canonical
    correlations of a batch's outputs, with a small ridge. The same seed on the same device gives
    the same maps.

    Parameters
    ----------
    X1 : (n, d1), X2 : (n, d2), row i of both the same sample.
    spec : the settings of the training.
    progress : called with (done, total) steps, or a bar, as for `contrastive`.

    Returns
    -------
    MappedAlignment with spectrum (k,).

    Raises
    ------
    ValueError
        NaN or infinite values, unequal row counts, a constant view, and when the training diverges.
    ModuleNotFoundError
        torch is not installed: it comes with `alignlab[train]`.

    Source: Andrew et al., "Deep Canonical Correlation Analysis", 2013; trained in batches as by
    Wang et al., "On Deep Multi-View Representation Learning", 2015.

    Examples
    --------
    >>> import numpy as np
    >>> from alignlab.aligners.deep_cca import DeepSpec, deep_cca
    >>> t = np.random.default_rng(0).uniform(0, 2 * np.pi, 200)
    >>> X1, X2 = (np.column_stack([np.cos(m * t), np.sin(m * t)]) for m in (1, 2))
    >>> Z1, Z2 = deep_cca(X1, X2, DeepSpec(k=2, steps=100)).embed(X1, X2)
    >>> bool(np.corrcoef(Z1[:, 0], Z2[:, 0])[0, 1] > 0.9)
    True
    """
    training = DeepTraining(X1, X2, spec)
    finish(training, progress, "deep_cca")
    return training.encoders()


class DeepTraining(EncoderTraining):
    """A training by deep CCA with progress: `run` yields every few steps.

    done, total, history, snapshots : as in `EncoderTraining`; embeddings are canonical variates.
    """

    caller, loss = "deep_cca", "−Σρ of the batch (canonical correlations)"
    remedy = "lower the learning rate"

    def __init__(self, X1: np.ndarray, X2: np.ndarray, spec: DeepSpec) -> None:
        views = as_pair(X1, X2, "deep_cca")
        self.spec = spec
        self._means = [X.mean(axis=0) for X in views]
        self._scales = [np.where(X.std(axis=0) > 0, X.std(axis=0), 1.0) for X in views]
        scaled = [
            (X - mean) / scale
            for X, mean, scale in zip(views, self._means, self._scales, strict=True)
        ]
        super().__init__(scaled, spec, needed("torch", "train", "deep CCA"))

    def encoders(self) -> MappedAlignment:
        """The encoders trained so far, and CCA of their outputs."""
        one, two = (
            Network(mean=mean, scale=scale, weights=weights)
            for mean, scale, weights in zip(self._means, self._scales, self._weights(), strict=True)
        )
        inner = self._aligned(*self._outputs())
        return MappedAlignment(maps=(one, two), inner=inner, method="deep_cca")

    def latents(self) -> tuple[np.ndarray, np.ndarray]:
        """The canonical variates Z1 and Z2 (n, k) of all fitted pairs at this step."""
        H1, H2 = self._outputs()
        return self._aligned(H1, H2).embed(H1, H2)

    def _aligned(self, H1: np.ndarray, H2: np.ndarray) -> Alignment:
        return plain_cca(H1, H2, self.spec.k)

    def _backward(self, Z1: torch.Tensor, Z2: torch.Tensor) -> torch.Tensor:
        if not self._torch.isfinite(Z1.sum() + Z2.sum()):
            raise self._diverged()
        loss, *gradients = correlation_loss(Z1.detach(), Z2.detach(), self.spec.ridge)
        self._torch.autograd.backward([Z1, Z2], gradients)
        return loss


def correlation_loss(H1: Array, H2: Array, ridge: float) -> tuple[Array, Array, Array]:
    """Minus the sum of the canonical correlations of H1 (b, k) and H2 (b, k), and its gradients.

    The correlations are the singular values of `T = S11^(-1/2) S12 S22^(-1/2) = U D V'`, with the
    ridge added to the diagonals of S11 and S22. The gradients (b, k) are those of the loss with
    respect to H1 and H2.

    Source: Andrew et al., "Deep Canonical Correlation Analysis", 2013, equations 10 to 13.
    """
    b, k = H1.shape
    A, B = H1 - H1.mean(0), H2 - H2.mean(0)
    R1, R2 = (_inverse_root(C.mT @ C / b, ridge) for C in (A, B))
    U, s, V = linalg.singular_triplets(R1 @ (A.mT @ B / b) @ R2, k)
    U, V = R1 @ U, R2 @ V
    gradient1 = A @ (U * s) @ U.mT - B @ V @ U.mT
    gradient2 = B @ (V * s) @ V.mT - A @ U @ V.mT
    return -s.sum(), gradient1 / b, gradient2 / b


def _inverse_root(S: Array, ridge: float) -> Array:
    values, V = linalg.symmetric_eigen(S)
    return V * (values + ridge) ** -0.5 @ V.mT
