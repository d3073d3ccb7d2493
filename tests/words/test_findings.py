import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignlab.data.synthetic import SyntheticSpec
from alignlab.experiments.sweep_ranges import sweep_values, usual_range
from alignlab.experiments.sweeps import SWEPT, Plan, Sweep, run
from alignlab.words.findings import NEEDED, findings, no_findings_words
from alignlab.words.numbers import number

FIGURE_4 = SyntheticSpec(n=1000, k=10, d1=10, d2=10)
PLAIN = "perfect_alignment"
ROUNDING = 1e-15


def swept(over, values, **fields):
    spec = SyntheticSpec(**{"n": 1000, "k": 10, "d1": 10, "d2": 10} | fields)
    return Sweep(spec=spec, over=over, values=tuple(values))


def rows(values, aligner="perfect_alignment", **metrics):
    """A frame with one seed; metrics have one number per value, 1 if not given."""
    table = {"value": list(values), "seed": 0, "aligner": aligner}
    return pd.DataFrame(table | {name: metrics.get(name, 1.0) for name in NEEDED})


def verdict(found, claim):
    (one,) = [finding for finding in found if claim in finding.claim]
    return one.verdict


def measured(sweep, seeds=3):
    plan = Plan(
        sweeps=(sweep,), seeds=tuple(range(seeds)), aligners=("perfect_alignment",), metrics=NEEDED
    )
    return run(plan)


def measured_figure_4(over, noise, seeds=4):
    spec = SyntheticSpec(n=1000, k=10, d1=10, d2=10, noise=noise)
    values = sweep_values(spec, over, 20, *usual_range(spec, over))
    sweep = Sweep(spec=spec, over=over, values=values)
    table = measured(sweep, seeds)
    return findings(sweep, table), table.groupby("value").mean(numeric_only=True)


# --- Pairs ---


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ([3e-16, 8e-15, 1e-12], "confirmed"),  # rounding error only
        ([0.2, 0.3, 0.5], "confirmed"),
        ([ROUNDING, ROUNDING, 0.5], "not seen"),
        ([0.1, 0.3, 0.5], "not seen"),
        ([np.nan, np.nan, np.nan], "not seen"),
    ],
)
def test_without_noise_pairs_do_not_matter_where_the_error_is_flat(error, expected):
    table = rows([5, 20, 100], relative_cmae=error)
    for k, reason in ((2, False), (10, False), (11, expected == "not seen")):  # d/2 is 10
        found = findings(swept("n", [5, 20, 100], k=k), table)
        assert verdict(found, "does not matter") == expected
        (finding,) = [f for f in found if "does not matter" in f.claim]
        assert ("exist only for few pairs" in finding.because) == reason


@pytest.mark.parametrize(
    ("cmae", "relative", "expected"),
    [
        ([1e-14, 1e-14, 1.0], [1e-15, 1e-15, 0.1], "confirmed"),
        ([0.5, 0.5, 1.0], [0.1, 0.1, 0.2], "not seen"),
        ([1e-14, 0.5, 1.0], [1e-15, 0.1, 0.2], "not seen"),  # it jumped before
        ([1e-14, 1e-14, 1.0], [0.1, 0.1, 0.2], "seen only because of collapse"),
        ([0.0, 0.0, 1.0], [0.0, 0.0, 0.2], "confirmed"),
    ],
)
def test_the_jump_is_sought_between_the_values_next_to_the_threshold(cmae, relative, expected):
    values = [4, 10, 11]
    table = rows(values, cmae=cmae, relative_cmae=relative)
    found = findings(swept("n", values, noise=1.0), table)
    assert verdict(found, "jumps where n passes d₁ + d₂ − k = 10") == expected
    (finding,) = [f for f in found if "jumps" in f.claim]
    assert "at n = 10 to 1 at n = 11" in finding.because
    assert ("in the sample only" in finding.because) == (expected != "not seen")


@pytest.mark.parametrize("values", [[2, 10], [11, 20, 1000]])
def test_values_on_one_side_of_the_threshold_give_no_claim_of_a_jump(values):
    found = findings(swept("n", values, noise=1.0), rows(values))
    assert [f.claim for f in found] == ["MLRE shows no clear pattern in n (plot 8)."]


