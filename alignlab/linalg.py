"""The one place where matrices are factorised.

Everything here takes and returns float64 numpy arrays with samples in rows. Internally the arrays
are on the device that `device()` names: numpy arrays on the CPU, torch tensors on a GPU. The same
code serves both, since the libraries share function names (`xp`). Three methods compute the same
subspace. A sample of the rows and the Gram matrix are fast, but the first may miss a direction and
the second squares the condition number: they are used only where the spectrum has a clear gap and
the residual on all rows has been checked. QR, streamed over blocks of rows, does everything else.

Many problems of one shape are solved as one batch: arrays then have a leading axis, one entry per
problem, and stay on the device (`to_device` moves them there, `to_numpy` back).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from ctypes import CDLL
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from itertools import pairwise
from threading import Lock
from typing import Any

import numpy as np
import scipy.linalg
from threadpoolctl import threadpool_limits

from alignlab.extras import needed

Array = Any  # numpy.ndarray on the CPU, torch.Tensor on a GPU

RCOND = 1e-12
"""Singular values at or below `RCOND * s[0]` count as zero: the relative rank cutoff of float64.

Data stored in a narrower type have larger rounding errors: the functions here take their level for
each column as `noise` (`precision.Rounding.levels`), and singular values below it count as zero
too. Where column norms differ strongly (`_lopsided`) the cutoff is applied to columns scaled to
unit length, so that small units do not create null directions.
"""

GRAM_FLOOR = 1e-6
"""Eigenvalues of a Gram matrix above `GRAM_FLOOR * largest` are trusted (s above 1e-3 * s[0])."""

ROUNDING = 4 * np.finfo(np.float64).eps
"""A residual below `ROUNDING * s[0]` is as small as a direct SVD leaves it: no refinement."""

FLAT = 16 * np.finfo(np.float64).eps
"""A column that varies by less than `FLAT` times its length is constant up to rounding."""

POLISH = 0.1
"""Largest change of null directions by `_polished`, roughly."""

FEW = 4
"""Eigenvectors are computed partially where at most one in this many is needed."""

MANY = 4
"""Fewest problems of which the first serves as an example of the others' rank."""

SLIM = 64
"""Up to so many columns the Gram matrix is used even where there are fewer rows."""

PROBES = 8
"""Fewest random null directions that are tested before a Gram matrix result is accepted."""

BLOCK_ROWS = 8192
"""Rows per QR step; bounds the memory of a factorisation."""

NARROW = 256
"""Up to so many columns the recursive QR is used; it holds Python's lock, for up to 50 ms."""

PANEL = 32
"""Columns per step of the recursive QR."""


def device() -> str:
    """Where factorisations run: `ALIGNLAB_DEVICE` (cpu, cuda, cuda:1), else a GPU if there is one.

    A GPU needs torch, which is imported only where the machine has NVIDIA's driver or the variable
    names a GPU.

    Raises
    ------
    ValueError
        The variable names a device that this machine or this build of torch does not have.
    ModuleNotFoundError
        The variable names a GPU, and torch is not installed.
    """
    name = os.environ.get("ALIGNLAB_DEVICE") or ("cuda" if _gpu_found() else "cpu")
    if name.split(":")[0] not in ("cpu", "cuda"):
        raise ValueError(f"ALIGNLAB_DEVICE={name!r} is not a device of alignlab: use cpu or cuda")
    if name != "cpu" and not _asked(_torch(f"ALIGNLAB_DEVICE={name!r}").cuda.is_available):
        raise ValueError(f"ALIGNLAB_DEVICE={name!r}: torch finds no CUDA here; unset it or use cpu")
    return name


def _gpu_found() -> bool:
    """Whether there is a GPU that torch can use."""
    return _driver_and_torch() and _asked(_torch("a GPU").cuda.is_available)


@cache
def _driver_and_torch() -> bool:
    """Whether NVIDIA's driver and torch are installed: a look at both in place of a slow import."""
    try:
        CDLL("nvcuda.dll" if os.name == "nt" else "libcuda.so.1")
    except OSError:
        return False
    return find_spec("torch") is not None


def _torch(what: str) -> Any:
    return needed("torch", "train", what)


@lru_cache(maxsize=4)
def _asked(available: Callable[[], bool]) -> bool:
    """The result of `available()`, cached: the call takes as long as a small factorisation."""
    return available()


@dataclass(frozen=True, kw_only=True, eq=False)
class SmallestSubspace:
    """The k directions in which a matrix X (n, d) is smallest.

    W : (d, k), orthonormal columns.
    spectrum : (d,), singular values of X, descending, padded with zeros when n < d. Where the
        Gram matrix gave the null directions without resolving them one by one, all of them get
        the largest residual norm measured by the probes: a level of rounding noise.
    rank : number of singular values above `rcond * spectrum[0]` and above the noise level;
        counted after scaling columns to unit length where their lengths differ strongly.
    """

    W: np.ndarray
    spectrum: np.ndarray
    rank: int


def smallest_directions(
    X: np.ndarray,
    k: int,
    *,
    probe: np.ndarray | None = None,
    rcond: float = RCOND,
    noise: np.ndarray | None = None,
) -> SmallestSubspace:
    """Orthonormal W (d, k) minimising `||X W||_F`, the same from every solver and device.

    When the numerical null space N of X has dimension >= k, any k directions in it are equally
    good, so the choice is made by a fixed Gaussian matrix G: `W = qr(P_N G)` with positive
    diagonal. Otherwise W holds the k singular vectors of the smallest singular values, in
    descending order of these, each with a positive inner product with its column of G.

    Parameters
    ----------
    X : (n, d), finite, n >= 1.
    k : 1 <= k <= d.
    probe : (d, k) in place of the fixed Gaussian G: for callers whose columns are coordinates
        in another basis.
    rcond : relative rank cutoff.
    noise : (d,), level of the rounding errors of every column; None at float64.

    Source: Kamboj and Do, "Towards Achieving Perfect Multimodal Alignment", Thm 2.2, Cor. 2.3.
    """
    X = to_device(X)
    G = _probe(X, k, probe)
    levels = None if noise is None else to_device(noise)[None]
    if X.shape[0] < X.shape[1]:
        return _single(_from_triangle(X[None], X[None], k, G, rcond, levels))
    if noise is None and (found := _by_sample(X, k, G, rcond)) is not None:
        return _single(found)
    for _, found in _by_gram(X[None], k, G, rcond, levels):
        return _single(found)
    R = _triangle(_blocks(X))
    return _single(_from_triangle(X[None], R[None], k, G, rcond, levels))


