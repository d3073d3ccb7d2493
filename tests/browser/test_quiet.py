"""The server prints its address, and nothing else."""

import shutil
import tomllib

import pytest

from tests.browser.driver import drawn
from tests.server import ROOT, running_app

PAGES = {"": 1, "alignment": 5, "diagnose": 1, "activity?pictures=ca&perplexity=9.0": 1}
"""Pages to visit, with the number of charts to wait for."""

MANY = 300
"""Number of files that change beside the app while a page is visited. (A file watcher would warn of
about ten thousand at once, as written by an installer, but that would make the test too slow.)"""


def test_no_file_is_watched_by_default():
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert config["server"]["fileWatcherType"] == "none"
    assert "--server.fileWatcherType auto" in (ROOT / "README.md").read_text()


@pytest.fixture
def own_copy(tmp_path):
    """The app as downloaded, with a virtual environment beside it."""
    root = tmp_path / "alignlab"
    root.mkdir()
    for name in ("app.py", "alignlab", "pages", "assets", ".streamlit"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, root)
    (root / ".venv" / "lib").mkdir(parents=True)
    return root


def test_the_log_holds_where_the_app_is_and_nothing_else(page, own_copy, tmp_path):
    log = tmp_path / "log.txt"
    cache = str(tmp_path / "cache")
    with running_app(log, own_copy, XDG_CACHE_HOME=cache, PYTHONWARNINGS="default") as address:
        for path, plots in PAGES.items():
            for number in range(MANY):
                (own_copy / ".venv" / "lib" / f"module{number}.py").write_text(path)
            (own_copy / "alignlab" / "verdict.py").touch()
            page.goto(f"{address}/{path}")
            drawn(page, plots)
    lines = [line.strip() for line in log.read_text().splitlines() if line.strip()]
    started = [line for line in lines if "server started on" in line.lower()]
    said = [
        "You can now view your Streamlit app in your browser.",
        f"URL: {address}",
        "Stopping...",
    ]
    assert [line for line in lines if line not in (*started, *said)] == []
    assert said[1] in lines
