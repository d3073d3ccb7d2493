"""`alignlab app`: start the dashboard in the browser, from a checkout or from the wheel."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace, _SubParsersAction
from pathlib import Path

from alignlab.extras import needed
from alignlab.ui.folder import app_folder

NO_HOME = "/nonexistent"
"""The home folder of users that have none, as Debian names it."""


def add(subparsers: _SubParsersAction[ArgumentParser]) -> None:
    """Add the command to the parser of `alignlab`."""
    parser = subparsers.add_parser(
        "app",
        help="start the dashboard",
        description="Start the dashboard on http://127.0.0.1:8501. It sends no telemetry and loads "
        "nothing from other servers. Stop it with Ctrl+C.",
    )
    parser.add_argument("--port", type=int, help="port to listen on (8501)")
    parser.add_argument(
        "--address",
        help="address to listen on (127.0.0.1); beyond this machine, files can be named only under "
        "the folders of ALIGNLAB_DATA_ROOTS",
    )
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    """Serve the dashboard until it is stopped; the exit status.

    Raises ValueError for a number that is no port or a limit that the environment sets wrongly,
    and ModuleNotFoundError where a library of the extra `app` is missing.
    """
    if arguments.port is not None and not 1 <= arguments.port <= 65535:
        raise ValueError(f"--port {arguments.port} is no port: give 1 to 65535")
    from alignlab.ui.limits import check

    check()
    for library in ("plotly", "orjson", "streamlit"):
        needed(library, "app", "the dashboard")
    from streamlit.web.cli import main

    try:
        Path.home()
    except RuntimeError:  # of a user that no list knows; Streamlit looks for settings there
        os.environ["HOME"] = NO_HOME
    main(command(arguments), prog_name="streamlit", standalone_mode=False)
    return 0


def command(arguments: Namespace) -> list[str]:
    """Arguments of Streamlit; its settings lie beside the script, in `.streamlit/config.toml`."""
    flags = {"port": arguments.port, "address": arguments.address}
    given = [f"--server.{name}={value}" for name, value in flags.items() if value is not None]
    return ["run", str(app_folder() / "app.py"), *given]
