"""The phase diagram of CA against CP: where each recovers, in a plane of two parameters.

Each separation ratio is monotone in each parameter, so the region of recovery of an objective is on
one side of a curve, which is found by bisection to rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize.elementwise import find_root

from alignlab.checks import InputError, as_array, as_real
from alignlab.grid import spaced
from alignlab.spiked.model import NUISANCE, OBJECTIVES, SHARED, SpikedSpec
from alignlab.spiked.theory import REGIMES, Spectra, regime_codes, spectra

RATIO = "kappa_ratio"
"""Ratio q of successive kappas: `kappa_i = max(kappa) q^(i - 1)`, a separate parameter."""

PARAMETERS = (*SHARED, *NUISANCE, RATIO)
"""Parameters that an axis of a plane can show."""

Axes = tuple[tuple[str, tuple[float, ...]], tuple[str, tuple[float, ...]]]
"""The horizontal and the vertical axis of a plane, each a parameter and its values."""

Points = Sequence[float] | np.ndarray

LOGARITHMIC = ("gamma_tilde_x", "gamma_tilde_y")
"""Parameters whose axes are logarithmic."""

WEIGHT, WEAKEST = "weight", "kappa_weakest"
"""The parameters of the joint objective and the soft bottleneck: lambda, and the last kappa."""

LOG_VARIED = (*LOGARITHMIC, WEIGHT, WEAKEST)
"""Parameters whose values are spaced evenly in the logarithm."""

SLIVER = 1e-9
"""Distance of the points on both sides of a vertical border, relative to its position."""

CURVE_POINTS = 81
"""Points of a border between regimes in a figure; more are added where it bends."""

RISING = ("kappa", RATIO)
"""Parameters in which every separation ratio increases, if it changes; in others it decreases."""


def ratio_of(kappas: Points) -> float | None:
    """The ratio q <= 1 of successive kappas if they form a geometric series; else None."""
    values = np.asarray(kappas, dtype=np.float64)
    if len(values) == 1:
        return 1.0
    if values.min() <= 0:
        return None
    ratios = values[1:] / values[:-1]
    return float(ratios[0]) if np.allclose(ratios, ratios[0]) and ratios[0] <= 1 else None


def varied(spec: SpikedSpec, parameter: str, value: float) -> SpikedSpec:
    """The spec with one of `PARAMETERS` changed.

    A tuple keeps its pattern: it is scaled so that its largest entry is the value. (A tuple of
    zeros has no pattern: every coordinate gets the value.) Changing the ratio q keeps the largest
    kappa. ValueError as `SpikedSpec`, and for a q outside [0, 1].
    """
    if parameter not in PARAMETERS:
        raise ValueError(f"{parameter!r} is not a parameter: use one of {', '.join(PARAMETERS)}")
    value = as_real(value, parameter, "SpikedSpec", -np.inf, np.inf)
    if parameter == RATIO:
        as_real(value, parameter, "SpikedSpec", 0, 1, closed=True)
    field = "kappa" if parameter == RATIO else parameter
    column = _columns(spec, {parameter: np.array(value)})[field]
    new: Any = tuple(column.tolist()) if np.ptp(column) > 0 else float(column[0])
    return replace(spec, **{field: new})


@dataclass(frozen=True, kw_only=True, eq=False)
class Plane:
    """Theory over a grid of two parameters.

    over_x, over_y : the parameters; xs, ys : their values.
    ca, cp, cp_reverse : (len(ys), len(xs)), separation ratios.
    prediction : the direction of prediction used for the regimes, "cp" or "cp_reverse".
    codes : (len(ys), len(xs)), uint8 indices into `spiked.theory.REGIMES`.
    spectra : the singular values, arrays that broadcast to (len(ys), len(xs), coordinates).
    """

    over_x: str
    over_y: str
    xs: np.ndarray
    ys: np.ndarray
    ca: np.ndarray
    cp: np.ndarray
    cp_reverse: np.ndarray
    prediction: str
    codes: np.ndarray
    spectra: Spectra

    @property
    def regime(self) -> np.ndarray:
        """(len(ys), len(xs)), the names of the regimes."""
        return np.array(REGIMES)[self.codes]


def phase_plane(spec: SpikedSpec, kappas: Points, nus: Points) -> Plane:
    """Separation ratios and regimes (len(nus), len(kappas)) over the (kappa, nu) plane.

    All other parameters are those of the spec; a tuple of kappas or nus keeps its pattern (see
    `varied`).

    Parameters
    ----------
    spec : the parameters that are fixed in the plane.
    kappas, nus : (p,) and (q,), the values along the two axes, at least one each.

    Returns
    -------
    Plane with ca, cp, cp_reverse, codes and regime, each (q, p): rows are nus, columns are kappas.

    Raises
    ------
    ValueError
        As `SpikedSpec`, for values out of range; an axis without values.

    Source: "When to Align, When to Predict: A Phase Diagram for Multimodal Learning", Figure 2 and
    Proposition 3.1.

    Examples
    --------
    >>> import alignlab as al
    >>> plane = al.phase_plane(al.SpikedSpec(), kappas=[1, 2], nus=[0.3, 0.6, 0.9])
    >>> plane.regime.tolist()
    [['Both', 'Both'], ['CA only', 'Both'], ['Neither', 'Neither']]
    >>> plane.ca.round(2).tolist()
    [[2.3, 2.96], [1.15, 1.48], [0.77, 0.99]]
    """
    return plane(spec, "kappa", kappas, "nu", nus)


def plane(
    spec: SpikedSpec,
    over_x: str,
    xs: Points,
    over_y: str,
    ys: Points,
    prediction: str = "cp",
) -> Plane:
    """`phase_plane` over any two different parameters of `PARAMETERS`.

    prediction : "cp" or "cp_reverse", the direction compared with CA in the regimes.
    """
    x, y = as_array(xs, over_x, "plane"), as_array(ys, over_y, "plane")
    if over_x == over_y:
        raise InputError("plane", f"both axes are {over_x}: choose two different parameters")
    for name, values in ((over_x, x), (over_y, y)):
        if not values.size:
            raise InputError("plane", f"the axis {name} has no values: give at least one")
        for end in (values.min(), values.max()):  # a NaN is both
            varied(spec, name, float(end))
    found = spectra(_columns(spec, {over_x: x[None, :], over_y: y[:, None]}))
    shape = (y.size, x.size)
    ratios = {name: np.broadcast_to(found.ratio(name), shape) for name in OBJECTIVES}
    return Plane(
        over_x=over_x, over_y=over_y, xs=x, ys=y, **ratios,
        prediction=prediction, codes=regime_codes(ratios["ca"], ratios[prediction]), spectra=found,
    )  # fmt: skip


def plane_table(plane: Plane) -> pd.DataFrame:
    """The separation ratios of a plane, one row per point."""
    index = pd.MultiIndex.from_product([plane.ys, plane.xs], names=[plane.over_y, plane.over_x])
    columns = {f"delta {name}": getattr(plane, name).ravel() for name in OBJECTIVES}
    return pd.DataFrame(columns, index=index)


def recovered_shares(
    planes: Sequence[Plane], objectives: Sequence[str]
) -> dict[str, tuple[float, float]]:
    """The share of points where each objective recovers, in the first and in the last plane."""
    ends = planes[0], planes[-1]
    first, last = ({name: (getattr(end, name) > 1).mean() for name in objectives} for end in ends)
    return {name: (float(first[name]), float(last[name])) for name in objectives}


def threshold(
    spec: SpikedSpec, objective: str, parameter: str, low: float, high: float
) -> float | None:
    """The value of a parameter in [low, high] where the objective's Delta crosses 1.

    None if it does not: `separation_ratios` at either end shows on which side it is.

    ValueError for an unknown objective, for values that `varied` refuses, and for low above high.
    """
    if objective not in OBJECTIVES:
        raise ValueError(f"{objective!r} is not an objective: use one of {', '.join(OBJECTIVES)}")
    for end in (low, high):
        varied(spec, parameter, end)
    _check_ends(parameter, low, high)
    found = float(_crossing(spec, objective, {}, parameter, low, high))
    return found if np.isfinite(found) else None


def _check_ends(parameter: str, low: float, high: float) -> None:
    if low > high:
        raise ValueError(
            f"{parameter} goes from low = {low:g} to high = {high:g}: give the lower end first"
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Boundaries:
    """The curves `Delta = 1` over a plane, on a common grid of x.

    over_x, over_y : the parameters; low, high : the range of y.
    xs : (m,), values of x, denser where a curve starts, ends or crosses another.
    ca, cp, cp_reverse : (m,), y of the curve; `low` or `high` where it is outside the plane.
    recovers_below : whether recovery is below the curve (in y) or above it.
    """

    over_x: str
    over_y: str
    low: float
    high: float
    xs: np.ndarray
    ca: np.ndarray
    cp: np.ndarray
    cp_reverse: np.ndarray
    recovers_below: bool

    def region(self, regime: str, prediction: str = "cp") -> tuple[np.ndarray, np.ndarray]:
        """The lower and the upper edge (m,) in y of a regime of CA and a direction of CP.

        Where the upper edge is not above the lower one, the regime does not occur.
        """
        ca, cp = self.ca, getattr(self, prediction)
        least, most = np.minimum(ca, cp), np.maximum(ca, cp)
        low, high = (np.full_like(self.xs, end) for end in (self.low, self.high))
        if self.recovers_below:
            edges = {
                "Both": (low, least), "CA only": (cp, ca),
                "CP only": (ca, cp), "Neither": (most, high),
            }  # fmt: skip
        else:
            edges = {
                "Both": (most, high), "CA only": (ca, cp),
                "CP only": (cp, ca), "Neither": (low, least),
            }  # fmt: skip
        return edges[regime]


def boundaries(
    spec: SpikedSpec,
    over_x: str,
    xs: Points,
    over_y: str,
    low: float,
    high: float,
) -> Boundaries:
    """The curves `Delta = 1` of all objectives, for y in [low, high], to rounding.

    xs : ascending; more are added where a curve leaves the plane or two curves cross.

    Source: Proposition 3.1. ValueError as `plane`; for low above high; for descending xs.
    """
    plane(spec, over_x, xs, over_y, [low, high])  # checks
    _check_ends(over_y, low, high)
    x = np.asarray(xs, dtype=np.float64)
    if (np.diff(x) < 0).any():
        raise InputError("boundaries", f"the values of {over_x} are descending: sort them")

    return _boundaries(spec, over_x, x, over_y, low, high)[0]


def _boundaries(
    spec: SpikedSpec,
    over_x: str,
    x: np.ndarray,
    over_y: str,
    low: float,
    high: float,
    more: Mapping[str, np.ndarray] | None = None,
) -> list[Boundaries]:
    """`boundaries` of one plane, or of as many as a further parameter has values (m,), together."""
    more = more or {}
    count = max((len(values) for values in more.values()), default=1)

    def curve(objective: str, at: np.ndarray, *settings: np.ndarray) -> np.ndarray:
        chosen = {over_x: at, **dict(zip(more, settings, strict=True))}
        return _crossing(spec, objective, chosen, over_y, low, high).clip(low, high)

    ends = {name: values[:, None] for name, values in more.items()}
    ends[over_y] = np.array([[low, high]], dtype=np.float64)
    leaving = [_crossing(spec, name, ends, over_x, x[0], x[-1]) for name in OBJECTIVES]
    grids = []
    for there in np.concatenate([np.broadcast_to(found, (count, 2)) for found in leaving], axis=1):
        # on both sides of it: the curve may jump there
        sides = there[np.isfinite(there), None] * np.array([1 - SLIVER, 1, 1 + SLIVER])
        grids.append(np.unique(np.concatenate([x, np.clip(sides, x[0], x[-1]).ravel()])))
    grids = _with_meetings(curve, grids, list(more.values()))
    at, _, settings = _in_a_row(grids, list(more.values()))
    cuts = np.cumsum([len(grid) for grid in grids])[:-1]
    curves = {name: np.split(curve(name, at, *settings), cuts) for name in OBJECTIVES}
    return [
        Boundaries(
            over_x=over_x, over_y=over_y, low=low, high=high, xs=grid,
            **{name: found[number] for name, found in curves.items()},
            recovers_below=over_y not in RISING,
        )
        for number, grid in enumerate(grids)
    ]  # fmt: skip


def _in_a_row(
    grids: Sequence[np.ndarray], more: Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """All points of some grids, the number of each one's grid, and its further parameters."""
    which = np.repeat(np.arange(len(grids)), [len(grid) for grid in grids])
    return np.concatenate(grids), which, [values[which] for values in more]


