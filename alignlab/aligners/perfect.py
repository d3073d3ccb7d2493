"""Perfect alignment, plain and informative: linear maps W1, W2 of paired views into one space."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from alignlab import linalg
from alignlab.aligners.alignment import Alignment, Maps, cutoff_of, feature_probe
from alignlab.arrays import columns_of
from alignlab.checks import (
    InputError,
    aligner,
    as_count,
    as_pair,
    as_view,
    check_columns,
    check_same_order,
)
from alignlab.linalg import Array
from alignlab.precision import (
    Rounding,
    arrival_precision,
)
from alignlab.units import drowned, drowned_columns, warn_of_drowned

COLLAPSE = 3.0
"""A latent whose length is at most this multiple of its expected rounding errors is zero."""


class Embedding(Protocol):
    """The result of every aligner: it maps both views into one space."""

    def embed(self, X1: np.ndarray, X2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Z1 and Z2 (n, k) of X1 (n, d1) and X2 (n, d2)."""


@aligner
def perfect_alignment(X1: np.ndarray, X2: np.ndarray, k: int) -> Alignment:
    """Plain perfect alignment: the stacked `W = [W1; W2]` that minimises `||X1 W1 - X2 W2||_F`.

    W has orthonormal columns: the k directions in which the stack `[X1, -X2]` is smallest. When
    its null space has dimension >= k, that is `k <= d1 + d2 - rank`, the fitted pairs align
    exactly; `linalg.smallest_directions` says which null directions are chosen, and `undetermined`
    whether there are more than k. The data are neither centred nor scaled.

    "Null" means within the rounding error of the type of the input (`precision`): pairs that align
    exactly still do after they were saved as float32 or float16. Noise above that rounding error
    is not ignored. Which directions are smallest depends on the units of the columns, whether
    there are null directions does not; a UserWarning names columns (`drowned`) that are too small
    relative to others for float64.

    When d_m > k, part of that null space maps each modality to zero on its own, and the latent
    shrinks; `informative_alignment` excludes these directions.

    Parameters
    ----------
    X1 : (n, d1), X2 : (n, d2), row i of both the same sample; in any container that `arrays` reads,
        with masked, None and NA as NaN. Rows of tables are paired by position, as in arrays.
    k : dimension of the aligned space, 1 <= k <= d1 + d2.

    Returns
    -------
    Alignment with W1 (d1, k), W2 (d2, k) and spectrum (d1 + d2,).

    Raises
    ------
    ValueError
        NaN or infinite values, unequal row counts, fewer than two rows, a constant view, k out of
        range, or two tables with the same row labels in different orders.

    Warns
    -----
    UserWarning
        Both views have the same shape and more features than samples: they may be transposed.

    Source: Kamboj and Do, "Towards Achieving Perfect Multimodal Alignment", eqs 5-7, Thm 2.2,
    Cor. 2.3 (their X is the transpose of our stack).

    Equivalent to: the last k right singular vectors of `numpy.linalg.svd(np.hstack([X1, -X2]))`, up
    to sign, where singular values differ; at k = `null_dim` the span of `scipy.linalg.null_space`
    of the same stack.

    Examples
    --------
    Four latent coordinates in 3 + 3 features leave two null directions, so k = 2 aligns exactly
    and k = 3 does not:

    >>> import alignlab as al
    >>> data = al.generate(al.SyntheticSpec(n=100, d1=3, d2=3, k=4))
    >>> exact = al.perfect_alignment(data.X1, data.X2, k=2)
    >>> exact.null_dim, exact.is_exact, round(al.cmae(*exact.embed(data.X1, data.X2)), 6)
    (2, True, 0.0)
    >>> al.perfect_alignment(data.X1, data.X2, k=3).is_exact
    False
    """
    X1, X2, *noises = pair_with_noise(X1, X2, "perfect_alignment")
    return plain_alignment(X1, X2, k, noises)


