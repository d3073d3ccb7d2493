"""What lessons may ask of a page's setting, by name, and how it comes from the page's results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import procrustes

from alignlab.experiments.methods import METHODS
from alignlab.names import LEGENDS

if TYPE_CHECKING:
    from alignlab.diagnosis.result import Diagnosis
    from alignlab.experiments.alignment import Study
    from alignlab.experiments.compare import Comparison
    from alignlab.experiments.space import Space
    from alignlab.experiments.whitening import Member
    from alignlab.maps.result import PairMap
    from alignlab.spiked.monte_carlo import Sampling
    from alignlab.spiked.recovery import SpikedStudy
    from alignlab.spiked.repairs import Repairs
    from alignlab.spiked.theory import SeparationRatios

Found = dict[str, float | str]

LOST = 0.5
"""A subspace counts as lost in samples once its mean distance from the true one exceeds this."""


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """A quantity. label : in a sentence or beside its value. word : whether it is no number."""

    label: str
    word: bool = False


def _numbers(**labels: str) -> dict[str, Quantity]:
    return {name: Quantity(label=label) for name, label in labels.items()}


_ALIGNERS = ("plain", "informative")
_SPLITS = {"": "", "_held_out": ", held out"}
_ROWS = {
    "cmae": ("CMAE", "CMAE"),
    "ncmae": ("NCMAE", "NCMAE"),
    "relative_cmae": ("relative CMAE", "relative CMAE"),
    "retrieval": ("pair retrieval", "retrieval"),
    "kept_1": ("kept norm 1", "kept norm of modality 1"),
    "kept_2": ("kept norm 2", "kept norm of modality 2"),
    "mlre": ("MLRE 1", "MLRE"),
    "mlre_linear": ("MLRE 1, up to linear", "MLRE up to a linear map"),
}
_COMPARED = {
    "cmae": "CMAE", "ncmae": "NCMAE", "relative_cmae": "relative CMAE", "retrieval": "R@1",
    "transfer": "transfer", "kept_1": "kept norm 1", "kept_2": "kept norm 2",
    "mlre_affine": "MLRE 1 affine",
}  # fmt: skip
_CORNERS = {
    "pa": "plain PA", "pls": "PLS-SVD", "cp": "CP", "cp_reverse": "CP reversed", "cca": "CCA",
}  # fmt: skip

QUANTITIES: dict[str, dict[str, Quantity]] = {
    "alignment": {
        **{
            f"{row}_{aligner}{split}": Quantity(label=f"{label} ({aligner}{more})")
            for row, (_, label) in _ROWS.items()
            for aligner in _ALIGNERS
            for split, more in _SPLITS.items()
        },
        **{f"kept_{a}": Quantity(label=f"kept norm ({a})") for a in _ALIGNERS},
        **_numbers(
            chance="chance of retrieval",
            pairs="pairs fitted",
            null_directions="null directions",
            jump="d₁ + d₂ − k",
        ),
    },
    "whitening": {
        **{
            f"distance_{short}": Quantity(label=f"distance from {corner}")
            for short, corner in _CORNERS.items()
        },
        **_numbers(ncmae="NCMAE", relative_cmae="relative CMAE", retrieval="retrieval"),
    },
    "phase": {
        "regime": Quantity(label="regime", word=True),
        **{f"delta_{o}": Quantity(label=f"Δ of {label}") for o, label in LEGENDS.items()},
        **{
            f"threshold_{o}": Quantity(label=f"ν at which {label} turns")
            for o, label in LEGENDS.items()
        },
        **_numbers(
            directions_ca="directions that CA keeps", directions_cp="directions that CP keeps"
        ),
    },
    "recovery": _numbers(
        at="value of the varied parameter",
        pairs="pairs n",
        threshold_ca="threshold of CA in theory",
        threshold_cp="threshold of CP in theory",
        lost_ca="value from which CA is lost in samples",
        lost_cp="value from which CP is lost in samples",
        distance_ca="distance of CA",
        distance_cp="distance of CP",
        total_ca="total error of CA",
        total_cp="total error of CP",
        signal_ca="error of CA on the signal",
        signal_cp="error of CP on the signal",
    ),
    "compare": {
        f"{row}_{name}": Quantity(label=f"{metric}, held out ({method.label})")
        for row, metric in _COMPARED.items()
        for name, method in METHODS.items()
    },
    "inspect": _numbers(
        pairs="pairs",
        maps="maps",
        partners_space="partner distance over that of random pairs, in the space",
        partners_map="partner distance over that of random pairs, in the map",
        total_least="smallest total distance of partners in a map",
        total_most="largest total distance of partners in a map",
        share_least="smallest partner distance over that of random pairs, in a map",
        share_most="largest partner distance over that of random pairs, in a map",
        trust_least="lowest trustworthiness of a map",
        difference_most="largest difference of two maps, scale and rotation apart",
    ),
    "diagnose": {
        "regime": Quantity(label="regime", word=True),
        "advice": Quantity(label="objective advised", word=True),
        **{f"delta_{o}": Quantity(label=f"Δ of {label}") for o, label in LEGENDS.items()},
        **_numbers(
            support="support",
            rows="rows",
            labelled="rows with a label",
            coupling="correlation of canonical pairs on held-out rows",
        ),
    },
}
"""The quantities of a page's setting, by path of the page and by name."""


