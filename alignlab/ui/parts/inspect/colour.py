"""The colour of the points: by a column of the data, or by what was measured of each pair."""

from __future__ import annotations

import numpy as np

from alignlab.data.inspected import Inspected
from alignlab.data.metadata import MISSING
from alignlab.experiments.space import Space
from alignlab.figures.inspect_colours import Colouring, by_class, by_number, by_split

MEASURED = {
    "rank": "rank of the partner",
    "distance": "distance of the partner",
    "split": "fitted or held out",
}
"""What can be shown of every pair without metadata, by name in the address."""

COLUMN = "column "
"""Before the name of a column that is called as one of `MEASURED`."""

AUTOMATIC = ""
"""The first column with classes, else the first with numbers, else the distance."""

ALWAYS = {AUTOMATIC: "automatic", **MEASURED}
"""Labels of what the colour may show of any pairs, by name in the address."""


def options(inspected: Inspected) -> dict[str, str]:
    """What the colour may show, by name in the address: automatic, the columns, the measured.

    A name has the same label whatever the pairs are, as the menu requires.
    """
    columns = {name: name for name in _columns(inspected)}
    return {AUTOMATIC: ALWAYS[AUTOMATIC], **columns, **MEASURED}


def colouring(
    inspected: Inspected, space: Space, wanted: str, ranks: np.ndarray | None
) -> Colouring:
    """The colour of each pair; an unknown name counts as automatic.

    ranks : (n,) the worse rank of each partner in the space, if the colour is to show it.
    """
    known = _columns(inspected)
    name = wanted if wanted in {*known, *MEASURED} else _automatic(inspected)
    if name == "rank" and ranks is not None:
        return by_number(np.log10(ranks), "rank of the partner, log₁₀", low=0.0)
    if name == "split":
        return by_split(space.held_out)
    if name in MEASURED:
        return by_number(np.linalg.norm(space.Z1 - space.Z2, axis=1), "distance of the partner")
    column, metadata = known[name], inspected.metadata
    if metadata.kind(column) == "category":
        codes, classes = metadata.codes(column, most=metadata.n + 2)  # all; the figure joins some
        if classes[-1] == MISSING:
            codes, classes = np.where(codes == len(classes) - 1, -1, codes), classes[:-1]
        return by_class(codes, classes, column)
    unit = metadata.unit(column)
    return by_number(metadata.numbers(column), f"{column}, {unit}" if unit else column)


def first_choice(inspected: Inspected) -> str:
    """What the automatic colour shows, as the menu calls it."""
    return options(inspected)[_automatic(inspected)]


def _columns(inspected: Inspected) -> dict[str, str]:
    """The columns that have colours, by name in the address."""
    metadata = inspected.metadata
    columns = [name for name in metadata.columns if metadata.kind(name) in ("category", "number")]
    return {COLUMN + name if name in MEASURED else name: name for name in columns}


def _automatic(inspected: Inspected) -> str:
    known, metadata = _columns(inspected), inspected.metadata
    for kind in ("category", "number"):
        for name, column in known.items():
            if metadata.kind(column) == kind:
                return name
    return "distance"
