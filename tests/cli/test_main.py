"""The command line as a whole: help, exit codes, refusals in one line, a light start."""

import os
import subprocess
import sys
import warnings

import numpy as np
import pytest

from alignlab.cli import diagnose
from alignlab.cli.main import COMMANDS, main
from alignlab.version import __version__
from tests.server import ROOT

ALL = ("x.npy", "y.npy", "--labels", "labels.csv", "--resamples", "2")


def one_line(capsys):
    """The only line that was printed: on stderr."""
    printed = capsys.readouterr()
    assert printed.out == ""
    (line,) = printed.err.splitlines()
    assert printed.err.endswith("\n")
    assert line.startswith("alignlab: error: ")
    return line.removeprefix("alignlab: error: ")


@pytest.mark.parametrize("arguments", [["--help"], *([name, "--help"] for name in COMMANDS)])
def test_help_is_printed_on_stdout(arguments, capsys):
    assert main(arguments) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith(f"usage: alignlab{' ' + arguments[0] if arguments[1:] else ''}")
    assert printed.err == ""


def test_the_version_is_printed(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"alignlab {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        ([], "required: COMMAND; alignlab --help lists the arguments"),
        (["paint"], "invalid choice: 'paint'"),
        (["diagnose"], "required: FILE; alignlab diagnose --help"),
        (["diagnose", "x.npy", "z.npy"], "there is no file z.npy: check the path"),
        (["diagnose", "x.npy", "y.npy", "--labels", "l.csv"], "there is no file l.csv"),
        (["diagnose", "notes.pkl"], "the ending .pkl"),
        (["diagnose", "x.npy", "short.npy"], "unequal rows"),
        (["diagnose", "few.npy"], "too few"),
        (["diagnose", "one.npy", "one2.npy", "--x", "z"], "there is no column or array 'z'"),
        (["diagnose", *ALL, "--label-columns", "z3"], "there is no column or array 'z3'"),
        (["diagnose", *ALL, "--scale", "as given"], "invalid choice: 'as given'"),
        (["diagnose", *ALL, "--seed", "-1"], "seed = -1"),
        (["diagnose", *ALL, "--seed", "x"], "invalid int value: 'x'"),
        (["diagnose", *ALL, "--kind", "classes"], "too many for classes"),
        (["diagnose", *ALL, "--key", "id"], "id"),
        (["diagnose", *ALL, "--report", "x.npy"], "x.npy is an input"),
        (["diagnose", *ALL, "--json", "./labels.csv"], "./labels.csv is an input"),
        (["diagnose", *ALL, "--json", "a", "--report", "a"], "a is named for two outputs"),
        (["diagnose", *ALL, "--json", "no/a.json"], "create it"),
        (["diagnose", *ALL, "--json", "/proc/a.json"], "/proc/a.json cannot be written"),
        (["diagnose", *ALL, "--json", "other.npy"], "--json other.npy: name a file ending in"),
        (["diagnose", *ALL, "--report", "-"], "--report -: name a file ending in .html"),
        (["diagnose", "few.npy", "--key", "word"], "there is no column 'word' to match rows by"),
        (["diagnose", "words.csv"], "no column holds numbers: 'a', 'b' hold text"),
        (["diagnose", "void.npy"], "void.npy could not be read as NPY: the file is empty"),
        (["diagnose", *ALL, "--json", "."], ". is a folder: name a file in it"),
        (["align", "x.npy", "y.npy", "--out", "maps.csv"], "name a file ending in .npz"),
        (["align", "x.npy", "y.npy", "--out", "m.npz", "-k", "9"], "k = 9"),
        (["align", "x.npy", "y.npy", "--out", "m.npz", "--holdout", "1"], "holdout"),
        (["align", "x.npy", "y.npy", "--out", "m.npz", "--method", "pca"], "invalid choice: 'pca'"),
        (["align", "x.npy", "y.npy", "--out", "x.npy"], "x.npy is an input"),
        (["sweep", "--over", "m", "--values", "2"], "'m'"),
        (["sweep", "--over", "n", "--values", "many"], "many"),
        (["sweep", "--over", "n", "--values", "0", "-2"], "n = 0, -2 cannot be drawn"),
        (["sweep", "--over", "d", "--values", "1"], "d = 1 cannot be drawn: give other values"),
        (["sweep", "--over", "n", "--values", "9", "--seeds", "2-0"], "the smaller number first"),
        (["sweep", "--over", "n", "--values", "9", "--seeds", "0-"], "--seeds 0-: give whole"),
        (["sweep", "--over", "n", "--values", "9", "--set", "m=1"], "--set m=1: give NAME=VALUE"),
        (["sweep", "--over", "n", "--values", "9", "--aligners", "pca"], "pca"),
    ],
)  # fmt: skip
def test_a_refusal_is_one_line_on_stderr_and_writes_nothing(files, arguments, cause, capsys):
    np.save("short.npy", files.X2[:50])
    np.save("few.npy", np.hstack([files.X1, files.X2])[:20])
    for name in ("one.npy", "one2.npy"):
        np.save(name, files.X1)
    for name in ("notes.pkl", "void.npy"):
        open(name, "w").close()
    with open("words.csv", "w") as words:
        words.write("a,b\nred,one\nblue,two\n")
    before = sorted(os.listdir())
    assert main(arguments) == 2
    assert cause in one_line(capsys)
    assert sorted(os.listdir()) == before


def test_an_interrupt_ends_with_130_and_writes_nothing(files, unchanged, monkeypatch, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(diagnose, "run_to_the_end", interrupted)
    assert main(["diagnose", *ALL, "--report", "r.html", "--json", "n.json"]) == 130
    assert capsys.readouterr().out == ""


def test_an_error_of_the_program_is_not_taken_for_bad_input(files, monkeypatch):
    monkeypatch.setattr(diagnose, "run_to_the_end", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        main(["diagnose", *ALL])


def test_warnings_of_the_package_are_notes_of_one_line(here, monkeypatch, capsys):
    def warned(arguments):
        warnings.warn("columns are\nsmall", stacklevel=1)
        warnings.warn("internal", RuntimeWarning, stacklevel=1)
        return 0

    monkeypatch.setattr(diagnose, "run", warned)
    assert main(["diagnose", "x"]) == 0
    assert capsys.readouterr().err == "alignlab: note: columns are small\n"


# --- As a process ---


def test_help_loads_no_library():
    code = "import sys; from alignlab.cli.main import main; print(main(['diagnose', '--help'])); "
    code += "print(sorted({name.partition('.')[0] for name in sys.modules}))"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    *_, ended, loaded = run.stdout.splitlines()
    assert ended == "0"
    assert "alignlab" in loaded
    for library in ("numpy", "pandas", "scipy", "torch", "plotly", "streamlit"):
        assert f"'{library}'" not in loaded


def test_the_module_is_the_command_and_ends_with_its_exit_code(files):
    run = subprocess.run(
        [sys.executable, "-m", "alignlab", "diagnose", *ALL[:2], "--report", "y.npy"],
        env={"PATH": "", "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 2
    assert run.stdout == ""
    assert run.stderr == ("alignlab: error: y.npy is an input: name another file for the output\n")
