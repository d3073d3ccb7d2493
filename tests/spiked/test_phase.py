from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from alignlab.spiked.model import OBJECTIVES, SpikedSpec
from alignlab.spiked.phase import (
    PARAMETERS,
    RATIO,
    RISING,
    boundaries,
    phase_plane,
    picture,
    pictures,
    plane,
    threshold,
    varied,
)
from alignlab.spiked.theory import REGIMES, regime_codes, separation_ratios
from tests.spiked.test_model import NO_NOISE, specs

FIGURE_2A = SpikedSpec(gamma_x=1.0, gamma_y=0.05, gamma_tilde_x=1.0, gamma_tilde_y=5.0)
FIGURE_2B = replace(FIGURE_2A, gamma_tilde_y=0.05)
FIGURE_3 = SpikedSpec(
    kappa=(3.0, 2.0, 1.5), gamma_x=0.5, gamma_y=0.05, gamma_tilde_x=1.0, gamma_tilde_y=50.0
)
UNEQUAL = SpikedSpec(
    d=7,
    k=3,
    kappa=(3.0, 2.0, 1.0),
    gamma_x=(0.5, 0.0, 1.0),
    gamma_y=(0.1, 0.4, 2.0),
    gamma_tilde_x=(1.0, 2.0, 0.5, 1.0),
    gamma_tilde_y=(5.0, 0.3, 1.5, 0.1),
    nu=(0.9, 0.5, 0.0, 0.3),
)

AXES = {
    "kappa": (0.0, 4.0),
    "gamma_x": (0.0, 3.0),
    "gamma_y": (0.0, 3.0),
    "gamma_tilde_x": (0.01, 10.0),
    "gamma_tilde_y": (0.01, 10.0),
    "nu": (0.0, 1.0),
    RATIO: (0.0, 1.0),
}

LEAST = 1e-100
"""The square of a smaller kappa underflows."""

pairs_of_axes = st.permutations(PARAMETERS).map(lambda order: order[:2])
share = st.floats(0, 1).map(lambda number: round(number, 6))
shares = st.lists(share, min_size=1, max_size=4)


def along(parameter, share):
    low, high = AXES[parameter]
    return low + (high - low) * np.asarray(share)


def at(spec, over_x, x, over_y, y):
    """The spec with both parameters changed; the ratio of kappas after the largest kappa."""
    changes = sorted([(over_x, x), (over_y, y)], key=lambda change: change[0] == RATIO)
    for parameter, value in changes:
        spec = varied(spec, parameter, float(value))
    return spec


def distance_from_1(spec, objective):
    return abs(getattr(separation_ratios(spec), objective) - 1)


# --- One parameter changed ---


@given(specs(), st.sampled_from(PARAMETERS[:-1]), st.floats(0.01, 1))
def test_a_tuple_keeps_its_pattern(spec, parameter, value):
    before, changed = spec.values(parameter), varied(spec, parameter, value)
    assert changed.values(parameter).max() == value
    if before.max() > 0:
        np.testing.assert_allclose(
            changed.values(parameter), before / before.max() * value, rtol=1e-14
        )
    assert replace(changed, **{parameter: getattr(spec, parameter)}) == spec


@given(specs(), st.floats(0, 1))
def test_the_ratio_makes_a_geometric_series_from_the_largest_kappa(spec, ratio):
    kappa = varied(spec, RATIO, ratio).values("kappa")
    assert kappa[0] == spec.values("kappa").max()
    np.testing.assert_allclose(kappa[1:], ratio * kappa[:-1], rtol=1e-14)


@pytest.mark.parametrize("parameter", ["kappa", "gamma_x", "nu"])
def test_a_tuple_of_zeros_becomes_the_value_everywhere(parameter):
    zeros = (0.0,) * (17 if parameter == "nu" else 3)
    found = varied(SpikedSpec(**{parameter: zeros}), parameter, 0.5)
    np.testing.assert_array_equal(found.values(parameter), 0.5)


def test_one_number_stays_one_number():
    assert varied(SpikedSpec(), "nu", 0.25) == SpikedSpec(nu=0.25)
    assert varied(SpikedSpec(), "kappa", np.int64(3)) == SpikedSpec(kappa=3.0)
    assert varied(SpikedSpec(k=1), RATIO, 0.5) == SpikedSpec(k=1)


