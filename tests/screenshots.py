"""Make the pictures in `assets/` from the running app: `python -m tests.screenshots`.

Thumbnails for the home page and the picture at the top of the README.
"""

from playwright.sync_api import Page, sync_playwright

from tests.server import CHROMIUM_ARGUMENTS, ROOT, chromium, running_app

ASSETS = ROOT / "assets"
NOISY = "alignment?d1=32&d2=32&noise=1&components=3"
MAP = "sweeps?show=map&over=k&over2=n&high2=100&noise=1&d1=10&d2=10&k=10&n=1000"
HALF_WAY = "whitening?k=2&d1=8&d2=6&noise=3&components=3&a=0.5&b=0.5"

FIGURE_3 = "shared=3&kappa=3&kappas=3, 2, 1.5&gamma_x=0.5&gamma_tilde_y=50&stop=0.95"

CA_ONLY = "shared=3&kappa=1&nu=0.3&gamma_tilde_x=20&gamma_tilde_y=20"

FORMED = "data=activity&map=tsne&partners=all"


def picture(page: Page, address: str, clip_to: str | None, name: str, wait: int = 3000) -> None:
    page.goto(address)
    page.wait_for_selector(".alignlab-plot .main-svg", timeout=60_000)
    page.wait_for_timeout(wait)
    target = page.locator(clip_to).first if clip_to else page
    target.screenshot(path=ASSETS / name)


def main() -> None:
    with running_app() as app, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGUMENTS)
        page = browser.new_page(viewport={"width": 1360, "height": 860})
        picture(page, f"{app}/{NOISY}", None, "screenshot.png")
        page.set_viewport_size({"width": 860, "height": 900})
        picture(page, f"{app}/synthetic?components=4", ".alignlab-chart", "synthetic.png")
        page.set_viewport_size({"width": 1360, "height": 900})
        picture(page, f"{app}/{NOISY}", ".alignlab-chart", "alignment.png")
        picture(page, f"{app}/{MAP}", ".alignlab-plot", "sweeps.png")
        picture(page, f"{app}/{HALF_WAY}", ".alignlab-chart", "whitening.png")
        picture(page, f"{app}/compare", ".alignlab-chart:last-child", "compare.png")
        picture(page, f"{app}/transfer", ".alignlab-chart:nth-child(2)", "transfer.png")
        picture(page, f"{app}/views?components=3", ".alignlab-chart", "views.png")
        picture(page, f"{app}/phase", ".alignlab-chart", "phase.png")
        picture(page, f"{app}/samples?shared=5", ".alignlab-chart:nth-child(2)", "samples.png")
        picture(page, f"{app}/recovery?{FIGURE_3}", ".alignlab-chart", "recovery.png")
        picture(page, f"{app}/diagnose?{CA_ONLY}", ".alignlab-chart", "diagnose.png")
        curves = ".alignlab-chart >> nth=2"
        picture(page, f"{app}/stereo?jitter=0.2", curves, "stereo.png", wait=30_000)
        picture(page, f"{app}/captions", curves, "captions.png", wait=60_000)
        page.set_viewport_size({"width": 860, "height": 900})
        picture(page, f"{app}/inspect?{FORMED}", ".alignlab-points-picture", "inspect.png")
        picture(page, f"{app}/activity?pictures=ca", ".alignlab-points", "activity.png")
        browser.close()


if __name__ == "__main__":
    main()
