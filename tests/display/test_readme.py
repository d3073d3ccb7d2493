"""The notebook section of the README runs as it stands, with a bar like tqdm's."""

import sys
from types import ModuleType

import alignlab as al
from tests.server import ROOT

MADE = []


class Bar:
    def __init__(self):
        self.n, self.total = 0, None
        MADE.append(self)

    def update(self, n):
        self.n += n


def test_the_notebook_section_of_the_readme_runs(monkeypatch, capsys):
    text = (ROOT / "README.md").read_text()
    code = text.split("<!-- notebook example -->\n```python\n")[1].split("```")[0]
    tqdm = ModuleType("tqdm.auto")
    tqdm.tqdm = Bar
    monkeypatch.setitem(sys.modules, "tqdm", ModuleType("tqdm"))
    monkeypatch.setitem(sys.modules, "tqdm.auto", tqdm)
    scope = {"al": al, "pairs": al.sample_spiked(al.SpikedSpec(kappa=2.0, nu=0.5), n=60, seed=0)}
    exec(code, scope)
    (bar,) = MADE
    assert bar.n == bar.total > 0
    assert scope["again"].to_json() == scope["found"].to_json()
    assert scope["Z1"].shape == (60, 3)
    assert scope["search"].best_params_["n_components"] in (1, 3)
    assert "p_fwer" in capsys.readouterr().out
