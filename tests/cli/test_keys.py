"""`alignlab diagnose` of files with ids: joined on them, or by position, and no id is a label."""

import json

import numpy as np
import pandas as pd
import pytest

import alignlab as al
from alignlab.cli.main import main

N = 60
FAST = ("--resamples", "2", "--json", "-")


@pytest.fixture
def data(here):
    """A view, and another one and labels in an order of their own."""
    data = al.sample_spiked(al.SpikedSpec(d=4, k=2), n=N, seed=0)
    ids = np.random.default_rng(0).permutation(N) + 1000
    for name, values, seed in (("a", data.X1, 0), ("b", data.X2, 1), ("score", data.Z, 2)):
        table = pd.DataFrame(values, columns=[f"{name}{j}" for j in range(values.shape[1])])
        order = np.arange(N) if name == "a" else np.random.default_rng(seed).permutation(N)
        table.assign(id=ids).iloc[order].to_csv(f"{name}.csv", index=False)
    return data


def diagnosed(capsys, *more):
    assert main(["diagnose", "a.csv", "b.csv", "--labels", "score.csv", *FAST, *more]) == 0
    text = capsys.readouterr().out
    return al.Diagnosis.from_json(text), json.loads(text)["parameters"]


def test_files_in_any_order_give_the_numbers_of_their_pairs(data, capsys):
    expected = al.diagnose(data.X1, data.X2, data.Z, resamples=2)
    for more in ((), ("--key", "id")):
        found, _ = diagnosed(capsys, *more)
        assert found.delta_ca == pytest.approx(expected.delta_ca)
        assert len(found.labels_read.columns) == 2


def test_by_position_they_are_read_as_they_are_and_ids_are_no_labels(data, capsys):
    found, parameters = diagnosed(capsys, "--key", "position")
    assert not found.pairing.paired
    assert (parameters["labels"], parameters["more_labels"]) == ("score0", ["score1"])


def test_a_key_that_is_not_there_ends_with_one_line(data, capsys):
    assert main(["diagnose", "a.csv", "b.csv", "--key", "word"]) == 2
    error = capsys.readouterr().err
    assert "no file has a column 'word'" in error
    assert "such as id" in error
