"""Scripts that reproduce the numbers of the diagnosis page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from alignlab.data.features import Changes
from alignlab.diagnosis.heads import HeadsSpec
from alignlab.diagnosis.sensitivity import CheckSpec
from alignlab.diagnosis.spec import DiagnosisSpec
from alignlab.experiments.examples import ExampleSpec
from alignlab.files.columns import ColumnChoice
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

features = features_from_table(table, {choice!r}, {drop!r})
features = changed(features, {changes!r})"""


def _settings(spec: DiagnosisSpec) -> str:
    """The settings of a diagnosis as arguments of a call."""
    return ", ".join(f"{field.name}={getattr(spec, field.name)!r}" for field in fields(spec))


def diagnosis_script(features: str, spec: DiagnosisSpec) -> str:
    """Advice, scores and ratios of a diagnosis; `features` are the lines that make `features`."""
    return f"""{features}
import alignlab as al
from alignlab.diagnosis.tables import advice_table, all_numbers, label_score_table

found = al.diagnose(
    features.X, features.Y, features.labels,
    {_settings(spec)},
)
{_TOLD}"""


_TOLD = """print("advice:", found.recommendation)
print("theory:", found.regime, found.reason)
print(label_score_table(found).to_string())
print(advice_table(found).to_string())
table = all_numbers(found)
"""


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


def large_diagnosis_script(names: Sequence[str], choice: ColumnChoice, spec: DiagnosisSpec) -> str:
    """Advice, scores and ratios of a diagnosis of files larger than memory."""
    return f"""import alignlab as al
from alignlab.diagnosis.tables import advice_table, all_numbers, label_score_table
from alignlab.files.large_tables import chunks_of
from alignlab.files.source import open_tables

tables = open_tables([HERE / name for name in {tuple(names)!r}])
chunks = chunks_of(tables, {choice.view1!r}, {choice.view2!r}, {choice.label_columns!r})
found = al.diagnose_chunks(
    chunks,
    {_settings(spec)},
)
{_TOLD}"""
