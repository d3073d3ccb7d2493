"""The export pack: its script reproduces the page's numbers outside the checkout."""

import io
import json
import runpy
import zipfile
from dataclasses import asdict, replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest

from alignlab.aligners.contrastive import ContrastiveSpec
from alignlab.data.bent import BentSpec, bent_pairs
from alignlab.data.digits import digits_halves
from alignlab.data.features import Changes, changed
from alignlab.data.synthetic import SyntheticSpec, generate, moments
from alignlab.diagnosis.heads import Heads, HeadsSpec
from alignlab.diagnosis.run import diagnose, diagnose_chunks
from alignlab.diagnosis.sensitivity import Checks, CheckSpec
from alignlab.diagnosis.spec import DiagnosisSpec
from alignlab.diagnosis.tables import all_numbers, check_table
from alignlab.experiments.alignment import StudySpec, study
from alignlab.experiments.compare import ComparisonSpec, compare
from alignlab.experiments.examples import ExampleSpec, spiked_features
from alignlab.experiments.methods import METHODS
from alignlab.experiments.sweeps import Plan, Sweep, means, run
from alignlab.figures.alignment import study_figures
from alignlab.files.chosen import features_from_table, pairs_from_table
from alignlab.files.columns import guess_columns, join_tables
from alignlab.files.large_tables import chunks_of, open_large
from alignlab.files.tables import read_table
from alignlab.report.scripts import diagnosis_script, large_diagnosis_script
from alignlab.spiked.model import SpikedSpec
from alignlab.ui.parts.alignment import study_script
from alignlab.ui.parts.compare import comparison_script
from alignlab.ui.parts.diagnose.scripts import (
    checks_script,
    example_lines,
    heads_script,
    table_features_lines,
)
from alignlab.ui.parts.pairs import bent_lines, digits_lines, upload_lines
from alignlab.ui.parts.sweeps import sweep_script
from alignlab.ui.parts.synthetic import generate_script, synthetic_lines
from alignlab.ui.takeaway import pack
from tests.packs import all_reproduce, run_elsewhere, unpack

SPEC = SyntheticSpec(n=300, d1=8, d2=5, noise=0.3, weights=(0.3, 0.7))
HOW = StudySpec(k=3, rank=4, holdout=0.25, split_seed=2)


def npz_file() -> bytes:
    data, buffer = generate(SPEC), io.BytesIO()
    np.savez(buffer, left=data.X1, right=data.X2, y=data.labels)
    return buffer.getvalue()


def upload_case():
    content = npz_file()
    table = read_table(content, "mine.npz")
    choice = guess_columns(table)
    lines = upload_lines([("mine.npz", sha256(content).hexdigest())], choice)
    result = study(pairs_from_table(table, choice), HOW).table
    return study_script(lines, HOW), result, {"mine.npz": content}


BENT = BentSpec(n=200)


def comparison_case(methods, bent=None):
    spec = ComparisonSpec(methods=tuple(methods), contrastive=ContrastiveSpec(steps=10))
    lines = bent_lines(bent) if bent else synthetic_lines(SPEC)
    table = compare(bent_pairs(bent) if bent else generate(SPEC), spec).table()
    return comparison_script(lines, spec), table.drop(columns="seconds"), {}


def sweep_case(aligners, metrics, ks=(2, 3)):
    plan = Plan(
        sweeps=(Sweep(spec=SPEC, over="k", values=ks),), seeds=(0, 4), aligners=aligners,
        metrics=("cmae", "held_out_ncmae", "mlre"),
    )  # fmt: skip
    return sweep_script(plan, metrics), means(run(plan))[list(metrics)], {}


SPIKED = SpikedSpec(d=6, k=2, nu=0.3)
CHANGE = Changes(kept=60, seed=3)


def example_case():
    """A draw with labels of some rows only."""
    spec = ExampleSpec(case="spiked", model=SPIKED, n=200, changes=CHANGE)
    return example_lines(spec), changed(spiked_features(SPIKED, 200, 3), CHANGE)


def diagnosis_case(lines, features, scale="auto"):
    settings = {"seed": 3, "resamples": 5, "scale": scale}
    found = diagnose(features.X, features.Y, features.labels, **settings)
    return diagnosis_script(lines, DiagnosisSpec(**settings)), all_numbers(found)


