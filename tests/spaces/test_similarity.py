import numpy as np
import pytest

import alignlab as al
from tests.spaces.pairs import gaussian, paired, rotation


def test_a_rotated_scaled_and_shifted_copy_has_a_cka_of_1():
    Z = gaussian(40, 4)
    assert al.cka(Z, 1e3 * Z @ rotation(4) + 1e5) == pytest.approx(1.0, abs=1e-8)


@pytest.mark.parametrize("k", [5, 80])
def test_cka_is_the_correlation_of_centred_gram_matrices(k):
    Z1, Z2 = paired(k=k)
    Z2 = Z2[:, : k - 2]  # widths may differ
    A, B = Z1 - Z1.mean(0), Z2 - Z2.mean(0)
    K, L = A @ A.T, B @ B.T
    expected = (K * L).sum() / np.sqrt((K * K).sum() * (L * L).sum())
    assert al.cka(Z1, Z2) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("k", [5, 80])
def test_cka_is_that_of_kornblith_by_columns(k):
    Z1, Z2 = paired(k=k)
    A, B = Z1 - Z1.mean(0), Z2 - Z2.mean(0)
    own = np.linalg.norm(A.T @ A) * np.linalg.norm(B.T @ B)
    assert al.cka(Z1, Z2) == pytest.approx(np.linalg.norm(A.T @ B) ** 2 / own, rel=1e-8)


def test_rotating_both_spaces_each_on_its_own_changes_no_cka():
    Z1, Z2 = paired()
    assert al.cka(Z1 @ rotation(5, 1), Z2 @ rotation(5, 2)) == pytest.approx(al.cka(Z1, Z2))


@pytest.mark.parametrize("level", [0.0, 0.1, 1e8])
def test_cka_of_a_constant_latent_is_undefined(level):
    assert np.isnan(al.cka(gaussian(30, 2), np.full((30, 2), level)))
    assert np.isnan(al.cka(np.full((30, 2), np.nan), gaussian(30, 2)))


def test_cka_neither_overflows_nor_underflows():
    Z1, Z2 = paired()
    assert al.cka(1e140 * Z1, 1e-140 * Z2) == pytest.approx(al.cka(Z1, Z2))


def test_rows_must_be_the_same_samples():
    with pytest.raises(ValueError, match=r"cka: shapes \(9, 2\) and \(8, 2\)"):
        al.cka(gaussian(9, 2), gaussian(8, 2))
