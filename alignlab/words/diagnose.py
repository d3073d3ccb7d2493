"""What a diagnosis says, in sentences computed from its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import floor

import numpy as np

from alignlab.diagnosis.advice import Available
from alignlab.diagnosis.pairing import COUPLED
from alignlab.diagnosis.result import Diagnosis
from alignlab.diagnosis.tables import STRENGTHS, ratio_table, swapped_regime
from alignlab.diagnosis.verdict import LARGEST, UNDETERMINED
from alignlab.diagnosis.verdict import listed as in_running_text
from alignlab.names import LABELS, WAYS
from alignlab.spiked.model import OBJECTIVES
from alignlab.spiked.theory import SeparationRatios
from alignlab.words.advice import (
    POSSIBLE,
    RATIOS,
    advice_words,
    columns_words,
    curve,
    figure,
    found_later,
    scores_words,
)
from alignlab.words.numbers import number, share
from alignlab.words.phase import told_apart

MATRICES = {"ca": "C", "cp": "A", "cp_reverse": "A reversed"}

SHORT = 70
"""A reason of at most this many characters is part of the verdict in one line."""

WHOLE = 0.95
"""If a smaller share of a view's variance is kept, the sentences warn of what is left out."""


def ratio(value: float) -> str:
    """A Delta as text: two decimals, more near 1, and "over ..." above `LARGEST`."""
    if np.isnan(value):
        return "not known"
    if value >= LARGEST * (1 - 1e-9):
        return f"over {LARGEST:,.0f}"
    text = f"{value:.2f}" if value < 9.995 else f"{value:.1f}"
    return told_apart(value, 1.0)[0] if text == "1.00" else text


def reason_words(reason: str) -> str:
    """The reason of a verdict as shown on the page, with Δ."""
    return reason.replace("Delta", "Δ")


def headline(found: Diagnosis, available: Available = "both") -> str:
    """What to train with these views according to held-out labels; then the regime of theory."""
    if found.advice is None:
        if found.regime == UNDETERMINED:
            return f"**{UNDETERMINED}**: {reason_words(found.reason)}."
        return f"Held-out labels are being scored. {_theory(found, '')}{_but(found)}"
    advice = getattr(found.advice, available)
    theory = _theory(found, advice.objective)
    if (
        advice.objective == "none"
        and found.regime != UNDETERMINED
        and any(name in POSSIBLE[available] for name in recovered(found)[0])
    ):
        theory += f" Yet {advice.against} predicts these labels at least as well."
    return f"{advice_words(found, available)} {theory}{_but(found)}"


def verdict_words(found: Diagnosis, available: Available = "both") -> str:
    """The headline without its reasons, in one line: what to train, and the regime of theory."""
    if found.advice is None:
        if found.regime == UNDETERMINED:
            return f"**{UNDETERMINED}**: {_reason_in_short(found)}."
        return f"Held-out labels are being scored. Theory says **{found.regime}**."
    one = getattr(found.advice, available)
    yet = " yet" if found_later(found, available) else ""
    train = {"none": f"Train nothing{yet}", "undetermined": "No advice"}
    what = train.get(one.objective, f"Train {one.objective}")
    return f"**{what}**, by held-out labels; theory says **{found.regime}**."


def _reason_in_short(found: Diagnosis) -> str:
    if not _coupled(found):
        broken = found.pairing is not None and found.pairing.broken
        return f"{'some rows' if broken else 'the rows'} are not paired"
    if not found.labelled:
        return "there are no labels"
    why = reason_words(found.reason)
    return why if len(why) <= SHORT else "the reason is below"


def _theory(found: Diagnosis, objective: str) -> str:
    """The regime and what decides it, and where it differs from the advice of held-out labels."""
    if found.regime == UNDETERMINED:
        return f"The verdict of theory is **{UNDETERMINED}**: {reason_words(found.reason)}."
    kept, lost = recovered(found)
    words = f"Theory says **{found.regime}**{_supported(found)}"
    few = found.directions == 1
    weakest = "the one label direction" if few else f"the weakest of {found.directions} directions"
    every = "the one label direction" if few else f"all {found.directions} label directions"
    verb = "recovers" if len(kept) == 1 else "recover"
    if not kept:
        words += f", because {weakest} falls below the nuisance"
    else:
        words += f": {listed(kept)} {verb} {every}"
        if lost:
            words += f"; in {listed(lost)} {weakest} falls below the nuisance"
    if RATIOS.get(objective) in lost and not few:
        words += "; the other directions are enough"
    return words + "."


