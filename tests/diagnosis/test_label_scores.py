from itertools import pairwise

import numpy as np
import pytest
import scipy.linalg
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import Ridge

from alignlab.data.label_columns import LabelColumns
from alignlab.diagnosis import passes
from alignlab.diagnosis.block_moments import BLOCKS, FOLDS, BlockMoments, Dealer
from alignlab.diagnosis.label_scores import (
    METHODS,
    PENALTIES,
    UNTRAINED,
    Labelled,
    LabelScores,
    Scoring,
    equal_dimension,
)
from alignlab.diagnosis.passes import Gathering, Survey

RIDGE = 1e-6  # of the whitening, in units of the mean variance


def given(x, y, labels, kind=None):
    """The result of the two passes: moments of all rows, and the labelled rows."""
    scheme = LabelColumns.of(labels, kind=kind)
    L, known = scheme.columns(labels)
    blocks = Dealer(0).deal(len(x))
    moments = BlockMoments(x.shape[1], y.shape[1], L.shape[1])
    moments.add(x, y, L, known, blocks)
    rows = Labelled(x=x[known], y=y[known], L=L[known], blocks=blocks[known], parts=scheme.parts)
    return moments, rows, blocks


def scored(x, y, labels, kind=None, seed=0, divisions=1):
    moments, rows, _ = given(x, y, labels, kind)
    work = Scoring(moments, rows, seed, divisions)
    for _ in work.run():
        pass
    return work.result()


def value(scores, method, k=None):
    return scores.values[scores.place(method, k)]


def pairs(n=300, d1=6, d2=4, shared=2, seed=0):
    """Views that share some coordinates z, and z."""
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((n, shared))
    x = z @ rng.standard_normal((shared, d1)) + rng.standard_normal((n, d1))
    y = z @ rng.standard_normal((shared, d2)) + rng.standard_normal((n, d2))
    return x, y, z


def classes(z):
    """Three classes by the first two coordinates."""
    return np.where(z[:, 0] > 0.6, "a", np.where(z[:, 1] > 0, "b", "c"))


# --- the same computed directly ---


def root(S):
    S = S + RIDGE * np.trace(S) / len(S) * np.eye(len(S))
    return np.linalg.inv(scipy.linalg.sqrtm(S).real)


def representations(x, y, train, k):
    """Every representation of all rows, fitted on the rows `train`."""
    x, y = x - x[train].mean(0), y - y[train].mean(0)
    n = train.sum()
    Sxy, to_x, to_y = (
        x[train].T @ y[train] / n,
        root(x[train].T @ x[train] / n),
        root(y[train].T @ y[train] / n),
    )
    U, _, Vt = scipy.linalg.svd(to_x @ Sxy @ to_y)
    P = scipy.linalg.svd(to_x @ Sxy, full_matrices=False)[0][:, : 2 * k]
    Q = scipy.linalg.svd(Sxy @ to_y, full_matrices=False)[2][: 2 * k].T
    ca_x, ca_y = x @ to_x @ U[:, :k], y @ to_y @ Vt[:k].T
    return {
        "x alone": x,
        "y alone": y,
        "x and y": np.hstack([x, y]),
        "CA": np.hstack([ca_x, ca_y]),
        "CA of x": ca_x,
        "CA of y": ca_y,
        "CP": x @ to_x @ P,
        "CP reversed": y @ to_y @ Q,
    }


def folds(blocks, seed=0):
    """Which rows are held out, fold by fold of the first division."""
    order = np.random.default_rng([seed, 15]).permutation(BLOCKS)
    return [np.isin(blocks, order[fold::FOLDS]) for fold in range(FOLDS)]


