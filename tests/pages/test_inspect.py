"""The page of latent spaces, without a browser."""

import json
import runpy

import numpy as np
import pandas as pd
import pytest

from alignlab.data.cone import ConeSpec, cone_pairs
from alignlab.experiments.pick import worst_pairs
from alignlab.experiments.space import SpaceSpec, space
from alignlab.files.columns import ColumnChoice
from alignlab.files.inspected import table_inspected
from alignlab.maps import MapSpec
from alignlab.spaces.measures import Measures, MeasureSpec
from alignlab.spaces.ranks import partner_ranks
from alignlab.ui.parts.inspect import controls as c
from alignlab.ui.parts.inspect import numbers
from alignlab.ui.parts.inspect.page import PAGE
from alignlab.ui.parts.inspect.scripts import EMBEDDINGS, example_lines, inspect_script
from alignlab.ui.parts.inspect.source import embeddings_file, example
from alignlab.words.inspect import numbers_table
from tests.apptest import address, open_page, panels, pictures, settle, text
from tests.packs import unpack

N = 60
VIEW1, VIEW2 = (tuple(f"{view}{j}" for j in range(8)) for view in "ab")


def table(n=N, **columns):
    """Two views of 8 columns with a caption, a class and a number for each of n pairs."""
    made = cone_pairs(ConeSpec(n=n, d=8))
    views = dict(zip((*VIEW1, *VIEW2), np.hstack([made.data.X1, made.data.X2]).T, strict=True))
    rng = np.random.default_rng(1)
    known = {
        "caption": [f"picture {row} of a {'cat' if row % 3 else 'dog'}" for row in range(n)],
        "kind": rng.choice(["one", "two", "three"], n),
        "size": rng.normal(size=n),
    }
    return pd.DataFrame(views | known | columns)


TABLE = table()
CHOICE = ColumnChoice(view1=VIEW1, view2=VIEW2)


def uploaded(frame=TABLE, **parameters):
    """The page with a file of one's own, until all work is done."""
    app = open_page(PAGE, data="upload", **parameters)
    app.file_uploader[0].upload("mine.csv", frame.to_csv(index=False).encode()).run()
    assert not app.exception
    return settle(app)


@pytest.fixture(scope="module")
def mine():
    return uploaded()


def test_a_file_of_ones_own_ends_in_the_list_of_its_worst_aligned_pairs(mine):
    inspected = table_inspected(TABLE, CHOICE)
    found = space(inspected.data, SpaceSpec())
    ranks = partner_ranks(found.Z1, found.Z2)
    expected = worst_pairs(found, *ranks, inspected.metadata, most=N)
    shown = next(d.value for d in mine.dataframe if "rank 1 → 2" in d.value)
    assert not mine.error
    assert list(shown["row"]) == list(expected["row"])
    np.testing.assert_allclose(shown["distance"], expected["distance"])
    assert list(shown["caption"]) == list(expected["caption"])


def test_every_number_stands_beside_its_null(mine):
    found = space(table_inspected(TABLE, CHOICE).data, SpaceSpec())
    work = Measures(found.Z1, found.Z2)
    for _ in work.run():
        pass
    expected = numbers_table(pd.concat({"As they are": work.table()}, names=["space"]))
    shown = next(d.value for d in mine.dataframe if "null" in d.value)
    pd.testing.assert_frame_equal(shown.iloc[: len(expected)], expected, check_names=False)
    assert [name for _, name in shown.index[len(expected) :]] == [
        "Trustworthiness of the map", "Continuity of the map",
    ]  # fmt: skip
    assert (shown["null"] != "undefined").all()


def test_the_picture_shows_every_pair_once_in_each_modality(mine):
    (picture,) = pictures(mine).values()
    assert picture["positions"].shape == (N, 2, 2)
    assert picture["axes"][0].startswith("PC 1 (")
    legend = [name for name, _ in picture["marks"]["legend"]]
    kinds = [legend[code] for code in picture["marks"]["codes"]]
    assert kinds == list(TABLE["kind"])  # the first column with classes
    assert set(panels(mine)) == {"distances", "ranks"}


