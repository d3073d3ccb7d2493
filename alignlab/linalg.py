"""The one place where matrices are factorised.

Everything here takes and returns float64 numpy arrays with samples in rows. In between the
arrays live where `device()` says: as numpy arrays on the CPU, as torch tensors on a GPU. The
code is one, since both libraries speak the same names (`xp`). Three routes lead to the same
subspace. A sample of the rows and the Gram matrix are fast, but the one may miss a direction and
the other squares the condition number: they are used where the spectrum splits cleanly and the
residual on all rows has been checked. QR, streamed over blocks of rows, serves everything else.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

Array = Any  # numpy.ndarray on the CPU, torch.Tensor on a GPU

RCOND = 1e-12
"""Singular values at or below `RCOND * s[0]` count as zero (relative rank cutoff)."""

GRAM_FLOOR = 1e-6
"""Eigenvalues of a Gram matrix above `GRAM_FLOOR * largest` are trusted (s above 1e-3 * s[0])."""

ROUNDING = 4 * np.finfo(np.float64).eps
"""A residual below `ROUNDING * s[0]` is as small as a direct SVD leaves it: no refinement."""

PROBES = 8
"""At least so many random null directions are tried before the Gram route is believed."""

BLOCK_ROWS = 8192
"""Rows that one QR step takes at a time; bounds the memory of a factorisation."""


def device() -> str:
    """Where factorisations run: `ALIGNLAB_DEVICE` (cpu, cuda, cuda:1), else a GPU if there is one.

    Raises
    ------
    ValueError
        The variable names a device that this machine or this build of torch does not have.
    """
    name = os.environ.get("ALIGNLAB_DEVICE") or ("cuda" if torch.cuda.is_available() else "cpu")
    if name.split(":")[0] not in ("cpu", "cuda"):
        raise ValueError(f"ALIGNLAB_DEVICE={name!r} is no device of alignlab: use cpu or cuda")
    if name != "cpu" and not torch.cuda.is_available():
        raise ValueError(f"ALIGNLAB_DEVICE={name!r}: torch finds no CUDA here; unset it or use cpu")
    return name


@dataclass(frozen=True, kw_only=True, eq=False)
class SmallestSubspace:
    """The k directions in which a matrix X (n, d) is smallest.

    W : (d, k), orthonormal columns.
    spectrum : (d,), singular values of X, descending, padded with zeros when n < d. Where the
        Gram route certified the null directions without resolving them one by one, they all
        carry the largest residual norm that its probes measured: a level of rounding noise.
    rank : number of singular values above `rcond * spectrum[0]`.
    """

    W: np.ndarray
    spectrum: np.ndarray
    rank: int


def smallest_directions(
    X: np.ndarray, k: int, *, probe: np.ndarray | None = None, rcond: float = RCOND
) -> SmallestSubspace:
    """Orthonormal W (d, k) minimising `||X W||_F`, the same from every solver and device.

    When the numerical null space N of X has dimension >= k, any k directions in it are equally
    good, so the choice is made by a fixed Gaussian matrix G: `W = qr(P_N G)` with positive
    diagonal. Otherwise W holds the k singular vectors of the smallest singular values, in
    descending order of these, each turned to the side of its column of G.

    Parameters
    ----------
    X : (n, d), finite, n >= 1.
    k : 1 <= k <= d.
    probe : (d, k) in place of the fixed Gaussian G: for callers whose columns are coordinates
        in a basis of their own.
    rcond : relative rank cutoff.

    Source: Kamboj and Do, "Towards Achieving Perfect Multimodal Alignment", Thm 2.2, Cor. 2.3.
    """
    X = _to_device(X)
    G = _probe(X, k, probe)
    if X.shape[0] < X.shape[1]:
        return _from_triangle(X, X, k, G, rcond)
    return (
        _by_sample(X, k, G, rcond)
        or _by_gram(X, k, G, rcond)
        or _from_triangle(X, _triangle(_blocks(X)), k, G, rcond)
    )


def smallest_directions_of_stream(
    blocks: Iterable[np.ndarray], k: int, *, rcond: float = RCOND
) -> SmallestSubspace:
    """`smallest_directions` of the rows of all blocks together, in one pass and bounded memory.

    Each block is (n_b, d) with the same d. Only a (d, d) triangle and one slice of at most
    `BLOCK_ROWS` rows are held at a time.
    """
    R = _triangle(slab for block in blocks for slab in _blocks(_to_device(block)))
    return _from_triangle(R, R, k, _probe(R, k, None), rcond)


def leading_directions(X: np.ndarray, r: int) -> tuple[np.ndarray, np.ndarray]:
    """The r leading right singular vectors V (d, r) of X (n, d) and their singular values (r,).

    1 <= r <= min(n, d). Values are in descending order, vectors turned to the side of the fixed
    Gaussian.
    """
    X = _to_device(X)
    xp, G = _namespace(X), _probe(X, r, None)
    if X.shape[0] >= X.shape[1]:
        eigenvalues, V = xp.linalg.eigh(X.T @ X)
        if eigenvalues[-r] > GRAM_FLOOR * eigenvalues[-1]:
            return _out(_turn(xp.flip(V, (1,))[:, :r], G)), _out(_root(eigenvalues[-r:]))
        X = _triangle(_blocks(X))
    _, s, Vh = xp.linalg.svd(X, full_matrices=False)
    return _out(_turn(Vh[:r].T, G)), _out(s[:r])


def numerical_rank(s: np.ndarray, rcond: float = RCOND) -> int:
    """How many of the singular values s (descending) exceed `rcond * s[0]`."""
    return int(np.count_nonzero(s > rcond * s[0])) if s[0] > 0 else 0


def least_squares_map(A: np.ndarray, B: np.ndarray, rcond: float = RCOND) -> np.ndarray:
    """M (p, q) of least norm minimising `||A M - B||_F` for A (n, p), B (n, q)."""
    return np.linalg.lstsq(A, B, rcond=rcond)[0]


def orthonormal(A: np.ndarray) -> np.ndarray:
    """An orthonormal basis (d, k) of the column span of A (d, k); ValueError if rank-deficient."""
    Q, R = np.linalg.qr(np.asarray(A, dtype=np.float64))
    diagonal = np.abs(np.diag(R))
    if A.shape[1] > A.shape[0] or diagonal.min() <= RCOND * diagonal.max():
        raise ValueError(
            f"a basis of shape {A.shape} has dependent columns: give linearly independent ones"
        )
    return Q


def fixed_gaussian(d: int, k: int) -> np.ndarray:
    """The fixed (d, k) Gaussian that settles bases and signs; nested in d and in k."""
    return np.stack([np.random.default_rng([20, j]).standard_normal(d) for j in range(k)], axis=1)


def _to_device(X: np.ndarray) -> Array:
    array = np.asarray(X, dtype=np.float64)
    name = device()
    return array if name == "cpu" else torch.from_numpy(array.copy()).to(name)


def _namespace(X: Array) -> Any:
    return np if isinstance(X, np.ndarray) else torch


def _like(array: np.ndarray, X: Array) -> Array:
    return array if isinstance(X, np.ndarray) else torch.from_numpy(array).to(X.device)


def _out(X: Array) -> np.ndarray:
    return np.ascontiguousarray(X if isinstance(X, np.ndarray) else X.cpu().numpy())


def _probe(X: Array, k: int, probe: np.ndarray | None) -> Array:
    """G for k directions of X, and more columns behind them for the check of the Gram route."""
    d = X.shape[1]
    if probe is None:
        return _like(fixed_gaussian(d, max(k, PROBES)), X)
    extra = fixed_gaussian(d, PROBES)[:, : max(0, PROBES - k)]
    return _like(np.concatenate([probe, extra], axis=1), X)


def _blocks(X: Array) -> Iterator[Array]:
    rows = max(BLOCK_ROWS, 4 * X.shape[1])
    return (X[start : start + rows] for start in range(0, X.shape[0], rows))


def _triangle(blocks: Iterable[Array]) -> Array:
    """R (at most d, d) with `R'R = X'X` for the X whose rows the blocks hold."""
    R: Array = None
    for block in blocks:
        rows = block if R is None else _namespace(block).concatenate([R, block])
        R = _r_factor(rows)
    if R is None:
        raise ValueError("no rows arrived: the stream of blocks is empty")
    return R


def _r_factor(rows: Array) -> Array:
    if isinstance(rows, np.ndarray):  # torch's QR is two to four times faster than numpy's
        return torch.linalg.qr(torch.from_numpy(np.ascontiguousarray(rows)), mode="r").R.numpy()
    return torch.linalg.qr(rows, mode="r").R


def _by_sample(X: Array, k: int, G: Array, rcond: float) -> SmallestSubspace | None:
    """The answer from the row space of a few rows, or None where it is not that of all rows.

    The null space of X lies in that of some of its rows, and is equal to it but for bad luck;
    what all rows make of the probes tells.
    """
    xp, (n, d) = _namespace(X), X.shape
    sample = X[:: max(1, n // (4 * d))]
    gram = sample.T @ sample
    if _lopsided(gram):
        return None
    eigenvalues, V = xp.linalg.eigh(gram)
    null_dim = int((eigenvalues <= GRAM_FLOOR * eigenvalues[-1]).sum())
    if null_dim < max(k, d // 2) or null_dim == d:
        return None  # no null space to be had, or one that the Gram matrix finds as cheaply
    row_space = V[:, null_dim:]
    W = _null_basis(row_space, G[:, : max(k, min(null_dim, PROBES))])
    images = X @ xp.concatenate([row_space, W], 1)
    A, XW = images[:, : d - null_dim], images[:, d - null_dim :]
    gram = A.T @ A
    resolved = xp.linalg.eigvalsh(gram)
    if resolved[0] <= GRAM_FLOOR * resolved[-1]:
        return None
    return _certified(X, W, XW, row_space, gram, resolved, k, rcond)


def _by_gram(X: Array, k: int, G: Array, rcond: float) -> SmallestSubspace | None:
    """The answer by `eigh(X'X)`, or None where that cannot be trusted."""
    xp, gram = _namespace(X), X.T @ X
    if _lopsided(gram):
        return None
    eigenvalues, V = xp.linalg.eigh(gram)
    null_dim = int((eigenvalues <= GRAM_FLOOR * eigenvalues[-1]).sum())
    if null_dim == 0:
        smallest = _turn(xp.flip(V[:, :k], (1,)), G)
        return _result(smallest, _root(eigenvalues), V.shape[1])
    if null_dim < k or eigenvalues[-1] <= 0:
        return None
    row_space, resolved = V[:, null_dim:], eigenvalues[null_dim:]
    W = _null_basis(row_space, G[:, : max(k, min(null_dim, PROBES))])
    return _certified(X, W, X @ W, row_space, xp.diag(resolved), resolved, k, rcond)


def _lopsided(gram: Array) -> bool:
    """Whether some columns are so much smaller than others that rounding would drown them."""
    squares = gram.diagonal()
    return bool(squares.min() <= GRAM_FLOOR * squares.max())


def _certified(
    X: Array,
    W: Array,
    XW: Array,
    row_space: Array,
    gram: Array,
    resolved: Array,
    k: int,
    rcond: float,
) -> SmallestSubspace | None:
    """The null directions W if all rows of X agree that they are null, else None.

    Each column of W meets every direction outside the row space: if one of these carried more
    than rounding noise, the residual would show it. A step of refinement takes out what the
    squared condition number of `gram` (of X in the row space) left of the row space in W.
    """
    xp, s0 = _namespace(X), resolved[-1] ** 0.5
    residual = _longest(XW)
    if residual > ROUNDING * s0:
        leak = xp.linalg.solve(gram, row_space.T @ (X.T @ XW))
        W = _positive_qr(W - row_space @ leak)
        residual = _longest(X @ W)
    # a probe holds about one part in sqrt(null_dim) of any one direction
    if residual > max(ROUNDING, 0.1 * rcond / (W.shape[0] - resolved.shape[0]) ** 0.5) * s0:
        return None
    null = xp.ones_like(X[0, resolved.shape[0] :]) * residual
    return _result(W[:, :k], xp.concatenate([_root(resolved), null]), resolved.shape[0])


def _from_triangle(rows: Array, R: Array, k: int, G: Array, rcond: float) -> SmallestSubspace:
    """The answer from the singular value decomposition of R, the triangle of the rows.

    Where the rows are fewer than the columns, or gone by, one stands for the other.
    """
    xp, d = _namespace(R), R.shape[1]
    _, s, Vh = xp.linalg.svd(R, full_matrices=False)
    rank, V = int((s > rcond * s[0]).sum()), Vh.T
    null_dim = d - rank
    if null_dim >= k:
        W = _polished(_null_basis(V[:, :rank], G[:, :k]), rows, R, rank, rcond)
    else:
        smallest = _turn(V[:, d - k : rank], G)
        W = xp.concatenate([smallest, _null_basis(V[:, :rank], G[:, :null_dim])], 1)
    return _result(W, xp.concatenate([s, xp.zeros_like(R[0, s.shape[0] :])]), rank)


def _polished(W: Array, rows: Array, R: Array, rank: int, rcond: float) -> Array:
    """Null directions W of `rows` (R is their triangle), less what they leak in small columns.

    W errs by rounding relative to the largest column, which is much for the smallest ones. With
    the columns scaled to unit length the leak can be seen and removed; a final turn from the
    right, by a matrix close to the identity, restores orthonormality and keeps that gain.
    Nothing is done where the scaled columns have another rank: then the cutoff decides.
    """
    xp = _namespace(R)
    scale = (R * R).sum(0) ** 0.5
    scale = xp.where(scale > 0, scale, xp.ones_like(scale))[:, None]
    _, s, Vh = xp.linalg.svd(R / scale.T, full_matrices=False)
    if int((s > rcond * s[0]).sum()) != rank or rank == 0:
        return W
    row_space = Vh[:rank].T
    leak = row_space @ ((row_space.T @ ((rows.T @ (rows @ W)) / scale)) / s[:rank, None] ** 2)
    W = W - leak / scale
    return xp.linalg.solve(xp.linalg.cholesky(W.T @ W), W.T).T


def _result(W: Array, s: Array, rank: int) -> SmallestSubspace:
    return SmallestSubspace(W=_out(W), spectrum=_out(s), rank=rank)


def _null_basis(row_space: Array, G: Array) -> Array:
    """qr(P_N G) with positive diagonal, N being the complement of the row space."""
    for _ in range(2):  # once is not enough for orthogonality to rounding
        G = G - row_space @ (row_space.T @ G)
    return _positive_qr(G)


def _positive_qr(A: Array) -> Array:
    Q, R = _namespace(A).linalg.qr(A)
    return Q * _sign(R.diagonal())


def _turn(V: Array, G: Array) -> Array:
    return V * _sign((V * G[:, : V.shape[1]]).sum(0))


def _sign(x: Array) -> Array:
    return _namespace(x).where(x < 0, -1.0, 1.0)


def _root(eigenvalues: Array) -> Array:
    return _namespace(eigenvalues).flip(eigenvalues, (0,)) ** 0.5


def _longest(A: Array) -> Array:
    """The largest norm of a column."""
    return ((A * A).sum(0) ** 0.5).max()
