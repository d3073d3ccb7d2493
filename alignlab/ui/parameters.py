"""The controls of the pages, each defined once, and how their values become specs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alignlab.comparison import METHODS, ComparisonSpec
from alignlab.contrastive import ContrastiveSpec
from alignlab.limits import MAX_COLUMNS
from alignlab.names import ALIGNER_NAMES, FIELD_OPTIONS
from alignlab.study import StudySpec
from alignlab.sweeps import IN_SAMPLE
from alignlab.synthetic import SyntheticSpec
from alignlab.transfer_study import TransferSpec
from alignlab.ui.controls import Choice, Control, Count, Number, Several, Steps, Text, Value

_SPEC = SyntheticSpec()
_STUDY = StudySpec()


def read_weights(text: str) -> tuple[float, ...] | None:
    """Weights as typed, "0.5, 0.3, 0.2"; None where nothing was typed."""
    if not text.strip():
        return None
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"{text!r} is not a list of numbers such as 0.5, 0.3, 0.2") from None


def read_ranges(text: str) -> list[int]:
    """Column numbers as an address carries them: "0-2,5" is 0, 1, 2, 5."""
    numbers: list[int] = []
    for part in filter(None, text.split(",")):
        ends = part.split("-")
        if len(ends) > 2 or not all(end.isdigit() and int(end) <= MAX_COLUMNS for end in ends):
            raise ValueError(f"{text!r} is not a list of columns such as 0-2,5")
        numbers.extend(range(int(ends[0]), int(ends[-1]) + 1))
        if len(numbers) > MAX_COLUMNS:
            raise ValueError(f"{text[:40]!r}… names more than {MAX_COLUMNS:,} columns")
    return numbers


def write_ranges(numbers: Sequence[int]) -> str:
    """The inverse of `read_ranges`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(f"{a}-{b}" if a < b else f"{a}" for a, b in runs)


LATENT = Choice(
    name="latent", label="Latent z", default=_SPEC.latent,
    options={"gmm": "Gaussian mixture", "uniform": "Uniform"},
    help="A mixture of Gaussians (Table 1), or two uniform classes on either side of y = x − 10 "
    "(Figure 7).",
)  # fmt: skip
N = Steps(
    name="n", label="Pairs n", default=_SPEC.n, low=2, high=100_000,
    stops=(2, 4, 6, 8, 10, 11, 12, 15, 20, 30, 50, 100, 200, 500, 1000, 2000, 5000, 10_000,
           20_000, 50_000, 100_000),
    help="All pairs, training and held out. Draws are nested: a larger n keeps the first pairs.",
)  # fmt: skip
K = Number(
    name="k", label="Latent dimension k", default=_SPEC.k, low=1, high=10, limit=128,
    help="Dimension of z, and of the aligned space.",
)  # fmt: skip
D1 = Number(
    name="d1", label="Features d₁", default=_SPEC.d1, low=1, high=64, limit=512,
    help="Dimension of modality 1.",
)  # fmt: skip
D2 = Number(
    name="d2", label="Features d₂", default=_SPEC.d2, low=1, high=64, limit=512,
    help="Dimension of modality 2.",
)  # fmt: skip
NOISE = Number(
    name="noise", label="Noise σ", default=_SPEC.noise, low=0.0, high=10.0, step=0.1,
    limit=1e6,
    help="Standard deviation of the Gaussian noise on every feature.",
)  # fmt: skip
SEED = Count(
    name="seed", label="Seed", default=_SPEC.seed, low=0, high=2**31 - 1,
    help="Of the latent, of S⁽¹⁾ and S⁽²⁾ and of the noise.",
)  # fmt: skip
COMPONENTS = Number(
    name="components", label="Components", default=_SPEC.components, low=1, high=6,
    help="Gaussians in the mixture; each is a class.",
)  # fmt: skip
SEPARATION = Number(
    name="separation", label="Separation", default=_SPEC.separation, low=0.0, high=10.0, step=0.5,
    help="Neighbouring means are √2 · separation apart; 4 is Table 1's.",
)  # fmt: skip
IMBALANCE = Number(
    name="imbalance", label="Imbalance", default=_SPEC.imbalance, low=0.0, high=0.9, step=0.05,
    help="Each component is (1 − imbalance) times as likely as the one before.",
)  # fmt: skip
WEIGHTS = Text(
    name="weights", label="Weights π", default="", read=read_weights, placeholder="0.5, 0.5",
    help="One a component, summing to 1; they take the place of the imbalance.",
)  # fmt: skip
CORRELATION = Number(
    name="correlation", label="Correlation r", default=_SPEC.correlation, low=-0.95, high=0.95,
    step=0.05, help="Of neighbouring latent coordinates within a component.",
)  # fmt: skip
CONDITION = Steps(
    name="condition", label="Condition number of S", default=0.0, low=0.0, high=1e9,
    stops=(0.0, 1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6),
    names={0.0: "as drawn", 1.0: "1", 10.0: "10", 100.0: "10²", 1e3: "10³", 1e4: "10⁴",
           1e5: "10⁵", 1e6: "10⁶"},
    help="Ratio of the largest to the smallest singular value of S⁽¹⁾ and of S⁽²⁾.",
)  # fmt: skip
PLANE = Choice(
    name="plane", label="Pictures show", default="first",
    options={"first": "coordinates 1, 2", "principal": "principal two"},
    help="Which plane is drawn when there are more than two dimensions. Computes nothing again.",
)  # fmt: skip

