import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignlab.ui import parameters as p
from alignlab.ui.catalog import ALIGNMENT, PAGES, SYNTHETIC_DATA
from alignlab.ui.controls import Choice, Number

CONTROLS = [(page, control) for page in PAGES for control in page.controls]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_every_preset_survives_its_address(page):
    for name, values in page.presets.items():
        read, notes = page.read(page.address(values))
        assert notes == [], name
        expected = {c.name: c.default for c in page.controls} | dict(values)
        assert read == expected, name


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "n": st.integers(2, 100_000),
            "k": st.integers(1, 10),
            "noise": st.floats(0, 10),
            "latent": st.sampled_from(["gmm", "uniform"]),
            "condition": st.sampled_from([0.0, 1.0, 1e3, 1e6]),
            "rank": st.one_of(st.none(), st.integers(1, 128)),
            "weights": st.sampled_from(["", "0.5, 0.5", "0.2,0.8"]),
        },
    )
)
def test_any_values_survive_their_address(values):
    read, notes = ALIGNMENT.read(ALIGNMENT.address(values))
    assert notes == []
    assert {name: read[name] for name in values} == values


@given(st.dictionaries(st.sampled_from([c.name for c in ALIGNMENT.controls]), st.text()))
def test_any_address_is_read_with_a_note_for_what_is_left_out(query):
    read, notes = ALIGNMENT.read(query)
    for control in ALIGNMENT.controls:
        if control.name not in query:
            assert read[control.name] == control.default
    left_out = [n for n in query if read[n] == {c.name: c.default for c in ALIGNMENT.controls}[n]]
    assert len(notes) <= len(left_out)


@pytest.mark.parametrize(
    ("text", "reason"),
    [("nan", "whole number"), ("1.5", "whole number"), ("1", "not between"), ("1e9", "whole")],
)
def test_a_number_out_of_its_range_is_refused_with_the_reason(text, reason):
    with pytest.raises(ValueError, match=reason):
        p.N.parse(text)


@pytest.mark.parametrize("text", ["nan", "inf", "-1", "99", "abc"])
def test_a_real_number_is_finite_and_in_range(text):
    with pytest.raises(ValueError, match="not"):
        p.NOISE.parse(text)


@given(st.lists(st.integers(0, 3000), unique=True))
def test_column_numbers_survive_as_ranges(numbers):
    assert p.read_ranges(p.write_ranges(numbers)) == numbers


def test_thousands_of_columns_make_a_short_address():
    assert p.write_ranges(range(2048)) == "0-2047"


@pytest.mark.parametrize("text", ["a", "1-", "-1", "1,,x", "0-99999999999"])
def test_broken_ranges_are_refused(text):
    with pytest.raises(ValueError, match="not a list of columns"):
        p.read_ranges(text)


def test_what_belongs_to_another_source_is_not_in_the_address():
    values = {c.name: c.default for c in ALIGNMENT.controls} | {"file": "mine.npz"}
    assert ALIGNMENT.address(values) == {}
    assert ALIGNMENT.address(values | {"source": "upload"}) == {
        "source": "upload",
        "file": "mine.npz",
    }


def test_an_unknown_parameter_is_named():
    _, notes = SYNTHETIC_DATA.read({"colour": "red"})
    assert len(notes) == 1
    assert "colour" in notes[0]


@pytest.mark.parametrize(("page", "control"), CONTROLS, ids=lambda x: getattr(x, "name", ""))
def test_defaults_are_allowed_values(page, control):
    if isinstance(control, Choice):
        assert control.default in control.options
    if isinstance(control, Number) and control.default is not None:
        assert control.low <= control.default <= control.high
    assert control.parse(control.format(control.default)) == control.default


def test_pages_that_share_a_name_share_the_control():
    by_name = {}
    for _, control in CONTROLS:
        assert by_name.setdefault(control.name, control) is control
