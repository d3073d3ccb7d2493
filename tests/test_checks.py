import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch

import alignlab as al
from alignlab.aligners.contrastive import ContrastiveSpec, trained
from alignlab.aligners.deep_cca import DeepSpec, deep_cca
from alignlab.aligners.fourier import fourier_cca, fourier_informative
from alignlab.aligners.kernel_cca import kernel_cca
from alignlab.aligners.views import pairwise_cmae
from alignlab.checks import as_values
from alignlab.diagnosis.heads import Heads, HeadsSpec
from alignlab.diagnosis.sensitivity import Checks, CheckSpec
from alignlab.experiments.gaussian_transfer import aligned_transfer, fit_gaussian_transfer
from alignlab.metrics import undirected
from tests.inputs import named

A = np.random.default_rng(0).integers(0, 101, (40, 3)).astype(float)
B = np.random.default_rng(1).integers(0, 101, (40, 3)).astype(float)
LABELS = np.arange(40) % 2


# --- Columns of tables ---

FIT = {
    "cca": lambda X, Y: al.cca(X, Y, 2),
    "perfect_alignment": lambda X, Y: al.perfect_alignment(X, Y, 2),
    "informative_alignment": lambda X, Y: al.informative_alignment(X, Y, 2),
    "reduced_rank_regression": lambda X, Y: al.reduced_rank_regression(X, Y, 2),
    "pls_svd": lambda X, Y: al.pls_svd(X, Y, 2),
    "procrustes": lambda X, Y: al.procrustes(X, Y, 2),
    "least_squares": al.least_squares,
    "whitened_cross": lambda X, Y: al.whitened_cross(X, Y, 2, 1, 0.5),
    "whitened_stack": lambda X, Y: al.whitened_stack(X, Y, 2, 1, 0.5),
    "contrastive": lambda X, Y: al.contrastive(X, Y, 2, steps=1),
    "nonlinear": lambda X, Y: trained(X, Y, ContrastiveSpec(steps=1, hidden=2)),
    "fourier_cca": lambda X, Y: fourier_cca(X, Y, 2),
    "fourier_informative": lambda X, Y: fourier_informative(X, Y, 2),
    "kernel_cca": lambda X, Y: kernel_cca(X, Y, 2),
    "deep_cca": lambda X, Y: deep_cca(X, Y, DeepSpec(steps=1)),
    "stream": lambda X, Y: al.perfect_alignment_of_stream([(X, Y)], 2),
}


@pytest.mark.parametrize("name", FIT)
def test_embed_refuses_columns_in_another_order_than_they_were_fitted(name):
    X, Y = named(A), named(B).rename(columns=str.upper)
    found = FIT[name](X, Y)
    assert found.features == (("c0", "c1", "c2"), ("C0", "C1", "C2"))
    message = "embed: X2 has the columns of the fit in another order: column 0 is 'C2' and"
    with pytest.raises(ValueError, match=message):
        found.embed(X, Y[["C2", "C1", "C0"]])
    with pytest.raises(ValueError, match=r"embed: X1 lacks the column 'c1'.*1 of 3"):
        found.embed(X.rename(columns={"c1": "other"}), Y)
    for first, second in ((X, Y), (A, B), (X, B), (pd.DataFrame(A), Y), (pa.table(X), Y)):
        np.testing.assert_array_equal(found.embed(first, second)[0], found.embed(A, B)[0])


def test_maps_of_arrays_take_any_names():
    found = al.cca(A, B, 2)
    assert found.features is None
    np.testing.assert_array_equal(found.embed(named(A), B)[0], found.embed(A, B)[0])


def test_numbered_columns_are_names_once_they_are_out_of_order():
    found = al.cca(pd.DataFrame(A), B, 2)
    with pytest.raises(ValueError, match=r"X1 has the columns of the fit in another order"):
        found.embed(pd.DataFrame(A)[[2, 0, 1]], B)
    np.testing.assert_array_equal(found.embed(named(A), B)[0], found.embed(A, B)[0])


def test_embed_of_another_width_speaks_of_the_width():
    with pytest.raises(ValueError, match=r"X1 has shape \(40, 2\), 3 features were fitted"):
        al.cca(named(A), B, 2).embed(named(A)[["c1", "c0"]], B)


@pytest.mark.parametrize("align", [al.gcca, al.perfect_alignment_views])
def test_several_views_remember_their_columns(align):
    found = align([named(A), B, named(B)], 2)
    with pytest.raises(ValueError, match=r"embed: view 3 has the columns .* another order"):
        found.embed([named(A), B, named(B)[["c1", "c0", "c2"]]])


