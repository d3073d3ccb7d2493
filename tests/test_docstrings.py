"""Docstrings name every array and say shapes; read from the source, so that none is left out."""

import ast
import re

import pytest

from tests.server import ROOT

DIMENSION = (
    r"(?:\.\.\.|[CHTW]|BLOCKS|[a-z0-9][A-Za-z0-9_]*(?:\([a-z_]+\))?'?(?: ?[-+*] ?[a-z0-9_]+)*)"
)
NUMBERS = r"\([0-9]+(?:, [0-9]+)+\)"  # such as an interval
SHAPE = re.compile(rf"(?!{NUMBERS})\((?:{DIMENSION},|{DIMENSION}(?:, {DIMENSION})+|\.\.\.)\)")
"""(n, d), (n,), (..., k), (len(specs), len(seeds)), (n, k'), (T, H, W)."""

ARRAY = re.compile(r"ndarray|\bArray\b")


def functions(body, outer=""):
    """Public functions and methods of public classes, with their dotted names."""
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from functions(node.body, f"{outer}{node.name}.")
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield f"{outer}{node.name}", node


def arrays(function):
    """Names of the parameters that are annotated as arrays, or as collections of arrays."""
    found = function.args
    every = [*found.posonlyargs, *found.args, *found.kwonlyargs, found.vararg, found.kwarg]
    return [a.arg for a in every if a and a.annotation and ARRAY.search(ast.unparse(a.annotation))]


def without_shapes(source):
    """What the docstrings of a module leave out: functions, and arrays that they do not name."""
    missing = []
    for name, function in functions(ast.parse(source).body):
        names, doc = arrays(function), ast.get_docstring(function) or ""
        if names and not SHAPE.search(doc):
            missing.append(f"{name}: no shape of {', '.join(names)}")
        elif unnamed := [array for array in names if not re.search(rf"\b{array}\b", doc)]:
            missing.append(f"{name}: does not name {', '.join(unnamed)}")
    return missing


MODULES = sorted((ROOT / "alignlab").rglob("*.py"))


def test_every_public_function_says_the_shapes_of_its_arrays():
    missing = {str(path.relative_to(ROOT)): without_shapes(path.read_text()) for path in MODULES}
    assert len(missing) > 100
    assert {path: found for path, found in missing.items() if found} == {}


@pytest.mark.parametrize(
    ("doc", "missing"),
    [
        ("Of X (n, d).", []),
        ("X : (n,), the values.", []),
        ("Of X (..., k).", []),
        ("Of X (len(ys), len(xs)).", []),
        ("The sum of X.", ["f: no shape of X"]),
        ("Of X (as it is, or not).", ["f: no shape of X"]),
        ("Of pairs (X, Y).", ["f: no shape of X"]),
        ("Of X, in (0, 1).", ["f: no shape of X"]),
        ("Of some (n, d).", ["f: does not name X"]),
    ],
)
def test_a_docstring_without_shapes_is_noticed(doc, missing):
    assert without_shapes(f'def f(X: np.ndarray, k: int) -> None:\n    """{doc}"""\n') == missing
    assert without_shapes(f'def f(k: int) -> None:\n    """{doc}"""\n') == []
    assert without_shapes(f'def _f(X: np.ndarray) -> None:\n    """{doc}"""\n') == []
