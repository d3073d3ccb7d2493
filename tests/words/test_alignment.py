import numpy as np
import pytest

from alignlab.data.digits import digits_halves
from alignlab.data.pairs import PairedData
from alignlab.data.synthetic import SyntheticSpec, generate
from alignlab.experiments.alignment import StudySpec, study
from alignlab.words.alignment import headline, picture_words, retrieval_words, study_words
from alignlab.words.numbers import number
from alignlab.words.synthetic import data_words


def synthetic_study(k=2, holdout=0.2, rank=None, **fields):
    return study(generate(SyntheticSpec(k=k, **fields)), StudySpec(k=k, holdout=holdout, rank=rank))


def figure(result, metric, aligner="plain", split="train"):
    return number(result.table.loc[metric, (aligner, split)])


def kept(result, aligner):
    rows = result.table.loc[["kept norm 1", "kept norm 2"], (aligner, "train")]
    return f"{rows.mean():.0%}"


def assert_said(words, *fragments):
    text = words if isinstance(words, str) else " ".join(words)
    for fragment in fragments:
        assert fragment in text


@pytest.fixture(scope="module")
def table_1():
    return synthetic_study()


@pytest.fixture(scope="module")
def digits():
    return study(digits_halves(), StudySpec(k=2))


# --- Numbers ---


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1.0, "1"),
        (-3.0, "-3"),
        (1234.0, "1,234"),
        (100_000.0, "100,000"),
        (0.123456, "0.123"),
        (9.9949, "9.99"),
        (0.001, "0.001"),
        (0.000999, "9.99 · 10⁻⁴"),
        (1.23e-15, "1.23 · 10⁻¹⁵"),
        (-2.5e-15, "-2.50 · 10⁻¹⁵"),
        (123456.7, "123,000"),
        (1e10, "1.00 · 10¹⁰"),
        (float("nan"), "undefined"),
        (np.float64(0.5), "0.5"),
    ],
)
def test_a_number_is_read_with_three_digits(value, text):
    assert number(value) == text


@pytest.mark.parametrize("value", [1234.5, 2210.7, 99_999.5])
def test_a_number_is_never_read_with_a_bare_exponent(value):
    assert "e+" not in number(value)


# --- Table 1 ---


def test_table_1_is_said_to_align_perfectly_with_its_numbers(table_1):
    assert_said(
        headline(table_1),
        "**Perfect alignment exists**: 2 null directions ≥ k = 2.",
        f"NCMAE {figure(table_1, 'NCMAE')} plain",
        f"{figure(table_1, 'NCMAE', 'informative')} informative",
    )
    assert_said(
        study_words(table_1),
        "**Perfect alignment exists** (Theorem 2.2)",
        "1,600 fitted pairs has rank 2 of 4: its null space has 2 dimensions, of which k = 2",
        f"CMAE in the sample is {figure(table_1, 'CMAE')}.",
        f"On 400 held-out pairs CMAE is {figure(table_1, 'CMAE', split='held out')}",
        "The estimate differs from the latent "
        f"(MLRE {figure(table_1, 'MLRE 1', split='held out')} held out)",
        f"MLRE is {figure(table_1, 'MLRE 1, up to linear', split='held out')}. No method can rec",
    )
    assert_not_said(table_1, "No perfect alignment", "shrunk", "Collapse", "generalise")


def assert_not_said(result, *fragments):
    sentences = study_words(result)
    assert sentences
    text = " ".join([headline(result), *sentences])
    for fragment in fragments:
        assert fragment not in text


def test_without_held_out_pairs_nothing_is_claimed_of_new_ones():
    result = synthetic_study(holdout=0)
    assert_said(
        study_words(result), "the error on new pairs is unknown", "No method can recover more"
    )
    assert_not_said(result, "held-out", "nan", "undefined")


# --- Corollary 2.3 ---


def test_corollary_2_3_is_said_to_have_too_few_null_directions():
    result = synthetic_study(k=3)
    assert_said(headline(result), "**No perfect alignment**: 1 null direction < k = 3.")
    assert_said(
        study_words(result),
        "**No perfect alignment** (Corollary 2.3)",
        "rank 3 of 4: its null space has 1 dimension, fewer than k = 3",
        f"CMAE in the sample is {figure(result, 'CMAE')}.",
        "MLRE of modality 1 held out is "
        f"{figure(result, 'MLRE 1, up to linear', split='held out')} for the plain estimate",
        f"{figure(result, 'MLRE 1, up to linear', 'informative', 'held out')} for the informative",
    )
    assert_not_said(result, "Perfect alignment exists", "No method can recover more")


