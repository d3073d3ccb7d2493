import ast
import gzip
import os
import re
import subprocess
import sys
import tomllib
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib import import_module

import pytest

import alignlab
from alignlab.files.tables import MAX_BYTES
from tests.server import ROOT

SOURCES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in [
        *(ROOT / "alignlab").rglob("*.py"),
        *(ROOT / "pages").glob("*.py"),
        ROOT / "app.py",
    ]
}
SHOWN_BY = {
    "alignlab.aligners.alignment": "alignlab.display.alignment",
    "alignlab.aligners.views": "alignlab.display.alignment",
    "alignlab.diagnosis.result": "alignlab.display.diagnosis",
}
"""Results, and the module that their methods import to show them; the one way from compute to words
and figures, open only while such a method runs."""
COMPUTE = sorted(
    name
    for name in SOURCES
    if name.startswith("alignlab")
    and name.split(".")[1:2]
    not in [["ui"], ["figures"], ["display"], ["report"], ["cli"], ["__main__"]]
)
WRITES_FIGURES = sorted(
    name for name in SOURCES
    if name.startswith(("alignlab.report", "alignlab.cli")) and name != "alignlab.cli.app"
)  # fmt: skip
"""What imports figures, and plotly with them, when a report is asked for and not before."""


@cache
def parsed(name):
    """The syntax tree of a module, parsed once; nobody may change it."""
    return ast.parse(SOURCES[name].read_text())


@cache
def imports(name, source=None):
    """Full names of all modules, or names in them, that a module imports at any depth.

    What only type checkers import is left out.
    """
    initial = SOURCES[name].name == "__init__.py"
    found = set()
    for node in at_run_time(parsed(name) if source is None else ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = name.split(".") if initial else name.split(".")[:-1]
            parents = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            found |= {f"{base}.{alias.name}" for alias in node.names}
    return frozenset(found)


def at_run_time(node):
    """All nodes of a tree, but those under `if TYPE_CHECKING:`."""
    yield node
    skipped = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    for child in [node.test, *node.orelse] if skipped else ast.iter_child_nodes(node):
        yield from at_run_time(child)


def importers(library):
    return {name for name in SOURCES if within(imports(name), library)}


def within(names, package):
    return {name for name in names if name == package or name.startswith(f"{package}.")}


PACKAGE = sorted(within(SOURCES, "alignlab"))
SHARED_FIGURES = ("animation", "matrix", "scatter", "spectrum", "theme")
"""Figures that any page may be made of."""

GROUND = (
    "arrays", "checks", "extras", "grid", "linalg", "metrics", "names", "neighbours", "partners",
    "precision", "projection", "provenance", "records", "units", "version", "work",
)  # fmt: skip
COMPUTED = ("data", "aligners", "spiked", "diagnosis", "spaces", "maps", "experiments")
FRAME = (
    "ui.state", "ui.setting", "ui.controls", "ui.panel", "ui.page", "ui.chart", "ui.points",
    "ui.hover", "ui.jobs",
    "ui.takeaway", "ui.folder", "ui.queue", "ui.limits", "ui.sessions", "ui.whole_runs",
    "ui.disk", "ui.ending", "ui.server", "ui.later", "ui.plain", "ui.memory", "ui.progress",
    "ui.terms", "ui.companions", "ui.presenter", "ui.beside", "ui.halves",
)  # fmt: skip

MAY_IMPORT = {
    # ground: numbers, checks and names that everything stands on
    **dict.fromkeys(("extras", "names", "version"), ()),
    **dict.fromkeys(("arrays", "linalg"), ("extras",)),
    "precision": ("arrays",), "checks": ("arrays",), "grid": ("checks",), "units": ("linalg",),
    "provenance": ("version",),
    **dict.fromkeys(("projection", "work"), ("linalg", "checks")),
    "partners": ("linalg",), "metrics": ("linalg", "checks", "partners"),
    "records": ("checks",), "neighbours": ("checks", "extras", "linalg", "work"),
    # compute: what is aligned, how, and what is learnt from it
    "data": ("data", "checks", "extras"),
    "files": ("files", "data", "checks", "extras"),
    "aligners": ("aligners", "arrays", "checks", "extras", "linalg", "metrics", "precision",
                 "records", "units", "work"),
    "estimators": ("aligners", "checks"),
    "spiked": ("spiked", "data", "aligners", *GROUND),
    "diagnosis": ("diagnosis", "data", "aligners", "spiked", *GROUND),
    "spaces": ("spaces", *GROUND),
    "maps": ("maps", "spaces.faithfulness", *GROUND),
    "har": ("har", "aligners", "maps", "files.formats.matlab_headers", *GROUND),
    "experiments": ("har", *COMPUTED, *GROUND),
    "lessons": ("lessons", *COMPUTED, *GROUND),
    # what is said and drawn of results
    "words": ("words", "har", *COMPUTED, *GROUND),
    "figures": ("figures", "har", *COMPUTED, *GROUND),
    "display": ("display", "words", "figures", *COMPUTED, *GROUND),
    "report": ("report", "words", "figures", "files", *COMPUTED, *GROUND),
    # the command line; only the command that starts the app knows where that is
    "cli": ("", "cli", "report", "words", "files", *COMPUTED, *GROUND), "__main__": ("cli",),
    "cli.app": ("extras", "ui.folder", "ui.limits"),
    # the pages
    **dict.fromkeys(FRAME, (*FRAME, "checks", "provenance", "version")),
    **dict.fromkeys(("ui.jobs", "ui.progress"), (*FRAME, "checks", "work")),
    "ui.halves": (*FRAME, "figures.comparison"),
    "ui.terms": (*FRAME, "words.glossary", "words.terms"),
    "ui.files": ("ui.files", "files", "data", *FRAME),
    "ui.parts": ("ui.parts", "ui.files", "files", "words", "figures", "report", "har", *COMPUTED,
                 *GROUND, *FRAME),
    "ui.catalog": ("ui.parts", *FRAME),
    "ui.lessons": ("ui.lessons", "ui.catalog", "ui.parts", "lessons", "words", *COMPUTED, *GROUND,
                   *FRAME),
    "ui": (),
    # the public names
    "": (*COMPUTED, "files", *GROUND),
}  # fmt: skip
"""What each module or folder of alignlab may import of ours; the longest entry that fits counts."""


def test_imports_are_read_in_every_spelling():
    source = (
        "import a.b as c\nfrom d import e, f\nfrom . import g\nfrom ..h import i\n"
        "def late():\n    import j\nif TYPE_CHECKING:\n    import k\n"
    )
    expected = {"a.b", "d.e", "d.f", "alignlab.ui.g", "alignlab.h.i", "j"}
    assert imports("alignlab.ui.page", source) == expected


def test_linalg_imports_nothing_of_ours_that_computes():
    assert within(imports("alignlab.linalg"), "alignlab") == {"alignlab.extras.needed"}


def test_only_the_user_interface_imports_streamlit():
    found = importers("streamlit")
    assert "app" in found
    allowed = ("alignlab.ui", "alignlab.cli.app", "pages", "app")
    assert [name for name in found if not name.startswith(allowed)] == []


def test_only_figures_and_the_user_interface_import_plotly():
    found = importers("plotly")
    assert any(name.startswith("alignlab.figures") for name in found)
    allowed = ("alignlab.figures", "alignlab.report", "alignlab.ui", "pages")
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
            for node in ast.walk(parsed(name))
            if isinstance(node, ast.Attribute)
            and node.attr in {"svd", "eigh", "eigvalsh", "qr", "cholesky", "lstsq", "solve"}
        }
        for name in COMPUTE
    }
    assert spelled.pop("alignlab.linalg")
    # the generator shapes the singular values of its own small matrices
    assert spelled.pop("alignlab.data.synthetic") <= {"svd"}
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
    assert spelled == {"alignlab/figures/theme.py", "alignlab/ui/theme.js"}