@dataclass(frozen=True, kw_only=True, eq=False)
class SmallestSubspaces:
    """`SmallestSubspace` of every problem of a batch, on the device.

    W : (b, d, k), spectrum : (b, d), rank : (b,) numpy integers.
    """

    W: Array
    spectrum: Array
    rank: np.ndarray


def smallest_directions_of_many(
    X: Array,
    k: int,
    *,
    probe: Array | None = None,
    rcond: float = RCOND,
    noise: Array | None = None,
) -> SmallestSubspaces:
    """`smallest_directions` of every X[b] of X (b, n, d), factorised as one batch.

    probe : (b, d, k) where every problem has its own basis.
    noise : (b, d), levels of the rounding errors.

    Problems that the Gram matrix cannot solve reliably use their QR triangles.
    """
    X = to_device(X)
    xp, (count, n, d) = _namespace(X), X.shape
    G = _probe(X, k, probe)
    noise = None if noise is None else to_device(noise)
    W, spectrum = xp.zeros_like(X[:, :1, :1]) * xp.ones_like(G[..., :k]), xp.zeros_like(X[:, 0])
    rank = np.zeros(count, dtype=np.int64)
    left = np.ones(count, dtype=bool)
    for members, found in _by_gram(X, k, G, rcond, noise) if n >= d or d <= SLIM else ():
        W[members], spectrum[members], rank[members] = found.W, found.spectrum, found.rank
        left[members] = False
    if left.any():
        members = np.flatnonzero(left)
        R = [X[b] if n < d else _triangle(_blocks(X[b])) for b in members]
        stacked = _namespace(X).stack(R)
        levels = None if noise is None else noise[members]
        found = _from_triangle(X[members], stacked, k, _of(G, members), rcond, levels)
        W[members], spectrum[members], rank[members] = found.W, found.spectrum, found.rank
    return SmallestSubspaces(W=W, spectrum=spectrum, rank=rank)


def smallest_directions_of_nested(
    X: Array, counts: Sequence[int], k: int, *, probe: Array | None = None
) -> list[SmallestSubspaces]:
    """`smallest_directions_of_many` of the first n rows of X (b, N, d), for every n of counts.

    Fewer rows have the same null space or a larger one. Where it is the same, it is computed once,
    and the solutions have one and the same array W.

    probe : (d, k) in place of the fixed Gaussian.
    """
    X = to_device(X)
    many = len(X) * len(counts) >= MANY
    found = _of_one_null_space(X, counts, k, _probe(X, k, probe)) if many else {}
    return [found.get(n) or smallest_directions_of_many(X[:, :n], k, probe=probe) for n in counts]


def _of_one_null_space(
    X: Array, counts: Sequence[int], k: int, G: Array
) -> dict[int, SmallestSubspaces]:
    """Solutions by n for those n of which every problem has the null space of all rows."""
    xp, d, ascending = _namespace(X), X.shape[-1], sorted({*counts})
    X = X[:, : ascending[-1]]
    sample = X[:, : 4 * d]
    if (row_space := _range_of(sample.mT @ sample, 0, k)) is None:
        return {}
    A, edges = X @ row_space, list(pairwise([0, *ascending]))
    inner = xp.cumsum(xp.stack([A[:, a:b].mT @ A[:, a:b] for a, b in edges]), 0)
    resolved = xp.linalg.eigvalsh(inner)
    same = resolved[..., 0] > GRAM_FLOOR * resolved[..., -1]  # the same rank: the same null space
    squares = ((row_space @ inner[-1]) * row_space).sum(-1)
    if not to_numpy(same[-1] & ~_unequal(squares)).all():
        return {}
    W = _null_basis(row_space, _probes(G, k, row_space))
    found, sound = _certified(X, W, X @ W, row_space, inner[-1], resolved[-1], k=k, rcond=RCOND)
    if not sound.all():
        return {}
    XW, null_dim = X @ found.W, d - row_space.shape[-1]
    residual = xp.cumsum(xp.stack([column_lengths(XW[:, a:b]) ** 2 for a, b in edges]), 0)
    residual = xp.amax(residual, -1) ** 0.5
    same &= residual <= _tolerance(null_dim, RCOND) * resolved[..., -1] ** 0.5
    spectra = [_root(xp.clip(resolved, 0.0, None)), *[residual[..., None]] * null_dim]
    spectrum = xp.concatenate(spectra, -1)
    return {
        n: _result(found.W, spectrum[i], found.rank)
        for i, n in enumerate(ascending)
        if to_numpy(same[i]).all()
    }


def triangle(blocks: Iterable[np.ndarray]) -> Array:
    """R (at most d, d) with `R'R = X'X` for the rows X of all blocks (n_b, d), on the device."""
    return _triangle(slab for block in blocks for slab in _blocks(to_device(block)))


def smallest_directions_of_triangle(
    R: Array, k: int, *, rcond: float = RCOND, noise: np.ndarray | None = None
) -> SmallestSubspace:
    """`smallest_directions` of the rows whose `triangle` is R, at most (d, d).

    noise : (d,), levels of the rounding errors of the columns; None for float64.
    """
    levels = None if noise is None else _like(noise, R)[None]
    return _single(_from_triangle(R[None], R[None], k, _probe(R, k, None), rcond, levels))


