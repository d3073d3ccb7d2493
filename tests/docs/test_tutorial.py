"""The tutorial runs from top to bottom, and is stored without outputs."""

import json
import warnings

import pytest

from tests.server import ROOT

NOTEBOOK = json.loads((ROOT / "docs" / "tutorial.ipynb").read_text())
CODE = [cell for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]


def test_every_cell_runs_and_says_what_the_text_announces(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.mkdtemp", lambda: str(tmp_path))
    names: dict = {}
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        for cell in CODE:
            try:
                exec("".join(cell["source"]), names)
            except Exception as error:  # say which cell
                pytest.fail(f"cell {cell['id']}: {error!r}")
    said = capsys.readouterr().out
    assert said.startswith("Train CA")
    assert names["found"].regime == "Both"
    kept = [float(line.split()[-1]) for line in said.splitlines() if "kept norm" in line]
    assert kept[0] < 0.2 < 0.5 < kept[1]  # plain perfect alignment has collapsed
    # few pairs are fitted best and generalise worst
    means = names["table"].groupby(["aligner", "n"])[["cmae", "held_out_cmae"]].mean()
    for aligner in ("cca", "informative_alignment"):
        of = means.loc[aligner]
        assert of["cmae"].idxmin() == 20
        assert of["held_out_cmae"].idxmax() == 20


def test_it_is_stored_without_outputs():
    assert [cell["id"] for cell in CODE if cell["outputs"] or cell["execution_count"]] == []
    assert (NOTEBOOK["nbformat"], NOTEBOOK["nbformat_minor"]) == (4, 5)
