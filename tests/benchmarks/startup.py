"""From the command to the first page, and from a fresh browser to the first picture.

Run: `python -m tests.benchmarks.startup`
"""

import time

from playwright.sync_api import sync_playwright

from tests.server import CHROMIUM_ARGUMENTS, chromium, running_app


def main() -> None:
    with sync_playwright() as playwright:
        start = time.perf_counter()
        with running_app() as address:
            for turn in ("first visit to a fresh server", "fresh browser, warm server"):
                browser = playwright.chromium.launch(
                    executable_path=chromium(), args=CHROMIUM_ARGUMENTS
                )
                page = browser.new_page()
                opened = time.perf_counter()
                page.goto(f"{address}/alignment")
                page.wait_for_selector("h1", timeout=60_000)
                words = time.perf_counter()
                page.wait_for_selector(".alignlab-plot .main-svg", timeout=60_000)
                picture = time.perf_counter()
                browser.close()
                if turn.startswith("first"):
                    print(f"command to first page: {words - start:.1f} s")
                print(f"{turn}: {picture - opened:.1f} s to the first picture")


if __name__ == "__main__":
    main()
