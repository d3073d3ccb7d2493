"""What the phase diagram's pages say, computed from the state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alignlab.names import LABELS, PLAIN, SYMBOLS
from alignlab.spiked.model import OBJECTIVES, SpikedSpec
from alignlab.spiked.phase import RATIO, RISING, varied
from alignlab.spiked.repairs import Repairs, tied_delta
from alignlab.spiked.theory import REGIMES, SeparationRatios, regime_codes, separation_ratios
from alignlab.words.numbers import number

_TARGETS = {"cp": "y from x", "cp_reverse": "x from y"}

_VALUES = {"ca": ("ρ", "ν"), "cp": ("τ", "ξ"), "cp_reverse": ("τ", "ξ")}

NOTHING = 1e-6
"""A threshold below this is shown as 0."""


@dataclass(frozen=True, kw_only=True)
class Stop:
    """A stop of the tour: an example, its position in the plane, and the reason for it."""

    name: str
    kappa: float
    nu: float
    why: str


TOUR = (
    Stop(
        name="image and caption", kappa=2.7, nu=0.1,
        why="A caption says what the picture shows: redundant views, a strong shared signal and "
        "little else in common.",
    ),
    Stop(
        name="several instruments", kappa=0.4, nu=0.8,
        why="Telescopes, omics, sensors: complementary views, each with strong structure of its "
        "own that hides the shared part, and nuisance that they have in common.",
    ),
    Stop(
        name="stereo, fixed cameras", kappa=2.2, nu=0.97,
        why="Two cameras see an object's shape and also its position: the position is "
        "nuisance here, and almost the same in both.",
    ),
    Stop(
        name="stereo, jittered cameras", kappa=2.2, nu=0.3,
        why="The same, but each camera is moved at random: the positions correlate less.",
    ),
    Stop(
        name="in between", kappa=1.2, nu=0.5,
        why="Away from the corners the noise decides: play the nuisance variance of y.",
    ),
)  # fmt: skip
"""The examples of sections 3.2 and 4.2; their positions in the plane are our illustration."""


def regime_of(found: SeparationRatios, prediction: str) -> str:
    """The regime of CA and one direction of CP."""
    return REGIMES[int(regime_codes(tied_delta(found, "ca"), tied_delta(found, prediction)))]


def headline(found: SeparationRatios, prediction: str) -> str:
    """The verdict in one line: the regime of an operating point, and what it means."""
    regime, target = regime_of(found, prediction), _TARGETS[prediction]
    says = {
        "Both": f"Align, or predict {target}: either recovers all shared directions.",
        "CA only": f"Align; predicting {target} encodes nuisance.",
        "CP only": f"Predict {target}; alignment mistakes nuisance for signal.",
        "Neither": f"Neither aligning nor predicting {target} recovers all shared directions.",
    }[regime]
    return f"**{regime}.** {says}"


def regime_words(found: SeparationRatios, turns: Repairs, prediction: str) -> str:
    """The regime of an operating point, and why each objective recovers or fails."""
    other = next(name for name in _TARGETS if name != prediction)
    says = headline(found, prediction)
    if tied_delta(found, prediction) <= 1 < tied_delta(found, other):
        says += f" Predicting {_TARGETS[other]} recovers them."
    shown = ("ca", prediction, other)
    lines = "\n".join(f"- {objective_words(found, turns, name)}" for name in shown)
    return f"{says}\n\n{lines}"


def objective_words(found: SeparationRatios, turns: Repairs, objective: str) -> str:
    """Whether an objective recovers, which values decide it, and what would change that."""
    signal, nuisance = found_values(found, objective)
    s, v = _VALUES[objective]
    delta = tied_delta(found, objective)
    tie = np.isclose(signal.min(), nuisance.max(), rtol=1e-12, atol=0)
    low, high = told_apart(signal.min(), nuisance.max())
    weakest, strongest = f"{s} = {low}", f"{v} = {high}"
    if delta > 1:
        return (
            f"**{LABELS[objective]}** recovers: its weakest signal value {weakest} exceeds the "
            f"strongest nuisance value {strongest} (Δ = {ratio(delta)}). "
            f"{break_words(getattr(turns, objective))}".rstrip()
        )
    kept = int(np.count_nonzero(signal > nuisance.max() * (1 + 1e-12)))  # ties do not count
    verb = "ties with" if tie else "exceeds"
    words = (
        f"**{LABELS[objective]}** fails: the nuisance value {strongest} {verb} the weakest signal "
        f"value {weakest} (Δ = {ratio(delta)})."
    )
    if kept:
        words += f" At least {kept} of {len(signal)} shared directions are still recovered."
    return f"{words} {repair_words(getattr(turns, objective))}"


def repair_words(turns: Mapping[str, float]) -> str:
    """Which parameters would each make an objective recover, and the value to pass."""
    found = _sides(turns, repairs=True)
    if not found:
        return "No single parameter repairs it."
    if len(found) == 1:
        return f"What would repair it: {found[0]}."
    return f"What would repair it: {', '.join(found[:-1])}, or {found[-1]}."


def break_words(turns: Mapping[str, float]) -> str:
    """Which parameters would each make an objective fail, and the value to pass."""
    found = _sides(turns, repairs=False)
    return f"What would break it: {', or '.join(found)}." if found else ""


def _sides(turns: Mapping[str, float], *, repairs: bool) -> list[str]:
    """Each parameter with its threshold and the side of it where the outcome changes."""
    found = []
    for name, at in turns.items():
        side = "above" if (name in RISING) == repairs else "below"
        value = number(at) if at > NOTHING else "0"
        ends = {"below": "0", "above": "1" if name in ("nu", RATIO) else ""}
        if value != ends[side]:  # otherwise the threshold is at the end of the range
            found.append(f"{SYMBOLS[name]} {side} {value}")
    return found


def tour_table(spec: SpikedSpec, prediction: str) -> pd.DataFrame:
    """One row for each stop of the tour, all other parameters as in the spec."""
    rows = {}
    for stop in TOUR:
        found = separation_ratios(varied(varied(spec, "kappa", stop.kappa), "nu", stop.nu))
        rows[stop.name] = {
            "κ": number(stop.kappa), "ν": number(stop.nu),
            "regime": regime_of(found, prediction),
            "Δ CA": ratio(found.ca), "Δ CP": ratio(getattr(found, prediction)), "why": stop.why,
        }  # fmt: skip
    return pd.DataFrame.from_dict(rows, orient="index")


def ratios_table(found: SeparationRatios) -> pd.DataFrame:
    """Of each objective, its ratio and how many shared directions it recovers."""
    rows = {
        LABELS[name]: {
            "Δ": getattr(found, name),
            "shared directions recovered": getattr(found, f"recovered_{name}"),
        }
        for name in OBJECTIVES
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def play_words(shares: dict[str, tuple[float, float]], parameter: str) -> str:
    """How the recovered share of the plane changes over an animation, by objective."""
    parts = []
    for name, (first, last) in shares.items():
        if f"{first:.0%}" == f"{last:.0%}":
            parts.append(f"{LABELS[name]} stays at {first:.0%}")
        else:
            verb = "falls" if last < first else "grows"
            parts.append(f"{LABELS[name]} {verb} from {first:.0%} to {last:.0%}")
    return f"As {PLAIN[parameter]} rises, the recovered share of the plane: {'; '.join(parts)}."


def found_values(found: SeparationRatios, objective: str) -> tuple[np.ndarray, np.ndarray]:
    """The signal and the nuisance values of an objective."""
    return {
        "ca": (found.rho, found.nu),
        "cp": (found.tau, found.xi),
        "cp_reverse": (found.tau_reverse, found.xi_reverse),
    }[objective]


def told_apart(a: float, b: float) -> tuple[str, str]:
    """Two numbers as text, with more digits if three do not distinguish them."""
    if number(a) != number(b) or np.isclose(a, b, rtol=1e-12, atol=0):
        return number(a), number(b)
    for digits in range(4, 17):
        texts = f"{a:.{digits}g}", f"{b:.{digits}g}"
        if texts[0] != texts[1]:
            return texts
    return number(a), number(b)


def ratio(delta: float) -> str:
    """A separation ratio as text."""
    return "∞" if np.isinf(delta) else told_apart(delta, 1.0)[0]