@pytest.mark.parametrize(
    ("parameter", "value", "reason"),
    [
        ("mu", 0.5, "'mu' is not a parameter: use one of kappa, .*kappa_ratio"),
        ("d", 5, "'d' is not a parameter"),
        ("nu", 1.5, "nu = 1.5: a correlation must be in"),
        ("nu", np.nan, "nu = nan"),
        ("kappa", -1, "kappa = -1.*: a standard deviation must be 0 or more"),
        ("kappa", np.inf, "kappa = inf"),
        ("gamma_tilde_x", 0, "gamma_tilde_x = 0.*: a variance must be positive"),
        (RATIO, 1.1, "kappa_ratio = 1.1 is out of range"),
        (RATIO, -0.1, "kappa_ratio = -0.1 is out of range"),
        (RATIO, np.nan, "kappa_ratio = nan is out of range"),
        ("nu", "0.5", "nu = '0.5' is not a number"),
        ("nu", True, "nu = True is not a number"),
    ],
)
@pytest.mark.parametrize("spec", [SpikedSpec(), replace(UNEQUAL, d=7)])
def test_impossible_changes_are_refused(spec, parameter, value, reason):
    with pytest.raises(ValueError, match=reason):
        varied(spec, parameter, value)


@given(specs(), st.sampled_from(PARAMETERS), share, share)
def test_ratios_are_monotone_in_every_parameter(spec, parameter, a, b):
    low, high = (
        separation_ratios(varied(spec, parameter, float(along(parameter, share))))
        for share in sorted([a, b])
    )
    weak, strong = (low, high) if parameter in RISING else (high, low)
    for objective in OBJECTIVES:
        assert getattr(weak, objective) <= getattr(strong, objective) * (1 + 1e-12)


# --- A plane ---


@given(specs(), pairs_of_axes, shares, shares)
def test_every_cell_of_a_plane_is_the_theory_of_its_spec(spec, axes, across, up):
    over_x, over_y = axes
    xs, ys = along(over_x, across), along(over_y, up)
    found = plane(spec, over_x, xs, over_y, ys)
    assert found.ca.shape == found.codes.shape == found.regime.shape == (len(ys), len(xs))
    for row, y in enumerate(ys):
        for column, x in enumerate(xs):
            expected = separation_ratios(at(spec, over_x, x, over_y, y))
            for objective in OBJECTIVES:
                ratio = getattr(found, objective)[row, column]
                assert ratio == pytest.approx(getattr(expected, objective), rel=1e-12)
            if min(abs(expected.ca - 1), abs(expected.cp - 1)) > 1e-12:  # rounding settles a tie
                assert found.regime[row, column] == expected.regime
            for name in ("rho", "tau", "tau_reverse", "nu", "xi", "xi_reverse"):
                values = getattr(expected, name)
                whole = (len(ys), len(xs), len(values))
                cell = np.broadcast_to(getattr(found.spectra, name), whole)[row, column]
                np.testing.assert_allclose(cell, values, rtol=1e-12)


@given(specs(), pairs_of_axes, shares, shares, st.sampled_from(["cp", "cp_reverse"]))
def test_regimes_of_a_plane_are_the_inequalities_of_its_ratios(spec, axes, xs, ys, prediction):
    over_x, over_y = axes
    found = plane(spec, over_x, along(over_x, xs), over_y, along(over_y, ys), prediction)
    assert found.codes.dtype == np.uint8
    ca, cp = found.ca > 1, getattr(found, prediction) > 1
    np.testing.assert_array_equal(found.regime == "Both", ca & cp)
    np.testing.assert_array_equal(found.regime == "CA only", ca & ~cp)
    np.testing.assert_array_equal(found.regime == "CP only", ~ca & cp)
    np.testing.assert_array_equal(found.regime == "Neither", ~ca & ~cp)


