from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from alignlab.spiked.model import OBJECTIVES, SpikedSpec
from alignlab.spiked.monte_carlo import RECOVERY, Sampling, monte_carlo, noise_floor
from alignlab.spiked.objectives import ERRORS, SOFT_BOTTLENECK, joint_objective
from alignlab.spiked.phase import PARAMETERS, WEAKEST, WEIGHT, varied
from alignlab.spiked.recovery import FINER, MOST, SpikedStudy, point
from alignlab.spiked.theory import separation_ratios
from tests.spiked.test_model import specs

FIGURE_3 = SpikedSpec(
    kappa=(3.0, 2.0, 1.5), gamma_x=0.5, gamma_y=0.05, gamma_tilde_x=1.0, gamma_tilde_y=50.0
)
E3 = SpikedSpec(
    kappa=(3.0, 2.5, 2.0), gamma_x=0.5, gamma_y=0.5, gamma_tilde_x=1.0, gamma_tilde_y=1.0, nu=0.5
)
JOINT = replace(E3, gamma_y=0.1, gamma_tilde_y=10.0, nu=0.4**0.5)
SILENT = replace(FIGURE_3, gamma_x=0.0)
"""At kappa = 0 coordinates of x have no variance."""

NUS = (0.0, 0.1, 0.3, 0.6, 0.95)


def study(**fields):
    given_fields = {
        "experiment": "distance", "spec": FIGURE_3, "over": "nu", "values": NUS, "n": 100,
        "seeds": (0, 1, 2),
    }  # fmt: skip
    return SpikedStudy(**given_fields | fields)


JOINT_STUDY = study(experiment="joint", spec=JOINT, over=WEIGHT, values=(0.0, 0.1, 1.0, 100.0))
SOFT_STUDY = study(experiment="soft", over=WEAKEST, values=(0.05, 0.5, 5.0))
EACH = {
    "distance": study(),
    "errors": study(experiment="errors"),
    "joint": JOINT_STUDY,
    "soft": SOFT_STUDY,
}
each = pytest.mark.parametrize("name", EACH)


def finished(one):
    work = one.sampling()
    for _ in work.run():
        pass
    return work


def eta(spec):
    x, y = spec.values("gamma_tilde_x"), spec.values("gamma_tilde_y")
    return spec.values("nu") * np.sqrt(x * y)


def ratios(one):
    return one.theory[[f"delta {name}" for name in ("ca", "cp")]].to_numpy().T


# --- Settings of the papers ---


def test_thresholds_of_figure_3():
    found = study(values=tuple(np.linspace(0, 0.95, 30))).thresholds
    assert found["ca"] == pytest.approx(0.895, abs=0.002)
    assert found["cp"] == pytest.approx(0.192, abs=0.002)
    assert "cp_reverse" not in found  # recovers throughout


@pytest.mark.parametrize("values", [(0.0, 1.0), (0.1, 0.95), tuple(np.linspace(0, 1, 7))])
def test_thresholds_do_not_depend_on_the_values_between_which_they_lie(values):
    found = study(values=values).thresholds
    assert found["ca"] == pytest.approx(0.894648, abs=1e-6)
    assert found["cp"] == pytest.approx(0.191881, abs=1e-6)


VARIANCES = tuple(np.geomspace(0.1, 100, 31).tolist())


def test_at_a_fixed_covariance_alignment_gains_and_prediction_does_not_change():
    ca, cp = ratios(study(spec=E3, over="gamma_tilde_y", values=VARIANCES, held="eta"))
    assert (ca[0], ca[-1]) == pytest.approx((0.9, 17.8), abs=0.05)
    uncapped = np.array(VARIANCES) > (0.5 / MOST) ** 2
    assert (np.diff(ca[uncapped]) > 0).all()
    np.testing.assert_allclose(ca[~uncapped], ca[0])
    np.testing.assert_allclose(cp[uncapped], cp[-1])
    assert (np.diff(cp[~uncapped]) < 0).all()


