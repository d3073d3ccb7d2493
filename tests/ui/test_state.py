import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignlab.ui.catalog import PAGES
from alignlab.ui.controls import Choice, Number, Several, Steps
from alignlab.ui.files.controls import read_ranges, write_ranges
from alignlab.ui.parts.alignment import PAGE as ALIGNMENT
from alignlab.ui.parts.sweeps import CURVES, OVER
from alignlab.ui.parts.sweeps import PAGE as SWEEPS
from alignlab.ui.parts.synthetic import NOISE, N
from alignlab.ui.parts.synthetic import PAGE as SYNTHETIC_DATA

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
        N.parse(text)


@pytest.mark.parametrize("text", ["nan", "inf", "-1", "1e7", "abc"])
def test_a_real_number_is_finite_and_in_range(text):
    with pytest.raises(ValueError, match="not"):
        NOISE.parse(text)


# --- Beyond the slider ---

WHOLE = Number(name="d", label="d", default=2, low=1, high=64, limit=256)
REAL = Number(name="s", label="s", default=0.0, low=0.0, high=10.0, step=0.1, limit=1e6)
PLAIN = Number(name="k", label="k", default=2, low=1, high=10)


@given(st.integers(1, 256), st.floats(0, 1e6))
def test_an_address_may_go_beyond_the_slider_up_to_the_limit(whole, real):
    assert WHOLE.parse(WHOLE.format(whole)) == whole
    assert REAL.parse(REAL.format(real)) == real


@given(st.integers() | st.floats())
def test_no_number_beyond_the_limit_is_read(value):
    for control, most in ((WHOLE, 256), (REAL, 1e6), (PLAIN, 10)):
        if not control.low <= value <= most:
            with pytest.raises(ValueError, match=r"is not (between|a whole number)"):
                control.parse(str(value))


@pytest.mark.parametrize(
    ("control", "text", "reason"),
    [
        (WHOLE, "257", "257 is not between 1 and 256"),
        (WHOLE, "0", "0 is not between 1 and 256"),
        (PLAIN, "11", "11 is not between 1 and 10"),
        (WHOLE, "64.0", "'64.0' is not a whole number"),
        (REAL, "1000001", "1000001 is not between 0 and 1e\\+06"),
        (REAL, "-0.1", "-0.1 is not between"),
        (REAL, "nan", "nan is not between"),
        (REAL, "inf", "inf is not between"),
        (REAL, "", "'' is not a number"),
    ],
)
def test_a_refused_number_is_repeated_with_its_range(control, text, reason):
    with pytest.raises(ValueError, match=reason):
        control.parse(text)


@pytest.mark.parametrize("control", [c for _, c in CONTROLS if isinstance(c, Number)])
def test_a_limit_lies_beyond_the_slider(control):
    assert control.limit is None or control.limit > control.high


@pytest.mark.parametrize("control", [c for _, c in CONTROLS if isinstance(c, Steps)])
def test_only_stops_have_names_and_no_two_the_same(control):
    assert set(control.names) <= set(control.stops)
    assert all(control.low <= stop <= control.high for stop in control.stops)
    shown = [control.names.get(stop, str(stop)) for stop in control.stops]
    assert len(set(shown)) == len(shown)


# --- Several ---

FRUIT = Several(
    name="fruit", label="Fruit", default=("fig",),
    options={"apple": "Apple", "fig": "Fig", "pear": "Pear"},
)  # fmt: skip


@given(st.sets(st.sampled_from(sorted(FRUIT.options))))
def test_several_names_survive_their_address_in_the_order_of_the_options(chosen):
    value = FRUIT.clean(list(chosen))
    assert value == tuple(sorted(chosen))
    assert FRUIT.parse(FRUIT.format(value)) == value
    assert FRUIT.clean(value) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", ()),
        ("fig", ("fig",)),
        ("pear,apple", ("apple", "pear")),
        ("pear,pear", ("pear",)),
    ],
)
def test_names_are_read_from_an_address_once_each(text, value):
    assert FRUIT.parse(text) == value


@pytest.mark.parametrize("text", ["plum", "fig,plum", "fig,", ",", "Fig", "fig, pear", "fi"])
def test_an_unknown_name_is_refused_with_those_that_are_known(text):
    with pytest.raises(ValueError, match="is not one of apple, fig, pear"):
        FRUIT.parse(text)


@pytest.mark.parametrize("left", [["pear", "fig"], ("fig", "pear"), {"pear", "fig"}])
def test_what_a_widget_leaves_is_kept_as_a_tuple_in_order(left):
    assert FRUIT.clean(left) == ("fig", "pear")


@given(st.sets(st.sampled_from(sorted(CURVES.options))), st.sampled_from(list(OVER.options)))
def test_chosen_curves_survive_the_address_of_the_sweeps(names, over):
    chosen = {"aligners": CURVES.clean(names), "over": over, "low": 0.25, "high": None}
    read, notes = SWEEPS.read(SWEEPS.address(chosen))
    assert notes == []
    assert {name: read[name] for name in chosen} == chosen


def test_an_unknown_curve_falls_back_with_a_note():
    read, (note,) = SWEEPS.read({"aligners": "cca,magic"})
    assert read["aligners"] == CURVES.default
    assert "'magic' is not one of perfect_alignment," in note


# --- Columns ---


@given(st.lists(st.integers(0, 3000), unique=True))
def test_column_numbers_survive_as_ranges(numbers):
    assert read_ranges(write_ranges(numbers)) == numbers


def test_thousands_of_columns_make_a_short_address():
    assert write_ranges(range(2048)) == "0-2047"


@pytest.mark.parametrize("text", ["a", "1-", "-1", "1,,x", "0-99999999999"])
def test_broken_ranges_are_refused(text):
    with pytest.raises(ValueError, match="not a list of columns"):
        read_ranges(text)


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
