"""What the server answers when the browser asks for the card of a mark."""

import base64

import orjson
import pytest

from alignlab.checks import InputError
from alignlab.ui.hover import Card, message

NAMES = ["first", "second"]


def describe(row, modality):
    if modality == 2:
        return None
    return Card(title=NAMES[row], lines=[("caption", "<b>a dog</b>")], image=b"a file")


def answer(asked):
    return orjson.loads(message(describe, asked))


def test_the_card_of_the_mark_is_sent_with_the_mark():
    found = answer([1, 1])
    assert (found["row"], found["modality"]) == (1, 1)
    assert found["card"]["title"] == "second"
    assert found["card"]["lines"] == [["caption", "<b>a dog</b>"]]
    assert base64.b64decode(found["card"]["image"]) == b"a file"


@pytest.mark.parametrize("asked", [[0, 2], [2, 1], [10**12, 1]])
def test_a_mark_without_a_card_and_one_of_an_earlier_picture_have_none(asked):
    assert answer(asked) == {"row": asked[0], "modality": asked[1], "card": None}


@pytest.mark.parametrize("asked", [None, [], [0], ["0", 1], [-1, 1], [0, 3], [0.5, 1], {}, "01"])
def test_what_is_no_mark_is_not_answered(asked):
    assert answer(asked) is None


def test_a_refusal_is_shown_in_place_of_the_card():
    def refusing(row, modality):
        raise InputError("Metadata", "row = 9 is outside 0 ... 3")

    card = orjson.loads(message(refusing, [9, 1]))["card"]
    assert card == {"title": "row = 9 is outside 0 ... 3", "lines": [], "image": ""}


def test_an_error_in_the_description_is_not_hidden():
    def failing(row, modality):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        message(failing, [0, 1])