def recovered(found: Diagnosis) -> tuple[list[str], list[str]]:
    """Objectives that recover all label directions in the population, and those that do not."""
    assert found.population is not None
    true = found.population.ratios
    kept = [name for name in OBJECTIVES if true[name] > 1]
    return kept, [name for name in OBJECTIVES if name not in kept]


def listed(names: list[str]) -> str:
    """Objectives in running text."""
    return in_running_text([WAYS[name] for name in names])


def _but(found: Diagnosis) -> str:
    """Reasons to doubt the verdict even where resamples agree."""
    words = ""
    if found.sample is not None and found.sample.regime != found.regime != UNDETERMINED:
        words += (
            f" Training on only these {found.n:,} pairs is in the regime **{found.sample.regime}**"
        )
        later = found_later(found)
        words += f"; more pairs would help {listed(later)}." if later else "."
    if found.population is not None and min(found.explained) < WHOLE:
        words += f" Only {_analysed(found)} was analysed."
    return words


def _analysed(found: Diagnosis) -> str:
    """The share of the variance of each view that was cut, as "74% of the variance of y"."""
    cut = [name for name, one in zip("xy", found.explained, strict=True) if one < WHOLE]
    shares = [share(one) for one in found.explained if one < WHOLE]
    return f"{' and '.join(shares)} of the variance of {' and '.join(cut)}"


def _supported(found: Diagnosis) -> str:
    if np.isnan(found.support):
        return ""
    if found.support == 1:
        return f" (all {found.resamples} resamples agree)"
    return f" ({floor(100 * found.support + 1e-9)}% of {found.resamples} resamples agree)"


def diagnosis_words(found: Diagnosis, columns: Sequence[Sequence[str]] | None = None) -> list[str]:
    """The findings and their reasons, one string each.

    columns : names of the columns of x and of y.
    """
    sentences = [*columns_words(found, columns), _unlabelled(found), _paired(found)]
    sentences += [_read(found), _reduced(found)]
    if found.population is not None and _coupled(found):
        parts = (_ratios, _decides, _swapped, _partial, _sample)
        sentences = [*(part(found) for part in parts), *sentences]
    return [sentence for sentence in [*scores_words(found), *sentences] if sentence]


def _coupled(found: Diagnosis) -> bool:
    """Whether all rows are pairs; if not, their ratios describe mispaired rows or noise."""
    return found.pairing is None or found.pairing.intact


def without_noise(found: Diagnosis) -> Diagnosis:
    """The diagnosis as shown on the page: without ratios if the rows are not pairs."""
    if _coupled(found) or found.population is None:
        return found
    spectra = {
        name: replace(part, shared=np.full_like(part.shared, np.nan))
        for name, part in found.spectra.items()
    }
    return replace(found, population=None, sample=None, directions=0, spectra=spectra)


def _ratios(found: Diagnosis) -> str:
    assert found.population is not None
    parts = []
    for name in OBJECTIVES:
        low, high = found.intervals[name]
        between = "" if np.isnan(low) else f" ({ratio(low)} to {ratio(high)})"
        parts.append(f"{LABELS[name]} {ratio(found.population.ratios[name])}{between}")
    interval = ", with 90% intervals over resamples" if found.resamples else ""
    return (
        f"Δ in the population{interval}: {'; '.join(parts)}. An objective recovers if Δ exceeds 1."
    )


def _decides(found: Diagnosis) -> str:
    """The two values behind each of the ratios that decide the regime."""
    assert found.population is not None
    parts = []
    for name in ("ca", "cp"):
        signal = float(found.population.signal[name].min())
        nuisance = found.population.nuisance[name]
        verb = "exceeds" if signal > nuisance else "is below"
        values = told_apart(signal, nuisance)
        of_all = f"weakest of {found.directions} signal values"
        parts.append(
            f"for {MATRICES[name]} the {of_all if found.directions > 1 else 'signal value'}, "
            f"{values[0]}, {verb} the largest nuisance value, {values[1]}"
        )
    sees = f"The label subspace has {found.directions} dimension{'s' * (found.directions != 1)}"
    if found.directions == min(found.components):
        return (
            f"{sees}, as many as a view has: no direction is left for nuisance, so nothing can "
            "hide the signal."
        )
    return f"{sees}: {', and '.join(parts)}."


