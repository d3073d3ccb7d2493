import pandas as pd
import pytest

from alignlab.data.stereo.spec import StereoSpec
from alignlab.words.stereo_trained import Near, crossing_words, headline, nearest
from tests.words.test_headlines import one_line


def trainings(ca, cp, wide=0.99):
    rows = [
        {"jitter": jitter, "noise_y": noise, "method": method, "k": k, "accuracy": value}
        for noise in (0.2, 0.9)
        for jitter, *values in zip((0.0, 0.1), ca, cp, (wide, wide), strict=True)
        for method, k, value in zip(("CA", "CP", "CP"), (8, 32, 128), values, strict=True)
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("jitter", "said"),
    [
        (0.0, "Trained at jitter 0, CP is ahead of CA: CA (k = 8) 0.77, CP (k = 32) 0.85"),
        (0.1, "Trained at jitter 0.1, CA is ahead of CP: CA (k = 8) 0.95, CP (k = 32) 0.82"),
    ],
)
def test_the_verdict_says_which_is_ahead(jitter, said):
    rows = trainings((0.77, 0.95), (0.85, 0.82))
    words = headline(rows, Near(jitter=jitter, noise_y=0.2), 1 / 3)
    assert one_line(words).startswith(said)


def test_nearly_equal_is_called_level():
    rows = trainings((0.8, 0.8), (0.81, 0.81))
    assert "are level" in headline(rows, Near(jitter=0.1, noise_y=0.2), 1 / 3)


@pytest.mark.parametrize(
    ("ca", "said"),
    [
        ((0.77, 0.95), "CA is ahead at 0.1."),
        ((0.9, 0.95), "CA is ahead at every jitter."),
        ((0.5, 0.6), "CA is ahead at no jitter."),
    ],
)
def test_it_says_where_the_order_changes(ca, said):
    words = crossing_words(trainings(ca, (0.85, 0.82)))
    assert said in words
    assert "CP with k = 128 keeps shape and place (0.99 at jitter 0)" in words


def test_the_nearest_shipped_setting_is_named():
    table = trainings((0.8, 0.8), (0.8, 0.8))
    assert nearest(table, StereoSpec(jitter=0.07, noise_y=0.5)) == Near(jitter=0.1, noise_y=0.2)
    assert nearest(table, StereoSpec(jitter=0.02, noise_y=1.0)) == Near(jitter=0.0, noise_y=0.9)