def plain_alignment(
    X1: np.ndarray, X2: np.ndarray, k: int, noises: Sequence[Rounding]
) -> Alignment:
    """`perfect_alignment` of float64 views X1 (n, d1) and X2 (n, d2), which may be centred.

    noises : the rounding errors of each view as it was given.
    """
    d1, d2 = X1.shape[1], X2.shape[1]
    k = as_count(k, "k", "perfect_alignment", 1, d1 + d2)
    noise = noises[0].beside(noises[1])
    found = linalg.smallest_directions(_stack(X1, X2), k, noise=noise.levels)
    images = X1 @ found.W[:d1], X2 @ found.W[d1:]
    lengths = linalg.column_lengths(X1), linalg.column_lengths(X2)
    return _plain(found, d1, d2, noise, images, lengths, "perfect_alignment")


def perfect_alignment_of_stream(
    chunks: Iterable[tuple[np.ndarray, np.ndarray]], k: int
) -> Alignment:
    """`perfect_alignment` of pairs that arrive in chunks, in one pass and bounded memory.

    Parameters
    ----------
    chunks : pairs (X1 (n_c, d1), X2 (n_c, d2)); n_c may differ, d1 and d2 may not.
    k : dimension of the aligned space, 1 <= k <= d1 + d2.

    A chunk is read once and not kept: memory is that of one chunk and a few thousand rows. The
    factorisation is always QR, so the result equals that of all rows in memory up to rounding. Each
    chunk may have its own precision.

    Returns
    -------
    Alignment with W1 (d1, k), W2 (d2, k) and spectrum (d1 + d2,).

    Raises
    ------
    ValueError
        As `perfect_alignment`, naming the chunk; a constant view is not detected here, since
        chunks are not compared with each other.

    Source: as `perfect_alignment`.

    Examples
    --------
    Ten chunks give the same maps as all rows at once:

    >>> import numpy as np
    >>> import alignlab as al
    >>> data = al.generate(al.SyntheticSpec(n=100, d1=3, d2=4, k=2, noise=0.1))
    >>> chunks = ((data.X1[i : i + 10], data.X2[i : i + 10]) for i in range(0, 100, 10))
    >>> streamed = al.perfect_alignment_of_stream(chunks, k=2)
    >>> whole = al.perfect_alignment(data.X1, data.X2, k=2)
    >>> bool(np.allclose(streamed.W1, whole.W1)), bool(np.allclose(streamed.W2, whole.W2))
    (True, True)
    """
    shape: list[int] = []
    names: list[tuple | None] = []
    rows: list[int] = []
    noises: list[Rounding] = []

    def stacks() -> Iterable[np.ndarray]:
        for number, (X1, X2) in enumerate(chunks):
            caller = f"perfect_alignment_of_stream, chunk {number}"
            check_same_order(caller, X1=X1, X2=X2)
            if not shape:
                names.extend([columns_of(X1), columns_of(X2)])
            check_columns(names[0], X1, "X1", caller)
            check_columns(names[1], X2, "X2", caller)
            given = X1, X2
            X1, X2 = as_view(X1, "X1", caller, rows=1), as_view(X2, "X2", caller, rows=1)
            if not shape:
                shape.extend([X1.shape[1], X2.shape[1]])
                as_count(k, "k", caller, 1, sum(shape))
            if X1.shape[0] != X2.shape[0] or [X1.shape[1], X2.shape[1]] != shape:
                raise InputError(
                    caller,
                    f"shapes {X1.shape} and {X2.shape}: equal row counts and "
                    f"{shape[0]} and {shape[1]} features were expected, as in the first chunk",
                )
            yield _stack(X1, X2)

            rows.append(len(X1))
            first, second = map(arrival_precision, given, (X1, X2))
            noise = Rounding.of(X1, first).beside(Rounding.of(X2, second))
            noises[:] = [noises[0].above(noise) if noises else noise]

    R = linalg.triangle(stacks())
    if sum(rows) < 2:
        raise InputError(
            "perfect_alignment_of_stream", "only one row was given: at least 2 are needed"
        )
    noise, (d1, d2) = noises[0], shape
    found = linalg.smallest_directions_of_triangle(R, k, noise=noise.levels)
    R = linalg.to_numpy(R)  # R'R = X'X: R has the same norms as the streamed rows
    images = R[:, :d1] @ found.W[:d1], R[:, d1:] @ found.W[d1:]
    lengths = linalg.column_lengths(R[:, :d1]), linalg.column_lengths(R[:, d1:])
    plain = _plain(found, d1, d2, noise, images, lengths, "perfect_alignment_of_stream")
    return replace(plain, features=(names[0], names[1]))


