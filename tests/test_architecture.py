import ast
import re
import subprocess
import sys
import tomllib

import pytest

from alignlab.tables import MAX_BYTES
from tests.server import ROOT

SOURCES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in [
        *(ROOT / "alignlab").rglob("*.py"),
        *(ROOT / "pages").glob("*.py"),
        ROOT / "app.py",
    ]
}
COMPUTE = sorted(
    name
    for name in SOURCES
    if name.startswith("alignlab") and not name.startswith(("alignlab.ui", "alignlab.figures"))
)


def imports(name, source=None):
    """Full names of all modules, or names in them, that a module imports at any depth."""
    path = SOURCES[name]
    found = set()
    for node in ast.walk(ast.parse(path.read_text() if source is None else source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
            parents = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            found |= {f"{base}.{alias.name}" for alias in node.names}
    return found


def importers(library):
    return {name for name in SOURCES if within(imports(name), library)}


def within(names, package):
    return {name for name in names if name == package or name.startswith(f"{package}.")}


def test_imports_are_read_in_every_spelling():
    source = (
        "import a.b as c\nfrom d import e, f\nfrom . import g\nfrom ..h import i\n"
        "def late():\n    import j\n"
    )
    expected = {"a.b", "d.e", "d.f", "alignlab.ui.g", "alignlab.h.i", "j"}
    assert imports("alignlab.ui.page", source) == expected


def test_linalg_imports_nothing_of_ours():
    assert within(imports("alignlab.linalg"), "alignlab") == set()


def test_only_the_user_interface_imports_streamlit():
    found = importers("streamlit")
    assert "app" in found
    assert [name for name in found if not name.startswith(("alignlab.ui", "pages", "app"))] == []


def test_only_figures_and_the_user_interface_import_plotly():
    found = importers("plotly")
    assert any(name.startswith("alignlab.figures") for name in found)
    allowed = ("alignlab.figures", "alignlab.ui", "pages")
    assert [name for name in found if not name.startswith(allowed)] == []


@pytest.mark.parametrize("name", COMPUTE)
def test_compute_imports_neither_figures_nor_the_user_interface(name):
    assert within(imports(name), "alignlab.ui") == set()
    assert within(imports(name), "alignlab.figures") == set()


def test_figures_do_not_import_the_user_interface():
    figures = [name for name in SOURCES if name.startswith("alignlab.figures")]
    assert figures
    for name in figures:
        assert within(imports(name), "alignlab.ui") == set()


def test_nothing_imports_the_pages():
    assert importers("pages") == set()


def test_factorisations_happen_in_linalg_alone():
    spelled = {
        name: {
            node.attr
            for node in ast.walk(ast.parse(SOURCES[name].read_text()))
            if isinstance(node, ast.Attribute)
            and node.attr in {"svd", "eigh", "eigvalsh", "qr", "cholesky", "lstsq", "solve"}
        }
        for name in COMPUTE
    }
    assert spelled.pop("alignlab.linalg")
    # the generator shapes the singular values of its own small matrices
    assert spelled.pop("alignlab.synthetic") <= {"svd"}
    assert {name: found for name, found in spelled.items() if found} == {}


def test_colours_are_spelled_in_the_theme_alone():
    colour = re.compile(r"#[0-9a-f]{3,8}\b|\brgba?\(", re.IGNORECASE)
    spelled = {
        path.relative_to(ROOT).as_posix()
        for ending in ("*.py", "*.css", "*.js")
        for folder in ("alignlab", "pages")
        for path in (ROOT / folder).rglob(ending)
        if colour.search(path.read_text())
    }
    # the browser's script has a fallback for each colour that the page's own theme should give
    assert spelled == {"alignlab/figures/theme.py", "alignlab/ui/chart.js"}


def test_nothing_is_ever_unpickled():
    unpicklers = ("pickle", "cPickle", "_pickle", "joblib", "dill", "cloudpickle", "shelve")
    for name, path in SOURCES.items():
        tree = ast.parse(path.read_text())
        assert not any(within(imports(name), library) for library in unpicklers), name
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
                assert isinstance(node.value, ast.Constant), name
                assert node.value.value is False, name
            if isinstance(node, ast.Attribute):
                assert node.attr != "read_pickle", name
        # also in the scripts that the app writes
        assert "allow_pickle=True" not in path.read_text(), name


def test_the_compute_package_is_importable_without_streamlit_or_plotly():
    code = "\n".join(
        [
            "import sys",
            "sys.modules['streamlit'] = sys.modules['plotly'] = None",
            *(f"import {name}" for name in COMPUTE),
            "print(sorted(name for name in sys.modules if name.startswith('alignlab')))",
        ]
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert ast.literal_eval(run.stdout) == COMPUTE


def test_importing_alignlab_leaves_streamlit_and_plotly_alone():
    code = "import sys, alignlab; print({'streamlit', 'plotly'} & set(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "set()"


def test_the_server_listens_on_loopback_and_sends_nothing():
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert config["server"]["address"] == "127.0.0.1"
    assert config["browser"]["gatherUsageStats"] is False
    assert config["server"]["maxUploadSize"] * 2**20 == MAX_BYTES


def test_the_test_command_of_the_readme_is_the_one_that_ci_runs():
    readme = (ROOT / "README.md").read_text()
    command = readme.split("<!-- test command -->\n```bash\n")[1].split("\n```")[0]
    assert command.endswith(".venv/bin/pytest")
    assert "<!-- test command -->" in (ROOT / ".ci" / "run").read_text()
