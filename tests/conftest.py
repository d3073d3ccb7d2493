import os
from urllib.parse import urlparse

# the workers share the cores already; read when numpy and torch are first imported
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from hypothesis import settings
from playwright.sync_api import Page

from alignlab.ui.jobs import Job
from tests.browser.driver import drawn
from tests.server import CHROMIUM_ARGUMENTS, chromium, running_app

# the same examples every time, however busy the machine
settings.register_profile("alignlab", deadline=None, derandomize=True)
settings.load_profile("alignlab")


@pytest.fixture(autouse=True)
def nothing_goes_on():
    """Stop the work that a test has left under way: others count threads and their limits."""
    begun, start = [], Job.start

    def noted(job):
        begun.append(job)
        start(job)

    Job.start = noted
    yield
    Job.start = start
    for job in begun:
        job.stop()
        job.wait(60)


@pytest.fixture(scope="session")
def browser_type_launch_args():
    path = chromium()
    if path is None:
        reason = "no Chromium on this machine: install Debian's package chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return {"executable_path": path, "headless": True, "args": CHROMIUM_ARGUMENTS}


@pytest.fixture(scope="session")
def app_address(tmp_path_factory):
    with running_app(XDG_CACHE_HOME=str(tmp_path_factory.mktemp("cache"))) as address:
        yield address


@pytest.fixture
def visit(page: Page, app_address: str):
    """Open a path of the app; at the end no console error and no request elsewhere was seen."""
    troubles = []

    def on_console(message):
        # A sub-page's address logs two 404s while Streamlit looks for its own files beneath it.
        own = "alignlab charts" in message.text  # a chart that could not be drawn
        if own or (message.type == "error" and "404" not in message.text):
            troubles.append(message.text)

    def on_request(request):
        parts = urlparse(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname != "127.0.0.1":
            troubles.append(f"request to {request.url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", on_request)

    def go(path: str = "", plots: int = 1) -> Page:
        page.goto(f"{app_address}/{path}")
        drawn(page, plots)
        return page

    yield go
    assert troubles == []
