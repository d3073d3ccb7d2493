"""`alignlab diagnose`: what to train with paired embeddings, from files, in bounded memory."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from alignlab.cli import output
from alignlab.cli.views import add_files, chosen, opened

if TYPE_CHECKING:
    from alignlab.data.features import Features
    from alignlab.diagnosis.result import Diagnosis
    from alignlab.diagnosis.spec import DiagnosisSpec
    from alignlab.diagnosis.work import Work
    from alignlab.files.columns import ColumnChoice
    from alignlab.files.source import Source
    from alignlab.report.data import DataDescription

SCALES = ("auto", "as-given", "standardised")
"""`diagnosis.reduction.SCALES` as they are typed."""

FEW = 5
"""Columns without a use are told up to this number: more are features that were left out."""

WIDTH = 88
"""Sentences are wrapped at this many characters."""


def add(commands: argparse._SubParsersAction) -> None:
    """Declare the command."""
    command = commands.add_parser(
        "diagnose",
        help="what to train with paired embeddings, before anything is trained",
        description="Read two views of the same samples and labels of some of them; print what to "
        "train according to held-out labels, and the regime of the phase diagram. Files larger "
        "than memory are read in blocks.",
        epilog="example: alignlab diagnose x.npy y.npy --labels labels.csv --report report.html",
    )
    add_files(command)
    command.add_argument("--labels", metavar="FILE", help="a further file, of labels alone")
    command.add_argument(
        "--label-columns", nargs="+", metavar="NAME",
        help="columns of the labels; by default those of --labels, or those named like labels",
    )  # fmt: skip
    command.add_argument(
        "--kind", choices=("classes", "numbers"),
        help="how labels are read that can be either; by default as their values suggest",
    )  # fmt: skip
    command.add_argument(
        "--seed", type=int, default=0, help="of the resamples and the permutations (0)"
    )
    command.add_argument(
        "--resamples", type=int, default=50, help="random halves of the rows for intervals (50)"
    )
    command.add_argument(
        "--components", type=int, default=100, help="principal components per view, at most (100)"
    )
    command.add_argument(
        "--scale", choices=SCALES, default="auto",
        help="units of the columns (auto: as given, except columns on another scale)",
    )  # fmt: skip
    command.add_argument(
        "--drop", action="store_true", help="leave out rows in which a view has missing values"
    )
    command.add_argument(
        "--report", metavar="FILE.html", help="write the report, one HTML file that works offline"
    )
    command.add_argument(
        "--json",
        metavar="FILE.json",
        help="write all numbers as JSON; - writes them to stdout alone",
    )
    command.add_argument(
        "--progress", action="store_true", help="report progress also where stderr is no terminal"
    )
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Diagnose, print, and write what was asked for."""
    from alignlab.diagnosis.spec import DiagnosisSpec
    from alignlab.extras import needed

    labels = [] if arguments.labels is None else [arguments.labels]
    output.check_outputs((arguments.report, arguments.json), (*arguments.files, *labels))
    output.check_ending("--report", arguments.report, ".html", ".htm")
    if arguments.json != output.STDOUT:
        output.check_ending("--json", arguments.json, ".json")
    if arguments.report is not None:
        needed("plotly.graph_objects", "plot", "a report")
    spec = DiagnosisSpec(
        seed=arguments.seed,
        resamples=arguments.resamples,
        components=arguments.components,
        scale=arguments.scale.replace("-", " "),
        kind=arguments.kind,
    )
    brought = opened(arguments.files, arguments.key, arguments.labels)
    choice = chosen(brought, arguments.x, arguments.y, arguments.label_columns)
    source = brought.source
    found, data = _diagnosed(source, choice, spec, arguments)
    _write(found, data, source, choice, spec, arguments)
    return 0


