"""Python scripts that make the numbers of a diagnosis again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from alignlab.diagnosis.result import Diagnosis
from alignlab.diagnosis.spec import DiagnosisSpec
from alignlab.files.columns import ColumnChoice
from alignlab.report.column_runs import spelled
from alignlab.report.data import DataDescription
from alignlab.version import __version__

_TOLD = """print("advice:", found.recommendation)
print("theory:", found.regime, found.reason)
print(label_score_table(found).to_string())
print(advice_table(found).to_string())
table = all_numbers(found)
"""


def choice_lines(choice: ColumnChoice) -> str:
    """The choice of columns as an expression; runs of columns are short."""
    more = f", more_labels={spelled(choice.more_labels)}" if choice.more_labels else ""
    return (
        f"ColumnChoice(\n    view1={spelled(choice.view1)},\n    view2={spelled(choice.view2)},\n"
        f"    labels={choice.labels!r}{more},\n)"
    )


def settings_text(spec: DiagnosisSpec) -> str:
    """The settings of a diagnosis as arguments of a call."""
    return ", ".join(f"{field.name}={getattr(spec, field.name)!r}" for field in fields(spec))


def diagnosis_script(features: str, spec: DiagnosisSpec) -> str:
    """Advice, scores and ratios of a diagnosis; `features` are the lines that make `features`."""
    return f"""{features}
import alignlab as al
from alignlab.diagnosis.tables import advice_table, all_numbers, label_score_table

found = al.diagnose(
    features.X, features.Y, features.labels,
    {settings_text(spec)},
)
{_TOLD}"""


def large_diagnosis_script(names: Sequence[str], choice: ColumnChoice, spec: DiagnosisSpec) -> str:
    """Advice, scores and ratios of a diagnosis of files larger than memory."""
    lines = f"""from alignlab.files.large_tables import chunks_of
from alignlab.files.source import open_tables

tables = open_tables([HERE / name for name in {tuple(names)!r}])
chunks = chunks_of(
    tables,
    {spelled(choice.view1)},
    {spelled(choice.view2)},
    {spelled(choice.label_columns)},
)"""
    return _in_chunks(lines, "chunks", spec)


def _in_chunks(lines: str, chunks: str, spec: DiagnosisSpec) -> str:
    """`diagnosis_script` of data larger than memory; chunks : an expression after `lines`."""
    return f"""{lines}
import alignlab as al
from alignlab.diagnosis.tables import advice_table, all_numbers, label_score_table

found = al.diagnose_chunks(
    {chunks},
    {settings_text(spec)},
)
{_TOLD}"""


def source_script(
    files: Sequence[tuple[str, str]],
    choice: ColumnChoice,
    spec: DiagnosisSpec,
    *,
    key: str | None,
    drop: bool,
    large: bool,
) -> str:
    """Advice, scores and ratios of a diagnosis of files, given by name and SHA-256.

    key : the column that identifies rows. drop : whether rows with missing values are left out.
    large : whether the files are read in blocks.
    """
    lines = f"""from alignlab.files.columns import ColumnChoice
from alignlab.files.source import open_source

source = open_source([HERE / name for name in {tuple(name for name, _ in files)!r}], {key!r})
assert source.files == {tuple(files)!r}, "these are other files"
choice = {choice_lines(choice)}"""
    if not large:
        return diagnosis_script(f"{lines}\nfeatures = source.features(choice, {drop!r})", spec)
    return _in_chunks(lines, "source.chunks(choice)", spec)


def report_script(script: str, data: DataDescription, found: Diagnosis) -> str:
    """The script as a report carries it: what it needs, and the Δ that it must find again."""
    needs = [f"alignlab {__version__} (pip install alignlab=={__version__})"]
    needs += [f"{name!r} beside this script, SHA-256 {digest}" for name, digest in data.files]
    listed = "\n".join(f"# - {_one_line(need)}" for need in needs)
    ratios = (found.delta_ca, found.delta_cp, found.delta_cp_reverse)
    reported = ", ".join(
        f"{one!r}" if abs(one) < float("inf") else f'float("{one}")' for one in map(float, ratios)
    )
    return f"""# Makes the numbers of this report again. It needs
{listed}
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent

{script}
print(table.to_string())
reported = [{reported}]  # Δ of CA, CP and CP reversed
again = [found.delta_ca, found.delta_cp, found.delta_cp_reverse]
np.testing.assert_allclose(again, reported, rtol=1e-8, err_msg="these are other numbers")
"""


def _one_line(text: str) -> str:
    """A file's name may hold line breaks; a comment must not."""
    return " ".join(text.split())