@aligner
def informative_alignment(
    X1: np.ndarray, X2: np.ndarray, k: int, rank: int | None = None
) -> Alignment:
    """Perfect alignment within the leading `rank` directions of each view: no trivial solutions.

    Each view is projected onto its leading right singular vectors V_m (d_m, r_m), where r_m is
    `rank` or the rank of the view if lower (`Alignment.ranks`), and scaled to unit Frobenius norm;
    the smallest directions `[C1; C2]` of that stack are taken as in `perfect_alignment`, and
    `Wm = V_m C_m / scale_m`, with a common factor such that `||[W1; W2]||_F^2 = k`. The shape of
    the latent, hence NCMAE, does not depend on the units of a whole view. Not centred.

    Parameters
    ----------
    X1 : (n, d1), X2 : (n, d2).
    k : dimension of the aligned space, 1 <= k <= r1 + r2.
    rank : number of directions kept of each view, at least 1; k by default. Without noise the
        number of shared directions is right; a larger rank admits trivial solutions again.

    Ranks depend on the precision of the input, as in `perfect_alignment`; the leading directions
    depend on the units of single columns, and a UserWarning names columns that are too small
    relative to others of their view.

    Returns
    -------
    Alignment with W1 (d1, k), W2 (d2, k) and spectrum (r1 + r2,).

    Raises
    ------
    ValueError
        As `perfect_alignment`, and when k exceeds r1 + r2 or rank is below 1.

    Source: not from the papers. The stack is that of Kamboj and Do, "Towards Achieving Perfect
    Multimodal Alignment", eqs 5-7; each view is first reduced as in principal component analysis.

    Examples
    --------
    Two latent coordinates in six features per view. Both methods align exactly; the plain one
    includes directions that map a view to zero, and keeps less of the data:

    >>> import alignlab as al
    >>> data = al.generate(al.SyntheticSpec(n=100, d1=6, d2=6, k=2))
    >>> plain = al.perfect_alignment(data.X1, data.X2, k=2)
    >>> informative = al.informative_alignment(data.X1, data.X2, k=2)
    >>> plain.is_exact, informative.is_exact
    (True, True)
    >>> kept = [al.kept_norm(data.X1, a.embed(data.X1, data.X2)[0]) for a in (plain, informative)]
    >>> [round(share, 2) for share in kept]
    [0.14, 0.69]
    """
    return plain_informative(X1, X2, k, rank)


def plain_informative(X1: np.ndarray, X2: np.ndarray, k: int, rank: int | None = None) -> Alignment:
    """`informative_alignment` of X1 (n, d1) and X2 (n, d2), which may be wide, as `plain_cca`."""
    X1, X2, *noises = pair_with_noise(X1, X2, "informative_alignment")
    k = as_count(k, "k", "informative_alignment", 1, X1.shape[1] + X2.shape[1])
    rank = k if rank is None else as_count(rank, "rank", "informative_alignment", 1)
    maps, noise = _informative(X1[None], X2[None], k, rank, noises)
    r1, r2 = (int(r[0]) for r in maps.ranks)
    if k > r1 + r2:
        raise InputError(
            "informative_alignment",
            f"k = {k} exceeds the r1 + r2 = {r1} + {r2} directions of the "
            "views at this rank: lower k or raise rank",
        )
    undetermined = r1 + r2 - int(maps.rank[0]) > k
    lost = drowned_columns(X1), drowned_columns(X2)
    warn_of_drowned(lost, "informative_alignment")
    found = maps.single("informative_alignment", undetermined=undetermined, noise=noise)
    return replace(found, drowned=lost)