def leading_directions(X: Array, r: int) -> tuple[Array, Array]:
    """The r leading right singular vectors V (..., d, r) of X (..., n, d), and values (..., r).

    1 <= r <= min(n, d). Singular values are in descending order; the signs of the vectors are set
    by the fixed Gaussian.
    """
    Y = to_device(X)
    xp, G = _namespace(Y), _probe(Y, r, None)
    if Y.shape[-2] < Y.shape[-1]:
        _, s, Vh = xp.linalg.svd(Y, full_matrices=False)
        return _as_given(_turn(Vh[..., :r, :].mT, G), X), _as_given(s[..., :r], X)
    eigenvalues, V = xp.linalg.eigh(Y.mT @ Y)
    trusted = eigenvalues[..., -r] > GRAM_FLOOR * eigenvalues[..., -1]
    V, s = xp.flip(V, (-1,))[..., :r], _root(xp.clip(eigenvalues, 0.0, None))[..., :r]
    for at in np.argwhere(~to_numpy(trusted)):
        _, values, Vh = xp.linalg.svd(_triangle(_blocks(Y[tuple(at)])), full_matrices=False)
        V[tuple(at)], s[tuple(at)] = Vh[:r].T, values[:r]
    return _as_given(_turn(V, G), X), _as_given(s, X)


def singular_triplets(C: Array, k: int) -> tuple[Array, Array, Array]:
    """The k leading singular vectors U (..., p, k) and V (..., q, k) of C (..., p, q), all values.

    Values (..., min(p, q)) are in descending order; the sign of each column of U is set by the
    fixed Gaussian, and that of V follows.
    """
    Y = to_device(C)
    xp = _namespace(Y)
    U, s, Vh = xp.linalg.svd(Y, full_matrices=False)
    U, V = U[..., :k], Vh[..., :k, :].mT
    sign = _sign((U * _probe(U.mT, k, None)[..., :k]).sum(-2))[..., None, :]
    return _as_given(U * sign, C), _as_given(s, C), _as_given(V * sign, C)


def lower_root(S: Array) -> Array:
    """The lower triangular L (..., d, d) with `L L' = S` for positive definite S (..., d, d)."""
    Y = to_device(S)
    return _as_given(_namespace(Y).linalg.cholesky(Y), S)


def symmetric_eigen(S: Array) -> tuple[Array, Array]:
    """Eigenvalues (..., d) of symmetric S (..., d, d), descending, and eigenvectors in columns.

    The signs of the eigenvectors are set by the fixed Gaussian.
    """
    Y = to_device(S)
    xp = _namespace(Y)
    eigenvalues, V = xp.linalg.eigh((Y + Y.mT) / 2)
    eigenvalues, V = xp.flip(eigenvalues, (-1,)), xp.flip(V, (-1,))
    return _as_given(eigenvalues, S), _as_given(_turn(V, _probe(Y, Y.shape[-1], None)), S)


def leading_eigen(S: Array, k: int) -> tuple[Array, Array]:
    """The k largest eigenvalues (k,) of symmetric S (d, d), descending, and eigenvectors (d, k).

    The same as from `symmetric_eigen`; for small k / d only these are computed, in about half the
    time.
    """
    Y = to_device(S)
    if _is_tensor(Y) or FEW * k > len(Y):
        values, V = symmetric_eigen(S)
        return values[:k], V[:, :k]
    d = len(Y)
    values, V = scipy.linalg.eigh((Y + Y.mT) / 2, subset_by_index=[d - k, d - 1])
    return values[::-1], _turn(np.ascontiguousarray(V[:, ::-1]), _probe(Y, k, None))


def singular_values(M: Array) -> Array:
    """Singular values (..., min(p, q)) of M (..., p, q), descending."""
    Y = to_device(M)
    return _as_given(_namespace(Y).linalg.svd(Y, full_matrices=False)[1], M)


def spectral_norm(M: Array) -> Array:
    """The largest singular value (...) of M (..., p, q), from the smaller Gram matrix."""
    Y = to_device(M)
    xp = _namespace(Y)
    gram = Y.mT @ Y if Y.shape[-1] <= Y.shape[-2] else Y @ Y.mT
    return _as_given(xp.clip(xp.linalg.eigvalsh(gram)[..., -1], 0.0, None) ** 0.5, M)


def solved(A: Array, B: Array) -> Array:
    """X (..., d, m) with `A X = B` for invertible A (..., d, d) and B (..., d, m)."""
    Y = to_device(A)
    return _as_given(_namespace(Y).linalg.solve(Y, to_device(B)), A)


def orthonormal_columns(A: Array) -> Array:
    """An orthonormal basis (..., d, k) of the span of A (..., d, k) with independent columns."""
    Y = to_device(A)
    return _as_given(_namespace(Y).linalg.qr(Y)[0], A)


def numerical_rank(s: np.ndarray, rcond: float = RCOND) -> int:
    """How many of the singular values s (r,), descending, exceed `rcond * s[0]`."""
    return int(np.count_nonzero(s > rcond * s[0])) if s[0] > 0 else 0


def numerical_ranks(s: Array, rcond: float = RCOND) -> np.ndarray:
    """`numerical_rank` (b,) of every spectrum of s (b, r)."""
    return np.array([numerical_rank(values, rcond) for values in to_numpy(s)])


def leading_ranks(X: Array, s: Array, noise: Array | None = None) -> np.ndarray:
    """How many (b,) of the leading singular values s (b, r) of X (b, n, d) are not zero.

    noise : (b, d), levels of the rounding errors of its columns.
    """
    ranks = numerical_ranks(s)
    return ranks if noise is None else np.minimum(ranks, column_ranks(X, s, noise))


def column_ranks(X: Array, s: Array, noise: Array | None = None) -> np.ndarray:
    """The rank (b,) of X (b, n, d) with all singular values s (b, r), independent of units.

    noise : (b, d), levels of the rounding errors of its columns.
    """
    floor = RCOND * s[:, :1] if noise is None else _floor(RCOND * s[:, :1], noise)
    ranks = to_numpy((s > floor).sum(-1)).astype(np.int64)
    for b in np.flatnonzero(_differ(X, noise)):
        ranks[b] = _row_space(_small(X[b]), RCOND, None if noise is None else noise[b])[0]
    return ranks


def _small(X: Array) -> Array:
    """X (n, d), or its triangle where it has more rows than columns."""
    return X if X.shape[0] < X.shape[1] else _triangle(_blocks(X))


