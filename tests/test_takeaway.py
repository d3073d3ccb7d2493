"""The take-away pack: the script in it makes the page's numbers again, outside the checkout."""

import io
import json
import subprocess
import sys
import zipfile
from dataclasses import asdict
from hashlib import sha256

import numpy as np
import pytest

from alignlab.datasets import digits_halves, guess_columns, pairs_from_table
from alignlab.figures.study import study_figures
from alignlab.har import ProtocolSpec, run_protocol, simulate
from alignlab.study import StudySpec, study
from alignlab.sweeps import Plan, Sweep, means, run
from alignlab.synthetic import SyntheticSpec, generate, moments
from alignlab.tables import read_table
from alignlab.ui import scripts
from alignlab.ui.activity import Origin
from alignlab.ui.takeaway import full_script, pack

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
    lines = scripts.upload_lines([("mine.npz", sha256(content).hexdigest())], choice)
    result = study(pairs_from_table(table, choice), HOW).table
    return scripts.study_script(lines, HOW), result, {"mine.npz": content}


def sweep_case(aligners, metrics, ks=(2, 3)):
    plan = Plan(
        sweeps=(Sweep(spec=SPEC, over="k", values=ks),), seeds=(0, 4), aligners=aligners,
        metrics=("cmae", "held_out_ncmae", "mlre"),
    )  # fmt: skip
    return scripts.sweep_script(plan, metrics), means(run(plan))[list(metrics)], {}


def activity_case():
    spec = ProtocolSpec(k=4, epochs=1, seeds=(0, 1), methods=("ca", "ca_pa"))
    lines = Origin(seed=1).lines()
    table = run_protocol(simulate(1), spec).summary().drop(columns="seconds", level=0)
    return scripts.activity_script(lines, spec), table, {}


CASES = {
    "draw": lambda: (scripts.generate_script(SPEC), moments(generate(SPEC)), {}),
    "synthetic study": lambda: (
        scripts.study_script(scripts.synthetic_lines(SPEC), HOW),
        study(generate(SPEC), HOW).table,
        {},
    ),
    "digits study": lambda: (
        scripts.study_script(scripts.digits_lines(), HOW),
        study(digits_halves(), HOW).table,
        {},
    ),
    "upload study": upload_case,
    "activity": activity_case,
    "sweep": lambda: sweep_case(("cca", "perfect_alignment"), ("held_out_ncmae", "cmae")),
    "sweep without a figure": lambda: sweep_case(("least_squares",), ("mlre",)),
    "sweep without a point": lambda: sweep_case(("cca",), ("cmae",), ks=(14, 15)),
}


@pytest.mark.parametrize("case", CASES)
def test_the_script_reproduces_the_numbers_outside_the_checkout(case, tmp_path):
    script, table, files = CASES[case]()
    content = pack(case, {}, table, {}, full_script(case, script, table), {})
    zipfile.ZipFile(io.BytesIO(content)).extractall(tmp_path)
    for name, file in files.items():
        (tmp_path / name).write_bytes(file)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    run = subprocess.run(
        [sys.executable, str(tmp_path / "reproduce.py")],
        cwd=elsewhere,
        env={"PATH": "", "ALIGNLAB_DEVICE": "cpu"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "largest difference to the page's numbers" in run.stdout
    assert not (tmp_path / "alignlab" / "ui").exists()


def test_the_script_notices_other_numbers(tmp_path):
    script, table, _ = CASES["draw"]()
    other = table + 1e-7
    other.iloc[1, -1] += 1e-3
    content = pack("draw", {}, other, {}, full_script("draw", script, table), {})
    zipfile.ZipFile(io.BytesIO(content)).extractall(tmp_path)
    run = subprocess.run(
        [sys.executable, str(tmp_path / "reproduce.py")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode != 0
    assert "not the numbers of the page" in run.stderr
    (said,) = [line for line in run.stdout.splitlines() if "largest difference" in line]
    assert said.endswith(f" at {[table.index[1]]}")


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
