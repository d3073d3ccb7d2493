"""The sweep engine against loops, in turns; how its cost grows; how soon it shows and stops.

Run: `python -m tests.benchmarks.sweeps`; `python -m tests.benchmarks.sweeps small` for the small
sweep alone. The exit status is 1 if a ratio is below its bound.
"""

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

import alignlab as al
from alignlab.experiments.sweeps import Evaluation, Plan, Sweep, run
from alignlab.ui.parts.sweeps import PAGE as SWEEPS
from alignlab.ui.parts.sweeps import ask
from alignlab.words.findings import NEEDED

METRICS = ("cmae", "mlre")
PLAIN = ("perfect_alignment",)
SMALL = (8, 12, 20, 32, 50, 80, 130, 220, 400)
"""The values of n of the small sweep: 180 problems of d = 20 with 20 seeds."""

FIGURE_4_BOUND, SMALL_BOUND = 20, 3
"""How many times as fast as its loop each sweep is to be, at least."""


def figure_4(metrics: tuple[str, ...] = METRICS) -> Plan:
    """The plan of the page's preset: 20 values x 20 seeds x 12 panels."""
    values = {c.name: c.default for c in SWEEPS.controls} | dict(SWEEPS.presets["Figure 4"])
    return replace(ask(values).plan, metrics=metrics)


def by_loop(plan: Plan) -> np.ndarray:
    """CMAE and MLRE (specs, seeds, 2), one problem at a time: generate, numpy's SVD, metrics."""
    specs = [spec for sweep in plan.sweeps for _, _, spec in sweep.points()]
    return np.array([[one(replace(spec, seed=seed)) for seed in plan.seeds] for spec in specs])


def one(spec: al.SyntheticSpec) -> tuple[float, float]:
    data = al.generate(spec)
    X = np.ascontiguousarray(np.concatenate([data.X1, -data.X2], axis=1).T)  # as in the papers
    wide = X.shape[1] < X.shape[0]  # the left null space needs all left vectors
    W = np.linalg.svd(X, full_matrices=wide)[0][:, -spec.k :]
    Z1, Z2 = data.X1 @ W[: spec.d1], data.X2 @ W[spec.d1 :]
    return al.cmae(Z1, Z2), (al.mlre(data.Z, Z1) + al.mlre(data.Z, Z2)) / 2


