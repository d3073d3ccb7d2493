"""Every page at its defaults, its presets and an extreme, without a browser."""

import io
import warnings
from functools import partial

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import alignlab.linalg
from alignlab.data.digits import digits_halves
from alignlab.data.synthetic import SyntheticSpec, generate
from alignlab.experiments.alignment import StudySpec, study
from alignlab.ui.catalog import HOME, PAGES
from alignlab.ui.parts.alignment import PAGE as ALIGNMENT
from alignlab.ui.parts.alignment import study_spec
from alignlab.ui.parts.synthetic import PAGE as SYNTHETIC_DATA
from alignlab.ui.parts.synthetic import synthetic_spec
from alignlab.ui.server import arrange
from tests.apptest import address, drawn, open_page, panels, settle, text, validate_figures


def numbers(app: AppTest) -> pd.DataFrame:
    return app.dataframe[0].value


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_opens_at_its_defaults_with_valid_figures(page):
    app = settle(open_page(page), enough=drawn)
    assert app.title[0].value == page.title
    shown = drawn(app)
    assert shown
    validate_figures(app)
    for panel in shown.values():
        assert panel["caption"]


PRESSED_IN_CHROMIUM = ("stereo", "captions")
"""Pages of images, whose presets take seconds: `tests/browser/test_layout.py` presses them."""

PRESETS = [
    (page, name) for page in PAGES if page.path not in PRESSED_IN_CHROMIUM for name in page.presets
]

TRAINED = {
    "Aligners and noise", "InfoNCE", "All aligners, noisy", "Contrastive with high temperature",
}  # fmt: skip
"""Presets that train for long; other tests await such results."""

SHORT_ELSEWHERE = (
    "sweeps", "compare", "transfer", "samples", "recovery", "inspect",
)  # fmt: skip
"""Pages whose presets other tests measure to the end, with fewer draws or steps."""

ONLY_HERE = "Digits, left and right halves"
"""The preset of such a page whose end is awaited here."""


@pytest.mark.parametrize(("page", "name"), PRESETS, ids=lambda x: getattr(x, "path", x))
def test_a_preset_button_sets_the_controls_and_the_address(page, name):
    app = open_page(page, seed="3")
    next(b for b in app.button if b.label == name).click().run()
    if name in TRAINED:
        next(b for b in app.button if b.label == "Cancel").click().run()
    drawn_is_enough = page.path in SHORT_ELSEWHERE and name != ONLY_HERE
    settle(app, enough=drawn) if drawn_is_enough else settle(app)
    assert not app.exception
    assert not app.error
    assert address(app) == page.address(page.presets[name])
    assert next(b for b in app.button if b.label == name).proto.type == "primary"
    validate_figures(app)


def expected(name: str) -> pd.DataFrame:
    """The table that a preset of the alignment page must show, computed without the page."""
    values = {c.name: c.default for c in ALIGNMENT.controls} | dict(ALIGNMENT.presets[name])
    digits = values["source"] == "digits"
    data = digits_halves() if digits else generate(synthetic_spec(values))
    return study(data, study_spec(values)).table


CLAIMS = {
    "Table 1": ["Perfect alignment exists", "Theorem 2.2"],
    "Uniform (Fig. 7)": ["Perfect alignment exists"],
    "Pseudo-inverse check (Table 2)": ["Perfect alignment exists"],
    "Collapse at d = 32": ["Perfect alignment exists", "The plain latent has shrunk"],
    "Noisy": ["No perfect alignment", "Corollary 2.3"],
    "Noisy at d = 32": ["The plain latent has shrunk", "error is larger"],
    "Too few null directions (Cor. 2.3)": ["No perfect alignment", "fewer than k = 3"],
    "Zero by too few pairs": ["Perfect alignment exists", "does not generalise"],
    "Digits, left and right halves": ["Collapse to zero", "undefined"],
}
"""What the alignment page says at each of its presets."""


def test_every_preset_of_the_alignment_page_has_its_claims():
    assert set(CLAIMS) == set(ALIGNMENT.presets)


