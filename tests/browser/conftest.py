import base64

import pytest

from alignlab.ui.points import MODULE, STYLES, message
from tests.browser.pictures import DRAWN
from tests.server import ROOT

OPEN = """async (source) => {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }))
  const { default: show } = await import(url)
  Object.assign(window, { told: [], failed: [], hovers: [] })
  addEventListener("alignlab-hover", ({ detail }) => hovers.push(detail))
  const parentElement = document.querySelector("#place")
  window.show = (text) => (window.end = show({
    parentElement,
    data: Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0)),
    setTriggerValue: (name, value) => told.push([name, value]),
    setStateValue: (name, value) => failed.push(value),
  }))
}"""
"""Makes `window.show(message)` and `window.end()` of the component in a bare page."""


@pytest.fixture
def bare(page):
    """A function that shows clouds and marks in the page, which it returns."""
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_viewport_size({"width": 900, "height": 700})
    page.set_content('<body style="margin:8px"><div id="place"><div class="alignlab-points"></div>')
    style = "\n".join((ROOT / "alignlab" / "ui" / name).read_text() for name in STYLES)
    page.add_style_tag(content=style)
    page.evaluate(OPEN, MODULE)

    def show(clouds, marks, columns=2, height=300):
        data = message(clouds, marks, columns=columns, height=height)
        page.evaluate("(text) => void window.show(text)", base64.b64encode(data).decode())
        page.evaluate(DRAWN)
        return page

    yield show
    assert errors == []
    assert page.evaluate("failed") == []
