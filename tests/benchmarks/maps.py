"""t-SNE of pairs beside scikit-learn's at the same settings, in one run.

Run: `python -m tests.benchmarks.maps`, with numbers of pairs for other sizes. The divergence of
both maps is computed by one function of this file, from exact neighbours and all pairs of points.
"""

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.manifold import TSNE
from sklearn.neighbors import NearestNeighbors

from alignlab.maps import Maps, MapSpec
from alignlab.work import finish

SIZES = (1_000, 10_000)
D, GROUPS = 256, 20


def pairs(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Groups in a latent of ten dimensions, seen twice in 256 dimensions, with noise."""
    random = np.random.default_rng(0)
    centres = 3 * random.normal(size=(GROUPS, 10))
    L = random.normal(size=(n, 10)) + centres[random.integers(0, GROUPS, n)]
    X1 = L @ random.normal(size=(10, D)) + random.normal(size=(n, D))
    return X1, X1 + random.normal(size=(n, D))


@contextmanager
def timed() -> Iterator[list[float]]:
    """Wall and CPU seconds of the block, once it has ended."""
    wall, cpu, took = time.perf_counter(), time.process_time(), list[float]()
    yield took
    took += [time.perf_counter() - wall, time.process_time() - cpu]


def divergence(X: np.ndarray, Y: np.ndarray, perplexity: float) -> float:
    """Kullback-Leibler divergence of a map Y (m, 2) of X (m, d), as t-SNE is defined."""
    m, k = len(X), int(3 * perplexity)
    distances, indices = NearestNeighbors(n_neighbors=k).fit(X).kneighbors()
    squared = distances**2 - distances[:, :1] ** 2
    low, high = np.full((2, m, 1), [[[1e-9]], [[1e9]]])
    for _ in range(100):  # the precision of every Gaussian, by bisection of its entropy
        beta = np.sqrt(low * high)
        P = np.exp(-beta * squared)
        P /= P.sum(axis=1, keepdims=True)
        entropy = -(P * np.log(np.maximum(P, 1e-300))).sum(axis=1, keepdims=True)
        wide = entropy > np.log(perplexity)
        low, high = np.where(wide, beta, low), np.where(wide, high, beta)
    total, rows = 0.0, np.arange(m)
    for some in np.array_split(rows, max(1, m // 500)):
        between = (Y[some] ** 2).sum(axis=1)[:, None] + (Y**2).sum(axis=1) - 2 * Y[some] @ Y.T
        total += (1 / (1 + np.maximum(between, 0.0))).sum() - len(some)
    joint = csr_matrix((P.ravel(), (np.repeat(rows, k), indices.ravel())), (m, m))
    joint = ((joint + joint.T) / (2 * m)).tocoo()
    p, apart = joint.data, ((Y[joint.row] - Y[joint.col]) ** 2).sum(axis=1)
    p, apart = p[p > 0], apart[p > 0]
    return float((p * (np.log(p) + np.log1p(apart) + np.log(total))).sum())


def ours(X1: np.ndarray, X2: np.ndarray, spec: MapSpec) -> np.ndarray:
    """Both modalities drawn by `Maps`, watched as a page does."""
    seen, first, longest = 0, 0.0, 0.0
    with timed() as took:
        start = last = time.perf_counter()
        work = Maps({"": (X1, X2)}, (spec,))
        shown = None
        formed = [0.0, 0.0]
        for _ in work.run():
            now = time.perf_counter()
            longest, last = max(longest, now - last), now
            if work.forming["", spec] is not shown:
                shown = work.forming["", spec]
                seen += 1
                first = first or now - start
                formed = [formed[0] or (now if shown.step else 0.0), now]
    rate = (seen - 2) / (formed[1] - formed[0])
    print(
        f"alignlab      {formed[1] - start:7.1f} s, with trustworthiness and continuity "
        f"{took[0]:.1f} s, CPU {took[1]:.1f} s; first picture after {first:.2f} s, "
        f"then {rate:.1f} a second; longest without a yield {longest:.2f} s"
    )
    found = work.maps["", spec]
    return np.concatenate([found.Y1, found.Y2])


def theirs(X: np.ndarray, spec: MapSpec) -> np.ndarray:
    with timed() as took:
        Y = TSNE(
            perplexity=spec.perplexity,
            early_exaggeration=spec.early_exaggeration,
            max_iter=spec.steps,
            random_state=spec.seed,
            init="pca",
        ).fit_transform(X)
    print(f"scikit-learn  {took[0]:7.1f} s, CPU {took[1]:7.1f} s")
    return Y.astype(np.float64)


def compared(n: int) -> None:
    X1, X2 = pairs(n)
    spec = MapSpec()
    print(f"{n:,} pairs x {D}, perplexity {spec.perplexity:g}, {spec.steps} steps")
    X = np.concatenate([X1, X2])
    X -= X.mean(axis=0)
    X /= np.sqrt((X**2).sum(axis=1).mean())
    maps = (ours(X1, X2, spec), theirs(X.astype(np.float32), spec))
    own, other = (divergence(X, Y, spec.perplexity) for Y in maps)
    print(f"divergence: alignlab {own:.4f}, scikit-learn {other:.4f}: {own / other - 1:+.1%}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=int, nargs="*", default=SIZES)
    given = parser.parse_args()
    few = pairs(100)  # both libraries are imported before anything is timed
    TSNE(max_iter=250).fit_transform(few[0])
    finish(Maps({"": few}, (MapSpec(steps=250),)), None, "maps")
    for size in given.pairs:
        compared(size)
