"""Names from outside never become links, pictures, colours or formulas on a page."""

import numpy as np
import pandas as pd
import pytest
from markdown_it import MarkdownIt

from alignlab.ui.catalog import DIAGNOSE, INSPECT
from alignlab.ui.files.paths import allowed
from alignlab.ui.plain import MOST, as_written, named, shortened
from tests.apptest import open_page, settle
from tests.benchmarks.fuzz_addresses import (
    SECRET,
    TEXTS,
    addresses,
    leaks,
    runs_wrong,
    wrong_with,
)

NASTY = f"![x](https://{SECRET}/a.png) <b>**k**</b> $y$"


@pytest.mark.parametrize("text", [text for text in TEXTS if text.strip()], ids=range(44 + 0))
def test_markdown_finds_nothing_in_a_text_from_outside(text):
    pass
