"""The live picture of the home page: its control and its study."""

from __future__ import annotations

from alignlab.experiments.alignment import Study, StudySpec
from alignlab.ui.controls import Number, Value
from alignlab.ui.parts.alignment import synthetic_study
from alignlab.ui.parts.synthetic import SYNTHETIC, synthetic_spec

SIGMA = Number(
    name="sigma", label="Noise σ", default=0.0, low=0.0, high=5.0, step=0.1,
    help="Standard deviation of the Gaussian noise on every feature of both modalities.",
)  # fmt: skip


def pictured(sigma: float) -> dict[str, Value]:
    """Controls of pairs whose plain alignment collapses: far more features than dimensions."""
    return {"n": 400, "components": 3, "d1": 16, "d2": 16, "noise": sigma}


def pictured_study(sigma: float) -> Study:
    """Both alignments of the pairs at a noise."""
    values = {control.name: control.default for control in SYNTHETIC} | pictured(sigma)
    spec = synthetic_spec(values)
    return synthetic_study(spec, StudySpec(k=spec.k))
