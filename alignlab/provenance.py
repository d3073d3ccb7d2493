"""What a result was made with: settings, versions, and the script that makes it again."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import pandas as pd

from alignlab.version import __version__

_LIBRARIES = ("numpy", "scipy", "torch", "scikit-learn", "pandas", "plotly", "streamlit")

_HEADER = '''"""{title}: reproduces the numbers of the page.

Run `python reproduce.py` beside `numbers.csv` and the folder `alignlab`, in an environment with
the libraries listed in `parameters.json`. It prints the table and its distance from the page's.
"""

from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent

'''

_FOOTER = """
print(table.to_string())
page = pd.read_csv(HERE / "numbers.csv", index_col=INDEX, header=HEADER)
differences = (table - page.to_numpy()).abs() / (1 + page.abs().to_numpy())
beyond = differences.isna() & table.notna() & table.ne(page.to_numpy())  # infinite and finite
differences = differences.mask(beyond, float("inf"))
difference = differences.max(axis=None)
where = differences.index[differences.eq(difference).any(axis=1)].tolist()[:1]
print(f"largest difference to the page's numbers, relative above 1: {difference:.3g} at {where}")
assert table.isna().to_numpy().tolist() == page.isna().to_numpy().tolist()
assert not difference > 1e-8, "these are not the numbers of the page"
"""


def versions() -> dict[str, str]:
    """Versions of alignlab, Python and the libraries that are installed, by name."""
    found = {"alignlab": __version__, "python": platform.python_version()}
    for library in _LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:  # an optional one
            continue
    return found


def provenance(name: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The provenance of numbers: the page they belong to, settings, and versions of libraries."""
    return {"page": name, "parameters": dict(parameters), "versions": versions()}


def full_script(name: str, script: str, table: pd.DataFrame) -> str:
    """The script with a header, and a footer that compares its `table` with the page's."""
    footer = _FOOTER
    for word, axis in (("HEADER", table.columns), ("INDEX", table.index)):
        footer = footer.replace(word, repr(list(range(axis.nlevels))))
    return _HEADER.format(title=name) + script + footer