def shrunk_discriminant(Z, labels, train, test):
    """Labels predicted by LDA, equal priors, within-class covariance with OAS shrinkage."""
    names = np.unique(labels[train])
    means = np.array([Z[train][labels[train] == name].mean(0) for name in names])
    within = Z[train] - means[np.searchsorted(names, labels[train])]
    unit = within.std(0)
    within, means = within / unit, means / unit
    n, p = len(within) - len(names), within.shape[1]
    S = within.T @ within / len(within)
    if p > 1:
        square, trace = np.trace(S @ S), np.trace(S)
        share = (1 - 2 / p) * square + trace**2
        share = min(1, share / ((n + 1 - 2 / p) * (square - trace**2 / p)))
        S = (1 - share) * S + share * trace / p * np.eye(p)
    distances = [
        np.einsum("ij,ij->i", D, np.linalg.solve(S, D.T).T)
        for D in (Z[test] / unit - mean for mean in means)
    ]
    return names[np.argmin(distances, axis=0)]


def test_classes_are_scored_as_by_plain_discriminant_analysis_of_every_fold():
    x, y, z = pairs()
    labels = classes(z)
    scores = scored(x, y, labels)
    _, _, blocks = given(x, y, labels)
    assert scores.metric == "balanced accuracy"
    for method in METHODS:
        told = np.empty_like(labels)
        for test in folds(blocks):
            Z = representations(x, y, ~test, scores.k)[method]
            told[test] = shrunk_discriminant(Z, labels, ~test, test)
        balanced = np.mean([(told == labels)[labels == name].mean() for name in "abc"])
        assert value(scores, method) == pytest.approx(balanced, abs=1e-9), method


def test_classes_are_scored_much_as_by_scikit_learn():
    x, y, z = pairs(n=1500)
    labels = classes(z)
    scores = scored(x, y, labels)
    _, _, blocks = given(x, y, labels)
    told = np.empty_like(labels)
    for test in folds(blocks):
        probe = LinearDiscriminantAnalysis(priors=np.full(3, 1 / 3)).fit(x[~test], labels[~test])
        told[test] = probe.predict(x[test])
    balanced = np.mean([(told == labels)[labels == name].mean() for name in "abc"])
    assert value(scores, "x alone") == pytest.approx(balanced, abs=0.01)


def held_out_squares(Z, targets, blocks, penalty, units=None):
    """Mean R^2 of columns by scikit-learn's ridge regression of standardised numbers, by fold."""
    error = np.empty_like(targets)
    for test in folds(blocks):
        A = Z(~test)
        A = (A - A[~test].mean(0)) / A[~test].std(0)
        probe = Ridge(alpha=penalty * (~test).sum()).fit(A[~test], targets[~test])
        error[test] = probe.predict(A[test]).reshape(targets[test].shape) - targets[test]
    return 1 - (error**2).mean(0) / (targets.var(0) if units is None else units)


@pytest.mark.parametrize("columns", [1, 2])
def test_numbers_are_scored_as_by_plain_ridge_regression_of_every_fold(columns):
    x, y, z = pairs()
    targets = z[:, :columns] + 0.3 * np.random.default_rng(1).standard_normal((300, columns))
    scores = scored(x, y, targets)
    _, _, blocks = given(x, y, targets)
    assert (scores.metric, scores.chance) == ("R²", 0.0)
    for method in METHODS:

        def seen(train, method=method):
            return representations(x, y, train, scores.k)[method]

        expected = max(
            held_out_squares(seen, targets, blocks, penalty).mean() for penalty in PENALTIES
        )
        assert value(scores, method) == pytest.approx(expected, abs=1e-8), method


def test_columns_of_labels_count_alike_whatever_their_unit_and_number_of_classes():
    x, y, z = pairs()
    named = np.digitize(z[:, 0], [-1, -0.3, 0.3, 1]).astype(str)
    one, other = (np.column_stack([named.astype(object), a * z[:, 1]]) for a in (1.0, 1e5))
    scores = scored(x, y, one)
    np.testing.assert_allclose(scored(x, y, other).values, scores.values, rtol=1e-8)
    _, _, blocks = given(x, y, one)
    indicators = (named[:, None] == np.unique(named)).astype(float)

    def seen(train):
        return x

    expected = max(
        (
            held_out_squares(seen, z[:, 1:], blocks, penalty)[0]
            + held_out_squares(seen, indicators, blocks, penalty, indicators.var(0).sum()).sum()
            - 4  # of every indicator 1 less its error
        )
        / 2
        for penalty in PENALTIES
    )
    assert value(scores, "x alone") == pytest.approx(expected, abs=1e-8)


