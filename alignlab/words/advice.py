"""What to train according to held-out labels, in sentences computed from their scores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from alignlab.diagnosis.advice import AVAILABLE, TELLING, Z90, Available, Choice
from alignlab.diagnosis.label_scores import LabelScores
from alignlab.diagnosis.reduction import Scale
from alignlab.diagnosis.result import Diagnosis
from alignlab.diagnosis.verdict import UNDETERMINED
from alignlab.spiked.model import OBJECTIVES

TRAIN = {
    "CA": "CA (both views into one space)",
    "CP": "CP (x predicts y)",
    "CP reversed": "CP reversed (y predicts x)",
    "CA of x": "CA (both views into one space; only the encoder of x is used)",
    "CA of y": "CA (both views into one space; only the encoder of y is used)",
}
"""What to train, by `advice.Choice.method`."""

AT_HAND = {"both": "both views", "x": "x only", "y": "y only"}
"""Which views are available when the representation is used."""

RATIOS = {"CA": "ca", "CP": "cp", "CP reversed": "cp_reverse"}
"""The Delta of an objective, among `spiked.model.OBJECTIVES`."""

POSSIBLE: dict[Available, tuple[str, ...]] = {
    "both": OBJECTIVES, "x": ("ca", "cp"), "y": ("ca", "cp_reverse"),
}  # fmt: skip
"""The objectives that train an encoder of the available views."""

SAME = 5e-4
"""Scores closer than this are called equal."""

WHOLE = 0.9
"""The share of both views' score above chance that counts as nearly all of it."""

FEW_NAMED = 5
"""At most this many columns are named; the rest are only counted."""


def figure(value: float, digits: int = 2, *, signed: bool = False) -> str:
    """A score, or a signed difference, as text: −0.01, +0.20; zero has no sign."""
    text = f"{abs(value):.{digits}f}"
    if not float(text):
        return text
    sign = "−" if value < 0 else "+" if signed else ""
    return f"{sign}{text}"


def between(value: float, low: float, high: float, *, signed: bool = False) -> str:
    """A score or gain with its interval, in three decimals: 0.900 (0.890 to 0.911)."""
    middle, *ends = (figure(one, 3, signed=signed) for one in (value, low, high))
    return f"{middle} ({' to '.join(ends)})"


def digits_of(one: Choice) -> int:
    """Two decimals, or three where two would round the gain or an end of its interval to 0."""
    return 2 if min(abs(one.gain), abs(one.low), abs(one.high)) >= 0.005 else 3


def gain_words(one: Choice) -> tuple[str, str, str]:
    """The gain and the ends of its 90 % interval, as text."""
    gain, low, high = (
        figure(value, digits_of(one), signed=True) for value in (one.gain, one.low, one.high)
    )
    return gain, low, high


def advice_words(found: Diagnosis, available: Available = "both") -> str:
    """What to train, if anything, when these views are available, and the gain with interval."""
    assert found.advice is not None
    assert found.scores is not None
    one: Choice = getattr(found.advice, available)
    where = "" if available == "both" else f" with {AT_HAND[available]} at test time"
    score, untrained = (figure(value, digits_of(one)) for value in (one.score, one.untrained))
    scored = f"{found.scores.metric} {score} versus {untrained}"
    gain, low, high = gain_words(one)
    if one.objective == "undetermined":
        return (
            f"**No advice**{where}: {one.doubt}. {one.method} scores {gain} relative to "
            f"{one.against}, {scored}, 90% interval {low} to {high}, at k = {one.k}."
        )
    if one.objective == "none":
        yet = " yet" if found_later(found, available) else ""
        return (
            f"**Train nothing{yet}**{where}: no trained representation beats {one.against}. "
            f"{one.method} comes closest, {gain}, {scored}, 90% interval {low} to {high}, at "
            f"k = {one.k}."
        )
    view = one.against.removesuffix(" alone")
    against = f"the better view alone ({view})" if available == "both" else one.against
    doubt = ", which contains 0" if one.low <= 0 else ""
    words = (
        f"**Train {TRAIN.get(one.method, one.objective)}**{where}: {gain} over {against}, "
        f"{scored}, 90% interval {low} to {high}{doubt}, at k = {one.k}."
    )
    return words + (_without_training(found.scores, one) if available == "both" else "")


def _without_training(scores: LabelScores, one: Choice) -> str:
    """A sentence if both views concatenated score higher, untrained, than what is advised."""
    both = scores.place("x and y")
    difference, error = scores.difference(both, scores.place(one.method))
    if difference <= Z90 * error:
        return ""
    return f" Both views concatenated, untrained, score {figure(scores.values[both])}."


def found_later(found: Diagnosis, available: Available = "both") -> list[str]:
    """Objectives that recover in the population but not from this many pairs."""
    if found.regime == UNDETERMINED or found.population is None or found.sample is None:
        return []
    true, seen = found.population.ratios, found.sample.ratios
    return [name for name in POSSIBLE[available] if seen[name] <= 1 < true[name]]


