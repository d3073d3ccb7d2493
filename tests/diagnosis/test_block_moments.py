import numpy as np
import pytest

from alignlab.diagnosis.block_moments import BLOCKS, RIDGE, BlockMoments, Dealer, whitening


@pytest.mark.parametrize("d", [1, 6])
def test_whitening_makes_variances_one_but_for_the_ridge(d):
    A = np.random.default_rng(0).standard_normal((3, 40, d))
    S = A.mT @ A / 40
    W = whitening(S)
    ridged = S + RIDGE * np.trace(S, axis1=1, axis2=2)[:, None, None] / d * np.eye(d)
    np.testing.assert_allclose(W @ ridged @ W, np.broadcast_to(np.eye(d), S.shape), atol=1e-9)


@pytest.mark.filterwarnings("error")
def test_whitening_of_what_does_not_vary_is_nothing():
    S = np.stack([np.zeros((3, 3)), -1e-18 * np.eye(3), np.eye(3), np.diag([1.0, 0, 0])])
    W = whitening(S)
    np.testing.assert_array_equal(W[:2], 0)
    np.testing.assert_allclose(W[2], np.eye(3), rtol=1e-5)
    assert np.isfinite(W).all()


def test_leading_columns_are_those_of_moments_of_them_alone():
    rng = np.random.default_rng(1)
    x, y, L = rng.standard_normal((200, 6)), rng.standard_normal((200, 5)), rng.random((200, 2))
    known, blocks = rng.random(200) < 0.7, Dealer(0).deal(200)
    whole, few = BlockMoments(6, 5, 2), BlockMoments(4, 2, 2)
    whole.add(x, y, L, known, blocks)
    few.add(x[:, :4], y[:, :2], L, known, blocks)
    chosen = (np.arange(BLOCKS) % 2)[None]
    one, other = whole.ridged(0.0).leading(4, 2).covariances(chosen), few.covariances(chosen)
    for name in ("xx", "yy", "xy", "n", "xl", "yl", "ll", "labelled"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=1e-12)


def test_a_ridge_stays_with_the_leading_columns():
    rng = np.random.default_rng(2)
    x, y = rng.standard_normal((200, 6)), 3 * rng.standard_normal((200, 5))
    moments = BlockMoments(6, 5, 0)
    moments.add(x, y, np.empty((200, 0)), np.zeros(200, dtype=bool), Dealer(0).deal(200))
    ridged = moments.ridged(0.1)
    assert ridged.ridge == pytest.approx((0.1, 0.9), rel=0.2)
    assert ridged.leading(2, 2).ridge == ridged.ridge
