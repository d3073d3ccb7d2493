"""The sampled phase plane against a lean direct loop, in one run; theory's plane; first pictures.

Run: `python -m tests.benchmarks.phase`
"""

import time
from collections.abc import Callable

import numpy as np
from playwright.sync_api import sync_playwright
from threadpoolctl import threadpool_limits

from alignlab.spiked.model import SpikedSpec, coordinate_moments
from alignlab.spiked.monte_carlo import monte_carlo
from alignlab.spiked.phase import phase_plane, picture
from alignlab.spiked.samples import RecoveryMaps
from alignlab.ui.parts.phase import PAGE as PHASE
from alignlab.ui.parts.phase import axes
from alignlab.ui.parts.samples import PAGE as SAMPLES
from alignlab.ui.parts.samples import recovery_maps
from alignlab.ui.parts.spiked import model_spec
from tests.browser.driver import PLOT
from tests.server import CHROMIUM_ARGUMENTS, chromium, running_app

DIRECT = 24
"""So many problems of the plane, evenly chosen, are solved by the direct loop."""


def timed(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def defaults(page, preset: str) -> dict:
    return {c.name: c.default for c in page.controls} | dict(page.presets[preset])


def inverse_root(S: np.ndarray) -> np.ndarray:
    values, V = np.linalg.eigh(S)
    return (V / np.sqrt(values)) @ V.T


def direct(spec: SpikedSpec, n: int, rng: np.random.Generator) -> tuple[float, float, float]:
    """Draw n pairs, whiten by `eigh`, one SVD for each of CA, CP and CP reversed, distances."""
    d, k = spec.d, spec.k
    variance_x, variance_y, covariance = coordinate_moments(spec)
    x = rng.standard_normal((n, d)) * np.sqrt(variance_x)
    left = np.sqrt(np.maximum(variance_y - covariance**2 / variance_x, 0))
    y = x * (covariance / variance_x) + rng.standard_normal((n, d)) * left
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    Sxx, Syy, Sxy = x.T @ x / n, y.T @ y / n, x.T @ y / n
    white_x, white_y = inverse_root(Sxx), inverse_root(Syy)

    def distance(white: np.ndarray, coupling: np.ndarray) -> float:
        span = white @ np.linalg.svd(coupling)[2][:k].T
        Q = np.linalg.qr(span)[0]
        return float(np.linalg.norm(Q[k:]) / np.sqrt(k))

    return (
        distance(white_x, white_y @ Sxy.T @ white_x),
        distance(white_x, Sxy.T @ white_x),
        distance(white_y, Sxy @ white_y),
    )


def sampled_plane() -> None:
    maps: RecoveryMaps = recovery_maps(defaults(SAMPLES, "Figure 2a, sampled"))
    specs = maps.specs()
    problems = len(specs) * len(maps.seeds)
    ours = min(timed(lambda: monte_carlo(specs, maps.n, maps.seeds)) for _ in range(3)) / problems
    chosen = [specs[at] for at in np.linspace(31, len(specs) - 1, DIRECT).astype(int)]
    rng = np.random.default_rng(0)
    direct(chosen[0], maps.n, rng)
    loop = min(timed(lambda: [direct(s, maps.n, rng) for s in chosen]) for _ in range(3)) / DIRECT
    with threadpool_limits(1):
        one = timed(lambda: [direct(s, maps.n, rng) for s in chosen]) / DIRECT
    loop = min(loop, one)
    print(
        f"{len(maps.nus)} x {len(maps.kappas)} x {len(maps.seeds)} = {problems} problems of ",
        end="",
    )
    print(
        f"d = {maps.spec.d}, k = {maps.spec.k}, n = {maps.n}: direct loop {loop * 1e3:.2f} ms a ",
        end="",
    )
    print(f"problem, ours {ours * 1e3:.3f} ms, {loop / ours:.0f} times as fast")
    for n in (100, 5000, 1_000_000):
        seconds = timed(lambda n=n: monte_carlo(specs, n, maps.seeds))
        print(f"  the whole plane at n = {n:,}: {seconds:.2f} s")
    work = maps.sampling()
    start = time.perf_counter()
    first = None
    for _ in work.run():
        if first is None and np.isfinite(work.values[:, 0, 0]).all():
            first = time.perf_counter() - start
    print(f"every point once after {first:.2f} s, all after {time.perf_counter() - start:.2f} s")


def theory() -> None:
    values = defaults(PHASE, "Figure 2a")
    spec = model_spec(values)
    kappas, nus = np.linspace(0, 3, 400), np.linspace(0, 1, 400)
    plane = min(timed(lambda: phase_plane(spec, kappas, nus)) for _ in range(5))
    uneven = SpikedSpec(kappa=(3.0, 2.0, 1.5), nu=tuple(np.linspace(1, 0.1, 17).tolist()))
    other = min(timed(lambda: phase_plane(uneven, kappas, nus)) for _ in range(5))
    chosen = axes(values, (31, 41))
    drawn = min(timed(lambda: picture(spec, chosen, "cp")) for _ in range(5))
    print(
        f"theory at 400 x 400: {plane * 1e3:.1f} ms, with unequal coordinates {other * 1e3:.1f} ms"
    )
    print(f"the grid and exact borders of the page: {drawn * 1e3:.1f} ms")


def in_the_browser() -> None:
    """Press a preset of the page: when its first maps are drawn, and when the last are."""
    with running_app() as app, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGUMENTS)
        page = browser.new_page()
        page.goto(f"{app}/samples?shared=5&side=5")
        page.wait_for_selector(f"{PLOT} .main-svg", timeout=60_000)
        page.get_by_text("problems, ").wait_for()
        drawn = f"document.querySelector('{PLOT}').dataset.draws"
        before = page.evaluate(drawn)
        start = time.perf_counter()
        page.get_by_role("button", name="Figure 2b, sampled").click()
        page.wait_for_function(f"{drawn} !== '{before}'")
        first = time.perf_counter() - start
        page.get_by_text("9,610 problems, ").wait_for()
        page.wait_for_timeout(300)
        last = time.perf_counter() - start - 0.3
        browser.close()
    print(f"in the browser: first picture {first:.1f} s after the press, last {last:.1f} s")


if __name__ == "__main__":
    sampled_plane()
    theory()
    in_the_browser()