SYNTHETIC: tuple[Control, ...] = (
    LATENT, N, K, D1, D2, NOISE, SEED, COMPONENTS, SEPARATION, IMBALANCE, WEIGHTS, CORRELATION,
    CONDITION,
)  # fmt: skip

DRAWN_SOURCES = ("synthetic", "labels")
"""Those whose pairs are drawn from a spec, which then says k."""

SOURCE = Choice(
    name="source", label="Pairs from", default="synthetic",
    options={
        "synthetic": "Synthetic", "labels": "Labels", "digits": "Digits", "upload": "Your file",
    },
    help="Synthetic pairs, the same with class labels as modality 2, the two halves of "
    "scikit-learn's digits, or a file of yours.",
)  # fmt: skip
DIMS = Number(
    name="dims", label="Aligned dimension k", default=2, low=1, high=32,
    help="How many directions of the stack are taken.",
)  # fmt: skip
RANK = Count(
    name="rank", label="Rank kept, informative", default=None, low=1, high=128,
    placeholder="k",
    help="Leading directions of each view that informative alignment looks at; empty for k.",
)  # fmt: skip
HOLDOUT = Number(
    name="holdout", label="Held-out share", default=_STUDY.holdout, low=0.0, high=0.9, step=0.05,
    help="Pairs that are not fitted; all numbers are also measured on them.",
)  # fmt: skip
SPLIT_SEED = Count(
    name="split_seed", label="Split seed", default=_STUDY.split_seed, low=0, high=2**31 - 1,
    help="Which pairs are held out.",
)  # fmt: skip
LINES = Number(
    name="lines", label="Partner lines", default=200, low=0, high=1000, step=50,
    help="How many partners are joined in the pictures. Computes nothing again.",
)  # fmt: skip
_OF_UPLOAD = {"source": ("upload",), "case": ("upload", "path")}
UPLOAD_NAME = Text(name="file", label="File", default="", read=str, needs=_OF_UPLOAD)
UPLOAD_DIGEST = Text(name="digest", label="SHA-256", default="", read=str, needs=_OF_UPLOAD)
VIEW1 = Text(name="view1", label="View 1", default="", read=read_ranges, needs=_OF_UPLOAD)
VIEW2 = Text(name="view2", label="View 2", default="", read=read_ranges, needs=_OF_UPLOAD)
LABELS = Text(name="labels", label="Labels", default="", read=str, needs=_OF_UPLOAD)
MORE_LABELS = Text(
    name="more_labels", label="More labels", default="", read=read_ranges, needs=_OF_UPLOAD
)

