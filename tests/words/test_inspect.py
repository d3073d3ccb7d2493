from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from alignlab.data.cone import ConeSpec, cone_pairs
from alignlab.experiments.pick import pick
from alignlab.experiments.space import Space, SpaceSpec, unseen
from alignlab.maps import MapSpec, PairMap, Snapshot
from alignlab.spaces.nulls import NULLS, Measure
from alignlab.spaces.ranks import partner_ranks
from alignlab.words.inspect import (
    MEASURES,
    compared_words,
    distance_caption,
    map_caption,
    map_title,
    map_words,
    nearest_shares,
    numbers_caption,
    numbers_table,
    ordinal,
    pick_words,
    rank_caption,
    rows_words,
    space_name,
    space_words,
)

rng = np.random.default_rng(0)
Y = rng.normal(size=(2, 9, 2))
DONE = PairMap(
    Y1=Y[0], Y2=Y[1], trustworthiness=0.95, continuity=0.9, total=2.0, random=8.0, divergence=1.0
)


def space(Z1, Z2, held_out=None, how="common"):
    held_out = np.zeros(len(Z1), bool) if held_out is None else held_out
    return Space(spec=SpaceSpec(how=how), Z1=Z1, Z2=Z2, held_out=held_out)


def measure(name, value, null=0.1, p=0.01, high=0.2):
    return Measure(
        name=name, value=value, null=null, low=0.0, high=high, p=p, n=9, draws=100, exact=True
    )


def said(one, **found):
    ranks = partner_ranks(one.Z1, one.Z2)
    return "\n".join(space_words("S", one, ranks, found, unseen([one])))


def test_the_share_of_partners_found_is_told_with_its_chance():
    data = cone_pairs(ConeSpec(n=50, d=8, noise=0.3)).data
    near = partner_ranks(data.X1, data.X2)[0] <= 1
    assert f"the nearest × is the partner for {near.mean():.0%} of the ○" in said(
        space(data.X1, data.X2)
    )
    assert "(chance 2%, 50 pairs)" in said(space(data.X1, data.X2))
    for p, by_chance in ((0.5, True), (0.01, False)):
        words = said(
            space(data.X1, data.X2),
            retrieval_1=measure("retrieval_1", 0.1, p=p),
            retrieval_1_back=measure("retrieval_1_back", 0.1, p=0.6),
        )
        assert ("no more often than by chance" in words) == by_chance


@pytest.mark.parametrize(
    ("explained", "p", "words"),
    [
        (0.35, 0.01, "**A modality gap keeps partners apart.**"),
        (0.05, 0.01, "**The modality gap hardly matters.**"),
        (0.35, 0.5, "**No modality gap**"),
    ],
)
def test_the_gap_is_told_by_what_it_explains_and_by_its_null(explained, p, words):
    one = space(*rng.normal(size=(2, 9, 4)))
    found = {
        "gap": measure("gap", 0.8, p=p),
        "gap_explained": measure("gap_explained", explained, p=p),
    }
    assert words in said(one, **found)
    assert "gap" not in said(one)


def test_hubs_are_told_where_the_null_has_none():
    one = space(*rng.normal(size=(2, 9, 4)))
    assert "hubs" in said(one, hubness=measure("hubness", 4.0))
    for value, high in ((1.0, 0.2), (4.0, 5.0), (float("nan"), 0.2)):
        assert "hubs" not in said(one, hubness=measure("hubness", value, high=high))


def test_held_out_pairs_are_compared_with_the_fitted_ones():
    Z = np.arange(10.0)[:, None]
    held_out = np.arange(10) >= 5
    shuffled = np.where(held_out[:, None], Z[::-1] + 30, Z)
    assert "**The fit does not carry over fully**" in said(space(Z, shuffled, held_out, "cca"))
    assert "do as well as the fitted ones" in said(space(Z, Z, held_out, "cca"))
    assert "held" not in said(space(Z, Z))
    assert "held" not in said(space(Z, np.roll(Z, 5, axis=0), held_out, "cca"))  # none is found


def test_an_aligner_is_judged_by_the_pairs_that_it_has_not_seen():
    Z = np.arange(100.0)[:, None]
    held_out = np.arange(100) >= 60
    fits_only_what_it_saw = space(Z, np.where(held_out[:, None], Z[::-1] + 200, Z), held_out, "cca")
    assert "the partner for 0% of the 40 held-out ○" in said(fits_only_what_it_saw)
    shown = [fits_only_what_it_saw, space(Z, Z)]
    assert "on the 40 held-out pairs" in rows_words(shown, unseen(shown))
    few = [space(Z, Z, np.arange(100) >= 90, "cca")]
    assert "**In-sample**" in rows_words(few, unseen(few))
    assert rows_words(shown[1:], unseen(shown[1:])) == ""