# --- Collapse ---


def test_collapse_without_noise_is_said_to_have_lost_nothing_yet():
    result = synthetic_study(d1=32, d2=32)
    assert_said(
        study_words(result),
        "**The plain latent has shrunk**",
        f"it keeps {kept(result, 'plain')} of the data's length",
        f"the informative one keeps {kept(result, 'informative')}",
        "uses only the 2 and 2 leading of 32 and 32 directions",
        "In the scale-free error nothing is lost",
    )


def test_collapse_with_noise_is_said_to_be_worse_free_of_scale():
    result = synthetic_study(d1=32, d2=32, noise=1.0)
    plain, informative = (figure(result, "NCMAE", name) for name in ("plain", "informative"))
    assert_said(
        study_words(result),
        "**The plain latent has shrunk**",
        f"Its scale-free error is larger: NCMAE {plain} against {informative}",
    )


def test_shrinking_is_not_blamed_where_the_plain_latent_agrees_better():
    shared = np.random.default_rng(0).normal(size=(400, 1))
    loud = [10 * np.random.default_rng(seed).normal(size=(400, 1)) for seed in (1, 2)]
    pairs = [np.hstack([own, shared]) for own in loud]
    result = study(PairedData(X1=pairs[0], X2=pairs[1]), StudySpec(k=1))
    ncmae = result.table.loc["NCMAE"]
    assert ncmae["plain", "train"] < ncmae["informative", "train"]
    assert_said(study_words(result), "Its scale-free error is still smaller", "raise its rank")


def test_a_shrunken_latent_with_noise_has_lost_something():
    result = synthetic_study(d1=32, d2=32, noise=1.0)
    assert_said(
        study_words(result), "**The plain latent has shrunk**", "Its scale-free error is larger"
    )
    assert_not_said(result, "nothing is lost")


def test_halves_of_digits_are_said_to_collapse_to_zero_because_of_blank_pixels(digits):
    assert_said(headline(digits), "3 null directions ≥ k = 2", "NCMAE undefined plain")
    assert_said(
        study_words(digits),
        "**Collapse to zero.** The plain maps send all 1,438 pairs to the origin",
        "They are the 3 features that are zero in every pair.",
        "NCMAE is undefined, retrieval is at chance (0.002)",
        f"its NCMAE is {figure(digits, 'NCMAE', 'informative')}",
    )
    assert_not_said(digits, "MLRE", "nan")


# --- An exact fit of few pairs ---


def test_an_exact_fit_of_few_noisy_pairs_is_said_not_to_carry_over():
    result = synthetic_study(n=20, k=10, d1=10, d2=10, noise=1.0, holdout=0.5)
    assert_said(headline(result), "**Perfect alignment exists, in the sample only**: 10 null")
    assert_said(
        study_words(result),
        "**The fit does not generalise**: CMAE is "
        f"{figure(result, 'CMAE')} on the fitted pairs and "
        f"{figure(result, 'CMAE', split='held out')} on 10 held-out ones",
        "10 pairs do not exceed d₁ + d₂ − k = 10, so k null directions exist for any data",
    )


def test_noisy_data_with_many_pairs_are_not_said_to_fail_on_new_ones():
    result = synthetic_study(noise=1.0)
    assert_said(headline(result), "**No perfect alignment**: 0 null directions < k = 2")
    assert_not_said(result, "generalise")


# --- What was drawn ---


def test_data_words_describe_table_1():
    assert data_words(SyntheticSpec()) == (
        "2,000 pairs from a mixture of 2 Gaussians in 2 dimensions, seen in two modalities with "
        "d₁ = 2 and d₂ = 2, without noise. The stack [X₁, −X₂] has 4 columns and rank at most "
        "k = 2, so at least 2 null directions: enough for perfect alignment at k = 2."
    )


