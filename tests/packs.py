"""Take-away packs, unpacked and run as a user would: outside the checkout."""

import io
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from alignlab.provenance import full_script
from alignlab.ui.takeaway import pack

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
