"""Lessons on the pages, without a browser."""

from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from alignlab.lessons.shipped import NAMES
from alignlab.ui.catalog import HOME, PAGES
from alignlab.ui.lessons.library import MOST_OWN, PAGE_OF, page_of, shipped
from alignlab.ui.lessons.measured import filled
from alignlab.ui.lessons.progress import PROGRESS, link
from alignlab.ui.parts.alignment import PAGE as ALIGNMENT
from alignlab.ui.parts.phase import PAGE as PHASE
from alignlab.ui.parts.synthetic import PAGE as SYNTHETIC_DATA
from alignlab.ui.plain import as_written
from tests.apptest import address, open_page, settle, text
from tests.lessons.played import measured

D32 = {"d1": "32", "d2": "32"}

OWN = b"""
title = "My *own* lesson ![x](http://example.org/x.png)"
question = "Which?"

[[steps]]
page = "phase"
values = { nu = 0.9 }
text = "Look at <b>this</b>."
claims = ["regime == 'Both'"]

[[steps]]
page = "phase"
values = { nu = 0.1 }
text = "And this."
[steps.predict]
question = "Which regime?"
reveal = "It is {regime}."
answers = [
  { text = "Both", if = "regime == 'Both'" },
  { text = "All", if = "delta_ca > 1" },
]
"""


def press(app: AppTest, label: str) -> AppTest:
    """Press a button by its label, or a link, which opens the page that it leads to."""
    button = next((b for b in app.button if b.label == label), None)
    if button is not None:
        button.click().run()
    else:
        found = next(one.proto for one in app.get("page_link") if one.proto.label == label)
        app.switch_page(f"pages/{found.page}.py")
        app.query_params.clear()
        app.query_params.update(parse_qsl(found.query_string))
        app.run()
    assert not app.exception
    return app


def labels(app: AppTest) -> list[str]:
    return [b.label for b in app.button]


def is_off(app: AppTest, label: str) -> bool:
    return next(b for b in app.button if b.label == label).disabled


def notes(app: AppTest) -> list[str]:
    return [w.value for w in app.warning]


def test_no_page_has_a_control_of_the_name_of_a_lessons_parameter():
    names = {control.name for control in PROGRESS}
    assert len(names) == 3
    for page in PAGES:
        assert names.isdisjoint(control.name for control in page.controls)


def test_without_a_lesson_a_page_has_no_bar():
    app = open_page(ALIGNMENT)
    assert not {"Back", "Next", "Leave"} & set(labels(app))
    assert "step 1 of" not in text(app)


def test_the_picture_moves_when_the_question_is_answered():
    app = open_page(ALIGNMENT, lesson="collapse")
    assert "**Why zero error can mean nothing** · step 1 of 5" in text(app)
    assert is_off(app, "Back")
    press(app, "Next")
    assert address(app) == {"lesson": "collapse", "step": "2"}
    assert "rank 2 of 4" in text(app)  # the data of the step before
    assert "The kept norm falls" not in text(app)
    assert is_off(app, "Next")
    press(app, "It loses a little")
    assert address(app) == {"lesson": "collapse", "step": "2", "answer": "2", **D32}
    assert "rank 2 of 64" in text(app)
    found = measured(shipped("collapse"), 2)
    assert 0.1 < found["kept_plain"] < 0.3
    reveal = shipped("collapse").steps[1].prediction.reveal
    assert as_written(filled(reveal, found)) in text(app)
    assert "**No: It falls below half.**" in text(app)
    assert not is_off(app, "Next")
    press(app, "Back")
    assert address(app) == {"lesson": "collapse"}


def test_the_right_answer_is_called_right():
    app = open_page(ALIGNMENT, **link(shipped("collapse"), 2, 3))
    assert address(app) == {"lesson": "collapse", "step": "2", "answer": "3", **D32}
    assert "**Right: It falls below half.**" in text(app)


def test_presets_controls_and_reset_keep_the_lesson():
    app = open_page(ALIGNMENT, lesson="collapse", step="2", answer="3", **D32)
    kept = {"lesson": "collapse", "step": "2", "answer": "3"}
    assert "Set the controls as in this step" not in labels(app)
    press(app, "Noisy")
    assert address(app) == {**kept, "noise": "1.0"}
    found = measured(shipped("collapse"), 2)  # the reveal is of the step, not of the preset
    assert as_written(filled(shipped("collapse").steps[1].prediction.reveal, found)) in text(app)
    next(s for s in app.slider if s.label == "Noise σ").set_value(0.5).run()
    assert address(app) == {**kept, "noise": "0.5"}
    press(app, "Reset")
    assert address(app) == kept
    press(app, "Set the controls as in this step")
    assert address(app) == {**kept, **D32}
    press(app, "Leave")
    assert address(app) == D32
    assert not {"Back", "Next", "Leave"} & set(labels(app))


def test_the_lesson_goes_from_page_to_page():
    app = open_page(PHASE, **link(shipped("wrong-subspace"), 2, 2))
    press(app, "Next")
    assert app.title[0].value == PAGE_OF["recovery"].title
    expected = PAGE_OF["recovery"].read(shipped("wrong-subspace").steps[2].before)[0]
    assert address(app) == {
        "lesson": "wrong-subspace", "step": "3", **PAGE_OF["recovery"].address(expected),
    }  # fmt: skip
    press(app, "CP's, in spite of the wrong subspace")
    settle(app)
    assert "**Right: CP's, in spite of the wrong subspace.**" in text(app)
    press(app, "Back")
    assert app.title[0].value == PHASE.title
    assert address(app)["step"] == "2"


