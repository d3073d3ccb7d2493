"""`alignlab sweep`: the table of `al.sweep` as CSV."""

import io
import re

import pandas as pd
import pytest

import alignlab as al
from alignlab.cli.main import main
from alignlab.cli.sweep import fields_of, seeds_of

ARGUMENTS = (
    "sweep", "--over", "n", "--values", "20", "40", "--seeds", "0-1", "7", "--aligners", "cca",
    "--metrics", "cmae", "mlre", "--set", "d1=3", "d2=3", "noise=0.5",
)  # fmt: skip


@pytest.fixture(scope="module")
def expected():
    return al.sweep(
        al.SyntheticSpec(d1=3, d2=3, noise=0.5), over="n", values=[20, 40], seeds=[0, 1, 7],
        aligners=["cca"], metrics=["cmae", "mlre"],
    )  # fmt: skip


def test_the_table_is_that_of_al_sweep(expected, capsys):
    assert main([*ARGUMENTS]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    pd.testing.assert_frame_equal(pd.read_csv(io.StringIO(printed.out)), expected)


def test_a_file_takes_the_place_of_stdout(expected, here, capsys):
    assert main([*ARGUMENTS, "--out", "sweep.csv", "--progress"]) == 0
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "steps" in printed.err
    pd.testing.assert_frame_equal(pd.read_csv("sweep.csv"), expected)


def test_a_value_that_cannot_be_drawn_has_no_rows_and_is_told(capsys):
    assert main(["sweep", "--over", "n", "--values", "0", "9", "--seeds", "0"]) == 0
    printed = capsys.readouterr()
    assert set(pd.read_csv(io.StringIO(printed.out))["n"]) == {9}
    assert re.fullmatch(
        r"alignlab: note: n = 0 cannot be drawn \(.* must be at least 2\): no rows\n", printed.err
    )


def test_seeds_are_numbers_and_ranges():
    assert seeds_of(["0-2", "7", "1"]) == (0, 1, 2, 7)
    for bad in ("x", "-1", "1-", "0-9999999999999"):
        with pytest.raises(ValueError, match="whole numbers, or ranges"):
            seeds_of([bad])


def test_fields_are_numbers_text_or_tuples():
    told = fields_of(["n=10", "noise=0.5", "latent=uniform", "weights=0.25,0.75"])
    assert told == {"n": 10, "noise": 0.5, "latent": "uniform", "weights": (0.25, 0.75)}
    assert al.SyntheticSpec(**told).weights == (0.25, 0.75)