def test_a_latent_as_large_as_the_views_leaves_no_pairs_below_the_threshold():
    values = [2, 10, 100]
    found = findings(swept("n", values, k=20, noise=1.0), rows(values))
    assert not any("jumps" in f.claim for f in found)


# --- Features and latent dimension ---


@pytest.mark.parametrize(("over", "claim"), [("d", "CMAE falls"), ("k", "CMAE grows")])
@pytest.mark.parametrize(
    ("cmae", "relative", "expected"),
    [
        ([8.0, 4.0, 2.0, 1.0], [0.8, 0.4, 0.2, 0.1], "confirmed"),
        ([1.0, 2.0, 4.0, 8.0], [0.1, 0.2, 0.4, 0.8], "not seen"),
        ([1.4, 1.3, 1.2, 1.0], [0.8, 0.4, 0.2, 0.1], "not seen"),  # too small a change
        ([8.0, 1.0, 9.0, 2.0], [0.8, 0.1, 0.9, 0.2], "not seen"),  # up and down
        ([8.0, 4.0, 2.0, 1.0], [0.5, 0.5, 0.5, 0.5], "seen only because of collapse"),
        ([8.0, 4.0, 2.0, 1.0], [0.1, 0.2, 0.4, 0.8], "seen only because of collapse"),
        ([8.0, 1e-14, 3e-15, 2e-14], [1.0, 1e-15, 1e-15, 1e-15], "confirmed"),  # rounding ties
        ([3e-14, 1e-14, 3e-15, 1e-15], [1e-15] * 4, "not seen"),  # rounding alone
    ],
)
def test_a_trend_is_judged_with_and_without_the_scale(over, claim, cmae, relative, expected):
    values = [20, 24, 28, 32] if over == "d" else [2, 4, 6, 8]
    at = slice(None, None, 1 if over == "d" else -1)
    found = findings(swept(over, values), rows(values, cmae=cmae[at], relative_cmae=relative[at]))
    assert verdict(found, claim) == expected


@pytest.mark.parametrize("over", ["d", "k"])
@pytest.mark.parametrize("relative", [[0.8, 0.1], [0.5, 0.5]])
def test_a_trend_says_its_ends_and_what_the_latent_keeps(over, relative):
    values, at = ([20, 40], slice(None)) if over == "d" else ([2, 8], slice(None, None, -1))
    error, kept = [1234.5, 1e-3][at], [0.9, 0.05][at]
    table = rows(values, cmae=error, relative_cmae=relative[at], kept_norm=kept)
    trend = findings(swept(over, values), table)[0]
    first, last = ("90%", "5%") if over == "d" else ("5%", "90%")
    ends, relative_ends = ([number(value) for value in both] for both in (error, relative[at]))
    tail = ": what changes is the length of the latent" if relative == [0.5, 0.5] else ""
    assert trend.because == (
        f"CMAE goes from {ends[0]} to {ends[1]}, relative to the latent's length from "
        f"{relative_ends[0]} to {relative_ends[1]}; the latent keeps {first} of the data's length "
        f"at the start and {last} at the end{tail}."
    )


@pytest.mark.parametrize(
    ("cmae", "relative", "expected"),
    [
        ([ROUNDING, ROUNDING, 3.0], [ROUNDING, ROUNDING, 0.5], "confirmed"),
        ([ROUNDING, 1.0, 3.0], [ROUNDING, 0.1, 0.5], "not seen"),
        ([ROUNDING, ROUNDING, 3.0], [ROUNDING, 0.1, 0.5], "seen only because of collapse"),
        ([0.0, 0.0, 3.0], [np.nan, np.nan, 0.5], "seen only because of collapse"),
    ],
)
def test_zero_below_half_looks_at_the_values_below_half_only(cmae, relative, expected):
    values = [9, 10, 11]
    found = findings(swept("k", values), rows(values, cmae=cmae, relative_cmae=relative))
    assert verdict(found, "zero where k ≤ d/2") == expected
    (finding,) = [f for f in found if "k ≤ d/2" in f.claim]
    most = number(max(cmae[:2]))
    assert finding.because == f"there CMAE is at most {most}, elsewhere 3 or more."


