import weakref
from dataclasses import asdict
from inspect import signature
from itertools import pairwise

import numpy as np
import pytest

from alignlab.diagnosis.pairing import KEPT
from alignlab.diagnosis.run import diagnose, diagnose_chunks, work_of
from alignlab.diagnosis.spec import DiagnosisSpec
from alignlab.spiked.model import OBJECTIVES, SpikedSpec, sample_spiked
from alignlab.spiked.theory import REGIMES, separation_ratios
from tests.benchmarks.diagnose import grid, problem, verdicts

BOTH = SpikedSpec(kappa=2.0, nu=0.3)


def spiked(n=400, spec=BOTH, seed=0):
    return problem(spec, n, seed)


@pytest.fixture(scope="module")
def found():
    X, Y, labels = spiked(n=1500)
    return diagnose(X, Y, labels)


@pytest.mark.parametrize(("n", "most"), [(500, 5), (2000, 2)])
def test_regimes_of_a_balanced_grid_are_found(n, most):
    specs = grid(40, seed=21)
    wrong = [
        a != separation_ratios(spec).regime
        for a, spec in zip(verdicts(specs, n), specs, strict=True)
    ]
    assert sum(wrong) <= most  # 95 % and 99 % over many draws, with room for 40


def test_near_a_boundary_it_says_undetermined_more_often_than_it_is_wrong():
    specs = grid(40, seed=22, low=1, high=1.05)
    regimes = verdicts(specs, 500)
    truth = [separation_ratios(spec).regime for spec in specs]
    undetermined = regimes.count("Undetermined")
    right = sum(a == b for a, b in zip(regimes, truth, strict=True))
    assert undetermined > len(specs) - undetermined - right


@pytest.mark.parametrize("n", [200, 1000])
def test_permuted_pairs_claim_nothing(n):
    for seed, spec in enumerate(grid(12, seed=23)):
        X, Y, labels = problem(spec, n, seed)
        result = diagnose(X, np.random.default_rng(seed).permutation(Y), labels)
        assert result.regime == "Undetermined"
        assert "no signal found" in result.reason
        assert result.recommendation.objective == "none"


