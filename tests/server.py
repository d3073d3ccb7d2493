"""The app as a server of its own, for browser tests and benchmarks."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent

IN_A_BROWSER = {"ALIGNLAB_CONTROLS": ""}
"""Environment of a server whose pages have the app's own controls, which other tests do without."""

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str | None:
    """Path of an installed Chromium or Chrome, None where there is none.

    The headless shell comes first: it draws the same pages without a browser's own windows, in
    about two thirds of the time.
    """
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


@contextmanager
def running_app(log: Path | None = None, root: Path = ROOT, **environment: str) -> Iterator[str]:
    """Start the app on a free port of 127.0.0.1, yield its address, stop it at the end.

    log : a file for what it prints. root : a copy of the app.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py"]
    options = {"server.port": port, "server.headless": "true"}
    arguments = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    with Path(log or os.devnull).open("wb") as printed:
        process = subprocess.Popen(
            command + arguments,
            cwd=root,
            env=os.environ | IN_A_BROWSER | environment,
            stdout=printed,
            stderr=subprocess.STDOUT,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        base = environment.get("STREAMLIT_SERVER_BASE_URL_PATH", "")
        _wait_until_healthy(f"{address}/{base}".rstrip("/"), process)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(timeout=60)
        finally:
            process.kill()


def _wait_until_healthy(address: str, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=2)
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError("the app did not start")
