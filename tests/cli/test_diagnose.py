"""`alignlab diagnose`: what it prints and writes are the numbers of `al.diagnose`."""

import html
import io
import json
import os
import re
import runpy
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import alignlab as al
from alignlab.cli import output
from alignlab.cli.diagnose import SCALES
from alignlab.cli.main import main, parser
from alignlab.diagnosis.reduction import SCALES as KNOWN
from alignlab.diagnosis.spec import DiagnosisSpec
from alignlab.report.tables import displayed
from alignlab.words.diagnose import headline

FAST = ("--resamples", "2", "--seed", "3")
ALL = ("diagnose", "x.npy", "y.npy", "--labels", "labels.csv", *FAST)


def diagnosed(data, labels=None, **more):
    labels = data.Z if labels is None else labels
    return al.diagnose(data.X1, data.X2, labels, seed=3, resamples=2, **more)


def numbers(capsys):
    """The JSON on stdout, which holds nothing else, and the diagnosis in it."""
    text = capsys.readouterr().out
    return json.loads(text), al.Diagnosis.from_json(text)


def same(found, expected):
    return found.to_json() == expected.to_json()


def test_the_headline_and_the_ratios_are_printed(files, capsys):
    found = diagnosed(files)
    assert main([*ALL]) == 0
    printed = capsys.readouterr()
    words = " ".join(printed.out.split())
    assert words.startswith(headline(found).replace("**", ""))
    assert displayed(found).to_string() in printed.out
    assert "View x, d₁ 4 features: x[0] … x[3] (4 columns)" in words
    assert printed.err == ""
    assert max(map(len, printed.out.splitlines())) <= 110


def test_json_on_stdout_is_the_diagnosis_alone(files, capsys):
    assert main([*ALL, "--json", "-"]) == 0
    whole, found = numbers(capsys)
    assert same(found, diagnosed(files))
    assert set(whole) == {"page", "parameters", "versions", "diagnosis"}
    assert whole["parameters"]["seed"] == 3
    assert list(whole["parameters"]["files"]) == ["x.npy", "y.npy", "labels.csv"]


def test_a_terminal_without_greek_letters_costs_no_result(files, monkeypatch):
    ascii_only = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", ascii_only)
    assert main([*ALL]) == 0
    assert b"\\u0394, population" in ascii_only.buffer.getvalue()


@pytest.mark.parametrize(
    ("options", "more"),
    [
        (["--scale", "standardised"], {"scale": "standardised"}),
        (["--scale", "as-given", "--components", "2"], {"scale": "as given", "components": 2}),
        (["--kind", "numbers"], {"kind": "numbers"}),
    ],
)
def test_every_setting_is_that_of_al_diagnose(files, options, more, capsys):
    assert main([*ALL, *options, "--json", "-"]) == 0
    assert same(numbers(capsys)[1], diagnosed(files, **more))


def test_settings_have_the_defaults_of_the_package():
    assert tuple(scale.replace("-", " ") for scale in SCALES) == KNOWN
    default, spec = parser().parse_args(["diagnose", "x"]), DiagnosisSpec()
    for name in ("seed", "resamples", "components", "scale", "kind"):
        assert getattr(default, name) == getattr(spec, name)


def test_without_labels_the_verdict_is_undetermined_and_the_code_is_0(files, capsys):
    assert main(["diagnose", "x.npy", "y.npy", *FAST]) == 0
    assert capsys.readouterr().out.startswith("Undetermined: there are no labels")


def test_files_in_blocks_give_the_same_numbers(files, monkeypatch, capsys):
    assert main([*ALL, "--json", "-"]) == 0
    whole = numbers(capsys)[1]
    np.save("labels.npy", files.Z)
    monkeypatch.setattr("alignlab.files.source.MAX_BYTES", 100)
    in_blocks = [part.replace("labels.csv", "labels.npy") for part in ALL]
    assert main([*in_blocks, "--json", "-", "--report", "r.html"]) == 0
    found = numbers(capsys)[1]
    assert found.delta_ca == pytest.approx(whole.delta_ca, rel=1e-9)
    assert found.scores.values == pytest.approx(whole.scores.values, rel=1e-9)
    assert main([*in_blocks, "--drop"]) == 2
    assert "is read in blocks, which --drop does not reach" in capsys.readouterr().err