@pytest.mark.parametrize("n", [40, 300])
def test_independent_views_with_half_as_many_features_as_pairs_are_not_aligned(n):
    rng = np.random.default_rng(n)
    X, Y = rng.standard_normal((2, n, n // 2))
    result = diagnose(X, Y, X[:, :2] + 0.5 * rng.standard_normal((n, 2)))
    assert result.regime == "Undetermined"
    assert result.spectra["ca"].values[0] > 0.3  # explained by the null
    assert result.spectra["ca"].values[0] < 1.1 * result.spectra["ca"].floor


def test_ratios_are_those_of_the_population(found):
    truth = separation_ratios(BOTH)
    assert found.delta_ca == pytest.approx(truth.ca, rel=0.1)
    assert found.delta_cp == pytest.approx(truth.cp, rel=0.15)
    assert found.delta_cp_reverse == pytest.approx(truth.cp_reverse, rel=0.15)
    assert found.regime == "Both"
    assert found.support > 0.9
    assert found.directions == 3


def test_values_are_in_the_units_of_the_data(found):
    truth = separation_ratios(BOTH)
    np.testing.assert_allclose(found.population.signal["cp"], truth.tau, rtol=0.1)
    assert found.population.nuisance["cp"] == pytest.approx(truth.xi.max(), rel=0.15)
    np.testing.assert_allclose(found.population.signal["ca"], truth.rho, rtol=0.1)
    assert found.population.nuisance["ca"] == pytest.approx(0.3, rel=0.15)


def test_what_training_sees_has_more_nuisance_than_the_population():
    for n in (200, 1500):
        result = diagnose(*spiked(n=n, spec=SpikedSpec(kappa=1.5, nu=0.6)))
        for name in OBJECTIVES:
            assert result.sample.nuisance[name] > result.population.nuisance[name]
            assert result.sample.ratios[name] < result.population.ratios[name]


def test_the_sample_reading_is_the_spectrum_of_the_sample(found):
    for name in OBJECTIVES:
        both = np.r_[found.sample.signal[name], found.sample.nuisance[name]]
        assert found.spectra[name].values[0] == pytest.approx(both.max(), rel=0.02)


def test_intervals_hold_the_estimate_and_shrink_with_n(found):
    few = diagnose(*spiked(n=300))
    for name in OBJECTIVES:
        low, high = found.intervals[name]
        assert low < found.population.ratios[name] < high
        wide = np.subtract(*few.intervals[name][::-1]) / few.population.ratios[name]
        assert wide > (high - low) / found.population.ratios[name]


def test_intervals_cover_the_truth():
    """90 % intervals, under the model that the analysis assumes."""
    spec = SpikedSpec(kappa=(2.0, 1.5, 1.2), nu=0.5)
    truth = separation_ratios(spec)
    expected = dict(zip(OBJECTIVES, (truth.ca, truth.cp, truth.cp_reverse), strict=True))
    found = [diagnose(*problem(spec, 400, seed)).intervals for seed in range(40)]
    covered = {
        name: sum(one[name][0] < delta < one[name][1] for one in found)
        for name, delta in expected.items()
    }
    assert min(covered.values()) >= 32


def test_strong_components_are_the_shared_ones(found):
    component = found.spectra["ca"]
    assert (component.shared[:3] > 0.9).all()
    assert (component.shared[3:] < 0.1).all()
    assert component.r2[:3].min() > 5 * component.r2[3:].max()


def noisy(n=600, width=6):
    """Two noisy observations of z (n, 2): together they predict it better than either."""
    rng = np.random.default_rng(5)
    z = rng.standard_normal((n, 2))
    views = (
        np.hstack([z, np.zeros((n, width))]) + rng.standard_normal((n, 2 + width)) for _ in range(2)
    )
    return *views, z


def test_the_recommendation_is_the_advice_with_its_numbers():
    result = diagnose(*noisy(), resamples=10)
    one, recommendation = result.advice.both, result.recommendation
    assert one.objective == recommendation.objective == "CA"
    assert recommendation.direction == "symmetric"
    assert f"{one.method} with k = {one.k}" in recommendation.reason
    assert f"of {one.against}" in recommendation.reason
    for number in (one.score, one.untrained):
        assert f"{number:.2f}" in recommendation.reason
    for number in (one.gain, one.low, one.high):
        assert f"{number:+.3f}" in recommendation.reason
    assert one.low > 0.02
    assert str(recommendation).startswith("CA: ")


def test_the_recommendation_says_where_theory_says_something_else():
    """Theory would align, but y alone predicts the labels better than the shared dimensions."""
    result = diagnose(*spiked(n=1000, spec=SpikedSpec(kappa=0.6, nu=0.3)), resamples=10)
    assert result.regime == "CA only"
    assert result.recommendation.objective == result.advice.objective == "none"
    assert result.advice.both.high < 0
    reason = result.recommendation.reason
    assert "no trained representation beats y alone" in reason
    assert "in theory CA" in reason
    assert "would keep every label direction (Delta above 1)" in reason


def test_what_is_too_close_to_call_is_recommended_by_none_and_said():
    spec = SpikedSpec(kappa=2.0, gamma_tilde_y=0.05, nu=0.6)
    result = diagnose(*spiked(n=1000, spec=spec), resamples=10)
    assert result.advice.objective == "undetermined"
    assert result.recommendation.objective == "none"
    assert "too close to call" in result.recommendation.reason


def test_swapping_the_views_swaps_the_directions():
    X, Y, labels = spiked(n=600)
    forward, backward = diagnose(X, Y, labels), diagnose(Y, X, labels)
    assert backward.delta_ca == pytest.approx(forward.delta_ca, rel=0.02)
    assert backward.delta_cp == pytest.approx(forward.delta_cp_reverse, rel=0.02)


def test_rotating_scaling_and_moving_the_views_changes_nothing():
    X, Y, labels = spiked(n=600)
    Q = np.linalg.qr(np.random.default_rng(3).standard_normal((20, 20)))[0]
    one, other = diagnose(X, Y, labels), diagnose(1e3 * X @ Q - 7, 1e-3 * Y, 5 * labels + 2)
    for name in ("delta_ca", "delta_cp", "delta_cp_reverse", "support"):
        assert getattr(other, name) == pytest.approx(getattr(one, name), rel=1e-6)


def test_mixed_features_are_not_taken_for_the_axes_of_the_model():
    X, Y, labels = spiked(n=2000)
    mixed = diagnose(X @ np.random.default_rng(1).standard_normal((20, 20)), Y, labels)
    assert diagnose(X, Y, labels).axes
    assert not mixed.axes
    assert mixed.delta_ca == pytest.approx(separation_ratios(BOTH).ca, rel=0.15)


def test_the_seed_decides_everything():
    data = spiked()
    assert diagnose(*data, seed=3).intervals == diagnose(*data, seed=3).intervals
    assert diagnose(*data, seed=3).intervals != diagnose(*data, seed=4).intervals


def test_chunks_give_the_same_verdict():
    X, Y, labels = spiked(n=700)
    labels[::3] = np.nan
    whole = diagnose(X, Y, labels)
    cuts = [0, 5, 130, 131, 600, 700]
    parts = [slice(a, b) for a, b in pairwise(cuts)]
    cut = diagnose_chunks(lambda: ((X[part], Y[part], labels[part]) for part in parts))
    assert (cut.regime, cut.labelled) == (whole.regime, whole.labelled)
    for name in ("delta_ca", "delta_cp", "delta_cp_reverse", "support"):
        assert getattr(cut, name) == pytest.approx(getattr(whole, name), rel=1e-8)
    assert cut.pairing.coupling.z == pytest.approx(whole.pairing.coupling.z, rel=1e-6)


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("constant view", "Y is constant"),
        ("identical", "X and Y are identical"),
        ("few", "29 pairs are too few"),
        ("one class", "one class only, star"),
        ("few labels", "10 rows have a label"),
    ],
)
def test_bad_chunks_are_named(what, message):
    X, Y, labels = broken(what)
    halves = (slice(None, 20), slice(20, None))
    with pytest.raises(ValueError, match=message):
        diagnose_chunks(lambda: [(X[half], Y[half], labels[half]) for half in halves])


