"""The wheel, built once: what it holds, and that the app runs from it in an empty folder."""

import os
import subprocess
import sys
import tomllib
import zipfile
from email.parser import HeaderParser

import pytest

from tests.server import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PARTS = ("alignlab", "pages", "assets", "docs", ".streamlit")
FILES = ("app.py", "pyproject.toml", "LICENSE")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The path of the wheel of a copy of the sources: a build writes beside them."""
    folder = tmp_path_factory.mktemp("wheel")
    sources = folder / "sources"
    sources.mkdir()
    for name in (*PARTS, *FILES):
        (sources / name).symlink_to(ROOT / name)
    build = "import setuptools.build_meta as b, sys; b.build_wheel(sys.argv[1])"
    run = subprocess.run(
        [sys.executable, "-c", build, str(folder)],
        cwd=sources, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "No module named 'setuptools'" in run.stderr:
        pytest.skip("setuptools is not installed: the wheel cannot be built offline")
    assert run.returncode == 0, run.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def names(wheel):
    return set(zipfile.ZipFile(wheel).namelist())


@pytest.fixture(scope="module")
def metadata(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        return HeaderParser().parsestr(archive.read(name).decode())


def test_the_wheel_holds_every_module_and_what_is_beside_them(names):
    beside = {".py", ".js", ".css", ".typed"}
    expected = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "alignlab").rglob("*")
        if path.suffix in beside and "__pycache__" not in path.parts
    }
    assert {"alignlab/py.typed", "alignlab/ui/chart.js", "alignlab/ui/chart.css"} <= expected
    assert expected - names == set()


def test_the_wheel_holds_the_app(names):
    expected = {
        f"alignlab/app/{path.relative_to(ROOT).as_posix()}"
        for path in (
            ROOT / "app.py",
            ROOT / ".streamlit" / "config.toml",
            *(ROOT / "pages").glob("*.py"),
            *(ROOT / "assets").glob("*.png"),
            *(ROOT / "assets" / "har").glob("*.npz"),
            ROOT / "assets" / "stereo" / "trained.json",
        )
    }
    assert len(expected) > 25
    assert expected - names == set()


def test_the_wheel_holds_no_tests_and_nothing_outside_the_package(names):
    outside = {name for name in names if not name.startswith("alignlab/")}
    assert all(".dist-info/" in name for name in outside)
    assert not [name for name in names if "test" in name or "__pycache__" in name]


def test_a_plain_install_brings_five_libraries(metadata):
    required = [name for name in metadata.get_all("Requires-Dist") if "extra ==" not in name]
    light = {"numpy", "scipy", "scikit-learn", "pandas", "threadpoolctl"}
    assert {name.split(">")[0] for name in required} == light
    extras = {"train", "files", "hdf5", "fits", "maps", "umap", "plot", "app", "dask", "video"}
    assert set(metadata.get_all("Provides-Extra")) == extras
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert "](assets/" not in metadata.get_payload()  # a picture that an index would not find


def test_the_command_is_installed(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/entry_points.txt"))
        assert archive.read(name).decode().split("\n")[1] == "alignlab = alignlab.cli.main:main"


def test_the_requirements_bring_every_library_that_a_page_reads_with():
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    pinned = {line.split("==")[0] for line in lines if "==" in line}
    extras = PROJECT["project"]["optional-dependencies"]
    for extra in ("train", "files", "hdf5", "fits", "maps", "plot"):
        assert {name.split(">")[0] for name in extras[extra]} <= pinned


USER = """
from typing import assert_type

import numpy as np

import alignlab as al

data = al.generate(al.SyntheticSpec(n=100, d1=4, d2=3, k=2))
maps = al.cca(data.X1, data.X2, k=2)
assert_type(maps, al.Alignment)
Z1, Z2 = maps.embed(data.X1, data.X2)
found = al.diagnose(data.X1, data.X2, data.labels)
if found.regime == "Both":
    print(found.delta_ca + al.cmae(Z1, Z2), np.asarray(Z1).shape)
wrong: str = found.delta_ca
"""


def test_a_script_of_a_user_is_checked_against_the_types_of_the_package(wheel, tmp_path):
    site, script = tmp_path / "site", tmp_path / "script.py"
    zipfile.ZipFile(wheel).extractall(site)  # found as installed packages are: py.typed counts
    script.write_text(USER)
    run = subprocess.run(
        [sys.executable, "-P", "-m", "mypy", "--strict", "--no-error-summary",
         "--cache-dir", os.devnull, "script.py"],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(site)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    (error,) = run.stdout.splitlines()
    line = USER.splitlines().index("wrong: str = found.delta_ca") + 1
    assert error.startswith(f"script.py:{line}: error: Incompatible types in assignment")


SERVED = """
import sys
from argparse import Namespace
import alignlab
from alignlab.cli import app
from alignlab.ui.folder import app_folder
assert str(app_folder()).startswith(sys.argv[1]), app_folder()

import streamlit.web.bootstrap
def serve(script, hello, arguments, options):
    from streamlit.testing.v1 import AppTest
    from streamlit import config
    for name in ("server.address", "server.port", "browser.gatherUsageStats",
                 "server.fileWatcherType", "server.showEmailPrompt"):
        print(name, config.get_option(name))
    sys.path.insert(0, str(app_folder()))  # as the server does
    home = AppTest.from_file(script, default_timeout=60).run()
    assert not home.exception, home.exception
    print("title", home.title[0].value)
    import alignlab.ui.parts.activity.controls as activity
    print("shipped", sorted(path.name for path in activity.ASSETS.glob("*.npz")))
    from alignlab.ui.takeaway import pack
    import io, zipfile, pandas
    content = pack("p", {}, pandas.DataFrame({"a": [1]}), {}, "", {})
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    print("packed", "alignlab/linalg.py" in names, [n for n in names if "/app" in n or "/ui" in n])
streamlit.web.bootstrap.run = serve
app.run(Namespace(port=8777, address=None))
"""


def test_the_app_runs_from_the_wheel_with_its_own_settings(wheel, tmp_path):
    site, empty = tmp_path / "site", tmp_path / "empty"
    zipfile.ZipFile(wheel).extractall(site)
    empty.mkdir()
    run = subprocess.run(
        [sys.executable, "-c", SERVED, str(site)],
        cwd=empty, env=os.environ | {"PYTHONPATH": str(site), "HOME": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    said = dict(line.split(" ", 1) for line in run.stdout.splitlines() if " " in line)
    assert said["server.address"] == "127.0.0.1"
    assert said["server.port"] == "8777"
    assert said["browser.gatherUsageStats"] == "False"
    assert said["server.fileWatcherType"] == "none"
    assert said["server.showEmailPrompt"] == "False"
    assert said["title"].startswith("alignlab")
    assert "maps.npz" in said["shipped"]
    assert said["packed"] == "True []"
    assert list(empty.iterdir()) == []
