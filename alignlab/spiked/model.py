"""The spiked model of two views: shared coordinates and correlated nuisance coordinates.

View x has k shared coordinates of variance `kappa^2 + gamma_x` and d - k nuisance coordinates of
variance `gamma_tilde_x`, in an orthogonal basis Q_x; view y likewise in Q_y. The shared parts
covary by `kappa^2`, the nuisance coordinates by `eta = nu sqrt(gamma_tilde_x gamma_tilde_y)`.

Alignment (CA) keeps the leading singular directions of `C = Sxx^-1/2 Sxy Syy^-1/2`, prediction
(CP, x -> y) those of `A = Syx Sxx^-1/2`. Both recover the shared subspace where every signal
value exceeds every nuisance value.

Source: "When to Align, When to Predict: A Phase Diagram for Multimodal Learning", eqs 4-8,
Propositions 3.1 and 3.2, Lemma A.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real

import numpy as np

from alignlab import linalg
from alignlab.checks import LARGEST, InputError, as_count, as_float, unbox
from alignlab.data.pairs import PairedData

Parameter = float | tuple[float, ...]


OBJECTIVES = ("ca", "cp", "cp_reverse")
"""Alignment, prediction x -> y, prediction y -> x."""

SHARED = ("kappa", "gamma_x", "gamma_y")
NUISANCE = ("gamma_tilde_x", "gamma_tilde_y", "nu")
"""Parameters with a value for each of the k shared, and of the d - k nuisance coordinates."""


@dataclass(frozen=True, kw_only=True)
class SpikedSpec:
    """A spiked model. Every parameter is a number, or a tuple with one value per coordinate.

    d : features of either view; k : shared coordinates, 1 <= k < d.
    kappa : standard deviation of the shared coordinates, not negative. (k)
    gamma_x, gamma_y : noise variance on the shared coordinates, not negative. (k)
    gamma_tilde_x, gamma_tilde_y : variance of the nuisance coordinates, positive. (d - k)
    nu : correlation of the nuisance coordinates, in [0, 1]. (d - k)

    The defaults are the setting of the paper's Figure 2a, at kappa = 2 and nu = 0.5.

    Variances, including kappa squared, are at most `checks.LARGEST`.

    Raises ValueError naming the parameter, its range and the given value.

    Source: "When to Align, When to Predict: A Phase Diagram for Multimodal Learning", eq. 4 and
    Figure 2a.

    Examples
    --------
    >>> import alignlab as al
    >>> spec = al.SpikedSpec(d=5, k=2, kappa=(2.0, 1.0), nu=0.3)
    >>> spec.values("kappa").tolist(), spec.values("nu").tolist()
    ([2.0, 1.0], [0.3, 0.3, 0.3])
    >>> al.SpikedSpec(nu=1.5)
    Traceback (most recent call last):
        ...
    alignlab.checks.InputError: SpikedSpec: nu = 1.5: a correlation must be in [0, 1]
    """

    d: int = 20
    k: int = 3
    kappa: Parameter = 2.0
    gamma_x: Parameter = 1.0
    gamma_y: Parameter = 0.05
    gamma_tilde_x: Parameter = 1.0
    gamma_tilde_y: Parameter = 5.0
    nu: Parameter = 0.5

    def __post_init__(self) -> None:
        unbox(self)
        name = "SpikedSpec"
        as_count(self.d, "d", name, 2)
        if as_count(self.k, "k", name, 1) >= self.d:
            raise InputError(
                name,
                f"k = {self.k} shared coordinates leave none for nuisance in d = "
                f"{self.d}: lower k or raise d",
            )
        for parameter in (*SHARED, *NUISANCE):
            self._check(parameter, self.k if parameter in SHARED else self.d - self.k)

    def _check(self, parameter: str, count: int) -> None:
        given = getattr(self, parameter)
        if isinstance(given, tuple) and len(given) != count:
            raise InputError(
                "SpikedSpec",
                f"{parameter} has {len(given)} values, one for each of {count} "
                "coordinates was expected: give that many, or one number for all",
            )
        positive = parameter.startswith("gamma_tilde")
        low = np.nextafter(0, 1) if positive else 0.0
        high = 1.0 if parameter == "nu" else np.inf
        for value in given if isinstance(given, tuple) else (given,):
            if isinstance(value, bool) or not isinstance(value, (float, Real)):
                raise InputError("SpikedSpec", f"{parameter} = {value!r} is not a number")
            number = as_float(value)
            if not (low <= number <= high and np.isfinite(number)):
                span = "in [0, 1]" if parameter == "nu" else "positive" if positive else "0 or more"
                what = "a correlation" if parameter == "nu" else "a variance"
                what = "a standard deviation" if parameter == "kappa" else what
                shown = str(value) if isinstance(value, float) else f"{number:g}"
                raise InputError("SpikedSpec", f"{parameter} = {shown}: {what} must be {span}")
            most = LARGEST**0.5 if parameter == "kappa" else LARGEST
            if number > most:
                raise InputError(
                    "SpikedSpec",
                    f"{parameter} = {number:g} is out of range: it must be at most "
                    f"{most:.3g}, since products of larger variances overflow",
                )

    def values(self, parameter: str) -> np.ndarray:
        """A parameter as an array (k,) or (d - k,), one value per coordinate."""
        count = self.k if parameter in SHARED else self.d - self.k
        return np.full(count, getattr(self, parameter), dtype=np.float64)


def separation_ratio(weakest: np.ndarray, strongest: np.ndarray) -> np.ndarray:
    """`Delta = min signal / max nuisance` (...) of the weakest signal and the strongest nuisance.

    Infinite where there is a signal and no nuisance; 0 where there is no signal.
    """
    weakest, strongest = np.broadcast_arrays(weakest, strongest)
    delta = np.where(weakest > 0, np.inf, 0.0)
    return np.divide(weakest, strongest, out=delta, where=strongest > 0)


def coordinate_moments(spec: SpikedSpec) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Variances in x, variances in y and covariances (d,) of the coordinates, shared ones first."""
    shared = spec.values("kappa") ** 2
    x, y = spec.values("gamma_tilde_x"), spec.values("gamma_tilde_y")
    return (
        np.concatenate([shared + spec.values("gamma_x"), x]),
        np.concatenate([shared + spec.values("gamma_y"), y]),
        np.concatenate([shared, spec.values("nu") * np.sqrt(x * y)]),
    )


