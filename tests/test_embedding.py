from dataclasses import replace

import numpy as np
import pytest

from alignlab.embedding import Maps, MapSpec, joint_tsne, tsne

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
    # turned onto the first latent: the same clusters lie in the same place
    gap = np.linalg.norm(found["a"].Y1 - found["b"].Y1, axis=1).mean()
    spread = np.linalg.norm(found["a"].Y1 - found["a"].Y1.mean(axis=0), axis=1).mean()
    assert gap < spread


def test_many_pictures_pause_in_between():
    work = Maps({"a": clusters(), "b": clusters(seed=1)}, (SPEC, replace(SPEC, seed=1)))
    seen = []
    for _ in work.run():
        seen.append((work.done, len(work.maps)))
    assert seen == [(1, 1), (2, 2), (3, 3), (4, 4)]
    assert set(work.maps) == {("a", 0), ("b", 0), ("a", 1), ("b", 1)}
    assert work.total == 4
    joint = Maps({"a": clusters(), "b": clusters(seed=1)}, (SPEC,), joint=True)
    assert joint.total == 1


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