def test_another_page_keeps_the_lesson_and_leads_back():
    app = open_page(ALIGNMENT, lesson="collapse", step="2")
    app.query_params.clear()  # as a link of the menu does
    app.switch_page(SYNTHETIC_DATA.script).run()
    assert address(app) == {"lesson": "collapse", "step": "2"}
    press(app, f"This step is on another page: {ALIGNMENT.title}")
    assert app.title[0].value == ALIGNMENT.title
    assert address(app) == {"lesson": "collapse", "step": "2"}


def test_the_exercise_says_when_its_goal_is_reached():
    app = open_page(ALIGNMENT, **link(shipped("collapse"), 5))
    assert ":material/flag: Goal: kept norm (plain) ≥ 0.5" in text(app)
    assert is_off(app, "Next")
    for control in ("Features d₁", "Features d₂"):
        next(s for s in app.slider if s.label == control).set_value(2).run()
    assert ":material/check_circle: Reached:] kept norm (plain) ≥ 0.5" in text(app)


@pytest.mark.parametrize(
    ("parameters", "note", "left"),
    [
        ({"lesson": "nope"}, "“lesson”: 'nope' is not one of collapse, pairs, ", {}),
        ({"step": "2"}, "“step” belongs to a lesson, and names none", {}),
        ({"answer": "2"}, "“answer” belongs to a lesson, and names none", {}),
        ({"lesson": "collapse", "step": "x"}, "'x' is not a whole number", {"lesson": "collapse"}),
        ({"lesson": "collapse", "step": "0"}, "0 is not between 1 and 12", {"lesson": "collapse"}),
        (
            {"lesson": "collapse", "step": "9"}, "“step”: 9 is not between 1 and 5. Using 5.",
            {"lesson": "collapse", "step": "5"},
        ),
        ({"lesson": "collapse", "answer": "2"}, "this step asks nothing", {"lesson": "collapse"}),
        (
            {"lesson": "collapse", "step": "2", "answer": "4"}, "4 is not between 1 and 3",
            {"lesson": "collapse", "step": "2"},
        ),
    ],
)  # fmt: skip
def test_a_wrong_parameter_of_a_lesson_gives_a_note(parameters, note, left):
    app = open_page(ALIGNMENT, **parameters)
    assert any(note in one.replace("\\", "") for one in notes(app)), notes(app)
    assert address(app) == left
    press(app, "Table 1")
    assert notes(app) == []


def test_home_lists_every_lesson_with_a_link_to_its_first_step():
    app = open_page(HOME)
    links = {link.proto.label: link.proto for link in app.get("page_link")}
    for name in NAMES:
        lesson = shipped(name)
        proto = links[f"**{as_written(lesson.title)}**"]
        assert proto.page.endswith(page_of(lesson.steps[0]).path)
        assert f"lesson={name}" in proto.query_string
        assert any(lesson.question in caption.value for caption in app.caption)


def test_a_lesson_of_ones_own_stays_in_the_session():
    app = open_page(HOME)
    app.file_uploader[0].upload("mine.toml", OWN).run()
    assert not app.exception
    title = as_written("My *own* lesson ![x](http://example.org/x.png)")
    assert any(link.proto.label == f"**{title}**" for link in app.get("page_link"))
    assert "has been added" in app.success[0].value
    app.switch_page(PHASE.script)
    app.query_params.update({"lesson": "mine", "nu": "0.9"})
    app.run()
    assert f"**{title}** · step 1 of 2" in text(app)
    (said,) = [error.value.replace("\\", "") for error in app.error]
    assert said == ("This step claims regime == 'Both', which does not hold: regime = Neither.")
    press(app, "Next")
    press(app, "Both")
    (said,) = [error.value.replace("\\", "") for error in app.error]
    assert said.startswith("answers 1 and 2 are right at regime = Both, delta_ca = ")
    other = open_page(PHASE, lesson="mine")
    assert any("'mine' is not one of" in note.replace("\\", "") for note in notes(other))


@pytest.mark.parametrize(
    ("name", "content", "cause"),
    [
        ("mine.toml", b"title = 3", "“question” is missing: add it"),
        ("mine.toml", b"title =", "this is not TOML"),
        ("My lesson.toml", OWN, "the name 'my lesson' cannot stand in an address"),
        ("collapse.toml", OWN, "this name is taken: give the file another one"),
        ("mine.toml", OWN.replace(b"nu = 0.9", b"nu = 9"), "step 1: “values”: nu: 9 is not betw"),
    ],
)
def test_a_lesson_that_cannot_be_used_is_refused_by_name(name, content, cause):
    app = open_page(HOME)
    app.file_uploader[0].upload(name, content).run()
    assert not app.exception
    assert cause in app.error[0].value.replace("\\", "")
    count = sum("lesson=" in link.proto.query_string for link in app.get("page_link"))
    assert count == len(NAMES) + 1  # and the door to the first lesson


def test_a_session_keeps_a_limited_number_of_own_lessons():
    app = open_page(HOME)
    for number in range(MOST_OWN + 2):
        app.file_uploader[0].upload(f"mine{number}.toml", OWN).run()
    links = [link.proto.query_string for link in app.get("page_link")]
    assert sum("lesson=mine" in query for query in links) == MOST_OWN
    assert not any(query.startswith("lesson=mine0&") for query in links)
