"""The shell example of the README prints what the README shows."""

from alignlab.cli.main import main
from tests.server import ROOT


def test_the_shell_example_of_the_readme_is_real(here, capsys):
    section = (ROOT / "README.md").read_text().split("<!-- shell example -->")[1]
    code = section.split("```python\n")[1].split("```")[0]
    exec(code, {})
    command, expected = section.split("```console\n$ ")[1].split("```")[0].split("\n", 1)
    name, *arguments = command.split()
    assert name == "alignlab"
    assert main(arguments) == 0
    assert capsys.readouterr().out == expected
    assert (here / "report.html").stat().st_size > 1_000_000
