from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from alignlab.spiked.model import OBJECTIVES, SpikedSpec
from alignlab.spiked.monte_carlo import OVERLAP, RECOVERY, monte_carlo, noise_floor
from alignlab.spiked.phase import RATIO, varied
from alignlab.spiked.samples import RecoveryMaps
from alignlab.spiked.theory import separation_ratios
from tests.spiked.test_model import specs

FIGURE_2A = SpikedSpec(
    k=5, gamma_x=1.0, gamma_y=0.05, gamma_tilde_x=1.0, gamma_tilde_y=5.0, nu=1.0
)  # fmt: skip
UNEQUAL = SpikedSpec(
    d=6, k=3, kappa=(2.0, 1.5, 1.0), gamma_x=(0.5, 0.0, 1.0), gamma_y=(0.1, 0.4, 2.0),
    gamma_tilde_x=(1.0, 2.0, 0.5), gamma_tilde_y=(5.0, 0.3, 1.5), nu=(0.9, 0.5, 0.0),
)  # fmt: skip

KAPPAS, NUS = (0.0, 0.7, 1.4, 3.0), (0.0, 0.4, 1.0)


def maps(**fields):
    given_fields = {
        "spec": replace(FIGURE_2A, d=7, k=3), "kappas": KAPPAS, "nus": NUS, "n": 60,
        "seeds": (0, 3),
    }  # fmt: skip
    return RecoveryMaps(**given_fields | fields)


def finished(one):
    work = one.sampling()
    for _ in work.run():
        pass
    return work


def point(one, which, nu, kappa):
    """The spec of a point: ratio first, then the correlation, then the largest kappa."""
    ratio = one.ratios[which]
    spec = one.spec if ratio is None else varied(varied(one.spec, "kappa", 1.0), RATIO, ratio)
    return varied(varied(spec, "nu", nu), "kappa", kappa)


def floor_of(one, objective, which=0):
    """The floor, as soon as it is measured."""
    work = one.sampling()
    steps = work.run()
    for _ in one.nus:
        next(steps)
    steps.close()
    return one.floor(work, objective, which)


def filled(one, known):
    """A sampling with distances 0.1 and one direction kept where (point, seed) is known."""
    work = one.sampling()
    for at, number in known:
        work.values[at, number, :3] = 0.1
        work.values[at, number, 3:] = 1
    return work


# --- Points ---


@pytest.mark.parametrize("ratios", [(None,), (1.0, 0.5), (0.3, None, 0.9)])
@pytest.mark.parametrize("spec", [replace(FIGURE_2A, d=7, k=3), UNEQUAL])
def test_points_come_by_ratio_then_by_nu_then_by_kappa(spec, ratios):
    one = maps(spec=spec, ratios=ratios)
    found = iter(one.specs())
    for which in range(len(ratios)):
        for nu in NUS:
            for kappa in KAPPAS:
                expected = point(one, which, nu, kappa)
                at = next(found)
                for name in ("kappa", "nu"):
                    np.testing.assert_allclose(at.values(name), expected.values(name), rtol=1e-14)
                assert replace(at, kappa=1.0, nu=0.5) == replace(spec, kappa=1.0, nu=0.5)
    assert next(found, None) is None


@given(specs(), st.floats(0.1, 1))
def test_a_point_of_a_ratio_is_a_geometric_series(spec, ratio):
    one = maps(spec=spec, ratios=(ratio,))
    for at, kappa in zip(one.specs(), KAPPAS * len(NUS), strict=True):
        np.testing.assert_allclose(at.values("kappa"), kappa * ratio ** np.arange(spec.k))


def test_strengths_are_the_same_without_a_pattern():
    assert maps().same_strengths()
    assert not maps(spec=UNEQUAL).same_strengths()
    several = maps(ratios=(1.0, 0.5, None))
    assert [several.same_strengths(which) for which in range(3)] == [True, False, True]


def test_a_plane_of_no_signal_keeps_its_pattern():
    one = maps(spec=UNEQUAL, kappas=(0.0,))
    assert not one.same_strengths()
    assert {spec.kappa for spec in one.specs()} == {0.0}


# --- Shares ---


