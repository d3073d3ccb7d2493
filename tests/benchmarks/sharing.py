"""How much two sessions that train slow down a third one's slider, in one run.

Run: `python -m tests.benchmarks.sharing [presses]`
"""

import sys

import numpy as np
from playwright.sync_api import sync_playwright

from tests.benchmarks.latency import open_page, press
from tests.server import CHROMIUM_ARGUMENTS, chromium, running_app

TRAINING = "compare?methods=contrastive%2Cnonlinear_contrastive&steps=20000&train_seed="


def main(presses: int) -> None:
    with running_app() as app, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGUMENTS)
        page = open_page(browser, app)
        alone = [press(page, "ArrowRight") for _ in range(presses)]
        others = []
        for seed in (1, 2):  # two trainings that are not the same
            other = browser.new_context().new_page()
            other.goto(f"{app}/{TRAINING}{seed}")
            other.get_by_role("button", name="Cancel").wait_for(timeout=60_000)
            others.append(other)
        page.bring_to_front()
        beside = [press(page, "ArrowLeft") for _ in range(presses)]
        still = [other.get_by_role("button", name="Cancel").count() for other in others]
        browser.close()
    assert all(still), "a training ended too early to measure"
    print(f"key press to new data drawn, {presses} presses each, median (p95)")
    for name, times in (("alone", alone), ("beside two trainings", beside)):
        print(f"{name:>22} {np.median(times):5.0f} ms ({np.percentile(times, 95):.0f})")
    print(f"{np.median(beside) / np.median(alone):.2f} times as long")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
