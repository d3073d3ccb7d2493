"""What a sweep shows, in sentences computed from it."""

from __future__ import annotations

from alignlab.experiments.sweep_ranges import thresholds
from alignlab.experiments.sweeps import HELD_OUT, IN_SAMPLE, SPREAD, Evaluation, Sweep
from alignlab.metrics import RETRIEVAL_PAIRS
from alignlab.names import FIELD_NAMES
from alignlab.words.numbers import number


def sweep_words(sweep: Sweep, evaluation: Evaluation) -> str:
    """What is swept, over how many values and seeds, and what is left out."""
    ranges = [_range(sweep.over, sweep.values)]
    if sweep.over2:
        ranges.append(_range(sweep.over2, sweep.values2))
    return (
        f"{' against '.join(ranges)}; {_count(len(evaluation.seeds), 'seed')} each. "
        f"{base_words(sweep)} {impossible_words(evaluation)}"
    ).rstrip()


def range_words(sweep: Sweep) -> str:
    """What is swept, in one line."""
    ranges = [_range(sweep.over, sweep.values)]
    if sweep.over2:
        ranges.append(_range(sweep.over2, sweep.values2))
    return f"{' against '.join(ranges)}."


def figure_4_words(evaluation: Evaluation) -> str:
    """What applies to all twelve panels."""
    return (
        f"{_count(len(evaluation.seeds), 'seed')} per point: mean, and a band from the "
        f"{SPREAD[0]}th to the {SPREAD[1]}th percentile. Click a panel to enlarge it. "
        f"{impossible_words(evaluation)}"
    ).rstrip()


def base_words(sweep: Sweep) -> str:
    """The fields that are fixed."""
    spec, swept = sweep.spec, {sweep.over, sweep.over2}
    parts = [f"n = {spec.n:,}"] if "n" not in swept else []
    parts += [f"k = {spec.k}"] if "k" not in swept else []
    if "d" not in swept:
        total = f"d₁ + d₂ = {spec.d1 + spec.d2}"
        parts.append(total if "d1_share" in swept else f"d₁ = {spec.d1}, d₂ = {spec.d2}")
    parts += [f"σ = {spec.noise:g}"] if "noise" not in swept else []
    return f"Fixed: {', '.join(parts)}."


def impossible_words(evaluation: Evaluation) -> str:
    """How many points are left out, and why."""
    none = int(evaluation.impossible.all(axis=1).sum())
    some = int(evaluation.impossible.any(axis=1).sum()) - none
    total = len(evaluation.specs)
    words = []
    if none:
        verb = "is" if none == 1 else "are"
        words.append(
            f"{none} of {total} points {verb} left out: k exceeds d₁ + d₂, or n is too small."
        )
    if some:
        words.append(
            f"At {some} of {total} points k exceeds the limit of some aligners: they are left out."
        )
    return " ".join(words)


def mark_words(sweep: Sweep) -> str:
    """The thresholds of the exact law within a sweep; empty if there are none."""
    marks = thresholds(sweep.spec, sweep.over)
    low, high = min(sweep.values), max(sweep.values)
    shown = [f"{name} at {number(at)}" for name, at in marks.items() if low <= at <= high]
    return f"Dotted: {', '.join(shown)}." if shown else ""


def metric_words(metric: str, pairs: str, seeds: int) -> str:
    """The caption of one metric's chart."""
    where = {
        "fitted": "on the fitted pairs",
        "held_out": f"on {HELD_OUT} held-out pairs",
        "both": f"on the fitted pairs (solid) and on {HELD_OUT} held-out ones (dashed)",
    }[pairs]
    among = f", among the first {RETRIEVAL_PAIRS} pairs" if metric == "retrieval" else ""
    how = "one seed"
    if seeds > 1:
        how = f"mean of {seeds} seeds, band from the {SPREAD[0]}th to the {SPREAD[1]}th percentile"
    return f"{IN_SAMPLE[metric].label} {where}{among}: {how}."


def _range(over: str, values: tuple[float, ...]) -> str:
    if len(values) == 1:
        return f"**{FIELD_NAMES[over]}** at {number(values[0])}"
    ends = f"from {number(values[0])} to {number(values[-1])}"
    return f"**{FIELD_NAMES[over]}** {ends} in {_count(len(values), 'value')}"


def _count(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"
