"""Every claim of every lesson, computed without a page."""

from pathlib import Path

import pytest

from alignlab.lessons import shipped as files
from alignlab.lessons.quantities import QUANTITIES
from alignlab.lessons.shipped import NAMES
from alignlab.ui.lessons.library import PAGE_OF, page_of, places, setting, shipped
from alignlab.ui.lessons.measured import filled
from tests.lessons.played import at, measured

STEPS = [(name, step) for name in NAMES for step in range(1, len(shipped(name).steps) + 1)]
ASKED = [(name, step) for name, step in STEPS if shipped(name).steps[step - 1].prediction]
CLAIMED = [(name, step) for name, step in STEPS if shipped(name).steps[step - 1].claims]

SOLVED = {
    "collapse": {"d1": 2, "d2": 2},
    "pairs": {"n": 400},
    "noise": {"noise": 3.0},
    "whitening": {"family": "cross", "a": 1.0},
    "contrastive": {"temperature": 10.0},
    "labels": {"noise": 0.5},
    "thresholds": {"sample": 1000},
    "wrong-subspace": {"gamma_tilde_y": 5.0},
    "direction": {"nu": 0.3},
    "tsne": {"map": "pca"},
    "digits": {"labels_kept": None},
}
"""Changes of the last step's setting that reach its goal."""


def test_every_file_is_a_lesson_of_the_list():
    stems = {path.stem for path in Path(files.__file__).parent.glob("*.toml")}
    assert stems == set(NAMES)
    assert len(NAMES) >= 10
    with pytest.raises(KeyError):
        files.content("../../pyproject")


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_asks_before_it_tells_and_ends_with_an_exercise(name):
    lesson = shipped(name)
    assert 4 <= len(lesson.steps) <= 6
    assert lesson.question.endswith("?")
    assert sum(step.prediction is not None for step in lesson.steps) >= 2
    for step in lesson.steps:
        # the picture moves when the answer is given
        assert step.prediction is None or setting(step, False) != setting(step, True)
    last = lesson.steps[-1]
    assert last.text.startswith("Try it yourself: ")
    assert last.goal is not None
    assert last.prediction is None


@pytest.mark.parametrize(("name", "number"), STEPS)
def test_what_is_said_at_a_step_is_asked_or_claimed(name, number):
    step = shipped(name).steps[number - 1]
    assert step.prediction or step.claims or step.goal
    if step.prediction:
        assert "{" in step.prediction.reveal


@pytest.mark.parametrize(("name", "number"), ASKED)
def test_exactly_one_answer_is_right(name, number):
    prediction = shipped(name).steps[number - 1].prediction
    found = measured(shipped(name), number)
    right = prediction.right(found)
    assert prediction.answers[right - 1].condition.holds(found)
    assert "{" not in filled(prediction.reveal, found)
    assert "undefined" not in filled(prediction.reveal, found) or (name, number) == ("labels", 2)


@pytest.mark.parametrize(("name", "number"), CLAIMED)
def test_the_claims_of_a_step_hold(name, number):
    found = measured(shipped(name), number)
    for claim in shipped(name).steps[number - 1].claims:
        assert claim.holds(found), (claim.text, {one: found[one] for one in claim.names})


@pytest.mark.parametrize("name", NAMES)
def test_the_exercise_is_open_at_first_and_can_be_solved(name):
    lesson = shipped(name)
    step = lesson.steps[-1]
    assert not step.goal.holds(measured(lesson, len(lesson.steps)))
    page = page_of(step)
    solved = page.address({**setting(step, True), **SOLVED[name]})
    assert step.goal.holds(at(page.path, tuple(solved.items())))


@pytest.mark.parametrize("path", QUANTITIES)
def test_the_quantities_of_a_page_are_those_that_it_promises(path):
    assert path in PAGE_OF
    assert places()[path].quantities == QUANTITIES[path]
    found = at(path, ())
    assert set(found) == set(QUANTITIES[path])
    for name, quantity in QUANTITIES[path].items():
        assert isinstance(found[name], str) == quantity.word, name