def test_at_a_fixed_correlation_prediction_loses_and_alignment_does_not_change():
    ca, cp = ratios(study(spec=E3, over="gamma_tilde_y", values=VARIANCES, held="nu"))
    np.testing.assert_allclose(ca, ca[0])
    assert (np.diff(cp) < 0).all()
    assert (cp[0], cp[-1]) == pytest.approx((11.9, 0.4), abs=0.05)


def test_the_joint_objective_jumps_where_the_paper_s_does():
    ladder = (0.0, *np.geomspace(0.01, 100, 30).tolist())
    assert replace(JOINT_STUDY, values=ladder).jump == pytest.approx(0.951, abs=0.0005)


def test_the_norm_of_a_weak_direction():
    spec = SpikedSpec(
        kappa=(3.0, 2.5, 2.0), gamma_x=0.5, gamma_y=0.5, gamma_tilde_y=1.0, nu=0.0
    )  # fmt: skip
    found = replace(SOFT_STUDY, spec=spec).population
    assert tuple(found.loc[0.05]) == pytest.approx((406.27, 402), abs=0.005)
    assert (np.diff(found["norm"]) < 0).all()


# --- One point ---


@given(specs(), st.sampled_from(["gamma_tilde_x", "gamma_tilde_y"]), st.floats(0.05, 20))
def test_a_point_keeps_the_covariance_where_the_correlation_allows_it(spec, over, value):
    found = point(spec, over, value, "eta")
    before, after, nu = eta(spec), eta(found), found.values("nu")
    assert (nu <= MOST).all()
    free = nu < MOST
    np.testing.assert_allclose(after[free], before[free], rtol=1e-12, atol=1e-15)
    assert (after[~free] <= before[~free] * (1 + 1e-12)).all()
    assert found.values(over).max() == pytest.approx(value)


@given(specs(), st.sampled_from(PARAMETERS[:-1]), st.floats(0.05, 1))
def test_a_point_with_the_correlation_held_changes_one_parameter_alone(spec, over, value):
    assert point(spec, over, value) == varied(spec, over, value)
    assert replace(point(spec, over, value), **{over: getattr(spec, over)}) == spec


def test_a_covariance_beyond_what_can_be_leaves_the_correlation_at_its_most():
    assert set(point(E3, "gamma_tilde_y", 0.1, "eta").nu) == {0.99}


@pytest.mark.parametrize("held", ["nu", "eta"])
@pytest.mark.parametrize("over", [name for name in PARAMETERS if "tilde" not in name])
def test_what_is_held_matters_to_nuisance_variances_alone(over, held):
    assert point(FIGURE_3, over, 0.3, held) == varied(FIGURE_3, over, 0.3)


@pytest.mark.parametrize("held", ["nu", "eta"])
def test_without_correlation_there_is_none_to_be_held(held):
    found = point(replace(FIGURE_3, nu=0.0), "gamma_tilde_y", 0.1, held)
    np.testing.assert_array_equal(found.values("nu"), 0)


@pytest.mark.parametrize(
    ("kappa", "k", "expected"),
    [(2.0, 3, (2.0, 2.0, 0.5)), ((3.0, 2.0, 1.0), 3, (3.0, 2.0, 0.5)), (2.0, 1, (0.5,))],
)
def test_the_weakest_direction_is_the_last(kappa, k, expected):
    assert point(SpikedSpec(k=k, kappa=kappa), WEAKEST, 0.5).kappa == expected


# --- What is measured ---


@pytest.mark.parametrize(
    ("name", "measure"), [("distance", RECOVERY), ("errors", ERRORS), ("soft", SOFT_BOTTLENECK)]
)
def test_each_experiment_has_its_measure(name, measure):
    assert EACH[name].measure is measure


def test_a_study_measures_its_points():
    one = study()
    found = monte_carlo([varied(FIGURE_3, "nu", nu) for nu in NUS], 100, (0, 1, 2))
    mean, low, high = one.summary(finished(one))
    for name in OBJECTIVES:
        values = getattr(found, name)
        np.testing.assert_allclose(mean[name], values.mean(axis=1), atol=1e-12)
        np.testing.assert_allclose(low[name], np.percentile(values, 10, axis=1), atol=1e-12)
        np.testing.assert_allclose(high[name], np.percentile(values, 90, axis=1), atol=1e-12)


