import warnings

import numpy as np
import pytest

import alignlab as al
from alignlab.linalg import column_lengths
from alignlab.units import drowned, drowned_columns, drowned_words


def test_columns_below_the_rounding_of_the_longest_are_drowned_and_zeros_are_not():
    assert drowned(np.array([1.0, 1e-13, 0.0, 1e-11]), 1.0) == (1,)
    assert drowned(np.array([1.0, 1e-13]), 1e3) == (1,)
    X = np.ones((4, 2)) * [1e4, 1e-17]
    np.testing.assert_allclose(column_lengths(X), [2e4, 2e-17])
    assert drowned_columns(X) == (1,)


def test_words_name_columns_view_and_remedy():
    assert drowned_words((), "X1") == ""
    assert drowned_words((4,), "X1").startswith("column 4 of X1 (1 in all) has at most 1e-12")
    many = drowned_words(tuple(range(20)), "X₂")
    assert many.startswith("columns 0, 1, 2, 3, 4, 5, ... of X₂ (20 in all) have at most")
    assert "divide each by its standard deviation" in many
    assert "cca" in many


@pytest.fixture
def lopsided():
    rng = np.random.default_rng(0)
    Z = rng.standard_normal((300, 4))
    noise = rng.standard_normal((300, 4))
    return np.column_stack([1e4 * Z[:, 0], 1e-17 * Z[:, 1:]]), Z + noise


DEPENDING = {
    "perfect_alignment": lambda X, Y: al.perfect_alignment(X, Y, 2),
    "informative_alignment": lambda X, Y: al.informative_alignment(X, Y, 1),
    "procrustes": lambda X, Y: al.procrustes(X, Y, 1),
    "whitened_cross": lambda X, Y: al.whitened_cross(X, Y, 1, 0.5, 1),
    "whitened_stack": lambda X, Y: al.whitened_stack(X, Y, 1, 0.5, 1),
    "cca": lambda X, Y: al.cca(X, Y, 1, ridge=0.1),
}


@pytest.mark.parametrize("name", DEPENDING)
def test_where_units_matter_columns_that_are_lost_are_named(name, lopsided):
    with pytest.warns(UserWarning, match=rf"^{name}: columns 1, 2, 3 of X1 .*divide each by"):
        assert DEPENDING[name](*lopsided).drowned == ((1, 2, 3), ())


INDEPENDENT = {
    "cca": lambda X, Y: al.cca(X, Y, 3),
    "reduced_rank_regression": lambda X, Y: al.reduced_rank_regression(X, Y, 3),
    "pls_svd": lambda X, Y: al.pls_svd(X, Y, 3),
    "least_squares": lambda X, Y: al.least_squares(Y, X),
    "gcca": lambda X, Y: al.gcca([X, Y], 3),
}


@pytest.mark.parametrize("name", INDEPENDENT)
def test_where_no_column_is_passed_over_nothing_is_said(name, lopsided):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        INDEPENDENT[name](*lopsided)


def test_small_units_are_no_null_direction(lopsided):
    with pytest.warns(UserWarning, match="divide each"):
        alignment = al.perfect_alignment(*lopsided, 2)
    assert alignment.null_dim == 0
    assert not alignment.is_exact


def test_procrustes_beyond_what_units_leave_names_the_columns(lopsided):
    with pytest.raises(ValueError, match=r"exceeds the rank.*columns 1, 2, 3 of X1.*divide each"):
        al.procrustes(*lopsided, 3)
