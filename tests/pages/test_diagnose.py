"""The diagnosis page without a browser: examples, parts, labels, files given by path."""

import io
import json
import zipfile

import numpy as np
import pandas as pd
import pytest
import streamlit as st

import alignlab as al
from alignlab.cli.main import main
from alignlab.data.features import Changes, changed
from alignlab.diagnosis.heads import METHODS
from alignlab.diagnosis.sensitivity import KINDS
from alignlab.diagnosis.tables import ratio_table
from alignlab.experiments.examples import spiked_features
from alignlab.spiked.theory import separation_ratios
from alignlab.ui.files.paths import ROOTS
from alignlab.ui.parts.diagnose.page import PAGE as DIAGNOSE
from alignlab.ui.parts.spiked import model_spec
from alignlab.words.diagnose import ratio
from alignlab.words.glossary import DIAGNOSIS as TERMS
from alignlab.words.numbers import number
from tests.apptest import address, open_page, panels, settle, text
from tests.pages.test_sweeps import preset

VERDICTS = {
    "Both": "**Both**", "CA only": "**CA only**", "CP only": "**CP only**",
    "Neither": "**Neither**", "On the border": "**Undetermined**", "Too few pairs": "**Both**",
    "Pairs torn apart": "**Undetermined**", "Without labels": "**Undetermined**",
    "Digits, left and right halves": "**Neither**", "Simulated activity": "**Neither**",
}  # fmt: skip
"""Text in the headline of each preset."""


def open_preset(name, **more):
    values = preset(DIAGNOSE, name) | more
    return settle(open_page(DIAGNOSE, **DIAGNOSE.address(values)))


def features(name):
    values = preset(DIAGNOSE, name)
    drawn = spiked_features(model_spec(values), values["rows"], values["seed"])
    changes = Changes(
        kept=values["labels_kept"],
        shuffled=values["pairing"] == "shuffled",
        seed=values["seed"],
    )
    return changed(drawn, changes)


def ratios(app) -> pd.DataFrame:
    return list(app.dataframe)[-1].value


@pytest.mark.parametrize(("name", "verdict"), VERDICTS.items())
def test_every_example_has_its_known_verdict(name, verdict):
    app = open_preset(name)
    assert verdict in text(app)
    assert not app.error


@pytest.mark.parametrize("name", ["Both", "CA only", "CP only", "Neither", "Too few pairs"])
def test_the_numbers_are_those_of_diagnose_beside_what_theory_says(name):
    app, given = open_preset(name), features(name)
    found = al.diagnose(given.X, given.Y, given.labels)
    shown, table = ratios(app), ratio_table(found)
    for objective, label in (("ca", "CA"), ("cp", "CP"), ("cp_reverse", "CP reversed")):
        assert shown.loc["Δ, population", label] == ratio(table.loc[objective, "delta"])
        assert shown.loc["Δ, these pairs", label] == ratio(table.loc[objective, "sample delta"])
    truth = separation_ratios(model_spec(preset(DIAGNOSE, name)))
    assert f"is in **{truth.regime}**: Δ of CA {truth.ca:.2f}" in text(app)
    star = next(
        trace for trace in panels(app)["where"]["figure"]["data"] if trace["name"] == "theory"
    )
    assert (star["x"][0], star["y"][0]) == pytest.approx((truth.cp, truth.ca))


ADVICE = {
    "Both": "**Train nothing**: no trained representation beats y alone.",
    "Too few pairs": "**Train nothing yet**: ",
    "Pairs torn apart": "**Undetermined**", "Without labels": "there are no labels",
    "Digits, left and right halves": "**Train CA (both views into one space)**: +0.05 over the "
    "better view alone (y), balanced accuracy 0.90 versus 0.85, 90% interval +0.0",
}  # fmt: skip


