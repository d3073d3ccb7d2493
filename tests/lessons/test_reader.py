import itertools
import tomllib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignlab.checks import InputError
from alignlab.lessons import reader
from alignlab.lessons.quantities import Quantity
from alignlab.lessons.reader import MAX_BYTES, Place, read_lesson

PLACES = {
    "alignment": Place(
        controls={"d1": int, "noise": float, "source": str},
        quantities={
            "kept": Quantity(label="kept norm"),
            "cmae": Quantity(label="CMAE"),
            "regime": Quantity(label="regime", word=True),
        },
    ),
    "home": Place(controls={}, quantities={}),
}

GOOD = """
title = "A lesson"
question = "What happens?"

[[steps]]
page = "alignment"
text = "Look at\\nthis."
watch = ["kept"]
claims = ["kept > 0.1"]

[[steps]]
page = "alignment"
values = { d1 = 32, noise = 0.5, source = "digits" }
move = "d1"
text = "Now more."
[steps.predict]
question = "Shorter?"
reveal = "From {was.kept} to {kept}."
answers = [
  { text = "Yes", if = "kept < 0.5 * was.kept" },
  { text = "No", if = "kept >= 0.5 * was.kept" },
]

[[steps]]
page = "home"
text = "Try it yourself."
"""


def read(text, name="mine"):
    return read_lesson(text.encode(), name, PLACES)


def test_a_lesson_is_read():
    lesson = read(GOOD)
    assert (lesson.name, lesson.title, lesson.question) == ("mine", "A lesson", "What happens?")
    first, second, last = lesson.steps
    assert first.text == "Look at this."
    assert (first.watch, first.claims[0].text) == (("kept",), "kept > 0.1")
    assert second.values == {"d1": "32", "noise": "0.5", "source": "digits"}
    assert second.before == {}
    assert second.looks_back
    assert not first.looks_back
    assert second.prediction.right({"kept": 0.2, "was.kept": 0.7}) == 1
    assert second.prediction.right({"kept": 0.6, "was.kept": 0.7}) == 2
    assert last.values == last.before == {}


