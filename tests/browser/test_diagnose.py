"""The diagnosis page in Chromium: files of every format, several at once, links, refusals."""

import io
import pickle
import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from alignlab.files.samples import SAMPLED, sample_file
from alignlab.files.source import read_source
from alignlab.spiked.model import SpikedSpec, sample_spiked
from alignlab.ui.files.controls import write_ranges
from tests.browser.driver import (
    PLOT,
    address_has,
    address_is,
    at_rest,
    choose,
    counted,
    drawn,
    figure_data,
    parameters,
    press_preset,
    same_figures,
    stop,
    until,
)

pytestmark = pytest.mark.xdist_group("browser")

STEPS = re.compile(r"([\d,]+) steps, [\d.]+ s\.")
CA_ONLY = SpikedSpec(d=20, k=3, kappa=1.0, nu=0.3, gamma_tilde_x=20.0, gamma_tilde_y=20.0)


def bring(page: Page, files: dict[str, bytes]) -> None:
    page.locator("input[type=file]").set_input_files(
        [
            {"name": name, "mimeType": "application/octet-stream", "buffer": content}
            for name, content in files.items()
        ]
    )


def open_files(visit, settings: str = "") -> Page:
    page = visit(f"diagnose?case=digits{settings}", 9)
    choose(page, "Your files")
    expect(page.locator("input[type=file]")).to_be_attached()
    at_rest(page)
    return page


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def views() -> dict[str, bytes]:
    data = sample_spiked(CA_ONLY, 1000, 0)
    labels = "\n".join(["z1,z2,z3", *(",".join(map(str, row)) for row in data.Z)])
    return {
        "left.npy": npy(data.X1), "right.npy": npy(data.X2), "labels.csv": labels.encode(),
    }  # fmt: skip


@pytest.mark.parametrize("ending", ["npz", "npy"])
def test_an_upload_is_diagnosed(visit, ending):
    page = open_files(visit)
    bring(page, {f"mine.{ending}": sample_file(ending)})
    verdict = "there are no labels" if ending == "npy" else "resamples agree"
    expect(page.get_by_text(verdict).first).to_be_visible()
    drawn(page, 3 if ending == "npy" else 9)
    address_has(page, view1="0-3")
    assert len(parameters(page)["digest"]) == 64


def test_a_file_of_every_format_is_taken(visit):
    page = open_files(visit, "&resamples=2")  # the verdict is not awaited
    for ending in SAMPLED:
        name, content = f"mine.{ending}", sample_file(ending)
        source = read_source({name: content})
        columns = list(source.head)
        bring(page, {name: content})
        expect(page.get_by_text(f"{name}, 200 rows. View 1, x").first).to_be_visible()
        address_has(page, view1=write_ranges([columns.index(one) for one in source.guess.view1]))
        expect(page.locator("[data-testid=stAlert]").filter(has_text="not known")).to_have_count(0)
        page.get_by_role("button", name=f"Remove {name}").click()
        at_rest(page)


def test_a_view_a_file_and_labels_give_a_verdict_and_a_link_that_asks_for_them(visit, other):
    page = open_files(visit)
    bring(page, views())
    expect(page.get_by_text("CA only (all 50 resamples agree)").first).to_be_visible()
    drawn(page, 9)
    expect(page.get_by_text(STEPS)).to_be_visible()
    address_has(page, view1="0-19")
    known = parameters(page)
    assert known["file"] == "left.npy + right.npy + labels.csv"
    assert (known["view1"], known["view2"]) == ("0-19", "20-39")
    assert (known["labels"], known["more_labels"]) == ("z1", "41-42")
    expect(page.get_by_text("The label subspace has 3 dimensions")).to_be_visible()

    # Another session has the settings, not the data.
    other.goto(page.url)
    expect(other.get_by_text("This link needs the file")).to_be_visible()
    expect(other.locator(PLOT)).to_have_count(0)
    bring(other, views())
    drawn(other, 9)
    same_figures(other, figure_data(page))


def test_columns_are_chosen_by_the_keyboard_one_change_after_another(visit):
    page = open_files(visit)
    bring(page, views())
    address_has(page, view1="0-19", view2="20-39", labels="z1", more_labels="41-42")
    drawn(page, 9)
    page.get_by_role("button", name="Choose columns of both views").press("Enter")
    view1 = page.get_by_role("combobox", name="View 1")
    for keys, first in (
        (["Backspace"], ""),
        (["2-9", "Enter"], "2-9"),
        (["12", "Enter"], "2-9,12"),
    ):
        for key in keys:
            view1.press(key) if key.isalpha() else view1.press_sequentially(key)
        address_has(page, **({"view1": first} if first else {}), view2="20-39", more_labels="41-42")
        at_rest(page)
    assert parameters(page)["view1"] == "2-9,12"
    page.keyboard.press("Escape")
    expect(page.get_by_text("View 1, x: left[2] … left[12] (9 columns)")).to_be_visible()