@pytest.mark.parametrize(("name", "claims"), CLAIMS.items())
def test_the_numbers_and_words_of_every_preset(name, claims):
    app = open_page(ALIGNMENT, **ALIGNMENT.address(ALIGNMENT.presets[name]))
    table, shown = expected(name), numbers(app)
    for row in shown.index:
        for (aligner, split), cell in zip(table.columns, shown.loc[row], strict=True):
            value = table.loc[row, (aligner, split)]
            if np.isnan(value):
                assert cell == "undefined"
            elif 1e-3 < value < 1e3:
                assert float(cell) == pytest.approx(value, rel=6e-3)
    for claim in claims:
        assert claim in text(app), claim


def test_table_1_holds_on_the_page():
    table = expected("Table 1")
    for split in ("train", "held out"):
        for aligner in ("plain", "informative"):
            assert table.loc["CMAE", (aligner, split)] < 5e-14
            assert table.loc["NCMAE", (aligner, split)] < 5e-14
        assert table.loc["MLRE 1, pinv(S1)", ("plain", split)] < 1e-13
        assert table.loc["MLRE 1, up to linear", ("plain", split)] < 1e-12


def test_zero_by_too_few_pairs_is_not_zero_on_held_out_ones():
    table = expected("Zero by too few pairs")
    assert table.loc["CMAE", ("plain", "train")] < 1e-12
    assert table.loc["CMAE", ("plain", "held out")] > 1


def test_digits_collapse_to_zero():
    table = expected("Digits, left and right halves")
    assert table.loc["CMAE", ("plain", "train")] == 0
    assert np.isnan(table.loc["NCMAE", ("plain", "train")])
    chance = table.loc["chance of retrieval", ("plain", "train")]
    assert table.loc["pair retrieval", ("plain", "train")] == pytest.approx(chance)


@pytest.mark.parametrize(
    "parameters",
    [
        {"n": "2", "holdout": "0.0"},
        {"n": "100000", "d1": "64", "d2": "64", "k": "10", "noise": "10.0"},
        {"k": "1", "d1": "1", "d2": "1"},
        {"k": "2", "d1": "1", "d2": "1"},
        {"components": "6", "imbalance": "0.9", "separation": "0.0"},
    ],
)
@pytest.mark.parametrize("page", [SYNTHETIC_DATA, ALIGNMENT], ids=lambda page: page.path)
def test_extremes_draw_or_explain(page, parameters):
    known = {c.name for c in page.controls}
    app = open_page(page, **{k: v for k, v in parameters.items() if k in known})
    assert app.error or panels(app)


@pytest.mark.parametrize(
    ("parameters", "cause"),
    [
        ({"k": "10"}, "k = 10"),
        ({"weights": "0.5, 0.6"}, "sum to 1"),
        ({"n": "3", "holdout": "0.9"}, "fewer than 2"),
        ({"latent": "uniform", "k": "1"}, "k >= 2"),
    ],
)
def test_settings_that_cannot_be_are_refused_and_the_controls_stay(parameters, cause):
    app = open_page(ALIGNMENT, **parameters)
    assert cause in app.error[0].value
    assert any(s.label == "Noise σ" for s in app.slider)
    assert address(app) == parameters


def test_a_display_control_computes_nothing_again(monkeypatch):
    app = open_page(ALIGNMENT, d1="8", d2="8", k="3")
    calls = []
    for name in ("smallest_directions", "smallest_directions_of_many"):
        solve = getattr(alignlab.linalg, name)
        count = partial(lambda solve, *a, **k: calls.append(1) or solve(*a, **k), solve)
        monkeypatch.setattr(alignlab.linalg, name, count)
    before = panels(app)
    monkeypatch.setattr(alignlab.ui.state, "_went_back", lambda: True)
    for name, value in (("lines", 50), ("plane", "principal"), ("recovery", "pinv")):
        app.query_params[name] = str(value)
    app.run()
    after = panels(app)
    assert after["plain"]["digest"] != before["plain"]["digest"]
    assert after["spectrum"]["digest"] == before["spectrum"]["digest"]
    assert calls == []
    app.query_params["noise"] = "0.5"
    app.run()
    assert len(calls) == 2  # the plain and the informative one