def least_squares_map(
    A: Array, B: Array, rcond: float = RCOND, noise: Array | None = None
) -> Array:
    """M (..., p, q) of least norm minimising `||A M - B||_F` for A (..., n, p), B (..., n, q).

    Where column norms of A differ strongly, its rank is counted after scaling columns to unit
    length; where that changes the rank, the norm is also that in the scaled units.

    noise : (..., p), levels of the rounding errors of the columns of A.
    """
    Y, T = to_device(A), to_device(B)
    xp, gram = _namespace(Y), Y.mT @ Y
    eigenvalues = xp.linalg.eigvalsh(gram)
    trusted = eigenvalues[..., 0] > GRAM_FLOOR * eigenvalues[..., -1]
    if noise is not None:
        noise = to_device(noise)
        trusted &= eigenvalues[..., 0] > xp.amax(noise, -1) ** 2
    safe = xp.where(trusted[..., None, None], gram, identity(gram))
    M = xp.linalg.solve(safe, Y.mT @ T)
    M = M + xp.linalg.solve(safe, Y.mT @ (T - Y @ M))  # makes up for the squared condition number
    for at in np.argwhere(~to_numpy(trusted)):
        levels = None if noise is None else noise[tuple(at)]
        M[tuple(at)] = _least_norm(Y[tuple(at)], T[tuple(at)], rcond, levels)
    return _as_given(M, A)


def lengths(X: Array) -> Array:
    """The Euclidean length (..., n) of every row of X (..., n, d)."""
    return _namespace(X).einsum("...i,...i->...", X, X) ** 0.5


def column_lengths(X: Array) -> Array:
    """The length (..., d) of every column of X (..., n, d)."""
    return _namespace(X).einsum("...ij,...ij->...j", X, X) ** 0.5


def frobenius(X: Array) -> Array:
    """The Frobenius norm (...) of every matrix of X (..., n, d)."""
    return _namespace(X).einsum("...ij,...ij->...", X, X) ** 0.5


def centred(X: Array) -> tuple[Array, Array]:
    """X (..., n, d) less the mean of its rows, and that mean (..., d).

    The mean of the result is subtracted once more: otherwise a constant column keeps the rounding
    error of its mean, which looks like a direction if the constant is large.
    """
    mean = X.mean(-2)
    X = X - mean[..., None, :]
    rest = X.mean(-2)
    return X - rest[..., None, :], mean + rest


def concatenate(parts: Sequence[Array], axis: int) -> Array:
    """The parts, arrays (...) that agree on all other axes, joined along an axis."""
    return _namespace(parts[0]).concatenate(parts, axis)


def product(X: Array, W: Array) -> Array:
    """`X @ W` of X (b, n, d) and W (b, d, k), stored by columns where X is."""
    if isinstance(X, np.ndarray) and X.ndim == 3 and X.strides[1] == X.itemsize < X.strides[2]:
        return (W.mT @ X.mT).mT
    return X @ W


def side_by_side(A: Array, B: Array) -> Array:
    """`[A, B]` of A (b, n, p) and B (b, n, q); not a copy where both lie so in one array."""
    if isinstance(A, np.ndarray) and A.base is not None and A.base is B.base:
        distance = B.__array_interface__["data"][0] - A.__array_interface__["data"][0]
        if A.strides == B.strides and distance == A.shape[-1] * A.strides[-1]:
            shape = (*A.shape[:-1], A.shape[-1] + B.shape[-1])
            return np.lib.stride_tricks.as_strided(A, shape, A.strides)
    return _namespace(A).concatenate([A, B], -1)


def nans(shape: tuple[int, ...], X: Array) -> Array:
    """An array of NaN of a shape, in the library and on the device of X (...)."""
    return _like(np.full(shape, np.nan), X)


def diagonal(A: Array) -> Array:
    """The diagonal (..., d) of A (..., d, d)."""
    return A.diagonal(0, -2, -1)


def identity(X: Array) -> Array:
    """The identity (d, d) for X (..., n, d), on the device of X."""
    return _like(np.eye(X.shape[-1]), X)


def zero_for_nan(x: Array) -> Array:
    """The array x (...) with zeros in place of NaN."""
    return _namespace(x).where(x == x, x, 0.0)


def nan_for_zero(x: Array) -> Array:
    """The array x (...) with NaN in place of zeros: a divisor whose quotient is undefined there."""
    return _namespace(x).where(x == 0, float("nan"), x)


def threads() -> int:
    """How many threads a batch of independent problems may be distributed over."""
    return _cores() if device() == "cpu" else 1


@cache
def _cores() -> int:
    """The cores of this process, or what `OMP_NUM_THREADS` says, as the libraries read it."""
    asked = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    if asked.isdecimal() and int(asked) > 0:
        return int(asked)
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1


