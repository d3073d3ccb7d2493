"""Scripts that make a page's numbers again; each ends with a variable `table`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from alignlab.comparison import ComparisonSpec
from alignlab.datasets import ColumnChoice
from alignlab.diagnosis_checks import CheckSpec
from alignlab.diagnosis_spec import DiagnosisSpec
from alignlab.features import Changes, ExampleSpec
from alignlab.har.protocol import ProtocolSpec
from alignlab.light_heads import HeadsSpec
from alignlab.phase import Axes
from alignlab.recovery_maps import RecoveryMaps
from alignlab.spiked import SpikedSpec
from alignlab.spiked_study import SpikedStudy
from alignlab.spiked_training import TrainingSweep
from alignlab.study import StudySpec
from alignlab.sweeps import Plan
from alignlab.synthetic import SyntheticSpec
from alignlab.transfer_study import TransferSpec


def generate_script(spec: SyntheticSpec) -> str:
    """The moments of the pairs of a synthetic spec."""
    return f"""from alignlab.synthetic import SyntheticSpec, generate, moments

spec = {spec!r}
data = generate(spec)
table = moments(data)
"""


def study_script(pairs: str, spec: StudySpec) -> str:
    """The table of a study; `pairs` are the lines that make `data`."""
    return f"""{pairs}
from alignlab.study import StudySpec, study

result = study(data, {spec!r})
table = result.table
"""


def sweep_script(plan: Plan, metrics: Sequence[str]) -> str:
    """The mean over seeds of some metrics, at every point of a plan."""
    return f"""from alignlab.sweeps import Plan, Sweep, means, run
from alignlab.synthetic import SyntheticSpec

plan = {plan!r}
table = means(run(plan))[{list(metrics)!r}]
"""


def bridge_script(spec: SyntheticSpec, family: str, a: float, b: float) -> str:
    """Subspace distances between the corners of the families and one member."""
    return f"""{synthetic_lines(spec)}
from alignlab.bridge import corners, member
from alignlab.bridge_words import corner_table

ends = corners(data, {spec.k})
table = corner_table(ends, member(data, {spec.k}, {family!r}, {a!r}, {b!r}, ends))
"""


def synthetic_lines(spec: SyntheticSpec) -> str:
    """Lines that make the synthetic pairs."""
    return f"""from alignlab.synthetic import SyntheticSpec, generate

data = generate({spec!r})"""


def labels_lines(spec: SyntheticSpec) -> str:
    """Lines that make the synthetic pairs with labels as modality 2."""
    return f"""from alignlab.synthetic import SyntheticSpec, generate, labels_as_view

data = labels_as_view(generate({spec!r}))"""


def comparison_script(pairs: str, spec: ComparisonSpec) -> str:
    """The table of a comparison on held-out pairs; `pairs` are the lines that make `data`."""
    return f"""{pairs}
from alignlab.comparison import ComparisonSpec, compare
from alignlab.contrastive import ContrastiveSpec

table = compare(data, {spec!r}).table().drop(columns="seconds")
"""


def transfer_script(spec: TransferSpec) -> str:
    """The accuracy of every route."""
    return f"""from alignlab.transfer_study import TransferSpec, accuracies
from alignlab.transfer_words import transfer_table

table = transfer_table(accuracies({spec!r}))
"""


def views_script(spec: SyntheticSpec, count: int, ridge: float) -> str:
    """The table of all views' alignment."""
    return f"""from alignlab.synthetic import SyntheticSpec, generate_views
from alignlab.views import gcca, perfect_alignment_views
from alignlab.views_words import views_table

views = generate_views({spec!r}, {count})
found = {{
    "perfect alignment": perfect_alignment_views(views, {spec.k}),
    "GCCA": gcca(views, {spec.k}, {ridge!r}),
}}
table = views_table(views, found)
"""


def digits_lines() -> str:
    """Lines that make the digits' halves."""
    return """from alignlab.datasets import digits_halves

data = digits_halves()"""


def upload_lines(files: Sequence[tuple[str, str]], choice: ColumnChoice) -> str:
    """Lines that read the pairs of the user's files, which must lie beside the script."""
    return f"""from alignlab.datasets import pairs_from_table
{table_lines(files)}

data = pairs_from_table(table, {choice!r})"""


def table_lines(files: Sequence[tuple[str, str]]) -> str:
    """Lines that read the user's files, given by name and SHA-256, as one `table`."""
    return f"""from hashlib import sha256

from alignlab.datasets import ColumnChoice, join_tables
from alignlab.tables import read_table

tables = {{}}
for name, digest in {tuple(files)!r}:
    if not (HERE / name).exists():
        raise SystemExit(f"put {{name}} (SHA-256 {{digest}}) beside this script")
    content = (HERE / name).read_bytes()
    assert sha256(content).hexdigest() == digest, f"{{name}} is another file"
    tables[name] = read_table(content, name, columns=1)
table, _ = join_tables(tables)"""


