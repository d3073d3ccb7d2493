from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alignlab as al
from alignlab.aligners.registry import CLOSED_FORM as ALIGNERS
from alignlab.data.synthetic import SyntheticSpec, generate
from alignlab.experiments.sweep_latents import SHOWN, latents_along
from alignlab.experiments.sweeps import Sweep, point
from alignlab.projection import turned_towards


def clouds(seed, n=12, k=3, count=3):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(n, k)) for _ in range(count)]


def rotation(seed, k):
    Q, R = np.linalg.qr(np.random.default_rng(seed).normal(size=(k, k)))
    return Q * np.sign(np.diag(R))


def swept(over, *values, **fields):
    return Sweep(spec=SyntheticSpec(**{"n": 40} | fields), over=over, values=values)


def distances(A, B):
    return np.linalg.norm(A[:, None] - B[None], axis=2)


# --- Turning ---


@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(1, 20))
def test_turning_keeps_every_distance_and_comes_as_near_as_can_be(seed, k, n):
    Z, Z1, Z2 = clouds(seed, n, k)
    T1, T2 = turned_towards(Z, Z1, Z2)
    for A, B, C, D in ((Z1, Z1, T1, T1), (Z1, Z2, T1, T2), (Z2, Z2, T2, T2)):
        np.testing.assert_allclose(distances(C, D), distances(A, B), atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(T1, axis=1), np.linalg.norm(Z1, axis=1), atol=1e-12)
    nearest = ((T1 - Z) ** 2).sum() + ((T2 - Z) ** 2).sum()
    for other in range(5):
        Q = rotation(other, k)
        assert nearest <= ((Z1 @ Q - Z) ** 2).sum() + ((Z2 @ Q - Z) ** 2).sum() + 1e-9


@given(st.integers(0, 10_000), st.integers(1, 5), st.floats(0.1, 10), st.booleans())
def test_a_rotated_or_mirrored_latent_is_brought_back(seed, k, size, mirrored):
    (Z,) = clouds(seed, 20, k, 1)
    Q = rotation(seed, k)
    Q[:, 0] *= (-1) ** mirrored
    T1, T2 = turned_towards(Z, size * Z @ Q, size * Z @ Q)
    np.testing.assert_allclose(T1, size * Z, atol=1e-9)
    np.testing.assert_allclose(T2, size * Z, atol=1e-9)


def test_both_latents_are_turned_as_one():
    Z, Z1, Z2 = clouds(0)
    Q, P = (
        np.linalg.lstsq(a, b)[0] for a, b in zip((Z1, Z2), turned_towards(Z, Z1, Z2), strict=True)
    )
    np.testing.assert_allclose(Q, P, atol=1e-12)
    np.testing.assert_allclose(Q @ Q.T, np.eye(3), atol=1e-12)


def test_a_latent_in_one_plane_is_still_turned_rigidly():
    Z, Z1, Z2 = clouds(1)
    flat1, flat2 = Z1 * [1, 1, 0], Z2 * [1, 1, 0]
    T1, T2 = turned_towards(Z, flat1, flat2)
    np.testing.assert_allclose(distances(T1, T2), distances(flat1, flat2), atol=1e-12)
    zero = np.zeros_like(Z)
    assert not np.any(turned_towards(Z, zero, zero))


def test_latents_of_another_dimension_stay_as_they_are():
    Z, Z1, Z2 = clouds(2)
    T1, T2 = turned_towards(Z[:, :2], Z1, Z2)
    assert T1 is Z1
    assert T2 is Z2


# --- Along a sweep ---


@pytest.mark.parametrize("aligner", ALIGNERS)
def test_every_latent_is_that_of_the_aligner_turned_towards_the_true_one(aligner):
    sweep = swept("noise", 0.1, 2.0, k=2, d1=4, d2=3)
    found = latents_along(sweep, aligner, seed=5)
    assert [latent.value for latent in found] == [0.1, 2.0]
    for latent in found:
        data = generate(replace(point(sweep.spec, "noise", latent.value), seed=5))
        size = () if aligner == "least_squares" else (2,)
        Z1, Z2 = getattr(al, aligner)(data.X1, data.X2, *size).embed(data.X1, data.X2)
        expected = turned_towards(data.Z, Z1, Z2)
        np.testing.assert_allclose(latent.Z1, expected[0][:, :2], atol=1e-9)
        np.testing.assert_allclose(latent.Z2, expected[1][:, :2], atol=1e-9)
        np.testing.assert_array_equal(latent.labels, data.labels)


@pytest.mark.parametrize(
    ("aligner", "expected"),
    [
        ("perfect_alignment", [1, 2, 3, 4, 5, 6]),
        ("cca", [1, 2, 3]),
        ("least_squares", [1, 2, 3, 4, 5, 6]),
    ],
)
def test_values_that_spec_or_aligner_do_not_allow_are_left_out(aligner, expected):
    sweep = swept("k", *range(1, 9), d1=3, d2=3, noise=1.0)
    assert [latent.value for latent in latents_along(sweep, aligner, seed=0)] == expected


def test_views_without_so_many_directions_are_left_out():
    sweep = swept("k", 1, 2, 3, 4, d1=6, d2=6, n=3)  # three pairs, centred, span two
    assert [latent.value for latent in latents_along(sweep, "cca", seed=0)] == [1, 2]
    assert latents_along(swept("k", 7, 8, d1=3, d2=3), "perfect_alignment", seed=0) == []


def test_one_dimension_is_drawn_along_the_first_axis():
    (found,) = latents_along(swept("k", 1, d1=3, d2=2), "perfect_alignment", seed=0)
    assert found.Z1.shape == found.Z2.shape == (40, 2)
    assert found.Z1[:, 0].all()
    assert not found.Z1[:, 1].any()
    assert not found.Z2[:, 1].any()


def test_no_more_than_the_first_pairs_are_shown():
    sweep = swept("n", 2, SHOWN - 1, SHOWN, SHOWN + 1, 2 * SHOWN)
    found = latents_along(sweep, "informative_alignment", seed=3)
    expected = [2, SHOWN - 1, SHOWN, SHOWN, SHOWN]
    assert [len(latent.Z1) for latent in found] == expected
    assert [len(latent.Z2) for latent in found] == expected
    assert [len(latent.labels) for latent in found] == expected
    largest = generate(replace(sweep.spec, n=2 * SHOWN, seed=3))
    np.testing.assert_array_equal(found[-1].labels, largest.labels[:SHOWN])


def test_each_value_has_its_own_classes():
    found = latents_along(swept("components", 1, 3, 6, n=200), "perfect_alignment", seed=0)
    assert [len(latent.classes) for latent in found] == [1, 3, 6]
    for latent in found:
        assert set(latent.labels) == set(range(len(latent.classes)))
