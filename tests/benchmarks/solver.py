"""The null-space solve against `numpy.linalg.svd`, and QR against torch's, in one run.

Run: `python -m tests.benchmarks.solver`
"""

import time
from collections.abc import Callable

import numpy as np

from alignlab import linalg

CASES = ((64, 2000, 16), (256, 20_000, 16), (512, 50_000, 16))
NOISY = (256, 20_000, 16)
WIDTHS = (32, 128, 256, 512)


def seconds(call: Callable[[], object], repeats: int) -> float:
    call()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def stack(d: int, n: int, k: int, noise: float) -> np.ndarray:
    """(n, d) rows [x1, -x2] of two modalities of a k-dimensional latent."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, k)) @ rng.uniform(-5, 5, (d, k)).T
    X[:, d // 2 :] *= -1
    return X + noise * rng.normal(size=X.shape)


def row(d: int, n: int, k: int, noise: float) -> str:
    X = stack(d, n, k, noise)
    paper = np.ascontiguousarray(X.T)  # (d, n), as in the papers
    repeats = 3 if d * d * n > 5e9 else 5
    slow = seconds(lambda: np.linalg.svd(paper, full_matrices=False), repeats)
    fast = seconds(lambda: linalg.smallest_directions(X, k), 3 * repeats)
    A = np.linalg.svd(paper, full_matrices=False)[0][:, -k:]
    W = linalg.smallest_directions(X, k).W
    errors = (np.linalg.norm(X @ M, axis=1).mean() for M in (A, W))
    return (
        f"{d:>4} {n:>7} {noise:>5g} {slow * 1e3:9.1f} {fast * 1e3:9.1f} {slow / fast:7.1f}"
        + "".join(f" {error:10.1e}" for error in errors)
    )


def triangles() -> str:
    """R of 8,192 rows, which a stream takes for every block, beside numpy's and torch's."""
    import torch

    rows = [f"{'d':>4} {'alignlab':>9} {'numpy qr':>9} {'torch qr':>9}"]
    for d in WIDTHS:
        X = np.random.default_rng(0).standard_normal((linalg.BLOCK_ROWS, d))
        calls = (
            lambda X=X: linalg.triangle([X]),
            lambda X=X: np.linalg.qr(X, mode="r"),
            lambda X=X: torch.linalg.qr(torch.from_numpy(X), mode="r"),
        )
        rows.append(f"{d:>4}" + "".join(f" {seconds(call, 9) * 1e3:9.1f}" for call in calls))
    return "\n".join(rows)


def main() -> None:
    print(f"k = 16, device {linalg.device()}, times in ms, median")
    print(f"{'d':>4} {'n':>7} {'noise':>5} {'numpy svd':>9} {'alignlab':>9} {'ratio':>7}", end="")
    print(f" {'CMAE svd':>10} {'CMAE ours':>10}")
    for d, n, k in CASES:
        print(row(d, n, k, 0.0))
    print(row(*NOISY, 1.0))
    print("QR of a block of rows, in ms, median")
    print(triangles())


if __name__ == "__main__":
    main()
