"""Where the app's script, pages and pictures lie: in a checkout, or in the installed package."""

from __future__ import annotations

from pathlib import Path


def app_folder() -> Path:
    """The folder with `app.py`, `pages/`, `assets/` and `.streamlit/`.

    A wheel carries it as `alignlab/app`; in a checkout it is the folder above the package.
    """
    package = Path(__file__).parents[1]
    carried = package / "app"
    return carried if carried.is_dir() else package.parent
