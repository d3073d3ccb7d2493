"""The message of a page about refused input."""

import pickle

import numpy as np
import pandas as pd
import pytest

import alignlab as al
from alignlab.checks import InputError, reason_of
from alignlab.diagnosis.spec import DiagnosisSpec
from alignlab.experiments.sweeps import sweep
from alignlab.files.chosen import labels_of
from alignlab.files.tables import read_table
from alignlab.ui.page import refusal
from alignlab.ui.progress import cause
from alignlab.ui.state import Refused

X = np.random.default_rng(0).standard_normal((50, 3))


@pytest.mark.parametrize("name", ["embeddings", "left_view"])
def test_a_file_without_ending_keeps_its_name(name):
    with pytest.raises(Refused, match=f"^{name}: it has no ending: "), refusal():
        read_table(b"x", name)


def test_a_label_column_keeps_its_name():
    dates = pd.DataFrame({"when": pd.date_range("2026-01-01", periods=4)})
    with pytest.raises(Refused, match=r"^label column 'when': column 0"), refusal():
        labels_of(dates, ["when"])


REFUSED = {
    "cca": lambda: al.cca(X, X[:, :2], 9),
    "perfect_alignment": lambda: al.perfect_alignment(X, X[:-1], 2),
    "diagnose": lambda: DiagnosisSpec(components=0),
    "SyntheticSpec": lambda: al.SyntheticSpec(weights=(0.5,)),
    "SpikedSpec": lambda: al.SpikedSpec(kappa=-1.0),
    "sweep": lambda: sweep(al.SyntheticSpec(), "hue", (1,), (0,), ("cca",), ("cmae",)),
}


@pytest.mark.parametrize("caller", REFUSED)
def test_the_page_shows_the_reason_without_the_function_that_refused(caller):
    with pytest.raises(InputError) as found:
        REFUSED[caller]()
    error = found.value
    assert isinstance(error, ValueError)
    assert error.caller == caller
    assert str(error) == f"{caller}: {error.reason}"
    assert len(error.reason) > 20
    assert cause(error).startswith(error.reason.split()[0])
    with pytest.raises(Refused) as shown, refusal():
        REFUSED[caller]()
    assert str(shown.value) == error.reason


def test_a_refusal_survives_the_way_between_processes():
    error = InputError("diagnose", "3 pairs are too few")
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.caller) == (str(error), "diagnose")


def test_other_errors_say_all_that_they_hold():
    assert reason_of(ValueError("embeddings: it has no ending")) == "embeddings: it has no ending"