@pytest.mark.parametrize(
    ("spec", "fragments"),
    [
        (
            SyntheticSpec(k=3, components=4),
            ["4 Gaussians in 3 dimensions", "only 1 null", "fewer than k = 3"],
        ),
        (
            SyntheticSpec(n=50, d1=5, d2=6, noise=0.25),
            ["50 pairs", "d₁ = 5 and d₂ = 6, with noise σ = 0.25", "more pairs than", "= 9,"],
        ),
        (
            SyntheticSpec(latent="uniform"),
            ["two uniform classes on either side of y = x − 10", "enough for perfect"],
        ),
    ],
)
def test_data_words_follow_the_spec(spec, fragments):
    assert_said(data_words(spec), *fragments)


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_the_promise_of_data_words_is_kept_by_the_study(k):
    result = synthetic_study(n=100, k=k)
    promised = "enough for perfect alignment" in data_words(SyntheticSpec(n=100, k=k))
    assert promised == result.plain.alignment.is_exact


# --- Captions ---


def test_pictures_are_captioned_with_the_numbers_they_show(table_1):
    words = picture_words(table_1, "pinv")
    for name in ("plain", "informative"):
        assert_said(
            words[name],
            f"{name.capitalize()}: NCMAE {figure(table_1, 'NCMAE', name)}",
            f"{kept(table_1, name)} of the data's length kept, on 1,600 fitted pairs",
        )
    assert_said(words["spectrum"], "2 of 4 singular values count as zero", "k = 2 directions")
    assert_said(words["latent"], "1,600 pairs")
    by_pinv = [figure(table_1, f"MLRE {m}, pinv(S{m})") for m in (1, 2)]
    assert_said(words["recovered"], f"MLRE is {by_pinv[0]} and {by_pinv[1]}")
    linear = [figure(table_1, f"MLRE {m}, up to linear") for m in (1, 2)]
    other = picture_words(table_1, "linear")["recovered"]
    assert_said(
        other, "best linear map", f"MLRE on these fitted pairs is {linear[0]} and {linear[1]}"
    )


def test_retrieval_is_said_among_how_many_pairs_and_against_which_chance(table_1):
    assert_said(
        retrieval_words(table_1),
        "in the sample among the first 500 of 1,600 pairs (chance 0.002)",
        "held out among all 400 pairs (chance 0.0025)",
    )
    assert "held out" not in retrieval_words(synthetic_study(n=50, holdout=0))


# --- Precision and units ---


@pytest.mark.parametrize("name", ["float32", "float16"])
def test_a_narrow_type_is_named_where_the_rank_is_decided(name):
    data = generate(SyntheticSpec(d1=8, d2=6))
    wide = study(data, StudySpec(k=2))
    narrow = [X.astype(name).astype(float) for X in (data.X1, data.X2)]  # as files are read
    result = study(PairedData(X1=narrow[0], X2=narrow[1]), StudySpec(k=2))
    cutoff = number(result.plain.alignment.cutoff)
    assert_said(headline(result), f"**Perfect alignment exists**, to the precision of {name}: 12")
    assert_said(
        study_words(result),
        f"**The data arrived as {name}**",
        f"singular values up to {cutoff} times the largest",
        f"exact to the precision of {name}, but not beyond it",
    )
    assert_said(picture_words(result, "linear")["spectrum"], f"at the precision of {name}")
    said = " ".join([headline(wide), *study_words(wide)])
    assert "float" not in said


def test_noise_in_a_narrow_type_is_not_called_exact():
    data = generate(SyntheticSpec(d1=4, d2=4, noise=1.0))
    narrow = [X.astype("f4") for X in (data.X1, data.X2)]
    result = study(PairedData(X1=narrow[0], X2=narrow[1]), StudySpec(k=2))
    assert_said(headline(result), "**No perfect alignment**, to the precision of float32: 0 null")
    assert "exact to the precision" not in " ".join(study_words(result))


@pytest.mark.filterwarnings("ignore:perfect_alignment", "ignore:informative_alignment")
def test_columns_lost_by_their_units_are_named_with_the_remedy():
    data = generate(SyntheticSpec(d1=4, d2=4, noise=1.0))
    X1 = data.X1 * [1, 1e-17, 1, 1]
    result = study(PairedData(X1=X1, X2=data.X2), StudySpec(k=2))
    assert_said(
        study_words(result),
        "**Columns of very different units**: column 1 of X₁ (1 in all) has at most",
        "divide each by its standard deviation",
    )