@pytest.mark.parametrize("ratios", [(None,), (1.0, 0.4)])
@pytest.mark.parametrize("spec", [replace(FIGURE_2A, d=7, k=3), replace(UNEQUAL, gamma_x=0.5)])
def test_a_share_is_what_each_point_gives_alone(spec, ratios):
    one = maps(spec=spec, ratios=ratios)
    work = finished(one)
    for which in range(len(ratios)):
        for i, nu in enumerate(NUS):
            for j, kappa in enumerate(KAPPAS):
                alone = monte_carlo([point(one, which, nu, kappa)], 60, (0, 3))
                for name in OBJECTIVES:
                    overlap = 1 - getattr(alone, name) ** 2
                    kept = getattr(alone, f"kept_{name}") / 3
                    share = one.share(work, name, which)[i, j]
                    assert share == pytest.approx(overlap.mean(), abs=1e-9)
                    assert one.share(work, name, which, kept=True)[i, j] == kept.mean()


def test_shares_are_shares():
    one = maps(spec=UNEQUAL, ratios=(1.0, 0.0))
    work = finished(one)
    for name in OBJECTIVES:
        for which in range(2):
            for kept in (False, True):
                share = one.share(work, name, which, kept)
                assert share.shape == (len(NUS), len(KAPPAS))
                assert ((share >= 0) & (share <= 1) | np.isnan(share)).all()


def test_a_share_is_the_mean_over_the_seeds_so_far():
    one = maps(seeds=(0, 1, 2))
    work = one.sampling()
    work.values[5, 0] = (0.5, 0.1, 0.2, 1, 2, 3)
    work.values[5, 2] = (0.1, 0.1, 0.2, 2, 2, 3)
    share = one.share(work, "ca")
    assert share[1, 1] == pytest.approx(1 - (0.25 + 0.01) / 2)
    assert one.share(work, "ca", kept=True)[1, 1] == pytest.approx(1.5 / 3)
    assert one.share(work, "cp_reverse", kept=True)[1, 1] == 1
    assert np.isnan(share).sum() == share.size - 1


def test_nothing_is_known_at_first():
    one = maps()
    work = one.sampling()
    for name in OBJECTIVES:
        assert np.isnan(one.share(work, name)).all()
        assert np.isnan(one.lost(work, name))
    assert one.table(work).isna().all(axis=None)


def test_what_has_no_variance_stays_unknown():
    one = maps(spec=replace(FIGURE_2A, d=7, k=3, gamma_x=0.0))
    share = one.share(finished(one), "ca")
    assert np.isnan(share[:, 0]).all()
    assert np.isfinite(share[:, 1:]).all()


def test_without_signal_noise_is_found():
    one = maps()
    for name in OBJECTIVES:
        assert (one.share(finished(one), name)[:, 0] < 0.9).all()
        assert (one.promised(name)[:, 0] == 0).all()


# --- The prediction of theory ---


@given(specs(), st.floats(0, 1), st.floats(0.05, 3), st.sampled_from([None, 1.0, 0.7]))
def test_below_the_curves_are_as_many_as_theory_counts(spec, nu, kappa, ratio):
    one = maps(spec=spec, kappas=(kappa / 2, kappa), ratios=(ratio,))
    found = separation_ratios(point(one, 0, nu, kappa))
    for name in OBJECTIVES:
        curves = one.promised(name)[:, 1]
        assert curves.shape == (spec.k,)
        assume(np.abs(curves - nu).min() > 1e-9)
        assert (nu < curves).sum() == getattr(found, f"recovered_{name}")
        assert (nu < curves.min()) == (getattr(found, name) > 1)


def test_curves_are_those_of_the_phase_diagram():
    kappas = np.array(KAPPAS)
    signal = kappas**2 / np.sqrt(kappas**2 + 1)
    one = maps()
    ca, cp = one.promised("ca"), one.promised("cp")
    np.testing.assert_allclose(ca, [signal / np.sqrt(kappas**2 + 0.05)] * 3)
    np.testing.assert_allclose(cp, [signal / np.sqrt(5)] * 3)


def test_the_correlation_of_the_spec_is_of_no_account():
    for name in OBJECTIVES:
        expected = maps().promised(name)
        for nu in (0.0, 0.3):
            spec = replace(FIGURE_2A, d=7, k=3, nu=nu)
            np.testing.assert_array_equal(maps(spec=spec).promised(name), expected)