def test_zero_is_judged_against_the_length_of_the_true_latent():
    values = [9, 10]
    tiny, of_it = {"cmae": 1e-7, "relative_cmae": ROUNDING}, {"latent_norm": 1e4}
    claim = "zero where k ≤ d/2"
    assert verdict(findings(swept("k", values), rows(values, **tiny)), claim) == "not seen"
    assert verdict(findings(swept("k", values), rows(values, **tiny, **of_it)), claim) == (
        "confirmed"
    )


@pytest.mark.parametrize(("over", "values"), [("k", [11, 12, 20]), ("d", [10, 14, 18])])
def test_above_half_only_nothing_is_claimed_of_zero(over, values):
    found = findings(swept(over, values), rows(values))
    assert not any("d/2" in f.claim for f in found)
    below = findings(swept("k", [1, 5, 10]), rows([1, 5, 10]))
    assert not any("elsewhere" in f.because for f in below)


@pytest.mark.parametrize("over", ["d", "k"])
def test_with_noise_nothing_is_claimed_of_zero(over):
    values = [4, 20, 30] if over == "d" else [1, 10, 15]
    zero = {"cmae": ROUNDING, "relative_cmae": ROUNDING}
    assert verdict(findings(swept(over, values), rows(values, **zero)), "k ≤ d/2") == "confirmed"
    noisy = findings(swept(over, values, noise=1e-3), rows(values, **zero))
    assert len(noisy) == 2
    assert not any("d/2" in f.claim for f in noisy)


# --- MLRE ---


@pytest.mark.parametrize(
    ("mlre", "grows", "patternless"),
    [
        ([1.0, 2.0, 3.0, 4.0], "confirmed", "not seen"),
        ([4.0, 3.0, 2.0, 1.0], "not seen", "not seen"),
        ([2.0, 3.0, 1.0, 4.0], "not seen", "confirmed"),
        ([2.0, 2.0, 2.0, 2.0], "not seen", "confirmed"),
    ],
)
def test_the_order_of_mlre_decides_whether_it_grows_or_has_no_pattern(mlre, grows, patternless):
    assert (
        verdict(findings(swept("k", [1, 2, 3, 4]), rows([1, 2, 3, 4], mlre=mlre)), "MLRE grows")
        == grows
    )
    for over in ("n", "d"):
        found = findings(swept(over, [20, 22, 24, 26]), rows([20, 22, 24, 26], mlre=mlre))
        assert verdict(found, f"no clear pattern in {over}") == patternless


# --- Which panels are cited ---


@pytest.mark.parametrize(
    ("over", "noise", "plots"),
    [
        ("n", 0.0, [1, 2]),
        ("n", 1.0, [7, 8]),
        ("d", 0.0, [3, 3, 4]),
        ("d", 1.0, [9, 10]),
        ("k", 0.0, [5, 5, 6]),
        ("k", 1.0, [11, 12]),
    ],
)
def test_a_claim_cites_the_panel_of_its_own_row(over, noise, plots):
    values = [4, 8, 12, 20]
    found = findings(swept(over, values, noise=noise), rows(values))
    assert [re.findall(r"plots? (\d+)", f.claim) for f in found] == [[str(n)] for n in plots]


# --- Why there is no claim ---


@pytest.mark.parametrize("over", SWEPT)
def test_why_there_is_no_claim_is_said(over):
    sweep = swept(over, [10])
    papers = over in ("n", "d", "k")
    alone, among = (no_findings_words(sweep, names) for names in (["cca"], ["cca", PLAIN]))
    if not papers:
        assert alone == among == "The papers make no claim about this sweep: they vary n, d and k."
    else:
        assert "about plain perfect alignment, which is not selected." in alone
        assert among == "A trend needs at least two measurable values."


# --- Which rows count ---


@given(st.permutations(range(8)), st.floats(0.1, 10))
def test_means_over_seeds_decide_in_whatever_order_the_rows_come(order, size):
    values = [20, 24, 28, 32]
    sweep = swept("d", values)
    falling = size * np.array([8.0, 4.0, 2.0, 1.0])
    mean = rows(values, cmae=falling, relative_cmae=falling)
    around = [
        rows(values, cmae=falling + by, relative_cmae=falling + by).assign(seed=seed)
        for seed, by in enumerate((-5.0, 5.0))
    ]
    shuffled = pd.concat(around).iloc[list(order)]
    assert [f.verdict for f in findings(sweep, shuffled)] == [
        f.verdict for f in findings(sweep, mean)
    ]


