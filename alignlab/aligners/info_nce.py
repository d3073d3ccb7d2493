"""InfoNCE of both directions, with its gradients from one exponential of the scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # torch takes seconds to import
    import torch

TINY = 1e-250
"""With a sum below this the two directions are computed apart, each relative to its own maximum."""


def info_nce(
    Z1: torch.Tensor, Z2: torch.Tensor, temperature: float
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The loss of a batch, and its gradients (b, k) with respect to Z1 (b, k) and Z2 (b, k).

    Scores are the inner products of rows, over the temperature. The loss is the mean over rows and
    over columns of -log softmax at the partner: cross-entropy of the scores and of their transpose.
    Its gradient is `(P1 + P2) / 2b - I / b`, with the two softmaxes P1 and P2 of the scores.

    Source: van den Oord et al., "Representation Learning with Contrastive Predictive Coding", 2018,
    equation 4, for both directions.
    """
    import torch

    b, k = Z1.shape
    A = Z1 / temperature
    E = A @ Z2.T
    top = E.max()
    E.sub_(top).exp_()
    rows, columns = E.sum(1), E.sum(0)
    if not min(rows.min(), columns.min()) > TINY:
        return _apart(Z1, Z2, temperature)
    partners = (A * Z2).sum() / b
    loss = (rows.log().mean() + columns.log().mean()) / 2 + top - partners
    # (P1 + P2) / 2b is E times these, by row and by column; it is never formed
    by_row, by_column = (0.5 / b / rows)[:, None], (0.5 / b / columns)[:, None]
    # the narrow factor first: products with E.T from the left take several times as long
    R = (torch.cat([Z2, by_column * Z2], 1).T @ E.T).T
    Q = (torch.cat([Z1, by_row * Z1], 1).T @ E).T
    gradient1 = by_row * R[:, :k] + R[:, k:] - Z2 / b
    gradient2 = by_column * Q[:, :k] + Q[:, k:] - Z1 / b
    return loss, gradient1 / temperature, gradient2 / temperature


def _apart(
    Z1: torch.Tensor, Z2: torch.Tensor, temperature: float
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The same, with an exponential for each direction."""
    b = len(Z1)
    scores = (Z1 / temperature) @ Z2.T
    loss = (scores.logsumexp(1).mean() + scores.logsumexp(0).mean()) / 2
    P = (scores.softmax(1) + scores.softmax(0)) / (2 * b)
    gradient1, gradient2 = P @ Z2 - Z2 / b, P.T @ Z1 - Z1 / b
    return loss - scores.diagonal().mean(), gradient1 / temperature, gradient2 / temperature