def test_two_spaces_are_compared_and_one_is_not():
    shares = {
        name: nearest_shares((np.array(ranks), np.ones(4)))
        for name, ranks in (("A", [1, 1, 2, 3]), ("B", [1, 1, 1, 3]))
    }
    words = compared_words(shares)
    assert words.startswith("**B brings more partners together than A**")
    assert "75% of the ○, against 50%" in words
    assert compared_words({"A": shares["A"]}) == ""
    assert "equally many" in compared_words({"A": shares["A"], "B": shares["A"]})


def test_a_map_is_trusted_by_its_trustworthiness_and_by_its_method():
    assert "mostly neighbours in the space" in map_words(MapSpec(), [DONE])
    assert "t-SNE keeps neighbourhoods, not distances" in map_words(MapSpec(), [DONE])
    poor = PairMap(**{**vars(DONE), "trustworthiness": 0.6})
    words = map_words(MapSpec(method="pca"), [DONE, poor])
    assert "trustworthiness 0.6 to 0.95" in words
    assert "are not neighbours in the space" in words
    assert "PCA is a projection" in words


def test_titles_name_what_distinguishes_the_maps():
    one, five, other = MapSpec(), MapSpec(perplexity=5.0), MapSpec(random_start=True, seed=3)
    assert map_title("CCA", one, [one], 1) == "CCA"
    assert map_title("CCA", five, [one, five], 1) == "perplexity 5"
    assert map_title("CCA", other, [one, other], 2) == "CCA, seed 3"


def test_captions_follow_the_map_from_its_start_to_its_end():
    forming = Snapshot(step=10, exaggerated=True, divergence=2.0, Y1=Y[0], Y2=Y[1])
    assert "step 10 of 750, clusters are still pulled together" in map_caption(
        forming, MapSpec(), 9
    )
    start = replace(forming, step=0)
    assert "the start, while nearest neighbours are searched" in map_caption(start, MapSpec(), 9)
    assert "still to come" in map_caption(None, MapSpec(), 9)
    done = map_caption(DONE, MapSpec(), 9)
    assert "trustworthiness 0.95, partners at 25% of the distance of random pairs" in done
    assert "25%" not in map_caption(DONE, MapSpec(together=False), 9)


def test_a_picked_point_is_told_with_its_partner():
    Z = np.arange(5.0)[:, None]
    one = space(Z, Z + 1.2)
    words = pick_words(pick(one, 0, 1), 17, one)
    assert words.startswith("**○ of pair 17.** Its partner is the **1st nearest** of 5 ×")
    assert "3rd nearest ○" in words
    assert "Their distance, 1.2," in words


@pytest.mark.parametrize(
    ("rank", "words"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (112, "112th"),
     (1021, "1,021st"), (2.5, "2.5th")],
)  # fmt: skip
def test_ranks_in_words(rank, words):
    assert ordinal(rank) == words


def test_the_table_says_what_every_null_shuffles():
    found = pd.DataFrame(
        [{"value": 1.0, "null": 0.5, "low": 0.4, "high": 0.6, "p": 0.01, "n": 9, "draws": 100,
          "exact": name != "cka"} for name in NULLS],
        index=pd.MultiIndex.from_product([["S"], NULLS], names=["space", "measure"]),
    )  # fmt: skip
    shown = numbers_table(found)
    assert list(shown.index.get_level_values(1)) == [MEASURES[name] for name in NULLS]
    assert list(shown["what the null shuffles"]) == list(NULLS.values())
    assert shown.loc[("S", "CKA, linear"), "n"] == "9, drawn at random"
    assert shown.loc[("S", "CMAE"), "95 % of the null"] == "0.4 to 0.6"
    assert "mean over 100 shuffles" in numbers_caption(found)
    assert "1/101" in numbers_caption(found)


def test_captions_of_the_charts_are_counted():
    partners, random = np.array([1.0, 1.0, 3.0]), np.array([0.5, 2.0, 2.0, 2.0])
    assert "S: 75%; 3 partners, 4 random pairs" in distance_caption({"S": (partners, random)})
    ranks = np.array([1.0, 10.0, 11.0, 20.0])
    assert "S: 50% and 100%; chance 100% of 4" in rank_caption({"S": (ranks, np.ones(4))}, 4)


def test_spaces_have_short_names():
    assert space_name("common") == "As they are"
    assert space_name("cca") == "CCA"
