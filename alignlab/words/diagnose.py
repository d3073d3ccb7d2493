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

WHOLE = 0.95
"""With a smaller share of a view's variance kept, the words warn of what is left out."""


def ratio(value: float) -> str:
    """A Delta as it is read: two decimals, more beside 1, open beyond what is told apart."""
    if np.isnan(value):
        return "not known"
    if value >= LARGEST * (1 - 1e-9):
        return f"over {LARGEST:,.0f}"
    text = f"{value:.2f}" if value < 9.995 else f"{value:.1f}"
    return told_apart(value, 1.0)[0] if text == "1.00" else text


def reason_words(reason: str) -> str:
    """The reason of a verdict as it is shown."""
    return reason.replace("Delta", "Δ")


def headline(found: Diagnosis, available: Available = "both") -> str:
    """What to train where these views are there, by held-out labels; then what theory reads."""
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
        theory += f" Yet {advice.against} tells as much of these labels or more."
    return f"{advice_words(found, available)} {theory}{_but(found)}"


def _theory(found: Diagnosis, objective: str) -> str:
    """The regime with what decides it, and where it differs from what held-out labels advise."""
    if found.regime == UNDETERMINED:
        return f"Theory is **{UNDETERMINED}**: {reason_words(found.reason)}."
    kept, lost = recovered(found)
    words = f"Theory says **{found.regime}**{_supported(found)}"
    few = found.directions == 1
    weakest = "the one label direction" if few else f"the weakest of {found.directions} directions"
    every = "the one label direction" if few else f"all {found.directions} label directions"
    verb = "keeps" if len(kept) == 1 else "keep"
    if not kept:
        words += f", because {weakest} falls below nuisance"
    else:
        words += f": {listed(kept)} {verb} {every}"
        if lost:
            words += f"; in {listed(lost)} {weakest} falls below nuisance"
    if RATIOS.get(objective) in lost and not few:
        words += "; the others are enough"
    return words + "."


def recovered(found: Diagnosis) -> tuple[list[str], list[str]]:
    """Objectives that keep every label direction in the population, and those that do not."""
    assert found.population is not None
    true = found.population.ratios
    kept = [name for name in OBJECTIVES if true[name] > 1]
    return kept, [name for name in OBJECTIVES if name not in kept]


def listed(names: list[str]) -> str:
    """Objectives in running text."""
    return in_running_text([WAYS[name] for name in names])


def _but(found: Diagnosis) -> str:
    """What puts the verdict in doubt although resamples agree."""
    words = ""
    if found.sample is not None and found.sample.regime != found.regime != UNDETERMINED:
        words += f" Training on these {found.n:,} pairs alone sees **{found.sample.regime}**"
        later = found_later(found)
        words += f"; more pairs would help {listed(later)}." if later else "."
    if found.population is not None and min(found.explained) < WHOLE:
        shares = " and ".join(share(one) for one in found.explained)
        words += f" Only {shares} of the variance of the two views was looked at."
    return words


def _supported(found: Diagnosis) -> str:
    if np.isnan(found.support):
        return ""
    if found.support == 1:
        return f" (all {found.resamples} resamples agree)"
    return f" ({floor(100 * found.support + 1e-9)}% of {found.resamples} resamples agree)"


def diagnosis_words(found: Diagnosis, columns: Sequence[Sequence[str]] | None = None) -> list[str]:
    """What was found and why, one string a finding.

    columns : names of the columns of x and of y.
    """
    sentences = [*columns_words(found, columns), _unlabelled(found), _paired(found)]
    sentences += [_read(found), _reduced(found)]
    if found.population is not None and _coupled(found):
        parts = (_ratios, _decides, _swapped, _partial, _sample)
        sentences = [*(part(found) for part in parts), *sentences]
    return [sentence for sentence in [*scores_words(found), *sentences] if sentence]


def _coupled(found: Diagnosis) -> bool:
    """Whether rows are pairs at all; if not, their ratios are those of noise."""
    return found.pairing is None or found.pairing.paired


