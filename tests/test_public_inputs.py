"""Every public function gives the float64 result, whatever the container."""

import inspect
from dataclasses import astuple, fields, is_dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import alignlab as al
from alignlab import metrics, projection
from alignlab.aligners.contrastive import ContrastiveSpec, trained
from alignlab.aligners.views import pairwise_cmae
from alignlab.data import synthetic
from alignlab.diagnosis import probe
from alignlab.diagnosis.heads import Heads, HeadsSpec
from alignlab.diagnosis.sensitivity import Checks, CheckSpec
from alignlab.diagnosis.spec import DiagnosisSpec
from alignlab.experiments import alignment, compare, whitening
from alignlab.experiments.gaussian_transfer import aligned_transfer, fit_gaussian_transfer
from alignlab.har import Activity, ActivityDataset
from alignlab.har.decoder import decoder
from alignlab.har.methods import ridge_cca
from alignlab.maps import MapSpec
from alignlab.neighbours import nearest
from alignlab.projection import turned_towards
from alignlab.spaces.map_measures import map_measures
from alignlab.spaces.measures import Measures, MeasureSpec
from tests.inputs import KINDS, numbers
from tests.tsne import joint_tsne, tsne

N, D = 40, 3
LABELS = np.arange(N) % 2
QUICK = ContrastiveSpec(k=2, steps=2, batch=16)


def data(seed):
    """Two related views of whole numbers from 0 to 100."""
    rng = np.random.default_rng(seed)
    A = rng.integers(0, 101, (N, D))
    return A.astype(float), np.clip(A + rng.integers(-30, 31, (N, D)), 0, 100).astype(float)


def maps(found):
    return [found.W1, found.W2, found.mean1, found.mean2, found.spectrum]


def aligned(align):
    """Maps, and their embeddings of the same views."""

    def run(A, B):
        found = align(A, B)
        return [*maps(found), *found.embed(A, B)]

    return run


def several(align):
    def run(A, B):
        found = align([A, B, A], 2)
        return [*found.W, *found.embed([B, A, B])]

    return run


def streamed(A, B):
    return maps(al.perfect_alignment_of_stream([(A, B), (B, A)], 2))


def diagnosis(found):
    numbers = [getattr(found, f.name) for f in fields(found)]
    return [value for value in numbers if isinstance(value, float | int | np.ndarray)]


def posterior(A, B):
    found = fit_gaussian_transfer(A, LABELS, A, B)
    return [found.posterior(B), found.predict(B)]


def paired(A, B):
    return al.PairedData(X1=A, X2=B, Z=A, S1=np.eye(D), S2=np.eye(D), labels=LABELS)


def bridged(A, B):
    pairs = paired(A, B)
    ends = whitening.corners(pairs, 2)
    found = whitening.member(pairs, 2, "stack", 0.5, 0.5, ends)
    return [found.Z1, found.Z2, *found.errors.values()]


def compared(A, B):
    spec = compare.ComparisonSpec(k=2, methods=("perfect_alignment",))
    found = compare.compare(paired(A, B), spec)
    return [value for one in found.results.values() for value in one.figures.values()]


def picture(A, B):
    found = tsne(A, B, MapSpec(perplexity=5, steps=250))
    return [found.Y1, found.Y2, found.trustworthiness]


def joint_picture(A, B):
    found = joint_tsne({"a": (A, B), "b": (B, A)}, MapSpec(perplexity=5, steps=250))["b"]
    return [found.Y1, found.Y2]


def heads(A, B):
    work = Heads(A, B, LABELS, HeadsSpec(k=1, steps=2, hidden=0, seeds=(0,), batch=8))
    for _ in work.run():
        pass
    return [work.table()["score"].to_numpy()]


def checks(A, B):
    work = Checks(
        A, B, LABELS, (CheckSpec(kind="ridge", values=(0.0, 0.1)),), DiagnosisSpec(resamples=2)
    )
    for _ in work.run():
        pass
    return [work.table().filter(like="delta").to_numpy()]


def probed(A, B):
    targets = probe.Targets.of(LABELS, None, "probe")
    return [probe.probe(A, B, targets, (np.arange(N), np.arange(N)))]


def sequences(A, B):
    one = Activity(action=1, subject=1, trial=1, modalities={"inertial": A, "skeleton": B})
    return [ActivityDataset(sequences=(one,)).resampled("inertial", 7)]