def test_the_report_is_of_these_files_and_its_script_finds_the_numbers_again(files, capsys):
    assert main([*ALL, "--report", "r.html", "--json", "n.json"]) == 0
    assert headline(diagnosed(files)).replace("**", "") in " ".join(capsys.readouterr().out.split())
    page = Path("r.html").read_text()
    assert "<h1>Diagnosis of x.npy + y.npy + labels.csv</h1>" in page
    assert same(al.Diagnosis.from_json(Path("n.json").read_text()), diagnosed(files))
    script = html.unescape(re.search("<summary>Script</summary><pre>(.*?)</pre>", page, re.S)[1])
    Path("again.py").write_text(script)
    assert runpy.run_path(os.path.abspath("again.py"))["found"].n == 60
    np.save("y.npy", files.X2[::-1])
    with pytest.raises(AssertionError, match="these are other files"):
        runpy.run_path(os.path.abspath("again.py"))


def test_a_file_is_replaced_as_a_whole_or_not_at_all(files, monkeypatch, capsys):
    Path("n.json").write_text("old")
    before = sorted(os.listdir())

    def full(*_):
        raise OSError(28, "No space left on device", "n.json")

    with monkeypatch.context() as patched:
        patched.setattr(output.os, "replace", full)
        assert main([*ALL, "--json", "n.json"]) == 2
    assert capsys.readouterr().err == "alignlab: error: n.json: No space left on device\n"
    assert Path("n.json").read_text() == "old"
    assert sorted(os.listdir()) == before
    assert main([*ALL, "--json", "n.json"]) == 0
    assert Path("n.json").read_text() != "old"
    assert sorted(os.listdir()) == before
    assert os.stat("n.json").st_mode & 0o777 == 0o666 & ~_mask()


def _mask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_without_plotly_a_report_is_refused_before_anything_is_computed(
    files, unchanged, monkeypatch, capsys
):
    monkeypatch.setitem(sys.modules, "plotly.graph_objects", None)
    assert main([*ALL, "--report", "r.html"]) == 2
    assert capsys.readouterr().err.endswith("pip install 'alignlab[plot]'\n")


# --- Which columns are what ---


def choice(capsys, *arguments):
    assert main(["diagnose", *arguments, *FAST, "--json", "-"]) == 0
    told = numbers(capsys)[0]["parameters"]
    return told["view1"], told["view2"], [told["labels"], *told["more_labels"]]


def test_columns_of_the_labels_file_are_labels_whatever_they_look_like(files, capsys):
    pd.DataFrame(np.hstack([files.X1, files.X2])).add_prefix("a").to_parquet("both.parquet")
    pd.DataFrame(files.Z).rename(columns={0: "a0", 1: "b"}).to_csv("labels.csv", index=False)
    found = choice(capsys, "both.parquet", "--labels", "labels.csv")
    assert found[0] == ["both.a0", "a1", "a2", "a3"]
    assert found[1] == ["a4", "a5", "a6", "a7"]
    assert found[2] == ["labels.a0", "b"]
    for name, column in (("b", "b"), ("a0", "labels.a0")):
        given = ("both.parquet", "--labels", "labels.csv", "--label-columns", name)
        assert choice(capsys, *given)[2] == [column]


