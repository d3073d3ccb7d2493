"""Ten million pairs through `perfect_alignment_of_stream`: time, and memory above the baseline.

Run: `python -m tests.benchmarks.stream [rows]`
"""

import resource
import sys
import time
from collections.abc import Iterator

import numpy as np

from alignlab.aligners.perfect import perfect_alignment_of_stream

D, K, CHUNK = 32, 8, 100_000


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def chunks(rows: int, S1: np.ndarray, S2: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for number in range(rows // CHUNK):
        Z = np.random.default_rng([1, number]).normal(size=(CHUNK, K))
        yield Z @ S1.T, Z @ S2.T


def main(rows: int) -> None:
    rng = np.random.default_rng(0)
    S1, S2 = rng.uniform(-5, 5, (2, D, K))
    before = peak_mb()
    start = time.perf_counter()
    alignment = perfect_alignment_of_stream(chunks(rows, S1, S2), K)
    elapsed = time.perf_counter() - start
    Z = rng.normal(size=(1000, K))
    Z1, Z2 = alignment.embed(Z @ S1.T, Z @ S2.T)
    error = np.linalg.norm(Z1 - Z2, axis=1).mean()
    print(f"{rows:,} pairs of {D} + {D} features in chunks of {CHUNK:,}")
    print(f"time {elapsed:.1f} s, the drawing of the pairs included")
    print(f"memory {peak_mb() - before:.0f} MB above the {before:.0f} MB before")
    print(f"CMAE on 1,000 new pairs {error:.1e}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000)
