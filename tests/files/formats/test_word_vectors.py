"""Word vectors as word2vec, fastText and GloVe write them: a column of words, then numbers."""

import numpy as np
import pytest

from alignlab.files import limits
from alignlab.files.formats.word_vectors import are_word_vectors
from alignlab.files.tables import read_table

WORDS = ["the", "nan", "null", '"', "naïve", "1984", "a,b"]
V = np.random.default_rng(0).standard_normal((7, 4)).astype(np.float32)


def lines(words=WORDS, end="\n", counts=True):
    body = [f"{word} " + " ".join(map(str, row)) for word, row in zip(words, V, strict=True)]
    head = [f"{len(words)} {V.shape[1]}"] if counts else []
    return (end.join(head + body) + end).encode()


@pytest.mark.parametrize("name", ["wiki.vec", "wiki.txt"])
@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("end", ["\n", " \n", "\r\n"])
def test_words_and_numbers_come_back_exactly(name, counts, end):
    table = read_table(lines(end=end, counts=counts), name)
    assert list(table) == ["word", *(f"wiki[{j}]" for j in range(4))]
    assert table["word"].tolist() == WORDS
    np.testing.assert_array_equal(table.iloc[:, 1:].to_numpy().astype(np.float32), V)


def test_an_ordinary_table_is_not_taken_for_word_vectors():
    for content in (
        b"1 2\n3 4\n5 6\n", b"3 5\n1 2\n2 4\n", b"a b c\n1 2 3\n4 5 6\n", b"x y\n", b"",
        b"# 1 2 3\n1 2 3\n", b"a,b,c\n1,2,3\n", b"3 1\n5 7\n1 2\n",
    ):  # fmt: skip
        assert not are_word_vectors(content)
    assert are_word_vectors(b"2 3\n1 0.5 0.5 0.5\n")
    assert are_word_vectors(b"2 3\nthe 0.5\n")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"8 4\n" + lines(counts=False), "declares 8 words of 4 numbers, but 7 lines follow"),
        (b"7 5\n" + lines(counts=False), "declares 7 words of 5 numbers"),
        (lines(["New York", *WORDS[1:]]), "declares 7 words of 4 numbers, but 7 lines follow, the"),
        (lines([WORDS[0], "New York", *WORDS[2:]]), "line 3 has 5 numbers, the first has 4"),
        (lines()[:-12], "line 8 has 3 numbers"),
        (lines().replace(b"naive", b"x", 1).replace(b"1984 -", b"1984 o"), "among its numbers"),
        (b"the\nof\n", "its lines are no words with vectors"),
        (b"", "its lines are no words with vectors"),
        (b"\x80\x00\x01", "it holds a zero byte in line 1"),
    ],
)
def test_a_malformed_file_is_refused_with_cause_and_remedy(content, message):
    with pytest.raises(ValueError, match=r"^f\.vec: .*[:;] (write|give|save)") as refusal:
        read_table(content, "f.vec")
    assert message in str(refusal.value)


def test_more_columns_or_bytes_than_the_limit_are_refused_before_they_are_read(monkeypatch):
    monkeypatch.setattr(limits, "MAX_COLUMNS", 4)
    with pytest.raises(ValueError, match="5 columns, the limit is 4"):
        read_table(lines(), "f.vec")
    monkeypatch.setattr(limits, "MAX_COLUMNS", 5)
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 200)
    with pytest.raises(ValueError, match="use fewer rows or columns"):
        read_table(lines(), "f.vec")
