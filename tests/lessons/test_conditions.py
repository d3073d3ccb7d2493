import pytest

from alignlab.checks import InputError
from alignlab.lessons.conditions import read_condition

FOUND = {"kept": 0.2, "was.kept": 0.7, "cmae": 1e-15, "regime": "CA only", "ncmae": float("nan")}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("kept < 0.5", True),
        ("kept<0.5", True),
        ("kept < .1", False),
        ("kept <= 0.2", True),
        ("kept >= 2e-1", True),
        ("kept > -1", True),
        ("kept == 0.2", True),
        ("kept != 0.2", False),
        ("kept < was.kept", True),
        ("was.kept > 3 * kept", True),
        ("was.kept > 4 * kept", False),
        ("kept < 0.5 * was.kept and cmae < 1e-12", True),
        ("kept < 0.5 * was.kept and cmae > 1e-12", False),
        ("regime == 'CA only'", True),
        ("regime != 'CA only'", False),
        ("regime == 'Both'", False),
        ("ncmae < 1", False),
        ("ncmae != 1", False),
        ("kept < ncmae", False),
    ],
)
def test_a_condition_holds_as_it_reads(text, holds):
    assert read_condition(text).holds(FOUND) is holds


def test_a_condition_names_the_quantities_that_it_needs():
    found = read_condition("kept < 0.5 * was.kept and kept > 0.1 and regime == 'Both'")
    assert found.names == ("kept", "was.kept", "regime")


@pytest.mark.parametrize(
    "text",
    [
        "", "kept", "kept <", "< 0.5", "kept < 0.5 < 1", "0.5 > kept", "kept =< 1", "kept = 1",
        "kept < 1 or kept > 2", "kept < 1 and", "kept < was.", "kept < nan()", "kept < 1 + 1",
        "__import__('os') == 1", "kept.real < 1", "kept < 2 * 3", "kept < kept * 2", "Kept < 1",
        "regime == \"Both\"", "regime == 'Both", "(kept < 1)", "kept < 1e", "kept < 0x1",
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_an_example(text):
    with pytest.raises(InputError, match=r"is no comparison: .* such as kept_plain < 0\.5"):
        read_condition(text)


def test_words_have_no_order():
    with pytest.raises(InputError, match="a word is compared by == or !="):
        read_condition("regime < 'Both'")
