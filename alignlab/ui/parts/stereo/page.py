"""The page of stereo shapes: its controls, its spec and its entry."""

from __future__ import annotations

from collections.abc import Mapping

from alignlab.data.stereo.spec import StereoSpec
from alignlab.experiments.stereo import FEWEST_PAIRS, WIDEST
from alignlab.experiments.stereo_training import METHODS, OBJECTIVES, StereoTrainingSpec
from alignlab.experiments.stereo_training import WIDEST as TRAINED_WIDEST
from alignlab.ui.controls import Choice, Control, Count, Number, Several, Steps, Value
from alignlab.ui.state import Page

KEEP = "stereo"
"""Charts keep their zoom whatever the setting is: no axis changes its meaning."""

_SPEC, _TRAINING = StereoSpec(n=1200), StereoTrainingSpec()

TIER = Choice(
    name="tier", label="Encoders", default="fixed",
    options={"fixed": "closed form", "trained": "trained"},
    help="Closed forms (CCA, reduced-rank regression) on fixed random convolutional features, at "
    "once; or small convolutional encoders, trained.",
)  # fmt: skip
FIXED, TRAINED = ({"tier": (tier,)} for tier in TIER.options)
"""What the controls of either tier need."""

JITTER = Number(
    name="jitter", label="Jitter of the cameras σ", default=_SPEC.jitter, low=0.0, high=0.5,
    step=0.01, limit=2.0,
    help="Standard deviation of the shift of either camera, in half widths of the image, and of "
    "its rotation, in radians. It breaks the correlation of the nuisance, the place.",
)  # fmt: skip
NOISE_X = Number(
    name="noise_x", label="Pixel noise of x", default=_SPEC.noise_x, low=0.0, high=1.0, step=0.05,
    limit=10.0, help="Standard deviation of the Gaussian noise on every pixel of x; black is 0, "
    "white is 1.",
)  # fmt: skip
NOISE_Y = Number(
    name="noise_y", label="Pixel noise of y", default=_SPEC.noise_y, low=0.0, high=1.0, step=0.05,
    limit=10.0, help="The same for y. Figure 4 of the paper has 0.2, 0.5 and 0.9.",
)  # fmt: skip
BOTTLENECK = Steps(
    name="bottleneck", label="Bottleneck k", default=4, low=1, high=WIDEST,
    stops=(1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64),
    help="How many numbers a method may keep of an image. Three shapes differ in two directions, "
    "the place takes more.", needs=FIXED,
)  # fmt: skip
IMAGES = Steps(
    name="images", label="Pairs n", default=_SPEC.n, low=FEWEST_PAIRS, high=20_000,
    stops=(400, 800, 1200, 2000, 3000, 5000, 10_000),
    help="Pairs that the methods are fitted on. Draws are nested: a larger n keeps the first.",
    needs=FIXED,
)  # fmt: skip
PIXELS = Choice(
    name="pixels", label="Image size", default=32, options={32: "32 × 32", 64: "64 × 64"},
    help="Features see images averaged to 32 × 32.",
)  # fmt: skip
TWIN = Choice(
    name="shape", label="The two views show", default="same",
    options={"same": "the same shape", "own": "a shape of their own"},
    help="With a shape of its own, each view shares nothing but the place: nothing is left to "
    "align or predict but nuisance.",
)  # fmt: skip
DRAW = Count(
    name="draw", label="Seed", default=0, low=0, high=2**31 - 1,
    help="Seed of shapes, places, cameras, pixel noise and features.",
)  # fmt: skip