@pytest.mark.parametrize(("name", "advice"), ADVICE.items())
def test_every_example_begins_with_its_advice(name, advice):
    app = open_preset(name)
    badge = ":orange-background[**Undetermined**]"
    said = [one.value.replace(badge, "**Undetermined**") for one in app.markdown]
    verdict, headline = [one for one in said if "**Undetermined" in one or "**Train" in one][:2]
    assert advice in headline
    assert headline.split("**")[1].startswith(verdict.split("**")[1])  # above the charts, in short


def test_the_digits_read_what_pays_and_why_theory_says_neither():
    words = text(open_preset("Digits, left and right halves"))
    assert (
        "because the weakest of 9 directions falls below the nuisance; the other directions are "
        "enough" in words
    )
    assert "Both views concatenated, untrained, score 0.95." in words


def test_the_advice_and_its_pictures_come_before_theory():
    app = open_preset("CA only")
    assert list(panels(app))[:2] == ["held-out scores", "scores by dimension"]
    advised, scored, theory = (frame.value for frame in app.dataframe)
    assert list(advised.index) == ["both views", "x only", "y only"]
    assert list(scored.index) == [
        "x alone", "y alone", "x and y", "CA", "CP", "CP reversed", "CA of x", "CA of y",
    ]  # fmt: skip
    assert "Δ, population" in theory.index
    given = features("CA only")
    found = al.diagnose(given.X, given.Y, given.labels)
    place = found.scores.place("CA")
    assert scored.loc["CA"].iloc[1].startswith(f"{found.scores.values[place]:.3f} (")
    assert scored.loc["CA", "k"] == str(found.scores.k)


@pytest.mark.parametrize(("at_hand", "words"), [("x", "with x only"), ("y", "with y only")])
def test_the_views_at_hand_choose_the_advice_that_leads_and_compute_nothing(at_hand, words):
    app = open_preset("CA only")
    steps = [c.value for c in app.caption if "steps" in c.value]
    app = open_preset("CA only", at_hand=at_hand)
    assert words in text(app)
    assert address(app)["at_hand"] == at_hand
    assert [c.value for c in app.caption if "steps" in c.value] == steps  # the same job
    assert "Both views: " in text(app)


def test_the_scale_of_columns_is_that_of_diagnose():
    app = open_preset("CA only", scale="standardised")
    given = features("CA only")
    found = al.diagnose(given.X, given.Y, given.labels, scale="standardised")
    assert ratios(app).loc["Δ, population", "CP"] == ratio(found.delta_cp)
    assert "All columns were scaled to unit standard deviation." in text(app)
    assert address(app)["scale"] == "standardised"
    other = al.diagnose(given.X, given.Y, given.labels)
    assert ratio(found.delta_cp) != ratio(other.delta_cp)


def test_too_few_pairs_are_said_to_see_another_regime():
    assert "is in another regime, **CP only**" in text(open_preset("Too few pairs"))
    assert "More pairs would help CA" in text(open_preset("Too few pairs"))


def test_without_labels_there_are_spectra_null_and_pairing_alone():
    app = open_preset("Without labels")
    assert set(panels(app)) == {"spectrum of C", "spectrum of A", "pairing"}
    assert len(app.dataframe) == 1
    assert "Without labels, signal cannot be distinguished from correlated nuisance" in text(app)
    assert list(ratios(app).index) == [
        "permutation null, 95th percentile", "dimension of the label subspace",
    ]  # fmt: skip


def test_the_direction_chooses_the_spectrum_of_a():
    forward, backward = (open_preset("CA only", direction=way) for way in ("cp", "cp_reverse"))
    titles = [
        panels(app)["spectrum of A"]["figure"]["layout"]["title"]["text"]
        for app in (forward, backward)
    ]
    assert titles == ["Spectrum of A, y from x", "A, x from y"]