SHOW = Choice(
    name="show", label="Show", default="curves",
    options={"figure4": "Figure 4", "curves": "Curves", "map": "Map"},
    help="The papers' twelve panels at once, one field swept with all that can be chosen, or two "
    "fields swept against each other.",
)  # fmt: skip
OVER = Choice(
    name="over", label="Swept", default="d", options=FIELD_OPTIONS,
    help="What varies: pairs n, features d = d₁ + d₂ (half each), latent dimension k, noise σ, "
    "condition number of S, number of classes, or the share of d that modality 1 has.",
)  # fmt: skip
OVER2 = Choice(
    name="over2", label="Against", default="n", options=FIELD_OPTIONS, needs={"show": ("map",)},
    help="What varies from bottom to top of the map.",
)  # fmt: skip
_LOW, _HIGH, _LOG = "From", "To", "Spacing"
LOW = Count(name="low", label=_LOW, default=None, low=0.0, high=1e6, placeholder="usual")
HIGH = Count(name="high", label=_HIGH, default=None, low=0.0, high=1e6, placeholder="usual")
LOW2 = Count(
    name="low2", label=_LOW, default=None, low=0.0, high=1e6, needs={"show": ("map",)},
    placeholder="usual",
)  # fmt: skip
HIGH2 = Count(
    name="high2", label=_HIGH, default=None, low=0.0, high=1e6, needs={"show": ("map",)},
    placeholder="usual",
)  # fmt: skip
_SPACINGS = {"usual": "usual", "linear": "linear", "log": "log"}
SPACING = Choice(name="spacing", label=_LOG, default="usual", options=_SPACINGS)
SPACING2 = Choice(
    name="spacing2", label=_LOG, default="usual", options=_SPACINGS, needs={"show": ("map",)}
)
POINTS = Number(
    name="points", label="Values", default=20, low=1, high=60,
    help="How many values are swept at most; whole numbers come once each.",
)  # fmt: skip
SEEDS = Number(
    name="seeds", label="Seeds", default=20, low=1, high=200,
    help="Draws per value, from the seed below on. The line is their mean, the band spans the "
    "10th to the 90th percentile.",
)  # fmt: skip
CURVES = Several(
    name="aligners", label="Aligners", default=("perfect_alignment", "informative_alignment"),
    options=ALIGNER_NAMES,
    help="Each a curve. The map and the moving picture show the first one. The contrastive one is "
    "trained at every point, with the defaults of the comparison page: about a second each.",
)  # fmt: skip
MEASURED = Several(
    name="metrics", label="Metrics", default=("cmae", "relative_cmae", "mlre", "kept_norm"),
    options={name: m.label for name, m in IN_SAMPLE.items() if name != "latent_norm"},
    help="Each a chart; the map shows the first one. CCA, reduced-rank regression, PLS-SVD and "
    "Procrustes centre the views: the mean of z is lost to them, and their MLRE carries it.",
)  # fmt: skip
PAIRS = Choice(
    name="pairs", label="Measured on", default="fitted",
    options={"fitted": "fitted pairs", "held_out": "held-out pairs", "both": "both"},
    help="The pairs that the maps were fitted on, 500 others of the same draw (dashed), or both.",
)  # fmt: skip

SWEEP: tuple[Control, ...] = (
    SHOW, OVER, LOW, HIGH, SPACING, OVER2, LOW2, HIGH2, SPACING2, POINTS, SEEDS, CURVES, MEASURED,
    PAIRS,
)  # fmt: skip

