"""A server that is killed and started again, seen from a page that stays open.

Streamlit's own notice says that the server went; the page must go on where it was.
"""

import signal

import pytest
from playwright.sync_api import expect

from tests.browser.driver import PATIENCE_MS, at_rest, drawn, figure_data, same_figures, slide
from tests.load.server import free_port, started

CAUGHT_UP = """(before) => alignlabDesk.now.connection !== before && !alignlabDesk.changes.length"""
"""Whether the new server has heard what the tab has told it."""

pytestmark = pytest.mark.xdist_group("browser")


def test_the_page_says_that_the_server_went_and_goes_on_when_it_returns(page, tmp_path):
    port = free_port()
    notice = page.get_by_role("dialog")
    with started(tmp_path, port=port) as server:
        page.goto(f"{server.address}/synthetic?n=500")
        drawn(page, 1)
        slide(page, "Noise σ")
        address, figures = page.url, figure_data(page)
        connection = page.evaluate("alignlabDesk.now.connection")
        assert figures
        server.stop(signal.SIGKILL)
    expect(notice).to_contain_text("server is not responding")
    with started(tmp_path, port=port) as server:
        expect(notice).to_be_hidden()
        page.wait_for_function(CAUGHT_UP, arg=connection, timeout=PATIENCE_MS)
        at_rest(page)
        assert page.url == address
        same_figures(page, figures)
        slide(page, "Noise σ")
        assert figure_data(page) != figures
        assert server.stop() == 0  # while the page is connected
        said = [line for line in server.log().splitlines() if line.strip()]
        assert [line.strip() for line in said[-2:]] == [f"URL: {server.address}", "Stopping..."]