def test_the_first_direction_is_the_same_for_all_ratios_and_the_others_need_more():
    one = maps(spec=replace(FIGURE_2A, d=7, k=3), ratios=(1.0, 0.8, 0.4))
    for name in OBJECTIVES:
        same, mild, steep = (one.promised(name, which)[:, 1:] for which in range(3))
        np.testing.assert_allclose(mild[0], same[0])
        np.testing.assert_allclose(steep[0], same[0])
        assert (steep[1:] < mild[1:]).all()
        assert (mild[1:] < same[1:]).all()


# --- The floor of samples ---


@pytest.mark.parametrize("spec", [replace(FIGURE_2A, d=7, k=3), replace(UNEQUAL, gamma_x=0.5)])
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_from_the_floor_on_the_weakest_signal_exceeds_the_nuisance_of_samples(spec, objective):
    one = maps(spec=spec, kappas=(0.0, 1.0, 6.0), nus=(0.0, 0.3, 0.6), n=400)
    column = OBJECTIVES.index(objective)
    steps = np.linspace(0, 6, 601)
    for nu, found in zip(one.nus, floor_of(one, objective), strict=True):
        nuisance = noise_floor([point(one, 0, nu, 1.0)], 400, (0, 3))[column, 0]
        above = []
        for kappa in steps:
            ratios = separation_ratios(point(one, 0, nu, float(kappa)))
            signal = {"ca": ratios.rho, "cp": ratios.tau, "cp_reverse": ratios.tau_reverse}
            above.append(signal[objective].min() > nuisance)
        if not any(above):
            assert np.isnan(found)
        else:
            assert found == pytest.approx(steps[np.argmax(above)], abs=0.011)


def test_before_it_is_measured_there_is_no_floor():
    work = maps().sampling()
    assert np.isnan(maps().floor(work, "ca")).all()
    next(work.run())
    assert np.isfinite(maps().floor(work, "ca")[0])


def test_where_no_kappa_is_enough_there_is_no_floor():
    floor = floor_of(maps(kappas=(0.0, 0.1, 0.2)), "ca")
    assert np.isnan(floor).all()
    assert np.isnan(floor_of(maps(), "ca")[-1])  # nu = 1 is never exceeded


def test_where_every_kappa_is_enough_the_floor_is_the_first():
    one = maps(kappas=(2.0, 3.0), n=100_000)
    assert floor_of(one, "ca")[0] == 2.0


def test_the_floor_rises_with_the_correlation_and_falls_with_the_pairs():
    few, many = (floor_of(maps(nus=(0.0, 0.3, 0.6), n=n), "ca") for n in (200, 20_000))
    assert (np.diff(few) > 0).all()
    assert (many < few).all()


def test_each_ratio_has_a_floor_of_its_own():
    one = maps(kappas=(0.0, 10.0), nus=(0.0, 0.3), ratios=(1.0, 0.5), n=1000)
    even, steep = floor_of(one, "cp", 0), floor_of(one, "cp", 1)
    np.testing.assert_allclose(steep, 4 * even, atol=0.02)  # the third kappa is a quarter


# --- Failures in samples ---


@pytest.mark.parametrize("spec", [replace(FIGURE_2A, d=7, k=3), replace(UNEQUAL, gamma_x=0.5)])
def test_lost_are_points_that_are_promised_and_not_recovered(spec):
    one = maps(spec=spec, kappas=(0.5, 1.5, 3.0, 6.0), nus=(0.0, 0.2, 0.4, 0.7))
    work = finished(one)
    for name in OBJECTIVES:
        share, flags = one.share(work, name), []
        for i, nu in enumerate(one.nus):
            for j, kappa in enumerate(one.kappas):
                if getattr(separation_ratios(point(one, 0, nu, kappa)), name) > 1:
                    flags.append(share[i, j] < OVERLAP)
        assert one.lost(work, name) == pytest.approx(np.mean(flags))


def test_points_that_are_not_known_yet_are_not_lost():
    one = maps()
    everything = [(at, 0) for at in range(12)]
    work = filled(one, everything)
    assert one.lost(work, "ca") == 0
    work.values[11, 0, 0] = 1.0  # nu = 1: not promised
    assert one.lost(work, "ca") == 0
    work.values[1, 0, 0] = 1.0  # nu = 0, kappa = 0.7
    promised = (np.array(NUS)[:, None] < one.promised("ca").min(axis=0)).sum()
    assert one.lost(work, "ca") == pytest.approx(1 / promised)
    work.values[2, 0, 0] = np.nan
    assert one.lost(work, "ca") == pytest.approx(1 / (promised - 1))


