"""The result of an aligner: two maps, their spectrum, and how they are applied."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import pandas as pd

from alignlab import linalg, records
from alignlab.checks import (
    Features,
    InputError,
    as_fitted,
    as_fitted_view,
    as_view,
    check_row_counts,
    check_same_order,
)
from alignlab.linalg import Array
from alignlab.precision import ROW_MARGIN, Rounding, coarsest, precision_of_type, row_errors

if TYPE_CHECKING:
    import plotly.graph_objects as go

SMALLEST = frozenset(
    {
        "perfect_alignment", "informative_alignment", "perfect_alignment_of_stream",
        "perfect_alignment_views", "whitened_stack",
    }
)  # fmt: skip
"""Methods whose maps are the directions of the smallest singular values; others use the largest."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Maps:
    """The result of an aligner for every problem of a batch of b, on the device.

    W1 : (b, d1, k), W2 : (b, d2, k), mean1 : (b, d1), mean2 : (b, d2), spectrum : (b, s), as in
        `Alignment`; NaN where the rank of the views is too low for k.
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
        """The first problem as an `Alignment`; noise : of the matrix that was factorised."""
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


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Alignment:
    """Two linear maps into one space, `Zm = (Xm - mean_m) @ Wm`.

    W1 : (d1, k), W2 : (d2, k).
    mean1 : (d1,), mean2 : (d2,); zeros for aligners that do not centre.
    spectrum : (s,), singular values of the matrix that was factorised, descending; for perfect
        alignment those of the stack `[X1, -X2]`, s = d1 + d2.
    rank : the numerical rank of that matrix: how many of its singular values exceed `cutoff` times
        the largest; counted after scaling columns to unit length where their lengths differ
        strongly, so that small units do not create null directions.
    ranks : (r1, r2), number of directions of each view that the aligner used.
    method : the public name of the function that made it.
    undetermined : whether other maps with another span fit the pairs equally well.
    features : column names of the fitted tables, one tuple per view; None without names.
    precision : the coarsest type of the fitted pairs, "float64", "float32", "float16", "bfloat16",
        "int8" ...: ranks, null directions and `is_exact` hold up to its rounding
        (`precision.Rounding`).
    cutoff : relative to the largest singular value; `linalg.RCOND` for float64.
    collapsed : for each view, whether its latent of the fitted pairs is within the rounding error
        of a narrower type.
    drowned : for each view, the columns lost because they are so much smaller than others.
    units : for each view, the column scales (d_m,) used in the fit, so that the map does not depend
        on the units of single columns; None where columns were not scaled.

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

    One view alone, and the maps as text and as a table:

    >>> bool((maps.transform(data.X1[:5]) == Z1).all())
    True
    >>> repr(maps).startswith("Alignment(method='perfect_alignment', k=2, d1=3, d2=4, rank=2")
    True
    >>> maps.to_frame().columns.tolist()
    ['view', 'feature', 'component', 'weight']
    >>> bool((al.Alignment.from_json(maps.to_json()).W1 == maps.W1).all())
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
        """Whether the fitted pairs align perfectly (Thm 2.2): there are k null directions.

        Up to the precision of the input.
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

        A row that W maps to zero is returned as exact zeros, not as rounding noise: a row whose
        image is below `linalg.RCOND` times the norms of the row and of W (in `units`). Normalised
        metrics are then undefined instead of arbitrary. Where the latent of the fitted pairs was
        within the rounding error of a narrower type (`collapsed`), rows within that rounding are
        zeros too, whatever type they have here.

        Raises ValueError when a view does not have the fitted features (for tables: the same names
        in the same order), the row counts differ, or both have the same row labels in different
        orders.
        """
        for name, X, other in (("X1", X1, "X2"), ("X2", X2, "X1")):
            if X is None:  # a habit of scikit-learn
                raise InputError(
                    "embed", f"{name} is None: for one view alone use transform({other}={other})"
                )
        A1, A2 = as_fitted(X1, X2, len(self.W1), len(self.W2), self.features)
        return self._image(A1, 0, X1), self._image(A2, 1, X2)

    @overload
    def transform(self, X1: Any, X2: None = None) -> np.ndarray: ...

    @overload
    def transform(self, X1: None = None, *, X2: Any) -> np.ndarray: ...

    @overload
    def transform(self, X1: Any, X2: Any) -> tuple[np.ndarray, np.ndarray]: ...

    def transform(
        self, X1: Any = None, X2: Any = None
    ) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        """Z1 (n, k) of X1 (n, d1) alone, Z2 (n, k) of X2 (n, d2) alone, or both as `embed`.

        The rows are the same to the bit as those of `embed`. Raises ValueError as `embed`.
        """
        if X1 is not None and X2 is not None:
            return self.embed(X1, X2)
        if X1 is None and X2 is None:
            raise InputError("transform", "no view was given: give X1, or X2=, or both")
        view, X = (0, X1) if X2 is None else (1, X2)
        return self._image(self._checked(X, view, "transform"), view, X)

    def loadings(self, X1: np.ndarray, X2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Correlations L1 (d1, k) and L2 (d2, k) of the columns of each view with its components.

        X1 : (n, d1), X2 : (n, d2), the fitted pairs or others. `Lm[i, j]` is the correlation of
        column i of Xm with column j of Zm over these rows. Both are centred here, whether or not
        the aligner centres; units do not matter. NaN for a column, or a component, that is constant
        up to rounding. Also called structure coefficients.

        Raises ValueError as `embed`, and for NaN or infinite values.
        """
        check_same_order("loadings", X1=X1, X2=X2)
        found = []
        for view, given in enumerate((X1, X2)):
            X = as_view(self._checked(given, view, "loadings"), f"X{view + 1}", "loadings")
            found.append((X, self._image(X, view, given)))
        (A1, Z1), (A2, Z2) = found
        check_row_counts("loadings", X1=A1, X2=A2)
        return correlations(A1, Z1), correlations(A2, Z2)

    def _checked(self, X: Any, view: int, caller: str) -> np.ndarray:
        """The view of this index, 0 or 1, as a matrix with the fitted features."""
        W, names = (self.W1, self.W2)[view], (self.features or (None, None))[view]
        return as_fitted_view(X, f"X{view + 1}", len(W), names, caller)

    def _image(self, X: np.ndarray, view: int, given: Any) -> np.ndarray:
        """Z of a checked view; given : as it came, since its type decides which rows are zero."""
        W, mean = ((self.W1, self.mean1), (self.W2, self.mean2))[view]
        Z = _image(X, W, mean, self.units[view])
        if self.collapsed[view]:
            errors = row_errors(X, W, coarsest(precision_of_type(given), self.precision))
            Z[linalg.lengths(Z) <= ROW_MARGIN * errors] = 0.0
        return Z

    def __repr__(self) -> str:
        from alignlab.display.alignment import brief

        return brief(self)

    def _repr_html_(self) -> str:
        from alignlab.display.alignment import as_html

        return as_html(self)

    def summary(self) -> str:
        """The maps in plain English: what was fitted, how well, and what to be careful about."""
        from alignlab.display.alignment import summary

        return summary(self)

    def to_frame(self) -> pd.DataFrame:
        """The weights of both maps as a tidy table: view, feature, component and weight.

        Views and components count from 1. Features have the names of the fitted table, or their
        positions from 0.
        """
        from alignlab.display.alignment import frame

        return frame(self)

    def to_json(self) -> str:
        """All fields as JSON, exactly, for `from_json`."""
        return records.to_text(self)

    @staticmethod
    def from_json(text: str) -> Alignment:
        """The alignment in a text that `to_json` wrote.

        Raises ValueError for another text, version or field. Nothing in the text is executed.
        """
        return records.from_text(Alignment, text)

    def plot(self, name: str = "spectrum") -> go.Figure:
        """A Plotly figure: the "spectrum", with the components marked, or the map "W1" or "W2".

        Raises ValueError for another name, and ModuleNotFoundError without Plotly:
        `pip install 'alignlab[plot]'`.
        """
        from alignlab.display.alignment import plot

        return plot(self, name)


def cutoff_of(spectrum: np.ndarray, noise: Rounding | None) -> float:
    """The relative cutoff of a matrix with this spectrum (s,) and these rounding errors."""
    levels = None if noise is None else noise.levels
    if levels is None or not spectrum[0] > 0:
        return linalg.RCOND
    return max(linalg.RCOND, float(levels.max() / spectrum[0]))


def feature_probe(X1: Array, X2: Array, k: int) -> tuple[Array, Array]:
    """The fixed Gaussian of the stack, its rows (d1, k) and (d2, k): it determines the basis.

    X1 : (..., d1), X2 : (..., d2), any rows.
    """
    G = linalg.to_device(linalg.fixed_gaussian(X1.shape[-1] + X2.shape[-1], k))
    return G[: X1.shape[-1]], G[X1.shape[-1] :]


def _image(X: Array, W: Array, mean: Array, units: Array | None) -> Array:
    X = X - mean[..., None, :] if mean.any() else X
    Z = linalg.product(X, W)
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


def correlations(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """Correlations (p, q) of the columns of A (n, p) with those of B (n, q).

    NaN for a column that is constant up to rounding.
    """
    units = []
    centred = [linalg.centred(M)[0] for M in (A, B)]
    for M, X in zip((A, B), centred, strict=True):
        varies = linalg.column_lengths(X) > linalg.FLAT * linalg.column_lengths(M)
        units.append(np.where(varies, linalg.column_lengths(X), np.nan))
    return (centred[0] / units[0]).T @ (centred[1] / units[1])  # of columns, which are variables
