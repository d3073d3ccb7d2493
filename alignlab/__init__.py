"""alignlab: see multimodal alignment. The compute package; importable without Streamlit."""

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
from alignlab.spiked.model import SpikedSpec, sample_spiked
from alignlab.spiked.monte_carlo import MonteCarlo, monte_carlo
from alignlab.spiked.phase import phase_plane
from alignlab.spiked.theory import SeparationRatios, separation_ratios
from alignlab.version import __version__ as __version__

__all__ = [
    "Alignment",
    "Diagnosis",
    "MonteCarlo",
    "PairedData",
    "SeparationRatios",
    "SpikedSpec",
    "SyntheticSpec",
    "cca",
    "cmae",
    "component_p_values",
    "contrastive",
    "diagnose",
    "diagnose_chunks",
    "gaussian_transfer",
    "gcca",
    "generate",
    "informative_alignment",
    "kept_norm",
    "least_squares",
    "match_rows",
    "mlre",
    "monte_carlo",
    "ncmae",
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
    "whitened_cross",
    "whitened_stack",
]