def without_noise(found: Diagnosis) -> Diagnosis:
    """The diagnosis as it is shown: without ratios where rows are no pairs."""
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
    interval = ", in brackets 90% of resamples" if found.resamples else ""
    return f"Δ in the population{interval}: {'; '.join(parts)}. Above 1 an objective recovers."


def _decides(found: Diagnosis) -> str:
    """The two values behind each of the ratios that make the regime."""
    assert found.population is not None
    parts = []
    for name in ("ca", "cp"):
        signal = float(found.population.signal[name].min())
        nuisance = found.population.nuisance[name]
        verb = "exceeds" if signal > nuisance else "is below"
        values = told_apart(signal, nuisance)
        of_all = f"weakest of {found.directions} signal values"
        parts.append(
            f"of {MATRICES[name]} the {of_all if found.directions > 1 else 'signal value'}, "
            f"{values[0]}, {verb} the largest nuisance value, {values[1]}"
        )
    sees = f"Labels see {found.directions} direction{'s' * (found.directions != 1)}"
    if found.directions == min(found.components):
        return (
            f"{sees}, all that a view has: nothing is left that could be nuisance, and so nothing "
            "that could hide the signal."
        )
    return f"{sees}: {', and '.join(parts)}."


def _swapped(found: Diagnosis) -> str:
    """The regime goes by CA and CP from x to y; with x and y swapped it may be another."""
    swapped = swapped_regime(found)
    if found.regime in (UNDETERMINED, swapped):
        return ""
    return (
        f"The name **{found.regime}** goes by CA and CP from x to y; with x and y swapped these "
        f"pairs are **{swapped}**, by CA and CP from y to x."
    )


def _partial(found: Diagnosis) -> str:
    """How many directions an objective that fails would recover all the same."""
    table = ratio_table(found)
    some = [
        f"{int(row['above'])} of {found.directions} with {LABELS[str(name)]}"
        for name, row in table.iterrows()
        if row["delta"] <= 1 and row["above"] > 0
    ]
    if not some:
        return ""
    return (
        "Δ asks for all directions. Some stand above nuisance even where it is below 1: "
        f"{', '.join(some)}."
    )


def _sample(found: Diagnosis) -> str:
    """The second reading: what training on these pairs sees."""
    assert found.population is not None
    assert found.sample is not None
    seen = found.sample
    values = ", ".join(f"{LABELS[name]} {ratio(seen.ratios[name])}" for name in OBJECTIVES)
    if seen.regime == found.population.regime:
        return (
            f"Training on these {found.n:,} pairs sees the same regime: uncorrected Δ of {values}."
        )
    true = found.population.ratios
    lost = [LABELS[name] for name in OBJECTIVES if seen.ratios[name] <= 1 < true[name]]
    won = [LABELS[name] for name in OBJECTIVES if true[name] <= 1 < seen.ratios[name]]
    words = (
        f"Training on these {found.n:,} pairs sees another regime, **{seen.regime}**: uncorrected "
        f"Δ of {values}."
    )
    if lost:
        words += (
            f" More pairs would help {' and '.join(lost)}: noise of so few pairs raises the "
            "largest nuisance value."
        )
    if won:
        words += f" Noise of so few pairs flatters {' and '.join(won)}."
    return words


def _unlabelled(found: Diagnosis) -> str:
    if found.labelled or found.population is not None:
        return ""
    return (
        "Without labels signal cannot be told from correlated nuisance: what the views share may "
        "be what you are after or what you would rather lose. Spectra, null and pairing are all "
        "that pairs alone can tell."
    )


def _read(found: Diagnosis) -> str:
    """As what the labels were read, and what is to be known of that."""
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
        f"canonical pairs correlate by {number(float(f'{one.value:.2g}'))} on rows that they were "
        f"not fitted on, {number(abs(float(f'{one.z:.2g}')))} deviations "
        f"{'above' if one.z >= 0 else 'below'} permuted pairs"
    )
    if not _coupled(found):
        return f"Nothing says that the rows are paired: {told}. Whatever Δ comes out is noise."
    if one.z >= COUPLED:
        return f"The rows are paired: {told}."
    return f"The rows are paired by other figures than this one: {told}."


