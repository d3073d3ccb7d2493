"""The live picture of the home page: two alignments of the same pairs, to one scale.

It is drawn as points: the page does not wait for Plotly.
"""

from __future__ import annotations

import numpy as np

from alignlab.experiments.alignment import Study
from alignlab.figures.home import TITLES, home_figures, reach
from alignlab.figures.inspect_colours import by_class
from alignlab.projection import first_two
from alignlab.ui.chart import Panel, charts
from alignlab.ui.points import Cloud, Marks, points
from alignlab.words.home import picture_words

HEIGHT = 340


def home_picture(study: Study) -> None:
    """Draw plain and informative alignment beside each other."""
    captions = picture_words(study)
    points(
        clouds(study, captions),
        marks(study),
        key="home",
        columns=2,
        height=HEIGHT,
        fallback=lambda: charts(
            [
                Panel(name=name, figure=figure, caption=captions[name], height=HEIGHT + 30)
                for name, figure in home_figures(study).items()
            ],
            key="home, plain",
            columns=2,
        ),
    )


def clouds(study: Study, captions: dict[str, str]) -> list[Cloud]:
    """The fitted pairs in both latents, on the same axes: a latent that shrinks is seen to."""
    end = reach(study)
    latents = {"plain": study.plain.train, "informative": study.informative.train}
    return [
        Cloud(
            name=name,
            title=TITLES[name],
            caption=captions[name],
            Y1=first_two(Z1),
            Y2=first_two(Z2),
            axes=("ẑ₁", "ẑ₂"),
            around=((-end, -end), (end, end)),
        )
        for name, (Z1, Z2) in latents.items()
    ]


def marks(study: Study) -> Marks:
    """The pairs in the colours of their components, all partners joined."""
    labels = np.asarray(study.train.labels)
    colours = by_class(labels, study.train.classes or [], "component")
    return Marks(
        rows=np.asarray(study.train_rows, dtype=np.int32),
        colours=colours.rgb,
        legend=colours.entries,
        codes=colours.codes,
        lines="all",
    )
