"""What an experiment with human activity shows, in sentences computed from its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from alignlab.har.dataset import ActivityDataset
from alignlab.har.methods import METHODS
from alignlab.har.pictures import PictureSpec
from alignlab.har.protocol import MORE, PUBLISHED, TOPS, ProtocolResult, ProtocolSpec
from alignlab.maps import PairMap, Snapshot
from alignlab.words.numbers import number

PRINTED = ("CMAE", "NCMAE", "top-1", "top-3", "top-5", "top-7", "R@1")
"""Metrics in the layout of the paper's Table 1, including those that it does not report."""

COMPARED = ("CMAE", "NCMAE", "top-1", "top-3", "R@1")
"""Metrics whose differences from CA are shown."""

SPLIT_NAMES = {"subject": "by subject", "random": "at random", "lists": "by the folder's lists"}

PLUS_MINUS = "\u202f±\u202f"
"""Between narrow non-breaking spaces, so that a number and its spread stay on one line."""

MODALITY_NAMES = {
    "skeleton": "skeleton", "inertial": "IMU", "depth": "depth", "rgb": "RGB video",
    "video": "simulated video",
}  # fmt: skip
"""Modalities as they are named in sentences."""

DRAWN = {
    "held_out": "held-out sequences (D_Val and D_Test)", "test": "sequences of D_Test",
    "align": "sequences of D_Align, which the encoders were trained on",
    "all": "sequences of all parts, including those that the encoders were trained on",
}  # fmt: skip
"""Sequences in a t-SNE map, by `PictureSpec.group`."""

PUBLISHED_GAIN = 0.439 - 0.386
"""Gain in top-1 of CA+PA over CA in the paper's Table 1."""

HARDLY = 3
"""Top-1 is near chance below this multiple of chance, or below halfway from chance to 1."""


def is_share(figure: str) -> bool:
    """Whether a metric is a share of sequences, shown in per cent."""
    return figure.startswith(("top-", "R@"))


def per_cent(value: float) -> str:
    """A share to a tenth of a per cent."""
    return f"{100 * value:.1f} %"


def cell(row: pd.Series, figure: str, *, signed: bool = False) -> str:
    """Mean ± standard deviation as text; shares in per cent, differences in percentage points.

    row : a row of `ProtocolResult.summary` or, signed, of `ProtocolResult.against`.
    """
    mean, std = float(row[figure, "mean"]), float(row[figure, "std"])
    if np.isnan(mean):
        return "–"
    sign = "+" if signed and mean >= 0 else "−" if mean < 0 else ""
    if is_share(figure):
        spread = "" if np.isnan(std) else f"{PLUS_MINUS}{100 * std:.1f}"
        return f"{sign}{100 * abs(mean):.1f}{spread}"
    if 1e-6 < std < 1e6:  # as many decimals as two digits of the spread need
        places = max(0, 1 - int(f"{std:.1e}".split("e")[1]))
        return f"{sign}{abs(mean):,.{places}f}{PLUS_MINUS}{std:,.{places}f}"
    spread = "" if np.isnan(std) else PLUS_MINUS + number(float(f"{std:.2g}"))
    return f"{sign}{number(abs(mean))}{spread}"


def headed(figure: str) -> str:
    """A metric as a column heading, with its unit."""
    return f"{figure}, %" if is_share(figure) else figure


def table_1(result: ProtocolResult) -> pd.DataFrame:
    """The layout of the paper's Table 1: measured rows, chance, and what the paper published."""
    summary = result.summary()
    rows = {
        METHODS[method].label: {figure: cell(summary.loc[method], figure) for figure in PRINTED}
        for method in summary.index
    }
    guess = {f"top-{count}": min(1.0, count * result.chance) for count in TOPS}
    guess["R@1"] = float(np.mean([1 / n for n in tested(result)]))
    rows["chance"] = {
        figure: f"{100 * guess[figure]:.1f}" if figure in guess else "–" for figure in PRINTED
    }
    for method, cells in PUBLISHED.iterrows():
        rows[f"paper: {method} (RGB)"] = {
            figure: cells.get(figure, "–").removesuffix(" %").replace(" ± ", PLUS_MINUS)
            for figure in PRINTED
        }
    found = pd.DataFrame.from_dict(rows, orient="index", columns=list(PRINTED))
    return found.rename(columns=headed)


