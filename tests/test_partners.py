import numpy as np
import pytest
from scipy.spatial.distance import cdist

from alignlab import linalg, partners
from alignlab.partners import Partners

RNG = np.random.default_rng(0)


def counted(Z1, Z2):
    work = Partners(Z1, Z2)
    for _ in work.run():
        pass
    return work


def check(Z1, Z2):
    work, distances = counted(Z1, Z2), cdist(Z1, Z2)
    rounding = linalg.RCOND * max(np.abs(Z1).max(), np.abs(Z2).max())
    for side, D in enumerate((distances, distances.T)):
        excess = D - D.diagonal()[:, None]
        np.testing.assert_array_equal(work.closer[side], (excess < -rounding).sum(1))
        np.testing.assert_array_equal(work.as_close[side], (np.abs(excess) <= rounding).sum(1))


@pytest.fixture(autouse=True)
def small_tiles(monkeypatch):
    monkeypatch.setattr(partners, "ROWS", 50)
    monkeypatch.setattr(partners, "COLUMNS", 90)


@pytest.mark.parametrize("noise", [0.0, 0.1, 10.0])
@pytest.mark.parametrize("k", [1, 5, 60])
def test_counts_are_those_of_all_distances(k, noise):
    Z = RNG.normal(size=(230, k))
    check(Z, Z + noise * RNG.normal(size=Z.shape))


@pytest.mark.parametrize(
    "make",
    [
        lambda Z: Z + 1e7,
        lambda Z: Z * 1e140,
        lambda Z: Z * 1e-140,
        lambda Z: np.round(2 * Z),  # ties
        lambda Z: Z[:4].repeat(35, axis=0),  # duplicates
        lambda Z: np.vstack([Z[:-1], 1e6 * Z[-1:]]),  # an outlier
        lambda Z: 1e-4 * Z + (np.arange(140) % 3)[:, None],  # below single precision
        lambda Z: 0 * Z,
    ],
)
def test_single_precision_changes_no_count(make):
    Z = RNG.normal(size=(2, 140, 2))
    check(make(Z[0]), make(Z[0] + 0.5 * Z[1]))


@pytest.mark.parametrize("size", [2.0**-700, 2.0**700])
def test_units_change_no_count(size):
    Z1, Z2 = RNG.normal(size=(2, 60, 3))
    work, other = counted(Z1, Z2), counted(size * Z1, size * Z2)
    np.testing.assert_array_equal(other.closer, work.closer)
    np.testing.assert_array_equal(other.as_close, work.as_close)


def test_rows_too_wide_for_single_precision_are_measured(monkeypatch):
    monkeypatch.setattr(partners, "WIDE", 0.0)
    Z = RNG.normal(size=(2, 60, 3))
    check(*Z)


def test_progress_counts_rows():
    work = Partners(*RNG.normal(size=(2, 120, 2)))
    assert [work.done for _ in work.run()] == [50, 100, 120]
    assert work.total == 120
