from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from alignlab.diagnosis.heads import METHODS
from alignlab.diagnosis.label_scores import LabelScores
from alignlab.words.heads import heads_words


def summary(*rows, std=0.01):
    columns = pd.MultiIndex.from_product([METHODS, ["mean", "std"]], names=["method", None])
    values = [[v for mean in row for v in (mean, std)] for row in rows]
    return pd.DataFrame(values, index=[f"target {i}" for i in range(len(rows))], columns=columns)


CA_WINS = (0.8, 0.82, 0.5, 0.4, 0.6, 0.7, 0.75)
CP_WINS = (0.3, 0.32, 0.8, 0.4, 0.6, 0.7, 0.75)
ALONE_WINS = (0.3, 0.32, 0.5, 0.4, 0.6, 0.7, 0.65)
UNTRAINED_WINS = (0.8, 0.82, 0.5, 0.4, 0.6, 0.7, 0.9)


@pytest.mark.parametrize(
    ("row", "objective", "outcome"),
    [
        (CA_WINS, "CA", "**agrees**"),
        (CA_WINS, "CP", "**disagrees**"),
        (CP_WINS, "CP", "**agrees**"),
        (ALONE_WINS, "none", "**agrees**"),
        (CA_WINS, "none", "**disagrees**"),
        (ALONE_WINS, "CA", "**disagrees**"),
        (UNTRAINED_WINS, "CA", "**agrees**"),
    ],
)
def test_the_advice_is_compared_with_what_was_trained(row, objective, outcome):
    words = heads_words(summary(row), objective)
    assert len(words) == 2
    assert f"training {outcome}." in words[-1]
    told = "nothing" if objective == "none" else objective
    assert words[-1].startswith(f"The advice is to train {told}; ")


def test_the_winner_is_named_with_its_rival_of_another_objective():
    (words, _) = heads_words(summary(CA_WINS), "CA")
    assert words.startswith("**target 0**: CA (CCA) is highest, 0.82 ± 0.01, above x and y (0.75 ")
    assert "by more than the spread" in words


def test_a_view_alone_that_wins_is_compared_with_the_best_pair():
    (words, _) = heads_words(summary(ALONE_WINS), "none")
    assert "y alone is highest" in words
    assert "trained on pairs is CP, 0.5 ± 0.01" in words


def test_a_spread_that_covers_everything_decides_nothing():
    words = heads_words(summary(CA_WINS, std=0.6), "CA")
    assert "by no more than the spread" in words[0]
    assert "is inconclusive" in words[1]


def test_one_seed_has_no_spread():
    words = heads_words(summary(CA_WINS, std=np.nan), "CA")
    assert "spread unknown" in words[0]
    assert "is inconclusive" in words[1]


def test_targets_are_counted():
    words = heads_words(summary(CA_WINS, CP_WINS, CA_WINS), "CA")
    assert "**agrees** on 2, **disagrees** on 1 of 3 targets" in words[-1]


@pytest.mark.parametrize("objective", ["", "undetermined"])
def test_without_advice_there_is_nothing_to_compare(objective):
    assert "no advice" in heads_words(summary(CA_WINS), objective)[-1]


def test_both_views_untrained_may_win():
    (words, _) = heads_words(summary(UNTRAINED_WINS), "CA")
    assert words.startswith("**target 0**: x and y is highest, 0.9 ± 0.01, above CA (CCA) (0.82")
    assert "The better single view, y alone, scores 0.7." in words


# --- The order of held-out scores ---


def held_out(*means, error=0.01):
    """Held-out scores of CA, CP, CP reversed, x alone, y alone, x and y, at k = 2 and k = 8."""
    methods = ("CA", "CP", "CP reversed", "x alone", "y alone", "x and y")
    names, dimensions, values = [], [], []
    for name, value in zip(methods, means, strict=True):
        for k in (2, 8) if name.startswith("C") else (20,):
            names.append(name)
            dimensions.append(k)
            values.append(value if k != 2 else 0.0)
    return LabelScores(
        metric="R²", chance=0.0, rows=100, k=2, methods=tuple(names), dimensions=tuple(dimensions),
        values=np.array(values), divided=np.array([values]),
        covariance=error**2 * np.eye(len(names)),
    )  # fmt: skip


def test_the_same_order_is_said_to_be_so():
    words = heads_words(summary(CA_WINS), "CA", held_out(0.8, 0.5, 0.4, 0.6, 0.7, 0.75), 8)
    # 21 pairs without that of the two ways to train CA
    assert words[-1] == (
        "Of 20 pairs of methods with a clear difference both in trained heads and in held-out "
        "scores at k = 8, 20 have the same order."
    )


def test_an_order_that_is_turned_is_named():
    words = heads_words(summary(CA_WINS), "CA", held_out(0.8, 0.5, 0.4, 0.7, 0.6, 0.75), 8)
    assert "20 pairs" in words[-1]
    assert words[-1].endswith(
        "19 have the same order; only trained heads rank y alone over x alone."
    )


def test_what_is_not_told_apart_has_no_order():
    scores = held_out(0.8, 0.5, 0.4, 0.6, 0.7, 0.75, error=10.0)
    words = heads_words(summary(CA_WINS), "CA", scores, 8)
    assert words[-1].startswith("No two methods differ clearly")
    one_seed = heads_words(summary(CA_WINS, std=np.nan), "CA", held_out(*CA_WINS[1:]), 8)
    assert "is inconclusive" in one_seed[-1]


def test_a_dimension_that_was_not_scored_is_compared_at_equal_dimension():
    scores = held_out(0.8, 0.5, 0.4, 0.6, 0.7, 0.75)
    assert "held-out scores at k = 2," in heads_words(summary(CA_WINS), "CA", scores, 5)[-1]


def test_unfinished_targets_are_left_out():
    table = summary(CA_WINS, CP_WINS)
    table.loc["target 1", ("CP", "mean")] = np.nan
    words = heads_words(table, "CA")
    assert len(words) == 2
    assert heads_words(table.iloc[1:], "CA") == []


def test_heads_of_another_k_are_held_against_the_scores_at_their_own():
    """Few dimensions may not pay although more do: then training does not disagree."""
    scores = held_out(0.8, 0.5, 0.4, 0.6, 0.7, 0.75)
    eight = replace(scores, k=8)
    pays = heads_words(summary(CA_WINS), "CA", eight, 8)[1]
    assert pays == "The advice is to train CA; training **agrees**."
    # at k = 2 the scores of trained representations are 0
    words = heads_words(summary(ALONE_WINS), "CA", eight, 2)[1]
    assert words == (
        "The advice is to train CA at k = 8, and nothing at k = 2, the dimension of these heads; "
        "training **agrees**."
    )
    unknown = heads_words(summary(CA_WINS), "CA", eight, 5)[1]
    assert unknown.startswith("The advice is to train CA at k = 8, while these heads have k = 5; ")