def test_files_that_are_taken_away_are_forgotten(visit):
    page = open_files(visit)
    bring(page, views())
    expect(page.get_by_text("CA only (all 50 resamples agree)").first).to_be_visible()
    bring(page, {"bad.npy": pickle.dumps([1, 2, 3])})
    expect(page.get_by_test_id("stAlert").filter(has_text="could not be read")).to_be_visible()
    expect(page.locator(PLOT)).to_have_count(0)
    for name in ("bad.npy", *views()):
        page.get_by_role("button", name=f"Remove {name}").click()
        at_rest(page)
    expect(page.get_by_text("Provide two views of the same samples")).to_be_visible()
    address_is(page, {"case": "upload"})


def test_bad_files_are_refused_with_their_cause(visit):
    page = open_files(visit, "&resamples=2")
    alerts = page.get_by_test_id("stAlert")
    for files, cause in (
        ({"bad.npz": b"this is no archive"}, "could not be read"),
        ({"bad.npy": pickle.dumps([1, 2, 3])}, "could not be read"),
        ({"bad.npy": npy(np.array([{"a": 1}], dtype=object))}, "unpickling"),
        ({"bad.parquet": b"PAR1" + b"\xff" * 50 + b"PAR1"}, "bad.parquet"),
        ({"few.csv": b"a1,a2,b1,b2\n" + b"1,2,3,4\n2,1,4,5\n" * 5}, "too few"),
        (
            {"left.npy": npy(np.zeros((40, 2))), "right.npy": npy(np.ones((50, 3)))},
            "unequal rows",
        ),
        ({"mine.xlsx": b"PK"}, "the ending .xlsx is not known: save the sheet as CSV"),
    ):
        expect(alerts.filter(has_text=cause)).to_have_count(0)
        bring(page, files)
        expect(alerts.filter(has_text=cause).first).to_be_visible()
        expect(page.get_by_test_id("stException")).to_have_count(0)
        for name in files:
            page.get_by_role("button", name=f"Remove {name}").click()
            at_rest(page)


def test_the_sliders_show_what_is_drawn_however_soon_the_work_ends(visit):
    # The work of this page finishes while a new browser is still loading its sliders.
    for seed in range(5):
        page = visit(f"diagnose?shared=3&labels_kept=0&seed={seed}", 3)
        page.wait_for_timeout(1000)  # a slider that is reset changes a moment after it appears
        expect(page.locator(".alignlab-control output").first).to_have_text("1000")
        page.goto("about:blank")


def test_the_model_moves_the_point_and_its_regime(visit):
    page = visit("diagnose?shared=3&kappa=1&nu=0.3&gamma_tilde_x=20&gamma_tilde_y=20", 9)
    expect(page.get_by_text("CA only (all 50 resamples agree)").first).to_be_visible()
    press_preset(page, "CP only")
    expect(page.get_by_text("CP only (all 50 resamples agree)").first).to_be_visible()
    at_rest(page)
    address_has(page, kappa="0.6")


def test_a_preset_stands_whatever_is_pressed_before_the_page_has_answered(visit):
    page = visit("diagnose?shared=3", 9)
    at_rest(page)

    def shown() -> str:
        return parameters(page).get("part", "verdict")

    for name, kappa, part, chosen in (
        ("CP only", "0.6", "Sensitivity", "check"), ("CA only", "1.0", "Verdict", "verdict"),
    ):  # fmt: skip
        press_preset(page, name)
        page.wait_for_timeout(100)
        choose(page, part)
        until(page, lambda chosen=chosen: shown() == chosen)  # a busy page reacts late
        address_has(page, kappa=kappa)
        at_rest(page)
        assert parameters(page)["kappa"] == kappa
        assert shown() == chosen


def test_the_views_at_hand_and_the_scale_are_in_the_address_and_lead_the_advice(visit, other):
    page = visit("diagnose?case=digits", 9)
    expect(page.get_by_text("Train CA (both views into one space): +0.05").first).to_be_visible()
    choose(page, "x only")
    expect(page.get_by_text("Train nothing with x only").first).to_be_visible()
    address_is(page, {"case": "digits", "at_hand": "x"})
    choose(page, "standardised")
    expect(
        page.get_by_text("All columns were scaled to unit standard deviation").first
    ).to_be_visible()
    address_has(page, scale="standardised", at_hand="x")
    drawn(page, 9)
    at_rest(page)
    other.goto(page.url)
    drawn(other, 9)
    same_figures(other, figure_data(page))


def test_a_training_is_cancelled_and_the_verdict_stays(visit):
    page = visit("diagnose?shared=3", 9)
    diagnosed = int(STEPS.match(page.get_by_text(STEPS).inner_text())[1].replace(",", ""))
    page.get_by_text("Train heads", exact=True).click()
    until(page, lambda: counted(page, "steps") > diagnosed)  # the verdict comes first
    stop(page)
    expect(page.get_by_text("resamples agree").first).to_be_visible()
    page.get_by_text("Verdict", exact=True).click()
    drawn(page, 9)
    expect(page.get_by_text("An objective recovers if Δ exceeds 1")).to_be_visible()