def test_the_phase_plane_has_kappa_across_and_nu_up():
    kappas, nus = np.linspace(0, 3, 31), np.linspace(0, 1, 21)
    found = phase_plane(FIGURE_2A, kappas, nus)
    assert (found.over_x, found.over_y) == ("kappa", "nu")
    assert found.codes.shape == (21, 31)
    np.testing.assert_array_equal(found.xs, kappas)
    np.testing.assert_array_equal(found.ys, nus)
    expected = separation_ratios(replace(FIGURE_2A, kappa=kappas[20], nu=nus[10]))
    assert found.ca[10, 20] == pytest.approx(expected.ca, rel=1e-14)


def test_figure_2_shows_its_regimes():
    kappas, nus = np.linspace(0, 3, 61), np.linspace(0, 1, 61)
    a, b = (set(phase_plane(s, kappas, nus).regime.flat) for s in (FIGURE_2A, FIGURE_2B))
    assert a == {"Both", "CA only", "CP only", "Neither"}
    assert b == {"Both", "CP only", "Neither"}


def test_more_nuisance_correlation_never_helps():
    found = phase_plane(UNEQUAL, np.linspace(0, 4, 20), np.linspace(0, 1, 30))
    for objective in OBJECTIVES:
        ratio = getattr(found, objective)
        assert (ratio[1:] <= ratio[:-1]).all()


def test_integers_lists_and_single_values_are_axes():
    found = plane(SpikedSpec(), "kappa", [2], "nu", (0, 1))
    np.testing.assert_array_equal(found.regime, [["Both"], ["Neither"]])


@pytest.mark.parametrize(
    ("axes", "reason"),
    [
        (("nu", [0.1], "nu", [0.2]), "both axes are nu: choose two different"),
        (("mu", [0.1], "nu", [0.2]), "'mu' is not a parameter"),
        (("kappa", [1.0, 2.0], "nu", [0.5, 1.2]), "nu = 1.2"),
        (("kappa", [1.0, -2.0, 3.0], "nu", [0.5]), "kappa = -2.0"),
        (("kappa", [1.0, np.nan, 3.0], "nu", [0.5]), "kappa = nan"),
        (("kappa", [1.0, np.inf], "nu", [0.5]), "kappa = inf"),
        (("gamma_tilde_y", [0.0, 1.0], "nu", [0.5]), "gamma_tilde_y = 0"),
        ((RATIO, [0.5, 1.5], "nu", [0.5]), "kappa_ratio = 1.5"),
    ],
)
@pytest.mark.parametrize("transposed", [False, True])
def test_impossible_planes_are_refused(axes, reason, transposed):
    axes = (*axes[2:], *axes[:2]) if transposed else axes
    with pytest.raises(ValueError, match=reason):
        plane(SpikedSpec(), *axes)


# --- Thresholds ---


def test_figure_3_has_its_thresholds():
    cp = threshold(FIGURE_3, "cp", "nu", 0, 0.95)
    ca = threshold(FIGURE_3, "ca", "nu", 0, 0.95)
    assert cp == pytest.approx(0.192, abs=0.002)
    assert ca == pytest.approx(0.895, abs=0.002)
    assert cp == pytest.approx(2.25 / np.sqrt(2.75 * 50), rel=1e-14)
    assert ca == pytest.approx(2.25 / np.sqrt(2.75 * 2.3), rel=1e-14)


@given(specs(), st.sampled_from(PARAMETERS), st.sampled_from(OBJECTIVES))
def test_recovery_changes_at_a_threshold_and_nowhere_else(spec, parameter, objective):
    low, high = AXES[parameter]
    found = threshold(spec, objective, parameter, low, high)

    def recovers(value):
        return getattr(separation_ratios(varied(spec, parameter, value)), objective) > 1

    if found is None:
        assert recovers(low) == recovers(high)
    else:
        assert low <= found <= high
        assert distance_from_1(varied(spec, parameter, found), objective) < 1e-9 or found == low
        assume(low < found * (1 - 1e-9) and found * (1 + 1e-9) < high)
        assert recovers(found * (1 - 1e-9)) == (parameter not in RISING)
        assert recovers(found * (1 + 1e-9)) == (parameter in RISING)