def test_nothing_is_ever_unpickled():
    unpicklers = ("pickle", "cPickle", "_pickle", "joblib", "dill", "cloudpickle", "shelve")
    for name, path in SOURCES.items():
        assert not any(within(imports(name), library) for library in unpicklers), name
        for node in ast.walk(parsed(name)):
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
            *(f"import {name}" for name in (*COMPUTE, *WRITES_FIGURES)),
            "print(sorted(name for name in sys.modules if name.startswith('alignlab')))",
        ]
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert ast.literal_eval(run.stdout) == sorted((*COMPUTE, *WRITES_FIGURES))


def test_importing_alignlab_leaves_words_and_figures_alone():
    unwanted = {"streamlit", "plotly", "alignlab.words", "alignlab.figures", "alignlab.display"}
    code = f"import sys, alignlab; print({unwanted} & set(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "set()"


def test_aligning_and_diagnosing_load_no_optional_library():
    code = """
import sys
import numpy as np, pandas  # which imports pyarrow itself where it is installed
before = set(sys.modules)
import alignlab as al
X, Y = np.random.default_rng(0).normal(size=(2, 60, 300))
al.cca(X[:, :3], Y[:, :2], 1), al.perfect_alignment(X, Y, 2)
al.diagnose(X[:, :3], Y[:, :2], X[:, 0] > 0)
print(sorted({name.partition(".")[0] for name in set(sys.modules) - before}))
print("scipy.stats" in sys.modules)
"""
    environment = os.environ | {"ALIGNLAB_DEVICE": "cpu"}
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded, statistics = map(ast.literal_eval, run.stdout.splitlines())
    assert "scipy" in loaded
    optional = {
        "torch", "pyarrow", "plotly", "streamlit", "dask", "h5py", "astropy", "safetensors", "av",
        "sklearn", "openTSNE", "faiss", "umap",
    }  # fmt: skip
    assert optional & set(loaded) == set()
    assert not statistics


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