def further_figures(result: ProtocolResult) -> pd.DataFrame:
    """Further metrics, on D_Test and on the other parts, and the seconds per seed."""
    summary, names = result.summary(), ("relative CMAE", "R@5", *MORE)
    rows = {}
    for method in summary.index:
        row = summary.loc[method]
        told = {headed(name): cell(row, name) for name in names}
        told["seconds per seed"] = number(float(f"{row['seconds', 'mean']:.2g}"))
        rows[METHODS[method].label] = told
    return pd.DataFrame.from_dict(rows, orient="index")


def by_action(result: ProtocolResult) -> tuple[list[str], list[int], np.ndarray]:
    """Labels of the methods, actions, and (methods, actions) accuracies over all seeds' tests.

    NaN for an action that is in no test set.
    """
    methods = [name for name in METHODS if any(name == one for one, _ in result.runs)]
    actions = sorted(set(result.actions.tolist()))
    right = np.zeros((len(methods), len(actions)))
    count = np.zeros_like(right)
    for (method, seed), run in result.runs.items():
        truth = result.actions[result.splits[seed].test]
        at = np.searchsorted(actions, truth)
        np.add.at(right[methods.index(method)], at, run.predicted == truth)
        np.add.at(count[methods.index(method)], at, 1)
    accuracy = np.full_like(right, np.nan)
    np.divide(right, count, out=accuracy, where=count > 0)
    return [METHODS[name].label for name in methods], actions, accuracy


def differences(result: ProtocolResult) -> pd.DataFrame:
    """Each method minus CA, paired by seed: mean ± standard deviation; empty without CA."""
    against = result.against()
    return pd.DataFrame.from_dict(
        {
            METHODS[method].label: {figure: cell(row, figure, signed=True) for figure in COMPARED}
            for method, row in against.iterrows()
        },
        orient="index",
        columns=list(COMPARED),
    )


def tested(result: ProtocolResult) -> list[int]:
    """Number of sequences in D_Test for each seed."""
    return [len(split.test) for split in result.splits.values()]


def _from_to(values: Sequence[float], places: int = 0) -> str:
    """One number, or both ends of their range: "8 to 10"."""
    ends = (f"{bound:.{places}f}" for bound in (min(values), max(values)))
    return " to ".join(dict.fromkeys(ends))


def setting(spec: ProtocolSpec) -> str:
    """What is aligned and how it is split, as a short phrase."""
    seeds = len(spec.seeds)
    return (
        f"{MODALITY_NAMES[spec.source]} → {MODALITY_NAMES[spec.target]}, {spec.k} dimensions, "
        f"split {SPLIT_NAMES[spec.split]}, {seeds} seed{'s' * (seeds != 1)}"
    )


def headline(result: ProtocolResult) -> str:
    """The verdict in one line: top-1 of CA, of the ceiling and of chance."""
    summary = result.summary()
    if "ca" not in summary.index:
        return "Nothing is trained yet."
    words = f"**CA classifies {_measured(summary, 'ca')}** without labels of the target"
    if "ceiling" in summary.index:
        words += f"; with them {_measured(summary, 'ceiling')}"
    return f"{words}, chance {per_cent(result.chance)}."


def result_words(result: ProtocolResult) -> list[str]:
    """The findings of the runs finished so far, one string each."""
    summary = result.summary()
    if "ca" not in summary.index:
        return [_alone(summary)] if "ceiling" in summary.index else []
    against = result.against()
    found = [_headline(result, summary, against)]
    if warning := _hardly(result, summary):
        found.append(warning)
    if "ca_pa" in against.index:
        found.append(_plain(against.loc["ca_pa"], result))
    others = [name for name in against.index if name not in ("ca_pa", "ceiling")]
    if others:
        found.append(_others(against, others))
    found += [
        f"{METHODS[method].label}, seed {seed}, could not be fitted: {why}."
        for (method, seed), why in result.failures.items()
    ]
    return found


def _alone(summary: pd.DataFrame) -> str:
    top = summary.loc["ceiling", ("top-1", "mean")]
    return f"A decoder trained on labels of the target itself reaches {per_cent(top)} top-1."


