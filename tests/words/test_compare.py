from dataclasses import replace

import numpy as np

from alignlab.aligners.contrastive import ContrastiveSpec
from alignlab.aligners.views import pairwise_cmae, perfect_alignment_views
from alignlab.data.bent import BentSpec, bent_pairs
from alignlab.data.synthetic import SyntheticSpec, generate, generate_views, labels_as_view
from alignlab.experiments.compare import Comparison, ComparisonSpec, compare
from alignlab.experiments.views import aligned_views
from alignlab.words.compare import comparison_words, table_words
from alignlab.words.numbers import number
from alignlab.words.views import views_words

QUICK = ContrastiveSpec(steps=10)


def said(comparison):
    return "\n".join(comparison_words(comparison))


def test_nothing_is_said_of_nothing():
    data = generate(SyntheticSpec(n=50))
    assert comparison_words(Comparison(data, ComparisonSpec(contrastive=QUICK))) == []


def test_the_best_of_each_figure_is_named_and_the_distance_to_contrastive():
    data = generate(SyntheticSpec(n=200))
    done = compare(data, ComparisonSpec(contrastive=QUICK))
    plain, trained = (done.results[name] for name in ("perfect_alignment", "contrastive"))
    assert "R@1 1: plain PA" in said(done)
    orders = np.log10(trained.figures["train", "CMAE"] / plain.figures["train", "CMAE"])
    assert f"{orders:.1f} orders of magnitude smaller" in said(done)


def test_without_held_out_pairs_the_fitted_ones_decide():
    done = compare(
        generate(SyntheticSpec(n=60, noise=0.5)),
        ComparisonSpec(methods=("perfect_alignment", "cca"), holdout=0.0),
    )
    assert "Best on the fitted pairs" in said(done)
    assert "retrieval among 60 pairs" in table_words(done)


def test_a_modality_that_shrinks_is_named():
    data = labels_as_view(generate(SyntheticSpec(n=400, d1=8, components=4)))
    done = compare(data, ComparisonSpec(methods=("informative_alignment",)))
    assert "informative PA shrinks the map of modality 1" in said(done)
    plain = compare(data, ComparisonSpec(methods=("perfect_alignment",)))
    assert "plain PA collapses" in said(plain)
    fair = compare(generate(SyntheticSpec(n=400)), ComparisonSpec(methods=("cca",)))
    assert "shrinks" not in said(fair)


def test_a_training_that_still_improves_is_told_from_one_that_does_not():
    data = generate(SyntheticSpec(n=200))
    spec = ComparisonSpec(methods=("contrastive",), contrastive=ContrastiveSpec(steps=300))
    done = compare(data, spec)
    history = done.results["contrastive"].training.history
    for last, told in ((0.5, True), (0.99, False)):
        history[-1] = (*history[-1][:2], last * history[-1 - len(history) // 10][2])
        assert ("has not converged" in said(done)) == told


FEW = SyntheticSpec(n=200, d1=4, d2=4, noise=4.0, components=1)
BENDING = ("cca", "fourier_cca", "kernel_cca")


def test_what_nonlinear_aligners_gain_on_held_out_pairs_is_told():
    spec = ComparisonSpec(methods=BENDING)
    bent = compare(bent_pairs(BentSpec(n=600)), spec)
    assert "Nonlinear aligners find what linear ones miss" in said(bent)
    table = bent.table()["correlation"]
    best = table.drop("CCA").idxmax()
    assert f"{number(table[best])} for {best}, {number(table['CCA'])} for CCA" in said(bent)
    assert f"correlation {number(table[best])}: {best}" in said(bent)
    assert f"chose the ridge {number(bent.results['kernel_cca'].ridge)}**" in said(bent)
    few = compare(generate(FEW), replace(spec, methods=BENDING[:2]))
    assert "Nonlinear aligners gain nothing over linear ones" in said(few)
    assert "ridge" not in said(few)
    linear = compare(generate(FEW), replace(spec, methods=("cca", "pls_svd")))
    unseen = compare(generate(FEW), replace(spec, holdout=0.0))
    for other in (linear, unseen):
        assert "Nonlinear aligners" not in said(other)


def test_overfitting_is_told_with_the_correlation_on_both_splits():
    few = compare(generate(FEW), ComparisonSpec(methods=BENDING[:2], holdout=0.5))
    before, after = (few.table(split)["correlation"] for split in ("train", "held out"))
    told = f"RFF CCA from {number(before['RFF CCA'])} to {number(after['RFF CCA'])}."
    assert told in said(few)
    assert "CCA from" not in said(few).replace("RFF CCA", "")
    many = compare(generate(SyntheticSpec(n=400)), ComparisonSpec(methods=("cca",)))
    assert "Overfitted" not in said(many)


def test_failures_and_missing_classes_are_told():
    data = generate(SyntheticSpec(n=60, d1=2, d2=4, k=3))
    done = compare(data, ComparisonSpec(k=3, methods=("perfect_alignment", "cca")))
    assert "CCA could not be fitted" in said(done)
    single = generate(SyntheticSpec(n=60, components=1))
    done = compare(single, ComparisonSpec(methods=("perfect_alignment",)))
    assert "one class" in said(done)


def through(views, alignment):
    return aligned_views(views, {"one": alignment})["one"]


def test_words_on_many_views_name_the_worst_two():
    clean = generate_views(SyntheticSpec(n=100, d1=4, d2=3), 4)
    words = views_words(clean, through(clean, perfect_alignment_views(clean, 2)))
    assert words.startswith("**All views align exactly**")
    noisy = generate_views(SyntheticSpec(n=100, d1=4, d2=3, noise=1.0), 4)
    found = perfect_alignment_views(noisy, 2)
    words = views_words(noisy, through(noisy, found))
    assert words.startswith("**No exact alignment of all views**")
    between = pairwise_cmae(found.embed(noisy))
    i, j = sorted(np.unravel_index(between.argmax(), between.shape))
    assert f"between views {i + 1} and {j + 1}" in words
