"""Diagnoses of every kind, each made once: what words, tables and pictures have to bear."""

from functools import cache

import numpy as np

from alignlab.data.features import Changes, Features, changed
from alignlab.diagnosis.result import Diagnosis
from alignlab.diagnosis.run import work_of
from alignlab.diagnosis.spec import DiagnosisSpec
from alignlab.experiments.examples import digits_features, spiked_features
from alignlab.spiked.model import SpikedSpec

BOTH = SpikedSpec(kappa=2.0, gamma_tilde_x=5.0, nu=0.3)
SPECS = {
    "Both": BOTH,
    "CA only": SpikedSpec(kappa=1.0, gamma_tilde_x=20.0, gamma_tilde_y=20.0, nu=0.3),
    "CP only": SpikedSpec(kappa=0.6, gamma_tilde_y=0.05, nu=0.7),
    "Neither": SpikedSpec(kappa=0.6, nu=0.95, gamma_tilde_x=5.0),
    "reversed": SpikedSpec(kappa=0.6, gamma_tilde_x=0.05, nu=0.75),
}


def drawn(spec: SpikedSpec, n: int, seed: int = 0, kept: int | None = None, torn: bool = False):
    changes = Changes(kept=kept, shuffled=torn, seed=seed)
    return changed(spiked_features(spec, n, seed), changes)


def blind(n: int) -> Features:
    """Coupled views, and labels that neither of them tells."""
    found = spiked_features(BOTH, n, 0)
    labels = np.random.default_rng(1).standard_normal(n)
    return Features(X=found.X, Y=found.Y, labels=labels, targets=("t",))


def full(n: int, d: int = 2) -> Features:
    """Labels see all directions of both views: k = d."""
    rng = np.random.default_rng(2)
    Z, noise = rng.standard_normal((n, d)), rng.standard_normal((2, n, d))
    return Features(X=Z + noise[0], Y=Z + 0.5 * noise[1], labels=Z)


BORDER = SpikedSpec(kappa=1.0, gamma_tilde_x=5.0, nu=0.66)
FEW = SpikedSpec(kappa=0.6, gamma_tilde_y=0.05, nu=0.4)

MAKERS = {
    **{name: (lambda spec=spec: drawn(spec, 400)) for name, spec in SPECS.items()},
    "border": lambda: drawn(BORDER, 300, kept=60),
    "few": lambda: drawn(FEW, 100),
    "torn": lambda: drawn(BOTH, 400, torn=True),
    "infinite": lambda: drawn(SpikedSpec(nu=0.0), 1000),
    "unlabelled": lambda: drawn(BOTH, 400, kept=0),
    "blind": lambda: blind(400),
    "no nuisance": lambda: full(200),
    "one column": lambda: full(100, d=1),
    "zero": lambda: drawn(SpikedSpec(kappa=(2.0, 1.5, 0.01), nu=0.9), 400),
    "wide": lambda: drawn(SpikedSpec(d=60, k=3, nu=0.3), 600),
    "digits": digits_features,
}
EARLY = ("early", "early, unlabelled")
"""First verdicts: no pairing measured yet, no resamples."""
KINDS = (*MAKERS, *EARLY)


@cache
def diagnosis(kind: str) -> Diagnosis:
    features = MAKERS[{"early": "Both", "early, unlabelled": "unlabelled"}.get(kind, kind)]()
    work = work_of(features.X, features.Y, features.labels, DiagnosisSpec(resamples=20))
    for _ in work.run():
        if kind in EARLY and work.ready:
            break
    return work.result()