def _headline(result: ProtocolResult, summary: pd.DataFrame, against: pd.DataFrame) -> str:
    spec, tests = result.spec, tested(result)
    sizes, points = _from_to(tests), _from_to([100 / n for n in tests], 1)
    words = (
        f"**{METHODS['ca'].label} alone classifies {_measured(summary, 'ca')} of the test "
        f"sequences correctly** from {MODALITY_NAMES[spec.target]}, with labels of "
        f"{MODALITY_NAMES[spec.source]} only (chance {per_cent(result.chance)}; {sizes} test "
        f"sequences per seed, so one sequence is {points} percentage points)."
    )
    if "ca_pa" in against.index:
        change = _difference(against.loc["ca_pa"], "top-1")
        words += f" Adding plain perfect alignment changes this by {change}."
    if "ceiling" in summary.index:
        reached = _measured(summary, "ceiling")
        words += f" With labels of the target itself it is {reached} (the supervised ceiling)."
    return words


def _measured(summary: pd.DataFrame, method: str) -> str:
    return cell(summary.loc[method], "top-1") + " %"


def beyond(row: pd.Series, figure: str) -> bool | None:
    """Whether a paired difference exceeds its own spread over the seeds; None for one seed."""
    std = row[figure, "std"]
    return None if np.isnan(std) else bool(abs(row[figure, "mean"]) > std)


def _difference(row: pd.Series, figure: str) -> str:
    points = " points" if is_share(figure) else ""
    return cell(row, figure, signed=True) + points


def _plain(row: pd.Series, result: ProtocolResult) -> str:
    distance, relative = row["CMAE", "mean"], row["NCMAE", "mean"]
    label = METHODS["ca_pa"].label
    words = (
        f"{label} {'lowers' if distance < 0 else 'does not lower'} the distance between partners "
        f"(CMAE {_difference(row, 'CMAE')})"
    )
    if relative > 0 > distance:
        words += (
            f", because it shrinks both embeddings: relative to their size, partners are "
            f"further apart than before (NCMAE {_difference(row, 'NCMAE')})"
        )
    else:
        words += f", and the scale-free error NCMAE changes by {_difference(row, 'NCMAE')}"
    return f"{words}. {_accuracy(row)} {_paper(row, result)}"


def _accuracy(row: pd.Series) -> str:
    change = f"Top-1 changes by {_difference(row, 'top-1')}"
    verdict = beyond(row, "top-1")
    if verdict is None:
        return f"{change}; with one seed its spread is unknown."
    pairs = int(row["top-1", "pairs"])
    if not verdict:
        return f"{change}: no more than its standard deviation over {pairs} seeds."
    way = "gain" if row["top-1", "mean"] > 0 else "loss"
    return f"{change}: a {way} of more than its standard deviation over {pairs} seeds."


def _paper(row: pd.Series, result: ProtocolResult) -> str:
    """The published gain, compared with the one here once every seed has both methods."""
    spec = result.spec
    paper = f"The paper reports +{100 * PUBLISHED_GAIN:.1f} points on RGB video in 2048 dimensions"
    verdict = beyond(row, "top-1")
    if verdict is None or row["top-1", "pairs"] < len(spec.seeds):
        return f"{paper}."
    seen = verdict and row["top-1", "mean"] > 0
    theirs = "rgb" in (spec.source, spec.target) and spec.k == 2048
    other = "" if theirs else ", where data or dimensions differ from the paper's"
    return f"{paper}; such a gain is {'' if seen else 'not '}seen here{other}."


def _hardly(result: ProtocolResult, summary: pd.DataFrame) -> str:
    """A warning, once every seed is done, if the encoders are too weak for a comparison."""
    top, chance = summary["top-1", "mean"], result.chance
    why = []
    if _every_seed(result, "ca") and top["ca"] < min(HARDLY * chance, (1 + chance) / 2):
        why.append(f"CA's top-1 of {per_cent(top['ca'])} is near chance ({per_cent(chance)})")
    if _every_seed(result, "ca") and _every_seed(result, "ceiling"):
        best = top.drop("ceiling").idxmax()
        over = result.against("ceiling").loc[best]
        if over["top-1", "mean"] > 0 and beyond(over, "top-1") is not False:
            why.append(
                f"the supervised ceiling ({per_cent(top['ceiling'])}) is below "
                f"{METHODS[best].label} ({per_cent(top[best])})"
            )
    if not why:
        return ""
    return (
        f"**These encoders are undertrained**: {', and '.join(why)}. Differences between the "
        "methods mean little here: train for more epochs, or use more sequences."
    )