@pytest.mark.parametrize(
    ("objective", "parameter"),
    [
        ("ca", "gamma_tilde_x"),
        ("ca", "gamma_tilde_y"),
        ("cp", "gamma_y"),
        ("cp", "gamma_tilde_x"),
        ("cp_reverse", "gamma_x"),
        ("cp_reverse", "gamma_tilde_y"),
    ],
)
def test_there_is_no_threshold_in_a_parameter_that_plays_no_part(objective, parameter):
    assert threshold(FIGURE_2A, objective, parameter, 0.01, 100) is None


def test_there_is_no_threshold_where_one_side_holds_throughout():
    assert threshold(FIGURE_2A, "ca", "nu", 0.0, 0.5) is None
    assert threshold(FIGURE_2A, "ca", "nu", 0.95, 1.0) is None
    assert threshold(FIGURE_2A, "ca", "nu", 0.5, 0.5) is None


# --- Boundaries ---


@pytest.mark.parametrize("spec", [FIGURE_2A, FIGURE_2B])
def test_boundaries_of_figure_2_are_those_of_the_closed_forms(spec):
    found = boundaries(spec, "kappa", np.linspace(0, 3, 61), "nu", 0, 1)
    square, x, y = found.xs**2, spec.gamma_x, spec.gamma_y
    with np.errstate(invalid="ignore"):
        expected = {
            "ca": square / np.sqrt((square + x) * (square + y)),
            "cp": square / np.sqrt((square + x) * spec.gamma_tilde_y),
            "cp_reverse": square / np.sqrt((square + y) * spec.gamma_tilde_x),
        }
    for objective, curve in expected.items():
        np.testing.assert_allclose(
            getattr(found, objective), np.clip(curve, 0, 1), rtol=1e-13, atol=1e-300
        )
    assert found.recovers_below


def test_curves_are_followed_to_where_they_meet_and_leave():
    found = boundaries(FIGURE_2A, "kappa", [0, 1, 3], "nu", 0, 1)
    meeting = np.argmin(np.abs(found.xs - np.sqrt(5 - 0.05)))
    assert found.xs[meeting] == pytest.approx(np.sqrt(5 - 0.05), rel=1e-12)
    assert found.ca[meeting] == pytest.approx(found.cp[meeting], rel=1e-12)
    square = (5 + np.sqrt(5**2 + 4 * 5)) / 2  # kappa^4 = 5 (kappa^2 + 1): CP's curve at nu = 1
    assert np.abs(found.xs - np.sqrt(square)).min() < 1e-12
    square = (1 + np.sqrt(1 + 4 * 0.05)) / 2
    assert np.abs(found.xs - np.sqrt(square)).min() < 1e-12


@given(specs(), pairs_of_axes, st.integers(0, 10_000))
@settings(max_examples=60)
def test_recovery_ends_at_the_curve(spec, axes, seed):
    over_x, over_y = axes
    low, high = AXES[over_y]
    found = boundaries(spec, over_x, along(over_x, np.linspace(0, 1, 6)), over_y, low, high)
    assert found.recovers_below == (over_y not in RISING)
    for column in np.random.default_rng(seed).permutation(len(found.xs))[:6]:
        x = found.xs[column]
        if 0 < x < LEAST:
            continue
        for objective in OBJECTIVES:
            y = getattr(found, objective)[column]

            def recovers(y, x=x, objective=objective):
                here = separation_ratios(at(spec, over_x, x, over_y, y))
                return getattr(here, objective) > 1

            below, above = y + np.array([-1e-9, 1e-9]) * (high - low)
            if below > low:
                assert recovers(below) == found.recovers_below
            if above < high:
                assert recovers(above) != found.recovers_below


@given(specs(), pairs_of_axes)
@settings(max_examples=60)
def test_delta_is_1_on_the_curve(spec, axes):
    over_x, over_y = axes
    low, high = AXES[over_y]
    xs = along(over_x, np.linspace(0.01, 1, 5))
    found = boundaries(spec, over_x, xs, over_y, low, high)
    for objective in OBJECTIVES:
        curve = getattr(found, objective)
        for column in np.flatnonzero((low < curve) & (curve < high))[:8]:
            here = at(spec, over_x, found.xs[column], over_y, curve[column])
            assert distance_from_1(here, objective) < 1e-11


