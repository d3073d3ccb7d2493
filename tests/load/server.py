"""The app as a process of its own whose memory, files and threads can be read."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from tests.server import IN_A_BROWSER, ROOT, _wait_until_healthy


@dataclass(frozen=True)
class Server:
    """A running app.

    home : an own folder with `tmp` (TMPDIR), `cache` (XDG_CACHE_HOME) and the log.
    """

    address: str
    process: subprocess.Popen
    home: Path

    def memory(self) -> int:
        """Resident bytes of the process."""
        return psutil.Process(self.process.pid).memory_info().rss

    def files(self) -> int:
        """Open file descriptors, sockets included."""
        return psutil.Process(self.process.pid).num_fds()

    def threads(self) -> int:
        return psutil.Process(self.process.pid).num_threads()

    def cpu(self) -> float:
        """Seconds of processor time so far."""
        times = psutil.Process(self.process.pid).cpu_times()
        return times.user + times.system

    def log(self) -> str:
        return (self.home / "log").read_text(errors="replace")

    def temporary(self) -> list[Path]:
        """The files in its folder for temporary files."""
        return sorted(path for path in (self.home / "tmp").rglob("*") if path.is_file())

    def stop(self, how: signal.Signals = signal.SIGTERM, seconds: float = 60) -> int:
        """Send the signal and wait for the end; the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(timeout=seconds)
        finally:
            self.process.kill()


@contextmanager
def started(
    home: Path | None = None,
    root: Path = ROOT,
    port: int | None = None,
    module: str = "streamlit",
    **environment: str,
) -> Iterator[Server]:
    """Start the app on a port of 127.0.0.1, a free one if none is given, and stop it at the end.

    home : kept between two starts, as that of a user is; temporary if None.
    module : what is run in the place of Streamlit, such as `tests.load.counting`.
    """
    with TemporaryDirectory() as own:
        home = home or Path(own)
        for name in ("tmp", "cache"):
            (home / name).mkdir(parents=True, exist_ok=True)
        port = port or free_port()
        options = {"server.port": str(port), "server.headless": "true"}
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        folders = {
            "HOME": str(home),
            "TMPDIR": str(home / "tmp"),
            "XDG_CACHE_HOME": str(home / "cache"),
        }
        with (home / "log").open("ab") as printed:
            process = subprocess.Popen(
                [sys.executable, "-m", module, "run", "app.py", *arguments],
                cwd=root,
                env=os.environ | IN_A_BROWSER | folders | environment,
                stdout=printed,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl+C stops who uses it first
            )
        server = Server(f"http://127.0.0.1:{port}", process, home)
        try:
            _wait_until_healthy(server.address, process)
            yield server
        finally:
            server.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
