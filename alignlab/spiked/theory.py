"""Theory of the spiked model: spectra, separation ratios and regimes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from alignlab.spiked.model import NUISANCE, OBJECTIVES, SHARED, SpikedSpec, separation_ratio

Regime = Literal["Both", "CA only", "CP only", "Neither"]

REGIMES: tuple[Regime, ...] = ("Both", "CA only", "CP only", "Neither")
"""Which of CA and forward CP recover the shared subspace."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Spectra:
    """Singular values of C and A, in the order of the coordinates; any leading axes.

    rho, tau, tau_reverse : (..., k), the signal values of C, of A, and of A for y -> x.
    nu, xi, xi_reverse : (..., d - k), the nuisance values of the same matrices.

    Where a parameter is given by one number for all coordinates, the last axis may be 1.
    """

    rho: np.ndarray
    tau: np.ndarray
    tau_reverse: np.ndarray
    nu: np.ndarray
    xi: np.ndarray
    xi_reverse: np.ndarray

    @property
    def pairs(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Signal and nuisance values by objective."""
        return {
            "ca": (self.rho, self.nu),
            "cp": (self.tau, self.xi),
            "cp_reverse": (self.tau_reverse, self.xi_reverse),
        }

    def ratio(self, objective: str) -> np.ndarray:
        """`Delta = min signal / max nuisance` (...) of an objective; see `SeparationRatios`."""
        signal, nuisance = self.pairs[objective]
        return separation_ratio(signal.min(-1), nuisance.max(-1))


def spectra(values: Mapping[str, np.ndarray]) -> Spectra:
    """The singular values for parameters given by name as arrays (..., coordinates).

    Returns Spectra with arrays of the same leading axes, (..., coordinates).

    Source: eq. 5. A shared coordinate with kappa = 0 has signal value 0, even without noise.
    """
    shared = values["kappa"] ** 2
    x, y = (shared + values[name] for name in ("gamma_x", "gamma_y"))
    nu = values["nu"]
    return Spectra(
        # exactly 1 without noise, a tie with nu = 1; the product of x and y could underflow
        rho=np.sqrt(_quotient(shared, x) * _quotient(shared, y)),
        tau=_quotient(shared, np.sqrt(x)),
        tau_reverse=_quotient(shared, np.sqrt(y)),
        nu=nu,
        xi=nu * np.sqrt(values["gamma_tilde_y"]),
        xi_reverse=nu * np.sqrt(values["gamma_tilde_x"]),
    )


def _quotient(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    a, b = np.broadcast_arrays(a, b)
    return np.divide(a, b, out=np.zeros_like(a), where=b > 0)


@dataclass(frozen=True, kw_only=True, eq=False)
class SeparationRatios:
    """The result of theory for a spec.

    ca, cp, cp_reverse : `Delta = min signal / max nuisance` of CA, of CP x -> y and of y -> x. An
        objective recovers the whole shared subspace if its Delta exceeds 1; a tie, Delta = 1, is
        not recovery. If all nuisance values are 0 (nu = 0) Delta is infinite, and if a signal
        value is 0 (kappa = 0) it is 0, whatever the nuisance.
    rho, tau, tau_reverse : (k,) signal values; nu, xi, xi_reverse : (d - k,) nuisance values, of
        C, of A and of A for y -> x.
    recovered_ca, recovered_cp, recovered_cp_reverse : lower bound on the number of signal
        directions kept (Proposition 3.2): those whose value exceeds every nuisance value.
    regime : "Both", "CA only", "CP only" or "Neither", by CA and forward CP.

    Source: "When to Align, When to Predict: A Phase Diagram for Multimodal Learning",
    Propositions 3.1 and 3.2.

    Examples
    --------
    >>> import alignlab as al
    >>> found = al.separation_ratios(al.SpikedSpec(d=5, k=2, kappa=2, gamma_x=0, gamma_y=0, nu=0.5))
    >>> found.rho.round(6).tolist(), found.nu.round(6).tolist()  # no noise: correlations of 1
    ([1.0, 1.0], [0.5, 0.5, 0.5])
    >>> round(found.ca, 6), found.recovered_ca, found.regime
    (2.0, 2, 'Both')
    """

    ca: float
    cp: float
    cp_reverse: float
    rho: np.ndarray
    tau: np.ndarray
    tau_reverse: np.ndarray
    nu: np.ndarray
    xi: np.ndarray
    xi_reverse: np.ndarray
    recovered_ca: int
    recovered_cp: int
    recovered_cp_reverse: int
    regime: Regime


def separation_ratios(spec: SpikedSpec) -> SeparationRatios:
    """Separation ratios, singular values and the regime of a spec, in closed form.

    Returns
    -------
    SeparationRatios with rho, tau, tau_reverse (k,) and nu, xi, xi_reverse (d - k,).

    Source: "When to Align, When to Predict: A Phase Diagram for Multimodal Learning",
    Propositions 3.1 and 3.2 (eqs 5, 6 and 8).

    Examples
    --------
    A larger nuisance variance in y makes prediction of y fail and does not change alignment:

    >>> import alignlab as al
    >>> for variance in (5.0, 25.0):
    ...     found = al.separation_ratios(al.SpikedSpec(gamma_tilde_y=variance))
    ...     print(round(found.ca, 3), round(found.cp, 3), found.regime)
    1.778 1.6 Both
    1.778 0.716 CA only
    """
    found = spectra({name: spec.values(name) for name in (*SHARED, *NUISANCE)})
    ratio: dict[str, Any] = {name: float(found.ratio(name)) for name in OBJECTIVES}
    kept: dict[str, Any] = {
        f"recovered_{name}": int(np.count_nonzero(signal > nuisance.max()))
        for name, (signal, nuisance) in found.pairs.items()
    }
    return SeparationRatios(
        **ratio,
        **vars(found),
        **kept,
        regime=REGIMES[int(regime_codes(ratio["ca"], ratio["cp"]))],
    )


def regime_codes(ca: np.ndarray | float, cp: np.ndarray | float) -> np.ndarray:
    """The regimes of separation ratios ca and cp (forward CP), as indices into `REGIMES`.

    ca and cp are numbers or arrays (...) that broadcast; the indices are uint8 (...).
    """
    return (2 * (np.asarray(ca) <= 1) + (np.asarray(cp) <= 1)).astype(np.uint8)
