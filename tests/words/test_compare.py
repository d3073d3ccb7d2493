import numpy as np

from alignlab.aligners.contrastive import ContrastiveSpec
from alignlab.aligners.views import pairwise_cmae, perfect_alignment_views
from alignlab.data.synthetic import SyntheticSpec, generate, generate_views, labels_as_view
from alignlab.experiments.compare import Comparison, ComparisonSpec, compare
from alignlab.experiments.views import aligned_views
from alignlab.words.compare import comparison_words, table_words
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
