"""alignlab: see multimodal alignment. The compute package; importable without Streamlit."""

from alignlab.align import (
    Alignment,
    informative_alignment,
    perfect_alignment,
    perfect_alignment_of_stream,
)
from alignlab.metrics import (
    cmae,
    kept_norm,
    mlre,
    ncmae,
    relative_cmae,
    retrieval,
    subspace_distance,
)
from alignlab.synthetic import PairedData, SyntheticSpec, generate, pseudo_inverse_latents

__version__ = "0.1.0"

__all__ = [
    "Alignment",
    "PairedData",
    "SyntheticSpec",
    "cmae",
    "generate",
    "informative_alignment",
    "kept_norm",
    "mlre",
    "ncmae",
    "perfect_alignment",
    "perfect_alignment_of_stream",
    "pseudo_inverse_latents",
    "relative_cmae",
    "retrieval",
    "subspace_distance",
]