def assert_regions_tile(spec, found, seed, points=12):
    """A random point on the grid of x lies in one region alone, that of its regime."""
    rng = np.random.default_rng(seed)
    for column in rng.integers(0, len(found.xs), points):
        x, y = found.xs[column], rng.uniform(found.low, found.high)
        theory = separation_ratios(at(spec, found.over_x, x, found.over_y, y))
        for prediction in ("cp", "cp_reverse"):
            ratios = theory.ca, getattr(theory, prediction)
            if min(abs(np.array(ratios) - 1)) < 1e-12 or 0 < x < LEAST:  # rounding settles a tie
                continue
            edges = {regime: found.region(regime, prediction) for regime in REGIMES}
            holding = [name for name, (a, b) in edges.items() if a[column] < y < b[column]]
            assert holding == [REGIMES[regime_codes(*ratios)]]


@given(specs(), pairs_of_axes, st.integers(0, 10_000))
@settings(max_examples=60)
def test_regions_tile_the_plane(spec, axes, seed):
    over_x, over_y = axes
    xs = along(over_x, np.linspace(0, 1, 6))
    found = boundaries(spec, over_x, xs, over_y, *AXES[over_y])
    assert set(xs) <= set(found.xs)
    assert (np.diff(found.xs) > 0).all()
    assert_regions_tile(spec, found, seed)


@pytest.mark.parametrize(("over_x", "over_y"), permutations(PARAMETERS, 2))
@pytest.mark.parametrize("spec", [FIGURE_3, UNEQUAL], ids=["Figure 3", "unequal"])
def test_every_two_parameters_have_a_diagram(spec, over_x, over_y):
    xs = along(over_x, np.linspace(0, 1, 8))
    assert_regions_tile(spec, boundaries(spec, over_x, xs, over_y, *AXES[over_y]), 0)


@given(specs(), pairs_of_axes, st.integers(0, 10_000))
@settings(max_examples=20)
def test_regions_tile_the_plane_between_neighbours_of_the_grid(spec, axes, seed):
    """Drawn with straight edges they are right except where they pass, in a fine grid."""
    over_x, over_y = axes
    low, high = AXES[over_y]
    found = boundaries(spec, over_x, along(over_x, np.linspace(0, 1, 201)), over_y, low, high)
    rng = np.random.default_rng(seed)
    for x, y in zip(rng.uniform(*AXES[over_x], 36), rng.uniform(low, high, 36), strict=True):
        expected = separation_ratios(at(spec, over_x, x, over_y, y)).regime
        drawn = {
            name: [np.interp(x, found.xs, edge) for edge in found.region(name)] for name in REGIMES
        }
        right = int(np.searchsorted(found.xs, x))
        steps = [
            np.sort(getattr(found, name)[[right - 1, right]]) for name in ("ca", "cp") if right
        ]
        assume(all(not a <= y <= b for a, b in steps))
        assert [name for name, (a, b) in drawn.items() if a < y < b] == [expected]


@given(
    st.sampled_from(["gamma_tilde_x", "gamma_tilde_y"]),
    st.floats(0.1, 0.9),
    st.floats(0.1, 2),
    st.floats(0.1, 2),
)
@settings(max_examples=40)
def test_a_vertical_boundary_is_one_step(over_y, nu, x, y):
    spec = replace(FIGURE_2A, nu=nu, gamma_x=x, gamma_y=y)
    found = boundaries(spec, "kappa", np.linspace(0, 4, 9), over_y, 0.01, 10)
    step = threshold(spec, "ca", "kappa", 0, 4)
    assume(step is not None)
    left = np.flatnonzero(found.ca == 0.01)[-1]
    np.testing.assert_allclose(found.xs[[left, left + 1]], step, atol=1e-6)
    assert (found.ca[: left + 1] == 0.01).all()  # CA recovers to the right, at every y
    assert (found.ca[left + 1 :] == 10).all()


