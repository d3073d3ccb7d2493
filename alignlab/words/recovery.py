"""What the experiments on recovery in samples show, in sentences computed from the numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from alignlab.names import LABELS, SYMBOLS
from alignlab.spiked.infonce import TrainingSweep
from alignlab.spiked.model import OBJECTIVES
from alignlab.spiked.monte_carlo import Sampling
from alignlab.spiked.recovery import MOST, SpikedStudy
from alignlab.words.numbers import number
from alignlab.words.phase import ratio

HALF = 0.5
"""An objective fails where its subspace distance exceeds this."""

NEAR = 0.02
"""Crossings closer than this are treated as equal."""


def study_words(study: SpikedStudy, sampling: Sampling) -> str:
    """What an experiment shows so far."""
    mean, _, _ = study.summary(sampling)
    if mean.isna().to_numpy().all():
        return "Nothing is measured yet."
    if study.experiment == "soft":
        return _soft_words(study, mean, sampling)
    words = {"distance": _distance_words, "errors": _error_words, "joint": _joint_words}
    return words[study.experiment](study, mean)


def headline(study: SpikedStudy, sampling: Sampling) -> str:
    """The verdict in one line."""
    mean, _, _ = study.summary(sampling)
    if mean.isna().to_numpy().all():
        return "Nothing is measured yet."
    if study.experiment == "soft":
        first, last = (number(float(mean["norm"].iloc[end])) for end in (0, -1))
        low, high = number(float(mean.index[0])), number(float(mean.index[-1]))
        return (
            f"**The squared norm of CA's encoders**: {first} at $\\kappa_k$ = {low}, {last} at "
            f"{high}."
        )
    if study.experiment == "joint":
        first, last = (number(float(mean["distance"].iloc[end])) for end in (0, -1))
        return f"**From prediction to alignment** the distance goes from {first} to {last}."
    if study.experiment == "errors":
        at = (mean["cp distance"] - mean["ca distance"]).abs().idxmax()
        row = mean.loc[at]
        error, other = number(row["cp total"]), number(row["ca total"])
        far, near = number(row["cp distance"]), number(row["ca distance"])
        return (
            f"**CP's error {error} against {other}**, its distance {far} against {near}, at "
            f"{SYMBOLS[study.over]} = {number(float(at))}."
        )
    places = {name: crossing(mean[name]) for name in OBJECTIVES}
    told = ", ".join(
        f"{LABELS[name]} {'nowhere' if at is None else f'at {at:.2g}'}"
        for name, at in places.items()
    )
    return f"**The distance crosses {HALF}** along {SYMBOLS[study.over]}: {told}."


def trained_headline(sweep: TrainingSweep, table: pd.DataFrame, closed: pd.DataFrame) -> str:
    """The verdict in one line: where trained encoders and the closed form lose the subspace."""
    found = [at for name in table if (at := crossing(table[name])) is not None]
    best = crossing(closed["ca"])
    where = "nowhere" if best is None else f"at {best:.2f}"
    ends = dict.fromkeys(f"{at:.2f}" for at in (min(found), max(found))) if found else ["nowhere"]
    return (
        f"**The distance crosses {HALF}** along {SYMBOLS[sweep.over]}: CA's closed form {where}, "
        f"trained encoders {' to '.join(ends)}."
    )


def crossing(curve: pd.Series, level: float = HALF) -> float | None:
    """Where a curve first crosses a level, by linear interpolation; None if it does not."""
    curve = curve.dropna().sort_index()
    x, y = curve.index.to_numpy(dtype=float), curve.to_numpy() - level
    for at in np.flatnonzero((y[:-1] > 0) != (y[1:] > 0)):
        return float(x[at] + (x[at + 1] - x[at]) * y[at] / (y[at] - y[at + 1]))
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
            last = study.theory[f"delta {name}"].sort_index().iloc[-1]
            side = "below" if last > 1 else "above"
            lines.append(
                f"- **{LABELS[name]}**: theory says it fails {side} {symbol} = {number(theory)}; "
                f"{samples}."
            )
    more = [words for words in (direction_words(study), held_words(study)) if words]
    return "\n\n".join(["\n".join(lines), *more])


def held_words(study: SpikedStudy) -> str:
    """How the ratios depend on a nuisance variance while nu or eta is held fixed."""
    if study.over not in ("gamma_tilde_x", "gamma_tilde_y"):
        return ""
    cap, theory = study.cap, study.theory.sort_index()
    if study.spec.values("nu").max() == 0:
        return "With ν = 0 the nuisance affects no objective, whatever its variance."
    theory = theory if cap is None else theory[theory.index >= cap]
    if len(theory) < 2:
        return ""

    def trend(name: str) -> str:
        first, last = (float(theory[f"delta {name}"].iloc[end]) for end in (0, -1))
        if np.isclose(first, last, rtol=1e-6):
            return f"Δ of {LABELS[name]} stays at {ratio(first)}"
        verb = "rises" if last > first else "falls"
        return f"Δ of {LABELS[name]} {verb} from {ratio(first)} to {ratio(last)}"

    symbol = SYMBOLS[study.over]
    why = (
        f"The correlation ν is held fixed: nuisance grows with {symbol} in one view, and "
        "whitening removes exactly this growth from C."
        if study.held == "nu"
        else f"The covariance η is held fixed: as {symbol} grows, the correlation ν falls (η over "
        "the square root of the product of both nuisance variances), and ν is what enters C."
    )
    capped = ""
    if cap is not None and min(study.values) < cap:
        capped = (
            f" Below {symbol} = {number(cap)} this η would need a larger ν than is allowed: ν "
            f"stays at {MOST}."
        )
    return f"{why} {'; '.join(trend(name) for name in OBJECTIVES)}.{capped}"


def direction_words(study: SpikedStudy) -> str:
    """Whether recovery depends on the direction of prediction, along the swept values."""
    theory = study.theory.sort_index()
    forward, back = (theory[f"delta {name}"] > 1 for name in ("cp", "cp_reverse"))
    parts = []
    for better, target in ((forward & ~back, "y from x"), (back & ~forward, "x from y")):
        if better.any():
            ends = [number(float(theory.index[better][end])) for end in (0, -1)]
            where = f"from {ends[0]} to {ends[1]}" if ends[0] != ends[1] else f"at {ends[0]}"
            parts.append(f"{where} only predicting {target} recovers")
    if not parts:
        return "The direction of prediction makes no difference to recovery here."
    return f"The direction of prediction matters along {SYMBOLS[study.over]}: {'; '.join(parts)}."


def _error_words(study: SpikedStudy, mean: pd.DataFrame) -> str:
    at = (mean["cp distance"] - mean["ca distance"]).abs().idxmax()
    row = mean.loc[at]
    lower = row["cp total"] < row["ca total"]
    verdict = (
        "lower error, wrong subspace"
        if lower and row["cp distance"] > HALF > row["ca distance"]
        else "no such case here"
    )
    return (
        f"At {SYMBOLS[study.over]} = {number(float(at))}, where the distances differ most: CP's "
        f"total error of {number(row['cp total'])} is {'below' if lower else 'not below'} that of "
        f"CA with a linear probe, {number(row['ca total'])}. Its error on the noiseless signal is "
        f"{number(row['cp signal'])} against {number(row['ca signal'])}, its subspace distance "
        f"{number(row['cp distance'])} against {number(row['ca distance'])}: **{verdict}**. "
        "The mean squared error does not distinguish signal from nuisance."
    )


def _joint_words(study: SpikedStudy, mean: pd.DataFrame) -> str:
    first, last = mean["distance"].iloc[0], mean["distance"].iloc[-1]
    start = "From CP (λ = 0)" if study.values[0] == 0 else f"From λ = {number(study.values[0])}"
    words = (
        f"{start} to CA: in samples of {study.n:,} pairs the distance goes from "
        f"{number(first)} to {number(last)} at λ = {number(study.values[-1])}."
    )
    jump = study.jump
    if jump is None:
        return f"{words} In the population it does not change over these values."
    return f"{words} In the population it jumps at λ = {number(jump)}; samples smooth the jump."


def _soft_words(study: SpikedStudy, mean: pd.DataFrame, sampling: Sampling) -> str:
    population, nu = study.population["norm"], float(study.spec.values("nu").max())
    low, high = study.values[0], study.values[-1]
    weak = "however weak it is" if nu == 0 else f"that is stronger than the nuisance (ν = {nu:g})"
    words = (
        f"In the population CA uses a shared direction {weak}, at a cost: the squared norm of its "
        f"encoders is {number(population.iloc[-1])} at $\\kappa_k$ = {number(high)} and "
        f"{number(population.iloc[0])} at $\\kappa_k$ = {number(low)}, never below the bound "
        "$2/\\phi_k$."
    )
    found = study.found(sampling)
    if found is None or mean["norm"].isna().any():
        return words
    if found.all():
        return f"{words} Samples of {study.n:,} pairs agree at every value here."
    floor = number(sampling.floors[0, 0])
    where = (
        f"down to $\\kappa_k$ = {number(float(found.index[found][0]))}"
        if found.any()
        else "nowhere"
    )
    return (
        f"{words} Samples of {study.n:,} pairs agree {where}. Elsewhere the weak direction's "
        f"canonical correlation is below the {floor} that nuisance reaches in samples, and CA "
        f"takes nuisance instead: at $\\kappa_k$ = {number(low)} their norm of "
        f"{number(mean['norm'].iloc[0])} is that of another direction."
    )


def trained_words(sweep: TrainingSweep, table: pd.DataFrame, closed: pd.DataFrame) -> str:
    """Where trained encoders and the closed forms lose the shared subspace."""
    symbol, best = SYMBOLS[sweep.over], crossing(closed["ca"])
    curves = {name: table[name] for name in table} | {"CA, closed form": closed["ca"]}
    found = {name: crossing(curve) for name, curve in curves.items()}
    parts = [
        f"{name}: {symbol} ≈ {at:.2f}"
        if at is not None
        else f"{name}: {'not known yet' if curves[name].isna().any() else 'nowhere'}"
        for name, at in found.items()
    ]
    words = f"The subspace distance crosses {HALF} at: {'; '.join(parts)}."
    if best is None:
        return words
    # whether recovery ends or begins at the crossing
    ends = closed["ca"].sort_index().iloc[0] < HALF
    worse = [
        name
        for name in table
        if (at := found[name]) is not None and (at < best - NEAR if ends else at > best + NEAR)
    ]
    if worse:
        what = "lose the shared subspace earlier" if ends else "find the shared subspace later"
        words += (
            f" At {len(worse)} of {len(table.columns)} temperatures trained encoders {what} than "
            f"CA's closed form, after {sweep.training.steps} steps in batches of "
            f"{min(sweep.training.batch, sweep.n)}. More steps, larger batches (the paper's are "
            "1,024) and more seeds can be set in the sidebar."
        )
    return words