def _reduced(found: Diagnosis) -> str:
    d1, d2 = found.components
    labelled = f", {found.labelled:,} with labels" if found.labelled != found.n else ""
    what = f"{d1} and {d2} principal components are kept"
    if min(found.explained) > 1 - 1e-9:
        return f"{found.n:,} pairs{labelled}; {what}, which is all of the variance."
    shares = " and ".join(share(one) for one in found.explained)
    words = f"{found.n:,} pairs{labelled}; {what}, which hold {shares} of the variance."
    if min(found.explained) < WHOLE:
        words += (
            " What is left out is not looked at, signal included: see whether more components, "
            "or more pairs to allow them, change the verdict."
        )
    return words


def truth_words(truth: SeparationRatios) -> str:
    """What theory says of the model that pairs were drawn from."""
    values = ", ".join(f"{LABELS[name]} {ratio(getattr(truth, name))}" for name in OBJECTIVES)
    return f"The model these pairs are drawn from is in **{truth.regime}**: Δ of {values} (★)."


def picture_words(found: Diagnosis) -> dict[str, str]:
    """A caption for each picture, by name; also what a screen reader says."""
    floor = "Dashed: what the largest value of 95% of permuted pairs stays below"
    floor += "." if found.population is None else ", and the largest nuisance of the population."
    coloured = "" if found.population is None else " Coloured where labels see the component."
    where = f"{found.regime}."
    if found.population is not None:
        where = (
            f"Right of 1 CP recovers, above 1 CA does: Δ of CP {ratio(found.delta_cp)}, of CA "
            f"{ratio(found.delta_ca)}. Small dots: {found.resamples} resamples; bars: 90% of them."
        )
    return {
        **_score_captions(found),
        "where": where,
        "ratios": "Filled: the population, with 90% of resamples. Open: what training on these "
        "pairs sees.",
        "spectrum of C": f"What CA sees.{coloured} {floor}",
        "spectrum of A": f"What CP sees, in units of its target.{coloured} {floor}",
        "labels": "Filled where labels see the component. Where signal and nuisance values are "
        "near each other a component mixes both.",
        "signal and nuisance": "An objective recovers where all its points are above its bar: "
        "dark bar in the population, light bar in these pairs.",
        "pairing": _strengths(found),
    }


def _score_captions(found: Diagnosis) -> dict[str, str]:
    if found.scores is None:
        return {}
    scores = found.scores
    basis = f"{scores.rows:,} labelled rows, each scored by what was fitted on others"
    unit = "every class right" if scores.metric == "balanced accuracy" else "all variance told"
    chance = f"dotted: chance, {scores.chance:.3g}; 1 is {unit}"
    shares = []
    for name in ("CA", "CP", "CP reversed"):
        k, best = max(curve(scores, name), key=lambda point: point[1])
        shares.append(f"{name} {figure(best)} at k = {k}")
    return {
        "held-out scores": f"Filled: at k = {scores.k}, with 90% intervals; open: at the best k. "
        f"x, y, and both side by side are untrained, with all components. {basis}; {chance}.",
        "scores by dimension": f"Best: {', '.join(shares)}. Bands: 90%. The probe sees 2k numbers. "
        f"Level lines: untrained views. {basis}; {chance}.",
    }


def _strengths(found: Diagnosis) -> str:
    if found.pairing is None:
        return "Being measured."
    beyond = [
        label for name, label in STRENGTHS.items() if getattr(found.pairing, name).z >= COUPLED
    ]
    verdict = f"Beyond {COUPLED:g} deviations: {', '.join(beyond) or 'none'}."
    return (
        f"Of {found.pairing.rows:,} rows, distances among {found.pairing.distances_between:,}. "
        f"Marks: what 95% of 100 permutations stay below. {verdict}"
    )