def test_the_terms_are_explained_beside_the_first_line():
    app = open_preset("CA only")
    told = next(one for one in app.expander if one.label.startswith("Terms"))
    assert all(f"**{term.name}**: {term.meaning}" in told.markdown[0].value for term in TERMS)
    helps = [one.proto.help for one in app.sidebar.latex]
    assert [help.count("**") for help in helps] == [6, 4, 4]
    assert all(
        TERMS[i].meaning in help for i, help in ((8, helps[0]), (3, helps[1]), (4, helps[2]))
    )


def test_fewer_labels_are_said_and_change_what_is_measured():
    app = open_preset("CA only", labels_kept=40)
    assert "1,000 pairs, 40 with labels" in text(app)
    assert "**CA only**" in text(app)
    app = open_preset("CA only", labels_kept=10)
    assert "10 rows have a label" in "".join(e.value for e in app.error) + text(app)


def test_checks_draw_every_kind_and_give_their_words():
    app = open_preset("CA only", part="check", rows=300)
    assert set(panels(app)) == set(KINDS)
    words = text(app)
    for name in ("Fewer labels", "Noise on labels", "Coarser labels", "Ridge"):
        assert f"**{name}**" in words
    assert "**CA only**" in words


def test_trainings_stand_in_the_layout_of_table_1():
    app = open_preset("CA only", part="train", rows=300, head_steps=50, head_seeds=2, head_dims=3)
    table = ratios(app)
    assert tuple(table.columns) == METHODS
    assert list(table.index) == ["z1", "z2", "z3"]
    assert all("±" in cell for cell in table.to_numpy().ravel())
    assert set(panels(app)) == {"z1", "z2", "z3"}
    assert "training" in text(app)


def test_a_training_that_cannot_be_is_refused_with_its_remedy():
    app = open_preset("Without labels", part="train")
    assert "label some rows" in app.error[0].value
    app = open_preset("Without labels", part="check")
    assert "label some rows" in app.error[0].value


REPORT = "folded Report in one file, and the numbers as JSON"
PACK = "folded Export: figures, numbers, parameters, script"


@pytest.fixture
def downloads(monkeypatch):
    """The downloads on offer, by the label of the button."""
    made = {}

    def offer(label, data, **_):
        made[label] = data

    monkeypatch.setattr(st, "download_button", offer)
    return made


def unfold(app, *folds):
    for fold in folds:
        app.session_state[fold] = True
    settle(app.run())
    assert not app.exception


def test_report_and_json_are_made_of_the_page(downloads):
    app = open_preset("CA only")
    unfold(app, REPORT)
    known = json.loads(downloads["Numbers (JSON)"]())
    assert known["diagnosis"]["regime"] == "CA only"
    page = downloads["Report (one HTML file)"]().decode()
    assert "<strong>CA only</strong>" in page
    assert page.index("<strong>Train nothing</strong>") < page.index("<strong>CA only</strong>")
    assert known["diagnosis"]["advice"]["both"]["objective"] == "none"
    assert known["parameters"]["scale"] == "auto"
    assert known["parameters"]["views at hand later"] == "both"
    assert "</b> Advice" in page
    assert "</b> Scores on held-out labels" in page
    assert page.count("<figure ") == len(panels(app))
    assert "<h1>Diagnose paired embeddings: Spiked model</h1>" in page


@pytest.mark.parametrize("part", ["verdict", "check", "train"])
def test_every_part_has_its_pack(part, downloads):
    short = {"head_steps": 10, "head_seeds": 1, "head_dims": 2, "rows": 200}
    app = open_preset("CA only", part=part, **short)
    unfold(app, PACK)
    archive = zipfile.ZipFile(io.BytesIO(downloads["Download the pack (ZIP)"]()))
    assert {f"figures/{name}.html" for name in panels(app)} <= set(archive.namelist())
    assert len(archive.read("numbers.csv").splitlines()) > 1
    assert "example(ExampleSpec(case='spiked'" in archive.read("reproduce.py").decode()


# --- Files given by path ---


