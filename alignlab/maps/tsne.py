"""t-SNE, one gradient step at a time.

Van der Maaten and Hinton, "Visualizing data using t-SNE" (JMLR 2008). Affinities and gradients are
openTSNE's (Poličar, Stražar and Zupan, Journal of Statistical Software 2024), Barnes-Hut (van der
Maaten 2014) or interpolation by FFT (Linderman et al. 2019). The descent is that of openTSNE's
`optimize`, here as a generator, so that it can be watched and cancelled at every step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from alignlab import linalg
from alignlab.checks import InputError
from alignlab.extras import needed
from alignlab.maps.layout import Layout
from alignlab.maps.pca import principal_components
from alignlab.maps.spec import EXAGGERATED, MapSpec, Plan
from alignlab.neighbours import Neighbours, Search

INTERPOLATED_FROM = 10_000
"""From this many points on, the gradient is interpolated on a grid."""

EXACT = 50
"""Up to this many points all pairs are summed, without the Barnes-Hut tree."""

ANGLE, ANGLES = 0.5, (0.8, 0.8, 0.6)
"""Barnes-Hut: width over distance below which a cell counts as one point; and at each stage of a
map that is not small."""

WIDTHS = (2.0, 1.75, 1.5)
"""Interpolation: width of a cell, at each stage."""

COMPACT = 20
"""A map that is not wider is interpolated too, since few cells are needed."""

SMALL = 1_000
"""Fewer points than this are drawn without coarse sums and interpolation, in one thread."""

STAGES = (300, 150)
"""Numbers of steps left at which the second and the third, the finest, stage begin."""

FINEST = len(STAGES)

MOMENTUM = 0.8
LONGEST = 5.0
"""Largest distance by which a step moves a point."""

START = 1e-4
"""Larger standard deviation of the two coordinates at the start."""

JITTER = 0.01
"""Random part of a start from given positions, so that no two points start in one place."""

Gradient = Callable[[np.ndarray, int, bool], tuple[float, np.ndarray]]
"""From positions (m, 2), the stage and whether the divergence is measured, to the divergence and
the gradient (m, 2)."""


def tsne(
    X: np.ndarray, spec: MapSpec, start: np.ndarray | None, plan: Plan
) -> Iterator[Layout | int]:
    """t-SNE of different points X (m, k).

    start : positions (m, 2) to start from, of any size; None for those that the spec asks for. A
        given start is not exaggerated.
    Yields the layout at the start, every few steps and at the end, and otherwise the number of
    steps taken: while neighbours are searched, and at every step.
    Raises InputError where the positions grow beyond all numbers.
    """
    Y = _start(X, spec, start)
    early = spec.early_exaggeration if start is None else 1.0
    yield Layout(Y=Y, step=0, exaggerated=early > 1)
    search = Search(X, max(1, min(len(X) - 1, int(3 * spec.perplexity))))
    for _ in search.run():
        yield 0
    P = affinities(search.found, spec.perplexity)
    gradient = _gradient(P)
    velocity, gains = np.zeros_like(Y), np.ones_like(Y)
    P.data *= early
    divergence = np.nan
    for step in range(plan.steps):
        exaggeration = early if step < EXAGGERATED else 1.0
        stage = sum(plan.steps - step <= left for left in STAGES)
        measured = step > 0 and step % plan.kept == 0  # which takes longer
        found, G = gradient(_finite(Y, spec), stage, measured)
        if measured:  # P sums to the exaggeration, which the divergence is to be without
            divergence = found / exaggeration - np.log(exaggeration)
        if step > 0 and step % plan.shown == 0:
            yield Layout(
                Y=Y,
                step=step,
                exaggerated=exaggeration > 1,
                divergence=float(divergence),
            )
        elif step > 0:
            yield step
        turned = np.sign(velocity) == np.sign(G)
        gains = np.where(turned, 0.8 * gains + 0.01, gains + 0.2)
        velocity = MOMENTUM * velocity - len(Y) / exaggeration * gains * G
        length = np.sqrt((velocity**2).sum(axis=1, keepdims=True))
        velocity /= np.maximum(length / LONGEST, 1.0)
        Y += velocity
        Y -= Y.mean(axis=0)
        if step + 1 == EXAGGERATED:
            P.data /= early
    divergence, _ = gradient(_finite(Y, spec), FINEST, True)
    yield Layout(Y=Y, step=plan.steps, divergence=float(divergence))


def _finite(Y: np.ndarray, spec: MapSpec) -> np.ndarray:
    if not np.isfinite(Y).all():
        raise InputError(
            "maps",
            f"t-SNE of {len(Y)} points diverged to infinite values: raise the perplexity "
            f"({spec.perplexity:g}) or lower the early exaggeration ({spec.early_exaggeration:g})",
        )
    return Y


def affinities(near: Neighbours, perplexity: float) -> Any:
    """Joint probabilities (m, m) of m points and their neighbours, sparse, symmetric, of sum 1."""
    library = needed("openTSNE.affinity", "maps", "t-SNE")
    return library.joint_probabilities_nn(
        near.indices, near.distances, [perplexity], n_jobs=linalg.threads()
    )


def _start(X: np.ndarray, spec: MapSpec, start: np.ndarray | None) -> np.ndarray:
    random = np.random.default_rng(spec.seed)
    noise = START * random.normal(size=(len(X), 2))
    if start is None and spec.random_start:
        return noise
    Y = principal_components(X, 2)[0] if start is None else start - start.mean(axis=0)
    return Y / (Y.std(axis=0).max() or 1.0) * START + JITTER * noise


def _gradient(P: Any) -> Gradient:
    """The gradient at the affinities P (m, m), as each step needs it.

    Both approximations are finer from stage to stage: the last steps decide on the details.
    """
    library = needed("openTSNE.tsne", "maps", "t-SNE")
    m = P.shape[0]
    jobs = 1 if m < SMALL else linalg.threads()

    def gradient(Y: np.ndarray, stage: int, measured: bool) -> tuple[float, np.ndarray]:
        # the gradient is the same for any number of threads, but the divergence is one sum
        common = {"should_eval_error": measured, "n_jobs": 1 if measured else jobs}
        if m >= INTERPOLATED_FROM:
            grid = _grid(COMPACT, WIDTHS[stage])
            return library.kl_divergence_fft(Y, P, 1, grid, **common)
        if m >= SMALL and np.ptp(Y, axis=0).max() < COMPACT:
            return library.kl_divergence_fft(Y, P, 1, _grid(COMPACT, 1.0), **common)
        angle = 0.0 if m <= EXACT else ANGLE if m < SMALL else ANGLES[stage]
        return library.kl_divergence_bh(Y, P, 1, {"theta": angle}, **common)

    return gradient


def _grid(least: int, width: float) -> dict[str, float]:
    """A grid of at least so many cells each way, of at most this width, with 3 x 3 nodes each."""
    return {
        "n_interpolation_points": 3,
        "min_num_intervals": least,
        "ints_in_interval": width,
    }