def _with_meetings(
    curve: Callable[..., np.ndarray], grids: Sequence[np.ndarray], more: Sequence[np.ndarray]
) -> list[np.ndarray]:
    """The grids and where the curves of CA and CP cross between neighbouring points."""
    at, which, settings = _in_a_row(grids, more)
    found, of = [at], [which]
    for prediction in ("cp", "cp_reverse"):

        def apart(x: np.ndarray, *settings: np.ndarray, cp: str = prediction) -> np.ndarray:
            return curve("ca", x, *settings) - curve(cp, x, *settings)

        side = np.sign(apart(at, *settings))
        crossing = np.flatnonzero((side[:-1] * side[1:] < 0) & (which[:-1] == which[1:]))
        if crossing.size:
            around = at[crossing], at[crossing + 1]
            there = tuple(values[crossing] for values in settings)
            found.append(find_root(apart, around, args=there).x)
            of.append(which[crossing])
    points, owners = np.concatenate(found), np.concatenate(of)
    return [np.unique(points[owners == number]) for number in range(len(grids))]


def off_axes(spec: SpikedSpec, axes: Axes, *more: str) -> SpikedSpec:
    """The spec with the parameters of the axes (and more parameters) set to one value each.

    Specs with the same figure become equal, so that it is computed once.
    """
    for name, values in axes:
        spec = varied(spec, name, values[-1])
    for name in more:
        spec = varied(spec, name, 1.0)
    return spec