def checks_case():
    lines, features = example_case()
    specs = tuple(CheckSpec(kind=kind) for kind in ("labels", "ridge"))
    how = DiagnosisSpec(seed=3, resamples=3, scale="as given")
    work = finished(Checks(features.X, features.Y, features.labels, specs, how))
    return checks_script(lines, specs, how), check_table(work.table()), {}


def heads_case():
    lines, features = example_case()
    spec = HeadsSpec(k=2, hidden=4, steps=10, seeds=(3, 4), scale="standardised")
    work = finished(Heads(features.X, features.Y, features.labels, spec, features.targets))
    return heads_script(lines, spec), work.summary(), {}


def finished(work):
    for _ in work.run():
        pass
    return work


def views():
    """Two files with one view each and the same column names, and one of labels, with a gap."""
    features = spiked_features(SPIKED, 120, 1)
    left, right, labels = (pd.DataFrame(X) for X in (features.X, features.Y, features.labels))
    left.iloc[4, 2] = np.nan
    labels = labels.rename(columns=lambda j: f"score {j}")
    return {"left.csv": left, "right.csv": right, "it's labels.csv": labels}


def table_case():
    files = {name: table.to_csv(index=False).encode() for name, table in views().items()}
    read = {name: read_table(content, name, 1) for name, content in files.items()}
    table, guess = join_tables(read)
    choice = replace(guess, labels="score 0", more_labels=("score 1",))
    digests = [(name, sha256(content).hexdigest()) for name, content in files.items()]
    changes = Changes(kept=100, shuffled=True, seed=7)
    lines = table_features_lines(digests, choice, True, changes)
    features = changed(features_from_table(table, choice, True), changes)
    assert len(features.X) == 119
    return *diagnosis_case(lines, features), files


def large_case():
    files, large = {}, []
    with TemporaryDirectory() as folder:
        for name, table in views().items():
            path = Path(folder) / f"{name[:-4]}.parquet"
            table.fillna(0.5).rename(columns=str).to_parquet(path, index=False)
            files[path.name] = path.read_bytes()
            large.append(open_large(path))
        heads = {one.name: next(one.blocks(one.columns, 50)) for one in large}
        choice = replace(join_tables(heads)[1], labels="score 1", more_labels=("score 0",))
        chunks = chunks_of(large, choice.view1, choice.view2, choice.label_columns)
        settings = {"seed": 3, "resamples": 5, "scale": "standardised"}
        found = diagnose_chunks(chunks, **settings)
    script = large_diagnosis_script(list(files), choice, DiagnosisSpec(**settings))
    return script, all_numbers(found), files


def infinite_case():
    """Ratios without nuisance, and pairs without labels."""
    lines = """import numpy as np
from types import SimpleNamespace

Z, *noise = np.random.default_rng(0).standard_normal((3, 100, 2))
features = SimpleNamespace(X=Z + noise[0], Y=Z + noise[1], labels=Z, kind=None)"""
    made = {}
    exec(lines, made)
    script, table = diagnosis_case(lines, made["features"])
    assert np.isinf(table["value"]["ratios"].unstack()["delta"]).all()
    return script, table, {}


def unlabelled_case():
    changes = Changes(kept=0, shuffled=True, seed=3)
    spec = ExampleSpec(case="spiked", model=SPIKED, n=200, changes=changes)
    features = changed(spiked_features(SPIKED, 200, 3), changes)
    return *diagnosis_case(example_lines(spec), features), {}