def test_the_joint_study_measures_every_weight_in_the_same_samples():
    found = Sampling([JOINT], 100, (0, 1, 2), joint_objective(JOINT_STUDY.values))
    for _ in found.run():
        pass
    mean, _, _ = JOINT_STUDY.summary(finished(JOINT_STUDY))
    np.testing.assert_allclose(mean["distance"], found.values[0].mean(axis=0), atol=1e-12)


@each
def test_one_row_a_value_and_one_column_a_number(name):
    one = EACH[name]
    columns = ["distance"] if name == "joint" else list(one.measure.names)
    frames = [one.population, *one.summary(finished(one)), *one.summary(one.sampling())]
    for frame in frames:
        assert list(frame.columns) == columns
        assert tuple(frame.index) == one.values
        assert frame.index.name == one.over


@each
def test_the_population_is_the_limit_of_many_pairs(name):
    one = replace(EACH[name], n=10**12, seeds=(0,))
    mean, _, _ = one.summary(finished(one))
    np.testing.assert_allclose(mean, one.population, rtol=1e-3, atol=1e-3)


@each
def test_a_band_holds_the_mean_and_is_a_line_for_one_seed(name):
    mean, low, high = EACH[name].summary(finished(EACH[name]))
    assert ((low <= high + 1e-12).all()).all()
    alone = replace(EACH[name], seeds=(5,))
    mean, low, high = alone.summary(finished(alone))
    np.testing.assert_array_equal(low, mean)
    np.testing.assert_array_equal(high, mean)


@each
def test_a_single_value_is_a_study(name):
    one = replace(EACH[name], values=EACH[name].values[1:2])
    table = one.table(finished(one))
    assert len(table) == 1
    assert table.notna().all(axis=None)
    assert one.thresholds == {}


# --- Partial results ---


def partly(one, known):
    """A sampling with the numbers of some (value, seed) known: each its own place."""
    work = one.sampling()
    for value, number in known:
        work.values[value, number] = 10 * value + number
    return work


def test_nothing_is_known_at_first():
    for frame in EACH["distance"].summary(EACH["distance"].sampling()):
        assert frame.isna().all(axis=None)


def test_a_seed_counts_once_it_has_seen_every_value():
    known = [(value, 0) for value in range(5)] + [(0, 1), (3, 1)]
    mean, low, high = study().summary(partly(study(), known))
    for frame in (mean, low, high):
        np.testing.assert_array_equal(frame["ca"], [0, 10, 20, 30, 40])


def test_values_not_seen_by_the_first_seed_are_missing():
    mean, _, _ = study().summary(partly(study(), [(1, 0), (2, 0)]))
    np.testing.assert_array_equal(mean["cp"], [np.nan, 10, 20, np.nan, np.nan])


def test_all_values_are_averaged_over_the_same_seeds():
    known = [(value, number) for value in range(5) for number in (0, 2)] + [(0, 1)]
    mean, _, _ = study().summary(partly(study(), known))
    np.testing.assert_array_equal(mean["ca"], [1, 11, 21, 31, 41])


def test_a_value_without_variance_stays_missing_and_spares_the_others():
    one = study(spec=SILENT, over="kappa", values=(0.0, 1.0, 2.0))
    mean, _, _ = one.summary(finished(one))
    assert mean.loc[0.0].isna().all()
    assert mean.loc[1.0:].notna().all(axis=None)
    assert one.population.loc[0.0].isna().all()


@given(
    st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=5, max_size=5),
)
def test_a_summary_never_mixes_what_is_known_with_what_is_not(known):
    one = study()
    mean, low, high = one.summary(
        partly(one, [(v, s) for v in range(5) for s in range(3) if known[v][s]])
    )
    table = np.array(known)
    some = table.any(axis=1)
    complete = [s for s in range(3) if some.any() and table[some, s].all()]
    expected = np.where(some, 10 * np.arange(5) + np.mean(complete or [np.nan]), np.nan)
    np.testing.assert_allclose(mean["ca"], expected)
    for frame in (low, high):
        np.testing.assert_array_equal(frame.isna(), mean.isna())