def _every_seed(result: ProtocolResult, method: str) -> bool:
    return all((method, seed) in result.runs for seed in result.spec.seeds)


def _others(against: pd.DataFrame, names: Sequence[str]) -> str:
    told = []
    for name in names:
        verdict = beyond(against.loc[name], "top-1")
        mark = "" if verdict is None else " (more than one SD)" if verdict else " (within one SD)"
        told.append(f"{METHODS[name].label} {_difference(against.loc[name], 'top-1')}{mark}")
    return "Change in top-1 relative to CA, on the same seeds: " + ", ".join(told) + "."


def picture_words(
    maps: Mapping[tuple[str, int], PairMap], spec: PictureSpec, result: ProtocolResult
) -> str:
    """Distances between partners in the t-SNE maps, and in the embeddings themselves.

    Methods are not ranked by their maps: another fit could change the order.
    """
    if not maps:
        return ""
    methods = [name for name in METHODS if any(name == method for method, _ in maps)]
    relative = {
        name: [one.relative for (method, _), one in maps.items() if method == name]
        for name in methods
    }
    told = ", ".join(
        f"{METHODS[name].label} {np.mean(values):.3f}"
        + (f"{PLUS_MINUS}{np.std(values, ddof=1):.2g}" if len(values) > 1 else "")
        for name, values in relative.items()
    )
    summary, seeds = result.summary(), len(result.spec.seeds)
    measured = ", ".join(
        f"{METHODS[name].label} {summary.loc[name, ('NCMAE', 'mean')]:.3f}"
        for name in methods
        if name in summary.index
    )
    over = f"mean over {seeds} seeds" if seeds > 1 else "one seed"
    scale = (
        "All maps come from one joint fit, so total distances can be compared too"
        if spec.joint
        else "Each map has its own scale, so total distances cannot be compared"
    )
    return (
        f"Shown: {DRAWN[spec.group]}, from the training with seed {spec.run}. Distance between "
        f"partners in the map, relative to random pairs (1 means no closer): {told}. In the "
        f"embedding itself: NCMAE {measured} (D_Test, {over}). t-SNE preserves neighbourhoods, not "
        "distances (trustworthiness is 1 if all neighbours in the map are neighbours in the "
        f"embedding). {scale}."
    )


def picture_caption(one: PairMap, label: str, rows: int) -> str:
    """The caption of a t-SNE map, also its alternative text."""
    return (
        f"{label}: {rows} sequences; total distance between partners {one.total:,.0f}, "
        f"{one.relative:.3f} of that of random pairs. Trustworthiness "
        f"{one.trustworthiness:.2f}."
    )


def forming_caption(one: Snapshot | None, label: str, steps: int) -> str:
    """The caption of a t-SNE map of so many steps while it forms, or before it is begun."""
    if one is None:
        return f"{label}: not begun yet."
    if one.step == 0:
        return f"{label}: the start of {steps} steps."
    stage = ", with early exaggeration" if one.exaggerated else ""
    known = not np.isnan(one.divergence)
    divergence = f"; Kullback–Leibler divergence {one.divergence:.3f}" if known else ""
    return f"{label}: step {one.step} of {steps}{stage}{divergence}."


def data_words(dataset: ActivityDataset) -> str:
    """What a data set contains."""
    there = ", ".join(f"{MODALITY_NAMES[name]} {count}" for name, count in dataset.counts.items())
    return (
        f"{dataset.source}: {len(dataset):,} sequences of {len(np.unique(dataset.actions))} "
        f"actions by {len(np.unique(dataset.subjects))} subjects ({there})."
    )


def time_words(seconds: float) -> str:
    """An estimated time: "about 40 s", "about 3 min"."""
    return f"about {seconds:.0f} s" if seconds < 90 else f"about {seconds / 60:.0f} min"