def test_the_link_of_a_picked_point_shows_it_with_its_neighbours():
    app = uploaded(picked="7:2")
    (picture,) = pictures(app).values()
    assert picture["marks"]["chosen"] == [7, 2]
    assert "**× of pair 7.**" in text(app)
    near = [d.value for d in app.dataframe if "✓" in d.value]
    inspected = table_inspected(TABLE, CHOICE)
    Z1, Z2 = inspected.data.X1, inspected.data.X2
    for shown, Z in zip(near, (Z1, Z2), strict=True):
        order = np.argsort(np.linalg.norm(Z - Z2[7], axis=1), kind="stable")
        order = [row for row in order if Z is Z1 or row != 7]
        assert list(shown["pair"]) == order[:8]
    assert address(app)["picked"] == "7:2"


def test_a_picked_point_of_other_pairs_is_forgotten():
    app = open_page(PAGE, data="digits", picked="1700:1", map="tsne")
    assert "pair 1,700" in text(app)
    app.session_state["control data"] = "clip"
    app.run()
    assert "picked" not in address(app)


@pytest.mark.parametrize("picked", ["x", "3", "-1:1", "1:3", "1:1:1"])
def test_a_point_that_cannot_be_is_told(picked):
    _, notes = PAGE.read({"picked": picked})
    assert "is not a row and a modality" in notes[0]


def test_a_point_beyond_the_rows_is_told():
    app = open_page(PAGE, data="digits", picked="999999:1")
    assert any("rows are 0 to 1,796" in caption.value for caption in app.caption)


def test_views_of_unequal_width_are_refused_with_the_remedy_and_a_second_space_is_shown():
    frame = TABLE.drop(columns="b7")
    app = uploaded(frame, space_b="cca", space_dims="2")
    assert "As they are" in app.error[0].value
    assert "PCA" in app.error[0].value
    assert list(pictures(app)) == ["CCA"]


def test_a_map_that_cannot_be_drawn_says_why_and_the_numbers_stay():
    app = uploaded(map="tsne", perplexity="400")
    assert "perplexity" in app.error[0].value
    assert any("null" in d.value for d in app.dataframe)


def test_few_pairs_are_told_how_many_are_needed():
    app = uploaded(table(3))
    assert not app.exception
    told = " ".join(error.value for error in app.error)
    assert "3 pairs: at least 4 are needed" in told  # for the map
    assert "3 pairs: at least 6 are needed" in told  # for the numbers


@pytest.mark.parametrize("colour", ["", "kind", "rank"])
def test_a_colour_has_the_same_label_before_and_after_its_pairs_arrive(mine, colour):
    # the browser sends the label that it knows with the next action, whatever the menu then lists
    before = open_page(PAGE, data="upload", colour=colour)
    assert {*_colours(before)} <= {*_colours(mine)}


def test_a_colour_that_the_pairs_do_not_have_is_told():
    app = open_page(PAGE, colour="nothing")
    assert any("no such colour" in caption.value for caption in app.caption)


def test_the_automatic_colour_says_what_it_shows(mine):
    assert any(caption.value == "Shown: kind" for caption in mine.caption)


def _colours(app):
    return app.selectbox(key=c.COLOUR.key).options


def test_a_constant_view_is_named():
    app = uploaded(table(**dict.fromkeys(VIEW1, 1.0)))
    assert not app.exception
    assert any("is a single point" in caption.value for caption in app.caption)
    assert "X1 is constant" in app.error[0].value  # in the place of the map
    shown = next(d.value for d in app.dataframe if "null" in d.value)
    assert shown.loc[("As they are", "CKA, linear"), "value"] == "undefined"