# --- Theory ---


@given(specs(), st.sampled_from(PARAMETERS), st.sampled_from(["nu", "eta"]))
@settings(max_examples=40)
def test_theory_is_that_of_every_point(spec, over, held):
    one = study(spec=spec, over=over, values=(0.1, 0.5, 1.0), held=held)
    theory = one.theory
    for value, at in zip(one.values, one.specs(), strict=True):
        found, row = separation_ratios(at), theory.loc[value]
        assert row["regime"] == found.regime
        for name in OBJECTIVES:
            assert row[f"delta {name}"] == getattr(found, name)
        assert row["signal ca"] == found.rho.min()
        assert row["nuisance ca"] == found.nu.max()
        assert row["signal cp"] == found.tau.min()
        assert row["nuisance cp"] == found.xi.max()
        assert row["signal cp_reverse"] == found.tau_reverse.min()
        assert row["nuisance cp_reverse"] == found.xi_reverse.max()


@given(specs(), st.sampled_from(PARAMETERS), st.sampled_from(["nu", "eta"]))
@settings(max_examples=60)
def test_a_threshold_is_where_recovery_begins_or_ends(spec, over, held):
    one = study(spec=spec, over=over, values=(0.05, 0.3, 1.0), held=held)
    ends = [separation_ratios(at) for at in (one.specs()[0], one.specs()[-1])]
    for name in OBJECTIVES:
        at = one.thresholds.get(name)
        first, last = (getattr(end, name) > 1 for end in ends)
        assert (at is not None) == (first != last)
        if at is None or not 0.051 < at < 0.999:
            continue
        for beside, recovers in ((at - 1e-6, first), (at + 1e-6, last)):
            delta = getattr(separation_ratios(point(spec, over, beside, held)), name)
            assume(abs(delta - 1) > 1e-12)
            assert (delta > 1) == recovers


def test_the_joint_objective_has_no_theory_of_its_own():
    assert JOINT_STUDY.theory.shape == (4, 0)
    assert JOINT_STUDY.thresholds == SOFT_STUDY.thresholds == {}


@pytest.mark.parametrize("name", ["distance", "soft"])
def test_the_floors_of_a_sampling_are_those_of_its_points(name):
    one = EACH[name]
    floors = finished(one).floors
    np.testing.assert_allclose(floors, noise_floor(one.specs(), 100, (0, 1, 2)), rtol=1e-12)
    assert np.isnan(one.sampling().floors).all()


@pytest.mark.parametrize("name", ["errors", "joint"])
def test_where_a_floor_tells_nothing_none_is_measured(name):
    assert finished(EACH[name]).floors.shape == (3, 0)


# --- The cap ---


@given(specs(), st.sampled_from(["gamma_tilde_x", "gamma_tilde_y"]))
def test_below_the_cap_the_covariance_is_not_kept_and_from_it_on_it_is(spec, over):
    one = study(spec=spec, over=over, held="eta", values=(1.0,))
    assume(one.cap > 0)
    for value, kept in ((one.cap * (1 - 1e-6), False), (one.cap * (1 + 1e-6), True)):
        at = point(spec, over, value, "eta")
        assert np.allclose(eta(at), eta(spec), rtol=1e-9, atol=1e-15) == kept
        assert (at.values("nu").max() == MOST) == (not kept)


def test_without_correlation_nothing_is_capped():
    spec = replace(E3, nu=0.0)
    assert study(spec=spec, over="gamma_tilde_y", held="eta", values=VARIANCES).cap == 0


@pytest.mark.parametrize("over", PARAMETERS)
def test_with_the_correlation_held_there_is_no_cap(over):
    assert study(over=over, values=(0.05, 1.0), spec=replace(FIGURE_3, nu=1.0)).cap is None
    if "tilde" not in over:
        assert study(over=over, values=(0.05, 1.0), held="eta").cap is None