def _swapped(found: Diagnosis) -> str:
    """The regime refers to CA and CP from x to y; with x and y swapped it may differ."""
    swapped = swapped_regime(found)
    if found.regime in (UNDETERMINED, swapped):
        return ""
    return (
        f"The regime **{found.regime}** refers to CA and CP from x to y; with x and y swapped it "
        f"is **{swapped}**, which refers to CA and CP from y to x."
    )


def _partial(found: Diagnosis) -> str:
    """How many directions an objective that fails still recovers."""
    table = ratio_table(found)
    some = [
        f"{int(row['above'])} of {found.directions} with {LABELS[str(name)]}"
        for name, row in table.iterrows()
        if row["delta"] <= 1 and row["above"] > 0
    ]
    if not some:
        return ""
    return (
        "Δ above 1 requires all directions. Some exceed the nuisance even where Δ is below 1: "
        f"{', '.join(some)}."
    )


def _sample(found: Diagnosis) -> str:
    """The second reading: the regime of training on these pairs."""
    assert found.population is not None
    assert found.sample is not None
    seen = found.sample
    values = ", ".join(f"{LABELS[name]} {ratio(seen.ratios[name])}" for name in OBJECTIVES)
    if seen.regime == found.population.regime:
        return (
            f"Training on these {found.n:,} pairs is in the same regime: uncorrected Δ of {values}."
        )
    true = found.population.ratios
    lost = [LABELS[name] for name in OBJECTIVES if seen.ratios[name] <= 1 < true[name]]
    won = [LABELS[name] for name in OBJECTIVES if true[name] <= 1 < seen.ratios[name]]
    words = (
        f"Training on these {found.n:,} pairs is in another regime, **{seen.regime}**: uncorrected "
        f"Δ of {values}."
    )
    if lost:
        words += (
            f" More pairs would help {' and '.join(lost)}: sampling noise raises the largest "
            "nuisance value."
        )
    if won:
        words += f" Sampling noise overstates {' and '.join(won)}."
    return words


def _unlabelled(found: Diagnosis) -> str:
    if found.labelled or found.population is not None:
        return ""
    return (
        "Without labels, signal cannot be distinguished from correlated nuisance: what the views "
        "share may be what you want to keep or what you want to discard. Pairs alone give only "
        "the spectra, their permutation null and the strength of the pairing."
    )


def _read(found: Diagnosis) -> str:
    """How the labels were interpreted, with notes on that."""
    if found.labels_read is None:
        return ""
    said = f"Labels are read as {found.labels_read.words()}."
    return " ".join([said, *(f"{note[0].upper()}{note[1:]}." for note in found.labels_read.notes)])


def _paired(found: Diagnosis) -> str:
    """Whether the rows are pairs at all."""
    if found.pairing is None:
        return ""
    one = found.pairing.held_out
    told = (
        "on rows that they were not fitted on, the leading canonical variates correlate at "
        f"{number(float(f'{one.value:.2g}'))} on average, "
        f"{number(abs(float(f'{one.z:.2g}')))} standard deviations "
        f"{'above' if one.z >= 0 else 'below'} permuted pairs"
    )
    if found.pairing.broken:
        return (
            "Some rows are not paired with the same rows of the other view: on all rows, "
            f"{told}. Any Δ would be that of mispaired rows."
        )
    if not _coupled(found):
        return f"There is no evidence that the rows are paired: {told}. Any Δ would be noise."
    if one.z >= COUPLED:
        return f"The rows are paired: {told}."
    return f"The rows are paired according to other statistics than this one: {told}."


