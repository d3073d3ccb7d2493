"""The estimators keep scikit-learn's contract, and give the numbers of the functions they cover."""

import doctest
import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import alignlab as al
from alignlab import estimators

DATA = al.generate(al.SyntheticSpec(n=80, d1=5, d2=4, k=2, noise=0.5))
X, Y = DATA.X1, DATA.X2

FUNCTIONS = {
    "CanonicalCorrelation": (al.cca, {"ridge": 0.1}),
    "InformativeAlignment": (al.informative_alignment, {"rank": 3}),
    "PartialLeastSquares": (al.pls_svd, {}),
    "PerfectAlignment": (al.perfect_alignment, {}),
    "Procrustes": (al.procrustes, {}),
    "ReducedRankRegression": (al.reduced_rank_regression, {}),
}
each = pytest.mark.parametrize("name", estimators.__all__)


def made(name, **settings):
    return getattr(estimators, name)(n_components=2, **settings)


def test_every_estimator_covers_a_function():
    assert set(FUNCTIONS) == set(estimators.__all__)


@each
@pytest.mark.filterwarnings("ignore::UserWarning")  # of the checks' own odd shapes
def test_scikit_learn_finds_no_fault(name):
    found = check_estimator(getattr(estimators, name)(), on_fail=None)
    assert [one["check_name"] for one in found if one["status"] == "failed"] == []
    skipped = {one["check_name"] for one in found if one["status"] != "passed"}
    assert skipped <= {"check_array_api_input"}
    assert len(found) > 40


@each
def test_the_numbers_are_those_of_the_function(name):
    function, settings = FUNCTIONS[name]
    found, right = made(name, **settings).fit(X, Y), function(X, Y, 2, **settings)
    np.testing.assert_array_equal(found.transform(X), right.embed(X, Y)[0])
    np.testing.assert_array_equal(found.alignment_.W2, right.W2)
    assert found.alignment_.method == right.method


@each
def test_a_clone_has_the_settings_and_nothing_fitted(name):
    found = made(name, **FUNCTIONS[name][1]).fit(X, Y)
    other = clone(found)
    assert other.get_params() == found.get_params()
    assert not hasattr(other, "alignment_")
    again = pickle.loads(pickle.dumps(found))
    np.testing.assert_array_equal(again.transform(X), found.transform(X))


@each
def test_a_pipeline_passes_the_components_on(name):
    model = make_pipeline(StandardScaler(), made(name), LinearRegression()).fit(X, Y)
    assert model.score(X, Y) > 0.3
    Z = (
        made(name)
        .fit(StandardScaler().fit_transform(X), Y)
        .transform(StandardScaler().fit_transform(X))
    )
    np.testing.assert_allclose(model[:-1].transform(X), Z, atol=1e-12)


@each
def test_a_grid_search_finds_the_best_by_held_out_score(name):
    search = GridSearchCV(getattr(estimators, name)(), {"n_components": [1, 2]}, cv=3).fit(X, Y)
    by_hand = [
        cross_val_score(getattr(estimators, name)(n_components=k), X, Y, cv=3).mean()
        for k in (1, 2)
    ]
    np.testing.assert_allclose(search.cv_results_["mean_test_score"], by_hand)
    assert np.isfinite(by_hand).all()
    assert search.best_params_["n_components"] == 1 + int(np.argmax(by_hand))


@each
def test_pandas_comes_out_where_it_is_asked_for(name):
    table = pd.DataFrame(X, columns=list("abcde"), index=np.arange(80) + 7)
    found = made(name).set_output(transform="pandas").fit(table, Y)
    out = found.transform(table)
    assert out.columns.tolist() == [f"{name.lower()}0", f"{name.lower()}1"]
    assert out.columns.tolist() == found.get_feature_names_out().tolist()
    assert out.index.equals(table.index)
    assert found.feature_names_in_.tolist() == list("abcde")
    with pytest.raises(ValueError, match="same order"):
        found.transform(table[list("bacde")])


@each
def test_one_column_may_be_a_vector(name):
    vector = getattr(estimators, name)().fit(X, Y[:, 0])
    column = getattr(estimators, name)().fit(X, Y[:, :1])
    np.testing.assert_array_equal(vector.transform(X), column.transform(X))
    assert vector.score(X, Y[:, 0]) == column.score(X, Y[:, :1])


@pytest.mark.parametrize("name", [n for n in estimators.__all__ if n != "ReducedRankRegression"])
def test_the_score_is_the_mean_correlation_of_partners(name):
    found = made(name).fit(X[:50], Y[:50])
    Z1, Z2 = found.alignment_.embed(X[50:], Y[50:])
    right = [np.corrcoef(Z1[:, j], Z2[:, j])[0, 1] for j in range(2)]
    assert found.score(X[50:], Y[50:]) == pytest.approx(np.mean(right))


def test_a_component_without_variance_scores_zero():
    A = X[:, [0, 1, 0]]
    found = estimators.PerfectAlignment().fit(A, Y[:, :2])  # null on view 1 alone
    assert found.score(A, Y[:, :2]) == 0


def test_a_regression_predicts_and_scores_as_any_regressor():
    full = estimators.ReducedRankRegression(n_components=4).fit(X, Y)
    np.testing.assert_allclose(full.predict(X), LinearRegression().fit(X, Y).predict(X))
    few = made("ReducedRankRegression").fit(X[:50], Y[:50])
    assert few.score(X[50:], Y[50:]) == pytest.approx(r2_score(Y[50:], few.predict(X[50:])))
    assert estimators.ReducedRankRegression().fit(X, Y[:, 0]).predict(X).shape == (80,)


def test_a_setting_out_of_range_is_refused_by_name():
    with pytest.raises(ValueError, match="Procrustes: n_components = 0 is out of range"):
        estimators.Procrustes(n_components=0).fit(X, Y)
    with pytest.raises(ValueError, match=r"cca: k = 5 exceeds min\(d1, d2\) = 4"):
        estimators.CanonicalCorrelation(n_components=5).fit(X, Y)


@pytest.mark.parametrize("name", [None, *estimators.__all__])
def test_the_examples_run(name):
    doc = (estimators if name is None else getattr(estimators, name)).__doc__
    example = doctest.DocTestParser().get_doctest(doc, {}, str(name), None, None)
    report = []
    result = doctest.DocTestRunner(verbose=False).run(example, out=report.append)
    assert result.attempted > 2
    assert result.failed == 0, "".join(report)