def test_rows_with_gaps_are_left_out_on_request_and_keep_their_numbers():
    frame = TABLE.copy()
    frame.loc[0, "a3"] = np.nan
    refused = uploaded(frame)
    assert "NaN" in refused.error[0].value
    app = uploaded(frame, drop="drop")
    assert not app.error
    shown = next(d.value for d in app.dataframe if "rank 1 → 2" in d.value)
    assert sorted(shown["row"]) == list(range(1, N))
    assert any("1 of 60 rows are left out" in caption.value for caption in app.caption)


def test_a_map_starts_from_the_one_before_and_its_link_reproduces_it():
    first = {c.name: c.default for c in PAGE.controls} | {"map": "tsne", "perplexity": 5.0}
    before = c.as_before(first)
    space_before = c.from_before(before, first | {"space": "cca", "perplexity": 10.0})
    assert (space_before["space"], space_before["perplexity"]) == ("common", 5.0)
    settings = {"map": "tsne", "perplexity": "10.0", "map_steps": "250"}
    app = uploaded(**settings, map_start="previous", before=before)
    again = uploaded(**settings, map_start="previous", before=before)
    cold = uploaded(**settings)
    (warm,), (same,), (other,) = (pictures(one).values() for one in (app, again, cold))
    assert address(app)["before"] == before
    np.testing.assert_array_equal(warm["positions"], same["positions"])
    assert not np.allclose(warm["positions"], other["positions"])
    assert warm["frames"][0]["label"] == "step 0"


@pytest.mark.parametrize("text", ["x", "space=nowhere", "map_start=previous", "n=3"])
def test_a_start_that_cannot_be_is_told(text):
    _, notes = PAGE.read({"before": text})
    assert len(notes) == 1


def test_every_perplexity_and_every_seed_is_a_map_of_its_own():
    values = {c.name: c.default for c in PAGE.controls} | {"map": "tsne"}
    assert c.map_specs(values) == (MapSpec(),)
    several = c.map_specs(values | {"perplexities": ("5", "50")})
    assert [spec.perplexity for spec in several] == [5, 50]
    random = c.map_specs(values | {"map_start": "random", "map_seed": 4, "map_seeds": 3})
    assert [spec.seed for spec in random] == [4, 5, 6]
    assert all(spec.random_start for spec in random)
    assert len(c.map_specs(values | {"map_seeds": 3})) == 1  # from PCA all seeds agree


def test_the_pack_of_two_spaces_and_their_maps_reproduces_every_number(tmp_path, monkeypatch):
    offered = {}
    monkeypatch.setattr(numbers, "takeaway", lambda name, **parts: offered.update(parts))
    uploaded(space_b="cca", space_dims="2", ridge="0.1", holdout="0.5")
    found = offered["table"]()
    assert set(found.loc[["As they are", "CCA"]].xs("cmae", level=1)["n"]) == {N // 2}
    assert set(found.index.get_level_values("space")) == {"As they are", "CCA"}
    assert list(offered["figures"]()) == ["As they are", "CCA", "distances", "ranks"]
    json.dumps(offered["parameters"])
    files = {"mine.csv": TABLE.to_csv(index=False).encode()}
    # it compares its table with that of the page
    runpy.run_path(str(unpack(tmp_path, offered["script"], found, files)))


def test_the_pack_of_trained_embeddings_holds_them(tmp_path):
    lines, file = example_lines("activity"), embeddings_file("activity")
    (tmp_path / EMBEDDINGS).write_text(file)
    made = {"HERE": tmp_path}
    exec(lines, made)
    expected = example("activity")
    np.testing.assert_array_equal(made["inspected"].data.X1, expected.data.X1)
    np.testing.assert_array_equal(made["inspected"].data.X2, expected.data.X2)


def test_a_warm_start_is_part_of_the_script():
    before = SpaceSpec().canonical(), MapSpec(perplexity=5.0)
    script = inspect_script(
        example_lines("clip"), {"CCA": SpaceSpec(how="cca")}, (MapSpec(),), MeasureSpec(),
        joint=False, earlier=before, titles={("CCA", MapSpec()): "CCA"},
    )  # fmt: skip
    compile(script, "reproduce.py", "exec")
    assert "start=start" in script
    assert repr(before) in script