def perfect_maps(X1: Array, X2: Array, k: int) -> Maps:
    """`perfect_alignment` of every problem of a batch, X1 (b, n, d1) and X2 (b, n, d2)."""
    X1, X2 = linalg.to_device(X1), linalg.to_device(X2)
    X, probe = linalg.side_by_side(X1, X2), _mirrored_probe(X1, X2, k)
    return _maps_of(linalg.smallest_directions_of_many(X, k, probe=probe), X1.shape[-1])


def perfect_maps_of_nested(X1: Array, X2: Array, counts: Sequence[int], k: int) -> list[Maps]:
    """`perfect_maps` of the first n pairs of X1 (b, n, d1) and X2 (b, n, d2) for each n of counts.

    Where neighbouring counts have the same maps, these are the same arrays.
    """
    X1, X2 = linalg.to_device(X1), linalg.to_device(X2)
    X, probe = linalg.side_by_side(X1, X2), _mirrored_probe(X1, X2, k)
    found = linalg.smallest_directions_of_nested(X, counts, k, probe=probe)
    maps: list[Maps] = []
    for one, last in zip(found, [None, *found], strict=False):
        if last is not None and one.W is last.W:
            maps.append(replace(maps[-1], spectrum=one.spectrum, rank=one.rank))
        else:
            maps.append(_maps_of(one, X1.shape[-1]))
    return maps


def _mirrored_probe(X1: Array, X2: Array, k: int) -> Array:
    """The fixed Gaussian (d1 + d2, k) for `[X1, X2]`: `[X1, -X2]` would need a copy."""
    G1, G2 = feature_probe(X1, X2, k)
    return linalg.concatenate([G1, -G2], -2)


def _maps_of(found: linalg.SmallestSubspaces, d1: int) -> Maps:
    """The maps from the smallest directions of `[X1, X2]`, X1 (b, n, d1)."""
    count, zeros = len(found.W), found.W[..., 0] * 0
    d2 = found.W.shape[1] - d1
    return Maps(
        W1=found.W[:, :d1],
        W2=-found.W[:, d1:],
        mean1=zeros[:, :d1],
        mean2=zeros[:, d1:],
        spectrum=found.spectrum,
        rank=found.rank,
        ranks=(np.full(count, d1), np.full(count, d2)),
    )


def informative_maps(X1: Array, X2: Array, k: int, rank: int | None = None) -> Maps:
    """`informative_alignment` of every problem of a batch, X1 (b, n, d1) and X2 (b, n, d2)."""
    return _informative(X1, X2, k, rank or k)[0]


