from alignlab.report.tables import displayed_pairing, shown_tables
from tests.diagnoses import diagnosis


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
