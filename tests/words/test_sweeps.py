import pytest

from alignlab.data.synthetic import SyntheticSpec
from alignlab.experiments.sweeps import IN_SAMPLE, Plan, Sweep
from alignlab.names import FIELD_NAMES
from alignlab.words.sweeps import (
    base_words,
    figure_4_words,
    impossible_words,
    mark_words,
    metric_words,
    sweep_words,
)

SWEPT_ON_THE_PAGE = ("n", "d", "k", "noise", "condition", "components", "d1_share")
BASE = {"n": 1500, "k": 3, "d1": 4, "d2": 5, "noise": 0.25}


def swept(over="noise", values=(0.0, 1.0), over2=None, values2=(), **fields):
    spec = SyntheticSpec(**BASE | fields)
    return Sweep(spec=spec, over=over, values=values, over2=over2, values2=values2)


def planned(sweep, seeds=3, aligners=("perfect_alignment",)):
    return Plan(
        sweeps=(sweep,), seeds=tuple(range(seeds)), aligners=aligners, metrics=("cmae",)
    ).evaluation()


@pytest.mark.parametrize(
    ("values", "seeds", "start"),
    [
        ((4, 6, 1000), 20, "**n** from 4 to 1,000 in 3 values; 20 seeds each. "),
        ((7,), 1, "**n** at 7; 1 seed each. "),
    ],
)
def test_a_sweep_is_said_with_its_range_and_seeds(values, seeds, start):
    sweep = swept("n", values)
    words = sweep_words(sweep, planned(sweep, seeds))
    assert words.startswith(start)
    assert "left out" not in words
    assert words == words.rstrip()


@pytest.mark.parametrize("over", SWEPT_ON_THE_PAGE)
def test_a_swept_field_is_called_by_its_name(over):
    value = 0.5 if over == "d1_share" else 6
    sweep = swept(over, (value,))
    words = sweep_words(sweep, planned(sweep))
    assert words.startswith(f"**{FIELD_NAMES[over]}** at {value}; 3 seeds")


def test_two_fields_are_said_one_against_the_other():
    sweep = swept("k", (1, 2), "noise", (0.001, 1e6))
    words = sweep_words(sweep, planned(sweep))
    assert words.startswith(
        "**k** from 1 to 2 in 2 values against **noise σ** from 0.001 to 1,000,000 in 2 values; "
        "3 seeds each. Fixed: n = 1,500, d₁ = 4, d₂ = 5."
    )


@pytest.mark.parametrize(
    ("over", "over2", "said"),
    [
        ("n", None, "k = 3, d₁ = 4, d₂ = 5, σ = 0.25"),
        ("k", None, "n = 1,500, d₁ = 4, d₂ = 5, σ = 0.25"),
        ("d", None, "n = 1,500, k = 3, σ = 0.25"),
        ("d1_share", None, "n = 1,500, k = 3, d₁ + d₂ = 9, σ = 0.25"),
        ("noise", None, "n = 1,500, k = 3, d₁ = 4, d₂ = 5"),
        ("components", None, "n = 1,500, k = 3, d₁ = 4, d₂ = 5, σ = 0.25"),
        ("condition", "d", "n = 1,500, k = 3, σ = 0.25"),
        ("d1_share", "d", "n = 1,500, k = 3, σ = 0.25"),
        ("n", "k", "d₁ = 4, d₂ = 5, σ = 0.25"),
        ("noise", "d", "n = 1,500, k = 3"),
    ],
)
def test_what_is_swept_is_not_said_to_stay(over, over2, said):
    sweep = swept(over, (2,), over2, (2,) if over2 else ())
    assert base_words(sweep) == f"Fixed: {said}."


@pytest.mark.parametrize(
    ("aligners", "ks", "said"),
    [
        (("perfect_alignment",), range(1, 10), ""),
        (("perfect_alignment",), range(1, 11), "1 of 10 points is left out: k exceeds d₁"),
        (("perfect_alignment",), range(1, 13), "3 of 12 points are left out: k exceeds d₁"),
        (("cca",), range(1, 7), "2 of 6 points are left out"),
        (("perfect_alignment", "cca"), range(1, 6), "At 1 of 5 points k exceeds the limit of some"),
        (("perfect_alignment", "cca"), range(1, 11), "1 of 10 points is left out"),
        (
            ("perfect_alignment", "cca"),
            range(1, 11),
            "At 5 of 10 points k exceeds the limit of some",
        ),
    ],
)
def test_points_left_out_are_counted(aligners, ks, said):
    evaluation = planned(swept("k", tuple(ks)), aligners=aligners)
    words = impossible_words(evaluation)
    assert said in words
    assert bool(said) == bool(words)
    assert words in sweep_words(swept("k", tuple(ks)), evaluation)
    assert words in figure_4_words(evaluation)


def test_the_counts_are_those_of_the_points_without_a_row():
    sweep = swept("k", tuple(range(1, 12)), n=30)
    evaluation = planned(sweep, aligners=("perfect_alignment", "cca", "least_squares"))
    for _ in evaluation.run():
        pass
    rows = evaluation.measured.any(axis=1).sum(axis=1)
    assert list(rows) == [3] * 4 + [2] * 5 + [0] * 2
    assert "2 of 11 points are left out" in impossible_words(evaluation)
    assert "At 5 of 11 points k exceeds the limit of some" in impossible_words(evaluation)


def test_figure_4_says_how_its_bands_are_made():
    words = figure_4_words(planned(swept(), seeds=1))
    assert words.startswith("1 seed per point: mean, and a band from the 10th to the 90th")


@pytest.mark.parametrize("metric", IN_SAMPLE)
@pytest.mark.parametrize(
    ("pairs", "where"),
    [
        ("fitted", "on the fitted pairs"),
        ("held_out", "on 500 held-out pairs"),
        ("both", "on the fitted pairs (solid) and on 500 held-out ones (dashed)"),
    ],
)
def test_a_metric_is_captioned_with_the_pairs_it_is_measured_on(metric, pairs, where):
    among = ", among the first 500 pairs" if metric == "retrieval" else ""
    start = f"{IN_SAMPLE[metric].label} {where}{among}: "
    assert metric_words(metric, pairs, 1) == f"{start}one seed."
    assert metric_words(metric, pairs, 7) == (
        f"{start}mean of 7 seeds, band from the 10th to the 90th percentile."
    )


@pytest.mark.parametrize(
    ("over", "values", "noise", "said"),
    [
        ("k", (1, 9), 0.0, "Dotted: k = d/2 at 4.5, k = d at 9."),
        ("k", (4.5, 8), 0.0, "Dotted: k = d/2 at 4.5."),  # the end counts
        ("k", (9, 1), 0.0, "Dotted: k = d/2 at 4.5, k = d at 9."),
        ("k", (1, 9), 1.0, "Dotted: k = d at 9."),
        ("k", (1, 4), 0.0, ""),
        ("d", (2, 2000), 1.0, "Dotted: n = d − k at 1,503, k = d at 3."),
        ("n", (2, 2000), 1.0, "Dotted: n = d − k at 6."),
        ("n", (2, 2000), 0.0, ""),
        ("n", (7, 2000), 1.0, ""),
        ("noise", (0.0, 1.0), 1.0, ""),
    ],
)
def test_the_lines_that_cross_a_sweep_are_said_with_their_place(over, values, noise, said):
    assert mark_words(swept(over, values, noise=noise)) == said
