from dataclasses import replace

import numpy as np
import pytest

from alignlab.maps import Maps, MapSpec, different
from alignlab.maps.layout import Layout
from tests.tsne import joint_tsne, tsne

SPEC = MapSpec(perplexity=10, steps=300)


def clusters(k=6, noise=0.3, seed=0):
    random = np.random.default_rng(seed)
    centres = np.repeat(3 * random.normal(size=(5, k)), 12, axis=0)
    return tuple(centres + noise * random.normal(size=centres.shape) for _ in range(2))


def test_partners_come_near_and_neighbours_stay():
    found = tsne(*clusters(), SPEC)
    assert found.Y1.shape == found.Y2.shape == (60, 2)
    assert found.relative < 0.5
    assert found.trustworthiness > 0.9
    assert found.total == pytest.approx(np.linalg.norm(found.Y1 - found.Y2, axis=1).sum())
    others = [np.linalg.norm(found.Y1 - np.roll(found.Y2, s, axis=0), axis=1).sum()
              for s in range(1, 60)]  # fmt: skip
    assert found.random == pytest.approx(np.mean(others))


def test_pairs_that_are_torn_apart_are_nothing_special():
    Z1, Z2 = clusters()
    found = tsne(Z1, np.random.default_rng(1).permutation(Z2), SPEC)
    assert found.relative == pytest.approx(1, abs=0.25)


def test_the_same_seed_draws_the_same_picture():
    Z1, Z2 = clusters()
    first, second = tsne(Z1, Z2, SPEC), tsne(Z1, Z2, SPEC)
    np.testing.assert_array_equal(first.Y1, second.Y1)
    other = tsne(Z1, Z2, replace(SPEC, perplexity=20))
    assert not np.array_equal(first.Y1, other.Y1)


def test_a_joint_fit_compares_latents_of_any_size_and_axes():
    Z1, Z2 = clusters(noise=0.2)
    turn = np.linalg.qr(np.random.default_rng(2).normal(size=(6, 6)))[0]
    apart = Z2 + 0.5 * np.random.default_rng(3).normal(size=Z2.shape)
    latents = {"a": (Z1, Z2), "b": (7 * Z1 @ turn, 7 * apart @ turn), "c": (Z1[:, :3], Z2[:, :3])}
    found = joint_tsne(latents, SPEC)
    assert list(found) == ["a", "b", "c"]
    assert found["b"].total > found["a"].total
    # rotated onto the first latent: the same clusters are in the same place
    gap = np.linalg.norm(found["a"].Y1 - found["b"].Y1, axis=1).mean()
    spread = np.linalg.norm(found["a"].Y1 - found["a"].Y1.mean(axis=0), axis=1).mean()
    assert gap < spread


def test_many_maps_pause_after_every_step():
    specs = (MapSpec(method="pca"), replace(SPEC, seed=1), replace(SPEC, together=False))
    work = Maps({"a": clusters(), "b": clusters(seed=1)}, specs)
    assert work.total == 2 * (1 + 300 + 2 * 300)
    done = [work.done for _ in work.run()]
    assert max(np.diff([0, *done])) == 2
    assert done[-1] == work.total
    assert set(work.maps) == {(name, spec) for name in "ab" for spec in specs}
    joint = Maps({"a": clusters(), "b": clusters(seed=1)}, (SPEC,), joint=True)
    assert joint.total == 300


def test_what_cannot_be_drawn_is_explained():
    Z1, Z2 = clusters()
    with pytest.raises(ValueError, match="perplexity 200 of 120 points"):
        tsne(Z1, Z2, replace(SPEC, perplexity=200))
    with pytest.raises(ValueError, match="6 and 5 dimensions: align them first"):
        tsne(Z1, Z2[:, :5], SPEC)
    with pytest.raises(ValueError, match="at least 4"):
        tsne(Z1[:3], Z2[:3], SPEC)
    with pytest.raises(ValueError, match="NaN"):
        tsne(np.where(Z1 > 3, np.nan, Z1), Z2, SPEC)
    with pytest.raises(ValueError, match="different numbers of pairs"):
        joint_tsne({"a": (Z1, Z2), "b": (Z1[:9], Z2[:9])}, SPEC)
    for wrong in ({"perplexity": 0.5}, {"steps": 100}, {"early_exaggeration": 0.0}, {"seed": -1}):
        with pytest.raises(ValueError, match="out of range"):
            MapSpec(**wrong)


def test_seeds_matter_from_a_random_start():
    pair = clusters()
    starts = [tsne(*pair, replace(SPEC, random_start=True, seed=seed)) for seed in (0, 0, 1)]
    np.testing.assert_array_equal(starts[0].Y1, starts[1].Y1)
    assert not np.allclose(starts[0].Y1, starts[2].Y1)
    assert not np.allclose(starts[0].Y1, tsne(*pair, SPEC).Y1)


# --- The input of the library, which fails on points that hardly differ ---


@pytest.fixture
def spy(monkeypatch):
    """The points that are handed to t-SNE, which draws them at random."""
    handed = []

    def random_map(X, spec, start, shown_every):
        handed.append((X, spec))
        yield Layout(Y=np.random.default_rng(0).normal(size=(len(X), 2)), step=spec.steps)

    monkeypatch.setattr("alignlab.maps.parts.tsne", random_map)
    return handed


def repeated(places, times=20, k=4, noise=0.0):
    random = np.random.default_rng(5)
    Z = np.tile(random.normal(size=(places, k)), (times, 1))
    return Z + noise * random.normal(size=Z.shape)


