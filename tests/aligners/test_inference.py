import numpy as np
import pandas as pd
import pytest
from scipy import stats

import alignlab as al
from alignlab.aligners import inference


def noise(rng, n, *widths):
    return [rng.standard_normal((n, d)) for d in widths]


def spiked(rng, n, d1, d2, pairs):
    """Views that share this many directions, nearly without noise."""
    A, B = noise(rng, n, d1, d2)
    B[:, :pairs] = A[:, :pairs] + 0.3 * B[:, :pairs]
    return A @ rng.standard_normal((d1, d1)), B @ rng.standard_normal((d2, d2))


def by_hand(X, Y, permutations, seed):
    """Winkler et al., Algorithm 1, one singular value decomposition per component."""
    U, V = (np.linalg.qr(X - X.mean(0))[0], np.linalg.qr(Y - Y.mean(0))[0])
    A, s, Bt = np.linalg.svd(U.T @ V)
    U, V = U @ A, V @ Bt.T

    def wilks(rows):
        found = []
        for k in range(len(s)):
            r = np.linalg.svd(U[:, k:].T @ V[rows, k:], compute_uv=False)
            found.append(np.prod(1 - r**2))
        return np.array(found)

    rng, own = np.random.default_rng([seed, 22]), wilks(np.arange(len(X)))
    draws = [wilks(rng.permutation(len(X))) for _ in range(permutations)]
    return own, (1 + (np.array(draws) <= own * (1 + 1e-12)).sum(0)) / (1 + permutations)


@pytest.mark.parametrize(("d1", "d2", "pairs"), [(3, 3, 1), (2, 5, 0), (4, 2, 1), (1, 1, 0)])
def test_the_numbers_are_those_of_the_published_algorithm(d1, d2, pairs):
    X, Y = spiked(np.random.default_rng(d1), 30, d1, d2, pairs)
    found = al.component_p_values(X, Y, permutations=60, seed=3)
    if d1 > d2:
        X, Y = Y, X  # the smaller view first
    own, p = by_hand(X, Y, 60, 3)
    np.testing.assert_allclose(found["wilks"], own, rtol=1e-9)
    np.testing.assert_array_equal(found["p"], p)


def test_the_correlations_are_those_of_cca_and_the_rest_follows():
    X, Y = spiked(np.random.default_rng(0), 50, 4, 3, 1)
    found = al.component_p_values(X, Y, permutations=30)
    np.testing.assert_allclose(found["correlation"], al.cca(X, Y, 3).spectrum, atol=1e-12)
    later = [np.prod(1 - found["correlation"][k:] ** 2) for k in range(3)]
    np.testing.assert_allclose(found["wilks"], later)
    assert found.index.tolist() == [1, 2, 3]
    assert found.index.name == "component"


def test_a_component_is_called_real_only_with_all_before_it():
    X, Y = noise(np.random.default_rng(2), 40, 5, 5)
    found = al.component_p_values(X, Y, permutations=60)
    assert not found["p"].is_monotonic_increasing
    np.testing.assert_array_equal(found["p_fwer"], found["p"].cummax())


def test_under_the_null_the_first_p_is_uniform():
    rng = np.random.default_rng(1)
    p = [
        al.component_p_values(*noise(rng, 25, 2, 2), permutations=99, seed=i)["p"].iloc[0]
        for i in range(200)
    ]
    assert stats.kstest(p, "uniform").pvalue > 0.01


def test_components_beyond_a_real_one_are_declared_as_often_as_said():
    rng = np.random.default_rng(2)
    draws = [spiked(rng, 40, 3, 3, 1) for _ in range(200)]
    tables = [al.component_p_values(*one, permutations=99, seed=i) for i, one in enumerate(draws)]
    p = np.array([one["p_fwer"] for one in tables])
    assert (p[:, 0] == 0.01).all()
    # 0.05 of 200, and three standard errors
    assert (p[:, 1] <= 0.05).mean() < 0.097
    assert (p[:, 1] <= 0.05).mean() > 0.01  # and the test has power: it is not merely cautious


def test_all_real_components_are_found():
    table = al.component_p_values(*spiked(np.random.default_rng(3), 80, 6, 5, 3), permutations=99)
    assert (table["p_fwer"] <= 0.05).tolist() == [True] * 3 + [False] * 2


def test_neither_units_nor_means_nor_the_container_matter():
    X, Y = spiked(np.random.default_rng(4), 40, 3, 4, 1)
    found = al.component_p_values(X, Y, permutations=40)
    units = np.array([1e-8, 1.0, 1e8])
    other = al.component_p_values(pd.DataFrame(X * units + units), Y, permutations=40)
    pd.testing.assert_frame_equal(other, found, rtol=1e-6)


def test_the_seed_draws_the_permutations_and_batches_do_not(monkeypatch):
    X, Y = noise(np.random.default_rng(5), 40, 3, 3)
    found = al.component_p_values(X, Y, permutations=50, seed=1)
    monkeypatch.setattr(inference, "NUMBERS", 700)
    pd.testing.assert_frame_equal(al.component_p_values(X, Y, permutations=50, seed=1), found)
    other = al.component_p_values(X, Y, permutations=50, seed=2)
    assert (other["p"] != found["p"]).any()


def test_columns_that_repeat_others_are_no_further_components():
    X, Y = noise(np.random.default_rng(6), 40, 3, 3)
    A = np.column_stack([X, X[:, 0] + X[:, 1], np.full(40, 7.0)])
    found = al.component_p_values(A, Y, permutations=40)
    pd.testing.assert_frame_equal(found, al.component_p_values(X, Y, permutations=40), rtol=1e-6)


def test_perfect_correlations_are_counted_not_a_failure():
    X, _ = noise(np.random.default_rng(7), 30, 3, 3)
    found = al.component_p_values(X, X[:, :2] @ [[1.0, 2.0], [0.5, -1.0]], permutations=50)
    assert found["p"].tolist() == [1 / 51, 1 / 51]
    few = al.component_p_values(np.eye(4)[:, :1], np.eye(4)[:, :1], permutations=200)
    # in 4! permutations the one that is not zero stays in place in one of four
    assert found["p"].iloc[0] < few["p"].iloc[0] < 0.4
    assert few["p"].iloc[0] > 0.15


def test_what_no_permutation_can_test_is_refused_with_the_remedy():
    rng = np.random.default_rng(8)
    al.component_p_values(*noise(rng, 11, 5, 5), permutations=2)
    with pytest.raises(ValueError, match=r"10 pairs of views with ranks 5 and 5 .* \(PCA\)"):
        al.component_p_values(*noise(rng, 10, 5, 5), permutations=2)
    X, Y = noise(rng, 20, 2, 2)
    for settings, words in (
        ({"permutations": 0}, "permutations = 0 is out of range"),
        ({"permutations": 1.5}, "permutations = 1.5 is not a whole number"),
        ({"seed": None}, "seed = None is not a whole number: give an int"),
    ):
        with pytest.raises(ValueError, match=f"component_p_values: {words}"):
            al.component_p_values(X, Y, **settings)
    with pytest.raises(ValueError, match="component_p_values: X1 has 20 rows and X2 has 19"):
        al.component_p_values(X, Y[:19])