@pytest.mark.parametrize("back", [False, True])
def test_an_address_from_before_counts_only_where_the_browser_went_back(back, monkeypatch):
    app = open_page(ALIGNMENT, k="3")
    next(s for s in app.slider if s.label == "Noise σ").set_value(0.5).run()
    assert address(app) == {"k": "3", "noise": "0.5"}
    monkeypatch.setattr(alignlab.ui.state, "_went_back", lambda: back)
    app.query_params.clear()  # what a browser sends before it has received the new address
    app.query_params["k"] = "3"
    app.run()
    value = next(s for s in app.slider if s.label == "Noise σ").value
    assert value == (0 if back else 0.5)
    assert address(app) == ({"k": "3"} if back else {"k": "3", "noise": "0.5"})


def test_values_are_shared_between_pages():
    app = open_page(SYNTHETIC_DATA, noise="0.7", components="4")
    app.switch_page(ALIGNMENT.script).run()
    assert address(app) == {"noise": "0.7", "components": "4"}
    assert next(s for s in app.slider if s.label == "Noise σ").value == 0.7


def test_reset_brings_the_defaults_back():
    app = open_page(ALIGNMENT, noise="0.7", source="digits")
    next(b for b in app.button if "Reset" in b.label).click().run()
    assert address(app) == {}
    assert "Perfect alignment exists" in text(app)


def test_home_lists_every_page_and_preset():
    app = open_page(HOME)
    labels = [link.proto.label for link in app.get("page_link")]
    for page in PAGES[1:]:
        assert f"**{page.title}**" in labels
        for name in page.presets:
            assert name in labels


def upload(app: AppTest, name: str, content: bytes) -> AppTest:
    app.file_uploader[0].upload(name, content).run()
    return app