def test_a_vertical_boundary_stands_beside_a_rising_one():
    spec = replace(FIGURE_2A, nu=0.5)
    found = boundaries(spec, "gamma_tilde_y", np.linspace(0.01, 10, 7), "kappa", 0, 3)
    step = threshold(spec, "ca", "kappa", 0, 3)
    np.testing.assert_allclose(found.ca, step, rtol=1e-14)
    assert not found.recovers_below
    # kappa^4 = nu^2 gt_y (kappa^2 + gamma_x)
    b = 0.25 * found.xs
    square = (b + np.sqrt(b**2 + 4 * b)) / 2
    np.testing.assert_allclose(found.cp, np.sqrt(square), rtol=1e-13)
    low, high = found.region("Both")
    np.testing.assert_array_equal(low, np.maximum(found.ca, found.cp))
    np.testing.assert_array_equal(high, 3)


def test_a_curve_that_jumps_part_of_the_way_is_a_step():
    # without noise on one coordinate its rho is 1, and no gamma_x changes that
    spec = SpikedSpec(k=2, kappa=(2.0, 1.0), gamma_x=(1.0, 0.0), gamma_y=0.5, gamma_tilde_x=2.0)
    found = boundaries(spec, "nu", np.linspace(0, 1, 11), "gamma_x", 0, 5)
    (jump,) = np.flatnonzero((found.ca[1:] == 0) & (found.ca[:-1] > 0))
    np.testing.assert_allclose(found.xs[[jump, jump + 1]], np.sqrt(1 / 1.5), atol=1e-6)
    assert_regions_tile(spec, found, 0, 40)


def test_a_curve_may_rise_with_the_ratio_of_kappas():
    spec = replace(FIGURE_3, nu=0.1)
    found = boundaries(spec, "nu", np.linspace(0, 1, 11), RATIO, 0, 1)
    assert not found.recovers_below
    assert_regions_tile(spec, found, 0, 40)


@pytest.mark.parametrize(("over_x", "over_y"), [("kappa", RATIO), (RATIO, "kappa")])
@pytest.mark.parametrize("kappa", [0.0, 1.0])
def test_what_a_spec_has_on_the_axes_is_nothing_to_the_boundaries(over_x, over_y, kappa):
    spec = replace(FIGURE_2A, nu=0.6)
    xs = along(over_x, np.linspace(0, 1, 7))
    low, high = (0.7, 1) if over_y == RATIO else (0, 3)
    found = boundaries(replace(spec, kappa=kappa), over_x, xs, over_y, low, high)
    expected = boundaries(replace(spec, kappa=2.0), over_x, xs, over_y, low, high)
    np.testing.assert_allclose(found.xs, expected.xs, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found.ca, expected.ca, rtol=1e-9)


@pytest.mark.parametrize("over_y", ["nu", "gamma_tilde_y"])
def test_a_logarithmic_axis_may_be_wide(over_y):
    xs = np.geomspace(1e-8, 1e6, 30)
    spec = replace(FIGURE_2A, **NO_NOISE)
    for over_x in ("kappa", "gamma_x", "gamma_tilde_x"):
        found = boundaries(spec, over_x, xs, over_y, 1e-8, 1)
        assert np.isfinite([found.ca, found.cp, found.cp_reverse]).all()
        assert_regions_tile(spec, found, 0)


@pytest.mark.parametrize("kappa", [0.01, 1.0])
def test_a_vertical_boundary_is_one_step_on_a_wide_logarithmic_axis(kappa):
    spec = replace(FIGURE_2A, kappa=kappa)
    found = boundaries(spec, "gamma_tilde_y", np.geomspace(1e-10, 1e4, 15), "gamma_y", 0, 1)
    step = threshold(spec, "cp", "gamma_tilde_y", 1e-10, 1e4)
    left = np.flatnonzero(found.cp == 1)[-1]
    np.testing.assert_allclose(found.xs[[left, left + 1]], step, rtol=1e-3)


def test_one_x_is_enough():
    found = boundaries(FIGURE_2A, "kappa", [2], "nu", 0, 1)
    np.testing.assert_array_equal(found.xs, [2.0])
    assert found.ca[0] == pytest.approx(4 / np.sqrt(5 * 4.05), rel=1e-14)


