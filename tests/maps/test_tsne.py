"""t-SNE against its definition and against openTSNE's own optimiser."""

from dataclasses import replace

import numpy as np
import pytest
from openTSNE import TSNEEmbedding
from openTSNE.affinity import PerplexityBasedNN
from openTSNE.nearest_neighbors import PrecomputedNeighbors
from scipy.sparse import csr_matrix
from sklearn.neighbors import NearestNeighbors

from alignlab import linalg
from alignlab.maps import tsne as module
from alignlab.maps.layout import Layout
from alignlab.maps.points import at_unit_size
from alignlab.maps.spec import MapSpec, planned
from tests.maps.test_points import clusters

SPEC = MapSpec(perplexity=10, steps=300)


def points(noise=1.0, seed=0):
    return at_unit_size(np.concatenate(clusters(noise=noise, seed=seed)))


def drawn(X, spec=SPEC, start=None):
    plan = planned(spec, len(X), len(X) // 2)
    return [now for now in module.tsne(X, spec, start, plan) if isinstance(now, Layout)]


def affinities_by_definition(X, perplexity):
    """p_ij of the points X (m, d), each Gaussian's precision found by bisection of its entropy."""
    distances, near = NearestNeighbors(n_neighbors=int(3 * perplexity)).fit(X).kneighbors()
    P = np.zeros((len(X), len(X)))
    for row, (own, others) in enumerate(zip(distances**2, near, strict=True)):
        low, high = 1e-3, 1e5
        for _ in range(200):
            middle = np.sqrt(low * high)
            p = np.exp(-middle * (own - own.min()))
            p /= p.sum()
            wide = -p @ np.log(np.maximum(p, 1e-300)) > np.log(perplexity)
            low, high = (middle, high) if wide else (low, middle)
        P[row, others] = p
    return (P + P.T) / (2 * len(X))


def divergence(P, Y):
    """sum p_ij log(p_ij / q_ij) of affinities (m, m) and positions Y (m, 2)."""
    Q = 1 / (1 + ((Y[:, None] - Y[None]) ** 2).sum(axis=2))
    np.fill_diagonal(Q, 0)
    near = P > 0
    return (P[near] * np.log(P[near] / (Q / Q.sum())[near])).sum()


def test_affinities_and_divergence_are_those_of_the_definition(monkeypatch):
    monkeypatch.setattr(module, "ANGLE", 0.0)
    X = points()
    P = affinities_by_definition(X, 10)
    start, *forming, last = drawn(X)
    assert np.isnan(start.divergence)
    assert last.step == 300
    assert last.divergence == pytest.approx(divergence(P, last.Y), abs=1e-6)
    # the same with P exaggerated, up to the coarse Barnes-Hut sums of the first steps
    shown = drawn(X, replace(SPEC, steps=250))[-1]
    assert shown.divergence == pytest.approx(divergence(P, shown.Y), abs=1e-6)
    assert {now.exaggerated for now in forming if now.step < 250} == {True}
    assert not any(now.exaggerated for now in forming if now.step >= 250)


def test_the_descent_is_that_of_the_library():
    X = points()
    own = drawn(X)[-1]
    found = module.Search(X, 30)
    for _ in found.run():
        pass
    near = PrecomputedNeighbors(found.found.indices, found.found.distances)
    theirs = TSNEEmbedding(
        module._start(X, SPEC, None),
        PerplexityBasedNN(knn_index=near, perplexity=10),
        negative_gradient_method="bh",
    )
    theirs = theirs.optimize(250, exaggeration=12, momentum=0.8).optimize(50, momentum=0.8)
    np.testing.assert_allclose(own.Y, np.asarray(theirs), atol=1e-8)
    assert own.divergence == pytest.approx(theirs.kl_divergence, abs=1e-8)


@pytest.mark.parametrize("interpolated", [False, True])
def test_the_same_map_on_any_number_of_threads(interpolated, monkeypatch):
    if interpolated:
        monkeypatch.setattr(module, "INTERPOLATED_FROM", 0)
    monkeypatch.setattr(module, "SMALL", 0)
    monkeypatch.setattr(module, "COMPACT", 0)
    X, found = points(), []
    for threads in (1, 3):
        monkeypatch.setattr(linalg, "threads", lambda threads=threads: threads)
        drawing = module.tsne(X, SPEC, None, planned(SPEC, 120, 60))
        *_, now = (
            now for now, _ in zip(drawing, range(20), strict=False) if not isinstance(now, int)
        )
        found.append((now.Y.copy(), now.divergence))
    np.testing.assert_array_equal(found[0][0], found[1][0])
    assert found[0][1] == found[1][1] > 0


@pytest.mark.parametrize(
    ("chosen", "error"),
    [
        ({"EXACT": 120}, 1e-8),
        ({}, 0.03),
        ({"SMALL": 0, "COMPACT": 100}, 0.05),
        ({"INTERPOLATED_FROM": 0}, 0.25),
    ],
)
def test_every_gradient_is_that_of_the_divergence(chosen, error, monkeypatch):
    for name, value in chosen.items():
        monkeypatch.setattr(module, name, value)
    P = affinities_by_definition(points(), 10)
    Y = 10 * np.random.default_rng(0).normal(size=(120, 2))
    apart = Y[:, None] - Y[None]
    W = 1 / (1 + (apart**2).sum(axis=2))
    np.fill_diagonal(W, 0)
    expected = (((P - W / W.sum()) * W)[..., None] * apart).sum(axis=1)
    value, G = module._gradient(csr_matrix(P))(Y, module.FINEST, True)
    assert value == pytest.approx(divergence(P, Y), rel=error)
    assert np.linalg.norm(G - expected) <= error * np.linalg.norm(expected)


def test_a_map_starts_from_principal_components_of_usual_size():
    X = points()
    start = next(module.tsne(X, SPEC, None, planned(SPEC, 120, 60))).Y
    U, s, _ = np.linalg.svd(X, full_matrices=False)
    for axis in range(2):
        assert abs(np.corrcoef(start[:, axis], U[:, axis])[0, 1]) > 0.999
    assert start[:, 0].std() == pytest.approx(1e-4, rel=0.05)
    assert start[:, 1].std() / start[:, 0].std() == pytest.approx(s[1] / s[0], rel=0.05)


def test_positions_that_stop_being_numbers_never_reach_the_library(monkeypatch):
    handed = []

    def gradient(P):
        def of(Y, stage, measured):
            handed.append(np.isfinite(Y).all())
            return np.nan, np.full_like(Y, np.nan)

        return of

    monkeypatch.setattr(module, "_gradient", gradient)
    with pytest.raises(ValueError, match="diverged to infinite values: raise the perplexity"):
        drawn(points())
    assert handed == [True]
