"""The human-activity page, without a browser: the default run, trainings, folders, bad input."""

import os
import re
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest
import streamlit as st

from alignlab.har import ProtocolSpec, run_protocol
from alignlab.har.dataset import ACTIONS
from alignlab.har.pictures import PictureSpec, by_seed
from alignlab.metrics import cmae, ncmae, relative_cmae
from alignlab.ui.parts.activity.controls import (
    ASSETS,
    Origin,
    activity_script,
    protocol_spec,
    shipped_result,
)
from alignlab.ui.parts.activity.page import PAGE
from alignlab.words.activity import differences, table_1
from tests.apptest import address, open_page, panels, pictures, settle, text
from tests.packs import run_elsewhere, unpack
from tests.recordings import inertial, simulated, skeleton, write

QUICK = {"size": "4", "epochs": "1", "trainings": "1", "directions": "2"}
QUICK_SPEC = ProtocolSpec(k=4, epochs=1, seeds=(0,), components=2)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "alignlab"


def press(app, label):
    next(b for b in app.button if b.label == label).click().run()
    return settle(app)


def captions(app):
    return "\n".join(caption.value for caption in app.caption)


def pictured(app):
    return [name for name in pictures(app) if "t-SNE seed" in name]


def folder(root: Path, subjects=4, actions=3, trials=2) -> Path:
    """Sequences that differ by action, in the official layout."""
    for a in range(1, actions + 1):
        for s in range(1, subjects + 1):
            for t in range(1, trials + 1):
                seed, name = 100 * a + 10 * s + t, f"a{a}_s{s}_t{t}"
                write(root, name, "inertial", a + inertial(seed=seed))
                write(root, name, "skeleton", a + skeleton(seed=seed))
    return root


OF_FOLDER = QUICK | {
    "activity": "folder", "actions": "1,2,3", "perplexity": "3.0", "group": "all",
}  # fmt: skip


def test_the_default_run_is_there_without_training():
    app = open_page(PAGE)
    assert not any(b.label in ("Train", "Cancel") for b in app.button)
    result = shipped_result(ProtocolSpec()).result
    assert app.dataframe[0].value.equals(table_1(result))
    assert app.dataframe[1].value.equals(differences(result))
    assert list(app.dataframe[0].value.index[-2:]) == [
        "paper: CA (RGB)", "paper: CA+PA (RGB)",
    ]  # fmt: skip
    assert "Trained beforehand" in captions(app)
    assert "3 seeds (0 to 2), on simulated activity, seed 0; 20" in captions(app)
    assert "torch" not in captions(app)
    for spelt_out in ("Contrastive alignment (CA)", "perfect alignment (PA)"):
        assert spelt_out in text(app)
    assert pictured(app) == [
        f"{label}, t-SNE seed 0" for label in ("CA", "CA+PA (plain)", "CA+PA (informative)")
    ]
    assert "sequence" in panels(app)


def test_the_figures_are_explained_as_they_are_measured():
    app = open_page(PAGE)
    app.session_state["folded Further metrics"] = True
    app.run()
    assert "NCMAE the same with every embedding normalised to length 1" in captions(app)
    assert "Relative CMAE is CMAE over the mean length of the embeddings" in captions(app)
    Z1, Z2 = np.random.default_rng(0).normal(size=(2, 30, 4))
    long1, long2 = (np.linalg.norm(Z, axis=1, keepdims=True) for Z in (Z1, Z2))
    assert ncmae(Z1, Z2) == pytest.approx(cmae(Z1 / long1, Z2 / long2))
    assert relative_cmae(Z1, Z2) == pytest.approx(cmae(Z1, Z2) / np.mean([long1, long2]))


def test_how_the_shipped_results_were_made_is_told_in_a_fold():
    app = open_page(PAGE)
    app.session_state["folded How the shipped results were made"] = True
    app.run()
    made = next(m.value for m in app.markdown if m.value.startswith("Made with: date "))
    assert "torch " in made
    assert "alignlab.har.shipped" in made


def test_the_pictures_that_came_along_are_those_of_the_embeddings_that_did():
    result = shipped_result(ProtocolSpec()).result
    drawing = PictureSpec(methods=("ca",)).drawing(result)
    for _ in drawing.run():
        pass
    drawn = by_seed(drawing.maps)["ca", 0]
    shown = pictures(open_page(PAGE))["CA, t-SNE seed 0"]
    assert f"{drawn.relative:.3f} of that of random pairs" in shown["caption"]


