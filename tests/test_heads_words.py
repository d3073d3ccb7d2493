import numpy as np
import pandas as pd
import pytest

from alignlab.heads_words import heads_words
from alignlab.light_heads import METHODS


def summary(*rows, std=0.01):
    columns = pd.MultiIndex.from_product([METHODS, ["mean", "std"]], names=["method", None])
    values = [[v for mean in row for v in (mean, std)] for row in rows]
    return pd.DataFrame(values, index=[f"target {i}" for i in range(len(rows))], columns=columns)


CA_WINS = (0.8, 0.82, 0.5, 0.4, 0.6, 0.7)
CP_WINS = (0.3, 0.32, 0.8, 0.4, 0.6, 0.7)
ALONE_WINS = (0.3, 0.32, 0.5, 0.4, 0.6, 0.7)


def test_where_both_recover_no_order_is_claimed():
    words = heads_words(summary(CP_WINS), "Both", "CP reversed")
    assert "says that CA and CP recover" in words[-1]
    assert "agrees" not in words[-1]


@pytest.mark.parametrize(
    ("row", "regime", "objective", "outcome"),
    [
        (CA_WINS, "CA only", "CA", "**agrees**"),
        (CA_WINS, "CP only", "CP", "**disagrees**"),
        (CP_WINS, "CP only", "CP", "**agrees**"),
        (ALONE_WINS, "Neither", "none", "**agrees**"),
        (CA_WINS, "Neither", "none", "**disagrees**"),
    ],
)
def test_recommendations_are_compared_with_what_was_trained(row, regime, objective, outcome):
    words = heads_words(summary(row), regime, objective)
    assert len(words) == 2
    assert f"training {outcome}." in words[-1]
    assert regime in words[-1]


def test_the_winner_is_named_with_its_rival_of_another_objective():
    (words, _) = heads_words(summary(CA_WINS), "CA only", "CA")
    assert words.startswith("**target 0**: CA (CCA) is highest, 0.82 ± 0.01, above y alone (0.7 ")
    assert "by more than the spread" in words


def test_a_view_alone_that_wins_is_compared_with_the_best_pair():
    (words, _) = heads_words(summary(ALONE_WINS), "Neither", "none")
    assert "y alone is highest" in words
    assert "trained on pairs CP comes nearest, 0.5 ± 0.01" in words


def test_a_spread_that_covers_everything_decides_nothing():
    words = heads_words(summary(CA_WINS, std=0.6), "CA only", "CA")
    assert "by no more than the spread" in words[0]
    assert "cannot tell" in words[1]


def test_one_seed_has_no_spread():
    words = heads_words(summary(CA_WINS, std=np.nan), "CA only", "CA")
    assert "no spread is known" in words[0]
    assert "cannot tell" in words[1]


def test_targets_are_counted():
    words = heads_words(summary(CA_WINS, CP_WINS, CA_WINS), "CA only", "CA")
    assert "**agrees** on 2, **disagrees** on 1 of 3 targets" in words[-1]


def test_an_undetermined_verdict_recommends_nothing():
    words = heads_words(summary(CA_WINS), "Undetermined", "none")
    assert "no recommendation" in words[-1]


def test_unfinished_targets_are_left_out():
    table = summary(CA_WINS, CP_WINS)
    table.loc["target 1", ("CP", "mean")] = np.nan
    words = heads_words(table, "CA only", "CA")
    assert len(words) == 2
    assert heads_words(table.iloc[1:], "CA only", "CA") == []
