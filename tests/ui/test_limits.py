import ast
import inspect

import pytest
from streamlit.runtime.memory_session_storage import MemorySessionStorage

from alignlab.files.limits import MAX_UNPACKED_BYTES, READING_BYTES
from alignlab.files.tables import MAX_BYTES
from alignlab.ui import limits
from alignlab.ui.limits import CACHED, CLOSED, FILE, JOBS, LIMITS, READING, UNPACKED
from tests.server import ROOT


@pytest.mark.parametrize("limit", [one for one in LIMITS if one.variable])
def test_the_environment_sets_a_limit(limit, monkeypatch):
    monkeypatch.delenv(limit.variable, raising=False)
    assert limit.value == limit.default
    monkeypatch.setenv(limit.variable, " 7 ")
    assert limit.value == 7
    monkeypatch.setenv(limit.variable, "")
    assert limit.value == limit.default


@pytest.mark.parametrize("given", ["four", "0", "-1", "2.5", "1e3", "²"])
def test_what_is_no_number_is_refused_with_the_name_of_the_variable(given, monkeypatch):
    monkeypatch.setenv("ALIGNLAB_JOBS", given)
    with pytest.raises(ValueError, match=r"ALIGNLAB_JOBS=.* no whole number from 1 .*default 4"):
        limits.check()
    monkeypatch.setenv("ALIGNLAB_JOBS", "3")
    limits.check()
    assert JOBS.value == 3


def test_limits_that_hold_elsewhere_are_the_same_there():
    assert FILE.value * 2**20 == MAX_BYTES
    assert UNPACKED.value * 2**20 == MAX_UNPACKED_BYTES
    assert READING.value * 2**20 == READING_BYTES
    kept = inspect.signature(MemorySessionStorage).parameters
    assert (kept["maxsize"].default, kept["ttl_seconds"].default) == (CLOSED.value, 120)


def test_every_cache_of_the_pages_is_limited():
    largest = 0
    for path in [*(ROOT / "alignlab").rglob("*.py"), *(ROOT / "pages").glob("*.py")]:
        for function in ast.walk(ast.parse(path.read_text())):
            if not isinstance(function, ast.FunctionDef):
                continue
            for mark in function.decorator_list:
                if ast.unparse(mark).startswith(("st.cache_resource", "st.cache_data")):
                    given = {k.arg: k.value for k in getattr(mark, "keywords", [])}
                    most = given.get("max_entries")
                    session = ast.unparse(given.get("scope", ast.Constant(0))) == "'session'"
                    one = not function.args.args  # only one result
                    of_itself = session and [a.arg for a in function.args.args] == ["session"]
                    assert most or one or of_itself, f"{path.name}: {function.name} has no limit"
                    largest = max(largest, ast.literal_eval(most) if most else 0)
    assert largest == CACHED.value


def test_the_table_of_the_readme_says_the_limits():
    table = (ROOT / "README.md").read_text().split("<!-- limits -->\n")[1].split("\n\n")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    assert rows[2:] == [
        [
            limit.what,
            f"{limit.default:,} {limit.unit}".strip(),
            f"`{limit.variable}`" if limit.variable else "",
        ]
        for limit in LIMITS
    ]
