"""CPU time of the measures of a latent space, of neighbours and of ranks, on one thread.

Run: `python -m tests.benchmarks.spaces` (about a minute), with `large` for 100,000 pairs too (about
three minutes). Neighbours and ranks are compared with scikit-learn and with all distances by SciPy.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"

import sys
import time

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.neighbors import NearestNeighbors

import alignlab as al
from alignlab import neighbours
from alignlab.neighbours import nearest
from alignlab.spaces.map_measures import map_measures
from alignlab.spaces.measures import Measures


def pairs(n: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    Z, *noise = np.random.default_rng(0).normal(size=(3, n, k))
    return Z + 0.7 * noise[0] + 0.3, Z + 0.7 * noise[1]


def timed(what: str, run):
    start = time.process_time()
    found = run()
    print(f"{time.process_time() - start:8.2f} s  {what}", flush=True)
    return found


def measured(n: int, k: int) -> None:
    work = Measures(*pairs(n, k))
    timed(f"all measures, {n:,} x {k}", lambda: list(work.run()))


def recall(n: int, k: int) -> None:
    rng = np.random.default_rng(0)
    clouds = {
        "200 clusters": rng.normal(size=(200, k))[rng.integers(0, 200, n)],
        "a plane of 8 dimensions": rng.normal(size=(n, 8)) @ rng.normal(size=(8, k)),
        "a Gaussian cloud": np.zeros((n, k)),
    }
    for name, cloud in clouds.items():
        X = cloud + (0.1 if "plane" in name else 0.5) * rng.normal(size=(n, k))
        found = timed(f"10 neighbours, {n:,} x {k}, {name}", lambda X=X: nearest(X, 10))
        rows = rng.choice(n, 300, replace=False)
        distances = cdist(X[rows], X)
        distances[np.arange(300), rows] = np.inf
        right = np.argpartition(distances, 10, axis=1)[:, :10]
        shares = [np.isin(a, b).mean() for a, b in zip(right, found.indices[rows], strict=True)]
        print(f"{'':12}recall {np.mean(shares):.3f}")


def main() -> None:
    measured(2_000, 256)
    Z1, Z2 = pairs(2_000, 256)
    both = np.vstack([Z1, Z2])
    timed("measures of a map, 4,000 x 256", lambda: map_measures(both, both[:, :2]))

    Z1, Z2 = pairs(10_000, 64)
    ranks = timed("ranks, 10,000 x 64", lambda: al.partner_ranks(Z1, Z2))
    distances = timed("all distances by SciPy", lambda: cdist(Z1, Z2))
    own = distances.diagonal()
    assert (ranks[0] == 1 + (distances < own[:, None]).sum(1)).all()
    assert (ranks[1] == 1 + (distances < own).sum(0)).all()

    X, k = pairs(neighbours.EXACT_UP_TO, 256)[0], 90
    found = timed(f"{k} neighbours, {len(X):,} x 256", lambda: nearest(X, k))
    search = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(X)
    distances, _ = timed("the same by scikit-learn", search.kneighbors)
    np.testing.assert_allclose(found.distances, distances, rtol=1e-8)

    if "large" in sys.argv[1:]:
        measured(100_000, 64)
        timed("ranks, 100,000 x 64", lambda: al.partner_ranks(*pairs(100_000, 64)))
        recall(100_000, 64)


if __name__ == "__main__":
    main()
