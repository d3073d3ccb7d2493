"""The numbers of the README's table on images and captions.

Run: `.venv/bin/python -m tests.benchmarks.reproduces`, about a minute. Closed forms are computed
here, trainings are those that are shipped.
"""

from alignlab.data.captions.spec import CaptionSpec
from alignlab.data.stereo.spec import StereoSpec
from alignlab.experiments.caption_sweep import CaptionSweep, CaptionSweepSpec
from alignlab.experiments.stereo_sweep import StereoSweep, StereoSweepSpec
from alignlab.experiments.stereo_trained import shipped
from alignlab.work import finish
from tests.server import ROOT


def stereo() -> None:
    sweep = StereoSweep(StereoSweepSpec(spec=StereoSpec(n=3000), ks=(4, 16, 64)))
    finish(sweep, None, "reproduces")
    print("stereo shapes in closed form, medians of three seeds, by jitter")
    for k in (4, 16, 64):
        table = sweep.at(k).groupby(["method", "jitter"])["accuracy"].median().unstack()
        print(f"k = {k}\n{table.round(2).to_string()}")
    nu = sweep.at(4).groupby("jitter")["nuisance correlation"].median()
    print(f"correlation of the nuisance, to be compared with 1 - jitter\n{nu.round(2).to_string()}")


def trained() -> None:
    found = shipped(ROOT / "assets" / "stereo")
    assert found is not None
    keys = ["noise_y", "method", "k", "objective", "jitter"]
    table = found.table.groupby(keys)["accuracy"].median().unstack()
    print(f"trained encoders, medians over seeds, by jitter\n{table.round(2).to_string()}")


def captions() -> None:
    sweep = CaptionSweep(CaptionSweepSpec(spec=CaptionSpec(n=3000)))
    finish(sweep, None, "reproduces")
    table = sweep.at(32).groupby(["method", "level"])["accuracy"].median().unstack()
    print(f"captions in closed form, k = 32, by level\n{table.round(3).to_string()}")


if __name__ == "__main__":
    stereo()
    trained()
    captions()
