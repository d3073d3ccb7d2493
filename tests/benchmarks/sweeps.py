"""The sweep engine against a loop, in one run; how its cost grows; how soon it shows and stops.

Run: `python -m tests.benchmarks.sweeps`
"""

import resource
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


def against_the_loop() -> None:
    plan = figure_4()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    fast = min(timed(lambda: run(plan)) for _ in range(3))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    slow = timed(lambda: by_loop(plan))
    problems = sum(len(sweep.values) for sweep in plan.sweeps) * len(plan.seeds)
    print(f"Figure 4, {problems} problems (two panels each): loop {slow:.2f} s, ", end="")
    print(f"sweep {fast:.2f} s, {slow / fast:.1f} times as fast")
    print(f"memory: {peak / 1024:.0f} MB in all, {(peak - before) / 1024:.0f} MB for the sweep")
    evaluation = plan.evaluation()
    for _ in evaluation.run():
        pass
    loop = by_loop(plan)
    scale = 1e-3 + loop
    error = np.abs(evaluation.values[:, :, 0] - loop) / scale
    noisy = np.array([spec.noise > 0 for sweep in plan.sweeps for _, _, spec in sweep.points()])
    print(f"largest difference of CMAE to the loop's, noisy: {error[noisy][..., 0].max():.1e}")


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


def main() -> None:
    warm = Evaluation([al.SyntheticSpec(n=50)], [0], PLAIN, METRICS)
    for _ in warm.run():
        pass
    against_the_loop()
    first_and_last()
    growth()


if __name__ == "__main__":
    main()