def activity_script(dataset: str, spec: ProtocolSpec) -> str:
    """The table of an experiment with human activity; `dataset` are the lines that make it."""
    return f"""{dataset}
from alignlab.har import ProtocolSpec, run_protocol

# Trained anew, which takes as long as on the page. The same machine and torch give the same
# numbers; another processor or device rounds otherwise, and training lets that grow.
result = run_protocol(dataset, {spec!r})
table = result.summary().drop(columns="seconds", level=0)
"""


def phase_script(spec: SpikedSpec, axes: Axes, prediction: str) -> str:
    """The separation ratios over a plane of two parameters."""
    return f"""from alignlab.phase import plane, plane_table
from alignlab.spiked import SpikedSpec

(over_x, xs), (over_y, ys) = {axes!r}
table = plane_table(plane({spec!r}, over_x, xs, over_y, ys, {prediction!r}))
"""


def maps_script(maps: RecoveryMaps) -> str:
    """Recovery in samples over the (kappa, nu) plane."""
    return f"""from alignlab.recovery_maps import RecoveryMaps
from alignlab.spiked import SpikedSpec

maps = {maps!r}
sampling = maps.sampling()
for _ in sampling.run():
    pass
table = maps.table(sampling)
"""


def spiked_script(study: SpikedStudy) -> str:
    """An experiment on the spiked model: samples, population and theory."""
    return f"""from alignlab.spiked import SpikedSpec
from alignlab.spiked_study import SpikedStudy

study = {study!r}
sampling = study.sampling()
for _ in sampling.run():
    pass
table = study.table(sampling)
"""


def trainings_script(sweep: TrainingSweep) -> str:
    """Subspace distances of encoders trained by InfoNCE."""
    return f"""from alignlab.contrastive import ContrastiveSpec
from alignlab.spiked import SpikedSpec
from alignlab.spiked_training import Trainings, TrainingSweep

trainings = Trainings({sweep!r})
for _ in trainings.run():
    pass
table = trainings.table()
"""


def bottleneck_script(k: int, rank_xy: int) -> str:
    """Shared dimensions by the ranks of both channels."""
    return f"""from alignlab.objectives import shared_dimensions_table

table = shared_dimensions_table({k}, {rank_xy})
"""


def example_lines(spec: ExampleSpec) -> str:
    """Lines that make the `features` of an example."""
    return f"""from alignlab.features import Changes, ExampleSpec, example
from alignlab.spiked import SpikedSpec

features = example({spec!r})"""


def table_features_lines(
    files: Sequence[tuple[str, str]], choice: ColumnChoice, drop: bool, changes: Changes
) -> str:
    """Lines that make `features` of the user's files."""
    return f"""{table_lines(files)}
from alignlab.features import Changes, changed, features_from_table

features = features_from_table(table, {choice!r}, {drop!r})
features = changed(features, {changes!r})"""


def _settings(spec: DiagnosisSpec) -> str:
    """The settings of a diagnosis as arguments of a call."""
    return ", ".join(f"{field.name}={getattr(spec, field.name)!r}" for field in fields(spec))


def diagnosis_script(features: str, spec: DiagnosisSpec) -> str:
    """Advice, scores and ratios of a diagnosis; `features` are the lines that make these."""
    return f"""{features}
import alignlab as al
from alignlab.diagnosis_tables import advice_table, all_numbers, label_score_table

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
    """Scores of the light heads; `features` are the lines that make these."""
    return f"""{features}
from alignlab.light_heads import Heads, HeadsSpec

heads = Heads(
    features.X, features.Y, features.labels, {spec!r}, features.targets, kind=features.kind,
)
for _ in heads.run():
    pass
table = heads.summary()
"""


def checks_script(features: str, specs: Sequence[CheckSpec], diagnosis: DiagnosisSpec) -> str:
    """The ratios at every value of some checks; `features` are the lines that make these."""
    return f"""{features}
from alignlab.diagnosis_checks import Checks, CheckSpec
from alignlab.diagnosis_spec import DiagnosisSpec
from alignlab.diagnosis_tables import check_table

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
from alignlab.diagnosis_tables import advice_table, all_numbers, label_score_table
from alignlab.large_tables import chunks_of, open_large

tables = [open_large(HERE / name) for name in {tuple(names)!r}]
chunks = chunks_of(tables, {choice.view1!r}, {choice.view2!r}, {choice.label_columns!r})
found = al.diagnose_chunks(
    chunks,
    {_settings(spec)},
)
{_TOLD}"""
