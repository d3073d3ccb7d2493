import pandas as pd

from alignlab.words.sensitivity import checks_words


def rows(kind, *points, reason="only 40% of resamples agree"):
    """A table of one check; points of (value, regime, directions)."""
    return pd.DataFrame(
        [
            {
                "kind": kind, "value": value, "pairs": 1000, "labelled": int(value),
                "regime": regime, "recommendation": "CA", "directions": k,
                "delta_ca": 1.5, "low_ca": 1.4, "high_ca": 1.6,
                "delta_cp": 2.0, "low_cp": 1.8, "high_cp": 2.2,
                "reason": reason if regime == "Undetermined" else "",
            }
            for value, regime, k in points
        ]
    )  # fmt: skip


def test_a_verdict_that_stands_is_said_to():
    (words,) = checks_words(rows("ridge", (0.0, "Both", 3), (0.1, "Both", 3)))
    assert words == (
        '**Ridge** (0 to 0.1): the advice is "train CA" at each of 2 values; the verdict of theory '
        'is "Both" at each of 2 values.'
    )


def test_an_advice_that_changes_is_named_apart_from_the_verdict():
    table = rows("ridge", (0.0, "Both", 3), (0.1, "Both", 3), (1.0, "Both", 3))
    table["recommendation"] = ["CA", "none", "undetermined"]
    (words,) = checks_words(table)
    assert (
        'the advice depends on it: "train CA" at 0, "train nothing" at 0.1, "no advice" at 1'
        in (words)
    )
    assert words.endswith('the verdict of theory is "Both" at each of 3 values.')


def test_changes_are_named_in_order_of_the_values():
    points = (20, "Both", 3), (5, "Neither", 3), (10, "Neither", 3)
    (words,) = checks_words(rows("components", *points))
    assert '"Neither" from 5 to 10, "Both" at 20' in words
    assert "label subspace" not in words


def test_why_it_is_undetermined_is_said():
    (words,) = checks_words(rows("noise", (0.0, "Both", 3), (0.5, "Undetermined", 1)))
    assert '"Both" at none, "Undetermined" at 50%' in words
    assert "The label subspace has 1 to 3 dimensions." in words
    assert words.endswith("Undetermined because only 40% of resamples agree.")


def test_reasons_write_delta_as_the_rest_of_the_page_does():
    near = rows("labels", (50, "Undetermined", 3), (90, "Both", 3), reason="Delta of CA is 1.00")
    assert "because Δ of CA is 1.00." in checks_words(near)[0]
    table = rows("labels", (100, "Both", 3), (200, "Both", 3))
    table["low_ca"] = 0.9
    assert "Δ of CA (0.90-1.60)" in checks_words(table)[1]


def test_labels_say_what_settles_it():
    points = (50, "Neither", 2), (100, "Both", 3), (200, "Both", 3)
    sweep, settled = checks_words(rows("labels", *points))
    assert '"Neither" at 50, "Both" from 100 to 200' in sweep
    assert settled.startswith("**100 labels settle theory's verdict**: from there to 200")


def test_labels_say_what_is_wanting():
    table = rows("labels", (100, "Undetermined", 3), (200, "Undetermined", 3))
    table["delta_ca"], table["low_ca"], table["high_ca"] = 1.05, 1.05 / 1.05**1.5, 1.2
    _, settled = checks_words(table)
    assert settled.startswith("**200 labels do not settle theory's verdict**")
    assert "about 2,200 pairs would, instead of 1,000" in settled
    table["low_ca"] = 0.5
    assert "pairs would" not in checks_words(table)[1]


def test_every_check_has_its_own_sentence():
    table = pd.concat([rows("ridge", (0.0, "Both", 3)), rows("coarser", (10, "Both", 3))])
    assert [words.split("**")[1] for words in checks_words(table)] == ["Ridge", "Coarser labels"]