def test_other_aligners_do_not_count():
    values = [5, 20]
    other = rows(values, aligner="cca", relative_cmae=[ROUNDING, 1.0], mlre=[1.0, 2.0])
    sweep = swept("n", values)
    assert findings(sweep, other) == []
    plain = rows(values)
    assert findings(sweep, pd.concat([plain, other])) == findings(sweep, plain)


@pytest.mark.parametrize("over", ["n", "d", "k"])
def test_fewer_than_two_values_give_no_claim(over):
    assert findings(swept(over, [10]), rows([10])) == []
    assert findings(swept(over, [10]), rows([])) == []


@pytest.mark.parametrize("over", sorted(set(SWEPT) - {"n", "d", "k"}))
def test_the_papers_say_nothing_of_other_fields(over):
    assert findings(swept(over, [1, 2]), rows([1, 2])) == []


# --- Real sweeps ---


def test_figure_4_over_pairs_is_confirmed():
    clean, means = measured_figure_4("n", 0.0)
    assert [f.verdict for f in clean] == ["confirmed"] * 2
    assert means["cmae"].max() < 1e-12
    noisy, means = measured_figure_4("n", 1.0)
    assert [f.verdict for f in noisy] == ["confirmed"] * 2
    below = means["cmae"][means.index <= 10]
    above = means["cmae"][means.index > 10]
    assert below.max() < 1e-12 < 0.1 < above.min()
    before, after = number(below.iloc[-1]), number(above.iloc[0])
    assert f"from {before} at n = 9 to {after} at n = 12" in noisy[0].because


@pytest.mark.parametrize("over", ["d", "k"])
def test_figure_4_over_dimensions_is_confirmed_with_zeros_only_without_noise(over):
    clean, means = measured_figure_4(over, 0.0)
    assert [f.verdict for f in clean] == ["confirmed"] * 3
    within = means.index >= 20 if over == "d" else means.index <= 10
    assert means["cmae"][within].max() < 1e-12
    assert means["cmae"][~within].min() > 1
    most, least = (
        number(end) for end in (means["cmae"][within].max(), means["cmae"][~within].min())
    )
    assert clean[1].because == f"there CMAE is at most {most}, elsewhere {least} or more."
    noisy, means = measured_figure_4(over, 1.0)
    assert [f.verdict for f in noisy] == ["confirmed"] * 2
    assert not any("zero" in f.claim for f in noisy)
    assert means["cmae"][within].min() > 0.1
    assert f"CMAE goes from {number(means['cmae'].iloc[0])} to " in noisy[0].because


def test_pairs_do_matter_without_noise_where_k_exceeds_half_of_d():
    sweep = Sweep(spec=SyntheticSpec(k=15, d1=10, d2=10), over="n", values=(3, 5, 100, 1000))
    found = findings(sweep, measured(sweep))
    assert verdict(found, "does not matter") == "not seen"


def test_an_error_that_grows_only_with_the_length_of_the_latent_is_told_apart():
    spec = SyntheticSpec(n=200, k=2, d1=40, d2=40, noise=1.0)
    sweep = Sweep(spec=spec, over="k", values=(2, 4, 8, 16))
    table = measured(sweep, seeds=8)
    means = table.groupby("value").mean(numeric_only=True)
    assert means["cmae"].iloc[-1] > 3 * means["cmae"].iloc[0]
    assert means["relative_cmae"].iloc[-1] < 1.2 * means["relative_cmae"].iloc[0]
    assert verdict(findings(sweep, table), "CMAE grows") == "seen only because of collapse"


def test_with_many_noisy_pairs_the_error_hardly_falls_with_features():
    spec = SyntheticSpec(n=2000, k=2, d1=2, d2=2, noise=1.0)
    sweep = Sweep(spec=spec, over="d", values=(4, 8, 16, 32))
    assert verdict(findings(sweep, measured(sweep)), "CMAE falls") == "not seen"
