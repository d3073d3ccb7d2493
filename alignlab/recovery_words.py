"""What the pages on recovery in samples say, computed from the numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from alignlab.monte_carlo import OVERLAP, Sampling, noise_floor
from alignlab.phase import varied
from alignlab.phase_words import LABELS, SYMBOLS
from alignlab.recovery_maps import RecoveryMaps
from alignlab.spiked import OBJECTIVES, SpikedSpec
from alignlab.spiked_study import MOST, SpikedStudy
from alignlab.words import number, share

HALF = 0.5
"""An objective counts as failing where its subspace distance exceeds this."""


def sample_warning(spec: SpikedSpec, n: int) -> str:
    """What is wrong with so few pairs, or nothing."""
    if n - 1 < 2 * spec.d:
        return (
            f"n = {n:,} pairs are too few for d = {spec.d}: below 2d + 1 = {2 * spec.d + 1} some "
            "sample correlations are exactly 1 whatever the data are, and CA cannot tell signal "
            "from them. Take more pairs, or fewer features (a PCA of each view first)."
        )
    floor = noise_floor([varied(spec, "nu", 0.0)], n, range(4))[0, 0]
    if floor > HALF:
        return (
            f"n = {n:,} pairs are few for d = {spec.d}: nuisance without any correlation reaches "
            f"{number(floor)} in the sample's C. Only a stronger correlation than that is seen."
        )
    return ""


def map_words(maps: RecoveryMaps, sampling: Sampling) -> str:
    """How far samples fall short of theory over the plane, and the noise floor."""
    lost = {name: maps.lost(sampling, name) for name in OBJECTIVES}
    parts = [
        f"{LABELS[name]} loses {share(value)}" for name, value in lost.items() if np.isfinite(value)
    ]
    base = varied(maps.base(0), "nu", 0.0)
    floor = noise_floor([base], maps.n, maps.seeds)[:, 0]
    words = (
        f"Theory's curves (white) are those of infinitely many pairs. At n = {maps.n:,} pairs of "
        f"d = {maps.spec.d} features, of the points that theory promises"
        f"{' for q = 1' if maps.ratios[0] is not None else ''}: {'; '.join(parts)} "
        f"(mean squared overlap below {OVERLAP})."
    )
    return (
        f"{words} Nuisance without any correlation reaches {number(floor[0])} in the sample's C "
        f"and {number(floor[1])} in its A, where theory has 0: a signal value below is not found."
    )


def study_words(study: SpikedStudy, sampling: Sampling) -> str:
    """What an experiment shows, so far."""
    mean, _, _ = study.summary(sampling)
    if mean.isna().to_numpy().all():
        return "Nothing is measured yet."
    return {
        "distance": _distance_words,
        "errors": _error_words,
        "joint": _joint_words,
        "soft": _soft_words,
    }[study.experiment](study, mean)


def crossing(curve: pd.Series, level: float = HALF) -> float | None:
    """Where a curve first crosses a level, between two values linearly; None where it does not."""
    x, y = curve.index.to_numpy(dtype=float), curve.to_numpy()
    for at in range(len(x) - 1):
        a, b = y[at] - level, y[at + 1] - level
        if np.isfinite([a, b]).all() and a != b and (a > 0) != (b > 0):
            return float(x[at] + (x[at + 1] - x[at]) * a / (a - b))
    return None


def _distance_words(study: SpikedStudy, mean: pd.DataFrame) -> str:
    symbol, exact = SYMBOLS[study.over], study.thresholds
    lines = []
    for name in OBJECTIVES:
        found = crossing(mean[name])
        theory = exact.get(name)
        samples = (
            f"in samples of {study.n:,} pairs its distance crosses {HALF} at {symbol} = "
            f"{number(found)}"
            if found is not None
            else f"in samples of {study.n:,} pairs its distance stays "
            f"{'below' if mean[name].max() < HALF else 'above'} {HALF}"
        )
        if theory is None:
            delta = study.theory[f"delta {name}"]
            does = "recovers everywhere here" if (delta > 1).all() else "fails everywhere here"
            lines.append(f"- **{LABELS[name]}**: theory says it {does}; {samples}.")
        else:
            rising = study.theory[f"delta {name}"].iloc[-1] > 1
            side = "below" if rising else "above"
            lines.append(
                f"- **{LABELS[name]}**: theory says it fails {side} {symbol} = {number(theory)}; "
                f"{samples}."
            )
    return "\n".join([*lines, held_words(study)])


def held_words(study: SpikedStudy) -> str:
    """What holding nu or eta does to the two ratios while a nuisance variance varies."""
    if study.over not in ("gamma_tilde_x", "gamma_tilde_y"):
        return ""
    theory = study.theory

    def trend(name: str) -> str:
        first, last = (float(theory[f"delta {name}"].iloc[end]) for end in (0, -1))
        if np.isclose(first, last, rtol=1e-6):
            return f"Δ of {LABELS[name]} stays at {number(first)}"
        verb = "rises" if last > first else "falls"
        return f"Δ of {LABELS[name]} {verb} from {number(first)} to {number(last)}"

    symbol = SYMBOLS[study.over]
    why = (
        f"The correlation ν is held: nuisance grows with {symbol} in one view, and whitening "
        "takes just that out of C."
        if study.held == "nu"
        else f"The covariance η is held: as {symbol} grows the correlation ν = η / √(γ̃_x γ̃_y) "
        f"falls, which is what C sees (it is at most {MOST})."
    )
    return f"\n{why} {'; '.join(trend(name) for name in OBJECTIVES)}. The other choice is opposite."


def _error_words(study: SpikedStudy, mean: pd.DataFrame) -> str:
    at = (mean["cp distance"] - mean["ca distance"]).idxmax()
    row = mean.loc[at]
    lower = row["cp total"] < row["ca total"]
    verdict = (
        "lower error, wrong subspace"
        if lower and row["cp distance"] > HALF > row["ca distance"]
        else "no such case here"
    )
    return (
        f"At {SYMBOLS[study.over]} = {number(float(at))}, where the subspaces differ most: CP's "
        f"total error of {number(row['cp total'])} is {'below' if lower else 'not below'} that of "
        f"CA with a linear probe, {number(row['ca total'])}. Its error on the noiseless signal is "
        f"{number(row['cp signal'])} against {number(row['ca signal'])}, its subspace distance "
        f"{number(row['cp distance'])} against {number(row['ca distance'])}: **{verdict}**. "
        "The mean squared error does not tell signal from nuisance."
    )


def _joint_words(study: SpikedStudy, mean: pd.DataFrame) -> str:
    first, last = mean["distance"].iloc[0], mean["distance"].iloc[-1]
    words = (
        f"From CP (λ = 0) to CA: in samples of {study.n:,} pairs the distance goes from "
        f"{number(first)} to {number(last)} at λ = {number(study.values[-1])}."
    )
    jump = study.jump
    if jump is None:
        return f"{words} In the population it does not change within these values."
    return f"{words} In the population it jumps, at λ = {number(jump)}; samples smear the jump."


def _soft_words(study: SpikedStudy, mean: pd.DataFrame) -> str:
    low, high = study.values[0], study.values[-1]
    return (
        "CA may use a shared direction however weak it is, but its encoders pay: at κ_k = "
        f"{number(low)} their squared norm is {number(mean['norm'].iloc[0])} in samples of "
        f"{study.n:,} pairs, at κ_k = {number(high)} it is {number(mean['norm'].iloc[-1])}. In "
        f"the population they are {number(study.population['norm'].iloc[0])} and "
        f"{number(study.population['norm'].iloc[-1])}, never below the bound 2/φ_k."
    )


def trained_words(table: pd.DataFrame, closed: pd.DataFrame, over: str) -> str:
    """Where trained encoders and the closed forms lose the shared subspace."""
    curves = {name: table[name] for name in table}
    parts = []
    for name, curve in {**curves, "CA, closed form": closed["ca"], "CP": closed["cp"]}.items():
        at = crossing(curve)
        parts.append(
            f"{name}: {SYMBOLS[over]} = {number(at)}"
            if at is not None
            else f"{name}: nowhere so far"
        )
    return f"The subspace distance crosses {HALF} at: {'; '.join(parts)}."