def test_chunks_with_labels_and_without_are_refused():
    X, Y, labels = spiked(n=100)
    with pytest.raises(ValueError, match="some chunks have labels"):
        diagnose_chunks(lambda: [(X, Y, labels), (X, Y)])


def test_chunks_of_another_width_are_refused():
    X, Y, _ = spiked(n=100)
    with pytest.raises(ValueError, match="Y has 19 columns in a chunk and 20 in those before"):
        diagnose_chunks(lambda: [(X, Y), (X, Y[:, 1:])])


def test_chunks_that_come_once_only_are_refused():
    once = iter([spiked(n=100)])
    with pytest.raises(ValueError, match="100 rows when they were read first and 0 when"):
        diagnose_chunks(lambda: once)


def test_missing_labels_are_left_out():
    X, Y, labels = spiked(n=1500)
    labels[250:] = np.nan
    result = diagnose(X, Y, labels)
    assert (result.n, result.labelled) == (1500, 250)
    assert result.regime == "Both"


@pytest.mark.parametrize("kind", ["names", "integers", "booleans", "objects", "gaps"])
def test_classes_see_the_directions_that_part_them(kind):
    spec = SpikedSpec(k=1, kappa=2.0, nu=0.2)
    X, Y, labels = spiked(n=1000, spec=spec)
    high = labels[:, 0] > 0
    given = {
        "names": np.where(high, "giant", "dwarf"),
        "integers": high.astype(int),
        "booleans": high,
        "gaps": np.r_[np.nan, high[1:].astype(float)],
        "objects": np.array([None, *np.where(high, "giant", "dwarf")[1:]], dtype=object),
    }[kind]
    result = diagnose(X, Y, given)
    assert result.directions == 1
    assert result.regime == separation_ratios(spec).regime
    assert result.labelled == 1000 - (kind in ("objects", "gaps"))


def test_labels_that_nothing_tells_leave_it_undetermined():
    X, Y, _ = spiked()
    result = diagnose(X, Y, np.random.default_rng(8).standard_normal(len(X)))
    assert result.regime == "Undetermined"
    assert "neither view predicts the labels" in result.reason
    assert result.population is None


def test_without_labels_there_are_spectra_and_pairing_only():
    X, Y, _ = spiked()
    result = diagnose(X, Y)
    assert result.regime == "Undetermined"
    assert "no labels" in result.reason
    assert np.isnan([result.delta_ca, result.support]).all()
    for strength in (result.pairing.cka, result.pairing.knn, result.pairing.retrieval):
        assert strength.value > strength.edge
        assert strength.p == pytest.approx(1 / 101)
    assert result.spectra["ca"].values[0] > result.spectra["ca"].floor