def picture(spec: SpikedSpec, axes: Axes, prediction: str) -> tuple[Plane, Boundaries]:
    """The plane on the grid of its axes, and the borders of its regimes in the same range."""
    (over_x, xs), (over_y, ys) = axes
    curves = boundaries(spec, over_x, _fine(axes), over_y, ys[0], ys[-1])
    return plane(spec, over_x, xs, over_y, ys, prediction), curves


def pictures(
    spec: SpikedSpec, axes: Axes, prediction: str, parameter: str, values: Sequence[float]
) -> list[tuple[Plane, Boundaries]]:
    """`picture` at each value of a further parameter, all together."""
    (over_x, xs), (over_y, ys) = axes
    planes = [
        plane(varied(spec, parameter, value), over_x, xs, over_y, ys, prediction)
        for value in values
    ]
    more = {parameter: np.array(values, dtype=np.float64)}
    curves = _boundaries(spec, over_x, np.array(_fine(axes)), over_y, ys[0], ys[-1], more)
    return list(zip(planes, curves, strict=True))


def _fine(axes: Axes) -> tuple[float, ...]:
    """The horizontal positions at which borders are drawn."""
    (over_x, xs), _ = axes
    return spaced(xs[0], xs[-1], CURVE_POINTS, log=over_x in LOGARITHMIC, whole=False)


