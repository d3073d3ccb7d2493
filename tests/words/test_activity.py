from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from alignlab.har import ProtocolSpec
from alignlab.har.pictures import PictureSpec
from alignlab.har.protocol import FIGURES, MORE, MethodRun, ProtocolResult
from alignlab.har.splits import Split
from alignlab.maps import PairMap, Snapshot
from alignlab.words.activity import (
    by_action,
    cell,
    differences,
    forming_caption,
    further_figures,
    picture_caption,
    picture_words,
    result_words,
    setting,
    table_1,
    time_words,
)

ACTIONS = np.tile(np.arange(1, 5), 10)
PARTS = np.split(np.arange(40), [16, 32, 36])
SPLIT = Split(**dict(zip(("har", "align", "val", "test"), PARTS, strict=True)))


def run(method, seed, top_1, cmae, ncmae):
    figures = dict.fromkeys((*FIGURES, *MORE), 0.5)
    figures |= {"top-1": top_1, "CMAE": cmae, "NCMAE": ncmae}
    return MethodRun(
        method=method, seed=seed, figures=figures, source=None, target=None,
        predicted=ACTIONS[SPLIT.test] % 4 + 1 if method == "ca" else ACTIONS[SPLIT.test],
        seconds=1.0,
    )  # fmt: skip


def result(**by_method):
    """A result from (top-1, CMAE, NCMAE) of every seed, by method."""
    seeds = tuple(range(len(next(iter(by_method.values())))))
    return ProtocolResult(
        spec=ProtocolSpec(seeds=seeds), dataset="made up",
        names=tuple(f"n{at}" for at in range(40)), actions=ACTIONS,
        subjects=np.ones(40, dtype=int), trials=np.ones(40, dtype=int),
        splits=dict.fromkeys(seeds, SPLIT),
        runs={
            (method, seed): run(method, seed, *figures)
            for method, rows in by_method.items()
            for seed, figures in enumerate(rows)
        },
    )  # fmt: skip


CA = [(0.5, 4.0, 0.7), (0.6, 4.2, 0.7), (0.7, 4.4, 0.7)]


def test_nothing_finished_says_nothing():
    assert result_words(replace(result(ca=CA), runs={})) == []


def test_the_headline_names_accuracy_chance_and_ceiling():
    words = result_words(result(ca=CA, ceiling=[(0.9, np.nan, np.nan)] * 3))[0]
    assert "60.0\u202f±\u202f10.0 %" in words
    assert "chance 25.0 %" in words
    assert "one sequence is 25.0 percentage points" in words
    assert "With labels of the target itself it is 90.0\u202f±\u202f0.0 %" in words
    assert "changes this by" not in words


def test_the_headline_says_what_plain_alignment_changes():
    better = [(top1 + 0.1, *others) for top1, *others in CA]
    words = result_words(result(ca=CA, ca_pa=better))[0]
    assert "Adding plain perfect alignment changes this by +10.0\u202f±\u202f0.0 points." in words


def test_the_ceiling_has_one_name_in_words_and_table():
    found = result(ca=CA, ceiling=CA)
    assert "it is 60.0\u202f±\u202f10.0 % (the supervised ceiling)" in result_words(found)[0]
    assert "supervised ceiling" in table_1(found).index


def test_shrinking_is_told_apart_from_coming_closer():
    shrunk = [(0.5, 1.0, 0.9), (0.62, 1.1, 0.9), (0.69, 1.2, 0.9)]
    said = result_words(result(ca=CA, ca_pa=shrunk))[-1]
    assert "lowers the distance between partners (CMAE −3.10\u202f±\u202f0.10)" in said
    assert "because it shrinks both embeddings" in said
    assert "NCMAE +0.2\u202f±\u202f0" in said
    assert "no more than its standard deviation over 3 seeds" in said
    assert "such a gain is not seen here" in said
    closer = [(0.6, 1.0, 0.5), (0.71, 1.1, 0.5), (0.8, 1.2, 0.5)]
    said = result_words(result(ca=CA, ca_pa=closer))[-1]
    assert "shrinks" not in said
    assert "a gain of more than its standard deviation over 3 seeds" in said
    assert "such a gain is seen here, where data or dimensions differ from the paper's" in said
    worse = [(0.4, 5.0, 0.9), (0.51, 5.1, 0.9), (0.6, 5.2, 0.9)]
    said = result_words(result(ca=CA, ca_pa=worse))[-1]
    assert "does not lower" in said
    assert "a loss of more than its standard deviation" in said