CASES = {
    "diagnosis": lambda: (*diagnosis_case(*example_case()), {}),
    "diagnosis of standardised columns": lambda: (
        *diagnosis_case(*example_case(), "standardised"),
        {},
    ),
    "diagnosis of files": table_case,
    "diagnosis of large files": large_case,
    "checks": checks_case,
    "light heads": heads_case,
    "draw": lambda: (generate_script(SPEC), moments(generate(SPEC)), {}),
    "synthetic study": lambda: (
        study_script(synthetic_lines(SPEC), HOW),
        study(generate(SPEC), HOW).table,
        {},
    ),
    "digits study": lambda: (
        study_script(digits_lines(), HOW),
        study(digits_halves(), HOW).table,
        {},
    ),
    "upload study": upload_case,
    "comparison of every aligner": lambda: comparison_case(METHODS),
    "comparison of bent views": lambda: comparison_case(
        ("cca", "fourier_cca", "fourier_informative", "kernel_cca", "deep_cca"), BENT
    ),
    "sweep": lambda: sweep_case(("cca", "perfect_alignment"), ("held_out_ncmae", "cmae")),
    "sweep without a figure": lambda: sweep_case(("least_squares",), ("mlre",)),
    "sweep without a point": lambda: sweep_case(("cca",), ("cmae",), ks=(14, 15)),
}


def test_every_script_reproduces_its_numbers_outside_the_checkout(tmp_path):
    scripts = []
    for case, make in CASES.items():
        script, table, files = make()
        scripts.append(unpack(tmp_path / case, script, table, files))
        assert not (tmp_path / case / "alignlab" / "ui").exists()
    all_reproduce(tmp_path, scripts)


def test_the_script_notices_other_numbers(tmp_path):
    script, table, _ = CASES["draw"]()
    other = table + 1e-7
    other.iloc[1, -1] += 1e-3
    run = run_elsewhere(tmp_path, str(unpack(tmp_path, script, table, numbers=other)))
    assert run.returncode != 0
    assert "not the numbers of the page" in run.stderr
    (said,) = [line for line in run.stdout.splitlines() if "largest difference" in line]
    assert said.endswith(f" at {[table.index[1]]}")


def run_here(script, table, files, folder):
    """Run a packed script in this process, with the package of the checkout."""
    runpy.run_path(str(unpack(folder, script, table, files)))


@pytest.mark.parametrize("case", [unlabelled_case, infinite_case])
def test_undefined_and_infinite_numbers_are_reproduced_too(case, tmp_path, capsys):
    run_here(*case(), tmp_path)
    assert "largest difference to the page's numbers" in capsys.readouterr().out


@pytest.mark.parametrize(("page", "script"), [("inf", "1"), ("1", "inf"), ("1", "-inf")])
def test_an_infinite_number_is_no_finite_one(page, script, tmp_path):
    def lines(value):
        return f"table = pd.DataFrame({{'a': map(float, ['{value}', 'nan', 'inf'])}})\n"

    made = {"pd": pd}
    exec(lines(page), made)
    run_here(lines(page), made["table"], {}, tmp_path)
    with pytest.raises(AssertionError, match="these are not the numbers of the page"):
        run_here(lines(script), made["table"], {}, tmp_path)


def test_a_script_stops_at_a_file_that_is_another(tmp_path):
    script, table, files = table_case()
    with pytest.raises(AssertionError, match=r"right\.csv is another file"):
        run_here(script, table, files | {"right.csv": files["right.csv"] + b"\n"}, tmp_path)


def test_a_sweep_takes_only_the_metrics_that_are_shown():
    script, table, _ = CASES["sweep"]()
    assert list(table.columns) == ["held_out_ncmae", "cmae"]
    assert "table = means(run(plan))[['held_out_ncmae', 'cmae']]" in script


def test_the_pack_holds_figures_numbers_parameters_and_notes():
    result = study(generate(SPEC), HOW)
    figures = study_figures(result, plane="first", lines=10, recovery="linear", keep="x")
    content = pack("p", figures, result.table, asdict(SPEC), "pass", {"note.txt": "hello"})
    archive = zipfile.ZipFile(io.BytesIO(content))
    names = archive.namelist()
    assert {"numbers.csv", "parameters.json", "reproduce.py", "note.txt"} <= set(names)
    parameters = json.loads(archive.read("parameters.json"))
    assert parameters["parameters"]["seed"] == 0
    assert parameters["parameters"]["weights"] == [0.3, 0.7]
    assert parameters["versions"]["numpy"] == np.__version__
    page = archive.read("figures/plain.html").decode()
    assert 'src="plotly.min.js"' in page
    assert "cdn" not in page
    assert len(archive.read("figures/plotly.min.js")) > 1_000_000
