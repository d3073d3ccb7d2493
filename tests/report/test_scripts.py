import runpy
from dataclasses import replace

import numpy as np
import pytest

import alignlab as al
from alignlab.diagnosis.spec import DiagnosisSpec
from alignlab.files.columns import ColumnChoice
from alignlab.report.data import DataDescription
from alignlab.report.scripts import (
    choice_lines,
    diagnosis_script,
    large_diagnosis_script,
    report_script,
)
from alignlab.version import __version__

SPEC = DiagnosisSpec(seed=3, resamples=2)
DATA = DataDescription(title="t", dimensions=(6, 6), files=(("x\n.npy", "00"),))
LINES = "import alignlab as al\nfrom alignlab.data.features import Features\n" + (
    "data = al.sample_spiked(al.SpikedSpec(d=6, k=2), n=60, seed=0)\n"
    "features = Features(X=data.X1, Y=data.X2, labels=data.Z)"
)


@pytest.fixture(scope="module")
def found():
    data = al.sample_spiked(al.SpikedSpec(d=6, k=2), n=60, seed=0)
    return al.diagnose(data.X1, data.X2, data.Z, seed=3, resamples=2)


def run(script, folder):
    (folder / "again.py").write_text(script)
    return runpy.run_path(str(folder / "again.py"))


def test_the_script_of_a_report_finds_its_numbers_again_and_says_what_it_needs(found, tmp_path):
    script = report_script(diagnosis_script(LINES, SPEC), DATA, found)
    assert f"# - alignlab {__version__} (pip install alignlab=={__version__})" in script
    assert r"# - 'x\n.npy' beside this script, SHA-256 00" in script
    assert run(script, tmp_path)["found"].delta_ca == pytest.approx(found.delta_ca, rel=1e-12)


def test_other_numbers_are_refused(found, tmp_path):
    other = replace(found, delta_cp=found.delta_cp * (1 + 1e-6))
    with pytest.raises(AssertionError, match="these are other numbers"):
        run(report_script(diagnosis_script(LINES, SPEC), DATA, other), tmp_path)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_not_finite_are_spelled(found, value, tmp_path):
    script = report_script("found, table = NONE, NONE", DATA, replace(found, delta_ca=value))
    listed = script[script.index("reported = [") :].splitlines()[0]
    assert np.isclose(eval(listed.split(" = ")[1].split("  #")[0])[0], value, equal_nan=True)


def test_a_large_file_is_read_by_runs_of_columns(found, tmp_path):
    data = al.sample_spiked(al.SpikedSpec(d=6, k=2), n=60, seed=0)
    np.save(tmp_path / "all.npy", np.hstack([data.X1, data.X2, data.Z]))
    names = [f"all[{i}]" for i in range(14)]
    choice = ColumnChoice(view1=tuple(names[:6]), view2=tuple(names[6:12]), labels=names[12],
                          more_labels=(names[13],))  # fmt: skip
    script = report_script(large_diagnosis_script(("all.npy",), choice, SPEC), DATA, found)
    assert "(*map('all[{}]'.format, range(0, 6)),)" in script
    assert run(script, tmp_path)["found"].n == 60
    assert eval(choice_lines(choice), {"ColumnChoice": ColumnChoice, "map": map}) == choice