def of_study(study: Study) -> Found:
    """Those of the alignment page."""
    table, plain = study.table, study.plain.alignment
    found: Found = {
        f"{name}_{aligner}{split}": float(table.loc[row, (aligner, which)])
        for name, (row, _) in _ROWS.items()
        for aligner in _ALIGNERS
        for split, which in zip(_SPLITS, ("train", "held out"), strict=True)
    }
    found |= {f"kept_{aligner}": study.kept(aligner) for aligner in _ALIGNERS}
    return found | {
        "chance": float(table.loc["chance of retrieval", ("plain", "train")]),
        "pairs": study.train.n,
        "null_directions": plain.null_dim,
        "jump": study.train.X1.shape[1] + study.train.X2.shape[1] - plain.k,
    }


def of_member(member: Member) -> Found:
    """Those of the whitening page; a distance is the larger one of both views' maps."""
    errors = {"ncmae": "NCMAE", "relative_cmae": "relative CMAE", "retrieval": "pair retrieval"}
    return {
        **{f"distance_{s}": max(member.distances[corner]) for s, corner in _CORNERS.items()},
        **{name: member.errors[error] for name, error in errors.items()},
    }


def of_ratios(ratios: SeparationRatios, repairs: Repairs) -> Found:
    """Those of the phase diagram."""
    return {
        "regime": ratios.regime,
        **{f"delta_{o}": getattr(ratios, o) for o in LEGENDS},
        **{f"threshold_{o}": getattr(repairs, o).get("nu", np.nan) for o in LEGENDS},
        "directions_ca": ratios.recovered_ca,
        "directions_cp": ratios.recovered_cp,
    }


def of_experiment(study: SpikedStudy, sampling: Sampling, at: float) -> Found:
    """Those of the linear experiments; distances and errors at the varied value nearest `at`."""
    found: Found = dict.fromkeys(QUANTITIES["recovery"], np.nan)
    found |= {f"threshold_{o}": value for o, value in study.thresholds.items() if o != "cp_reverse"}
    table = study.summary(sampling)[0]
    nearest = int(np.abs(table.index.to_numpy() - at).argmin())
    row = table.iloc[nearest]
    found |= {"pairs": study.n, "at": float(table.index[nearest])}
    for o in ("ca", "cp"):
        distance = o if study.experiment == "distance" else f"{o} distance"
        if distance in table:
            lost = table.index[table[distance] > LOST]
            found[f"lost_{o}"] = float(lost.min()) if len(lost) else np.inf
            found[f"distance_{o}"] = float(row[distance])
        if f"{o} total" in table:
            found[f"total_{o}"] = float(row[f"{o} total"])
            found[f"signal_{o}"] = float(row[f"{o} signal"])
    return found


def of_comparison(comparison: Comparison) -> Found:
    """Those of the comparison; NaN for an aligner that is not among those compared."""
    found: Found = dict.fromkeys(QUANTITIES["compare"], np.nan)
    for method, one in comparison.results.items():
        for name, metric in _COMPARED.items():
            found[f"{name}_{method}"] = float(one.figures["held out", metric])
    return found


def of_maps(space: Space, maps: Mapping[object, PairMap], random: float) -> Found:
    """Those of the page of latent spaces.

    space : the first one. maps : those of it. random : the mean distance of random pairs in it.
    """
    found = list(maps.values())
    shares = [one.relative for one in found]
    stacked = [np.concatenate([one.Y1, one.Y2]) for one in found]
    apart = [procrustes(a, b)[2] for a, b in combinations(stacked, 2) if a.shape == b.shape]
    return {
        "pairs": len(space.Z1),
        "maps": len(found),
        "partners_space": float(np.linalg.norm(space.Z1 - space.Z2, axis=1).mean() / random),
        "partners_map": shares[0],
        "total_least": min(one.total for one in found),
        "total_most": max(one.total for one in found),
        "share_least": min(shares),
        "share_most": max(shares),
        "trust_least": min(one.trustworthiness for one in found),
        "difference_most": max(apart, default=np.nan),
    }


def of_diagnosis(found: Diagnosis) -> Found:
    """Those of the diagnosis."""
    return {
        "regime": found.regime,
        "advice": found.recommendation.objective,
        **{f"delta_{o}": getattr(found, f"delta_{o}") for o in LEGENDS},
        "support": found.support,
        "rows": found.n,
        "labelled": found.labelled,
        "coupling": np.nan if found.pairing is None else found.pairing.held_out.value,
    }
