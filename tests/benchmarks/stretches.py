"""Broken stretches: false alarms on intact pairs, and rows lost, shuffled or reversed.

`.venv/bin/python -m tests.benchmarks.stretches [DRAWS]` draws that many pairs of every kind with
600 rows (default 40), and says how often a stretch is found, how far its first row is from the
truth at most, and the fraction of the CPU time of `al.diagnose`.
"""

import sys
from time import process_time

import numpy as np

import alignlab as al
from alignlab import linalg
from alignlab.diagnosis import pairing
from alignlab.diagnosis.stretches import Along, broken_stretches
from tests.diagnosis.test_stretches import KINDS, N, drawn

HARMS = {
    **{
        f"row {at} lost from y": (at, lambda x, y, rng, at=at: (x[:-1], np.delete(y, at, 0)))
        for at in (60, 150, 300, 450)
    },
    "rows 150 and 350 lost from y": (
        150, lambda x, y, rng: (x[:-2], np.delete(y, [150, 350], 0)),
    ),
    "rows 200 to 349 shuffled": (
        200, lambda x, y, rng: (x, y[np.r_[:200, rng.permutation(150) + 200, 350:N]]),
    ),
    "y reversed from row 300 on": (300, lambda x, y, rng: (x, y[np.r_[:300, N - 1 : 299 : -1]])),
}  # fmt: skip


def main(draws: int) -> None:
    intact = {
        kind: sum(bool(found(*drawn(kind, seed=seed)[:2], seed)) for seed in range(draws))
        for kind in KINDS
    }
    total = draws * len(KINDS)
    print(f"false alarms: {sum(intact.values())} of {total} intact draws", intact)
    for kind in ("normal", "weak", "Student", "classes", "counts"):
        for what, (first, harm) in HARMS.items():
            rng = np.random.default_rng(0)
            stretches = [
                found(*harm(*drawn(kind, seed=seed)[:2], rng), seed) for seed in range(draws)
            ]
            away = [abs(one[0].first - first) for one in stretches if one]
            told = f"first row within {max(away)}" if away else ""
            print(f"{kind}, {what}: found in {len(away)} of {draws} {told}")
    print(f"fraction of the CPU time of al.diagnose: {cost():.3f} (600 rows), ", end="")
    print(f"{cost(5000, 50):.3f} (5,000 rows of 50 + 50 features)")


def found(x: np.ndarray, y: np.ndarray, seed: int) -> tuple:
    with linalg.one_thread_each():
        return broken_stretches(x, y, Along.all(len(x)), seed)


def cost(n: int = N, d: int = 20) -> float:
    """CPU time of the search over that of `al.diagnose`, in one run on intact pairs."""
    x, y, _ = drawn("normal", n, d)
    spent = 0.0

    def timed(*given):
        nonlocal spent
        start = process_time()
        result = broken_stretches(*given)
        spent += process_time() - start
        return result

    pairing.broken_stretches = timed
    try:
        al.diagnose(x, y, x[:, :2] > 0)
        spent, start = 0.0, process_time()
        al.diagnose(x, y, x[:, :2] > 0)
        return spent / (process_time() - start)
    finally:
        pairing.broken_stretches = broken_stretches


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