def test_the_shipped_files_are_small_and_of_the_specs_they_are_named_for():
    assert sum(path.stat().st_size for path in ASSETS.iterdir()) < 5e6
    defaults = {c.name: c.default for c in PAGE.controls}
    for values in ({}, {"parts": "random"}, {"from_modality": "video"}):
        spec = protocol_spec(defaults | values)
        assert shipped_result(spec).result.spec == spec


def test_a_chosen_sequence_is_played_and_lit_in_all_pictures():
    app = open_page(PAGE)
    result = shipped_result(ProtocolSpec()).result
    row = int(PictureSpec().rows(result)[7])
    app.session_state["selection"] = (row,)
    app.run()
    shown = panels(app)
    sequence = shown["sequence"]["figure"]
    assert (
        f"subject {result.subjects[row]}, trial {result.trials[row]}"
        in shown["sequence"]["caption"]
    )
    assert sequence["layout"]["meta"]["play"].startswith(result.names[row])
    assert len(sequence["frames"]) == 40
    for picture in pictures(app).values():
        marks = picture["marks"]
        assert marks["chosen"] == [row, 1]
        assert not marks["selected"].size  # which would fade the others


def test_several_chosen_sequences_are_lit_in_all_pictures():
    app = open_page(PAGE)
    rows = tuple(PictureSpec().rows(shipped_result(ProtocolSpec()).result)[[3, 7]].tolist())
    app.session_state["selection"] = rows
    app.run()
    assert "The first of 2 selected sequences" in panels(app)["sequence"]["caption"]
    for picture in pictures(app).values():
        assert picture["marks"]["selected"].tolist() == list(rows)
        assert picture["marks"]["chosen"] is None


def test_a_click_chooses_its_sequence_and_another_lets_go(monkeypatch):
    clicks = []
    monkeypatch.setattr(
        "alignlab.ui.parts.activity.pictures.points",
        lambda clouds, marks, *, on_pick, **_: clicks.append((marks, on_pick)),
    )
    app = open_page(PAGE)
    row = int(PictureSpec().rows(shipped_result(ProtocolSpec()).result)[7])
    for point, chosen in (((row, 2), (row, 2)), (None, None), ((row, 1), (row, 1))):
        with monkeypatch.context() as patch:
            patch.setattr(st, "session_state", app.session_state)
            clicks[-1][1](point)
        app.run()
        marks = clicks[-1][0]
        assert marks.chosen == chosen
        assert app.session_state["selection"] == (() if point is None else (row,))


def test_without_webgl_the_maps_are_charts_that_select():
    app = open_page(PAGE)
    names = pictured(app)
    app.session_state["points failure"] = "this browser has no WebGL2"
    app.run()
    assert pictured(app) == []
    charts = panels(app)
    assert names == [name for name in charts if "t-SNE seed" in name]
    assert all(charts[name]["linked"] for name in names)
    assert "of random" in charts[names[0]]["figure"]["layout"]["title"]["text"]


def test_further_pictures_are_fitted_in_the_background():
    app = settle(open_page(PAGE, fit="joint", tsne_seeds="2", pictures="ca,ca_procrustes"))
    assert pictured(app) == [
        f"{label}, t-SNE seed {seed}" for label in ("CA", "CA+Procrustes") for seed in (0, 1)
    ]
    shown = pictures(app)
    first, second = (shown[f"CA, t-SNE seed {seed}"] for seed in (0, 1))
    assert (first["positions"] != second["positions"]).any()
    assert second["title"] == "CA, t-SNE seed 1"
    assert "total distance between partners" in second["caption"]
    assert not second["forming"]
    labels = [frame["label"] for frame in second["frames"]]
    assert (labels[0], labels[-1]) == ("step 0", "step 750")
    np.testing.assert_array_equal(second["frames"][-1]["positions"], second["positions"])
    result = shipped_result(ProtocolSpec()).result
    rows, marks = PictureSpec().rows(result), second["marks"]
    assert marks["rows"].tolist() == rows.tolist()
    named = np.array([name for name, _ in marks["legend"]])[marks["codes"]]
    assert named.tolist() == [ACTIONS[action - 1] for action in result.actions[rows]]
    for row, name in zip(rows, marks["names"], strict=True):
        assert f"subject {result.subjects[row]}, trial {result.trials[row]}" in name
    assert marks["modalities"] == ["skeleton", "IMU"]
    assert "one joint fit" in text(app)
    for panel in panels(app).values():
        go.Figure(panel["figure"])