# --- identities ---


def test_swapped_views_swap_the_methods():
    x, y, z = pairs()
    swap = {
        "x alone": "y alone",
        "CP": "CP reversed",
        "CA of x": "CA of y",
        "x and y": "x and y",
        "CA": "CA",
    }
    swap |= {other: one for one, other in swap.items()}
    for labels in (classes(z), z):
        forward, backward = scored(x, y, labels), scored(y, x, labels)
        assert forward.k == backward.k
        for one, k in zip(forward.methods, forward.dimensions, strict=True):
            assert value(forward, one, k) == pytest.approx(value(backward, swap[one], k), abs=1e-9)


def test_all_of_a_view_projected_tells_as_much_as_the_view():
    x, y, z = pairs(n=2000)
    for labels, near in ((classes(z), 0.01), (z, 0.003)):
        scores = scored(x, y, labels)
        assert value(scores, "CP", 4) == pytest.approx(value(scores, "x alone"), abs=near)
        assert value(scores, "CP reversed", 4) == pytest.approx(value(scores, "y alone"), abs=near)
        assert value(scores, "CA of y", 4) == pytest.approx(value(scores, "y alone"), abs=near)
        square = scored(x[:, :4], y, labels)
        assert value(square, "CA", 4) == pytest.approx(value(square, "x and y"), abs=near)
        assert value(square, "CA of x", 4) == pytest.approx(value(square, "x alone"), abs=near)


def test_prediction_of_a_smaller_view_sees_nothing_beyond_its_rank():
    """Three columns of x are predicted by three directions of y without its label column."""
    rng = np.random.default_rng(0)
    n = 2000
    z = rng.standard_normal((n, 3))
    high = rng.random(n) < 0.5
    x = z + rng.standard_normal((n, 3))
    other = np.hstack([z, np.zeros((n, 3))]) + rng.standard_normal((n, 6))
    y = np.column_stack([other, 6.0 * high + rng.standard_normal(n)])
    scores = scored(x, y, np.where(high, "high", "low"), divisions=2)
    assert value(scores, "y alone") > 0.99
    for k in {k for name, k in zip(scores.methods, scores.dimensions, strict=True) if name == "CP"}:
        assert value(scores, "CP reversed", k) < scores.chance + 0.1
    assert value(scored(y, x, high, divisions=2), "CP", 3) < scores.chance + 0.1


def test_invertible_maps_of_a_view_change_no_projection():
    x, y, z = pairs(n=600)
    mixed = x @ np.random.default_rng(2).standard_normal((6, 6))
    one, other = scored(x, y, z), scored(mixed, y, z)
    for method in ("CA", "CP", "CP reversed", "CA of x"):
        assert value(other, method) == pytest.approx(value(one, method), abs=1e-4)


@pytest.mark.parametrize("kind", ["classes", "rare classes", "numbers"])
def test_labels_that_nothing_tells_score_at_chance(kind):
    x, y, _ = pairs(n=600)
    rng = np.random.default_rng(3)
    labels = {
        "classes": rng.choice(list("abcd"), 600),
        "rare classes": rng.choice(list("ab"), 600, p=[0.95, 0.05]),
        "numbers": rng.standard_normal(600),
    }[kind]
    scores = scored(x, y, labels, divisions=2)
    assert scores.chance == {"classes": 0.25, "rare classes": 0.5, "numbers": 0.0}[kind]
    for i in range(len(scores.methods)):
        assert abs(scores.values[i] - scores.chance) < 3.5 * scores.error(i) + 0.01


