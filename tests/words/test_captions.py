import pandas as pd
import pytest

from alignlab.experiments.captions import CLEAN
from alignlab.words.captions import headline, scores_words, trend_words, verdict_words
from tests.words.test_headlines import one_line


def scores(of_image, of_text, clean=0.5):
    accuracy = {
        "CA, image": 0.23, "CA, image" + CLEAN: 0.5, "CA, text": 0.65,
        "image → text": of_image, "image → text" + CLEAN: clean, "text → image": of_text,
        "supervised, image": 0.3, "supervised, text": 0.88,
    }  # fmt: skip
    return pd.DataFrame({"accuracy": accuracy})


@pytest.mark.parametrize(
    ("of_image", "of_text", "said"),
    [
        (0.25, 0.6, "Text is the better source: text → image 0.60, image → text 0.25"),
        (0.62, 0.5, "Image is the better source: text → image 0.50, image → text 0.62"),
        (0.61, 0.6, "Both directions are level: text → image 0.60"),
    ],
)
def test_the_verdict_names_the_better_source(of_image, of_text, said):
    assert one_line(headline(scores(of_image, of_text), 0.5, 0.125)).startswith(said)


@pytest.mark.parametrize(
    ("groups", "said"),
    [(0, "No group of distortion is"), (1, "One of 6 groups of distortion is"),
     (3, "3 of 6 groups of distortion are")],
)  # fmt: skip
def test_it_counts_the_active_groups(groups, said):
    assert scores_words(scores(0.25, 0.6), groups).startswith(f"{said} active in each image")


def swept(fall, flat):
    rows = [
        {"method": method, "level": level, "accuracy": start + change * level, "seed": 0}
        for method, start, change in (
            ("image → text" + CLEAN, 0.6, fall), ("text → image", 0.65, flat),
            ("CA, image" + CLEAN, 0.55, -0.08), ("CA, text", 0.73, -0.1),
        )
        for level in (0.0, 1.0)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_it_says_what_the_paper_says_where_it_is_so():
    words = trend_words(swept(-0.15, -0.02))
    assert "From level 0 to 1 image → text" in words
    assert "changes by -0.15, text → image by -0.02" in words
    assert "As in the paper" in words
    assert "Unlike in the paper" in words
    assert "As in the paper" not in trend_words(swept(-0.15, -0.2))
    assert trend_words(swept(0, 0).iloc[:0]) == ""


def test_the_verdict_of_the_diagnosis_is_quoted():
    assert "**Neither**, Δ of CA 0.74, of image → text 0.46" in verdict_words("Neither", 0.74, 0.46)
    assert "no verdict" in verdict_words("Undetermined", None, None)
    assert "are not paired" in verdict_words("Undetermined", 1.2, 0.1, paired=False)
