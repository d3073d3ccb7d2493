import numpy as np
import pytest

from alignlab.diagnosis.reduction import (
    TOO_LARGE,
    TOO_SMALL,
    Reducing,
    column_units,
    fewer_components,
)


def reduced(X, scale="as given", components=100, cuts=()):
    reducing = Reducing(X.shape[1])
    for part in np.split(X, list(cuts)):
        for _ in reducing.add(part):
            pass
    return reducing.reduction("X", components, scale)


def rows(n=200, d=5, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)) @ rng.standard_normal((d, d)) + 3


def test_units_as_given_are_one_but_for_constant_columns():
    np.testing.assert_array_equal(
        column_units(np.array([1e-9, 2, 0, 1e9]), "as given"), [1, 1, np.inf, 1]
    )


def test_standardised_columns_are_in_units_of_their_deviation():
    np.testing.assert_array_equal(
        column_units(np.array([0.1, 2, 0]), "standardised"), [0.1, 2, np.inf]
    )


@pytest.mark.parametrize("size", [1e-9, 1e3, 1e6, 1e12])
def test_a_column_in_another_unit_is_brought_to_the_median(size):
    deviations = np.array([1.0, 2, 3, size * 2, 0])
    units = column_units(deviations, "auto")
    np.testing.assert_array_equal(units[:3], 1)
    assert units[4] == np.inf
    assert deviations[3] / units[3] == pytest.approx(np.median(deviations[:4]))


def test_columns_within_the_bounds_of_the_median_stay_as_given():
    """Columns that hardly vary, such as pixels at the edge, keep their scale."""
    for bound in (TOO_LARGE, 1 / TOO_SMALL):
        near, far = (np.array([1.0, 1, 1, factor * bound]) for factor in (0.99, 1.01))
        if bound == 1 / TOO_SMALL:
            near, far = 1 / near, 1 / far
        assert column_units(near, "auto")[3] == 1
        assert (column_units(far, "auto")[3] > 1) == (bound == TOO_LARGE)
        assert column_units(far, "auto")[3] != 1


def test_units_of_all_columns_together_change_no_choice():
    deviations = np.array([1.0, 2, 3, 1e5, 1e-7])
    for scale in ("auto", "as given"):
        one, other = (column_units(a * deviations, scale) for a in (1.0, 1e-20))
        np.testing.assert_allclose(other, one)


@pytest.mark.parametrize("n", [4, 200])
def test_scaled_and_constant_columns_are_named(n):
    """From the rows themselves, and from their moments."""
    X = np.insert(rows(n), 2, 7.0, axis=1)
    X[:, 4] *= 1e7
    found = reduced(X, "auto")
    assert (found.scaled, found.constant) == ((4,), (2,))
    np.testing.assert_array_equal(found.V[2], 0)
    assert reduced(X).scaled == ()
    assert reduced(X, "standardised").scaled == (0, 1, 3, 4, 5)


@pytest.mark.parametrize("offset", [0.1, 1 / 3, 1e5 / 7, 1.7e9])
@pytest.mark.parametrize("n", [4, 200])
def test_columns_that_vary_by_rounding_alone_are_constant(n, offset):
    X = rows(n)
    X[:, 1] = offset
    assert reduced(X, "auto", cuts=(2,)).constant == (1,)
    assert reduced(X, "standardised", cuts=(2,)).constant == (1,)


def test_small_variation_about_a_large_mean_is_no_constant():
    X = rows()
    X[:, 1] = 1.7e9 + np.random.default_rng(1).integers(0, 3e7, len(X))
    found = reduced(X, "auto")
    assert (found.scaled, found.constant) == ((1,), ())


@pytest.mark.parametrize("n", [4, 200])
@pytest.mark.parametrize(("one", "other"), [(1e4, 1e7), (1e-7, 1e-9)])
def test_scores_under_auto_know_nothing_of_a_columns_unit(n, one, other):
    found = []
    for unit in (one, other):
        X = rows(n)
        X[:, 1] = X[:, 1] * unit + 10 * unit
        reduction = reduced(X, "auto")
        assert reduction.scaled == (1,)
        found.append((np.abs(reduction.scores(X)), reduction.explained))
    np.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-6, atol=1e-8)
    assert found[0][1] == pytest.approx(found[1][1])


@pytest.mark.parametrize("n", [4, 200])
def test_standardised_scores_are_those_of_standardised_columns(n):
    X = rows(n) * [1, 10, 1e5, 1e-6, 3]
    found = reduced(X, "standardised")
    S = (X - X.mean(0)) / X.std(0)
    U, s, _ = np.linalg.svd(S, full_matrices=False)
    r = found.V.shape[1]
    np.testing.assert_allclose(np.abs(found.scores(X)), np.abs((U * s / s[0])[:, :r] * n**0.5),
                               rtol=1e-6, atol=1e-9)  # fmt: skip
    assert found.variances[0] == pytest.approx(1)


def test_explained_is_of_the_variance_in_the_units_used():
    X = rows(d=3) * [1, 1, 1e6]
    assert reduced(X, components=1).explained > 0.999
    S = (X - X.mean(0)) / X.std(0)
    s = np.linalg.svd(S, compute_uv=False) ** 2
    assert reduced(X, "standardised", 1).explained == pytest.approx(s[0] / s.sum())


def test_a_view_of_constant_columns_alone_is_named():
    with pytest.raises(ValueError, match="X is constant"):
        reduced(np.full((40, 3), 0.1), "auto")


def test_there_are_five_rows_for_every_component():
    assert [fewer_components(100, n) for n in (3, 30, 499, 500, 10**6)] == [1, 6, 99, 100, 100]