def _reduced(found: Diagnosis) -> str:
    d1, d2 = found.components
    labelled = f", {found.labelled:,} with labels" if found.labelled != found.n else ""
    what = f"{d1} and {d2} principal components are kept"
    if min(found.explained) > 1 - 1e-9:
        return f"{found.n:,} pairs{labelled}; {what}, which explain all of the variance."
    shares = " and ".join(share(one) for one in found.explained)
    words = f"{found.n:,} pairs{labelled}; {what}, which explain {shares} of the variance."
    if min(found.explained) < WHOLE:
        words += (
            " The rest is not analysed, including any signal in it: check whether more components, "
            "or more pairs that allow them, change the verdict."
        )
    return words


def truth_words(truth: SeparationRatios) -> str:
    """The regime and ratios of the model that generated the pairs."""
    values = ", ".join(f"{LABELS[name]} {ratio(getattr(truth, name))}" for name in OBJECTIVES)
    return f"The model that generated these pairs is in **{truth.regime}**: Δ of {values} (★)."


def picture_words(found: Diagnosis) -> dict[str, str]:
    """A caption for each figure, by name; also its alternative text."""
    floor = "Dashed: the permutation null of the largest value, 95th percentile"
    floor += (
        "." if found.population is None else ", and the largest nuisance value of the population."
    )
    coloured = (
        "" if found.population is None else " Coloured: components mostly in the label subspace."
    )
    where = f"{found.regime}."
    if found.population is not None:
        where = (
            f"CP recovers to the right of 1, CA above 1: Δ of CP {ratio(found.delta_cp)}, of CA "
            f"{ratio(found.delta_ca)}. Small dots: {found.resamples} resamples; bars: 90% of them."
        )
    return {
        **_score_captions(found),
        "where": where,
        "ratios": "Filled: the population, with 90% intervals over resamples. Open: training on "
        "these pairs.",
        "spectrum of C": f"The matrix that CA decomposes.{coloured} {floor}",
        "spectrum of A": f"The matrix that CP decomposes, in target units.{coloured} {floor}",
        "labels": "Filled: components mostly in the label subspace. Where signal and nuisance "
        "values are close, a component mixes both.",
        "signal and nuisance": "An objective recovers if all its points are above its bar: "
        "dark bar for the population, light bar for these pairs.",
        "pairing": _strengths(found),
        "pairing along the rows": "Canonical pairs, fitted on rows whose pairing holds or is "
        "restored by a lag: 1 where row i of x and of y are coupled as elsewhere, 0 where they are "
        "not. Bands: stretches in which the pairing is broken.",
    }


def _score_captions(found: Diagnosis) -> dict[str, str]:
    if found.scores is None:
        return {}
    scores = found.scores
    basis = f"{scores.rows:,} labelled rows, each scored by a model fitted on other rows"
    unit = "every class right" if scores.metric == "balanced accuracy" else "all variance explained"
    chance = f"dotted: chance, {scores.chance:.3g}; 1 is {unit}"
    shares = []
    for name in ("CA", "CP", "CP reversed"):
        k, best = max(curve(scores, name), key=lambda point: point[1])
        shares.append(f"{name} {figure(best)} at k = {k}")
    return {
        "held-out scores": f"Filled: at k = {scores.k}, with 90% intervals; open: at the best k. "
        f"x, y, and both concatenated are untrained, with all components. {basis}; {chance}.",
        "scores by dimension": f"Best: {', '.join(shares)}. Bands: 90% intervals. The probe has 2k "
        f"inputs. Horizontal lines: untrained views. {basis}; {chance}.",
    }


def _strengths(found: Diagnosis) -> str:
    if found.pairing is None:
        return "Being computed."
    beyond = [
        label for name, label in STRENGTHS.items() if getattr(found.pairing, name).z >= COUPLED
    ]
    verdict = f"Beyond {COUPLED:g} standard deviations: {', '.join(beyond) or 'none'}."
    where = [
        f"{one.first:,} to {one.last:,}" + ("" if one.lag is None else f" (lag {one.lag:+d})")
        for one in found.pairing.broken
    ]
    if where:
        verdict += f" Broken in rows {in_running_text(where)}, counted from 0."
    return (
        f"Of {found.pairing.rows:,} rows, distances among {found.pairing.distances_between:,}. "
        f"Marks: permutation null, 95th percentile of 100. {verdict}"
    )
