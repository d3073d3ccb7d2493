"""What held-out labels advise, in sentences computed from their scores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import get_args

from alignlab.advice import Available, Choice
from alignlab.diagnosis import Diagnosis
from alignlab.label_scores import LabelScores
from alignlab.reduction import Scale
from alignlab.spiked import OBJECTIVES
from alignlab.words import share

AVAILABLE: tuple[Available, ...] = get_args(Available)

TRAIN = {
    "CA": "CA (both views into one space)",
    "CP": "CP (x predicts y)",
    "CP reversed": "CP reversed (y predicts x)",
}
"""What to train, by `advice.Choice.objective`."""

AT_HAND = {"both": "both views", "x": "x only", "y": "y only"}
"""Which views will be there when the representation is used."""

RATIOS = {"CA": "ca", "CP": "cp", "CP reversed": "cp_reverse"}
"""The Delta of an objective, among `spiked.OBJECTIVES`."""

WHOLE = 0.9
"""The share of what both views tell that counts as nearly all."""

FEW_NAMED = 5
"""So many columns are named; the rest are counted."""


def figure(value: float, digits: int = 2, *, signed: bool = False) -> str:
    """A score, or with its sign a difference, as it is read: −0.01, +0.20; zero has no sign."""
    text = f"{abs(value):.{digits}f}"
    if not float(text):
        return text
    sign = "−" if value < 0 else "+" if signed else ""
    return f"{sign}{text}"


def digits_of(*values: float) -> int:
    """Two decimals, or three where two would leave nothing of one of the values."""
    return 2 if min(abs(value) for value in values) >= 0.005 else 3


def gain_words(one: Choice) -> tuple[str, str]:
    """The gain, and its 90 % interval."""
    digits = digits_of(one.gain, one.low, one.high)
    gain, low, high = (
        figure(value, digits, signed=True) for value in (one.gain, one.low, one.high)
    )
    return gain, f"90% interval {low} to {high}"


def advice_words(found: Diagnosis, available: Available = "both") -> str:
    """What to train where these views are there, by how much it pays, with interval; or nothing."""
    assert found.advice is not None
    assert found.scores is not None
    one: Choice = getattr(found.advice, available)
    scores = found.scores
    where = "" if available == "both" else f" for {AT_HAND[available]}"
    if one.objective == "undetermined":
        return (
            f"**No advice**{where}: held-out labels are told no better than by chance, "
            f"{_scored(scores, one)}; label more rows, or other properties."
        )
    gain, interval = gain_words(one)
    view = one.against.removesuffix(" alone")
    if one.objective == "none":
        yet = " yet" if found_later(found) else ""
        return (
            f"**Train nothing{yet}**{where}: nothing that is trained here beats {one.against}. "
            f"{_named(one.method)} comes nearest, {gain}, {_scored(scores, one)}, {interval}, "
            f"at k = {one.k}."
        )
    against = f"the better view alone ({view})" if available == "both" else one.against
    doubt = ", which holds 0" if one.low <= 0 else ""
    return (
        f"**Train {TRAIN[one.objective]}**{where}: {gain} over {against}, {_scored(scores, one)}, "
        f"{interval}{doubt}, at k = {one.k}."
    )


def found_later(found: Diagnosis) -> list[str]:
    """Objectives that recover in the population and that so few pairs do not let recover."""
    if found.population is None or found.sample is None:
        return []
    true, seen = found.population.ratios, found.sample.ratios
    return [name for name in OBJECTIVES if seen[name] <= 1 < true[name]]


def _named(method: str) -> str:
    return TRAIN.get(method, method)


def _scored(scores: LabelScores, one: Choice) -> str:
    digits = digits_of(one.gain, one.gain)
    score, untrained = (figure(value, digits) for value in (one.score, one.untrained))
    return f"{scores.metric} {score} against {untrained}"


def untrained_words(scores: LabelScores) -> str:
    """What both views side by side score, which costs no training."""
    both = scores.place("x and y")
    digits = 2
    told = f"{scores.metric} {figure(scores.values[both], digits)}"
    widths = scores.dimensions[both]
    trained = max(("CA", "CP", "CP reversed"), key=lambda name: scores.values[scores.place(name)])
    gain, error = scores.difference(both, scores.place(trained))
    relation = "more than" if gain > error else "less than" if gain < -error else "as much as"
    return (
        f"Both views side by side, untrained ({widths} components), score {told}: {relation} "
        f"what is trained at k = {scores.k}."
    )


def scores_words(found: Diagnosis) -> list[str]:
    """What held-out labels say beside the headline, one string a finding."""
    if found.scores is None:
        return []
    scores = found.scores
    sentences = [untrained_words(scores)] if found.advice is not None else []
    if found.advice is not None:
        sentences += [_for_all(found), _kept(scores)]
    sentences.append(_measured(scores))
    return [sentence for sentence in sentences if sentence]


def _for_all(found: Diagnosis) -> str:
    """What to train for each set of views that may be there."""
    parts = []
    for name in AVAILABLE:
        one: Choice = getattr(found.advice, name)
        gain, interval = gain_words(one)
        told = f"{gain} ({interval.removeprefix('90% interval ')})"
        if one.objective == "none":
            words = f"nothing; {one.method} has {told} against {one.against}"
        elif one.objective == "undetermined":
            words = "no advice, since labels are told no better than by chance"
        else:
            words = f"{one.objective}, {told} over {one.against}"
        parts.append(f"{AT_HAND[name]}: {words}")
    return f"What to train, by the views at hand later. {'. '.join(map(_capital, parts))}."


def _capital(words: str) -> str:
    """A sentence's first letter; views keep theirs."""
    return words if words.startswith(("x ", "y ")) else words[0].upper() + words[1:]


