"""Maps of paired latents: both modalities in the plane, or in space, by PCA, t-SNE or UMAP.

`Maps` draws many maps as the work of a job, and shows each while it forms.
"""

from alignlab.maps.points import different
from alignlab.maps.result import PairMap, Snapshot
from alignlab.maps.spec import MapSpec
from alignlab.maps.work import Maps

__all__ = ["MapSpec", "Maps", "PairMap", "Snapshot", "different"]