LEARNERS = Several(
    name="learners", label="Methods", default=("CA", "CP"),
    options={name: name for name in METHODS}, needs=TRAINED,
    help="CA: both encoders agree. CP: y's pixels from x, CP reversed the other way. Supervised: "
    "shapes from x with labels, the ceiling.",
)  # fmt: skip
ALIGN_K = Steps(
    name="align_k", label="Bottleneck k of CA", default=8, low=1, high=TRAINED_WIDEST,
    stops=(2, 4, 8, 16, 32, 64, 128), needs=TRAINED,
    help="Numbers that CA keeps of an image; the supervised encoder too.",
)  # fmt: skip
PREDICT_K = Steps(
    name="predict_k", label="Bottleneck k of CP", default=32, low=1, high=TRAINED_WIDEST,
    stops=(2, 4, 8, 16, 32, 64, 128), needs=TRAINED,
    help="Numbers that CP keeps of an image. The more it may keep, the more shape is among them.",
)  # fmt: skip
OBJECTIVE = Choice(
    name="objective", label="Objective of CA", default=_TRAINING.objective, needs=TRAINED,
    options={name: name for name in OBJECTIVES},
    help="VICReg: agreement, with variance and decorrelation; DeepCCA: the canonical correlations "
    "of a batch.",
)  # fmt: skip
EXAMPLES = Steps(
    name="examples", label="Pairs n", default=_TRAINING.spec.n, low=512, high=20_000,
    stops=(1024, 2048, 4096, 8192, 16_384), needs=TRAINED, help="Pairs to train on.",
)  # fmt: skip
PASSES = Number(
    name="passes", label="Epochs", default=_TRAINING.epochs, low=1, high=12, limit=100,
    needs=TRAINED, help="Times that every pair is seen.",
)  # fmt: skip

PAIRS: tuple[Control, ...] = (JITTER, NOISE_X, NOISE_Y)
TRAINING: tuple[Control, ...] = (LEARNERS, ALIGN_K, PREDICT_K, OBJECTIVE, EXAMPLES, PASSES)


def stereo_spec(values: Mapping[str, Value]) -> StereoSpec:
    """The spec that the controls stand for."""
    return StereoSpec(
        n=values["images"] if values["tier"] == "fixed" else values["examples"],
        size=values["pixels"],
        jitter=values["jitter"],
        noise_x=values["noise_x"],
        noise_y=values["noise_y"],
        shared=values["shape"] == "same",
        seed=values["draw"],
    )


def training_specs(values: Mapping[str, Value]) -> dict[str, StereoTrainingSpec]:
    """The trainings that the controls ask for, by method."""
    return {
        method: StereoTrainingSpec(
            spec=stereo_spec(values),
            method=method,
            k=values["predict_k" if method.startswith("CP") else "align_k"],
            objective=values["objective"] if method == "CA" else OBJECTIVES[0],
            epochs=values["passes"],
        )
        for method in values["learners"]
    }


PAGE = Page(
    path="stereo",
    title="Stereo shapes",
    icon=":material/view_in_ar:",
    follows=True,
    summary="Two cameras see one object. Let them jitter, and a problem on images walks across the "
    "phase diagram: alignment begins to find the shape, prediction keeps the place.",
    controls=(*PAIRS, TIER, BOTTLENECK, IMAGES, *TRAINING, PIXELS, TWIN, DRAW),
    presets={
        "Nuisance shared": {"jitter": 0.0},
        "Alignment finds the shape": {"jitter": 0.2},
        "Figure 4, low noise": {"images": 3000, "jitter": 0.2},
        "Figure 4, medium noise": {"images": 3000, "jitter": 0.2, "noise_y": 0.5},
        "Figure 4, high noise": {"images": 3000, "jitter": 0.2, "noise_y": 0.9},
        "One shape direction of two": {"jitter": 0.05, "bottleneck": 2},
        "Over-capacity bottleneck": {"jitter": 0.0, "bottleneck": 64, "images": 3000},
        "Clean source, noisy source": {"jitter": 0.0, "bottleneck": 64, "noise_y": 0.9},
        "No shared shape": {"jitter": 0.2, "shape": "own"},
        "Trained: CA ahead": {"tier": "trained", "jitter": 0.1},
        "Trained: CP ahead": {"tier": "trained", "jitter": 0.0},
    },
)