def test_broken_pairs_have_no_strength():
    X, Y, _ = spiked()
    pairing = diagnose(X, np.random.default_rng(0).permutation(Y)).pairing
    assert abs(pairing.coupling.z) < 4
    assert min(pairing.cka.p, pairing.knn.p, pairing.retrieval.p) > 0.01


def test_work_can_be_watched_and_has_an_early_verdict():
    work = work_of(*spiked(), DiagnosisSpec(resamples=20))
    with pytest.raises(RuntimeError, match="no result yet"):
        work.result()
    seen, early = [], None
    for _ in work.run():
        seen.append(work.done)
        assert work.done <= work.total
        if work.ready and early is None:
            early = work.result()
    assert seen == list(range(1, work.total + 1))
    assert (early.regime, early.resamples) == ("Both", 0)
    assert early.pairing is None
    assert work.result().resamples == 20


def test_finished_work_holds_neither_views_nor_rows_of_them():
    X, Y, labels = spiked()
    views = [weakref.ref(view) for view in (X, Y)]
    work = work_of(X, Y, labels, DiagnosisSpec(resamples=5))
    del X, Y, labels
    assert all(view() is not None for view in views)
    for _ in work.run():
        pass
    assert all(view() is None for view in views)
    assert work.gathered.pairs._rows is None
    assert work.result().regime == "Both"


def test_stopped_work_holds_no_views():
    X, Y, labels = spiked()
    work = work_of(X, Y, labels)
    steps = work.run()
    next(steps)
    steps.close()
    assert work.chunks is None


def test_components_are_the_leading_ones():
    X, Y, labels = spiked(n=600)
    fewer = diagnose(X, Y, labels, components=7)
    assert fewer.components == (7, 7)
    leading = []
    for view in (X, Y):
        V = np.linalg.svd(view - view.mean(0), full_matrices=False)[2][:7].T
        leading.append(view @ V)
    expected = diagnose(*leading, labels)
    for name in ("delta_ca", "delta_cp", "delta_cp_reverse"):
        assert getattr(fewer, name) == pytest.approx(getattr(expected, name), rel=1e-6)
    assert fewer.explained[0] < 1
    chunked = diagnose_chunks(lambda: [(X, Y, labels)], components=7, ridge=0.1)
    assert chunked.delta_ca == diagnose(X, Y, labels, components=7, ridge=0.1).delta_ca


def test_defaults_are_all_components_and_no_ridge():
    X, Y, labels = spiked()
    given = diagnose(X, Y, labels, components=100, ridge=0.0)
    default = diagnose(X, Y, labels)
    assert given.intervals == default.intervals
    assert given.pairing.coupling.z == default.pairing.coupling.z


def test_ridge_is_added_to_the_variances():
    """Regularised canonical correlations, by the formula."""
    X, Y, labels = spiked(n=600)
    ridge = 0.3
    found = diagnose(X, Y, labels, ridge=ridge, resamples=5)
    roots = []
    for view in (X, Y):
        S = np.cov(view.T, bias=True)
        variances, V = np.linalg.eigh(S + ridge * np.trace(S) / len(S) * np.eye(len(S)))
        roots.append((V * variances**-0.5) @ V.T)
    Sxy = (X - X.mean(0)).T @ (Y - Y.mean(0)) / len(X)
    expected = np.linalg.svd(roots[0] @ Sxy @ roots[1], compute_uv=False)
    np.testing.assert_allclose(found.spectra["ca"].values, expected, rtol=1e-6)
    expected = np.linalg.svd(roots[0] @ Sxy, compute_uv=False)
    np.testing.assert_allclose(found.spectra["cp"].values, expected, rtol=1e-6)
    assert found.spectra["ca"].floor < diagnose(X, Y, labels).spectra["ca"].floor


