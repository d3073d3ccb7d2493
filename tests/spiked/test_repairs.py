from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignlab.spiked.model import OBJECTIVES, SpikedSpec
from alignlab.spiked.phase import PARAMETERS, RATIO, RISING, varied
from alignlab.spiked.repairs import BREAKERS, repairs, tied_delta, turning
from alignlab.spiked.theory import separation_ratios
from tests.words.test_phase import FEWER, everywhere, failing, objectives, recovers


@given(everywhere)
@FEWER
def test_what_fails_is_repaired_by_any_parameter_and_what_recovers_broken_by_a_few(spec):
    found, turns = separation_ratios(spec), repairs(spec)
    for name in OBJECTIVES:
        looked_at = BREAKERS if tied_delta(found, name) > 1 else PARAMETERS
        expected = {parameter: turning(spec, name, parameter) for parameter in looked_at}
        assert getattr(turns, name) == {p: at for p, at in expected.items() if at is not None}


def test_at_a_tie_repairs_are_looked_for():
    spec = SpikedSpec(nu=0.8)  # 1 up to rounding
    assert tied_delta(separation_ratios(spec), "cp") == 1
    assert "gamma_x" in repairs(spec).cp  # which is no breaker


@given(everywhere, objectives)
@settings(max_examples=60)
def test_on_one_side_of_a_turning_point_an_objective_recovers_and_on_the_other_it_fails(
    spec, objective
):
    for name in PARAMETERS:
        at = turning(spec, objective, name)
        if at is None or at < 1e-4:
            continue
        beyond, short = (at * (1 + step) for step in (1e-6, -1e-6))
        if name not in RISING:
            beyond, short = short, beyond
        if name in ("nu", RATIO):
            beyond, short = min(beyond, 1.0), min(short, 1.0)
        assert recovers(varied(spec, name, beyond), objective)
        assert not recovers(varied(spec, name, short), objective)


@given(everywhere, objectives, st.floats(0, 1))
@FEWER
def test_where_nothing_turns_every_value_is_as_good(spec, objective, share):
    for name in PARAMETERS:
        if turning(spec, objective, name) is None and name != RATIO:
            low = 1e-3 if "tilde" in name else 1e-6
            high = 1.0 if name == "nu" else 100.0
            at = varied(spec, name, low + share * (high - low))
            assert recovers(at, objective) == recovers(varied(spec, name, high), objective)


@pytest.mark.parametrize(
    ("kappa", "turns"),
    [
        ((3.0, 1.8, 1.08), True), (3.0, True), ((3.0, 2.0, 1.5), False), ((2.0, 0.0, 3.0), False),
        ((1.0, 2.0, 4.0), False), (0.0, False), ((0.0, 0.0, 0.0), False),
    ],
)  # fmt: skip
def test_the_ratio_turns_only_where_the_strengths_have_one(kappa, turns):
    spec = SpikedSpec(kappa=kappa, nu=0.3)
    assert (turning(spec, "ca", RATIO) is not None) == turns
    assert turning(SpikedSpec(d=4, k=1, nu=0.3), "ca", RATIO) is None


def test_a_ratio_said_to_turn_is_that_of_the_present_strengths():
    spec = SpikedSpec(kappa=(3.0, 1.8, 1.08), nu=0.8)
    at = turning(spec, "ca", RATIO)
    assert recovers(varied(spec, RATIO, at + 1e-6), "ca") != recovers(
        varied(spec, RATIO, at - 1e-6), "ca"
    )


def test_alignment_beside_perfect_correlation_is_repaired_by_less_of_it_alone():
    for gamma in (0.05, 1.0):
        spec = SpikedSpec(nu=1.0, gamma_x=gamma, gamma_y=gamma)
        assert [name for name in PARAMETERS if turning(spec, "ca", name) is not None] == ["nu"]


def test_what_is_far_beyond_the_sliders_is_repaired_too():
    spec = SpikedSpec(kappa=100.0, gamma_x=1e6, gamma_tilde_y=1e4, nu=0.5)
    assert recovers(replace(spec, gamma_x=2e4), "cp")
    assert turning(spec, "cp", "gamma_x") == pytest.approx(3e4, rel=1e-6)


@given(failing)
@FEWER
def test_zero_correlation_repairs_whatever_has_a_signal(failure):
    spec, objective = failure
    assert turning(spec, objective, "nu") is not None
