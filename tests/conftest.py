import os

import pytest
from hypothesis import settings

from tests.server import CHROMIUM_ARGUMENTS, chromium, running_app

# the same examples every time, however busy the machine
settings.register_profile("alignlab", deadline=None, derandomize=True)
settings.load_profile("alignlab")


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
def app_address():
    with running_app() as address:
        yield address
