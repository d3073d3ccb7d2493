import pytest

from alignlab.diagnosis.pairing import PERMUTATIONS
from alignlab.report.tables import displayed_pairing, p_words, shown_tables
from tests.diagnoses import diagnosis


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "< 0.01 (100 permutations)"), (1, "0.02 (100 permutations)"),
     (99, "0.99 (100 permutations)"), (100, "1.00 (100 permutations)")],
)  # fmt: skip
def test_a_p_at_its_floor_is_an_upper_bound(count, words):
    assert p_words((1 + count) / (1 + PERMUTATIONS)) == words


def test_a_p_of_the_normal_distribution_says_so():
    assert p_words(0.0, held_out=True) == "< 0.001 (normal distribution)"
    assert p_words(0.25, held_out=True) == "0.25 (normal distribution)"


def test_the_pairing_has_one_p_per_statistic():
    shown = displayed_pairing(diagnosis("Both"))
    assert shown["p"].iloc[0] == "< 0.001 (normal distribution)"
    assert set(shown["p"].iloc[1:]) == {"< 0.01 (100 permutations)"}
    torn = displayed_pairing(diagnosis("torn"))
    assert any("<" not in p for p in torn["p"])


def test_tables_that_are_not_known_are_not_shown():
    assert len(shown_tables(diagnosis("Both"))) == 4
    assert len(shown_tables(diagnosis("unlabelled"))) == 2
    assert len(shown_tables(diagnosis("early, unlabelled"))) == 1