def timed(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def against_the_loop(rounds: int = 3) -> float:
    """The median ratio of the times of loop and sweep, taken in turns."""
    plan = figure_4()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    run(plan)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    times = np.empty((rounds, 2))
    for i in range(rounds):
        times[i, 0] = np.median([timed(lambda: run(plan)) for _ in range(3)])
        start = time.perf_counter()
        loop = by_loop(plan)
        times[i, 1] = time.perf_counter() - start
    problems = sum(len(sweep.values) for sweep in plan.sweeps) * len(plan.seeds)
    ratio = told(f"Figure 4, {problems} problems (two panels each)", times)
    print(f"memory: {peak / 1024:.0f} MB in all, {(peak - before) / 1024:.0f} MB for the sweep")
    evaluation = plan.evaluation()
    for _ in evaluation.run():
        pass
    scale = 1e-3 + loop
    error = np.abs(evaluation.values[:, :, 0] - loop) / scale
    noisy = np.array([spec.noise > 0 for sweep in plan.sweeps for _, _, spec in sweep.points()])
    print(f"largest difference of CMAE to the loop's, noisy: {error[noisy][..., 0].max():.1e}")
    return ratio


def told(what: str, times: np.ndarray) -> float:
    """Print the times (rounds, 2) of sweep and loop; their median ratio."""
    ratios = times[:, 1] / times[:, 0]
    fast, slow = np.median(times, axis=0)
    low, ratio, high = np.percentile(ratios, (0, 50, 100))
    print(f"{what}: loop {slow * 1e3:.1f} ms, sweep {fast * 1e3:.1f} ms, ", end="")
    print(f"{ratio:.1f} times as fast (median of {len(ratios)} rounds, {low:.1f} to {high:.1f})")
    return float(ratio)


def small(noise: float, rounds: int = 41) -> float:
    """The median ratio of a bare loop over small problems to `al.sweep` of as many, in turns."""
    spec = al.SyntheticSpec(n=400, k=4, d1=10, d2=10, noise=noise)
    calls = (
        lambda: al.sweep(spec, "n", SMALL, range(20), PLAIN, METRICS),
        lambda: [bare(n, seed, noise) for n in SMALL for seed in range(20)],
    )
    for call in calls:
        call()
    times = np.array([[timed(call) for call in calls] for _ in range(rounds)])
    return told(f"small sweep, {len(SMALL) * 20} problems, noise {noise:g}", times)


def bare(n: int, seed: int, noise: float) -> float:
    """CMAE of one small problem as plain numpy: a draw, one SVD, one norm."""
    rng = np.random.default_rng(seed)
    Z, S = rng.standard_normal((n, 4)), rng.uniform(-5, 5, (20, 4))
    X = Z @ S.T
    if noise:
        X += noise * rng.standard_normal(X.shape)
    X[:, 10:] *= -1
    W = np.linalg.svd(X, full_matrices=n < 20)[2][-4:].T
    return float(np.linalg.norm(X @ W, axis=1).mean())


def first_and_last() -> None:
    plan = figure_4((*METRICS, *NEEDED))
    evaluation = plan.evaluation()
    start = time.perf_counter()
    steps = evaluation.run()
    next(steps)
    first = time.perf_counter() - start
    while not evaluation.measured.any(axis=1).all():
        next(steps)
    every = time.perf_counter() - start
    for _ in range(20):
        next(steps)
    cancel = timed(steps.close)
    print(
        f"first points after {first * 1e3:.0f} ms, every point after {every * 1e3:.0f} ms, ", end=""
    )
    print(f"cancel takes {cancel * 1e3:.0f} ms")


def growth() -> None:
    base = al.SyntheticSpec(n=1000, d1=10, d2=10, k=10, noise=1.0)
    print(f"{'grows':>8} " + "from      to   seconds  seconds   exponent")
    values = {
        "points": [(points, 20, base) for points in (10, 80)],
        "seeds": [(20, seeds, base) for seeds in (10, 80)],
        "n": [(20, 10, replace(base, n=n)) for n in (2000, 16_000)],
        "d": [(20, 10, replace(base, d1=d, d2=d)) for d in (16, 128)],
    }
    for name, cases in values.items():
        times = []
        for points, seeds, spec in cases:
            sweep = Sweep(spec=spec, over="noise", values=tuple(np.linspace(0.5, 2, points)))
            plan = Plan(sweeps=(sweep,), seeds=tuple(range(seeds)), aligners=PLAIN, metrics=METRICS)
            times.append(min(timed(lambda plan=plan: run(plan)) for _ in range(3)))
        sizes = {
            "points": (10, 80), "seeds": (10, 80), "n": (2000, 16_000), "d": (32, 256),
        }[name]  # fmt: skip
        exponent = np.log(times[1] / times[0]) / np.log(sizes[1] / sizes[0])
        print(f"{name:>8} {sizes[0]:>5} {sizes[1]:>7} ", end="")
        print(f"{times[0]:8.3f} {times[1]:8.3f} {exponent:10.2f}")


def main(only_small: bool) -> int:
    warm = Evaluation([al.SyntheticSpec(n=50)], [0], PLAIN, METRICS)
    for _ in warm.run():
        pass
    held = small(0.0) >= SMALL_BOUND
    small(1.0)
    if not only_small:
        held &= against_the_loop() >= FIGURE_4_BOUND
        first_and_last()
        growth()
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] == ["small"]))