def test_chunks_keep_their_columns():
    turned = named(A)[["c1", "c0", "c2"]]
    with pytest.raises(ValueError, match=r"chunk 1: X1 has the columns .* another order"):
        al.perfect_alignment_of_stream([(named(A), B), (turned, B)], 2)
    with pytest.raises(
        ValueError, match=r"diagnose: a chunk of X has the columns .* another order"
    ):
        al.diagnose_chunks(lambda: [(named(A), B), (turned, B)])


def test_transfer_takes_the_columns_that_it_knows():
    turned = named(A)[["c1", "c0", "c2"]]
    with pytest.raises(ValueError, match=r"X1_pairs has the columns .* another order"):
        fit_gaussian_transfer(named(A), LABELS, turned, B)
    with pytest.raises(ValueError, match=r"X2 has the columns .* another order"):
        al.gaussian_transfer(A, LABELS, A, named(A), turned)
    with pytest.raises(ValueError, match=r"X1_labelled has the columns .* another order"):
        aligned_transfer(al.cca(named(A), B, 2), turned, LABELS, B)


@pytest.mark.parametrize("metric", [al.cmae, al.ncmae, al.mlre, al.retrieval, al.relative_cmae])
def test_metrics_refuse_equal_columns_in_another_order(metric):
    with pytest.raises(ValueError, match=f"^{metric.__name__}: both tables have the same columns"):
        metric(named(A), named(B)[["c2", "c1", "c0"]])
    assert metric(named(A), named(B).rename(columns=str.upper)) == metric(A, B)


# --- Rows of tables ---

ROWS = [f"id{i}" for i in range(40)]
X, Y = (named(M).set_index(pd.Index(ROWS)) for M in (A, B))
SHUFFLED = Y.sample(frac=1, random_state=0)

TWO_TABLES = {
    "cmae": al.cmae,
    "ncmae": al.ncmae,
    "relative_cmae": al.relative_cmae,
    "kept_norm": al.kept_norm,
    "mlre": al.mlre,
    "retrieval": al.retrieval,
    "undirected": undirected,
    "pairwise_cmae": lambda X, Y: pairwise_cmae([X, Y]),
    "gcca": lambda X, Y: al.gcca([X, Y], 2),
    "perfect_alignment_views": lambda X, Y: al.perfect_alignment_views([X, Y], 2),
    "embed": lambda X, Y: al.cca(A, B, 2).embed(X, Y),
    "diagnose": lambda X, Y: al.diagnose(X, Y),
    "diagnose, labels": lambda X, Y: al.diagnose(X, B, Y["c0"] > 50),
    "diagnose_chunks": lambda X, Y: al.diagnose_chunks(lambda: [(X, Y)]),
    "Heads": lambda X, Y: Heads(X, B, Y["c0"] > 50, HeadsSpec(k=1)),
    "Checks": lambda X, Y: Checks(X, B, Y["c0"] > 50, (CheckSpec(kind="ridge"),)),
    "gaussian_transfer": lambda X, Y: al.gaussian_transfer(A, LABELS, X, Y, B),
    "gaussian_transfer, labels": lambda X, Y: al.gaussian_transfer(X, Y["c0"] > 50, A, B, B),
    "aligned_transfer": lambda X, Y: aligned_transfer(al.cca(A, B, 2), X, Y["c0"] > 50, B),
    "PairedData": lambda X, Y: al.PairedData(X1=X, X2=Y),
} | FIT  # fmt: skip


@pytest.mark.parametrize("name", TWO_TABLES)
def test_the_same_rows_in_another_order_are_refused_with_the_remedy(name):
    with pytest.raises(ValueError, match=r"same labels in another order.*reindex.*to_numpy\(\)"):
        TWO_TABLES[name](X, SHUFFLED)


@pytest.mark.parametrize(
    "name", [n for n in TWO_TABLES if n not in ("diagnose", "diagnose_chunks")]
)
def test_equal_or_different_row_labels_go_by_position(name):
    TWO_TABLES[name](X, Y)
    TWO_TABLES[name](X, Y.reset_index(drop=True))
    TWO_TABLES[name](X, Y.rename(index=str.upper))


def test_rows_of_a_shuffled_frame_are_not_those_of_a_plain_one():
    plain = named(A)
    with pytest.raises(ValueError, match=r"row 0 is 0 in X1 and"):
        al.cca(plain, named(B).sample(frac=1, random_state=1), 2)


