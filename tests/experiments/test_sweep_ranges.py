from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from alignlab.data.synthetic import SyntheticSpec
from alignlab.experiments.sweep_ranges import LAWS, law_lines, sweep_values, thresholds, usual_range
from alignlab.experiments.sweeps import Plan, Sweep, point
from alignlab.grid import spaced
from alignlab.names import FIELD_NAMES
from alignlab.ui.parts.sweeps import OVER

FIELDS = tuple(OVER.options)
SPECS = st.builds(
    SyntheticSpec, n=st.integers(2, 50), k=st.integers(1, 6), d1=st.integers(3, 9),
    d2=st.integers(3, 9), components=st.integers(1, 6), noise=st.sampled_from([0.0, 0.1, 5.0]),
)  # fmt: skip
ENDS = st.floats(1e-3, 1e5)


# --- Values ---


@given(ENDS, ENDS, st.integers(1, 60), st.booleans(), st.booleans())
def test_spaced_values_rise_within_their_range_and_are_no_more_than_asked(a, b, points, log, whole):
    low, high = sorted((a, b))
    values = spaced(low, high, points, log=log, whole=whole)
    assert 1 <= len(values) <= points
    assert (np.diff(values) > 0).all()
    room = 0.5 if whole else 1e-5 * high
    assert low - room <= values[0] <= low + room
    assert values[-1] <= high + room
    assert points == 1 or values[-1] >= high - room
    assert not whole or all(isinstance(value, int) for value in values)


def test_values_are_spaced_evenly_or_evenly_in_the_logarithm():
    assert spaced(0, 1, 5, log=False, whole=False) == (0, 0.25, 0.5, 0.75, 1)
    assert spaced(0.01, 100, 5, log=True, whole=False) == (0.01, 0.1, 1, 10, 100)
    assert spaced(1, 4, 20, log=False, whole=True) == (1, 2, 3, 4)
    assert spaced(3, 3, 20, log=True, whole=False) == (3,)
    assert spaced(2, 9, 1, log=False, whole=False) == (2,)


@pytest.mark.parametrize(
    ("low", "high", "log", "message"),
    [
        (5, 4, False, "from 5 to 4 is empty: swap its ends"),
        (0, 4, True, "cannot start at 0: start above 0"),
        (float("nan"), 4, False, "is empty"),
        (0, float("inf"), False, "is empty"),
    ],
)
def test_a_range_that_is_none_is_refused(low, high, log, message):
    with pytest.raises(ValueError, match=message):
        spaced(low, high, 5, log=log, whole=False)
    with pytest.raises(ValueError, match=message):  # in the units that were asked for
        sweep_values(SyntheticSpec(), "d", 5, low, high, log)


@given(SPECS, st.sampled_from(FIELDS), st.integers(1, 60))
def test_usual_values_are_taken_by_the_sweep_as_they_are(spec, over, points):
    low, high, log = usual_range(spec, over)
    values = sweep_values(spec, over, points, low, high, log)
    assert (np.diff(values) > 0).all()
    for value in values:
        there = point(spec, over, value)
        assert there is not None
        if over == "d":
            assert there.d1 == there.d2 == value / 2
        elif over == "d1_share":
            assert there.d1 == pytest.approx(value * (spec.d1 + spec.d2))
        else:
            assert getattr(there, over) == value


@given(SPECS, st.floats(0, 1), st.floats(0, 1), st.integers(1, 60))
def test_shares_are_whole_numbers_of_features_with_one_at_least_in_each_modality(
    spec, a, b, points
):
    d = spec.d1 + spec.d2
    low, high = sorted((a, b))
    shares = sweep_values(spec, "d1_share", points, low, high, False)
    for share in shares:
        assert share * d == pytest.approx(round(share * d))
        assert 1 <= round(share * d) <= d - 1
        assert low - 1 / d <= share <= high + 1 / d


def test_all_shares_of_few_features_are_swept():
    spec = SyntheticSpec(d1=2, d2=3)
    assert sweep_values(spec, "d1_share", 40, 0, 1, False) == (0.2, 0.4, 0.6, 0.8)
    assert sweep_values(spec, "d1_share", 40, 0.45, 0.55, False) == (0.4, 0.6)
    assert sweep_values(SyntheticSpec(d1=1, d2=1), "d1_share", 40, 0, 1, False) == (0.5,)


def test_features_come_in_pairs():
    assert sweep_values(SyntheticSpec(), "d", 4, 4, 10, False) == (4, 6, 8, 10)
    assert sweep_values(SyntheticSpec(), "d", 60, 3, 9, False) == (4, 6, 8)


# --- Laws ---


def test_thresholds_are_those_of_the_spec():
    clean = SyntheticSpec(n=12, k=3, d1=4, d2=6)
    assert thresholds(clean, "n") == {}
    assert thresholds(clean, "k") == {"k = d/2": 5, "k = d": 10}
    assert thresholds(clean, "d") == {"k = d/2": 6, "k = d": 3}
    noisy = replace(clean, noise=1e-9)
    assert thresholds(noisy, "n") == {"n = d − k": 7}
    assert thresholds(noisy, "k") == {"n = d − k": -2, "k = d": 10}
    assert thresholds(noisy, "d") == {"n = d − k": 15, "k = d": 3}
    for spec in (clean, noisy):
        for over in ("noise", "condition", "components", "d1_share"):
            assert thresholds(spec, over) == {}