@pytest.fixture
def files(tmp_path):
    given = features("CA only")
    np.save(tmp_path / "left.npy", given.X)
    np.save(tmp_path / "right.npy", given.Y)
    pd.DataFrame(given.labels, columns=["z1", "z2", "z3"]).to_csv(
        tmp_path / "labels.csv", index=False
    )
    return tmp_path


def test_files_by_their_path_give_the_verdict_of_their_numbers(files):
    names = ("left.npy", "right.npy", "labels.csv")
    paths = {f"path{i + 1}": str(files / name) for i, name in enumerate(names)}
    app = settle(open_page(DIAGNOSE, case="path", **paths))
    given = features("CA only")
    found = al.diagnose(given.X, given.Y, given.labels)
    assert "**CA only**" in text(app)
    assert ratios(app).loc["Δ, population", "CA"] == number(found.delta_ca)
    kept = address(app)
    assert kept["view1"] == "0-19"
    assert kept["view2"] == "20-39"
    assert (kept["labels"], kept["more_labels"]) == ("z1", "41-42")


def test_the_command_line_writes_the_json_of_the_page(files, downloads, capsys):
    names = ("left.npy", "right.npy", "labels.csv")
    left, right, labels = (str(files / name) for name in names)
    paths = {"path1": left, "path2": right, "path3": labels}
    app = settle(open_page(DIAGNOSE, case="path", resamples="2", seed="1", **paths))
    unfold(app, REPORT)
    capsys.readouterr()
    given = [left, right, "--labels", labels, "--resamples", "2", "--seed", "1", "--json", "-"]
    assert main(["diagnose", *given]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(downloads["Numbers (JSON)"]())


def test_files_larger_than_is_read_whole_come_in_chunks(files, monkeypatch):
    monkeypatch.setattr("alignlab.files.source.MAX_BYTES", 1000)
    pd.DataFrame(np.load(files / "left.npy")).rename(columns=str).to_parquet(files / "l.parquet")
    paths = {"path1": str(files / "l.parquet"), "path2": str(files / "right.npy")}
    app = settle(open_page(DIAGNOSE, case="path", **paths))
    assert "there are no labels" in text(app)
    assert not app.error
    for part in ("check", "train"):
        refused = settle(open_page(DIAGNOSE, case="path", part=part, **paths))
        assert "bring a sample of their rows" in refused.error[0].value


@pytest.mark.parametrize(
    ("path", "cause"),
    [
        ("relative.npy", "not an absolute path"),
        ("/no/such/file.npy", "neither a file nor a folder"),
        ("{folder}", "empty.npy could not be read as NPY"),
        ("{folder}/notes.doc", "the ending .doc is not known"),
        ("{folder}/empty.npy", "could not be read"),
    ],
)
def test_paths_that_cannot_be_read_are_refused(files, path, cause):
    (files / "notes.doc").write_text("notes")
    (files / "empty.npy").write_bytes(b"")
    app = open_page(DIAGNOSE, case="path", path1=path.format(folder=files))
    assert cause in app.error[0].value
    assert not app.exception


def test_a_server_that_is_open_to_others_takes_no_paths(files, monkeypatch):
    options = st.config.get_option
    monkeypatch.setattr(
        st.config,
        "get_option",
        lambda name: "0.0.0.0" if name == "server.address" else options(name),
    )
    path = str(files / "left.npy")
    assert "accepts no paths" in open_page(DIAGNOSE, case="path", path1=path).error[0].value
    monkeypatch.setenv(ROOTS, str(files / "elsewhere"))
    assert "accepts no paths" in open_page(DIAGNOSE, case="path", path1=path).error[0].value
    (files / "elsewhere").mkdir()
    assert "is refused" in open_page(DIAGNOSE, case="path", path1=path).error[0].value
    monkeypatch.setenv(ROOTS, str(files))
    assert not settle(open_page(DIAGNOSE, case="path", path1=path)).error


READ_AS = "Labels are read as 10 classes (whole numbers); could also be a measurement."


def test_the_page_says_as_what_labels_are_read_and_takes_the_other(downloads):
    app = open_preset("Digits, left and right halves")
    assert READ_AS in text(app)
    assert "label_kind" not in address(app)
    app.session_state["control label_kind"] = "numbers"
    app = settle(app.run())
    assert address(app)["label_kind"] == "numbers"
    assert "Labels are read as a measurement (whole numbers, 10 different values)" in text(app)
    unfold(app, PACK, REPORT)
    known = json.loads(downloads["Numbers (JSON)"]())
    (read,) = known["diagnosis"]["labels read"]
    assert (read["kind"], read["could be the other"]) == ("numbers", True)
    assert known["diagnosis"]["label directions"] == 1
    assert "Labels are read as a measurement" in downloads["Report (one HTML file)"]().decode()
    archive = zipfile.ZipFile(io.BytesIO(downloads["Download the pack (ZIP)"]()))
    script = archive.read("reproduce.py").decode()
    assert "kind='numbers'))" in script
    assert "scale='auto', kind='numbers'," in script
    linked = settle(open_page(DIAGNOSE, **address(app)))
    assert "Labels are read as a measurement" in text(linked)


@pytest.mark.parametrize("part", ["check", "train"])
def test_every_part_takes_the_other_reading(part):
    short = {"head_steps": 5, "head_seeds": 1, "head_dims": 2, "resamples": 2}
    app = open_preset("Digits, left and right halves", part=part, label_kind="numbers", **short)
    assert not app.error
    if part == "train":
        (panel,) = panels(app).values()
        assert "chance is 0." in panel["caption"]


@pytest.mark.parametrize("large", [False, True])
def test_codes_of_files_are_read_as_asked_and_names_cannot_be_numbers(files, monkeypatch, large):
    codes = (np.load(files / "left.npy") ** 2).argmax(axis=1)
    table = pd.DataFrame(np.load(files / "left.npy")).add_prefix("a")
    table = table.assign(code=codes, label=[f"c{code}" for code in codes])
    table.to_parquet(files / "l.parquet")
    if large:
        monkeypatch.setattr("alignlab.files.source.MAX_BYTES", 1000)
    paths = {"path1": str(files / "l.parquet"), "path2": str(files / "right.npy"), "case": "path"}
    shown = settle(open_page(DIAGNOSE, **paths, resamples="2"))
    assert "Labels are read as 20 classes (names)." in text(shown)
    refused = settle(open_page(DIAGNOSE, **paths, label_kind="numbers"))
    said = "".join(e.value for e in refused.error) + text(refused)
    assert "labels are names, not numbers" in said
    linked = address(shown) | {"labels": "code"}
    app = settle(open_page(DIAGNOSE, **linked))
    assert "Labels are read as 20 classes (whole numbers); could also be" in text(app)
    app = settle(open_page(DIAGNOSE, **linked, label_kind="numbers"))
    assert "Labels are read as a measurement (whole numbers, 20 different values)" in text(app)


def test_rows_with_missing_values_are_left_out_on_demand(files):
    table = pd.DataFrame(np.hstack([np.load(files / f"{name}.npy") for name in ("left", "right")]))
    table = table.set_axis([f"{'ab'[j // 20]}{j}" for j in range(40)], axis=1)
    table.loc[[3, 17], "a4"] = np.nan
    table.to_csv(files / "gaps.csv", index=False)
    app = open_page(DIAGNOSE, case="path", path1=str(files / "gaps.csv"))
    assert "2 of 1,000 rows hold NaN" in app.error[0].value
    assert "data row 4" in app.error[0].value
    app = settle(open_page(DIAGNOSE, case="path", path1=str(files / "gaps.csv"), drop="drop"))
    assert not app.error
    assert any("2 of 1,000 rows are left out" in c.value for c in app.caption)
    assert "998 pairs" in text(app)