def test_a_large_ridge_leaves_all_objectives_alike():
    """Without whitening all three take the leading directions of Sxy."""
    X, Y, labels = spiked(n=1500)
    found = diagnose(X, Y, labels, ridge=1e6, resamples=5)
    signal, nuisance = found.sample.signal, found.sample.nuisance
    ratios = [signal[name].min() / nuisance[name] for name in ("ca", "cp", "cp_reverse")]
    assert ratios == pytest.approx([ratios[0]] * 3, rel=0.1)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"components": 0}, "components = 0 is out of range: it must be at least 1"),
        ({"components": 2.5}, "components = 2.5 is not a whole number"),
        ({"ridge": -1.0}, "ridge = -1.0 is out of range"),
        ({"ridge": np.nan}, "ridge = nan is out of range"),
        ({"resamples": 1}, "resamples = 1 is out of range: it must be at least 2"),
        ({"seed": -1}, "seed = -1 is out of range"),
        ({"scale": "log"}, "scale = 'log' is not known: use auto"),
        ({"kind": "colours"}, "kind is 'colours'"),
    ],
)
def test_bad_settings_are_named(fields, message):
    with pytest.raises(ValueError, match=message):
        diagnose(*spiked(n=100), **fields)
    with pytest.raises(ValueError, match=message):
        diagnose_chunks(lambda: [spiked(n=100)], **fields)


@pytest.mark.parametrize("call", [diagnose, diagnose_chunks])
def test_settings_and_their_defaults_are_those_of_the_spec(call):
    settings = {
        name: one.default
        for name, one in signature(call).parameters.items()
        if name not in ("X", "Y", "labels", "chunks", "progress")
    }
    assert settings == asdict(DiagnosisSpec())


def test_more_features_than_pairs():
    rng = np.random.default_rng(2)
    X, Y, labels = spiked(n=200, spec=SpikedSpec(d=5, k=1, kappa=3.0, nu=0.1))
    wide = [Z @ rng.standard_normal((5, 400)) for Z in (X, Y)]
    assert diagnose(*wide, labels).components == (5, 5)


def test_features_that_vary_in_one_row_do_no_harm():
    X, Y, labels = spiked(n=300)
    rare = np.zeros((300, 5))
    rare[np.arange(5), np.arange(5)] = 1.0
    result = diagnose(np.hstack([X, rare]), Y, labels)
    assert result.regime == diagnose(X, Y, labels).regime


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("size", [1e-4, 1.0, 1e4])
def test_features_that_half_of_the_rows_may_lack_do_no_harm(size):
    X, Y, labels = spiked(n=300)
    rare = size * np.eye(300)[:, :8] * np.linspace(1, 100, 8)
    result = diagnose(np.hstack([X, rare]), Y, labels)
    assert result.regime == diagnose(X, Y, labels).regime
    assert np.isfinite(result.support)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("rows", [1, 2, 3])
@pytest.mark.parametrize("classes", [False, True])
def test_a_view_that_one_fold_holds_all_of_breaks_nothing(rows, classes):
    rng = np.random.default_rng(0)
    X = np.zeros((300, 2))
    X[7 : 7 + rows, 0] = 3.0
    X[7, 1] = 1.0
    Y = rng.standard_normal((300, 5))
    labels = rng.standard_normal(300)
    for seed in range(3):
        found = diagnose(X, Y, labels > 0 if classes else labels, seed, resamples=5)
        assert found.regime == "Undetermined"
        assert abs(found.pairing.held_out.value) <= 1
        assert np.isfinite(found.scores.values).all()


@pytest.mark.filterwarnings("error")
def test_a_view_that_half_of_the_rows_may_lack_breaks_nothing():
    rng = np.random.default_rng(0)
    X = np.zeros((300, 3))
    X[5:8] = 3 * np.eye(3)
    Y = rng.standard_normal((300, 5))
    result = diagnose(X, Y + 10 * X.sum(1, keepdims=True), X[:, 0] + 0.1 * Y[:, 0])
    assert np.isfinite(result.support)
    assert not np.isnan(result.delta_ca)
    low, high = result.intervals["ca"]
    assert low < 1 < high  # three rows of 300 contain all variance of x


def test_features_that_the_rows_of_the_null_lack_do_no_harm():
    rng = np.random.default_rng(1)
    n = 4 * KEPT
    X = rng.standard_normal((n, 5))
    Y = X + rng.standard_normal((n, 5))
    rare = np.zeros((n, 12))
    rare[rng.permutation(n)[:12], np.arange(12)] = rng.uniform(1, 5, 12)  # most are not held
    plain, found = (diagnose(V, Y, X[:, 0], resamples=2) for V in (X, np.hstack([X, rare])))
    assert found.components == (17, 5)
    for name in ("coupling", "cka", "retrieval"):
        expected = getattr(plain.pairing, name).value
        assert getattr(found.pairing, name).value == pytest.approx(expected, rel=0.1)