@pytest.mark.parametrize(
    ("parameters", "cause"),
    [
        ({"of_seed": "9"}, "no training with seed 9"),
        ({"parts": "random", "group": "align"}, "has no embeddings of these"),
        ({"actions": "5", "parts": "random", "group": "test"}, "choose more actions"),
    ],
)
def test_pictures_that_cannot_be_drawn_say_so_and_the_table_stays(parameters, cause):
    app = settle(open_page(PAGE, **parameters))
    assert cause in app.error[0].value
    offered = any(b.label == "Train these settings here" for b in app.button)
    assert offered == ("no embeddings" in cause)
    assert len(app.dataframe) == 2
    assert "sequence" in panels(app)
    assert any(e.label.startswith("Export") for e in app.expander)
    assert address(app) == parameters


@pytest.mark.parametrize("parameters", [{"pictures": ""}, {"actions": ""}])
def test_without_a_picture_or_an_action_the_table_stays(parameters):
    app = open_page(PAGE, **parameters)
    assert not app.error
    assert "Choose a method and an action" in app.info[0].value
    assert len(app.dataframe) == 2
    assert "sequence" in panels(app)
    assert any(e.label.startswith("Export") for e in app.expander)


def test_a_tsne_that_fails_says_why_and_the_rest_stays(monkeypatch):
    def failing(*args):
        raise RuntimeError("the library [has] given up")

    monkeypatch.setattr("alignlab.maps.parts.tsne", failing)
    app = settle(open_page(PAGE, perplexity="11.0", pictures="ca"))
    assert app.error[0].value == r"RuntimeError: the library \[has\] given up"
    assert "Failed at 0 of 750 steps of t-SNE" in text(app)
    assert [b.label for b in app.button if b.label in ("Cancel", "Restart")] == ["Restart"]
    assert pictured(app) == []
    assert "sequence" in panels(app)
    assert app.dataframe[0].value.equals(table_1(shipped_result(ProtocolSpec()).result))


@pytest.mark.parametrize("fit", ["apart", "joint"])
@pytest.mark.parametrize(
    ("collapse", "cause"),
    [
        (lambda Z: np.broadcast_to(Z[0], Z.shape), "is constant, every row is the same"),
        (lambda Z: np.where(np.arange(len(Z))[:, None] % 2, Z[0], Z[1]), "lie in 2 places only"),
        (lambda Z: 1e200 * Z.astype(float), "rescale it"),
    ],
)
def test_collapsed_embeddings_are_named_in_place_of_their_picture(
    collapse, cause, fit, monkeypatch
):
    latents = PictureSpec.latents

    def collapsed(self, result):
        found = latents(self, result)
        return {name: (collapse(Z1), collapse(Z1)) for name, (Z1, Z2) in found.items()}

    monkeypatch.setattr(PictureSpec, "latents", collapsed)
    app = settle(open_page(PAGE, perplexity="12.0", pictures="ca", fit=fit, exaggeration="8.0"))
    assert cause in app.error[0].value
    assert not any(b.label == "Cancel" for b in app.button)
    assert not app.exception
    assert "sequence" in panels(app)


def test_marks_that_lie_together_lower_the_perplexity(monkeypatch):
    latents = PictureSpec.latents

    def repeating(self, result):
        found = latents(self, result)
        return {n: (Z1[np.arange(len(Z1)) % 10],) * 2 for n, (Z1, Z2) in found.items()}

    monkeypatch.setattr(PictureSpec, "latents", repeating)
    app = settle(open_page(PAGE, perplexity="13.0", pictures="ca"))
    assert "Perplexity 13 is too high for so few points: 3 is used" in captions(app)
    assert len(pictured(app)) == 1


def test_a_perplexity_above_the_marks_is_lowered_with_a_note():
    app = settle(open_page(PAGE, perplexity="200.0", pictures="ca"))
    assert "Perplexity 200 is too high for so few points: 26 is used" in captions(app)
    assert len(pictured(app)) == 1


@pytest.mark.parametrize(
    ("parameters", "cause"),
    [
        (
            {"from_modality": "inertial"},
            "source and target are both IMU: choose two modalities",
        ),
        ({"directions": "300"}, "k of the other steps is 300: with 256 dimensions it can be 256"),
        ({"plain_k": "513"}, "k of plain PA is 513: with 256 dimensions it can be 512 at most"),
        ({"from_modality": "rgb"}, "has no rgb"),
        ({"parts": "lists"}, "has no lists"),
        ({"activity": "folder", "folder": "/no/such/folder"}, "neither a file nor a folder"),
        ({"activity": "folder", "folder": "here"}, "is not an absolute path"),
    ],
)
def test_what_cannot_be_is_refused_with_the_remedy(parameters, cause):
    app = settle(open_page(PAGE, **parameters))
    assert cause in app.error[0].value
    assert address(app) == parameters