def _diagnosed(
    source: Source, choice: ColumnChoice, spec: DiagnosisSpec, arguments: argparse.Namespace
) -> tuple[Diagnosis, DataDescription]:
    from alignlab.diagnosis.run import work_of
    from alignlab.diagnosis.work import Work
    from alignlab.report.data import DataDescription, title_of

    features: Features | None = None
    if source.large:
        if arguments.drop:
            raise ValueError(
                f"{source.name} is read in blocks, which --drop does not reach: drop such rows "
                "from the file"
            )
        work = Work(source.chunks(choice), spec)
    else:
        features = source.features(choice, arguments.drop)
        work = work_of(features.X, features.Y, features.labels, spec)
    run_to_the_end(work, arguments.progress)
    guessed = arguments.x is None and arguments.y is None
    data = DataDescription(
        title=title_of(source.files),
        dimensions=(len(choice.view1), len(choice.view2)),
        files=source.files,
        columns=(choice.view1, choice.view2),
        labels=choice.label_columns,
        notes=(*source.notes, *(source.doubts if guessed else ()), *_not_used(source, choice)),
    )
    return work.result(), data


def _not_used(source: Source, choice: ColumnChoice) -> list[str]:
    """A note on columns that could be labels and are not: a few single ones beside the views."""
    from alignlab.files.column_names import are_identifiers, numbers_rows
    from alignlab.files.keys import matched_by

    used = {*choice.view1, *choice.view2, *choice.label_columns}
    key = source.key or matched_by(source.head).key
    left = [
        column
        for column in source.head
        if column not in used
        and not (column == key or column.endswith(f".{key}"))
        and not are_identifiers(source.head[column])
        and not numbers_rows(column, source.head[column])
    ]
    if not left or len(left) > FEW:
        return []
    return [f"In no view and no label: {', '.join(left)}; --label-columns names labels."]


def run_to_the_end(work: Work, asked: bool) -> None:
    """Run the work with its progress on stderr."""
    progress = output.Progress(asked)
    try:
        for _ in work.run():
            progress.show(work)
        progress.show(work)  # the number of steps is estimated until then
    finally:
        progress.clear()


def _write(
    found: Diagnosis,
    data: DataDescription,
    source: Source,
    choice: ColumnChoice,
    spec: DiagnosisSpec,
    arguments: argparse.Namespace,
) -> None:
    from alignlab.report.numbers import diagnosis_settings, file_settings, numbers_json

    read = file_settings(source, choice, arguments.drop)
    settings = {"case": "path", **diagnosis_settings(spec), **read}
    numbers = numbers_json(found, settings)
    if arguments.report is not None:
        from alignlab.report.document import report
        from alignlab.report.scripts import source_script

        script = source_script(
            source.files, choice, spec,
            key=arguments.key, drop=arguments.drop, large=bool(source.large),
        )  # fmt: skip
        page = report(found, data=data, spec=spec, script=script, settings=settings)
        output.write_whole(arguments.report, page.encode())
    if arguments.json == output.STDOUT:
        for told in data.notes:
            output.note(told)
        print(numbers)
        return
    if arguments.json is not None:
        output.write_whole(arguments.json, f"{numbers}\n".encode())
    print(told_in_text(found, data))


def told_in_text(found: Diagnosis, data: DataDescription) -> str:
    """The result as plain text: the headline, what was read, scores and ratios."""
    from functools import partial
    from textwrap import wrap as wrapped

    from alignlab.report.data import described
    from alignlab.report.tables import SCORED, displayed, displayed_scores
    from alignlab.words.diagnose import headline, without_noise

    wrap = partial(wrapped, break_on_hyphens=False)  # options and names stay whole
    parts = ["\n".join(wrap(headline(found).replace("**", ""), WIDTH))]
    lines = {name: told for name, told in described(data, found).items()
             if not name.startswith("File")}  # fmt: skip
    widest = max(map(len, lines))
    parts.append("\n".join(
        "\n".join(wrap(told, WIDTH, initial_indent=f"{name:<{widest}}  ",
                       subsequent_indent=" " * (widest + 2)))
        for name, told in lines.items()
    ))  # fmt: skip
    if found.scores is not None:
        table = displayed_scores(found).iloc[:, :2].rename_axis(None)
        parts.append(f"{SCORED}\n{table.to_string()}")
    parts.append(displayed(without_noise(found)).to_string())
    return "\n\n".join(parts)