def test_views_are_named_by_column_array_or_family(files, capsys):
    np.savez("all.npz", image=files.X1, text=files.X2, other=files.X1[:, :2] ** 2, kind=files.Z)
    named = choice(capsys, "all.npz", "--x", "text", "--y", "other", "--label-columns", "kind")
    assert named[0] == [f"text[{i}]" for i in range(4)]
    assert named[1] == ["other[0]", "other[1]"]
    assert named[2] == ["kind[0]", "kind[1]"]
    columns = choice(capsys, "all.npz", "--x", "image[0]", "--x", "image[2]", "--y", "text")
    assert columns[:2] == (["image[0]", "image[2]"], [f"text[{i}]" for i in range(4)])
    alone = choice(capsys, "all.npz", "--x", "text")  # the guess has text as the second view
    assert alone[:2] == ([f"text[{i}]" for i in range(4)], [f"image[{i}]" for i in range(4)])


def test_a_key_joins_files_in_another_order_and_is_in_no_view(files, capsys):
    order = np.random.default_rng(0).permutation(60)
    for name, view, rows in (("a", files.X1, np.arange(60)), ("b", files.X2, order)):
        table = pd.DataFrame(view[rows]).add_prefix(f"{name}")
        table.assign(name=[f"s{i:02d}" for i in rows]).to_csv(f"{name}.csv", index=False)
    pd.DataFrame(files.Z[order]).add_prefix("z").assign(
        name=[f"s{i:02d}" for i in order]
    ).to_csv("labels.csv", index=False)  # fmt: skip
    assert main(["diagnose", "a.csv", "b.csv", "--labels", "labels.csv", "--key", "name", *FAST,
                 "--json", "-"]) == 0  # fmt: skip
    whole, found = numbers(capsys)
    assert found.delta_ca == pytest.approx(diagnosed(files).delta_ca, rel=1e-9)
    told = whole["parameters"]
    assert [told["labels"], *told["more_labels"]] == ["z0", "z1"]


def test_rows_with_missing_values_are_refused_or_left_out(files, capsys):
    files.X1[5, 1] = np.nan
    np.save("x.npy", files.X1)
    assert main([*ALL]) == 2
    assert "1 of 60 rows hold NaN" in capsys.readouterr().err
    assert main([*ALL, "--drop", "--json", "-"]) == 0
    assert numbers(capsys)[1].n == 59


def test_notes_on_reading_are_told(files, capsys):
    np.savetxt("x.csv", files.X1, delimiter=",")
    assert main(["diagnose", "x.csv", "y.npy", *FAST]) == 0
    assert "Notes on reading" in capsys.readouterr().out
    assert main(["diagnose", "x.csv", "y.npy", *FAST, "--json", "-"]) == 0
    printed = capsys.readouterr()
    json.loads(printed.out)
    assert "alignlab: note: " in printed.err


def test_columns_that_could_be_labels_and_are_not_are_told(files, capsys):
    pairs = {"image": files.X1, "text": files.X2, "kind": np.arange(60) // 7 % 3}
    np.savez("pairs.npz", **pairs, id=np.arange(60))
    for more, told in (((), True), (("--label-columns", "kind"), False)):
        assert main(["diagnose", "pairs.npz", *more, *FAST]) == 0
        words = " ".join(capsys.readouterr().out.split())
        assert ("In no view and no label: kind; --label-columns names labels." in words) == told


# --- Progress ---


def test_a_log_has_progress_only_where_it_is_asked_for_and_in_lines(files, capsys):
    assert main([*ALL, "--progress"]) == 0
    told = capsys.readouterr().err
    assert "\r" not in told
    lines = told.splitlines()
    assert 5 <= len(lines) <= output.STEPS + 2
    assert all(re.fullmatch(r"\d+ of \d+ steps", line) for line in lines)
    last = re.findall(r"\d+", lines[-1])
    assert last[0] == last[1]


def test_a_terminal_has_one_line_that_is_cleared(files, monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main([*ALL]) == 0
    told = capsys.readouterr().err
    assert "\n" not in told
    assert told.count("\r") > 10
    assert told.endswith("\r\033[K")
