"""Every public name has an example in its docstring, and the example runs."""

import doctest
import inspect

import pytest

import alignlab as al

MAKERS = {
    "Alignment": "perfect_alignment",
    "Diagnosis": "diagnose",
    "MonteCarlo": "monte_carlo",
    "SeparationRatios": "separation_ratios",
}
"""Results are shown by a function that returns them; all other names by themselves."""


def example(name):
    """The doctest of a public name; it sees nothing but what it imports itself."""
    public = getattr(al, name)
    doc = inspect.cleandoc(public.__doc__ or "")  # its own, not that of a base
    return doctest.DocTestParser().get_doctest(doc, {}, name, None, None)


@pytest.mark.parametrize("name", al.__all__)
def test_a_public_name_has_an_example_of_its_own_and_it_runs(name):
    found = example(name)
    assert "\nExamples\n--------\n" in found.docstring
    assert any(f"al.{MAKERS.get(name, name)}(" in one.source for one in found.examples)
    assert any(one.want for one in found.examples)
    assert not any(one.options.get(doctest.SKIP) for one in found.examples)
    report = []
    result = doctest.DocTestRunner(verbose=False).run(found, out=report.append)
    assert result.attempted == len(found.examples)
    assert result.failed == 0, "".join(report)


def test_an_example_that_is_wrong_is_noticed():
    wrong = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, None)
    assert doctest.DocTestRunner(verbose=False).run(wrong, out=lambda text: None).failed == 1