def test_row_labels_of_several_types_and_repeated_ones_are_compared():
    odd = X.set_index(pd.Index([*range(20), *ROWS[20:]], dtype=object))
    with pytest.raises(ValueError, match=r"another order"):
        al.cca(odd, odd.iloc[::-1], 2)
    twice = X.set_index(pd.Index(np.arange(40) // 2))
    with pytest.raises(ValueError, match=r"another order"):
        al.cca(twice, twice.iloc[::-1], 2)
    al.cca(twice, twice.iloc[::-1].to_numpy() + B, 2)


# --- Views that may be transposed ---


@pytest.mark.parametrize("align", [al.cca, al.perfect_alignment, al.pls_svd, al.least_squares])
def test_transposed_views_of_unlike_width_are_recognised(align):
    k = () if align is al.least_squares else (2,)
    message = r"X1 has 3 rows and X2 has 2.*features lie in rows, give X1\.T and X2\.T"
    with pytest.raises(ValueError, match=message):
        align(A.T, B[:, :2].T, *k)


@pytest.mark.parametrize(
    ("first", "second", "which"), [(A.T, B[:, :2], "X1"), (A[:, :2], B.T, "X2")]
)
def test_a_single_transposed_view_is_named(first, second, which):
    with pytest.raises(ValueError, match=rf"{which} may be transposed.*give {which}\.T"):
        al.cca(first, second, 2)


def test_a_lost_row_is_not_taken_for_a_transposed_view():
    with pytest.raises(ValueError, match=r"40 rows and X2 has 39.*without a partner$"):
        al.cca(A, B[:-1], 2)


def test_embed_of_a_transposed_view_says_so():
    with pytest.raises(ValueError, match=r"X1 may be transposed .features in rows.: give X1\.T"):
        al.cca(A, B, 2).embed(A[:30].T, B)


@pytest.mark.parametrize(
    "name", ["cca", "perfect_alignment", "pls_svd", "contrastive", "fourier_cca"]
)
def test_equal_views_of_more_features_than_samples_are_warned_about(name):
    with pytest.warns(UserWarning, match=rf"^{name}: both.*3 rows and 40 columns.*give X1\.T") as w:
        FIT[name](A.T, B.T)
    assert len(w) == 1
    assert w[0].filename == __file__


def test_diagnose_warns_without_labels_which_would_tell_the_samples():
    wide = np.random.default_rng(0).standard_normal((2, 40, 60))
    with pytest.warns(UserWarning, match=r"diagnose: both views have 40 rows and 60 columns"):
        al.diagnose(*wide, resamples=2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        al.diagnose(*wide, labels=LABELS, resamples=2)


def test_views_of_enough_samples_or_of_unlike_width_are_not_warned_about():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        al.cca(A, B, 2)
        al.perfect_alignment(A.T, B.T[:, :39][:, :40].repeat(2, 1)[:, :50], 2)
        al.cmae(A.T, B.T)
        al.PairedData(X1=A.T, X2=B.T)


# --- Numbers of specs ---


def test_narrow_numbers_in_specs_do_not_wrap():
    spec = al.SyntheticSpec(n=np.int16(50), d1=np.uint8(200), d2=np.uint8(100), k=np.uint8(45))
    assert spec == al.SyntheticSpec(n=50, d1=200, d2=100, k=45)
    assert {type(spec.n), type(spec.d1), type(spec.k)} == {int}
    assert type(al.SyntheticSpec(noise=np.float32(0.5)).noise) is float


@pytest.mark.parametrize("kappa", [np.array([1, 2, 3], "u1"), torch.tensor([1, 2, 3]), [1, 2, 3]])
def test_parameters_of_a_spec_may_be_arrays(kappa):
    assert al.SpikedSpec(k=3, kappa=tuple(np.asarray(kappa))) == al.SpikedSpec(k=3, kappa=(1, 2, 3))
    if not isinstance(kappa, list):
        assert al.SpikedSpec(k=3, kappa=kappa) == al.SpikedSpec(k=3, kappa=(1, 2, 3))


VALUES = [np.array([1, 3], "u1"), np.array([1, 3], ">i4")[::1], torch.tensor([1, 3]), (1, 3)]


@pytest.mark.parametrize("values", [*VALUES, pd.Series([1, 3]), pd.Series([1, 3], dtype="Int64")])
def test_a_sweep_over_any_array_of_values_is_that_over_plain_numbers(values):
    spec = al.SyntheticSpec(n=20)
    found, right = (
        al.sweep(spec, "noise", v, s, ["cca"], ["cmae"])
        for v, s in ((values, values), ([1, 3], [1, 3]))
    )
    pd.testing.assert_frame_equal(found, right)


@pytest.mark.parametrize("values", [None, 3, "13", {"a": 1}])
def test_values_that_are_none_are_refused(values):
    with pytest.raises(ValueError, match=r"give a list of numbers"):
        as_values(values, "values", "sweep")


@pytest.mark.parametrize("kind", [lambda v: v.astype("f4"), torch.tensor, pd.Series, list])
def test_the_axes_of_a_phase_plane_may_be_any_array(kind):
    axis = np.array([0.25, 0.5])
    right = al.phase_plane(al.SpikedSpec(), axis, axis)
    np.testing.assert_array_equal(
        al.phase_plane(al.SpikedSpec(), kind(axis), kind(axis)).ca, right.ca
    )
