"""alignlab: see multimodal alignment. The compute package; importable without Streamlit."""

from alignlab.align import (
    Alignment,
    informative_alignment,
    perfect_alignment,
    perfect_alignment_of_stream,
)
from alignlab.contrastive import contrastive
from alignlab.diagnose import Diagnosis, diagnose, diagnose_chunks
from alignlab.metrics import (
    cmae,
    kept_norm,
    mlre,
    ncmae,
    relative_cmae,
    retrieval,
    subspace_distance,
)
from alignlab.monte_carlo import MonteCarlo, monte_carlo
from alignlab.pairs import PairedData
from alignlab.phase import phase_plane
from alignlab.regress import least_squares, procrustes
from alignlab.spiked import SeparationRatios, SpikedSpec, sample_spiked, separation_ratios
from alignlab.sweeps import sweep
from alignlab.synthetic import SyntheticSpec, generate, pseudo_inverse_latents
from alignlab.transfer import gaussian_transfer
from alignlab.version import __version__ as __version__
from alignlab.views import gcca, perfect_alignment_views
from alignlab.whitened import cca, pls_svd, reduced_rank_regression, whitened_cross, whitened_stack

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
    "contrastive",
    "diagnose",
    "diagnose_chunks",
    "gaussian_transfer",
    "gcca",
    "generate",
    "informative_alignment",
    "kept_norm",
    "least_squares",
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