def test_a_training_is_offered_with_its_time_run_kept_and_shown(own_cache):
    app = settle(open_page(PAGE, **QUICK))
    assert "Not trained yet" in app.info[0].value
    assert "about " in app.info[0].value
    assert "1 seed. 1 training of 1 epoch, then" in app.info[0].value
    assert "D_HAR 322, D_Align 324, D_Val 107, D_Test 108" in app.info[0].value
    assert any(e.label.startswith("The experiment, step") for e in app.expander)
    assert "sequence" in panels(app)
    press(app, "Train")
    assert not app.error
    expected = run_protocol(simulated(), QUICK_SPEC)
    assert app.dataframe[0].value.equals(table_1(expected))
    assert "with one seed its spread is unknown" in text(app)
    assert len(pictured(app)) == 3
    assert "trained on this machine" in captions(app)
    assert str(own_cache) in captions(app)
    assert len(list(own_cache.iterdir())) == 1
    st.cache_resource.clear()  # as after a restart
    again = settle(open_page(PAGE, **address(app)))
    assert "read from the cache" in captions(again)
    assert again.dataframe[0].value.equals(table_1(expected))


def test_shipped_settings_can_be_trained_here(monkeypatch):
    app = open_page(PAGE)
    app.session_state["train here"] = ProtocolSpec()
    settle(app.run())
    assert "Not trained yet" in app.info[0].value


def test_embeddings_that_did_not_come_along_can_be_trained_from_the_refusal():
    app = settle(open_page(PAGE, parts="random", group="align"))
    assert "train again" in app.error[0].value
    press(app, "Train these settings here")
    assert "Not trained yet" in app.info[0].value


def test_without_a_folder_the_page_says_what_to_bring():
    app = open_page(PAGE, activity="folder")
    assert "Inertial" in app.info[0].value
    assert list(app.dataframe[0].value.index) == [
        "paper: CA (RGB)", "paper: CA+PA (RGB)",
    ]  # fmt: skip


def test_a_folder_is_read_trained_and_drawn(tmp_path):
    root = folder(tmp_path / "UTD-MHAD")
    (root / "Inertial" / "a1_s1_t1_inertial.mat").write_bytes(b"damaged")
    (root / "Skeleton" / "a9_s9_t1_skeleton.mat").write_bytes(b"")
    app = settle(open_page(PAGE, folder=str(root), **OF_FOLDER))
    assert not app.error
    assert "2 files were left out" in app.warning[0].value
    assert "24 sequences of 3 actions by 4 subjects" in captions(app)
    assert "Not trained yet" in app.info[0].value
    chosen = next(c for c in app.button_group if c.label.startswith("Source"))
    assert chosen.options == ["skeleton", "IMU"]
    press(app, "Train")
    assert not app.error
    assert "chance" in app.dataframe[0].value.index
    assert len(pictured(app)) == 3
    for panel in panels(app).values():
        go.Figure(panel["figure"])
    next(e for e in app.expander if e.label.startswith("What was found"))


def test_nested_folders_are_read_from_any_level(tmp_path):
    root = folder(tmp_path / "UTD-MHAD")
    for kind in ("Inertial", "Skeleton"):
        (root / "all").mkdir(exist_ok=True)
        (root / kind).rename(root / "all" / kind.upper())
    for given in (tmp_path, root, root / "all"):
        app = settle(open_page(PAGE, folder=str(given), **OF_FOLDER))
        assert not app.error
        assert "24 sequences of 3 actions by 4 subjects" in captions(app)
        assert not app.warning
    app = settle(open_page(PAGE, folder=str(root / "all" / "INERTIAL"), **OF_FOLDER))
    assert f"To read others too, give {root / 'all'}" in re.sub(
        "the folder is that of one modality: t", "T", app.warning[0].value, flags=re.IGNORECASE
    )


def test_links_out_of_the_roots_are_not_read(tmp_path, monkeypatch):
    outside = folder(tmp_path / "outside")
    root = tmp_path / "root"
    root.mkdir()
    (root / "Inertial").symlink_to(outside / "Inertial")
    monkeypatch.setattr("alignlab.ui.files.paths.only_loopback", lambda: False)
    monkeypatch.setenv("ALIGNLAB_DATA_ROOTS", str(root))
    app = settle(open_page(PAGE, folder=str(root), **OF_FOLDER))
    assert "a link leads to a place that may not be read" in app.error[0].value
    monkeypatch.setenv("ALIGNLAB_DATA_ROOTS", str(tmp_path))
    app = settle(open_page(PAGE, folder=str(root), **OF_FOLDER))
    assert "the data set has no skeleton; it has inertial" in app.error[0].value