def _kept(scores: LabelScores) -> str:
    """Which share of what both views tell a representation of k dimensions keeps."""
    whole = float(scores.values[scores.place("x and y")]) - scores.chance
    if whole <= 2 * scores.error(scores.place("x and y")):
        return ""
    parts = []
    for name in ("CA", "CP", "CP reversed"):
        kept = (float(scores.values[scores.place(name)]) - scores.chance) / whole
        text = f"{name} {share(kept) if kept > 0 else 'nothing'}"
        enough = [k for k, value in curve(scores, name) if value - scores.chance >= WHOLE * whole]
        text += f" ({WHOLE:.0%} from k = {enough[0]} on)" if enough else ""
        parts.append(text)
    return f"Of what both views tell beyond chance, k = {scores.k} keeps: {', '.join(parts)}."


def curve(scores: LabelScores, method: str) -> list[tuple[int, float]]:
    """Score by dimension k of a trained method, in order."""
    own = [
        (k, float(value))
        for name, k, value in zip(scores.methods, scores.dimensions, scores.values, strict=True)
        if name == method
    ]
    return sorted(own)


def _measured(scores: LabelScores) -> str:
    chance = f"{scores.chance:.3g}"
    return (
        f"Held-out scores: {scores.metric} of a linear probe on {scores.rows:,} labelled rows that "
        f"nothing was fitted on; chance is {chance}."
    )


def columns_words(found: Diagnosis, names: Sequence[Sequence[str]] | None = None) -> list[str]:
    """Which columns were brought to another unit or left out, and what the other choice says.

    names : of the columns of x and of y; without them positions are told, counted from 0.
    """
    sentences = []
    for places, view, position in zip(found.scaled, "xy", range(2), strict=True):
        if not places or found.scale == "standardised":
            continue
        told = _columns(places, None if names is None else names[position])
        were = "was" if len(places) == 1 else "were"
        sentences.append(
            f"{len(places):,} column{'s' * (len(places) != 1)} of {view} {were} in another unit "
            f"and {were} brought to the median: {told}."
        )
    for places, view, position in zip(found.constant, "xy", range(2), strict=True):
        if places:
            told = _columns(places, None if names is None else names[position])
            one = len(places) == 1
            sentences.append(
                f"{len(places):,} column{'s' * (not one)} of {view} {'is' if one else 'are'} "
                f"constant and left out: {told}."
            )
    if found.scale == "standardised":
        sentences.append("All columns were brought to unit deviation.")
    return [*sentences, *_rescaled(found)]


SCALED: dict[Scale, str] = {
    "auto": "With columns as given, but for those of another unit,",
    "as given": "With columns as given",
    "standardised": "With standardised columns",
}


def _rescaled(found: Diagnosis) -> Iterable[str]:
    """What the other choice of scale says, where it is another advice or another regime."""
    other = found.rescaled
    if other is None:
        return
    where = SCALED[other.scale]
    own = "" if found.advice is None else found.advice.objective
    if own and other.objective and other.objective != own:
        told = {
            "none": "to train nothing",
            "undetermined": "open: labels would be told no better than by chance",
        }.get(other.objective, f"to train {other.objective}")
        yield f"{where} the advice would be {told}."
    if other.regime != found.regime:
        yield f"{where} theory would say **{other.regime}**."


def _columns(places: Sequence[int], names: Sequence[str] | None) -> str:
    """The first of the columns by name, or by position."""
    told = [f"number {place}" if names is None else names[place] for place in places[:FEW_NAMED]]
    return ", ".join(told) + (", …" if len(places) > FEW_NAMED else "")
