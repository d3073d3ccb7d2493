"""Random acts on all pages beside two busy processes: all that a page shows is one setting.

Run: `python -m tests.benchmarks.agreement [--acts 300] [--seed 0] [--every 5] [--hogs 2]`

After each act has settled, controls, marked preset and address must agree; after every fifth, words
and charts must be those of a fresh browser at that address. Exit code 1 where one differs.
"""

import argparse
import sys
import time

from playwright.sync_api import Error, sync_playwright

from tests.browser.agreement import differences
from tests.browser.hand import Hand, disagreements, hogs
from tests.server import CHROMIUM_ARGUMENTS, chromium, running_app


def main(acts: int, seed: int, every: int, busy: int) -> int:
    failures, compared, began = 0, 0, time.monotonic()
    with running_app() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGUMENTS)
        other = browser.new_context().new_page()
        hand = Hand(browser.new_context().new_page(), server, seed)
        with hogs(busy):
            for at in range(acts):
                try:
                    hand.act()
                    wrong = disagreements(hand)
                    if at % every == every - 1 and not wrong:
                        compared += 1
                        wrong = differences(hand.tab, other, server)
                except Error as error:
                    wrong = [str(error)]
                if wrong:
                    failures += 1
                    print(f"act {at}, after {hand.acts[-4:]}: {wrong}", flush=True)
                    hand = Hand(browser.new_context().new_page(), server, seed + at)
                if at % 50 == 49:
                    told = f"{at + 1} acts, {compared} compared, {failures} differ"
                    print(f"{told}, {time.monotonic() - began:.0f} s", flush=True)
        browser.close()
    print(f"{acts} acts, {compared} pages compared with a fresh browser, {failures} differ")
    return 1 if failures else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--acts", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--every", type=int, default=5)
    parser.add_argument("--hogs", type=int, default=2)
    given = parser.parse_args()
    sys.exit(main(given.acts, given.seed, given.every, given.hogs))