def sample_spiked(spec: SpikedSpec, n: int, seed: int) -> PairedData:
    """Draw n Gaussian pairs of a spec, in random bases Q_x and Q_y.

    The population mean is zero; sample moments differ from it and from the population covariance.

    Returns
    -------
    PairedData with X1, X2 : (n, d). Z : (n, k), the shared coordinates, with standard deviations
    kappa. S1, S2 : (d, k), the first k columns of Q_x and Q_y, so that `X1 = Z S1' + noise`.

    Raises
    ------
    ValueError
        n below 1, or a negative seed.

    Source: "When to Align, When to Predict: A Phase Diagram for Multimodal Learning", eq. 4, with
    the parametrisation of Appendix A.4.

    Examples
    --------
    Without noise on the shared coordinates X1 contains them exactly:

    >>> import numpy as np
    >>> import alignlab as al
    >>> data = al.sample_spiked(al.SpikedSpec(d=5, k=2, gamma_x=0), n=100, seed=0)
    >>> data.X1.shape, data.Z.shape, data.S1.shape
    ((100, 5), (100, 2), (5, 2))
    >>> bool(np.allclose(data.X1 @ data.S1, data.Z))
    True
    """
    n = as_count(n, "n", "sample_spiked", 1)
    seed = as_count(seed, "seed", "sample_spiked", 0)
    rng = np.random.default_rng(seed)
    Q_x, Q_y = _rotation(rng, spec.d), _rotation(rng, spec.d)
    nu = spec.values("nu")
    Z = rng.standard_normal((n, spec.k)) * spec.values("kappa")
    noise = rng.standard_normal((2, n, spec.k))
    common, own = rng.standard_normal((2, n, spec.d - spec.k))
    x = Z + noise[0] * np.sqrt(spec.values("gamma_x"))
    y = Z + noise[1] * np.sqrt(spec.values("gamma_y"))
    nuisance_x = common * np.sqrt(spec.values("gamma_tilde_x"))
    nuisance_y = (nu * common + np.sqrt(1 - nu**2) * own) * np.sqrt(spec.values("gamma_tilde_y"))
    return PairedData(
        X1=np.concatenate([x, nuisance_x], axis=1) @ Q_x.T,
        X2=np.concatenate([y, nuisance_y], axis=1) @ Q_y.T,
        Z=Z,
        S1=Q_x[:, : spec.k],
        S2=Q_y[:, : spec.k],
    )


def _rotation(rng: np.random.Generator, d: int) -> np.ndarray:
    """A rotation or reflection (d, d), uniformly distributed."""
    return linalg.random_rotation(d, rng)
