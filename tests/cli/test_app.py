import os
import sys
from argparse import ArgumentParser
from pathlib import Path

import pytest

from alignlab.cli import app
from tests.server import ROOT


def parsed(*arguments):
    parser = ArgumentParser()
    app.add(parser.add_subparsers())
    return parser.parse_args(["app", *arguments])


def test_a_checkout_serves_its_own_script():
    assert app.command(parsed()) == ["run", str(ROOT / "app.py")]


def test_port_and_address_are_passed_on():
    command = app.command(parsed("--port", "8600", "--address", "0.0.0.0"))
    assert command[2:] == ["--server.port=8600", "--server.address=0.0.0.0"]


@pytest.mark.parametrize("library", ["streamlit", "plotly", "orjson"])
def test_a_missing_library_names_the_extra(monkeypatch, library):
    monkeypatch.setitem(sys.modules, library, None)
    remedy = rf"dashboard needs {library}.*: pip install 'alignlab\[app\]'$"
    with pytest.raises(ModuleNotFoundError, match=remedy):
        app.run(parsed())


@pytest.mark.parametrize("port", ["0", "65536"])
def test_a_number_that_is_no_port_is_refused(port):
    arguments = parsed("--port", port)
    with pytest.raises(ValueError, match=rf"--port {port} is no port: give 1 to 65535"):
        arguments.run(arguments)


def test_a_user_without_a_home_folder_is_served(monkeypatch):
    served = []
    monkeypatch.setattr("streamlit.web.cli.main", lambda *_, **__: served.append(os.environ))
    monkeypatch.setenv("HOME", "kept")
    monkeypatch.setattr(Path, "home", lambda: (_ for _ in ()).throw(RuntimeError("no home")))
    assert app.run(parsed()) == 0
    assert served[0]["HOME"] == app.NO_HOME
