"""The script that reproduces the numbers of the page of latent spaces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alignlab.experiments.space import SpaceSpec
from alignlab.files.columns import ColumnChoice
from alignlab.files.source import Source
from alignlab.maps import MapSpec
from alignlab.report.scripts import choice_lines
from alignlab.spaces.measures import MeasureSpec
from alignlab.ui.files.scripts import source_lines

EMBEDDINGS = "embeddings.csv"
"""The file of trained embeddings in the export pack."""


def example_lines(case: str) -> str:
    """Lines that make the `inspected` of an example."""
    if case == "activity":
        return f"""import pandas as pd

from alignlab.files.columns import ColumnChoice
from alignlab.files.inspected import table_inspected

# the embeddings that are shipped with the app: encoders trained on simulated activity
table = pd.read_csv(HERE / {EMBEDDINGS!r}, float_precision="round_trip")
view1 = tuple(name for name in table if name[0] == "x" and name[1:].isdigit())
view2 = tuple(name for name in table if name[0] == "y" and name[1:].isdigit())
inspected = table_inspected(table, ColumnChoice(view1=view1, view2=view2))"""
    return f"""from alignlab.experiments.inspect import inspect_example

inspected = inspect_example({case!r})"""


def file_lines(source: Source, choice: ColumnChoice, drop: bool) -> str:
    """Lines that make `inspected` from the user's files, or from a random share of their rows."""
    return f"""{source_lines(source.files, source.key)}
from alignlab.files.inspected import table_inspected
from alignlab.files.sampled import sampled

choice = {choice_lines(choice)}
sample = sampled(source, choice)
inspected = table_inspected(sample.table, choice, {drop!r}, rows=sample.rows)"""


def inspect_script(
    lines: str,
    specs: Mapping[str, SpaceSpec],
    maps: Sequence[MapSpec],
    measured: MeasureSpec,
    *,
    joint: bool,
    earlier: tuple[SpaceSpec, MapSpec] | None,
    titles: Mapping[tuple[str, MapSpec], str],
) -> str:
    """All numbers of the page; `lines` make `inspected`.

    specs : the spaces by name. titles : of the maps whose numbers are shown.
    """
    before, start, on_maps = "", "", ""
    if earlier is not None:
        before = f"""
earlier, how = {earlier!r}
(first,) = maps_of({{"start": space(inspected.data, earlier)}}, (how,)).maps.values()
start = dict.fromkeys(shown, (first.Y1, first.Y2))"""
        start = ", start=start"
    if titles:
        on_maps = f"""

# the same machine gives the same maps; another one rounds differently, which t-SNE amplifies
maps = maps_of(shown, {tuple(maps)!r}, joint={joint!r}{start}).maps
titles = {dict(titles)!r}
for (name, how), title in titles.items():
    X, one = np.concatenate([shown[name].Z1, shown[name].Z2]), maps[name, how]
    faithful = finished(MapMeasures(X, np.concatenate([one.Y1, one.Y2]), measured)).table()
    table = pd.concat([table, pd.concat({{title: faithful}}, names=["space"])])"""
    return f"""{lines}
import numpy as np
import pandas as pd
from alignlab.aligners.contrastive import ContrastiveSpec
from alignlab.experiments.space import SpaceSpec, space, unseen
from alignlab.maps import Maps, MapSpec
from alignlab.spaces.map_measures import MapMeasures
from alignlab.spaces.measures import Measures, MeasureSpec


def finished(work):
    for _ in work.run():
        pass
    return work


def maps_of(spaces, specs, **how):
    return finished(Maps({{name: (one.Z1, one.Z2) for name, one in spaces.items()}}, specs, **how))


specs = {dict(specs)!r}
shown = {{name: space(inspected.data, spec) for name, spec in specs.items()}}{before}
measured = {measured!r}
rows = unseen(shown.values())
tables = {{
    name: finished(Measures(one.Z1[rows], one.Z2[rows], measured)).table()
    for name, one in shown.items()
}}
table = pd.concat(tables, names=["space"]){on_maps}
"""