def test_a_file_that_is_written_over_is_read_anew(tmp_path):
    root = folder(tmp_path / "UTD-MHAD")
    file = root / "Inertial" / "a1_s1_t1_inertial.mat"
    sound = file.read_bytes()
    file.write_bytes(b"damaged")
    app = settle(open_page(PAGE, folder=str(root), **OF_FOLDER))
    assert "1 file was left out" in app.warning[0].value
    file.write_bytes(sound)
    settle(app.run())
    assert not app.warning


def test_the_lists_of_a_folder_split_it(tmp_path):
    root = folder(tmp_path / "UTD-MHAD")
    of_subject = {"train": 1, "train_2": 2, "val": 3, "test": 4}
    for part, s in of_subject.items():
        lines = [f"a{a}_s{s}_t{t} {a} {s}" for a in (1, 2, 3) for t in (1, 2)]
        (root / f"{part}.txt").write_text("\n".join(lines))
    app = settle(open_page(PAGE, folder=str(root), parts="lists", **OF_FOLDER))
    assert not app.error
    assert "D_HAR 6, D_Align 6, D_Val 6, D_Test 6" in app.info[0].value
    assert "split by the folder's lists" in app.info[0].value


def test_what_was_found_is_told_file_by_file(tmp_path):
    root = folder(tmp_path / "UTD-MHAD")
    (root / "Inertial" / "a1_s1_t1_inertial.mat").write_bytes(b"damaged")
    app = open_page(PAGE, folder=str(root), **OF_FOLDER)
    app.session_state["folded What was found in the folder"] = True
    settle(app.run())
    told = app.code[0].value
    assert "left out Inertial/a1_s1_t1_inertial.mat (unreadable)" in told
    assert "no folder Depth, RGB" in told


@pytest.mark.parametrize(
    ("files", "cause"),
    [
        ([], "holds none of the folders"),
        (["Inertial/a1_s1_t1_inertial.mat", "Skeleton/odd.mat"], "No file of this folder could"),
        (["Inertial/a1_s1_t1_inertial.mat"], "a1_s1_t1_inertial.mat (empty)"),
    ],
)
def test_a_folder_without_a_usable_file_is_refused(files, cause, tmp_path):
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    app = settle(open_page(PAGE, folder=str(tmp_path), **OF_FOLDER))
    assert cause in app.error[0].value
    assert not app.exception


def test_a_server_that_is_open_to_others_reads_no_path(tmp_path, monkeypatch):
    monkeypatch.setattr("alignlab.ui.files.paths.only_loopback", lambda: False)
    app = open_page(PAGE, folder=str(tmp_path), **OF_FOLDER)
    assert "is refused" in app.error[0].value
    asked = open_page(PAGE, activity="folder")
    assert "it reads no paths" in asked.error[0].value


def test_the_packs_script_makes_the_numbers_again(tmp_path):
    spec = ProtocolSpec(k=4, epochs=1, seeds=(0,), methods=("ca_pa",))
    table = run_protocol(simulated(), spec).summary().drop(columns="seconds", level=0)
    script = activity_script(Origin().lines(), spec)
    run = run_elsewhere(tmp_path, str(unpack(tmp_path, script, table)))
    assert run.returncode == 0, run.stderr
    assert "largest difference to the page's numbers" in run.stdout


REAL = os.environ.get("ALIGNLAB_TEST_DATA")


@pytest.mark.skipif(REAL is None, reason="ALIGNLAB_TEST_DATA is not set: no real recordings here")
def test_the_real_recordings_train_end_to_end_from_a_folder_path():
    app = open_page(
        PAGE, activity="folder", folder=f"{REAL}/utd_mhad", size="16", epochs="4", trainings="1",
        parts="random",
    )  # fmt: skip
    settle(app)
    assert not app.error
    assert "861 sequences of 27 actions by 8 subjects (skeleton 861, IMU 861)" in captions(app)
    press(app, "Train")
    assert not app.error
    assert len(pictured(app)) == 3
    top_1 = app.dataframe[0].value.loc["CA", "top-1, %"]
    assert float(top_1) > 10  # chance is 3.7
