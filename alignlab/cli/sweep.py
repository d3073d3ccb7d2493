"""`alignlab sweep`: aligners on synthetic pairs while one parameter varies, as a tidy CSV."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from alignlab.cli import output

if TYPE_CHECKING:
    from alignlab.experiments.sweeps import Sweep

DEFAULT_ALIGNERS = ("perfect_alignment", "informative_alignment", "cca")
DEFAULT_METRICS = ("cmae", "held_out_cmae")


def add(commands: argparse._SubParsersAction) -> None:
    """Declare the command."""
    command = commands.add_parser(
        "sweep",
        help="measure aligners on synthetic pairs while one parameter varies",
        description="Draw synthetic pairs, align them, measure; one row per value, seed and "
        "aligner, as CSV.",
        epilog="example: alignlab sweep --over n --values 20 100 1000 --seeds 0-9 --set d1=10 "
        "d2=10 k=10 noise=1 --out sweep.csv",
    )
    command.add_argument("--over", required=True, metavar="NAME", help="the parameter that varies")
    command.add_argument("--values", required=True, nargs="+", metavar="VALUE", help="its values")
    command.add_argument(
        "--seeds", nargs="+", default=["0-4"], metavar="SEED", help="seeds, or ranges such as 0-9"
    )
    command.add_argument(
        "--aligners", nargs="+", default=DEFAULT_ALIGNERS, metavar="NAME",
        help=f"public names of aligners ({' '.join(DEFAULT_ALIGNERS)})",
    )  # fmt: skip
    command.add_argument(
        "--metrics", nargs="+", default=DEFAULT_METRICS, metavar="NAME",
        help=f"names of metrics; held_out_ before a name measures on held-out pairs "
        f"({' '.join(DEFAULT_METRICS)})",
    )  # fmt: skip
    command.add_argument(
        "--set", nargs="+", default=[], metavar="NAME=VALUE",
        help="fixed fields of the pairs, such as n=1000 noise=0.5",
    )  # fmt: skip
    command.add_argument("--out", metavar="FILE.csv", help="the file; stdout by default")
    command.add_argument(
        "--progress", action="store_true", help="report progress also where stderr is no terminal"
    )
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure, and write the table."""
    output.check_outputs((arguments.out,), ())
    from alignlab.checks import as_values
    from alignlab.data.synthetic import SyntheticSpec
    from alignlab.experiments.sweeps import Plan, Sweep

    spec = SyntheticSpec(**fields_of(arguments.set))
    values = as_values([_value(text) for text in arguments.values], "values", "sweep")
    plan = Plan(
        sweeps=(Sweep(spec=spec, over=arguments.over, values=values),),
        seeds=seeds_of(arguments.seeds),
        aligners=tuple(arguments.aligners),
        metrics=tuple(arguments.metrics),
    )
    _tell_impossible(plan.sweeps[0])
    evaluation, progress = plan.evaluation(), output.Progress(arguments.progress)
    try:
        for _ in evaluation.run():
            progress.show(evaluation)
    finally:
        progress.clear()
    table = plan.frame(evaluation).drop(columns="sweep").rename(columns={"value": arguments.over})
    text = table.to_csv(index=False)
    if arguments.out in (None, output.STDOUT):
        sys.stdout.write(text)
    else:
        output.write_whole(arguments.out, text.encode())
    return 0


def _tell_impossible(sweep: Sweep) -> None:
    """A note on values that cannot be drawn, which get no rows; ValueError if none can."""
    from alignlab.experiments.sweeps import point

    over = sweep.over
    values = [value for value in sweep.values if point(sweep.spec, over, value) is None]
    if not values:
        return
    cause = ""
    if over in {field.name for field in fields(sweep.spec)}:  # others are derived from several
        changed: dict[str, Any] = {over: values[0]}
        try:
            replace(sweep.spec, **changed)
        except ValueError as error:
            cause = f" ({error})"
    told = f"{over} = {', '.join(map(str, values))} cannot be drawn{cause}"
    if len(values) == len(sweep.values):
        raise ValueError(f"{told}: give other values, or other fields with --set")
    output.note(f"{told}: no rows")


def seeds_of(texts: Sequence[str]) -> tuple[int, ...]:
    """Seeds from numbers and ranges: 0-2 7 is 0, 1, 2, 7. ValueError for anything else."""
    seeds: list[int] = []
    for text in texts:
        ends = [int(end) for end in text.split("-") if re.fullmatch(r"[0-9]{1,6}", end)]
        if len(ends) != text.count("-") + 1 or len(ends) > 2:
            raise ValueError(f"--seeds {text}: give whole numbers, or ranges such as 0-9")
        if ends[0] > ends[-1]:
            raise ValueError(f"--seeds {text} holds no seed: give the smaller number first")
        seeds += range(ends[0], ends[-1] + 1)
    return tuple(dict.fromkeys(seeds))


def fields_of(texts: Sequence[str]) -> dict[str, Any]:
    """Fields of `SyntheticSpec` from NAME=VALUE; ValueError for a name that it does not have."""
    from alignlab.data.synthetic import SyntheticSpec

    known = [field.name for field in fields(SyntheticSpec)]
    found: dict[str, Any] = {}
    for text in texts:
        name, _, value = text.partition("=")
        if name not in known or not value:
            raise ValueError(f"--set {text}: give NAME=VALUE, with one of {', '.join(known)}")
        found[name] = _value(value)
    return found


def _value(text: str) -> int | float | str | tuple[float, ...]:
    """A whole number, a number, numbers between commas, or the text itself."""
    if "," in text:
        return tuple(float(one) for one in text.split(",") if one)
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