def _informative(
    X1: Array, X2: Array, k: int, rank: int, noises: Sequence[Rounding] = ()
) -> tuple[Maps, Rounding | None]:
    """The maps, and the noise of the stack if `noises` of both views of one problem are given."""
    X1, X2 = linalg.to_device(X1), linalg.to_device(X2)
    (V1, scale1, ranks1), (V2, scale2, ranks2) = (
        _leading(X, rank, noises[m].levels if noises else None) for m, X in enumerate((X1, X2))
    )
    reduced: Rounding | None = None
    count, widths = len(X1), (X1.shape[-1], X2.shape[-1])
    W1, W2 = (linalg.nans((count, d, k), X1) for d in widths)
    spectrum = linalg.nans((count, V1.shape[-1] + V2.shape[-1]), X1)
    solved = np.zeros(len(X1), dtype=np.int64)
    # The basis is determined in the coordinates of the features, where it does not depend on the
    # signs and rotations of V1 and V2.
    G1, G2 = feature_probe(X1, X2, k)
    for r1, r2 in {*zip(ranks1.tolist(), ranks2.tolist(), strict=True)}:
        if k > r1 + r2:
            continue
        b = np.flatnonzero((ranks1 == r1) & (ranks2 == r2))
        T1, T2 = V1[b][..., :r1] / scale1[b], V2[b][..., :r2] / scale2[b]
        probe = linalg.concatenate([V1[b][..., :r1].mT @ G1, V2[b][..., :r2].mT @ G2], -2)
        if noises:
            T = linalg.to_numpy(T1[0]), linalg.to_numpy(T2[0])
            reduced = noises[0].through(T[0]).beside(noises[1].through(T[1]))
        levels = None if reduced is None or reduced.levels is None else reduced.levels[None]
        found = linalg.smallest_directions_of_many(
            _stack(X1[b] @ T1, X2[b] @ T2), k, probe=probe, noise=levels
        )
        M1, M2 = T1 @ found.W[:, :r1], T2 @ found.W[:, r1:]
        size = (M1**2).sum((-1, -2)) + (M2**2).sum((-1, -2))
        factor = ((k / size) ** 0.5)[:, None, None]
        W1[b], W2[b], solved[b] = M1 * factor, M2 * factor, found.rank
        spectrum[b, : r1 + r2] = found.spectrum
    maps = Maps(
        W1=W1,
        W2=W2,
        mean1=X1[:, 0] * 0,
        mean2=X2[:, 0] * 0,
        spectrum=spectrum,
        rank=solved,
        ranks=(ranks1, ranks2),
    )
    return maps, reduced


def pair_with_noise(
    X1: np.ndarray, X2: np.ndarray, caller: str
) -> tuple[np.ndarray, np.ndarray, Rounding, Rounding]:
    """X1 (n, d1) and X2 (n, d2) as `checks.as_pair` returns them, and the rounding of each."""
    given = X1, X2
    X1, X2 = as_pair(X1, X2, caller)
    first, second = map(arrival_precision, given, (X1, X2))
    return X1, X2, Rounding.of(X1, first), Rounding.of(X2, second)


def _plain(
    found: linalg.SmallestSubspace,
    d1: int,
    d2: int,
    noise: Rounding,
    images: tuple[np.ndarray, np.ndarray],
    lengths: tuple[np.ndarray, np.ndarray],
    caller: str,
) -> Alignment:
    """The alignment, given the images `Xm Wm` or matrices of the same moments, and the lengths of
    the columns of both views.
    """
    expected = (noise.squares[:, None] * found.W**2).sum(axis=1)
    collapsed = [
        noise.precision != "float64" and float((Z**2).sum()) <= COLLAPSE**2 * float(errors.sum())
        for Z, errors in zip(images, (expected[:d1], expected[d1:]), strict=True)
    ]
    longest = float(max(lengths[0].max(), lengths[1].max()))
    lost = drowned(lengths[0], longest), drowned(lengths[1], longest)
    warn_of_drowned(lost, caller)
    return Alignment(
        W1=found.W[:d1],
        W2=found.W[d1:],
        mean1=np.zeros(d1),
        mean2=np.zeros(d2),
        spectrum=found.spectrum,
        rank=found.rank,
        ranks=(d1, d2),
        method="perfect_alignment",
        undetermined=found.spectrum.size - found.rank > len(found.W.T),
        precision=noise.precision,
        cutoff=cutoff_of(found.spectrum, noise),
        collapsed=(collapsed[0], collapsed[1]),
        drowned=lost,
    )


def _stack(X1: Array, X2: Array) -> Array:
    return linalg.concatenate([X1, -X2], -1)


def _leading(
    X: Array, rank: int, noise: np.ndarray | None = None
) -> tuple[Array, Array, np.ndarray]:
    """Leading directions of every X[b], its Frobenius norm (b, 1, 1), how many are not null."""
    V, s = linalg.leading_directions(X, min(rank, *X.shape[-2:]))
    levels = None if noise is None else linalg.to_device(noise)[None]
    return V, linalg.frobenius(X)[:, None, None], linalg.leading_ranks(X, s, levels)