def test_rare_classes_count_as_much_as_frequent_ones():
    rng = np.random.default_rng(4)
    high = rng.random(1000) < 0.05
    x = np.where(high, 3.0, 0.0)[:, None] + rng.standard_normal((1000, 2))
    y = rng.standard_normal((1000, 2))
    scores = scored(x, y, np.where(high, "rare", "often"))
    assert value(scores, "x alone") > 0.85
    assert value(scores, "y alone") == pytest.approx(0.5, abs=4 * scores.error(1))
    few, many = (scored(x[rows], y[rows], high[rows]) for rows in (slice(None, 500), slice(None)))
    assert few.error(1) > many.error(1) > 0


def test_missing_labels_serve_the_maps_and_are_not_scored():
    x, y, z = pairs(n=600)
    labels = z.copy()
    labels[150:] = np.nan
    scores = scored(x, y, labels)
    assert scores.rows == 150
    alone = scored(x[:150], y[:150], labels[:150])
    assert value(scores, "CA") != pytest.approx(value(alone, "CA"), abs=1e-6)
    assert value(scores, "CA") == pytest.approx(value(alone, "CA"), abs=0.1)


def test_the_seed_decides_the_division():
    x, y, z = pairs()
    one, same, other = (scored(x, y, z, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.values, same.values)
    assert not np.allclose(one.values, other.values)
    np.testing.assert_allclose(one.values, other.values, atol=0.1)


def test_methods_are_compared_at_one_dimension_that_has_room_for_the_labels():
    assert [equal_dimension(labels, 50, 40) for labels in (0, 1, 2, 9)] == [1, 1, 3, 13]
    assert equal_dimension(9, 50, 4) == equal_dimension(9, 4, 50) == 4
    x, y, z = pairs()
    scores = scored(x, y, classes(z))
    assert scores.k == 3
    assert {k for name, k in zip(scores.methods, scores.dimensions, strict=True) if name == "CA"} \
        == {1, 2, 3, 4}  # fmt: skip
    assert [scores.dimensions[scores.place(name)] for name in UNTRAINED] == [6, 4, 10]


# --- queries of scores ---


def by_hand(values, covariance, divided=None):
    methods = ("x alone", "y alone", "x and y", "CA", "CA", "CP")
    values = np.array(values, dtype=float)
    return LabelScores(
        metric="R²",
        chance=0.0,
        rows=100,
        k=2,
        methods=methods,
        dimensions=(6, 4, 10, 2, 4, 2),
        values=values,
        covariance=np.array(covariance, dtype=float),
        divided=values[None] if divided is None else np.array(divided, dtype=float),
    )


def test_places_and_best_dimensions():
    scores = by_hand([0.1, 0.2, 0.3, 0.4, 0.6, 0.5], np.eye(6))
    assert scores.place("y alone") == 1
    assert (scores.place("CA"), scores.place("CA", 4)) == (3, 4)
    assert (scores.best("CA"), scores.best("CP"), scores.best("x and y")) == (4, 5, 2)


def test_differences_are_paired():
    S = np.diag([4.0, 9.0, 1, 1, 1, 1])
    S[0, 1] = S[1, 0] = 6.0  # fully correlated
    scores = by_hand([0.5, 0.7, 0, 0, 0, 0], S)
    assert scores.difference(1, 0) == pytest.approx((0.2, 1.0))
    assert scores.difference(0, 2) == pytest.approx((0.5, 5**0.5))
    assert scores.difference(3, 3) == (0.0, 0.0)
    assert scores.error(1) == 3.0


def test_restlessness_is_the_error_of_a_mean_over_divisions():
    divided = np.zeros((3, 6))
    divided[:, 0], divided[:, 1] = [0.1, 0.2, 0.3], [0.1, 0.1, 0.1]
    scores = by_hand(divided.mean(0), np.eye(6), divided)
    assert scores.restless(0, 1) == pytest.approx(0.1 / 3**0.5)
    assert scores.restless(1, 2) == pytest.approx(0.0, abs=1e-15)
    assert by_hand(divided[0], np.eye(6)).restless(0, 1) == 0.0


def test_a_representation_scored_twice_differs_by_nothing():
    x, _, z = pairs()
    for labels in (classes(z), z):
        scores = scored(x, x.copy(), labels, divisions=2)
        assert scores.difference(0, 1) == pytest.approx((0, 0), abs=1e-7)
        assert scores.restless(0, 1) == pytest.approx(0, abs=1e-9)
        assert scores.difference(0, 0) == (0.0, 0.0)


def test_a_number_that_does_not_vary_changes_nothing_but_the_shrinkage():
    x, y, z = pairs()
    more = np.hstack([x, np.zeros((300, 1))])
    for labels in (classes(z), z):
        one, other = scored(x, y, labels), scored(more, y, labels)
        assert value(other, "x alone") == pytest.approx(value(one, "x alone"), abs=0.02)
        assert value(other, "CA") == pytest.approx(value(one, "CA"), abs=0.02)


def test_errors_are_those_of_repeated_draws():
    """The difference of x alone and y alone, which has mean zero over draws."""
    gaps, errors = [], []
    for seed in range(40):
        x, y, z = pairs(n=200, d1=3, d2=3, shared=1, seed=seed)
        rng = np.random.default_rng([7, seed])
        x, y = (z + rng.standard_normal((200, 3)) for _ in range(2))
        scores = scored(x, y, z[:, 0])
        gap, error = scores.difference(0, 1)
        gaps.append(gap)
        errors.append(error)
    assert np.std(gaps) == pytest.approx(np.mean(errors), rel=0.35)


# --- the sample of labelled rows ---


def gathered(x, y, labels, cuts, merged):
    parts = [slice(a, b) for a, b in pairwise([0, *cuts, len(x)])]
    survey = Survey()
    for part in parts:
        for _ in survey.add(x[part], y[part], labels[part]):
            pass
    views = [view.reduction(name) for view, name in zip(survey.views, "XY", strict=True)]
    dealer, none = Dealer(0), np.empty(0, dtype=int)
    whole = Gathering(*views, survey.scheme, 0)
    for part in parts:
        one = Gathering(*views, survey.scheme, 0, part.start) if merged else whole
        for _ in one.add(x[part], y[part], labels[part], dealer, none):
            pass
        if merged:
            whole.merge(one)
    return whole.labelled


@pytest.mark.parametrize("merged", [False, True])
@pytest.mark.parametrize("cuts", [(1,), (300, 301, 650), tuple(range(50, 1000, 50))])
def test_the_sample_of_labelled_rows_is_the_same_whatever_the_cuts(monkeypatch, cuts, merged):
    monkeypatch.setattr(passes, "SCORED", 150)
    x, y, z = pairs(n=1000)
    labels = np.where(np.arange(1000) % 3 == 0, np.nan, z[:, 0])
    whole = gathered(x, y, labels, (), False)
    assert len(whole.L) == 150
    found = gathered(x, y, labels, cuts, merged)

    def order(rows):
        return rows.x[np.argsort(rows.L[:, 0])]

    np.testing.assert_allclose(order(found), order(whole), rtol=1e-6, atol=1e-9)
    np.testing.assert_array_equal(np.sort(found.blocks), np.sort(whole.blocks))


def test_few_labelled_rows_are_all_held_and_many_are_a_fair_sample(monkeypatch):
    x, y, z = pairs(n=1000)
    assert len(gathered(x, y, z[:, 0], (400,), True).L) == 1000
    monkeypatch.setattr(passes, "SCORED", 200)
    rank = np.arange(1000.0) + 0.5
    held = gathered(x, y, rank, (), False).L[:, 0]  # scaled to [-1, 1]
    assert len(np.unique(held)) == 200
    assert abs(held.mean()) < 3 * 0.58 / 200**0.5