def test_nothing_is_set_against_the_paper_before_every_seed_is_done():
    closer = [(0.6, 1.0, 0.5), (0.71, 1.1, 0.5), (0.8, 1.2, 0.5)]
    whole = result(ca=CA, ca_pa=closer)
    runs = {key: one for key, one in whole.runs.items() if key != ("ca_pa", 2)}
    assert "such a gain" in " ".join(result_words(whole))
    words = " ".join(result_words(replace(whole, runs=runs)))
    assert "a gain of more than its standard deviation over 2 seeds" in words
    assert "such a gain" not in words


def test_hardly_trained_encoders_are_called_so():
    def warned(**runs):
        return [said for said in result_words(result(**runs)) if "undertrained" in said]

    ceiling = [(0.9, np.nan, np.nan)] * 3
    good = [(0.8, 4.0, 0.7)] * 3
    assert warned(ca=good, ceiling=ceiling) == []
    (weak,) = warned(ca=CA, ceiling=ceiling)
    assert "CA's top-1 of 60.0 % is near chance (25.0 %). " in weak
    assert "more epochs" in weak
    (under,) = warned(ca=good, ca_pa=good, ceiling=[(0.7, np.nan, np.nan)] * 3)
    assert "the supervised ceiling (70.0 %) is below CA (80.0 %)" in under
    within = [(0.7, np.nan, np.nan), (0.83, np.nan, np.nan), (0.82, np.nan, np.nan)]
    assert warned(ca=good, ceiling=within) == []


def test_tests_of_different_size_are_told_as_a_range():
    parts = np.split(np.arange(40), [16, 32, 35])
    larger = Split(**dict(zip(("har", "align", "val", "test"), parts, strict=True)))
    found = result(ca=CA)
    words = result_words(replace(found, splits={0: SPLIT, 1: SPLIT, 2: larger}))[0]
    assert (
        "4 to 5 test sequences per seed, so one sequence is 20.0 to 25.0 percentage points" in words
    )


def test_one_seed_has_no_spread():
    said = " ".join(result_words(result(ca=CA[:1], ca_pa=[(0.6, 1.0, 0.9)])))
    assert "with one seed its spread is unknown" in said
    assert "±" not in said


def test_the_other_steps_are_set_against_ca_and_failures_are_told():
    close = [(0.6, 1, 1), (0.61, 1, 1), (0.62, 1, 1)]
    more = [(0.7, 1, 1), (0.81, 1, 1), (0.9, 1, 1)]
    found = replace(
        result(ca=CA, ca_cca=close, ca_procrustes=more),
        failures={("ca_informative", 0): "too few pairs"},
    )
    words = result_words(found)
    assert "CA+CCA (ridge) +1.0\u202f±\u202f9.0 points (within one SD)" in words[2]
    assert "CA+Procrustes +20.3\u202f±\u202f0.6 points (more than one SD)" in words[2]
    assert "CA+PA (informative), seed 0, could not be fitted: too few pairs." in words


def test_table_1_has_the_papers_rows_marked_and_chance():
    table = table_1(result(ca=CA, ceiling=[(0.9, np.nan, np.nan)] * 3))
    assert list(table.index) == [
        "CA", "supervised ceiling", "chance", "paper: CA (RGB)",
        "paper: CA+PA (RGB)",
    ]  # fmt: skip
    assert table.loc["CA", "top-1, %"] == "60.0\u202f±\u202f10.0"
    assert table.loc["supervised ceiling", "CMAE"] == "–"
    assert table.loc["chance", "top-3, %"] == "75.0"
    assert table.loc["chance", "R@1, %"] == "25.0"
    assert table.loc["paper: CA+PA (RGB)", "top-1, %"] == "43.9"


def test_differences_are_paired():
    table = differences(result(ca=CA, ca_pa=[(a + 0.1, b, c) for a, b, c in CA]))
    assert table.loc["CA+PA (plain)", "top-1"] == "+10.0\u202f±\u202f0.0"
    assert table.loc["CA+PA (plain)", "CMAE"] == "+0\u202f±\u202f0"


def test_further_figures_hold_what_the_table_leaves_out():
    table = further_figures(result(ca=CA))
    assert set(table.columns) == {"relative CMAE", "R@5, %", "CMAE on D_Align", "NCMAE on D_Align",
                                  "top-1 on D_Val, %", "seconds per seed"}  # fmt: skip


