"""Verdicts of `diagnose` off the model it was built on: how often right, and do intervals cover?

Run: `python -m tests.benchmarks.families [draws] [n ...]`, by default 60 draws at n = 500 and 2000;
`python -m tests.benchmarks.families grow [draws] [n ...]` reads ever more rows of the same draws
of monotone views, by default 22 at n = 1,000, 3,000, 10,000 and 30,000.

Families, each with margins of at least 1.25 in the spiked model that it is made from:

- orthogonal: the spiked model itself.
- heavy tails: rows scaled by one random factor each, so that they are multivariate t with four
  degrees of freedom; moments keep their shape.
- oblique: both views through a random invertible map.
- monotone: every column of a view bent by one of four monotone functions.
- flat nuisance: 180 coordinates of equal nuisance beyond the cut at 100 components. Right is the
  model's regime, or Undetermined.

The truth of bent and of oblique views is that of their linear population, from the moments of
60,000 rows and the true shared coordinates. Growing views have margins of at least 1.25 in that
population too.
"""

from __future__ import annotations

import sys

import numpy as np

from alignlab.diagnosis.run import diagnose
from alignlab.spiked.model import OBJECTIVES, SpikedSpec, sample_spiked
from alignlab.spiked.theory import REGIMES, regime_codes, separation_ratios
from tests.benchmarks.diagnose import grid, problem

LARGE = 60_000
BENT = (
    lambda x: np.sign(x) * np.abs(x) ** 1.5,
    np.tanh,
    lambda x: np.exp(x / 2),
    lambda x: x + x**3 / 3,
)
FAMILIES = ("orthogonal", "heavy tails", "oblique", "monotone", "flat nuisance")


def drawn(family: str, spec: SpikedSpec, n: int, seed: int) -> tuple[np.ndarray, ...]:
    """Views X, Y, true coordinates Z and labels."""
    X, Y, labels = problem(spec, n, seed)
    Z = sample_spiked(spec, n, seed).Z
    rng = np.random.default_rng([8, seed])
    if family == "heavy tails":
        factor = np.sqrt(2 / rng.chisquare(4, (n, 1)))
        X, Y, Z, labels = (part * factor for part in (X, Y, Z, labels))
    elif family == "oblique":
        X, Y = (V @ (np.eye(spec.d) + 0.3 * rng.standard_normal((spec.d, spec.d))) for V in (X, Y))
    elif family == "monotone":
        X, Y = (_bent(V, BENT[rng.integers(len(BENT))]) for V in (X, Y))
    return X, Y, Z, labels


def _bent(X: np.ndarray, function) -> np.ndarray:
    spread = X.std(0)
    return function(X / spread) * spread


def population(X: np.ndarray, Y: np.ndarray, Z: np.ndarray) -> list[float]:
    """Delta by objective of the linear problem that many rows pose."""
    X, Y, Z = (V - V.mean(0) for V in (X, Y, Z))
    n, k = Z.shape
    to_x, root_x = _roots(X.T @ X / n)
    to_y, root_y = _roots(Y.T @ Y / n)
    C = to_x @ (X.T @ Y / n) @ to_y
    Ux, Uy = (np.linalg.svd(to @ (V.T @ Z / n))[0] for to, V in ((to_x, X), (to_y, Y)))
    found = []
    for M, U in ((C, Ux), (C @ root_y, Ux), (C.T @ root_x, Uy)):
        signal, nuisance = (np.linalg.svd(M.T @ part, compute_uv=False)
                            for part in (U[:, :k], U[:, k:]))  # fmt: skip
        found.append(float(signal[-1] / nuisance[0]))
    return found


def _roots(S: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    values, V = np.linalg.eigh(S)
    return (V / np.sqrt(values)) @ V.T, (V * np.sqrt(values)) @ V.T


def measured(family: str, draws: int, n: int) -> tuple[float, float, float]:
    """Shares of draws that are right and undetermined, and of intervals that cover."""
    if family == "flat nuisance":
        flat = SpikedSpec(
            d=183, k=3, kappa=1.5, gamma_tilde_x=5.0, gamma_tilde_y=5.0, nu=0.3
        )  # fmt: skip
        specs = [flat] * max(4, draws // 4)
    else:
        specs = grid(draws, seed=31)
    right, undetermined, covered = [], [], []
    for seed, spec in enumerate(specs):
        if family in ("oblique", "monotone"):
            X, Y, Z, labels = drawn(family, spec, LARGE, seed)
            truth = population(X, Y, Z)
            X, Y, labels = X[:n], Y[:n], labels[:n]
        else:
            X, Y, _, labels = drawn(family, spec, n, seed)
            theory = separation_ratios(spec)
            truth = [getattr(theory, name) for name in OBJECTIVES]
        found = diagnose(X, Y, labels)
        regime = REGIMES[int(regime_codes(truth[0], truth[1]))]
        undetermined.append(found.regime == "Undetermined")
        right.append(found.regime == regime or (family == "flat nuisance" and undetermined[-1]))
        if found.regime != "Undetermined" or family != "flat nuisance":
            covered += [low <= one <= high for one, (low, high) in
                        zip(truth, found.intervals.values(), strict=True)]  # fmt: skip
    return float(np.mean(right)), float(np.mean(undetermined)), float(np.mean(covered or [np.nan]))


def clear(draws: int) -> list[tuple[int, SpikedSpec, list[float]]]:
    """Seeds and specs of monotone views with margins of at least 1.25 in their own population."""
    found: list[tuple[int, SpikedSpec, list[float]]] = []
    for seed, spec in enumerate(grid(4 * draws, seed=31)):
        X, Y, Z, _ = drawn("monotone", spec, LARGE, seed)
        truth = population(X, Y, Z)
        if min(max(delta, 1 / delta) for delta in truth[:2]) >= 1.25:
            found.append((seed, spec, truth))
        if len(found) == draws:
            break
    return found


def growing(draws: int, sizes: list[int]) -> None:
    """How often the same draws are right as their rows grow in number."""
    specs = clear(draws)
    truths = [REGIMES[int(regime_codes(truth[0], truth[1]))] for _, _, truth in specs]
    print("Of " + ", ".join(f"{truths.count(name)} {name}" for name in REGIMES))
    print("\n| n | right | undetermined | wrong |\n|---|---|---|---|")
    for n in sizes:
        found = []
        for seed, spec, _ in specs:
            X, Y, _, labels = drawn("monotone", spec, LARGE, seed)
            found.append(diagnose(X[:n], Y[:n], labels[:n]).regime)
        right = sum(a == b for a, b in zip(found, truths, strict=True))
        undetermined = found.count("Undetermined")
        print(f"| {n:,} | {right} of {len(specs)} | {undetermined} | "
              f"{len(specs) - right - undetermined} |", flush=True)  # fmt: skip


def main(draws: int, sizes: list[int]) -> None:
    print("| family | n | right | undetermined | 90 % intervals cover |\n|---|---|---|---|---|")
    for family in FAMILIES:
        for n in sizes:
            right, undetermined, covered = measured(family, draws, n)
            print(f"| {family} | {n:,} | {right:.1%} | {undetermined:.1%} | {covered:.1%} |",
                  flush=True)  # fmt: skip


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:] if argument.isdigit()]
    if "grow" in sys.argv[1:]:
        growing(numbers[0] if numbers else 22, numbers[1:] or [1000, 3000, 10_000, 30_000])
    else:
        main(numbers[0] if numbers else 60, numbers[1:] or [500, 2000])
