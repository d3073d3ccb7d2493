"""Linear aligners: two maps W1, W2 that send paired views into one space."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from alignlab import linalg
from alignlab.arrays import columns_of
from alignlab.checks import (
    Features,
    InputError,
    aligner,
    as_count,
    as_fitted,
    as_pair,
    as_view,
    check_columns,
    check_same_order,
)
from alignlab.linalg import Array
from alignlab.precision import (
    ROW_MARGIN,
    Rounding,
    arrival_precision,
    coarsest,
    precision_of_type,
    row_errors,
)
from alignlab.units import drowned, drowned_columns, warn_of_drowned

COLLAPSE = 3.0
"""A latent at most so many times as long as its rounding errors are expected to be is nothing."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Maps:
    """What an aligner finds for every problem of a batch of b, on the device.

    W1 : (b, d1, k), W2 : (b, d2, k), mean1 : (b, d1), mean2 : (b, d2), spectrum : (b, s), as in
        `Alignment`; NaN where the views hold too few directions for k.
    rank : (b,) numpy integers, ranks : two such arrays.
    units : (b, d1) and (b, d2), or None, as in `Alignment`.
    """

    W1: Array
    W2: Array
    mean1: Array
    mean2: Array
    spectrum: Array
    rank: np.ndarray
    ranks: tuple[np.ndarray, np.ndarray]
    units: tuple[Array | None, Array | None] = (None, None)

    def embed(self, X1: Array, X2: Array) -> tuple[Array, Array]:
        """Z1 and Z2 (b, n, k) of X1 (b, n, d1) and X2 (b, n, d2), as `Alignment.embed`."""
        units1, units2 = self.units
        Z1 = _image(X1, self.W1, self.mean1, units1)
        return Z1, _image(X2, self.W2, self.mean2, units2)

    def single(
        self, method: str, *, undetermined: bool = False, noise: Rounding | None = None
    ) -> Alignment:
        """The first problem's, as numpy arrays; noise : of the matrix that was factorised."""
        arrays: dict[str, Any] = {
            name: np.ascontiguousarray(linalg.to_numpy(getattr(self, name)[0]))
            for name in ("W1", "W2", "mean1", "mean2", "spectrum")
        }
        spectrum = arrays["spectrum"]  # padded where another problem of the batch has more values
        arrays["spectrum"] = spectrum[~np.isnan(spectrum)]
        ranks = int(self.ranks[0][0]), int(self.ranks[1][0])
        units1, units2 = (None if u is None else linalg.to_numpy(u[0]) for u in self.units)
        return Alignment(
            **arrays,
            rank=int(self.rank[0]),
            ranks=ranks,
            method=method,
            undetermined=undetermined,
            units=(units1, units2),
            precision="float64" if noise is None else noise.precision,
            cutoff=cutoff_of(arrays["spectrum"], noise),
        )