# --- The weakest direction ---


def found(values, **fields):
    one = replace(SOFT_STUDY, values=values, **fields)
    return one.found(finished(one))


def test_a_weak_direction_is_found_from_where_it_exceeds_the_noise_on():
    spec = replace(E3, nu=0.0)
    values = tuple(np.geomspace(0.05, 5, 25).tolist())
    at = found(values, spec=spec, n=5000)
    floor = noise_floor([spec], 5000, (0, 1, 2))[0, 0]
    above = [value for value in values if value**2 / (value**2 + 0.5) > floor]
    assert at.index[at].tolist() == above
    assert found(values, spec=spec, n=50_000).sum() > at.sum()


def test_strong_directions_are_all_found():
    assert found((1.0, 2.0), spec=replace(E3, nu=0.0), n=5000).all()


def test_before_the_floors_are_known_no_limit_is():
    assert SOFT_STUDY.found(SOFT_STUDY.sampling()) is None


# --- The population's curve ---


@each
def test_the_population_s_curve_is_finer_and_has_the_same_ends(name):
    one = EACH[name]
    curve = one.population_curve
    assert len(curve) == FINER * len(one.values)
    assert (np.diff(curve.index) > 0).all()
    assert (curve.index[0], curve.index[-1]) == (one.values[0], one.values[-1])
    for end in (0, -1):
        np.testing.assert_allclose(curve.iloc[end], one.population.iloc[end], rtol=1e-9)


@each
def test_the_population_s_curve_is_measured_where_it_stands(name):
    curve = EACH[name].population_curve
    for value in curve.index[5::13]:
        alone = replace(EACH[name], values=(float(value),)).population.iloc[0]
        np.testing.assert_allclose(curve.loc[value], alone, rtol=1e-9, atol=1e-12)


@each
def test_the_curve_of_one_value_is_that_value(name):
    one = replace(EACH[name], values=EACH[name].values[1:2])
    np.testing.assert_array_equal(one.population_curve, one.population)


# --- The jump ---


def test_where_nothing_changes_there_is_no_jump():
    recovered = replace(JOINT, nu=0.1)
    assert replace(JOINT_STUDY, spec=recovered).jump is None
    assert replace(JOINT_STUDY, values=(0.0,)).jump is None
    assert replace(JOINT_STUDY, values=(2.0, 3.0)).jump is None


@pytest.mark.parametrize("top", [6.0, 14.0, 15.0, 30.0, 100.0])
def test_of_several_jumps_between_two_weights_the_first_is_found(top):
    one = study(experiment="joint", spec=FIGURE_3, over=WEIGHT, values=(0.0, top))
    found = separation_ratios(FIGURE_3)
    jumps = (found.xi[0] ** 2 - found.tau**2) / (found.rho**2 - found.nu[0] ** 2)
    assert sorted(jumps) == pytest.approx([5.7412, 14.2447, 19.3662], abs=1e-4)
    assert one.jump == pytest.approx(jumps.min(), abs=1e-6)


@given(st.integers(0, 1000))
@settings(max_examples=30)
def test_the_distance_differs_on_both_sides_of_the_jump(seed):
    rng = np.random.default_rng(seed)
    spec = replace(
        JOINT, kappa=tuple(rng.uniform(0.5, 3, 3).tolist()), nu=float(rng.uniform(0.1, 0.9))
    )
    one = replace(JOINT_STUDY, spec=spec, values=(0.0, *np.geomspace(0.01, 100, 200).tolist()))
    at = one.jump
    assume(at is not None)
    near = (0.0, at * (1 - 1e-5), at * (1 + 1e-5))
    start, before, after = joint_objective(near).in_the_population(spec)
    assert before == pytest.approx(start, abs=1e-6)
    assert abs(after - before) > 1e-3


# --- Tables ---


@each
def test_a_table_has_no_gap_where_all_is_measured(name):
    table = EACH[name].table(finished(EACH[name]))
    assert table.notna().all(axis=None)
    assert list(table.index) == list(EACH[name].values)
    assert table.columns.is_unique
    assert all(dtype == np.float64 for dtype in table.dtypes)


