"""Stereo shapes: align or predict on images, as the jitter of two cameras changes."""

from alignlab.ui.panel import widgets
from alignlab.ui.parts.stereo import page as p
from alignlab.ui.parts.stereo.closed_forms import closed_forms
from alignlab.ui.parts.stereo.training import trained_tier


def sidebar() -> None:
    """The page's controls."""
    widgets(*p.PAIRS, p.TIER)
    if p.PAGE.values()["tier"] == "fixed":
        widgets(p.BOTTLENECK, p.IMAGES)
    else:
        widgets(*p.TRAINING)
    widgets(p.PIXELS, p.TWIN, p.DRAW)


def body() -> None:
    """The tier of encoders that the controls ask for."""
    values = p.PAGE.values()
    if values["tier"] == "trained":
        trained_tier(values)
    else:
        closed_forms(values)


p.PAGE.run(body, sidebar)
