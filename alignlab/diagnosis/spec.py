"""The settings of `diagnose`, with their defaults."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alignlab.checks import InputError, as_count, as_real, unbox
from alignlab.data.label_reading import Kind, kinds_of
from alignlab.diagnosis.reduction import COMPONENTS, SCALES, Scale


@dataclass(frozen=True, kw_only=True)
class DiagnosisSpec:
    """The settings of a diagnosis; errors are raised in the name of `diagnose`.

    seed : of the resamples and of the permutation null.
    resamples : number of random halves of the rows for intervals and support, at least 2.
    components : maximum number of principal components kept of a view, at least 1.
    ridge : added to the variance of every component before whitening, in units of their mean
        variance in the view.
    scale : units of the columns, one of `reduction.SCALES`.
    kind : "classes" or "numbers" for label columns that could be either, or one for each column;
        None decides from the values.
    """

    seed: int = 0
    resamples: int = 50
    components: int = COMPONENTS
    ridge: float = 0.0
    scale: Scale = "auto"
    kind: Kind = None

    def __post_init__(self) -> None:
        unbox(self)
        name = "diagnose"
        as_count(self.components, "components", name, 1)
        as_real(self.ridge, "ridge", name, 0, np.inf)
        object.__setattr__(self, "kind", kinds_of(self.kind, name))
        as_count(self.seed, "seed", name, 0)
        as_count(self.resamples, "resamples", name, 2)
        if self.scale not in SCALES:
            raise InputError(name, f"scale = {self.scale!r} is not known: use {', '.join(SCALES)}")
