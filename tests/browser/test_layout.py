"""The picture first: what is in sight on every page and preset, at the sizes of two projectors."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from alignlab.ui.catalog import HOME, PAGES
from tests.browser.driver import FIRST_PICTURE_MS, address_is, press_preset

pytestmark = pytest.mark.xdist_group("browser 2")

SIZES = ((1024, 768), (1920, 1080))

MEASURE = (Path(__file__).parent / "layout.js").read_text()

DRIVES = {
    "home": ("sigma",), "synthetic": ("noise",), "alignment": ("noise", "source"),
    "sweeps": ("over", "show"), "whitening": ("a",), "compare": ("methods",),
    "transfer": ("separation1",), "views": ("views",), "phase": ("kappa",),
    "samples": ("sample",), "recovery": ("varied", "experiment"), "diagnose": ("case",),
    "inspect": ("map",), "activity": ("from_modality",), "stereo": ("jitter",),
    "captions": ("level",),
}  # fmt: skip
"""The controls that drive the picture of each page; the first that is there must be in sight."""

WITHOUT_PICTURE = {"Your files", "UTD-MHAD folder", "2048 dimensions (Table 1)"}
"""Presets that ask for files first, or whether to train for minutes."""

DRAWN = """() => !document.querySelector(
    ':root[data-alignlab-waiting], [data-alignlab-drawing], [data-stale=true]')
  && document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'
  && document.querySelector('.alignlab-plot[data-draws], .alignlab-points-plot[data-draws]')
  && document.querySelector('.st-key-verdict')?.innerText.trim()"""


def faults(page: Page, path: str) -> list[str]:
    """What is wrong with the layout, once it has come to rest.

    What is wrong must stay so: on a busy machine a chart is drawn to its new size a little later.
    """
    before, same = None, 0
    for _ in range(60):
        page.wait_for_function(DRAWN, timeout=FIRST_PICTURE_MS)
        now = page.evaluate(MEASURE, DRIVES[path])
        same = same + 1 if now == before else 0
        if same >= (12 if now else 1):
            return now
        before = now
        page.wait_for_timeout(120)
    return ["the layout does not come to rest", *before]


def at_both_sizes(page: Page, path: str) -> list[str]:
    """The same at the present size of the window and at the other."""
    now = page.viewport_size["width"]
    found = []
    for width, height in sorted(SIZES, key=lambda size: size[0] != now):
        page.set_viewport_size({"width": width, "height": height})
        found += [f"{width} x {height}: {fault}" for fault in faults(page, path)]
    return found


@pytest.mark.parametrize("chosen", PAGES, ids=lambda page: page.path)
def test_picture_legend_and_control_are_in_sight_and_nothing_overlaps(visit, page, chosen):
    page.set_viewport_size({"width": SIZES[0][0], "height": SIZES[0][1]})
    visit("" if chosen is HOME else chosen.path, 1)
    wrong = []
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        wrong += [f"as opened, {scheme}, {fault}" for fault in at_both_sizes(page, chosen.path)]
    page.set_viewport_size({"width": SIZES[0][0], "height": SIZES[0][1]})
    for name in chosen.presets:  # at the smaller size, which has room for less
        if name in WITHOUT_PICTURE:
            continue
        press_preset(page, name)
        marked = page.locator(".alignlab-presets [aria-pressed=true]")
        expect(marked).to_have_text(name)
        address_is(page, chosen.address(chosen.presets[name]))
        wrong += [f"{name}, {fault}" for fault in faults(page, chosen.path)]
    assert "\n".join(wrong) == ""


def test_folded_presets_are_reached_by_keyboard(visit, page):
    page.set_viewport_size({"width": SIZES[0][0], "height": SIZES[0][1]})
    visit("diagnose", 1)
    row = page.locator(".alignlab-presets")
    folded = row.get_by_role("button", name="Simulated activity")
    expect(folded).to_be_hidden()
    row.get_by_role("button", name="More").press("Enter")
    expect(folded).to_be_visible()
    page.keyboard.press("Escape")
    expect(folded).to_be_hidden()
    expect(row.get_by_role("button", name="More")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.alignlab-preset-list') !== null")
    folded.press("Enter")
    expect(folded).to_be_visible()
    expect(folded).to_have_attribute("aria-pressed", "true")
    assert folded.evaluate("button => button.parentElement.matches('.alignlab-presets')")
