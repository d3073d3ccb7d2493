"""Take-away packs, unpacked and run as a user would: outside the checkout."""

import io
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from alignlab.provenance import full_script
from alignlab.ui.takeaway import pack

RUN_ALL = """
import runpy, sys
from pathlib import Path
scripts = [Path(name) for name in sys.argv[1:]]
sys.path.insert(0, str(scripts[0].parent))
import alignlab
assert Path(alignlab.__file__).is_relative_to(scripts[0].parent)
for script in scripts:
    runpy.run_path(str(script))
"""
"""Python that runs the scripts of packs one after another, with the package in the first."""

NOTHING: Mapping[str, bytes] = {}


def unpack(
    folder: Path,
    script: str,
    table: pd.DataFrame,
    files: Mapping[str, bytes] = NOTHING,
    *,
    numbers: pd.DataFrame | None = None,
) -> Path:
    """The pack of a script that makes `table`, with the user's files, in a folder; its script.

    numbers : those in the pack, where they are not the script's.
    """
    whole = full_script("p", script, table)
    content = pack("p", {}, table if numbers is None else numbers, {}, whole, {})
    zipfile.ZipFile(io.BytesIO(content)).extractall(folder)
    for name, file in files.items():
        (folder / name).write_bytes(file)
    return folder / "reproduce.py"


def all_reproduce(folder: Path, scripts: Sequence[Path]) -> None:
    """Assert that every script finds the numbers of its pack, outside the checkout.

    They share one process, since most of the time goes into importing the libraries.
    """
    run = run_elsewhere(folder, "-c", RUN_ALL, *map(str, scripts))
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("largest difference to the page's numbers") == len(scripts)


def complete(content: bytes, charts: Iterable[str], folder: Path) -> None:
    """Assert that a pack has a figure of each chart, and that its script finds its numbers."""
    archive = zipfile.ZipFile(io.BytesIO(content))
    archive.extractall(folder)
    assert {f"figures/{name}.html" for name in charts} <= set(archive.namelist())
    all_reproduce(folder, [folder / "reproduce.py"])


def run_elsewhere(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Python with these arguments, in an empty folder within this one, and no environment."""
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=elsewhere,
        env={"PATH": "", "ALIGNLAB_DEVICE": "cpu"},
        capture_output=True,
        text=True,
        check=False,
    )
