"""`alignlab align`: the maps that it saves are those of the package."""

import numpy as np
import pytest

import alignlab as al
from alignlab.aligners.registry import ALIGNERS
from alignlab.cli.align import METHODS
from alignlab.cli.main import main
from alignlab.data.pairs import split_rows
from alignlab.words.numbers import number

VIEWS = ("align", "x.npy", "y.npy", "-k", "2", "--out", "maps.npz")


def saved():
    with np.load("maps.npz", allow_pickle=False) as file:
        return dict(file)


def test_the_methods_are_those_of_the_package():
    assert set(METHODS) == set(ALIGNERS)


@pytest.mark.parametrize("method", ["cca", "perfect_alignment", "least_squares"])
def test_the_maps_are_those_of_the_fitted_pairs(files, method, capsys):
    assert main([*VIEWS, "--method", method, "--seed", "4", "--latents"]) == 0
    fitted, held_out = split_rows(60, 0.2, 4)
    k = () if method == "least_squares" else (2,)
    maps = getattr(al, method)(files.X1[fitted], files.X2[fitted], *k)
    found = saved()
    for name in ("W1", "W2", "mean1", "mean2", "spectrum"):
        np.testing.assert_array_equal(found[name], getattr(maps, name))
    np.testing.assert_allclose((files.X1 - found["mean1"]) @ found["W1"], found["Z1"], atol=1e-12)
    np.testing.assert_array_equal(found["fitted_rows"], fitted)
    assert found["features2"].tolist() == [f"y[{i}]" for i in range(4)]
    assert str(found["method"]) == method
    printed = capsys.readouterr().out
    rows = {line.split("  ")[0]: line.split()[-2:] for line in printed.splitlines() if "  " in line}
    for name in ("cmae", "retrieval"):
        values = [
            getattr(al, name)(*maps.embed(files.X1[part], files.X2[part]))
            for part in (fitted, held_out)
        ]
        assert rows[name] == [number(value) for value in values]


def test_without_held_out_pairs_all_are_fitted(files, capsys):
    assert main([*VIEWS, "--holdout", "0"]) == 0
    assert "held out" not in capsys.readouterr().out
    assert saved()["fitted_rows"].tolist() == list(range(60))
    assert "Z1" not in saved()


def test_columns_that_are_named_are_the_features(files):
    np.savez("all.npz", image=files.X1, text=files.X2, other=files.Z)
    assert main(["align", "all.npz", "--x", "other", "--y", "text", "--out", "maps.npz"]) == 0
    assert saved()["features1"].tolist() == ["other[0]", "other[1]"]
    assert saved()["W2"].shape == (4, 2)