def _crossing(
    spec: SpikedSpec,
    objective: str,
    at: Mapping[str, np.ndarray],
    parameter: str,
    low: float,
    high: float,
) -> np.ndarray:
    """The value of the parameter where recovery ends, for each of the settings `at`.

    Recovery is below it, or above it for `RISING` parameters. -inf or inf if it does not end in
    [low, high].
    """
    shape = np.broadcast_shapes(*(np.shape(values) for values in at.values()))
    if parameter == "nu":  # every nuisance value is proportional to it
        delta = spectra(_columns(spec, {**at, "nu": np.ones(shape)})).ratio(objective)
        found = np.broadcast_to(delta, shape)
        return np.where(found > high, np.inf, np.where(found > low, found, -np.inf))
    rising = parameter in RISING
    left, right = np.full(shape, float(low)), np.full(shape, float(high))
    at_left, at_right = (
        _excess(spec, objective, {**at, parameter: end}) > 0 for end in (left, right)
    )
    found = np.where(at_left == rising, -np.inf, np.inf)  # where both ends agree
    inside = at_left != at_right
    if inside.any():
        chosen = {name: np.broadcast_to(values, shape)[inside] for name, values in at.items()}

        def excess(y: np.ndarray, *settings: np.ndarray) -> np.ndarray:
            return _excess(spec, objective, {**dict(zip(at, settings, strict=True)), parameter: y})

        ends = left[inside], right[inside]
        found[inside] = find_root(excess, ends, args=tuple(chosen.values())).x
    return found


def _excess(spec: SpikedSpec, objective: str, changes: Mapping[str, np.ndarray]) -> np.ndarray:
    """By how much the weakest signal value exceeds the strongest nuisance value."""
    signal, nuisance = spectra(_columns(spec, changes)).pairs[objective]
    shape = np.broadcast_shapes(*(np.shape(values) for values in changes.values()))
    return np.broadcast_to(signal.min(-1) - nuisance.max(-1), shape)  # it may not depend on any


def _columns(spec: SpikedSpec, changes: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Every parameter as an array (..., coordinates), with some of them changed to arrays (...).

    A parameter that is equal in all coordinates has a last axis of length 1: most specs are
    homogeneous, and their planes are then much smaller.
    """
    found = {}
    for name in (*SHARED, *NUISANCE):
        given = np.atleast_1d(np.asarray(getattr(spec, name), dtype=np.float64))
        largest = given.max()
        pattern = given / largest if largest > 0 else np.ones_like(given)
        ratio = changes.get(RATIO) if name == "kappa" else None
        if ratio is not None:
            pattern = ratio[..., None] ** np.arange(spec.k)
        if name in changes or ratio is not None:
            found[name] = np.asarray(changes.get(name, largest))[..., None] * pattern
        else:
            found[name] = given
    return found