FAMILY = Choice(
    name="family", label="Family", default="stack",
    options={"stack": "Stack", "cross": "Cross-covariance"},
    help="The smallest directions of the stack of both views (plain PA to CCA), or the leading "
    "ones of their cross-covariance (PLS-SVD, CP, CP reversed, CCA).",
)  # fmt: skip
WHITEN1 = Number(
    name="a", label="Whitening of view 1, a", default=0.0, low=0.0, high=1.0, step=0.05,
    help="0 leaves the view as it is, 1 gives it unit variance in every direction.",
)  # fmt: skip
WHITEN2 = Number(
    name="b", label="Whitening of view 2, b", default=0.0, low=0.0, high=1.0, step=0.05,
    help="0 leaves the view as it is, 1 gives it unit variance in every direction.",
)  # fmt: skip

COMPARED = Several(
    name="methods", label="Aligners",
    default=("perfect_alignment", "informative_alignment", "cca", "contrastive"),
    options={name: method.label for name, method in METHODS.items()},
    help="The same pairs and the same split for all of them.",
)  # fmt: skip
RIDGE = Steps(
    name="ridge", label="Ridge of CCA", default=0.0, low=0.0, high=1e6,
    stops=(0.0, 1e-6, 1e-4, 1e-2, 0.1, 1.0, 10.0, 100.0),
    help="Added to the variance in every direction, in squared units of the data.",
)  # fmt: skip
_TRAINING = ContrastiveSpec()
TEMPERATURE = Steps(
    name="temperature", label="Temperature τ", default=_TRAINING.temperature, low=1e-3, high=1e3,
    stops=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 100.0),
    help="Divides the scores: a high one makes all pairs look alike.",
)  # fmt: skip
TRAIN_STEPS = Steps(
    name="steps", label="Steps", default=_TRAINING.steps, low=1, high=20_000,
    stops=(1, 10, 50, 100, 200, 500, 1000, 2000, 5000), help="Of Adam.",
)  # fmt: skip
BATCH = Steps(
    name="batch", label="Batch", default=_TRAINING.batch, low=2, high=4096,
    stops=(2, 8, 32, 128, 512, 1024, 2048), help="Pairs a step; all if there are fewer.",
)  # fmt: skip
LEARNING_RATE = Steps(
    name="learning_rate", label="Learning rate", default=_TRAINING.learning_rate, low=1e-6,
    high=10.0, stops=(1e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 1.0), help="Of Adam.",
)  # fmt: skip
SCORES = Choice(
    name="scores", label="Scores", default="cosine",
    options={"cosine": "cosine", "inner": "inner product"},
    help="Whether latent vectors are brought to unit length before they are compared.",
)  # fmt: skip
TRAIN_SEED = Count(
    name="train_seed", label="Training seed", default=0, low=0, high=2**31 - 1,
    help="Of the first weights and of the batches.",
)  # fmt: skip

COMPARISON: tuple[Control, ...] = (
    SOURCE, DIMS, HOLDOUT, SPLIT_SEED, PLANE, COMPARED, RIDGE, TEMPERATURE, TRAIN_STEPS, BATCH,
    LEARNING_RATE, SCORES, TRAIN_SEED,
)  # fmt: skip

