"""In place of `tests/conftest.py` on the lowest libraries: no browser, no torch, no oracles.

Modules of tests that need a library which is not installed are left out, and tests that meet such a
need are skipped.
"""

import re
from importlib.util import find_spec

import pytest
from hypothesis import settings

from alignlab.extras import MissingLibraryError

settings.register_profile("alignlab", deadline=None, derandomize=True)
settings.load_profile("alignlab")

OPTIONAL = (
    "torch", "cca_zoo", "dask", "streamlit", "plotly", "playwright", "ml_dtypes", "anndata",
    "mudata", "polars", "xarray",
)  # fmt: skip
MISSING = [name for name in OPTIONAL if find_spec(name) is None]
NEEDED = re.compile(
    rf"^(import|from) ({'|'.join(MISSING)}|tests\.inputs|alignlab\.ui)\b", re.MULTILINE
)


def pytest_ignore_collect(collection_path, config):
    if collection_path.suffix == ".py" and NEEDED.search(collection_path.read_text()):
        return True
    return None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    try:
        return (yield)
    except MissingLibraryError as error:
        pytest.skip(str(error))