class Embedding(Protocol):
    """What every aligner gives: both views in one space."""

    def embed(self, X1: np.ndarray, X2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Z1 and Z2 (n, k) of X1 (n, d1) and X2 (n, d2)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Alignment:
    """Two linear maps into one space, `Zm = (Xm - mean_m) @ Wm`.

    W1 : (d1, k), W2 : (d2, k).
    mean1 : (d1,), mean2 : (d2,); zeros for aligners that do not centre.
    spectrum : (s,), singular values of the matrix that was factorised, descending; for perfect
        alignment those of the stack `[X1, -X2]`, s = d1 + d2.
    rank : the numerical rank of that matrix: how many of its singular values exceed `cutoff` times
        the largest; counted with columns of equal length where these differ much, so that small
        units are no null direction.
    ranks : (r1, r2), directions of each view that the aligner looked at.
    method : the public name of the function that made it.
    undetermined : other maps, of another span, fit the pairs as well: these do not settle it.
    features : column names of the tables that were fitted, one tuple a view; None without names.
    precision : the coarsest type in which the fitted pairs arrived, "float64", "float32",
        "float16", "bfloat16", "int8" ...: ranks, null directions and `is_exact` hold to its
        rounding (`precision.Rounding`).
    cutoff : relative to the largest singular value; `linalg.RCOND` for float64.
    collapsed : for each view, whether its latent of the fitted pairs is no more than the rounding
        of a narrower type.
    drowned : for each view, the columns lost because they are so much smaller than others.
    units : for each view, the units (d_m,) of its columns in which the map was found, on which it
        then does not depend; None where that was as they are.

    Examples
    --------
    >>> import numpy as np
    >>> import alignlab as al
    >>> data = al.generate(al.SyntheticSpec(n=100, d1=3, d2=4, k=2))
    >>> maps = al.perfect_alignment(data.X1, data.X2, k=2)
    >>> maps.W1.shape, maps.W2.shape, maps.spectrum.shape
    ((3, 2), (4, 2), (7,))
    >>> maps.rank, maps.null_dim, maps.is_exact
    (2, 5, True)
    >>> Z1, Z2 = maps.embed(data.X1[:5], data.X2[:5])
    >>> bool(np.allclose(Z1, (data.X1[:5] - maps.mean1) @ maps.W1))
    True
    """

    W1: np.ndarray
    W2: np.ndarray
    mean1: np.ndarray
    mean2: np.ndarray
    spectrum: np.ndarray
    rank: int
    ranks: tuple[int, int]
    method: str
    undetermined: bool = False
    features: Features = None
    precision: str = "float64"
    cutoff: float = linalg.RCOND
    collapsed: tuple[bool, bool] = (False, False)
    drowned: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())
    units: tuple[np.ndarray | None, np.ndarray | None] = (None, None)

    @property
    def k(self) -> int:
        """Dimension of the aligned space."""
        return self.W1.shape[1]

    @property
    def null_dim(self) -> int:
        """Dimension of the null space of the factorised matrix."""
        return self.spectrum.size - self.rank

    @property
    def is_exact(self) -> bool:
        """Whether the fitted pairs align perfectly (Thm 2.2): k null directions were there.

        To the precision in which they arrived.
        """
        return self.null_dim >= self.k

    def reversed(self) -> Alignment:
        """The same maps with the views exchanged."""
        return replace(
            self,
            W1=self.W2,
            W2=self.W1,
            mean1=self.mean2,
            mean2=self.mean1,
            ranks=self.ranks[::-1],
            collapsed=self.collapsed[::-1],
            drowned=self.drowned[::-1],
            units=self.units[::-1],
        )

    def embed(self, X1: np.ndarray, X2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Z1 (n, k) and Z2 (n, k) of X1 (n, d1) and X2 (n, d2).

        A row that W maps to zero comes out as exact zeros, not as rounding noise: one whose image
        is below `linalg.RCOND` times the norms of the row and of W (in `units`). Normalised
        metrics are then undefined instead of arbitrary. Where the latent of the fitted pairs was no
        more than the rounding of a narrower type (`collapsed`), the same holds for what is within
        that rounding, whichever type the rows have here.

        Raises ValueError when a view does not have the features that the map was fitted on (of
        tables: under the same names in the same order), the row counts differ, or both label the
        same rows in another order.
        """
        types = precision_of_type(X1), precision_of_type(X2)
        X1, X2 = as_fitted(X1, X2, len(self.W1), len(self.W2), self.features)
        Z1 = _image(X1, self.W1, self.mean1, self.units[0])
        Z2 = _image(X2, self.W2, self.mean2, self.units[1])
        views = (X1, self.W1, Z1), (X2, self.W2, Z2)
        for (X, W, Z), name, collapsed in zip(views, types, self.collapsed, strict=True):
            if collapsed:
                errors = row_errors(X, W, coarsest(name, self.precision))
                Z[linalg.lengths(Z) <= ROW_MARGIN * errors] = 0.0
        return Z1, Z2


@aligner
def perfect_alignment(X1: np.ndarray, X2: np.ndarray, k: int) -> Alignment:
    """Plain perfect alignment: the stacked `W = [W1; W2]` of least `||X1 W1 - X2 W2||_F`.

    W has orthonormal columns: the k directions in which the stack `[X1, -X2]` is smallest. When
    its null space has dimension >= k, that is `k <= d1 + d2 - rank`, the pairs it is fitted on
    align exactly; `linalg.smallest_directions` says which null directions are taken, and
    `undetermined` whether there are more than k. The data are neither centred nor scaled.

    "Null" means within the rounding of the type in which the pairs arrived (`precision`): pairs
    that align exactly still do when they were saved as float32 or float16. Noise above that
    rounding is not passed over. Which directions are smallest depends on the units of the
    columns, whether there are null ones does not; a UserWarning names columns (`drowned`) that are
    too small beside others for float64.

    When d_m > k, part of that null space maps each modality to zero on its own, and the latent
    shrinks; `informative_alignment` leaves these directions out.

    Parameters
    ----------
    X1 : (n, d1), X2 : (n, d2), row i of both the same thing; in any container that `arrays` reads,
        with masked, None and NA as NaN. Tables go by position as arrays do.
    k : dimension of the aligned space, 1 <= k <= d1 + d2.

    Returns
    -------
    Alignment with W1 (d1, k), W2 (d2, k) and spectrum (d1 + d2,).

    Raises
    ------
    ValueError
        NaN or infinite values, unequal row counts, fewer than two rows, a constant view, k out of
        range, or two tables whose row labels are the same in another order.

    Warns
    -----
    UserWarning
        Both views have one shape and more features than samples, as transposed ones would.

    Source: Kamboj and Do, "Towards Achieving Perfect Multimodal Alignment", eqs 5-7, Thm 2.2,
    Cor. 2.3 (their X is the transpose of our stack).

    Equivalent to: the last k right singular vectors of `numpy.linalg.svd(np.hstack([X1, -X2]))`, up
    to sign, where singular values differ; at k = `null_dim` the span of `scipy.linalg.null_space`
    of the same stack.

    Examples
    --------
    Four latent coordinates seen by 3 + 3 features leave two null directions, so that k = 2 aligns
    exactly and k = 3 does not:

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

    noises : the rounding errors of either view as it arrived.
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
    factorisation is always QR, so the result equals that of the whole in memory to rounding. Each
    chunk counts with the precision in which it arrived.

    Returns
    -------
    Alignment with W1 (d1, k), W2 (d2, k) and spectrum (d1 + d2,).

    Raises
    ------
    ValueError
        As `perfect_alignment`, naming the chunk; a view that is constant is not noticed here,
        since no chunk is compared with another.

    Source: as `perfect_alignment`.

    Examples
    --------
    Ten chunks give the maps of the whole:

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
        raise InputError("perfect_alignment_of_stream", "one row arrived: at least 2 are needed")
    noise, (d1, d2) = noises[0], shape
    found = linalg.smallest_directions_of_triangle(R, k, noise=noise.levels)
    R = linalg.to_numpy(R)  # R'R = X'X, so that it has the lengths of the rows that are gone by
    images = R[:, :d1] @ found.W[:d1], R[:, d1:] @ found.W[d1:]
    lengths = linalg.column_lengths(R[:, :d1]), linalg.column_lengths(R[:, d1:])
    plain = _plain(found, d1, d2, noise, images, lengths, "perfect_alignment_of_stream")
    return replace(plain, features=(names[0], names[1]))


@aligner
def informative_alignment(
    X1: np.ndarray, X2: np.ndarray, k: int, rank: int | None = None
) -> Alignment:
    """Perfect alignment within the leading `rank` directions of each view: no trivial solutions.

    Each view is reduced to its leading right singular vectors V_m (d_m, r_m), r_m being `rank`
    or what the view has (`Alignment.ranks` tells), and scaled to unit Frobenius norm; there the
    smallest directions `[C1; C2]` of the stack are taken as in `perfect_alignment`, and
    `Wm = V_m C_m / scale_m`, with one common factor that makes `||[W1; W2]||_F^2 = k`. The
    latent's shape, hence NCMAE, does not depend on the units of a view. Not centred.

    Parameters
    ----------
    X1 : (n, d1), X2 : (n, d2).
    k : dimension of the aligned space, 1 <= k <= r1 + r2.
    rank : directions kept of each view, at least 1; k by default. Without noise the number of
        shared directions is right; more of them let trivial solutions in again.

    Ranks follow the precision in which the pairs arrived, as in `perfect_alignment`; the leading
    directions depend on the units of single columns, and columns that are too small beside others
    of their view are named in a UserWarning.

    Returns
    -------
    Alignment with W1 (d1, k), W2 (d2, k) and spectrum (r1 + r2,).

    Raises
    ------
    ValueError
        As `perfect_alignment`, and when k exceeds r1 + r2 or rank is below 1.

    Source: not from the papers. The stack is that of Kamboj and Do, "Towards Achieving Perfect
    Multimodal Alignment", eqs 5-7; each view is reduced before, as in principal component analysis.

    Examples
    --------
    Two latent coordinates seen by six features in each view. Both methods align exactly; the plain
    one mixes in directions that map a view to zero, and keeps less of the data:

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
    X1, X2, *noises = pair_with_noise(X1, X2, "informative_alignment")
    k = as_count(k, "k", "informative_alignment", 1, X1.shape[1] + X2.shape[1])
    rank = k if rank is None else as_count(rank, "rank", "informative_alignment", 1)
    maps, noise = _informative(X1[None], X2[None], k, rank, noises)
    r1, r2 = (int(r[0]) for r in maps.ranks)
    if k > r1 + r2:
        raise InputError(
            "informative_alignment",
            f"k = {k} exceeds the r1 + r2 = {r1} + {r2} directions that the "
            "views hold at this rank: lower k or raise rank",
        )
    undetermined = r1 + r2 - int(maps.rank[0]) > k
    lost = drowned_columns(X1), drowned_columns(X2)
    warn_of_drowned(lost, "informative_alignment")
    found = maps.single("informative_alignment", undetermined=undetermined, noise=noise)
    return replace(found, drowned=lost)


def perfect_maps(X1: Array, X2: Array, k: int) -> Maps:
    """`perfect_alignment` of every problem of a batch, X1 (b, n, d1) and X2 (b, n, d2)."""
    X1, X2 = linalg.to_device(X1), linalg.to_device(X2)
    found = linalg.smallest_directions_of_many(_stack(X1, X2), k)
    d1, d2 = X1.shape[-1], X2.shape[-1]
    return Maps(
        W1=found.W[:, :d1],
        W2=found.W[:, d1:],
        mean1=X1[:, 0] * 0,
        mean2=X2[:, 0] * 0,
        spectrum=found.spectrum,
        rank=found.rank,
        ranks=(np.full(len(X1), d1), np.full(len(X2), d2)),
    )


def informative_maps(X1: Array, X2: Array, k: int, rank: int | None = None) -> Maps:
    """`informative_alignment` of every problem of a batch, X1 (b, n, d1) and X2 (b, n, d2)."""
    return _informative(X1, X2, k, rank or k)[0]


def _informative(
    X1: Array, X2: Array, k: int, rank: int, noises: Sequence[Rounding] = ()
) -> tuple[Maps, Rounding | None]:
    """The maps, and where `noises` of both views are given (of one problem), that of the stack."""
    X1, X2 = linalg.to_device(X1), linalg.to_device(X2)
    (V1, scale1, ranks1), (V2, scale2, ranks2) = (
        _leading(X, rank, noises[m].levels if noises else None) for m, X in enumerate((X1, X2))
    )
    reduced: Rounding | None = None
    count, widths = len(X1), (X1.shape[-1], X2.shape[-1])
    W1, W2 = (linalg.nans((count, d, k), X1) for d in widths)
    spectrum = linalg.nans((count, V1.shape[-1] + V2.shape[-1]), X1)
    solved = np.zeros(len(X1), dtype=np.int64)
    # The basis is settled in the coordinates of the features, where it does not depend on the
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
    """X1 (n, d1) and X2 (n, d2) as `checks.as_pair` gives them, and the rounding of either."""
    given = X1, X2
    X1, X2 = as_pair(X1, X2, caller)
    first, second = map(arrival_precision, given, (X1, X2))
    return X1, X2, Rounding.of(X1, first), Rounding.of(X2, second)


def cutoff_of(spectrum: np.ndarray, noise: Rounding | None) -> float:
    """The relative cutoff of a matrix with this spectrum (s,) and these rounding errors."""
    levels = None if noise is None else noise.levels
    if levels is None or not spectrum[0] > 0:
        return linalg.RCOND
    return max(linalg.RCOND, float(levels.max() / spectrum[0]))


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


def feature_probe(X1: Array, X2: Array, k: int) -> tuple[Array, Array]:
    """The fixed Gaussian of the stack, its rows (d1, k) and (d2, k): what settles the basis.

    X1 : (..., d1), X2 : (..., d2), any rows.
    """
    G = linalg.to_device(linalg.fixed_gaussian(X1.shape[-1] + X2.shape[-1], k))
    return G[: X1.shape[-1]], G[X1.shape[-1] :]


def _leading(
    X: Array, rank: int, noise: np.ndarray | None = None
) -> tuple[Array, Array, np.ndarray]:
    """Leading directions of every X[b], its Frobenius norm (b, 1, 1), how many are not null."""
    V, s = linalg.leading_directions(X, min(rank, *X.shape[-2:]))
    levels = None if noise is None else linalg.to_device(noise)[None]
    return V, linalg.frobenius(X)[:, None, None], linalg.leading_ranks(X, s, levels)


def _image(X: Array, W: Array, mean: Array, units: Array | None) -> Array:
    X = X - mean[..., None, :] if mean.any() else X
    Z = X @ W
    sizes = linalg.column_lengths(X)
    if units is not None:
        W, sizes = W * units[..., None], sizes / units
    zero = linalg.RCOND * linalg.frobenius(W)[..., None]
    size = linalg.frobenius(sizes[..., None, :])[..., None]
    small = linalg.lengths(Z) <= zero * size  # certainly not, if larger
    if small.any():
        X = X if units is None else X / units[..., None, :]
        small = linalg.lengths(Z) <= zero * linalg.lengths(X)
        Z[small] = 0.0
    return Z