VIEWS = Number(
    name="views", label="Views", default=3, low=2, high=6,
    help="All of one latent; odd ones have d₁ features, even ones d₂.",
)  # fmt: skip
PAIRING = Choice(
    name="pairing", label="Pairing", default="kept",
    options={"kept": "kept", "shuffled": "shuffled"},
    help="Shuffled: partners are torn apart.",
)  # fmt: skip
_TRANSFER = TransferSpec()
TRANSFER: tuple[Control, ...] = (
    Number(
        name="classes", label="Classes", default=_TRANSFER.classes, low=2, high=6,
        help="Gaussians of equal size in the plane of both modalities.",
    ),
    Number(
        name="separation1", label="Class means apart, modality 1", default=_TRANSFER.separation1,
        low=0.0, high=10.0, step=0.5,
        help="Distance of neighbouring means along x⁽¹⁾; 0 makes it blind.",
    ),
    Number(
        name="separation2", label="Class means apart, modality 2", default=_TRANSFER.separation2,
        low=0.0, high=10.0, step=0.5,
        help="Distance of neighbouring means along x⁽²⁾; 0 makes it blind.",
    ),
    Number(
        name="spread", label="Spread σ of a class", default=_TRANSFER.spread, low=0.1, high=5.0,
        step=0.1, help="Standard deviation within a class, along either modality.",
    ),
    Number(
        name="correlation2", label="Correlation r of the modalities",
        default=_TRANSFER.correlation, low=-0.95, high=0.95, step=0.05, help="Within a class.",
    ),
    Steps(
        name="labelled", label="Labelled rows a class", default=_TRANSFER.labelled, low=2,
        high=5000, stops=(2, 5, 10, 20, 50, 100, 200, 500, 1000), help="Of modality 1 only.",
    ),
    Steps(
        name="pairs_n", label="Unlabelled pairs", default=_TRANSFER.pairs, low=2, high=20_000,
        stops=(2, 5, 10, 30, 100, 300, 1000, 3000, 10_000), help="Of both modalities.",
    ),
    PAIRING,
    Number(
        name="runs", label="Seeds of the curves", default=5, low=1, high=50,
        help="Draws per point of the accuracy curves.",
    ),
    SEED,
)  # fmt: skip

STUDY: tuple[Control, ...] = (SOURCE, DIMS, RANK, HOLDOUT, SPLIT_SEED, LINES, PLANE)
UPLOAD: tuple[Control, ...] = (UPLOAD_NAME, UPLOAD_DIGEST, VIEW1, VIEW2, LABELS, MORE_LABELS)


def synthetic_spec(values: Mapping[str, Value]) -> SyntheticSpec:
    """The spec that the synthetic controls stand for; ValueError names what does not fit."""
    fields = {c.name: values[c.name] for c in SYNTHETIC}
    fields["weights"] = read_weights(values["weights"])
    fields["condition"] = values["condition"] or None
    return SyntheticSpec(**fields)


def values_of(spec: SyntheticSpec) -> dict[str, Value]:
    """The inverse of `synthetic_spec`."""
    values = {c.name: getattr(spec, c.name) for c in SYNTHETIC}
    values["weights"] = ", ".join(map(str, spec.weights or ()))
    values["condition"] = spec.condition or 0.0
    return values


def aligned_dimension(values: Mapping[str, Value]) -> int:
    """The k of the aligned space: the latent's for drawn pairs, a control of its own for others."""
    return values["k"] if values["source"] in DRAWN_SOURCES else values["dims"]


def comparison_spec(values: Mapping[str, Value]) -> ComparisonSpec:
    """Which aligners are compared, and how."""
    return ComparisonSpec(
        k=aligned_dimension(values),
        methods=values["methods"],
        ridge=values["ridge"],
        holdout=values["holdout"],
        split_seed=values["split_seed"],
        contrastive=ContrastiveSpec(
            temperature=values["temperature"],
            steps=values["steps"],
            batch=values["batch"],
            learning_rate=values["learning_rate"],
            normalised=values["scores"] == "cosine",
            seed=values["train_seed"],
        ),
    )


def transfer_spec(values: Mapping[str, Value]) -> TransferSpec:
    """The spec that the controls of the transfer page stand for."""
    return TransferSpec(
        classes=values["classes"],
        separation1=values["separation1"],
        separation2=values["separation2"],
        spread=values["spread"],
        correlation=values["correlation2"],
        labelled=values["labelled"],
        pairs=values["pairs_n"],
        shuffled=values["pairing"] == "shuffled",
        seed=values["seed"],
    )


def study_spec(values: Mapping[str, Value]) -> StudySpec:
    """How to align: k is the latent's for synthetic pairs, a control of its own for others."""
    return StudySpec(
        k=aligned_dimension(values),
        rank=values["rank"],
        holdout=values["holdout"],
        split_seed=values["split_seed"],
    )