class _OneThread:
    """The number of callers inside `one_thread_each`, and the limits that the last one lifts."""

    lock = Lock()
    inside = 0
    limits = ExitStack()
    # threadpoolctl lets only the thread that set a limit lift it: this one does both
    keeper = ThreadPoolExecutor(1)


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Context in which every factorisation runs in its caller's thread only.

    The limit holds for the whole process while any caller is inside.
    """
    keep, limits = _OneThread.keeper.submit, _OneThread.limits
    with _OneThread.lock:
        if _OneThread.inside == 0:
            keep(lambda: limits.enter_context(threadpool_limits(1))).result()
        _OneThread.inside += 1
    try:
        yield
    finally:
        with _OneThread.lock:
            _OneThread.inside -= 1
            if _OneThread.inside == 0:
                keep(limits.close).result()


def orthonormal(A: np.ndarray) -> np.ndarray:
    """An orthonormal basis (d, k) of the column span of A (d, k); ValueError if rank-deficient."""
    Q, R = np.linalg.qr(np.asarray(A, dtype=np.float64))
    diagonal = np.abs(np.diag(R))
    if A.shape[1] > A.shape[0] or diagonal.min() <= RCOND * diagonal.max():
        raise ValueError(
            f"a basis of shape {A.shape} has dependent columns: give linearly independent ones"
        )
    return Q


def random_rotation(d: int, rng: np.random.Generator) -> np.ndarray:
    """A rotation or reflection (d, d), uniformly distributed: the Q of a Gaussian matrix.

    Equivalent to `scipy.stats.ortho_group.rvs`, to the same numbers. Source: Mezzadri, "How to
    generate random matrices from the classical compact groups", 2007.
    """
    Q, R = np.linalg.qr(rng.normal(size=(d, d)))
    return Q * np.sign(np.diag(R))


@lru_cache(maxsize=256)
def fixed_gaussian(d: int, k: int) -> np.ndarray:
    """The fixed (d, k) Gaussian that determines bases and signs; nested in d and k. Read only."""
    G = np.stack([np.random.default_rng([20, j]).standard_normal(d) for j in range(k)], axis=1)
    G.flags.writeable = False  # shared between all callers
    return G


def to_device(X: Array) -> Array:
    """X (...) as a float64 array on the device of factorisations; a tensor is not moved."""
    return X if _is_tensor(X) else _to_device(X)


def to_numpy(X: Array) -> np.ndarray:
    """X (...) as a numpy array."""
    return X.cpu().numpy() if _is_tensor(X) else X


def _to_device(X: np.ndarray) -> Array:
    array = np.asarray(X, dtype=np.float64)
    name = device()
    return array if name == "cpu" else _torch("a GPU").from_numpy(array.copy()).to(name)


def _is_tensor(X: Array) -> bool:
    # where there is a tensor, torch has been imported; another thread may be importing it just now
    return not isinstance(X, np.ndarray) and isinstance(
        X, getattr(sys.modules.get("torch"), "Tensor", ())
    )


def _namespace(X: Array) -> Any:
    return _torch("a tensor") if _is_tensor(X) else np


def _like(array: np.ndarray, X: Array) -> Array:
    if isinstance(X, np.ndarray):
        return array
    return _torch("a tensor").tensor(array, device=X.device)


def _as_given(Y: Array, X: Array) -> Array:
    """Y as a numpy array if X was one, else as a tensor."""
    return Y if _is_tensor(X) else np.ascontiguousarray(to_numpy(Y))


def _least_norm(A: Array, B: Array, rcond: float, noise: Array | None) -> Array:
    """The least-norm solution, with the rank counted after scaling columns to unit length.

    The norm is that in the scaled units where column norms differ strongly and scaling changes the
    rank, or the rank is full: then the solution is unique, whatever the units.
    """
    xp, R = _namespace(A), _small(A)
    s = xp.linalg.svd(R, full_matrices=False)[1]
    if not s[0] > 0:
        return A.mT @ B * 0
    levels = None if noise is None else noise[None]
    cut = rcond * s[None, :1] if levels is None else _floor(rcond * s[None, :1], levels)
    uneven = bool(_uneven(R[None])[0])
    if uneven or noise is not None:
        units = lengths_or_one(R) if uneven else xp.ones_like(R[0])
        rank, Q = _row_space(R / units, rcond, None if noise is None else noise / units)
        if rank == A.shape[1] or rank != int((s > cut[0]).sum()):
            solution = np.linalg.lstsq(to_numpy((A / units) @ Q), to_numpy(B))[0]
            return (Q @ _like(solution, A)) / units[:, None]
    return _like(np.linalg.lstsq(to_numpy(A), to_numpy(B), rcond=float(cut[0, 0] / s[0]))[0], A)


def _probe(X: Array, k: int, probe: Array | None) -> Array:
    """G for k directions of X, followed by extra columns for the check of the Gram matrix."""
    width = max(k, PROBES)
    G = _like(fixed_gaussian(X.shape[-1], width), X)
    if probe is None:
        return G
    probe, xp = to_device(probe), _namespace(X)
    extra = G[:, : width - k] + xp.zeros_like(probe[..., :1])
    return xp.concatenate([probe, extra], -1)


def _blocks(X: Array) -> Iterator[Array]:
    rows = max(BLOCK_ROWS, 4 * X.shape[1])
    return (X[start : start + rows] for start in range(0, X.shape[0], rows))


def _triangle(blocks: Iterable[Array]) -> Array:
    """R (at most d, d) with `R'R = X'X` for the X whose rows are in the blocks."""
    R: Array = None
    for block in blocks:
        rows = block if R is None else _namespace(block).concatenate([R, block])
        R = _r_factor(rows)
    if R is None:
        raise ValueError("no rows arrived: the stream of blocks is empty")
    return R


def _r_factor(rows: Array) -> Array:
    """R (min(n, d), d) of the QR factorisation of rows (n, d), without Q."""
    if _is_tensor(rows):
        return _torch("a tensor").linalg.qr(rows, mode="r").R
    n, d = rows.shape
    if d > NARROW:
        return np.linalg.qr(rows, mode="r")
    # as accurate as numpy's and two to three times as fast: panels are factorised recursively,
    # in matrix products
    factored, _, _ = scipy.linalg.lapack.dgeqrt(min(PANEL, n, d), rows)
    return np.triu(factored[: min(n, d)])


def _by_sample(X: Array, k: int, G: Array, rcond: float) -> SmallestSubspaces | None:
    """The solution from the row space of a sample of rows; None if other rows contradict it.

    The null space of X is contained in that of a sample of its rows, and almost always equal to
    it; the images of the probes under all rows decide.
    """
    xp, (n, d) = _namespace(X), X.shape
    sample = X[:: max(1, n // (4 * d))]
    gram = sample.T @ sample
    if _lopsided(gram):
        return None
    eigenvalues, V = xp.linalg.eigh(gram)
    null_dim = int((eigenvalues <= GRAM_FLOOR * eigenvalues[-1]).sum())
    if null_dim < max(k, d // 2) or null_dim == d:
        return None  # no null space, or one that the Gram matrix finds at equal cost
    row_space = V[:, null_dim:]
    W = _null_basis(row_space, G[:, : max(k, min(null_dim, PROBES))])
    images = X @ xp.concatenate([row_space, W], 1)
    A, XW = images[:, : d - null_dim], images[:, d - null_dim :]
    gram = A.T @ A
    resolved = xp.linalg.eigvalsh(gram)
    if resolved[0] <= GRAM_FLOOR * resolved[-1]:
        return None
    parts = (X, W, XW, row_space, gram, resolved)
    found, sound = _certified(*(part[None] for part in parts), k=k, rcond=rcond)
    return found if sound[0] else None


def _by_gram(
    X: Array, k: int, G: Array, rcond: float, noise: Array | None = None
) -> Iterator[tuple[np.ndarray, SmallestSubspaces]]:
    """The problems of a batch X (b, n, d) that `eigh(X'X)` solves reliably.

    Yields groups of equal nullity, each as the indices of its members and their solutions. With
    noise only problems of full rank are included: noise hides how small the other values are.
    """
    xp, gram = _namespace(X), X.mT @ X
    usable = to_numpy(~_lopsided(gram))
    if noise is None and len(X) >= MANY and usable.any():
        for members, found in _by_range(X, gram, k, G, rcond, usable):
            yield members, found
            usable[members] = False
        if not usable.any():
            return
    eigenvalues, V = xp.linalg.eigh(gram)
    top = eigenvalues[:, -1]
    nullity = to_numpy((eigenvalues <= GRAM_FLOOR * top[:, None]).sum(-1))
    usable &= to_numpy(top > 0)
    if noise is not None:
        usable &= (nullity == 0) & to_numpy(eigenvalues[:, 0] > xp.amax(noise, -1) ** 2)
    for null_dim in np.unique(nullity[usable]):
        members = np.flatnonzero(usable & (nullity == null_dim))
        if null_dim == 0:
            W = _turn(xp.flip(V[members][..., :k], (-1,)), _of(G, members))
            full = np.full(len(members), X.shape[-1])
            yield members, _result(W, _root(eigenvalues[members]), full)
        else:
            yield from _null_by_gram(X, k, G, rcond, members, eigenvalues, V, null_dim)


def _by_range(
    X: Array, gram: Array, k: int, G: Array, rcond: float, usable: np.ndarray
) -> Iterator[tuple[np.ndarray, SmallestSubspaces]]:
    """The usable problems whose rows confirm a null space of the first one's dimension."""
    if (row_space := _range_of(gram, int(usable.argmax()), k)) is None:
        return
    inner = row_space.mT @ gram @ row_space
    resolved = _namespace(X).linalg.eigvalsh(inner)
    confirmed = to_numpy(resolved[:, 0] > GRAM_FLOOR * resolved[:, -1])
    members = np.flatnonzero(usable & confirmed)
    if not len(members):
        return
    X, row_space, inner, resolved = (
        _chosen(part, members) for part in (X, row_space, inner, resolved)
    )
    W = _null_basis(row_space, _probes(_of(G, members), k, row_space))
    found, sound = _certified(X, W, X @ W, row_space, inner, resolved, k=k, rcond=rcond)
    if sound.all():
        yield members, found
    elif sound.any():
        yield members[sound], _result(found.W[sound], found.spectrum[sound], found.rank[sound])


