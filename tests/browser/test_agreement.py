"""What is marked, drawn, said and linked is one setting, whatever is done on a busy machine.

A short form of `python -m tests.benchmarks.agreement`.
"""

import pytest

from tests.browser.agreement import differences
from tests.browser.hand import VISITED, Hand, disagreements, hogs

pytestmark = pytest.mark.xdist_group("browser")


def test_controls_address_words_and_charts_are_one_setting_after_any_act(page, other, app_address):
    # no work of minutes on a busy machine, as the sweep of stereo shapes is there
    quick = [page for page in VISITED if page.follows and page.path != "stereo"]
    hand = Hand(page, app_address, seed=1, pages=quick)
    with hogs(2):
        for _ in range(8):
            hand.act()
            assert disagreements(hand) == [], hand.acts
        assert differences(page, other, app_address) == [], hand.acts
