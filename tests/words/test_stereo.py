import pandas as pd
import pytest

from alignlab.experiments.stereo import CEILINGS, METHODS, recovered_shares
from alignlab.words.stereo import headline, verdict_words
from tests.words.test_headlines import one_line


def scores(ca, cp, reverse=0.34, ceiling=1.0):
    accuracy = [ca, cp, reverse, ceiling, ceiling]
    return pd.DataFrame({"accuracy": accuracy, "place R²": 0.8}, index=[*METHODS, *CEILINGS])


@pytest.mark.parametrize(
    ("ca", "cp", "said"),
    [
        (0.97, 0.34, "CA finds the shape, CP does not find it: CA 0.97, CP 0.34, chance 0.33"),
        (0.34, 0.97, "CP finds the shape, CA does not find it: CA 0.34, CP 0.97"),
        (0.66, 0.34, "CA finds part of the shape, CP does not find it: CA 0.66"),
        (0.66, 0.97, "CP finds the shape, CA finds part of it: CA 0.66, CP 0.97"),
        (0.35, 0.34, "Neither CA nor CP finds the shape: CA 0.35"),
        (0.95, 0.96, "CA and CP both find the shape: CA 0.95"),
        (0.65, 0.66, "CA and CP both find part of the shape: CA 0.65"),
    ],
)
def test_the_verdict_names_who_finds_the_shape(ca, cp, said):
    table = scores(ca, cp)
    words = headline(table, recovered_shares(table), 0.2, 4, 1 / 3)
    assert one_line(words).startswith(said)


def test_a_share_is_0_at_chance_and_1_at_the_ceiling():
    assert recovered_shares(scores(1 / 3, 0.8, ceiling=0.8))[["CA", "CP"]].tolist() == [0, 1]
    assert recovered_shares(scores(0.2, 0.2))["CA"] == 0  # below chance
    assert recovered_shares(scores(0.3, 0.3, ceiling=1 / 3)).isna().all()


def test_it_says_where_theory_and_measurement_part():
    agree = recovered_shares(scores(0.97, 0.34))
    assert "agree" in verdict_words("CA only", 1.16, agree, 4)
    for regime, delta in (("Neither", 0.95), ("Both", 1.2)):
        assert "part here" in verdict_words(regime, delta, agree, 8)
    assert "CP, which recovers the shape" in verdict_words("Both", 1.2, agree, 4)
    assert "nothing to compare" in verdict_words("Undetermined", 1.0, agree, 4)