def test_what_is_on_show_before_an_answer_is_the_step_before_or_what_is_given():
    again = GOOD.replace(
        'page = "home"\ntext = "Try it yourself."',
        """page = "alignment"
values = { d1 = 64 }
text = "Again."
[steps.predict]
question = "?"
reveal = "!"
answers = [{ text = "a", if = "kept < 1" }, { text = "b", if = "kept >= 1" }]""",
    )
    assert read(again).steps[2].before == {"d1": "32", "noise": "0.5", "source": "digits"}
    given = again.replace("values = { d1 = 64 }", "values = { d1 = 64 }\nbefore = { d1 = 8 }")
    assert read(given).steps[2].before == {"d1": "8"}


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ('title = "A lesson"', "", "“title” is missing: add it"),
        ('title = "A lesson"', 'title = ""', "“title” is no text"),
        ('title = "A lesson"', "title = 3", "“title” is no text"),
        ('title = "A lesson"', f'title = "{"a" * 201}"', "“title” has 201 characters: shorten"),
        ('title = "A lesson"', 'title = "A"\nauthor = "B"', "“author” is not known here: use ti"),
        ('page = "home"', 'page = "nowhere"', "step 3: there is no page 'nowhere': use one of al"),
        ('page = "home"', "", "step 3: “page” is missing"),
        ("d1 = 32", "d9 = 32", "step 2: the page has no control 'd9': use one of d1, noise, so"),
        ("d1 = 32", 'd1 = "many"', "step 2: “values”: d1: invalid literal"),
        ("d1 = 32", "d1 = [32]", "step 2: “values”: d1 is neither a number nor a text"),
        ("d1 = 32", "d1 = true", "step 2: “values”: d1 is neither a number nor a text"),
        ("noise = 0.5", "noise = nan, d2 = 3", "step 2: the page has no control 'd2'"),
        ("text = \"Try", "values = 3\ntext = \"Try", "step 3: “values” is no table such as { d1"),
        ('move = "d1"', 'move = "d2"', "step 2: the page has no control 'd2'"),
        ('watch = ["kept"]', 'watch = ["kep"]', "step 1: the page has no quantity 'kep': use one"),
        ('watch = ["kept"]', 'watch = "kept"', "step 1: “watch” is no list of up to 8 texts"),
        ("kept > 0.1", "kept > 0.1 or", "step 1: “claims”: condition: 'kept > 0.1 or' is no comp"),
        ("kept > 0.1", "was.kept > 0.1", "step 1: the page has no quantity 'was.kept'"),
        ("kept > 0.1", "kept > 'Both'", "a word is compared by == or !="),
        ("kept > 0.1", "kept == 'Both'", "step 1: kept is a number: compare it with another such"),
        ("kept > 0.1", "kept == regime", "step 1: kept is a number: compare it with another such"),
        ("kept > 0.1", "regime == 3", "step 1: regime is a word, such as 'Both': compare it with"),
        ("kept > 0.1", "regime < regime", "step 1: regime is a word: compare it by == or !="),
        ("{was.kept}", "{was.kep}", "step 2: the page has no quantity 'was.kep'"),
        ("{was.kept}", "{kept.__class__}", "step 2: the page has no quantity 'kept.__class__'"),
        ("{was.kept}", "{was.kept", "step 2: “reveal” has a brace without its partner"),
        ("{was.kept}", "was.kept}", "step 2: “reveal” has a brace without its partner"),
        ('question = "Shorter?"', "", "step 2: “question” is missing"),
        ('  { text = "No", if = "kept >= 0.5 * was.kept" },\n', "", "has 1 entries: 2 to 4 were"),
        ('if = "kept < 0.5 * was.kept"', 'when = "now"', "step 2: “if” is missing"),
        ("[steps.predict]", "[steps.predicts]", "step 2: “predicts” is not known here: use page"),
        ('text = "Try it yourself."', 'text = "T"\nbefore = {}', "step 3: “before” is for a step"),
        ('text = "Try it yourself."', 'text = "T"\npredict = 3', "step 3: “predict” is no table"),
        ('page = "home"', "page = ", "this is not TOML: Invalid value"),
        (GOOD, 'title = "A"\nquestion = "B"\nsteps = 3', "“steps” is no list of tables"),
        (GOOD, 'title = "A"\nquestion = "B"\nsteps = []', "“steps” has 0 entries: 1 to 12 were"),
        (GOOD, "", "“title” is missing"),
        (GOOD, "[" * 20_000, "this is not TOML"),
        (GOOD, "a = " + "[" * 5_000, "this is not TOML"),
        (GOOD, "#" * (MAX_BYTES + 1), r"the file has 65,537 bytes: a lesson may have 65,536"),
    ],
    ids=itertools.count(),
)  # fmt: skip
def test_each_error_says_where_it_is_and_what_helps(old, new, cause):
    assert old in GOOD
    with pytest.raises(InputError) as error:
        read(GOOD.replace(old, new, 1))
    assert cause in str(error.value)
    assert str(error.value).startswith("lesson mine: ")


def test_a_file_that_is_not_text_is_refused():
    with pytest.raises(InputError, match="the file is not text in UTF-8: save it as UTF-8"):
        read_lesson(b"\xff\xfe\x00", "mine", PLACES)


@pytest.mark.parametrize("name", ["", "Mine", "my lesson", "-a", "a" * 41, "é", "a/b", "a=b"])
def test_a_name_that_cannot_stand_in_an_address_is_refused(name):
    with pytest.raises(InputError, match="cannot stand in an address: call the file by up to 40"):
        read(GOOD, name)


@pytest.mark.parametrize(
    ("kept", "cause"),
    [(0.2, "answers 1 and 2 are right at kept = 0.2"), (2.0, "no answer is right at kept = 2.0")],
)
def test_a_question_has_exactly_one_right_answer(kept, cause):
    text = GOOD.replace("kept < 0.5 * was.kept", "kept < 1").replace(
        "kept >= 0.5 * was.kept", "kept < 1.5"
    )
    with pytest.raises(InputError, match=f"{cause}: write conditions of which exactly one holds"):
        read(text).steps[1].prediction.right({"kept": kept})


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_by_name(content):
    with pytest.raises(InputError, match=r"^lesson mine: "):
        read_lesson(content, "mine", PLACES)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["page", "text", "values", "predict", "answers"]), inner)
    ),
)


@given(st.sampled_from(["title", "question", "steps"]), VALUES)
def test_a_table_of_any_shape_is_read_or_refused(key, value):
    table = tomllib.loads(GOOD) | {key: value}
    with suppress(InputError):
        reader._Reading(name="mine", places=PLACES).lesson(table)
