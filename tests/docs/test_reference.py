"""The API reference of the README builds from the docstrings without a warning."""

import re
import subprocess
import sys

import pytest

import alignlab as al
from tests.server import ROOT


def test_the_reference_has_every_public_name(tmp_path):
    pytest.importorskip("pdoc", reason="pdoc is not installed: see tests/requirements.txt")
    readme = (ROOT / "README.md").read_text()
    (options,) = re.findall(r"^\.venv/bin/pdoc (.*) -o \S+$", readme, re.MULTILINE)
    run = subprocess.run(
        [sys.executable, "-m", "pdoc", *options.split(), "-o", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert "warn" not in run.stderr.lower()
    page = (tmp_path / "alignlab.html").read_text()
    assert [name for name in al.__all__ if f'id="{name}"' not in page] == []
    assert 'id="PerfectAlignment"' in (tmp_path / "alignlab" / "estimators.html").read_text()
