"""The settings of `docs/proxy.md`, as they stand there, with nginx and Caddy where installed.

Run: `python -m tests.benchmarks.proxies`

Chromium opens the app through each proxy over HTTPS below a base path, moves a slider, goes Back,
uploads a file of 120 MB, and looks again after a pause longer than a proxy's usual minute. Changed
are only the names of host, port and certificate, and `$host` as the page says for other ports.
"""

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from playwright.sync_api import Page, sync_playwright

from tests.browser.driver import address_is, choose, drawn, figure_data, slide, until
from tests.load.server import free_port
from tests.server import CHROMIUM_ARGUMENTS, ROOT, chromium, running_app

PAUSE = 75.0
"""Seconds without an act: proxies cut what is silent for a minute."""

ROWS, COLUMNS = 60_000, 250
"""Of each view in float32: 120 MB."""


def settings(name: str) -> str:
    """The block of the documentation under this heading."""
    text = (ROOT / "docs" / "proxy.md").read_text()
    return re.search(rf"## {name}\n\n```\w*\n(.*?)\n```", text, re.S)[1]


def nginx(folder: Path, app: str, port: int) -> list[str]:
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj",
         "/CN=localhost", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    own = f"ssl_certificate {certificate}; ssl_certificate_key {key};"
    block = settings("nginx").replace("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl; {own}")
    block = block.replace("example.org", "localhost").replace("127.0.0.1:8501", app)
    block = block.replace("Host $host", "Host $http_host")
    written = folder / "nginx.conf"
    written.write_text(
        f"pid {folder}/nginx.pid; error_log stderr; daemon off;\n"
        f"events {{}}\nhttp {{ access_log off;\n{block}\n}}\n"
    )
    return ["nginx", "-p", str(folder), "-c", str(written)]


def caddy(folder: Path, app: str, port: int) -> list[str]:
    block = settings("Caddy").replace(
        "example.org {", f"https://localhost:{port} {{\n tls internal"
    )
    written = folder / "Caddyfile"
    own = f"{{\n admin off\n skip_install_trust\n storage file_system {folder}\n}}\n"
    written.write_text(own + block.replace("127.0.0.1:8501", app))
    return ["caddy", "run", "--config", str(written), "--adapter", "caddyfile"]


def visited(page: Page, address: str, upload: Path) -> list[str]:
    """What does not work through a proxy."""
    wrong = []

    def expect(holds: bool, what: str) -> None:
        if not holds:
            wrong.append(what)

    page.goto(f"{address}/alignment")
    drawn(page, 5)
    before = figure_data(page)
    slide(page, "Noise")
    expect(figure_data(page) != before, "the slider changes nothing")
    address_is(page, {"noise": "0.1"})
    expect(page.url.startswith(f"{address}/alignment?"), f"the address is {page.url}")
    page.go_back()
    until(page, lambda: figure_data(page) == before)
    expect(figure_data(page) == before, "Back does not bring the charts back")
    choose(page, "Your file")
    page.set_input_files("input[type=file]", upload)
    until(page, lambda: bool(page.get_by_text(f"{ROWS:,} rows").count()))
    expect(page.get_by_text(f"{ROWS:,} rows").count() > 0, "the upload does not arrive")
    page.goto(f"{address}/synthetic")
    drawn(page, 6)
    page.wait_for_timeout(1000 * PAUSE)
    before = figure_data(page)
    slide(page, "Noise")
    expect(figure_data(page) != before, "after a pause the slider changes nothing")
    expect(page.get_by_test_id("stException").count() == 0, "an exception is shown")
    return wrong


def through(make: Callable[[Path, str, int], list[str]], upload: Path) -> list[str]:
    """Start the app and a proxy before it, and visit them."""
    port = free_port()
    with (
        TemporaryDirectory() as folder,
        running_app(STREAMLIT_SERVER_BASE_URL_PATH="alignlab", ALIGNLAB_DATA_ROOTS="none") as app,
        sync_playwright() as playwright,
    ):
        command = make(Path(folder), app.removeprefix("http://"), port)
        proxy = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            time.sleep(3)
            browser = playwright.chromium.launch(
                executable_path=chromium(), args=CHROMIUM_ARGUMENTS
            )
            context = browser.new_context(ignore_https_errors=True)
            context.set_default_timeout(240_000)
            return visited(context.new_page(), f"https://localhost:{port}/alignlab", upload)
        finally:
            proxy.terminate()
            proxy.wait(timeout=30)


def main() -> int:
    status = 0
    with TemporaryDirectory() as folder:
        upload = Path(folder) / "pairs.npz"
        rng = np.random.default_rng(0)
        x, y = rng.standard_normal((2, ROWS, COLUMNS), dtype=np.float32)
        np.savez(upload, X=x, Y=y)
        print(f"a file of {upload.stat().st_size / 1e6:.0f} MB")
        for make in (nginx, caddy):
            if shutil.which(make.__name__) is None:
                print(f"{make.__name__}: not installed")
                continue
            wrong = through(make, upload)
            status |= bool(wrong)
            print(f"{make.__name__}: {', '.join(wrong) or 'works'}", flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