@each
def test_a_table_sets_samples_beside_the_population(name):
    one, work = EACH[name], finished(EACH[name])
    table = one.table(work)
    mean, population = one.summary(work)[0], one.population
    for column in population:
        np.testing.assert_array_equal(table[f"{column} (n = 100)"], mean[column])
        np.testing.assert_array_equal(table[f"{column} (population)"], population[column])


# --- Specs ---


@pytest.mark.parametrize(
    ("experiment", "over", "known"),
    [
        ("distance", "weight", "kappa, .*kappa_ratio"),
        ("distance", "n", "kappa, .*kappa_ratio"),
        ("errors", "kappa_weakest", "kappa, .*kappa_ratio"),
        ("joint", "nu", "weight"),
        ("joint", "kappa_weakest", "weight"),
        ("soft", "kappa", "kappa_weakest"),
        ("soft", "weight", "kappa_weakest"),
    ],
)
def test_what_an_experiment_cannot_vary_is_refused(experiment, over, known):
    with pytest.raises(ValueError, match=f"{over!r} is not known for {experiment}: use {known}"):
        study(experiment=experiment, over=over)


@each
def test_no_values_are_refused(name):
    with pytest.raises(ValueError, match="there are no values: give at least one"):
        replace(EACH[name], values=())


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"values": (0.5, 1.5)}, "nu = 1.5"),
        ({"values": (float("nan"),)}, "nu = nan"),
        ({"over": "kappa", "values": (-1.0,)}, "kappa"),
        ({"over": "gamma_tilde_y", "values": (0.0,)}, "gamma_tilde_y"),
        ({"over": "gamma_tilde_y", "values": (0.0,), "held": "eta"}, "gamma_tilde_y"),
        ({"experiment": "soft", "over": WEAKEST, "values": (-1.0,)}, "kappa"),
        ({"experiment": "joint", "over": WEIGHT, "values": (-1.0,)}, "weight"),
    ],
)
def test_values_out_of_range_are_refused_where_the_study_is_made(fields, reason):
    with pytest.raises(ValueError, match=reason):
        study(**fields)


@pytest.mark.parametrize(("n", "reason"), [(20, "n = 20 pairs of d = 20"), (1, "n = 1")])
def test_too_few_pairs_are_refused(n, reason):
    with pytest.raises(ValueError, match=reason):
        study(n=n).sampling()


def test_no_seeds_are_refused():
    with pytest.raises(ValueError, match="no specs or no seeds"):
        study(seeds=()).sampling()


@each
def test_what_is_printed_makes_the_same_study(name):
    again = eval(repr(EACH[name]), {"SpikedStudy": SpikedStudy, "SpikedSpec": SpikedSpec})
    assert again == EACH[name]
    assert hash(again) == hash(EACH[name])


@given(specs(), st.sampled_from(["nu", "eta"]))
def test_every_spec_survives_being_printed(spec, held):
    one = study(spec=spec, over="gamma_tilde_y", values=(0.1, 1 / 3), held=held, n=10**6)
    assert eval(repr(one), {"SpikedStudy": SpikedStudy, "SpikedSpec": SpikedSpec}) == one


@pytest.mark.parametrize(
    "spec",
    [
        SpikedSpec(d=2, k=1), SpikedSpec(d=3, k=2, kappa=(2.0, 1.0), nu=(0.5,)),
        SpikedSpec(kappa=0.0), SpikedSpec(nu=0.0), SpikedSpec(nu=1.0),
    ],
)  # fmt: skip
@pytest.mark.parametrize("held", ["nu", "eta"])
def test_the_ends_of_the_ranges_can_be_studied(spec, held):
    one = study(spec=spec, over="gamma_tilde_y", values=(0.1, 1.0, 10.0), held=held, n=50)
    table = one.table(finished(one))
    assert table.notna().all(axis=None)
    joint = study(experiment="joint", spec=spec, over=WEIGHT, values=(0.0, 1.0), n=50)
    assert joint.table(finished(joint)).notna().all(axis=None)