def test_all_directions_shared_leave_no_nuisance():
    rng = np.random.default_rng(5)
    z = rng.standard_normal((300, 2))
    X, Y = (z + 0.3 * rng.standard_normal((300, 2)) for _ in range(2))
    result = diagnose(X, Y, z)
    assert result.delta_ca == np.inf
    assert result.regime == "Undetermined"
    assert "the label subspace spans all 2 components kept of x and of y" in result.reason
    assert "no nuisance direction remains" in result.reason
    assert result.advice.objective == "CA"  # two noisy observations of z are better than one
    assert result.advice.gain > 0.02


def test_labels_beyond_the_components_kept_are_said_before_all_else():
    X, Y, labels = spiked(n=300)
    result = diagnose(X, Y, labels, components=3)
    assert result.delta_ca == np.inf
    assert result.regime == "Undetermined"
    assert "components of y that are left out also predict the labels" in result.reason
    assert "keep more components" in result.reason


def test_a_view_that_labels_see_all_of_is_undetermined_beside_a_wider_one():
    rng = np.random.default_rng(6)
    z = rng.standard_normal((400, 2))
    X, Y = (z + 0.3 * rng.standard_normal((400, 2)) for _ in range(2))
    wide = np.hstack([Y, 0.1 * rng.standard_normal((400, 100))])
    for data, name in (((X, wide, z), "x"), ((wide, X, z), "y")):
        result = diagnose(*data, resamples=5)
        assert min(result.explained) < 0.99  # the wide view is truncated, which does not matter
        assert (result.regime, result.delta_ca) == ("Undetermined", np.inf)
        assert f"the label subspace spans all 2 components kept of {name}, so" in result.reason
        assert "no nuisance direction remains" in result.reason
        assert result.advice.objective == "CA"


def broken(what):
    X, Y, labels = spiked(n=100)
    if what == "rows":
        Y = Y[:-1]
    if what == "nan":
        X[7, 3] = np.nan
    if what == "text":
        X = np.full((100, 2), "a")
    if what == "few":
        X, Y, labels = X[:29], Y[:29], labels[:29]
    if what == "constant view":
        Y = np.ones_like(Y)
    if what == "identical":
        Y = X.copy()
    if what == "one class":
        labels = np.full(100, "star")
    if what == "one number":
        labels = np.full(100, 2)
    if what == "constant labels":
        labels = np.full(100, 1.5)
    if what == "label rows":
        labels = labels[:-1]
    if what == "few labels":
        labels[10:] = np.nan
    if what == "no label":
        labels[:] = np.nan
    if what == "infinite label":
        labels[4, 1] = np.inf
    if what == "names in columns":
        labels = np.full((100, 2), "a")
    if what == "dict":
        labels = {"labels": labels}
    if what == "dates":
        labels = np.arange(100).astype("datetime64[D]")
    return X, Y, labels


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("rows", "X has 100 rows and Y has 99"),
        ("nan", "row 7, column 3"),
        ("text", "X is not numeric"),
        ("few", "29 pairs are too few"),
        ("constant view", "Y is constant"),
        ("identical", "X and Y are identical"),
        ("one class", "one class only, star"),
        ("one number", "one class only, 2"),
        ("constant labels", "labels are constant"),
        ("label rows", "99 labels for 100 rows"),
        ("few labels", "10 rows have a label"),
        ("no label", "every label is missing"),
        ("infinite label", "infinite value in row 4, column 1"),
        ("names in columns", "one class only, a"),
        ("dict", "labels are a dict"),
        ("dates", "holds dates or durations"),
    ],
)
def test_bad_input_is_named(what, message):
    with pytest.raises(ValueError, match=message):
        diagnose(*broken(what))


def test_grid_is_balanced():
    regimes = [separation_ratios(spec).regime for spec in grid(20, seed=1)]
    assert [regimes.count(regime) for regime in REGIMES] == [5, 5, 5, 5]


def test_sampled_labels_explain_what_they_should():
    data = sample_spiked(BOTH, 5000, 0)
    _, _, labels = problem(BOTH, 5000, 0)
    r = np.corrcoef(data.Z[:, 0], labels[:, 0])[0, 1]
    assert r**2 == pytest.approx(0.8, abs=0.02)
