"""What the live picture of the home page shows, in sentences computed from its numbers."""

from __future__ import annotations

from alignlab.experiments.alignment import Study
from alignlab.words.numbers import ROUNDING, number, share


def headline(study: Study, sigma: float) -> str:
    """The verdict in one line: which of two alignments has the smaller error, and which is better.

    sigma : the noise of the pairs.
    """
    plain, other = (_numbers(study, name) for name in ("plain", "informative"))
    if max(plain[0], other[0]) < ROUNDING:
        return "**Two alignments, neither with any error.** Which would you trust? Drag the noise."
    worse = plain[0] < other[0] and plain[1] < other[1]
    said = "The smaller error is the worse alignment" if worse else "Both have an error"
    return (
        f"**{said}**: CMAE {number(plain[0])} against {number(other[0])}, partners found "
        f"{share(plain[1])} against {share(other[1])}."
    )


def picture_words(study: Study) -> dict[str, str]:
    """A caption for each alignment, by name; also its alternative text."""
    return {
        name: f"CMAE {number(error)}; the nearest × is the partner for {share(found)}; "
        f"{share(study.kept(name))} of the data's length kept."
        for name in ("plain", "informative")
        for error, found in [_numbers(study, name)]
    }


def answer_words(study: Study) -> str:
    """Why an error can be small and mean nothing."""
    return (
        "CMAE is the mean distance between partners ○ and ×. Plain alignment makes it smallest by "
        f"shrinking the latent to {share(study.kept('plain'))} of the data's length: a "
        "**collapse**. Informative alignment keeps only the directions in which each "
        "view varies most."
    )


def _numbers(study: Study, name: str) -> tuple[float, float]:
    """CMAE and the share of partners found, of an alignment."""
    column = study.table[(name, "train")]
    return float(column["CMAE"]), float(column["pair retrieval"])