@pytest.mark.parametrize(
    ("over_x", "over_y", "played"),
    [
        ("kappa", "nu", "gamma_tilde_y"),
        ("nu", "kappa", "gamma_x"),
        ("gamma_tilde_x", "kappa", "nu"),
        (RATIO, "gamma_x", "kappa"),
    ],
)
@pytest.mark.parametrize("spec", [FIGURE_2A, replace(FIGURE_2A, d=4, k=2, kappa=(3.0, 1.0))])
def test_pictures_drawn_together_are_those_drawn_one_by_one(spec, over_x, over_y, played):
    axes = tuple((name, tuple(along(name, np.linspace(0, 1, 9)))) for name in (over_x, over_y))
    steps = along(played, np.linspace(0, 1, 7))
    together = pictures(spec, axes, "cp_reverse", played, steps)
    for step, found in zip(steps, together, strict=True):
        alone = picture(varied(spec, played, step), axes, "cp_reverse")
        for one, other in zip(found, alone, strict=True):
            for name, values in vars(other).items():
                if name != "spectra":
                    np.testing.assert_array_equal(getattr(one, name), values)


def test_a_range_of_no_height_has_no_region():
    found = boundaries(FIGURE_2A, "kappa", [0, 1, 2], "nu", 0.5, 0.5)
    for regime in REGIMES:
        low, high = found.region(regime)
        assert (high <= low).all()


@pytest.mark.parametrize("nu", [0.0, 1.0])
def test_a_diagram_where_nothing_changes_is_one_region(nu):
    spec = replace(FIGURE_2A, nu=nu, kappa=0.0 if nu else 2.0)
    found = boundaries(spec, "gamma_x", [0, 1, 2], "gamma_y", 0, 2)
    low, high = found.region("Neither" if nu else "Both")
    np.testing.assert_array_equal(low, 0)
    np.testing.assert_array_equal(high, 2)


@pytest.mark.parametrize(
    ("over_x", "xs", "over_y", "low", "high", "reason"),
    [
        ("nu", [0, 1], "nu", 0, 1, "both axes are nu"),
        ("kappa", [0, np.nan], "nu", 0, 1, "kappa = nan"),
        ("kappa", [0, 1], "nu", 0, 2, "nu = 2"),
        ("kappa", [0, 1], "gamma_tilde_y", 0, 2, "gamma_tilde_y = 0"),
        ("mu", [0, 1], "nu", 0, 1, "'mu' is not a parameter"),
    ],
)
def test_impossible_diagrams_are_refused(over_x, xs, over_y, low, high, reason):
    with pytest.raises(ValueError, match=reason):
        boundaries(SpikedSpec(), over_x, xs, over_y, low, high)


@pytest.mark.parametrize(
    ("objective", "parameter", "low", "high", "message"),
    [
        ("cca", "kappa", 0.0, 1.0, "'cca' is not an objective: use one of ca, cp, cp_reverse"),
        ("ca", "temperature", 0.0, 1.0, "'temperature' is not a parameter: use one of"),
        ("ca", "kappa", 2.0, 1.0, "from low = 2 to high = 1: give the lower end first"),
        ("ca", "nu", 0.0, 1.5, "nu = 1.5"),
    ],
)
def test_a_threshold_of_something_unknown_is_refused(objective, parameter, low, high, message):
    with pytest.raises(ValueError, match=message):
        threshold(SpikedSpec(), objective, parameter, low, high)


def test_borders_of_a_range_upside_down_are_refused():
    with pytest.raises(ValueError, match="nu goes from low = 1 to high = 0: give the lower end"):
        boundaries(SpikedSpec(), "kappa", [1.0, 2.0], "nu", 1.0, 0.0)
    with pytest.raises(ValueError, match="the values of kappa are descending: sort them"):
        boundaries(SpikedSpec(), "kappa", [2.0, 1.0], "nu", 0.0, 1.0)


def test_an_axis_without_values_is_refused():
    with pytest.raises(ValueError, match="the axis nu has no values: give at least one"):
        phase_plane(SpikedSpec(), [1.0], [])
    with pytest.raises(ValueError, match="the axis kappa has no values"):
        boundaries(SpikedSpec(), "kappa", [], "nu", 0.0, 1.0)
