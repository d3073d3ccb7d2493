"""One view alone, and the loadings of both."""

import numpy as np
import pandas as pd
import pytest

import alignlab as al
from tests.inputs import KINDS

DATA = al.generate(al.SyntheticSpec(n=60, d1=5, d2=4, k=2, noise=0.5))
X1, X2 = DATA.X1, DATA.X2
ROWS = np.vstack([X1[:7], np.zeros((1, 5))])
PAIRS = {
    "cca": lambda: al.cca(X1, X2, 2),
    "perfect_alignment": lambda: al.perfect_alignment(X1, X2, 2),
    "reduced_rank_regression": lambda: al.reduced_rank_regression(X1, X2, 2),
    "procrustes": lambda: al.procrustes(X1, X2, 2),
    # a latent within the rounding errors of its type
    "collapsed": lambda: al.perfect_alignment(
        (X1[:, [0, 1, 0]] * [1, 1, 1 / 3]).astype("f4"), X2[:, :1].astype("f4"), 1
    ),
}


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("dtype", ["f8", "f4", "f2"])
def test_one_view_alone_is_mapped_as_with_its_partner_to_the_bit(name, dtype):
    found = PAIRS[name]()
    A = (X1[:, [0, 1, 0]] * [1, 1, 1 / 3] if len(found.W1) == 3 else X1).astype(dtype)
    B = X2[:, : len(found.W2)].astype(dtype)
    A[3], B[4] = 0, 0
    Z1, Z2 = found.embed(A, B)
    np.testing.assert_array_equal(found.transform(A), Z1)
    np.testing.assert_array_equal(found.transform(X2=B), Z2)
    for one, other in zip(found.transform(A, B), (Z1, Z2), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_row_that_is_mapped_to_zero_is_exact_zeros_alone_too():
    null = al.perfect_alignment(X1[:, [0, 1, 0]], X2[:, :2], 1)  # e1 - e3, on view 1 alone
    assert not null.transform(X1[:, [0, 1, 0]]).any()
    narrow = PAIRS["collapsed"]()
    assert narrow.collapsed[0]
    Z = narrow.transform((X1[:, [0, 1, 0]] * [1, 1, 1 / 3]).astype("f4"))
    assert (Z == 0).mean() > 0.8
    assert (narrow.transform(X1[:, [0, 1, 0]] * [1, 1, 1 / 3.3]) != 0).all()


@pytest.mark.parametrize("kind", ["DataFrame", "lists", "float16", "tensor bfloat16"])
def test_every_container_gives_the_answer_of_its_numbers(kind):
    A = np.random.default_rng(0).integers(0, 101, (20, 5)).astype(float)
    found = al.cca(X1, X2, 2)
    np.testing.assert_allclose(found.transform(KINDS[kind](A)), found.transform(A), rtol=1e-9)


def test_names_of_features_are_checked():
    table = pd.DataFrame(X1, columns=list("abcde"))
    found = al.cca(table, X2, 2)
    np.testing.assert_array_equal(found.transform(table), found.transform(X1))
    with pytest.raises(ValueError, match="transform: X1 has the columns of the fit in another"):
        found.transform(table[list("bacde")])
    with pytest.raises(ValueError, match="transform: X1 lacks the column 'a'"):
        found.transform(table.rename(columns={"a": "z"}))


def test_a_call_without_a_view_or_with_half_a_pair_teaches():
    found = al.cca(X1, X2, 2)
    with pytest.raises(ValueError, match=r"transform: no view was given: give X1, or X2=, or both"):
        found.transform()
    with pytest.raises(ValueError, match=r"embed: X2 is None: .* use transform\(X1=X1\)"):
        found.embed(X1, None)
    with pytest.raises(ValueError, match=r"embed: X1 is None: .* use transform\(X2=X2\)"):
        found.embed(None, X2)
    with pytest.raises(ValueError, match=r"transform: X1 has shape \(60, 4\), 5 features"):
        found.transform(X2)


def test_a_view_among_several_is_mapped_alone():
    views = [X1, pd.DataFrame(X2, columns=list("abcd")), X1 @ np.ones((5, 3))]
    for fit in (al.gcca, al.perfect_alignment_views):
        found = fit(views, 1)
        for i, Z in enumerate(found.embed(views)):
            np.testing.assert_array_equal(found.transform(views[i], i), Z)
    with pytest.raises(ValueError, match="view = 3 is out of range: it must be between 0 and 2"):
        found.transform(X1, 3)
    with pytest.raises(ValueError, match="another order"):
        found.transform(views[1][list("bacd")], 1)


@pytest.mark.parametrize("name", [name for name in PAIRS if name != "collapsed"])
def test_loadings_are_the_correlations_of_columns_with_components(name):
    found = PAIRS[name]()
    Z1, Z2 = found.embed(X1, X2)
    for L, X, Z in zip(found.loadings(X1, X2), (X1, X2), (Z1, Z2), strict=True):
        d = X.shape[1]
        np.testing.assert_allclose(L, np.corrcoef(X.T, Z.T)[:d, d:], atol=1e-12)


def test_loadings_depend_neither_on_units_nor_on_means():
    found = al.cca(X1, X2, 2)
    units = np.array([1e-6, 1.0, 1e6, 3.0, 7.0])
    other = al.cca(X1 * units + 100, X2, 2)
    L, M = other.loadings(X1 * units + 100, X2)[0], found.loadings(X1, X2)[0]
    np.testing.assert_allclose(np.abs(L), np.abs(M), atol=1e-7)  # up to the sign of a component


def test_a_column_that_is_constant_has_no_loading():
    found = al.cca(X1, X2, 2)
    A = X1.copy()
    A[:, 2] = 0.1
    L1, L2 = found.loadings(A, X2)
    assert np.isnan(L1[2]).all()
    assert np.isfinite(np.delete(L1, 2, axis=0)).all()
    assert np.isfinite(L2).all()


def test_loadings_refuse_other_pairs():
    found = al.cca(X1, X2, 2)
    with pytest.raises(ValueError, match="loadings: X1 has 60 rows and X2 has 59"):
        found.loadings(X1, X2[:59])
    with pytest.raises(ValueError, match="loadings: X2 holds 1 NaN"):
        found.loadings(X1, np.where(np.arange(240).reshape(60, 4) == 5, np.nan, X2))
    with pytest.raises(ValueError, match="loadings: X1 has shape"):
        found.loadings(X2, X2)
