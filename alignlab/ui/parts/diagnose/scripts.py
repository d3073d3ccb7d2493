"""Scripts that reproduce the numbers of the diagnosis page."""

from __future__ import annotations

from collections.abc import Sequence

from alignlab.data.features import Changes
from alignlab.diagnosis.heads import HeadsSpec
from alignlab.diagnosis.sensitivity import CheckSpec
from alignlab.diagnosis.spec import DiagnosisSpec
from alignlab.experiments.examples import ExampleSpec
from alignlab.files.columns import ColumnChoice
from alignlab.report.scripts import choice_lines
from alignlab.ui.files.scripts import table_lines


def example_lines(spec: ExampleSpec) -> str:
    """Lines that make the `features` of an example."""
    return f"""from alignlab.data.features import Changes
from alignlab.experiments.examples import ExampleSpec, example
from alignlab.spiked.model import SpikedSpec

features = example({spec!r})"""


def table_features_lines(
    files: Sequence[tuple[str, str]],
    choice: ColumnChoice,
    drop: bool,
    changes: Changes,
    key: str | None = None,
) -> str:
    """Lines that make `features` from the user's files, whose rows are matched by `key`."""
    return f"""{table_lines(files, key)}
from alignlab.data.features import Changes, changed
from alignlab.files.chosen import features_from_table

choice = {choice_lines(choice)}
features = features_from_table(table, choice, {drop!r})
features = changed(features, {changes!r})"""


def heads_script(features: str, spec: HeadsSpec) -> str:
    """Scores of the light heads; `features` are the lines that make `features`."""
    return f"""{features}
from alignlab.diagnosis.heads import Heads, HeadsSpec

heads = Heads(
    features.X, features.Y, features.labels, {spec!r}, features.targets, kind=features.kind,
)
for _ in heads.run():
    pass
table = heads.summary()
"""


def checks_script(features: str, specs: Sequence[CheckSpec], diagnosis: DiagnosisSpec) -> str:
    """The ratios at every value of some checks; `features` are the lines that make `features`."""
    return f"""{features}
from alignlab.diagnosis.sensitivity import Checks, CheckSpec
from alignlab.diagnosis.spec import DiagnosisSpec
from alignlab.diagnosis.tables import check_table

specs = {tuple(specs)!r}
diagnosis = {diagnosis!r}
checks = Checks(features.X, features.Y, features.labels, specs, diagnosis)
for _ in checks.run():
    pass
table = check_table(checks.table())
"""