def decoded(A, B):
    return [decoder(A, LABELS.astype("u1"), seed=0).scores(B)]


def measured(A, B):
    work = Measures(A, B, MeasureSpec(draws=2, neighbours=3))
    for _ in work.run():
        pass
    return [work.table().to_numpy(float), map_table(A, B)]


def map_table(A, B):
    return np.array([one.value for one in map_measures(A, B, MeasureSpec(draws=1)).values()])


def with_one_k(align):
    return aligned(lambda A, B: align(A, B, 2))


PUBLIC = {
    "Alignment": aligned(lambda A, B: al.pls_svd(A, B, 1)),
    "PairedData": lambda A, B: [np.asarray(M, float) for M in (paired(A, B).X1, paired(A, B).X2)],
    "alignment_uniformity": lambda A, B: [*astuple(al.alignment_uniformity(A, B))],
    "cca": with_one_k(al.cca),
    "cka": lambda A, B: [al.cka(A, B)],
    "cmae": lambda A, B: [al.cmae(A, B)],
    "component_p_values": lambda A, B: [al.component_p_values(A, B, permutations=9).to_numpy()],
    "continuity": lambda A, B: [al.continuity(A, B, 5)],
    "contrastive": aligned(lambda A, B: al.contrastive(A, B, 2, steps=2, batch=16)),
    "gcca": several(al.gcca),
    "hubness": lambda A, B: [*al.hubness(A, B, 5)],
    "informative_alignment": with_one_k(al.informative_alignment),
    "kept_norm": lambda A, B: [al.kept_norm(A, B)],
    "least_squares": aligned(al.least_squares),
    "mlre": lambda A, B: [al.mlre(A, B), al.mlre(A, B, up_to="linear")],
    "modality_gap": lambda A, B: [*astuple(al.modality_gap(A, B))],
    "mutual_knn": lambda A, B: [al.mutual_knn(A, B, 5)],
    "ncmae": lambda A, B: [al.ncmae(A, B)],
    "partner_ranks": lambda A, B: [*al.partner_ranks(A, B)],
    "perfect_alignment": with_one_k(al.perfect_alignment),
    "perfect_alignment_of_stream": streamed,
    "perfect_alignment_views": several(al.perfect_alignment_views),
    "pls_svd": with_one_k(al.pls_svd),
    "procrustes": with_one_k(al.procrustes),
    "pseudo_inverse_latents": lambda A, B: [*al.pseudo_inverse_latents(paired(A, B))],
    "reduced_rank_regression": with_one_k(al.reduced_rank_regression),
    "relative_cmae": lambda A, B: [al.relative_cmae(A, B)],
    "retrieval": lambda A, B: [al.retrieval(A, B, top=2)],
    "subspace_distance": lambda A, B: [al.subspace_distance(A, B)],
    "trustworthiness": lambda A, B: [al.trustworthiness(A, B, 5)],
    "whitened_cross": aligned(lambda A, B: al.whitened_cross(A, B, 2, 0.5, 0.5)),
    "whitened_stack": aligned(lambda A, B: al.whitened_stack(A, B, 2, 0.5, 0.5)),
}
"""Of `alignlab` itself, by name: from two views or latents to numbers."""

SLOW_PUBLIC = {
    "gaussian_transfer": lambda A, B: [al.gaussian_transfer(A, LABELS, A, B, B)],
    "diagnose": lambda A, B: diagnosis(al.diagnose(A, B, LABELS, resamples=2)),
    "diagnose_chunks": lambda A, B: diagnosis(
        al.diagnose_chunks(lambda: [(A, B, LABELS)], resamples=2)
    ),
}

ELSEWHERE = {
    "undirected": lambda A, B: [metrics.undirected(A, B)],
    "mean_norm": lambda A, B: [metrics.mean_norm(A)],
    "pairwise_cmae": lambda A, B: [pairwise_cmae([A, B])],
    "trained": lambda A, B: maps(trained(A, B, QUICK)),
    "transform": lambda A, B: [al.cca(A, B, 2).transform(A), al.pls_svd(A, B, 2).transform(X2=B)],
    "ViewsAlignment.transform": lambda A, B: [al.gcca([A, B], 2).transform(B, 1)],
    "loadings": lambda A, B: [*al.pls_svd(A, B, 2).loadings(A, B)],
    "to_plane": lambda A, B: projection.to_plane(A, B, how="principal", symbol="z")[0],
    "first_two": lambda A, B: [projection.first_two(A)],
    "ActivityDataset.resampled": sequences,
    "nearest": lambda A, B: [nearest(A, 3).distances, nearest(A, 3, B).distances],
    "turned_towards": lambda A, B: turned_towards(A, B, A),
    "ridge_cca": lambda A, B: [*ridge_cca(A, B, 2, 0.1).embed(A, B)],
}
"""Of the modules."""