def test_where_theory_promises_nothing_no_share_is_lost():
    one = maps(kappas=(0.0,))
    assert np.isnan(one.lost(finished(one), "ca"))
    one = maps(nus=(1.0,))
    assert np.isnan(one.lost(finished(one), "ca"))


# --- The recorded maps ---


def recorded(n):
    one = RecoveryMaps(
        spec=FIGURE_2A,
        kappas=tuple(np.linspace(0, 3, 31).tolist()),
        nus=tuple(np.linspace(0, 1, 31).tolist()),
        n=n,
        seeds=tuple(range(10)),
    )
    return one, finished(one)


def test_the_map_of_figure_2a_in_5000_pairs():
    one, work = recorded(5000)
    assert (work.done, work.total) == (9610, 9610)
    assert one.lost(work, "ca") == pytest.approx(0.07, abs=0.02)
    assert one.lost(work, "cp") == pytest.approx(0.15, abs=0.02)
    assert one.lost(work, "cp_reverse") == pytest.approx(0.01, abs=0.01)
    means = [one.share(work, name).mean() for name in OBJECTIVES]
    assert means == pytest.approx([0.656, 0.492, 0.841], abs=0.01)
    kept = [one.share(work, name, kept=True).mean() for name in OBJECTIVES]
    assert kept == pytest.approx([0.640, 0.465, 0.807], abs=0.01)


def test_a_million_pairs_lose_next_to_nothing():
    one, work = recorded(1_000_000)
    for name in OBJECTIVES:
        assert one.lost(work, name) < 0.015


# --- Tables ---


def test_a_table_has_a_row_a_point():
    one = maps(ratios=(1.0, 0.5))
    work = finished(one)
    table = one.table(work)
    assert table.index.names == ["kappa_ratio", "nu", "kappa"]
    assert table.shape == (2 * 3 * 4, 6)
    assert table.notna().all(axis=None)
    for which, ratio in enumerate((1.0, 0.5)):
        for name in OBJECTIVES:
            for kept, column in ((False, f"overlap {name}"), (True, f"kept {name}")):
                share = one.share(work, name, which, kept)
                assert table.loc[(ratio, 0.4, 1.4), column] == share[1, 2]
                assert table.loc[(ratio, 1.0, 0.7), column] == share[2, 1]


def test_a_table_without_ratios_leaves_theirs_empty():
    table = maps().table(finished(maps()))
    assert table.index.get_level_values("kappa_ratio").isna().all()
    assert len(table) == 12


# --- Specs and edges ---


@pytest.mark.parametrize("one", [maps(), maps(spec=UNEQUAL, ratios=(1.0, None))])
def test_what_is_printed_makes_the_same_maps(one):
    known = {"RecoveryMaps": RecoveryMaps, "SpikedSpec": SpikedSpec}
    assert eval(repr(one), known) == one
    assert hash(eval(repr(one), known)) == hash(one)


@given(specs())
@settings(max_examples=25)
def test_every_spec_has_maps(spec):
    one = maps(spec=spec, n=3 * spec.d, seeds=(1,), ratios=(None, 0.5))
    work = finished(one)
    assert work.values.shape == (24, 1, len(RECOVERY.names))
    for name in OBJECTIVES:
        assert one.share(work, name, 1).shape == (3, 4)
        assert one.floor(work, name, 1).shape == (3,)
        assert one.promised(name, 1).shape == (spec.k, 4)
        assert np.isnan(one.lost(work, name)) or 0 <= one.lost(work, name) <= 1


@pytest.mark.parametrize("axes", [{"kappas": (2.0,)}, {"nus": (0.3,)}, {"seeds": (7,)}])
@pytest.mark.parametrize("spec", [SpikedSpec(d=2, k=1), SpikedSpec(d=5, k=4)])
def test_one_value_or_one_seed_is_a_map(axes, spec):
    one = maps(spec=spec, **axes)
    assert one.table(finished(one)).notna().all(axis=None)
    assert floor_of(one, "ca").shape == (len(one.nus),)


@pytest.mark.parametrize("axes", [{"kappas": ()}, {"nus": ()}, {"seeds": ()}, {"ratios": ()}])
def test_maps_of_nothing_are_refused(axes):
    with pytest.raises(ValueError, match="no specs or no seeds: give at least one each"):
        maps(**axes).sampling()
