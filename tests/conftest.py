import os
from urllib.parse import urlparse

# the workers share the cores already; read when numpy and torch are first imported
os.environ.setdefault("OMP_NUM_THREADS", "1")
# tests of pages without a browser set Streamlit's own widgets, which stand in for the controls
os.environ["ALIGNLAB_CONTROLS"] = "plain"

import pytest
from hypothesis import settings
from playwright.sync_api import Page

from alignlab.ui.jobs import Job
from tests.browser.driver import drawn
from tests.server import CHROMIUM_ARGUMENTS, chromium, running_app

# the same examples every time, however busy the machine
settings.register_profile("alignlab", deadline=None, derandomize=True)
settings.load_profile("alignlab")


def pytest_make_parametrize_id(val, argname):
    """The name of the argument for contents of files, which may hold the time, and for long texts.

    All workers must collect the same names of tests.
    """
    text = isinstance(val, str)
    if isinstance(val, bytes) or (text and (len(val) > 80 or not val.isprintable())):
        return argname
    return None


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
    folder = tmp_path_factory.mktemp("app")
    with running_app(folder / "server.log", XDG_CACHE_HOME=str(folder / "cache")) as address:
        yield address


@pytest.fixture(scope="session")
def tab(browser):
    """A page that tests visit one after another: the browser compiles the scripts only once."""
    with browser.new_context() as context:
        yield context.new_page()


@pytest.fixture(scope="session")
def _other_tab(browser):
    with browser.new_context() as context:
        yield context.new_page()


@pytest.fixture
def other(_other_tab: Page):
    """A page of somebody else, who shares neither cookies nor session with the one visited."""
    yield _other_tab
    leave(_other_tab)


def leave(page: Page) -> None:
    """End the session of a page, and leave it as new."""
    page.mouse.move(0, 0)
    page.goto("about:blank")
    page.context.clear_cookies()


@pytest.fixture
def visit(request, tab: Page, app_address: str):
    """Open a path of the app; at the end no console error and no request elsewhere was seen.

    A test that changes the page itself, as its size or its network, asks for `page`: one of its
    own, which is then the one visited.
    """
    page = request.getfixturevalue("page") if "page" in request.fixturenames else tab
    troubles = []

    def on_console(message):
        # A sub-page's address logs two 404s while Streamlit looks for its own files beneath it.
        own = "alignlab charts" in message.text  # a chart that could not be drawn
        if own or (message.type == "error" and "404" not in message.text):
            troubles.append(message.text)

    def on_error(error):
        troubles.append(str(error))

    def on_request(request):
        parts = urlparse(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname != "127.0.0.1":
            troubles.append(f"request to {request.url}")

    watched = {"console": on_console, "pageerror": on_error, "request": on_request}
    for event, watch in watched.items():
        page.on(event, watch)

    def go(path: str = "", plots: int = 1) -> Page:
        page.goto(f"{app_address}/{path}")
        drawn(page, plots)
        return page

    yield go
    for event, watch in watched.items():
        page.remove_listener(event, watch)
    leave(page)
    assert troubles == []
