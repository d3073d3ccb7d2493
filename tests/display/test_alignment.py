import re

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

import alignlab as al
from alignlab.figures.aligned import NAMES
from tests.display.test_diagnosis import Page, same

DATA = al.generate(al.SyntheticSpec(n=60, d1=9, d2=4, k=2, noise=0.5))
X1, X2 = DATA.X1, DATA.X2
TABLE = pd.DataFrame(X1, columns=[f"<g{j}>" for j in range(9)])

FITTED = {
    "cca": al.cca(TABLE, X2, 2),
    "perfect_alignment": al.perfect_alignment(X1, X2, 2),
    "informative_alignment": al.informative_alignment(X1, X2, 2, rank=2),
    "pls_svd": al.pls_svd(X1, TABLE, 1),
    "least_squares": al.least_squares(X1, X2),
    "float16": al.perfect_alignment(X1[:, :2].astype("f2"), X1[:, :2].astype("f2"), 2),
    "exact": al.perfect_alignment(X1[:, :3], X1[:, :3], 2),
}
each_fit = pytest.mark.parametrize("name", FITTED)


@each_fit
def test_json_brings_every_field_back(name):
    same(FITTED[name], al.Alignment.from_json(FITTED[name].to_json()))


def test_names_that_json_cannot_hold_are_refused_with_the_remedy():
    dated = pd.DataFrame(X2, columns=pd.date_range("2026-01-01", periods=4))
    with pytest.raises(TypeError, match="rename the columns to text"):
        al.pls_svd(X1, dated, 1).to_json()


def test_json_of_several_views_brings_every_field_back():
    found = al.gcca([TABLE, X2, X1[:, :3]], 2)
    same(found, type(found).from_json(found.to_json()))
    assert len(repr(found)) <= 300
    assert found.to_frame()["weight"].size == 2 * (9 + 4 + 3)


@each_fit
def test_the_repr_is_short(name):
    found = FITTED[name]
    assert len(repr(found)) <= 300
    assert repr(found).startswith(f"Alignment(method={found.method!r}, k={found.k}, ")


def test_the_summary_says_whether_the_pairs_align_exactly():
    assert "3 null directions ≥ k" in FITTED["exact"].summary()
    assert "can be aligned exactly" in FITTED["exact"].summary()
    assert "0 null directions < k" in FITTED["perfect_alignment"].summary()
    rho = FITTED["cca"].spectrum
    assert f"Canonical correlations: {rho[0]:.3g}, {rho[1]:.3g}." in FITTED["cca"].summary()
    assert "not centred" in FITTED["perfect_alignment"].summary()
    assert "Views are centred" in FITTED["cca"].summary()
    assert "*" not in FITTED["cca"].summary()


def test_the_summary_warns_of_maps_that_are_not_the_only_ones():
    few = al.cca(X1[:10], X2[:10], 2)
    assert few.undetermined
    assert "Other maps" in few.summary()
    assert "Other maps" not in FITTED["cca"].summary()


def test_the_summary_names_lost_columns():
    with pytest.warns(UserWarning, match="column 0"):
        found = al.perfect_alignment(X1 * np.r_[1e-20, np.ones(8)], X2, 1)
    assert "Column 0 of view 1" in found.summary()


@each_fit
def test_the_html_is_escaped_well_formed_and_loads_nothing(name):
    page = Page(FITTED[name]._repr_html_())
    assert page.tags <= {"div", "p", "strong", "table", "caption", "tr", "th", "td"}
    assert {key for key, _ in page.attributes} <= {"style"}
    if name == "cca":
        assert "<g0>" in page.texts
        assert "<g8>" not in page.texts  # the first few


@each_fit
def test_the_frame_holds_every_weight_under_the_name_of_its_feature(name):
    found, frame = FITTED[name], FITTED[name].to_frame()
    assert frame.columns.tolist() == ["view", "feature", "component", "weight"]
    for view, W in enumerate((found.W1, found.W2), start=1):
        wide = frame[frame["view"] == view].pivot(
            index="feature", columns="component", values="weight"
        )
        names = (found.features or (None, None))[view - 1] or range(len(W))
        np.testing.assert_array_equal(wide.loc[list(names), range(1, found.k + 1)], W)


@each_fit
@pytest.mark.parametrize("figure", NAMES)
def test_every_figure_is_drawn(name, figure):
    go.Figure(FITTED[name].plot(figure).to_dict())


def test_the_spectrum_marks_the_components_that_are_used():
    def used(found):
        (trace,) = [one for one in found.plot().data if re.match(r"the \d+ directions", one.name)]
        return list(trace.x)

    assert used(FITTED["cca"]) == [1, 2]
    assert used(FITTED["perfect_alignment"]) == [12, 13]


def test_an_unknown_figure_names_those_that_there_are():
    with pytest.raises(ValueError, match="'pie' is not known: use one of spectrum, W1, W2"):
        FITTED["cca"].plot("pie")
