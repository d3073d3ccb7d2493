"""The verdict of each page in one line: short, and what its numbers say."""

import pytest

from alignlab.aligners.views import perfect_alignment_views
from alignlab.data.synthetic import SyntheticSpec, generate, generate_views
from alignlab.experiments.compare import Comparison, ComparisonSpec, compare
from alignlab.experiments.transfer import TransferSpec
from alignlab.experiments.views import aligned_views
from alignlab.experiments.whitening import corners, member
from alignlab.spiked.model import SpikedSpec
from alignlab.spiked.samples import RecoveryMaps
from alignlab.spiked.theory import separation_ratios
from alignlab.ui.parts.home import pictured_study
from alignlab.words import compare as compared
from alignlab.words import (
    home,
    inspect,
    phase,
    recovery,
    samples,
    synthetic,
    transfer,
    views,
    whitening,
)
from alignlab.words.findings import Finding, confirmed_words
from alignlab.words.inspect import Found
from tests.words.test_recovery import EACH, finished

LONGEST = 105
"""Characters of a line that fits beside the sidebar of a window of 1024 pixels."""


def one_line(words):
    plain = words.replace("**", "")
    assert "\n" not in plain
    assert 10 < len(plain) <= LONGEST, plain
    assert plain.endswith((".", "%"))
    return plain


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({}, "Perfect alignment exists: 2 null directions ≥ k = 2."),
        ({"k": 3}, "Perfect alignment is not certain: 1 null direction < k = 3."),
        ({"noise": 0.5}, "Noise fills the null space: no perfect alignment of more than 2 pairs."),
    ],
)
def test_synthetic_pairs(fields, verdict):
    assert one_line(synthetic.headline(SyntheticSpec(**fields))) == verdict


def test_home_asks_without_noise_and_answers_with_it():
    assert "Drag the noise" in one_line(home.headline(pictured_study(0.0), 0.0))
    for sigma in (0.5, 1.0, 3.0):
        study = pictured_study(sigma)
        words = one_line(home.headline(study, sigma))
        assert "The smaller error is the worse alignment" in words
        table = study.table
        plain, other = (table[(name, "train")] for name in ("plain", "informative"))
        assert plain["CMAE"] < other["CMAE"]
        assert plain["pair retrieval"] < other["pair retrieval"]
        assert f"CMAE {plain['CMAE']:.3g} against {other['CMAE']:.3g}" in words
        assert "collapse" in home.answer_words(study)


def test_whitening():
    uneven = generate(SyntheticSpec(n=200, d1=8, d2=6, noise=3.0, components=3))
    for a, b, said in (
        (0.0, 0.0, "At a = 0, b = 0 the subspaces are those of plain PA."),
        (1.0, 1.0, "At a = 1, b = 1 the subspaces are those of CCA."),
        (0.5, 0.5, "At a = 0.5, b = 0.5 "),
    ):
        found = member(uneven, 2, "stack", a, b, corners(uneven, 2))
        assert one_line(whitening.headline(found)).startswith(said)


def test_many_views():
    for k, exact in ((2, "All views align exactly"), (3, "No exact alignment")):
        X = generate_views(SyntheticSpec(n=60, d1=2, d2=2 if k == 2 else 1, k=k), 3)
        found = aligned_views(X, {"perfect alignment": perfect_alignment_views(X, k)})
        assert one_line(views.headline(X, found["perfect alignment"])).startswith(exact)


def test_transfer():
    found = {"Gaussian transfer": 0.97, "supervised on modality 2": 0.98}
    words = one_line(transfer.headline(TransferSpec(classes=2), found))
    assert words == "Gaussian transfer reaches 97%; with labels 98%, chance 50%."


@pytest.mark.parametrize("direction", ["cp", "cp_reverse"])
@pytest.mark.parametrize(
    "spec", [SpikedSpec(), SpikedSpec(gamma_tilde_y=0.05), SpikedSpec(nu=0.99)]
)
def test_phase(spec, direction):
    found = separation_ratios(spec)
    words = one_line(phase.headline(found, direction))
    assert words.startswith(f"{phase.regime_of(found, direction)}. ")


def test_samples():
    maps = RecoveryMaps(
        spec=SpikedSpec(d=6, k=2), n=50, seeds=(0,), kappas=(0.0, 2.0), nus=(0.0, 0.5)
    )
    work = maps.sampling()
    assert one_line(samples.headline(maps, work)).startswith("Nothing is sampled yet")
    for _ in work.run():
        pass
    assert one_line(samples.headline(maps, work)).startswith("Lost at n = 50")


@pytest.mark.parametrize("name", EACH)
def test_recovery(name):
    study = EACH[name]
    assert one_line(recovery.headline(study, study.sampling())) == "Nothing is measured yet."
    words = one_line(recovery.headline(study, finished(study)))
    assert "nan" not in words


def test_comparison():
    data = generate(SyntheticSpec(n=80, noise=0.5))
    spec = ComparisonSpec(methods=("perfect_alignment", "cca"))
    assert one_line(compared.headline(Comparison(data, spec))) == "Nothing is fitted yet."
    done = compare(data, spec)
    errors = {name: one.figures["held out", "NCMAE"] for name, one in done.results.items()}
    best = {"perfect_alignment": "plain PA", "cca": "CCA"}[min(errors, key=errors.get)]
    words = one_line(compared.headline(done))
    assert words.startswith(f"Least NCMAE on held-out pairs: {best}, ")


def test_inspected_spaces():
    one = {"x and y": Found(0.25, 0.5)}
    words = one_line(inspect.headline(one, 200))
    assert words == "The nearest × is the partner for 25% of the ○; chance 0.5%."
    both = inspect.headline(one | {"CCA": Found(0.75, 0.5)}, 200)
    assert "25% (x and y), 75% (CCA) of the ○" in one_line(both)


def test_findings_are_counted():
    found = [Finding(claim="", verdict=verdict, because="") for verdict in
             ("confirmed", "confirmed", "not seen")]  # fmt: skip
    assert one_line(confirmed_words(found)) == (
        "Findings of the papers here: 2 confirmed, 1 not seen."
    )
    assert confirmed_words([]) == ""
