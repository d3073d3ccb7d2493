"""alignlab: see multimodal alignment. The compute package; importable without Streamlit.

Public names are imported when they are first used, so that `alignlab --help` loads no libraries.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from alignlab.version import __version__ as __version__

if TYPE_CHECKING:  # the same names once more, for type checkers and editors
    from alignlab.aligners.alignment import Alignment
    from alignlab.aligners.contrastive import contrastive
    from alignlab.aligners.inference import component_p_values
    from alignlab.aligners.perfect import (
        informative_alignment,
        perfect_alignment,
        perfect_alignment_of_stream,
    )
    from alignlab.aligners.regress import least_squares, procrustes
    from alignlab.aligners.views import gcca, perfect_alignment_views
    from alignlab.aligners.whitened import (
        cca,
        pls_svd,
        reduced_rank_regression,
        whitened_cross,
        whitened_stack,
    )
    from alignlab.data.matching import match_rows
    from alignlab.data.pairs import PairedData
    from alignlab.data.synthetic import SyntheticSpec, generate, pseudo_inverse_latents
    from alignlab.diagnosis.result import Diagnosis
    from alignlab.diagnosis.run import diagnose, diagnose_chunks
    from alignlab.experiments.gaussian_transfer import gaussian_transfer
    from alignlab.experiments.sweeps import sweep
    from alignlab.files.reading import read
    from alignlab.metrics import (
        cmae,
        kept_norm,
        mlre,
        ncmae,
        relative_cmae,
        retrieval,
        subspace_distance,
    )
    from alignlab.spaces.faithfulness import continuity, trustworthiness
    from alignlab.spaces.gap import modality_gap
    from alignlab.spaces.neighbourhoods import hubness, mutual_knn
    from alignlab.spaces.ranks import partner_ranks
    from alignlab.spaces.similarity import cka
    from alignlab.spaces.uniformity import alignment_uniformity
    from alignlab.spiked.model import SpikedSpec, sample_spiked
    from alignlab.spiked.monte_carlo import MonteCarlo, monte_carlo
    from alignlab.spiked.phase import phase_plane
    from alignlab.spiked.theory import SeparationRatios, separation_ratios

_HOMES = {
    "Alignment": "alignlab.aligners.alignment",
    "Diagnosis": "alignlab.diagnosis.result",
    "MonteCarlo": "alignlab.spiked.monte_carlo",
    "PairedData": "alignlab.data.pairs",
    "SeparationRatios": "alignlab.spiked.theory",
    "SpikedSpec": "alignlab.spiked.model",
    "SyntheticSpec": "alignlab.data.synthetic",
    "alignment_uniformity": "alignlab.spaces.uniformity",
    "cca": "alignlab.aligners.whitened",
    "cka": "alignlab.spaces.similarity",
    "cmae": "alignlab.metrics",
    "component_p_values": "alignlab.aligners.inference",
    "continuity": "alignlab.spaces.faithfulness",
    "contrastive": "alignlab.aligners.contrastive",
    "diagnose": "alignlab.diagnosis.run",
    "diagnose_chunks": "alignlab.diagnosis.run",
    "gaussian_transfer": "alignlab.experiments.gaussian_transfer",
    "gcca": "alignlab.aligners.views",
    "generate": "alignlab.data.synthetic",
    "hubness": "alignlab.spaces.neighbourhoods",
    "informative_alignment": "alignlab.aligners.perfect",
    "kept_norm": "alignlab.metrics",
    "least_squares": "alignlab.aligners.regress",
    "match_rows": "alignlab.data.matching",
    "mlre": "alignlab.metrics",
    "modality_gap": "alignlab.spaces.gap",
    "monte_carlo": "alignlab.spiked.monte_carlo",
    "mutual_knn": "alignlab.spaces.neighbourhoods",
    "ncmae": "alignlab.metrics",
    "partner_ranks": "alignlab.spaces.ranks",
    "perfect_alignment": "alignlab.aligners.perfect",
    "perfect_alignment_of_stream": "alignlab.aligners.perfect",
    "perfect_alignment_views": "alignlab.aligners.views",
    "phase_plane": "alignlab.spiked.phase",
    "pls_svd": "alignlab.aligners.whitened",
    "procrustes": "alignlab.aligners.regress",
    "pseudo_inverse_latents": "alignlab.data.synthetic",
    "read": "alignlab.files.reading",
    "reduced_rank_regression": "alignlab.aligners.whitened",
    "relative_cmae": "alignlab.metrics",
    "retrieval": "alignlab.metrics",
    "sample_spiked": "alignlab.spiked.model",
    "separation_ratios": "alignlab.spiked.theory",
    "subspace_distance": "alignlab.metrics",
    "sweep": "alignlab.experiments.sweeps",
    "trustworthiness": "alignlab.spaces.faithfulness",
    "whitened_cross": "alignlab.aligners.whitened",
    "whitened_stack": "alignlab.aligners.whitened",
}
"""The module of every public name."""

__all__ = [
    "Alignment",
    "Diagnosis",
    "MonteCarlo",
    "PairedData",
    "SeparationRatios",
    "SpikedSpec",
    "SyntheticSpec",
    "alignment_uniformity",
    "cca",
    "cka",
    "cmae",
    "component_p_values",
    "continuity",
    "contrastive",
    "diagnose",
    "diagnose_chunks",
    "gaussian_transfer",
    "gcca",
    "generate",
    "hubness",
    "informative_alignment",
    "kept_norm",
    "least_squares",
    "match_rows",
    "mlre",
    "modality_gap",
    "monte_carlo",
    "mutual_knn",
    "ncmae",
    "partner_ranks",
    "perfect_alignment",
    "perfect_alignment_of_stream",
    "perfect_alignment_views",
    "phase_plane",
    "pls_svd",
    "procrustes",
    "pseudo_inverse_latents",
    "read",
    "reduced_rank_regression",
    "relative_cmae",
    "retrieval",
    "sample_spiked",
    "separation_ratios",
    "subspace_distance",
    "sweep",
    "trustworthiness",
    "whitened_cross",
    "whitened_stack",
]


if not TYPE_CHECKING:  # a type checker would take every name for a public one

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = globals()[name] = getattr(import_module(_HOMES[name]), name)
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