@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_where_noise_is_swept_both_its_laws_are_drawn(noise):
    spec = SyntheticSpec(n=12, k=3, d1=4, d2=6, noise=noise)
    ks, sigmas = (1, 2, 3), (0.0, 0.5)
    for lines in (
        law_lines(spec, "noise", sigmas, "k", ks),
        {name: at[::-1] for name, at in law_lines(spec, "k", ks, "noise", sigmas).items()},
    ):
        assert set(lines) == set(LAWS)
        for name, at in {"n = d − k": -2, "k = d/2": 5, "k = d": 10}.items():
            np.testing.assert_array_equal(lines[name], [sigmas, (at, at)])
    only = "n = d − k" if noise else "k = d/2"
    assert set(law_lines(spec, "d", (4, 6), "k", ks)) == {only, "k = d"}


def test_every_swept_field_has_a_name_of_its_own_for_sentences():
    assert set(FIELD_NAMES) == set(FIELDS)
    assert len(set(FIELD_NAMES.values())) == len(FIELD_NAMES)
    assert all(FIELD_NAMES.values())


@given(st.sampled_from(sorted(LAWS)), st.integers(2, 99), st.integers(1, 99), st.integers(1, 99))
def test_every_form_of_a_law_is_the_same_line(law, n, d, k):
    at = {"n": n, "d": d, "k": k}
    for over, solve in LAWS[law].items():
        on_it = at | {over: solve(n, d, k)}
        for other, back in LAWS[law].items():
            assert back(**on_it) == on_it[other]


@given(SPECS, st.sampled_from(FIELDS), st.sampled_from(FIELDS), st.integers(2, 9))
def test_lines_in_a_plane_are_the_thresholds_of_sweeps_through_it(spec, x, y, points):
    assume(x != y)
    xs, ys = (sweep_values(spec, over, points, *usual_range(spec, over)) for over in (x, y))
    lines = law_lines(spec, x, xs, y, ys)
    either = "noise" in (x, y)
    void = set() if either else {"k = d/2" if spec.noise else "n = d − k"}
    laws = {name for name, solve in LAWS.items() if x in solve or y in solve}
    assert set(lines) == laws - void
    for name, (at_x, at_y) in lines.items():
        upright = y not in LAWS[name]
        along, fixed, crossing = (y, at_y, at_x) if upright else (x, at_x, at_y)
        assert tuple(fixed) == (ys if upright else xs)
        for value, found in zip(fixed, crossing, strict=True):
            there = point(spec, along, value)
            if there is not None:
                if either:  # each law is that of its own kind of pairs
                    there = replace(there, noise=float(name == "n = d − k"))
                assert thresholds(there, x if upright else y)[name] == found


@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_the_error_is_rounding_exactly_where_the_lines_or_few_clean_pairs_say(noise):
    spec = SyntheticSpec(d1=4, d2=3, noise=noise)
    ks, ns = tuple(range(1, 9)), (*range(2, 10), 50)
    lines = law_lines(spec, "k", ks, "n", ns)
    few = np.array(LAWS["n = d − k"]["n"](np.nan, 7, np.array(ks)))
    zero = np.array(ns)[:, None] <= few
    if noise:
        np.testing.assert_array_equal(lines["n = d − k"], [ks, few])
    else:
        zero |= np.array(ks) <= lines["k = d/2"][0][0]
    there = np.array(ks) <= lines["k = d"][0][0]
    cmae = measured_map(spec, "k", ks, "n", ns)
    assert (np.isfinite(cmae) == there).all()
    assert (cmae[zero & there] < 1e-9).all()
    assert (cmae[~zero & there] > 1e-3).all()


@pytest.mark.parametrize("x", ["k", "d"])
def test_without_noise_the_error_is_rounding_exactly_up_to_half_of_the_features(x):
    spec = SyntheticSpec(n=200)
    ks, ds = tuple(range(1, 9)), tuple(range(4, 11))
    ahead, up, y = (ks, ds, "d") if x == "k" else (ds, ks, "k")
    cmae = measured_map(spec, x, ahead, y, up)
    line = law_lines(spec, x, ahead, y, up)["k = d/2"][1]
    height = np.array(up)[:, None]
    zero = height >= line if x == "k" else height <= line  # d >= 2 k, or k <= d / 2
    possible = np.isfinite(cmae)
    assert (cmae[zero & possible] < 1e-9).all()
    assert (cmae[~zero & possible] > 1e-3).all()


def measured_map(spec, x, xs, y, ys, seeds=3):
    """The largest CMAE over seeds (ys, xs) of plain perfect alignment, NaN where k > d."""
    sweep = Sweep(spec=spec, over=x, values=xs, over2=y, values2=ys)
    aligners = ("perfect_alignment",)
    plan = Plan(sweeps=(sweep,), seeds=tuple(range(seeds)), aligners=aligners, metrics=("cmae",))
    evaluation = plan.evaluation()
    for _ in evaluation.run():
        pass
    return evaluation.values.max(axis=1).reshape(len(ys), len(xs))