def pairs_file(ending: str) -> bytes:
    data = generate(SyntheticSpec(n=200, d1=3, d2=4))
    views = {"x1": data.X1, "x2": data.X2}
    table = pd.DataFrame(
        {f"{v}_{j}": X[:, j] for v, X in views.items() for j in range(X.shape[1])}
        | {"label": [data.classes[c] for c in data.labels]}
    )
    buffer = io.BytesIO()
    if ending == "npz":
        np.savez(buffer, **views, label=data.labels)
    elif ending == "csv":
        table.to_csv(buffer, index=False)
    else:
        table.to_parquet(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("ending", ["npz", "csv", "parquet"])
def test_an_upload_of_each_format_gives_the_numbers_of_its_data(ending):
    app = open_page(ALIGNMENT, source="upload")
    upload(app, f"mine.{ending}", pairs_file(ending))
    assert not app.exception
    assert not app.error
    data = generate(SyntheticSpec(n=200, d1=3, d2=4))
    table = study(data, StudySpec()).table
    assert table.loc["CMAE", ("plain", "train")] < 1e-12
    shown = numbers(app)
    kept = float(shown.loc["kept norm 1"].iloc[2])
    assert kept == pytest.approx(table.loc["kept norm 1", ("informative", "train")], rel=6e-3)
    assert "Perfect alignment exists" in text(app)


@pytest.mark.parametrize("ending", ["npz", "parquet"])
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_an_upload_in_a_narrow_type_is_exact_and_says_at_which_precision(ending, dtype):
    data = generate(SyntheticSpec(n=200, d1=3, d2=4))
    views = {"x1": data.X1.astype(dtype), "x2": data.X2.astype(dtype)}
    buffer = io.BytesIO()
    if ending == "npz":
        np.savez(buffer, **views)
    else:
        columns = {f"{v}_{j}": X[:, j] for v, X in views.items() for j in range(X.shape[1])}
        pd.DataFrame(columns).to_parquet(buffer)
    app = open_page(ALIGNMENT, source="upload")
    upload(app, f"mine.{ending}", buffer.getvalue())
    assert not app.exception
    assert not app.error
    said = text(app)
    assert f"**Perfect alignment exists**, to the precision of {dtype}: 5 null directions" in said
    assert f"exact to the precision of {dtype}" in said


def test_an_upload_is_not_seen_by_another_session():
    first = upload(open_page(ALIGNMENT, source="upload"), "mine.npz", pairs_file("npz"))
    link = address(first)
    second = open_page(ALIGNMENT, **link)
    assert not panels(second)
    assert "mine.npz" in second.info[0].value
    upload(second, "mine.npz", pairs_file("npz"))
    assert panels(second)["plain"]["digest"] == panels(first)["plain"]["digest"]


def test_a_link_met_with_another_file_says_so():
    first = upload(open_page(ALIGNMENT, source="upload"), "mine.npz", pairs_file("npz"))
    second = open_page(ALIGNMENT, **address(first))
    upload(second, "mine.csv", pairs_file("csv"))
    assert "not the file that the link was made with" in second.warning[0].value
    assert panels(second)
    second.run()  # as a page does without user action when its work has ended
    assert "not the file that the link was made with" in second.warning[0].value


def test_an_upload_stays_at_hand_when_the_page_changes():
    app = upload(open_page(ALIGNMENT, source="upload"), "mine.npz", pairs_file("npz"))
    before = panels(app)
    app.switch_page(SYNTHETIC_DATA.script).run()
    app.switch_page(ALIGNMENT.script).run()
    assert panels(app) == before


def test_a_file_that_cannot_be_read_leaves_the_one_before():
    app = upload(open_page(ALIGNMENT, source="upload"), "mine.npz", pairs_file("npz"))
    before, link = panels(app), address(app)
    upload(app, "bad.npz", b"no archive")
    assert "could not be read" in app.error[0].value
    assert panels(app) == before
    assert address(app) == link


def test_the_page_says_which_columns_it_took():
    app = upload(open_page(ALIGNMENT, source="upload"), "mine.csv", pairs_file("csv"))
    said = "\n".join(caption.value for caption in app.caption)
    assert "View 1, x: x1_0, x1_1, x1_2. View 2, y: x2_0 … x2_3 (4 columns). Labels: label." in said
    assert "A first guess" in said


def test_another_upload_takes_the_place_of_the_first():
    app = upload(open_page(ALIGNMENT, source="upload"), "mine.npz", pairs_file("npz"))
    buffer = io.BytesIO()
    rng = np.random.default_rng(1)
    np.savez(buffer, a=rng.normal(size=(50, 2)), b=rng.normal(size=(50, 2)))
    upload(app, "other.npz", buffer.getvalue())
    assert not app.exception
    assert not app.error
    assert address(app)["file"] == "other.npz"
    assert "No perfect alignment" in text(app)


def test_columns_can_be_chosen_anew_and_travel_in_the_link():
    app = upload(open_page(ALIGNMENT, source="upload"), "mine.csv", pairs_file("csv"))
    next(m for m in app.multiselect if m.label == "View 2").set_value(["x2_0", "x2_2", "x2_3"])
    app.run()
    assert not app.exception
    assert address(app)["view2"] == "3,5-6"
    caption = "\n".join(c.value for c in app.caption)
    assert "View 2, y: x2_0, x2_2, x2_3. Labels: label. Not used: x2_1." in caption
    assert "A first guess" not in caption
    again = open_page(ALIGNMENT, **address(app))
    upload(again, "mine.csv", pairs_file("csv"))
    assert panels(again)["plain"]["digest"] == panels(app)["plain"]["digest"]


def test_an_empty_view_is_refused_with_the_remedy():
    app = upload(open_page(ALIGNMENT, source="upload"), "mine.csv", pairs_file("csv"))
    next(m for m in app.multiselect if m.label == "View 1").set_value([]).run()
    assert not app.exception
    assert "each view needs at least one column" in app.error[0].value
    assert any(m.label == "View 1" for m in app.multiselect)


def test_what_the_package_warns_of_is_said_on_the_page_and_not_in_the_log():
    with warnings.catch_warnings(record=True) as raised:
        warnings.simplefilter("default")
        arrange.cache_clear()  # as a server begins
        app = open_page(ALIGNMENT, n="30", d1="32", d2="32", noise="1.0")
    assert [str(one.message) for one in raised if "alignlab" in one.filename] == []
    assert "k null directions exist for any data" in text(app)
