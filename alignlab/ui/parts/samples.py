"""The samples page, recovery over the plane: its controls, maps, script and entry."""

from __future__ import annotations

from collections.abc import Mapping

from alignlab.grid import spaced
from alignlab.spiked.monte_carlo import OVERLAP
from alignlab.spiked.phase import varied
from alignlab.spiked.samples import RecoveryMaps
from alignlab.ui.controls import Choice, Number, Value
from alignlab.ui.parts.sampling import SAMPLING, seeds
from alignlab.ui.parts.spiked import MODEL, model_spec, shown_range
from alignlab.ui.state import Page

SIDE = Number(
    name="side", label="Grid size", default=31, low=5, high=61,
    help="Points per axis of the (κ, ν) plane.",
)  # fmt: skip
MAPS = Choice(
    name="maps", label="Maps", default="objectives",
    options={"objectives": "CA, CP and CP reversed", "ratios": "four ratios q"},
    help="The three objectives with the ratio q as set, or CA and CP for q = 1, 0.8, 0.6 and 0.4 "
    "(Figure 7).",
)  # fmt: skip
GRADED = Choice(
    name="graded", label="Colour shows", default="overlap",
    options={"overlap": "mean squared overlap", "kept": "directions kept"},
    help="The mean squared overlap of the shared and the recovered subspace (mean cos² of the "
    f"principal angles), or the share of directions with a squared overlap of at least {OVERLAP}.",
)  # fmt: skip
MAP_RATIOS = (1.0, 0.8, 0.6, 0.4)


def recovery_maps(values: Mapping[str, Value]) -> RecoveryMaps:
    """The maps that the controls ask for; they do not depend on the operating point."""
    spec = model_spec(values)
    kappas = spaced(*shown_range("kappa", values["kappa"]), values["side"], log=False, whole=False)
    return RecoveryMaps(
        spec=varied(varied(spec, "kappa", kappas[-1]), "nu", 1.0),
        kappas=kappas,
        nus=spaced(0.0, 1.0, values["side"], log=False, whole=False),
        ratios=MAP_RATIOS if values["maps"] == "ratios" else (None,),
        n=values["sample"],
        seeds=seeds(values),
    )


def maps_script(maps: RecoveryMaps) -> str:
    """Recovery in samples over the (kappa, nu) plane."""
    return f"""from alignlab.spiked.model import SpikedSpec
from alignlab.spiked.samples import RecoveryMaps

maps = {maps!r}
sampling = maps.sampling()
for _ in sampling.run():
    pass
table = maps.table(sampling)
"""


PAGE = Page(
    path="samples",
    follows=True,
    title="Theory against samples",
    short="Samples",
    icon=":material/grain:",
    summary="What CA and CP recover from n pairs, over the whole phase plane, with the "
    "theoretical curves for infinitely many pairs.",
    controls=(*MODEL, *SAMPLING, SIDE, MAPS, GRADED),
    presets={
        "Figure 2a, sampled": {},
        "Figure 2b, sampled": {"gamma_tilde_y": 0.05},
        "Figure 7": {"maps": "ratios", "graded": "kept"},
        "100 pairs": {"sample": 100},
        "A million pairs": {"sample": 1_000_000},
        "Too few pairs": {"sample": 30},
    },
)