def _range_of(gram: Array, example: int, k: int) -> Array | None:
    """The ranges (b, d, r) of Gram matrices (b, d, d), r being the rank of one of them.

    None unless at least k directions, and half of all, are null. The range is spanned by products
    with random vectors, which is much less work than all eigenvectors. Where a matrix has another
    rank, the result is not its range: the rows must confirm it (`_by_range`).
    """
    xp, d = _namespace(gram), gram.shape[-1]
    eigenvalues = xp.linalg.eigvalsh(gram[example])
    null_dim = int((eigenvalues <= GRAM_FLOOR * eigenvalues[-1]).sum())
    if null_dim < max(k, d // 2) or null_dim == d:
        return None
    row_space = xp.linalg.qr(gram @ _like(fixed_gaussian(d, d - null_dim), gram))[0]
    return xp.linalg.qr(gram @ row_space)[0]  # again, for directions that were hardly included


def _probes(G: Array, k: int, row_space: Array) -> Array:
    """The columns of G for k null directions and the check of a row space (..., d, r)."""
    d, rank = row_space.shape[-2:]
    return G[..., : min(d - rank, max(k, PROBES))]


def _null_by_gram(
    X: Array,
    k: int,
    G: Array,
    rcond: float,
    members: np.ndarray,
    eigenvalues: Array,
    V: Array,
    null_dim: int,
) -> Iterator[tuple[np.ndarray, SmallestSubspaces]]:
    """Solutions of the members with `null_dim` null directions that pass the residual check."""
    row_space, resolved = V[members][..., null_dim:], eigenvalues[members][:, null_dim:]
    rows = _chosen(X, members)
    G = _of(G, members)
    W = _null_basis(row_space, _probes(G, k, row_space))
    xp, eye = _namespace(X), identity(row_space)
    found, sound = _certified(
        rows, W, rows @ W, row_space, resolved[..., None] * eye, resolved, k=k, rcond=rcond
    )
    if sound.any():
        W, spectrum = found.W[sound], found.spectrum[sound]
        if null_dim < k:  # add the smallest other directions
            smallest = _turn(xp.flip(row_space[..., : k - null_dim], (-1,)), G)
            W = xp.concatenate([smallest[sound], W], -1)
        yield members[sound], _result(W, spectrum, found.rank[sound])


def _chosen(X: Array, members: np.ndarray) -> Array:
    """X[members], without a copy where they are contiguous."""
    first, last = int(members[0]), int(members[-1])
    return X[first : last + 1] if last - first + 1 == len(members) else X[members]


def _of(G: Array, members: np.ndarray) -> Array:
    return G if G.ndim == 2 else G[members]


def _lopsided(gram: Array) -> Array:
    """Whether some columns are so small relative to others that rounding would hide them."""
    return _unequal(gram.diagonal(0, -2, -1))


def _unequal(squares: Array) -> Array:
    """Whether (...) some of the squared lengths (..., d) are so small relative to others."""
    xp = _namespace(squares)
    return xp.amin(squares, -1) <= GRAM_FLOOR * xp.amax(squares, -1)


def _certified(
    X: Array,
    W: Array,
    XW: Array,
    row_space: Array,
    gram: Array,
    resolved: Array,
    *,
    k: int,
    rcond: float,
) -> tuple[SmallestSubspaces, np.ndarray]:
    """The null directions W (b, d, p) of each problem, and whether all its rows confirm them.

    Each column of W has a component in every direction outside the row space: if X exceeded
    rounding noise in one of these, the residual would show it. A refinement step removes the part
    of the row space that the squared condition number of `gram` (of X in the row space) left in W.
    """
    xp, s0 = _namespace(X), resolved[:, -1] ** 0.5
    residual = _longest(XW)
    if (residual > ROUNDING * s0).any():
        leak = xp.linalg.solve(gram, row_space.mT @ (X.mT @ XW))
        W = _positive_qr(W - row_space @ leak)
        residual = _longest(X @ W)
    null_dim = W.shape[-2] - resolved.shape[-1]
    sound = to_numpy(residual <= _tolerance(null_dim, rcond) * s0)
    null = xp.ones_like(X[:, 0, resolved.shape[-1] :]) * residual[:, None]
    spectrum = xp.concatenate([_root(resolved), null], -1)
    return _result(W[..., :k], spectrum, np.full(len(sound), resolved.shape[-1])), sound


def _tolerance(null_dim: int, rcond: float) -> float:
    """Largest residual of null directions, relative to the largest singular value."""
    # a probe holds about one part in sqrt(null_dim) of any one direction
    return max(ROUNDING, 0.1 * rcond / null_dim**0.5)


def _from_triangle(
    rows: Array, R: Array, k: int, G: Array, rcond: float, noise: Array | None = None
) -> SmallestSubspaces:
    """The solutions of b problems from the SVD of R (b, r, d), the triangle of the rows.

    Where there are fewer rows than columns, `R` is the rows; where the rows were streamed and are
    no longer available, `rows` is R.
    """
    xp, (count, r, d) = _namespace(R), R.shape
    _, s, Vh = xp.linalg.svd(R, full_matrices=False)
    cut = rcond * s[:, :1] if noise is None else _floor(rcond * s[:, :1], noise)
    ranks, V = to_numpy((s > cut).sum(-1)), Vh.mT
    for b in np.flatnonzero(_differ(R, noise)):
        rank, row_space = _row_space(R[b], rcond, None if noise is None else noise[b])
        if rank != ranks[b]:
            ranks[b], V[b, :, :rank] = rank, row_space
    # with noise above float64 rounding there is nothing to gain from polishing
    exact = np.full(count, True) if noise is None else to_numpy(cut[:, 0] <= rcond * s[:, 0])
    W = nans((count, d, k), R)
    for rank in np.unique(ranks).tolist():
        members, null_dim = np.flatnonzero(ranks == rank), d - rank
        row_space, probe = V[members][..., :rank], _of(G, members)
        if null_dim >= k:
            W[members] = _null_basis(row_space, probe[..., :k])
            if (clean := members[exact[members]]).size:
                W[clean] = _polished(W[clean], rows[clean], R[clean], rank, rcond)
        else:
            smallest = _turn(row_space[..., d - k :], probe)
            null = _null_basis(row_space, probe[..., :null_dim])
            W[members] = xp.concatenate([smallest, null], -1)
    zeros = xp.zeros_like(R[:, 0, min(r, d) :])
    return _result(W, xp.concatenate([s, zeros], -1), ranks)


def _floor(cut: Array, noise: Array) -> Array:
    """The larger of the cutoff (b, 1) and the largest level of the noise (b, d)."""
    xp = _namespace(cut)
    return xp.maximum(cut, xp.amax(noise, -1)[:, None])


def _uneven(R: Array) -> Array:
    """As `_lopsided`, for a triangle (b, r, d), ignoring zero columns, which are null anyway."""
    xp, squares = _namespace(R), (R * R).sum(-2)
    top = xp.amax(squares, -1)[:, None]
    shortest = xp.amin(xp.where(squares > 0, squares, top), -1)
    return (shortest <= GRAM_FLOOR * top[:, 0]) & (top[:, 0] > 0)


def _differ(X: Array, noise: Array | None) -> np.ndarray:
    """Which (b,) of X (b, n, d) need each column scaled by its own unit.

    A common cutoff is set by the noisiest column, and may exceed all values of a column of another
    type and size.
    """
    return to_numpy(_uneven(X)) if noise is None else np.full(len(X), True)


def _row_space(R: Array, rcond: float, noise: Array | None) -> tuple[int, Array]:
    """Rank of R (r, d) with columns scaled to unit length, and its ordered row space (d, rank)."""
    xp = _namespace(R)
    units, s, Vh, cut = own_units(R[None], rcond, None if noise is None else noise[None])
    rank = int((s[0] > cut[0]).sum())
    Q = xp.linalg.qr(Vh[0, :rank].T * units[0][:, None])[0]
    return rank, Q @ xp.linalg.svd(R @ Q, full_matrices=False)[2].T


def own_units(
    X: Array, rcond: float = RCOND, noise: Array | None = None
) -> tuple[Array, Array, Array, Array]:
    """Units (b, d) of the columns of X (b, n, d), the SVD of X over these units, and its cutoff.

    The units scale columns to equal length, however they were measured. Where some have more noise
    (b, d) than float64, their units are larger in proportion, so that one cutoff (b, 1) applies to
    all: singular values (b, r) at or below it count as zero. Vectors are rows (b, r, d).
    """
    xp = _namespace(X)
    units = lengths_or_one(X)
    _, s, Vh = xp.linalg.svd(X / units[:, None, :], full_matrices=False)
    cut = rcond * s[:, :1]
    if noise is not None:
        safe = xp.where(cut > 0, cut, xp.ones_like(cut))
        units = xp.maximum(units, noise / safe)
        _, s, Vh = xp.linalg.svd(X / units[:, None, :], full_matrices=False)
    return units, s, Vh, cut


def standardised(X: Array, noise: Array | None = None) -> tuple[Array, Array, Array]:
    """`(X - mean) / units` for X (b, n, d), the mean (b, d) and the units (b, d) of its columns.

    The units scale columns to equal length, so that results do not depend on how each was measured.
    A column that is constant up to the rounding of its values becomes zeros. Where columns vary so
    little that this rounding exceeds `RCOND` of their length, their units are larger in proportion:
    singular values of at most `RCOND` always count as zero (`standard_ranks`).

    noise : (b, d), levels of the rounding errors in a narrower type than float64.
    """
    xp, n = _namespace(X), X.shape[-2]
    mean = X.mean(-2)
    X = X - mean[..., None, :]  # a new array, changed in place from here on
    rest = X.mean(-2)  # see `centred`
    X -= rest[..., None, :]
    mean = mean + rest
    length = column_lengths(X)
    rounding = FLAT * (length**2 + n * mean**2) ** 0.5
    if noise is not None:
        rounding = xp.maximum(rounding, noise)
    flat = length <= rounding
    one = xp.ones_like(length)
    units = xp.where(flat, one, length)
    units = xp.maximum(units, xp.where(flat, one, rounding / RCOND))
    X *= xp.where(flat, 0.0, 1 / units)[..., None, :]
    return X, mean, units


def standard_ranks(s: Array) -> np.ndarray:
    """The rank (b,) of `standardised` views from their singular values s (b, r)."""
    cut = RCOND * _namespace(s).clip(s[:, :1], 1.0, None)
    return to_numpy((s > cut).sum(-1)).astype(np.int64)


def evened(X: Array, V: Array, ranks: np.ndarray) -> tuple[Array, Array, Array, Array]:
    """X (b, n, d) with columns of unit length, the lengths (b, d), principal directions and values.

    `standardised` makes noisy columns so short relative to the others that whitening would lose
    their digits. Once the ranks (b,) are known, columns can be scaled to equal length again: the
    span of the leading `ranks[b]` directions of V (b, d, r) is kept. It is computed from its
    orthogonal complement, which short columns do not affect. Principal directions (b, d, r) and
    singular values (b, r) are those of X within that span, zeros beyond it.
    """
    xp, lengths = _namespace(X), lengths_or_one(X)
    X = X / lengths[:, None, :]
    directions, values = 0 * V, 0 * V[:, 0, :]
    for b, rank in enumerate(ranks):
        if rank == 0:
            continue
        Q = V[b, :, : int(rank)]
        if rank < len(Q):
            null = xp.linalg.qr(Q, mode="complete")[0][:, rank:] * lengths[b][:, None]
            Q = xp.linalg.qr(null, mode="complete")[0][:, len(Q) - rank :]
        else:
            Q = _like(np.eye(len(Q)), Q)
        inner, s = leading_directions(X[b] @ Q, int(rank))
        directions[b, :, :rank], values[b, :rank] = Q @ inner, s
    return X, lengths, directions, values


def turned_in_units(W1: Array, W2: Array, units: Array) -> tuple[Array, Array]:
    """W1 (b, d1, k) and W2 (b, d2, k) with signs set by the fixed Gaussian, the same for both.

    The sign of each column of W1 is determined after multiplying by the units (b, d1) of the
    features, and so does not depend on the units.
    """
    sign = _sign(
        (W1 * units[..., None] * _probe(W1.mT, W1.shape[-1], None)[..., : W1.shape[-1]]).sum(-2)
    )
    return W1 * sign[..., None, :], W2 * sign[..., None, :]


def lengths_or_one(X: Array) -> Array:
    """The length (..., d) of every column of X (..., n, d), one for columns of zeros."""
    xp, length = _namespace(X), column_lengths(X)
    return xp.where(length > 0, length, xp.ones_like(length))


def _polished(W: Array, rows: Array, R: Array, rank: int, rcond: float) -> Array:
    """Null directions W of `rows` (R is their triangle), refined for small columns.

    The rounding error of W is relative to the largest column, which is large for the smallest
    ones. With columns scaled to unit length this residual can be measured and removed; a final
    multiplication from the right by a matrix close to the identity restores orthonormality and
    keeps the gain. Nothing is done where the scaled columns have another rank: then the cutoff
    decides.
    """
    xp = _namespace(R)
    scale = lengths_or_one(R)[..., None]
    _, s, Vh = xp.linalg.svd(R / scale.mT, full_matrices=False)
    same = to_numpy((s > rcond * s[:, :1]).sum(-1)) == rank
    if rank == 0 or not same.any():
        return W
    rows, row_space, s = rows[same], Vh[same][:, :rank].mT, s[same][:, :rank, None]
    scale, fine = scale[same], W[same]
    leak = row_space @ ((row_space.mT @ ((rows.mT @ (rows @ fine)) / scale)) / s**2)
    fine = fine - leak / scale
    # where columns are so unequal that the correction is as large as a direction, skip it
    products = fine.mT @ fine
    near = to_numpy(xp.amax(abs(products - identity(fine)), -1) < POLISH).all(-1)
    if near.any():
        fine, products = fine[near], products[near]
        W[np.flatnonzero(same)[near]] = xp.linalg.solve(xp.linalg.cholesky(products), fine.mT).mT
    return W


def _result(W: Array, spectrum: Array, rank: np.ndarray) -> SmallestSubspaces:
    return SmallestSubspaces(W=W, spectrum=spectrum, rank=rank)


def _single(found: SmallestSubspaces) -> SmallestSubspace:
    W, spectrum = (np.ascontiguousarray(to_numpy(part[0])) for part in (found.W, found.spectrum))
    return SmallestSubspace(W=W, spectrum=spectrum, rank=int(found.rank[0]))


def _null_basis(row_space: Array, G: Array) -> Array:
    """qr(P_N G) with positive diagonal, N being the complement of the row space."""
    for _ in range(2):  # twice, for orthogonality to rounding
        G = G - row_space @ (row_space.mT @ G)
    return _positive_qr(G)


def _positive_qr(A: Array) -> Array:
    Q, R = _namespace(A).linalg.qr(A)
    return Q * _sign(R.diagonal(0, -2, -1))[..., None, :]


def _turn(V: Array, G: Array) -> Array:
    return V * _sign((V * G[..., : V.shape[-1]]).sum(-2))[..., None, :]


def _sign(x: Array) -> Array:
    return _namespace(x).where(x < 0, -1.0, 1.0)


def _root(eigenvalues: Array) -> Array:
    return _namespace(eigenvalues).flip(eigenvalues, (-1,)) ** 0.5


def _longest(A: Array) -> Array:
    """The largest norm of a column."""
    return _namespace(A).amax(column_lengths(A), -1)
