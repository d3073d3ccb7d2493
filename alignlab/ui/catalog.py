"""The pages of the app in the order of the menu; a new page is added here."""

from __future__ import annotations

from alignlab.ui.parts.activity.page import PAGE as ACTIVITY_PAGE
from alignlab.ui.parts.alignment import PAGE as ALIGNMENT
from alignlab.ui.parts.captions import PAGE as CAPTIONS
from alignlab.ui.parts.compare import PAGE as COMPARE
from alignlab.ui.parts.diagnose.page import PAGE as DIAGNOSE
from alignlab.ui.parts.glossary import PAGE as GLOSSARY
from alignlab.ui.parts.home import SIGMA
from alignlab.ui.parts.inspect.page import PAGE as INSPECT
from alignlab.ui.parts.phase import PAGE as PHASE
from alignlab.ui.parts.recovery import PAGE as RECOVERY_PAGE
from alignlab.ui.parts.samples import PAGE as SAMPLES
from alignlab.ui.parts.stereo.page import PAGE as STEREO
from alignlab.ui.parts.sweeps import PAGE as SWEEPS
from alignlab.ui.parts.synthetic import PAGE as SYNTHETIC_DATA
from alignlab.ui.parts.transfer import PAGE as TRANSFER_PAGE
from alignlab.ui.parts.views import PAGE as VIEWS
from alignlab.ui.parts.whitening import PAGE as WHITENING
from alignlab.ui.state import Page

HOME = Page(
    path="home",
    title="alignlab: see multimodal alignment",
    short="Home",
    icon=":material/home:",
    summary="What alignlab is, and where to start.",
    controls=(SIGMA,),
    follows=True,
)


SECTIONS = {
    "": (HOME, GLOSSARY),
    "Perfect alignment": (SYNTHETIC_DATA, ALIGNMENT, SWEEPS, WHITENING),
    "Other aligners": (COMPARE, TRANSFER_PAGE, VIEWS),
    "Align or predict": (PHASE, SAMPLES, RECOVERY_PAGE, DIAGNOSE),
    "Images": (STEREO, CAPTIONS),
    "Latent spaces": (INSPECT,),
    "Human activity": (ACTIVITY_PAGE,),
}
"""The pages by section of the menu."""

PAGES = tuple(page for pages in SECTIONS.values() for page in pages if page is not GLOSSARY)
"""The pages with charts."""