def test_accuracy_action_by_action_counts_every_seed():
    labels, actions, accuracy = by_action(result(ca=CA, ca_pa=CA))
    assert labels == ["CA", "CA+PA (plain)"]
    assert actions == [1, 2, 3, 4]
    np.testing.assert_array_equal(accuracy, [[0.0] * 4, [1.0] * 4])


@pytest.mark.parametrize(
    ("mean", "std", "figure", "signed", "text"),
    [
        (0.842, 0.0134, "top-1", False, "84.2\u202f±\u202f1.3"),
        (-0.01, 0.02, "R@1", True, "−1.0\u202f±\u202f2.0"),
        (2210.0, 20.5, "CMAE", False, "2,210\u202f±\u202f20"),
        (0.212, 0.0187, "NCMAE", True, "+0.212\u202f±\u202f0.019"),
        (0.2, 0.0241, "NCMAE", True, "+0.200\u202f±\u202f0.024"),
        (0.0724, 0.0423, "NCMAE", True, "+0.072\u202f±\u202f0.042"),
        (0.5, np.nan, "NCMAE", False, "0.5"),
        (np.nan, np.nan, "CMAE", False, "–"),
    ],
)
def test_a_cell(mean, std, figure, signed, text):
    row = pd.Series({(figure, "mean"): mean, (figure, "std"): std})
    assert cell(row, figure, signed=signed) == text


def pair_map(total, random):
    return PairMap(
        Y1=np.zeros((4, 2)), Y2=np.zeros((4, 2)), trustworthiness=0.9, total=total, random=random,
        divergence=0.1, continuity=0.9,
    )  # fmt: skip


def test_no_picture_names_a_closest_method_and_the_embeddings_own_figures_stand_beside():
    maps = {("ca", 0): pair_map(10, 20), ("ca_pa", 0): pair_map(20, 80)}
    apart = [(0.5, 1.0, 1.0), (0.62, 1.1, 1.01), (0.69, 1.2, 1.02)]
    found = result(ca=CA, ca_pa=apart, ca_cca=CA)
    words = picture_words(maps, PictureSpec(methods=("ca", "ca_pa")), found)
    assert "held-out sequences (D_Val and D_Test), from the training with seed 0" in words
    assert "CA 0.500, CA+PA (plain) 0.250" in words
    assert "closest" not in words
    assert "NCMAE CA 0.700, CA+PA (plain) 1.010 (D_Test, mean over 3 seeds)" in words
    assert "t-SNE preserves neighbourhoods, not distances" in words
    assert "total distances cannot be compared" in words
    joint = picture_words(maps, PictureSpec(methods=("ca", "ca_pa"), joint=True), found)
    assert "total distances cannot be compared" not in joint
    assert picture_words({}, PictureSpec(), found) == ""


def test_several_seeds_of_a_picture_have_a_spread():
    maps = {("ca", 0): pair_map(10, 20), ("ca", 1): pair_map(10, 40)}
    spec = PictureSpec(methods=("ca",), seeds=(0, 1), random_start=True)
    words = picture_words(maps, spec, result(ca=CA[:1]))
    assert "CA 0.375\u202f±\u202f0.18" in words
    assert "NCMAE CA 0.700 (D_Test, one seed)" in words


def test_captions_settings_and_times():
    caption = picture_caption(pair_map(10.4, 20.8), "CA", 4)
    assert "total distance between partners 10, 0.500 of that of random pairs" in caption
    Y = np.zeros((4, 2))
    forming = Snapshot(step=130, exaggerated=True, divergence=2.5, Y1=Y, Y2=Y)
    said = forming_caption(forming, "CA", 750)
    assert said == (
        "CA: step 130 of 750, with early exaggeration; Kullback–Leibler divergence 2.500."
    )
    unmeasured = replace(forming, divergence=np.nan)
    assert forming_caption(unmeasured, "CA", 750) == "CA: step 130 of 750, with early exaggeration."
    assert forming_caption(replace(forming, step=0), "CA", 750) == "CA: the start of 750 steps."
    assert "not begun yet" in forming_caption(None, "CA", 750)
    assert setting(ProtocolSpec()) == "skeleton → IMU, 256 dimensions, split by subject, 3 seeds"
    assert time_words(41.3) == "about 41 s"
    assert time_words(200) == "about 3 min"