def untrained_words(scores: LabelScores) -> str:
    """The score of both views concatenated, which needs no training."""
    both = scores.place("x and y")
    trained = max(("CA", "CP", "CP reversed"), key=lambda name: scores.values[scores.place(name)])
    gain, error = scores.difference(both, scores.place(trained))
    within = max(error, SAME)
    relation = "more than" if gain > within else "less than" if gain < -within else "as much as"
    return (
        f"Both views concatenated, untrained ({scores.dimensions[both]} components), score "
        f"{scores.metric} {figure(scores.values[both])}: {relation} the best trained "
        f"representation at k = {scores.k}."
    )


def scores_words(found: Diagnosis) -> list[str]:
    """What held-out labels show beyond the headline, one string a finding."""
    scores, sentences = found.scores, []
    if scores is None:
        return []
    if found.advice is not None:
        sentences = [_for_all(found), untrained_words(scores), _kept(scores)]
    return [sentence for sentence in [*sentences, _measured(scores)] if sentence]


def _for_all(found: Diagnosis) -> str:
    """What to train for each set of views that may be available."""
    parts = []
    for name in AVAILABLE:
        one: Choice = getattr(found.advice, name)
        gain, low, high = gain_words(one)
        told = f"{gain} ({low} to {high})"
        if one.objective == "none":
            words = f"nothing; {one.method} scores {told} relative to {one.against}"
        elif one.objective == "undetermined":
            words = f"no advice; {one.method} scores {told} relative to {one.against}"
        else:
            words = f"{one.objective}, {told} over {one.against}"
        parts.append(f"{AT_HAND[name]}: {words}")
    return f"What to train, by the views available at test time. {'. '.join(map(_capital, parts))}."


def _capital(words: str) -> str:
    """Capitalise the first letter, except of the views x and y."""
    return words if words.startswith(("x ", "y ")) else words[0].upper() + words[1:]


def _kept(scores: LabelScores) -> str:
    """The share of both views' score above chance that k trained dimensions keep."""
    both = scores.place("x and y")
    whole = float(scores.values[both]) - scores.chance
    if whole <= TELLING * scores.error(both):
        return ""
    parts = []
    for name in ("CA", "CP", "CP reversed"):
        kept = (float(scores.values[scores.place(name)]) - scores.chance) / whole
        text = f"{name} {kept:.0%}" if kept >= SAME * 10 else f"{name} none"
        points = curve(scores, name)
        short = [k for k, value in points if value - scores.chance < WHOLE * whole]
        enough = [k for k, _ in points if not short or k > short[-1]]
        if enough:
            text += f" ({WHOLE:.0%} kept from k = {enough[0]} on)"
        elif name != "CA":
            text += f" ({WHOLE:.0%} at no k tried)"
        parts.append(text)
    return f"Share of both views' score above chance kept at k = {scores.k}: {', '.join(parts)}."


def curve(scores: LabelScores, method: str) -> list[tuple[int, float]]:
    """The scores of a trained method as (k, score), by increasing k."""
    own = [
        (k, float(value))
        for name, k, value in zip(scores.methods, scores.dimensions, scores.values, strict=True)
        if name == method
    ]
    return sorted(own)


def _measured(scores: LabelScores) -> str:
    return (
        f"Held-out scores: {scores.metric} of a linear probe on {scores.rows:,} labelled rows, "
        f"each scored by a model fitted on other rows; chance is {scores.chance:.3g}."
    )


def columns_words(found: Diagnosis, names: Sequence[Sequence[str]] | None = None) -> list[str]:
    """Which columns were rescaled or left out, and the result under the other choice of scale.

    names : of the columns of x and of y; without them columns are given by index, from 0.
    """
    sentences = []
    for places, view, position in zip(found.scaled, "xy", range(2), strict=True):
        if not places or found.scale == "standardised":
            continue
        told = _columns(places, None if names is None else names[position])
        were = "was" if len(places) == 1 else "were"
        sentences.append(
            f"{len(places):,} column{'s' * (len(places) != 1)} of {view} {were} on another scale "
            f"and {were} brought to the median standard deviation: {told}."
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
        sentences.append("All columns were scaled to unit standard deviation.")
    return [*sentences, *_rescaled(found)]


SCALED: dict[Scale, str] = {
    "auto": "With columns as given, except those on another scale,",
    "as given": "With columns as given",
    "standardised": "With standardised columns",
}


def _rescaled(found: Diagnosis) -> Iterable[str]:
    """The advice and the regime under the other choice of scale, where they differ."""
    other = found.rescaled
    if other is None:
        return
    where = SCALED[other.scale]
    own = "" if found.advice is None else found.advice.objective
    if own and other.objective not in ("", "undetermined", own):
        told = "nothing" if other.objective == "none" else other.objective
        yield f"{where} the advice would be to train {told}."
    # the other scale has no resamples, which alone can make a verdict undetermined
    if other.regime != found.regime and UNDETERMINED not in (other.regime, found.regime):
        yield f"{where} theory would say **{other.regime}**."


def _columns(places: Sequence[int], names: Sequence[str] | None) -> str:
    """The first few columns by name, or by index."""
    first = places[:FEW_NAMED]
    told = ", ".join(str(place) if names is None else names[place] for place in first)
    told += ", …" if len(places) > FEW_NAMED else ""
    return told if names is not None else f"index {told}, counted from 0"