SLOW = SLOW_PUBLIC | {
    "fit_gaussian_transfer": posterior,
    "aligned_transfer": lambda A, B: [aligned_transfer(al.cca(A, B, 2), A, LABELS, B)],
    "probe": probed,
    "moments": lambda A, B: [synthetic.moments(paired(A, B)).to_numpy()],
    "study": lambda A, B: [alignment.study(paired(A, B), alignment.StudySpec()).table.to_numpy()],
    "bridge": bridged,
    "compare": compared,
    "Measures": measured,
    "tsne": picture,
    "joint_tsne": joint_picture,
    "Heads": heads,
    "decoder": decoded,
    "Checks": checks,
}

TABLES_ONLY = {"match_rows"}
"""Names that take tables with named rows, and no other container."""

NO_VIEWS = {
    "Diagnosis", "MonteCarlo", "SeparationRatios", "SpikedSpec", "SyntheticSpec", "generate",
    "monte_carlo", "phase_plane", "read", "sample_spiked", "separation_ratios", "sweep",
}  # fmt: skip
"""Names of `alignlab` that take no views: specs, results, and what is asked of these."""


def same(found, expected, what):
    """Up to the rounding of either method: views with bytes are never solved through X'X."""
    for one, right in zip(found, expected, strict=True):
        if np.asarray(right).dtype.kind not in "fiub":
            np.testing.assert_array_equal(one, right, err_msg=what)
            continue
        size = np.max(np.nan_to_num(np.abs(right)), initial=0.0)
        np.testing.assert_allclose(one, right, rtol=1e-9, atol=1e-9 * size, err_msg=what)


def check(names, first, second, seed):
    A, B = data(seed)
    A1, B1 = numbers(first, A), numbers(second, B)
    for name, run in names.items():
        found = run(KINDS[first](A), KINDS[second](B))
        same(found, run(A1, B1), f"{name} of {first} and {second}")


def test_every_public_name_is_in_one_of_the_tables():
    assert sorted({*PUBLIC, *SLOW_PUBLIC, *NO_VIEWS, *TABLES_ONLY}) == sorted(al.__all__)
    assert NO_VIEWS.isdisjoint({*PUBLIC, *SLOW_PUBLIC})


@pytest.mark.parametrize("name", sorted(NO_VIEWS))
def test_what_is_left_out_of_the_tables_takes_no_views(name):
    views = {"X", "Y", "X1", "X2", "Z1", "Z2", "U", "V", "views", "chunks", "data"}
    thing = getattr(al, name)
    assert is_dataclass(thing) or views.isdisjoint(inspect.signature(thing).parameters)


@pytest.mark.parametrize("kind", KINDS)
def test_every_function_gives_the_float64_answer_for_every_kind_of_input(kind):
    check(PUBLIC | ELSEWHERE, kind, kind, seed=0)


@pytest.mark.parametrize("kind", ["float16", "DataFrame Int64"])
@pytest.mark.parametrize("name", SLOW)
def test_experiments_give_the_float64_answer_for_narrow_inputs(name, kind):
    check({name: SLOW[name]}, kind, kind, seed=0)


KIND = st.sampled_from(sorted(KINDS))


@settings(max_examples=40)
@given(KIND, KIND, st.integers(0, 2**32 - 1), st.sampled_from(sorted(PUBLIC | ELSEWHERE)))
def test_two_kinds_go_together(first, second, seed, name):
    check({name: (PUBLIC | ELSEWHERE)[name]}, first, second, seed)


@settings(max_examples=15)
@given(KIND, KIND, st.sampled_from(sorted(SLOW)))
def test_two_kinds_go_together_in_experiments(first, second, name):
    check({name: SLOW[name]}, first, second, seed=1)