def rule_of(module):
    """The longest entry of `MAY_IMPORT` that a module falls under."""
    short = module.removeprefix("alignlab").removeprefix(".")
    return max((rule for rule in MAY_IMPORT if fits(short, rule)), key=len, default=None)


def fits(short, rule):
    return short == rule or (rule != "" and short.startswith(f"{rule}."))


def edges(name):
    """The modules of alignlab that a module imports, anywhere in it, but to show a result."""
    found = set()
    for imported in within(imports(name), "alignlab"):
        while imported not in SOURCES:  # a name in a module
            imported = imported.rpartition(".")[0]
        found.add(imported)
    return found - {name, SHOWN_BY.get(name)}


def test_imports_are_resolved_to_modules():
    assert rule_of("alignlab.spiked.theory") == "spiked"
    assert rule_of("alignlab.ui.files.columns") == "ui.files"
    assert rule_of("alignlab.nowhere") is None
    assert "alignlab.aligners.alignment" in edges("alignlab.aligners.perfect")
    assert "alignlab.linalg" in edges("alignlab.aligners.perfect")


def test_every_module_has_a_rule_and_every_rule_a_module():
    assert [name for name in PACKAGE if rule_of(name) is None] == []
    assert set(MAY_IMPORT) == {rule_of(name) for name in PACKAGE}


def test_no_import_goes_against_the_rules():
    against = [
        (name, other)
        for name in PACKAGE
        for other in sorted(edges(name))
        if not any(
            fits(other.removeprefix("alignlab").removeprefix("."), allowed)
            for allowed in MAY_IMPORT[rule_of(name)]
        )
    ]
    assert against == []


@pytest.mark.parametrize("name", SHOWN_BY)
def test_a_result_loads_what_shows_it_only_inside_its_methods(name):
    tree = ast.parse(SOURCES[name].read_text())
    assert within(imports(name), SHOWN_BY[name])
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.body = [ast.Pass()]
    assert within(imports(name, ast.unparse(tree)), "alignlab.display") == set()


def test_no_modules_import_each_other_in_a_circle():
    TopologicalSorter({name: edges(name) for name in PACKAGE}).prepare()
    with pytest.raises(CycleError):
        TopologicalSorter({"a": {"b"}, "b": {"a"}}).prepare()


def test_the_catalogue_draws_nothing():
    code = "import sys, alignlab.ui.catalog; print(sorted(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = ast.literal_eval(run.stdout.splitlines()[-1])
    assert "alignlab.ui.parts.phase" in loaded
    assert within(loaded, "alignlab.figures") == set()


@pytest.mark.parametrize("page", sorted(path.stem for path in (ROOT / "pages").glob("*.py")))
def test_a_page_has_its_name_in_every_layer(page):
    if page == "home":  # it shows the others
        return
    part = f"alignlab.ui.parts.{page}"
    assert f"alignlab.words.{page}" in SOURCES
    assert part in SOURCES
    if page == "glossary":  # words alone
        return
    parts = within(edges(f"pages.{page}"), "alignlab.ui.parts")
    users = {f"pages.{page}", *parts, *within(SOURCES, part)}
    drawn = {name for user in users for name in within(edges(user), "alignlab.figures")}
    assert drawn
    if drawn - {f"alignlab.figures.{name}" for name in SHARED_FIGURES}:
        assert f"alignlab.figures.{page}" in SOURCES


def test_public_names_are_the_same_at_run_time_and_for_type_checkers():
    checked = {
        alias.name: node.module
        for node in ast.walk(parsed("alignlab"))
        if isinstance(node, ast.ImportFrom) and node.module.startswith("alignlab.")
        for alias in node.names
        if alias.asname is None
    }
    assert checked == alignlab._HOMES
    assert sorted(alignlab.__all__) == sorted(checked) == alignlab.__all__
    assert set(checked) <= set(dir(alignlab))
    for name, home in checked.items():
        assert getattr(alignlab, name) is getattr(import_module(home), name)
    with pytest.raises(AttributeError, match="'alignlab' has no attribute 'nothing'"):
        alignlab.nothing  # noqa: B018


@pytest.mark.parametrize("package", ["alignlab", "alignlab.har"])
def test_no_public_name_hides_a_module(package):
    public = import_module(package).__all__
    assert public
    assert [name for name in public if f"{package}.{name}" in SOURCES] == []


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="all tests run in one process")
@pytest.mark.xdist_group("one")
def test_the_tests_of_a_group_run_on_one_worker(request):
    assert request.node.nodeid.endswith("@one")  # pytest-xdist goes by this suffix


@pytest.mark.parametrize("content", [gzip.compress(b"now"), b"", "two\nlines"])
def test_contents_of_files_are_not_in_the_names_of_tests(request, content):
    assert re.search(r"\[content[012]\]", request.node.nodeid)