def assert_harmless(handed):
    """Finite, centred, at unit size, all rows different, and more rows than the perplexity."""
    X, spec = handed
    X = X.astype(np.float32)  # what differs there differs for any library
    assert np.isfinite(X).all()
    assert 0.01 < np.sqrt((X.astype(float) ** 2).sum(axis=1).mean()) < 100
    assert len(np.unique(X, axis=0)) == len(X) > spec.perplexity
    assert len(X) >= 4


@pytest.mark.parametrize("factor", [1.0, 1e-140, 1e-42, 1e39, 1e140, -3.0])
@pytest.mark.parametrize("offset", [0.0, 1e5, -1e5])
def test_the_library_is_handed_points_at_unit_size(factor, offset, spy):
    Z1, Z2 = clusters()
    found = tsne(factor * (Z1 + offset), factor * (Z2 + offset), SPEC)
    (handed,) = spy
    assert_harmless(handed)
    assert len(handed[0]) == 120
    assert found.trustworthiness == pytest.approx(tsne(Z1, Z2, SPEC).trustworthiness, abs=0.05)


@pytest.mark.parametrize("dtype", ["float32", "float16", ">f8", "int8", "uint8"])
def test_latents_of_any_dtype_are_drawn(dtype, spy):
    Z1, Z2 = ((20 + 5 * Z).astype(dtype) for Z in clusters(noise=1.0))
    tsne(Z1, Z2, SPEC)
    expected = tsne(Z1.astype(float), Z2.astype(float), SPEC)
    np.testing.assert_array_equal(spy[0][0], spy[1][0])
    assert expected.Y1.shape == (60, 2)


def test_a_constant_column_of_any_size_changes_nothing(spy):
    pair = clusters()
    tsne(*pair, SPEC)
    tsne(*(np.column_stack([Z, np.full(60, 1e14 / 3)]) for Z in pair), SPEC)
    np.testing.assert_allclose(spy[1][0][:, :6], spy[0][0], atol=1e-6)
    assert (spy[1][0][:, 6] == 0).all()


@pytest.mark.parametrize("noise", [0.0, 1e-9])
@pytest.mark.parametrize("random_start", [False, True])
def test_points_that_repeat_are_drawn_once_and_lie_together(noise, random_start):
    Z = repeated(12, noise=noise)
    found = tsne(Z, Z, MapSpec(perplexity=5, steps=300, random_start=random_start))
    for Y in (found.Y1, found.Y2):
        assert np.isfinite(Y).all()
        for place in range(12):
            assert (Y[place::12] == Y[place]).all()
        assert len(np.unique(Y.round(6), axis=0)) == 12
    assert found.relative == 0


def test_what_repeats_is_not_handed_over(spy):
    tsne(repeated(70), repeated(70), SPEC)
    (handed,) = spy
    assert_harmless(handed)
    assert len(handed[0]) == 70
    assert different(repeated(70), repeated(70)) == 70


def test_the_order_of_points_that_differ_is_kept(spy):
    Z1, Z2 = clusters()
    tsne(Z1, Z2, SPEC)
    X = np.concatenate([Z1, Z2])
    X = X - X.mean(axis=0)
    np.testing.assert_allclose(spy[0][0], X / np.sqrt((X**2).sum(axis=1).mean()), atol=1e-6)


def two_places():
    Z = repeated(2)
    return Z, Z


def all_but_one_alike():
    Z = np.ones((60, 3))
    Z[0] = 2
    return Z, Z


def an_outlier_that_dwarfs_the_rest():
    Z1, Z2 = (Z.copy() for Z in clusters())
    Z1[0] = 1e12
    return Z1, Z2


def alike_to_rounding():
    random = np.random.default_rng(0)
    return tuple(0.1 * (1 + 2e-16 * random.integers(0, 3, size=(60, 3))) for _ in range(2))


@pytest.mark.parametrize(
    ("latents", "cause"),
    [
        (two_places, "lie in 2 places only"),
        (all_but_one_alike, "lie in 2 places only"),
        (an_outlier_that_dwarfs_the_rest, "lie in 2 places only.*outliers dwarf the rest"),
        (alike_to_rounding, "no spread"),
        (lambda: (np.ones((60, 3)), np.ones((60, 3))), "constant"),
        (lambda: (repeated(8), repeated(8)), r"perplexity 10 of 8 points \(312 of 320 repeat"),
        (lambda: (np.full((60, 3), 1e-320),) * 2, "rescale"),
        (lambda: tuple(1e160 * Z for Z in clusters()), "rescale"),
        (lambda: (np.where(clusters()[0] > 3, np.inf, 0.0), clusters()[1]), "infinite"),
    ],
)
@pytest.mark.parametrize("joint", [False, True])
def test_what_has_no_spread_never_reaches_the_library(latents, cause, joint, spy):
    Z1, Z2 = latents()
    with pytest.raises(ValueError, match=cause):
        _ = joint_tsne({"a": (Z1, Z2)}, SPEC) if joint else tsne(Z1, Z2, SPEC)
    assert spy == []


def test_a_joint_fit_of_the_same_latents_hands_each_point_over_once(spy):
    pair = clusters()
    found = joint_tsne({"a": pair, "b": tuple(2 * Z for Z in pair)}, SPEC)
    (handed,) = spy
    assert_harmless(handed)
    assert len(handed[0]) == 120
    np.testing.assert_array_equal(found["a"].Y1, found["b"].Y1)


def test_a_latent_of_one_dimension_is_drawn():
    found = tsne(*(Z[:, :1] for Z in clusters()), SPEC)
    assert np.isfinite(found.Y1).all()


def test_many_points_in_few_places_take_little_memory():
    Z = repeated(30, times=5_000)
    assert different(Z, Z) == 30  # compared with each other they would take gigabytes
