import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignlab.report.column_runs import Run, column_runs, listed_runs, spelled

EMBEDDING = tuple(f"img_emb[{i}]" for i in range(512))
NAMES = st.lists(
    st.one_of(
        st.text(max_size=6),
        st.builds("{}{}{}".format, st.sampled_from(["a", "b{", "'c_", "\\"]),
                  st.integers(0, 12), st.sampled_from(["", "]", "}", '"'])),
        st.builds("p{:03d}".format, st.integers(0, 1002)),
    ),
    max_size=12,
)  # fmt: skip


def evaluated(text):
    """The value of an expression of names: it consists of literals, `map` and `range` alone."""
    called = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    assert called <= {"map", "range"}
    return eval(text, {"__builtins__": {"map": map, "range": range}})


@given(NAMES)
def test_the_expression_is_the_tuple_of_the_names(names):
    assert evaluated(spelled(names)) == tuple(names)


@given(st.text(alphabet="a'{}\"\\", max_size=4), st.integers(0, 120), st.integers(3, 40))
def test_a_run_is_spelled_as_one_whatever_stands_around_its_number(around, first, count):
    for width in (0, 3):
        names = [f"{around}{i:0{width}d}{around}" for i in range(first, first + count)]
        assert evaluated(spelled(names)) == tuple(names)


@pytest.mark.parametrize(
    ("names", "expression"),
    [
        ((), "()"),
        (("a",), "('a',)"),
        (EMBEDDING, "(*map('img_emb[{}]'.format, range(0, 512)),)"),
        ((*EMBEDDING[3:], "age"), "(*map('img_emb[{}]'.format, range(3, 512)), 'age',)"),
        (("x01", "x02", "x03"), "(*map('x{:02d}'.format, range(1, 4)),)"),
        (("x1", "x3"), "('x1', 'x3',)"),
        (("1", "2", "3"), "(*map('{}'.format, range(1, 4)),)"),
    ],
)
def test_runs_are_short(names, expression):
    assert spelled(names) == expression
    assert evaluated(expression) == tuple(names)


def test_digits_of_other_scripts_are_no_numbers():
    names = ["a٣", "a٤", "a٥"]
    assert column_runs(names) == names


def test_a_reader_sees_first_last_and_count():
    assert listed_runs(EMBEDDING) == "img_emb[0] … img_emb[511] (512 columns)"
    assert listed_runs((*EMBEDDING, "age")) == "img_emb[0] … img_emb[511] (512 columns), age"
    assert listed_runs(()) == "none"
    many = tuple("bdfhjlnprt")
    assert listed_runs(many) == "b, d, f, h, j, l, … (10 columns in all)"
    run = Run(prefix="a", first=9, suffix="", width=0, count=2)
    assert [run.name(0), run.name(1)] == ["a9", "a10"]
