"""The synthetic-data page: its controls, spec, cached pairs, script and entry."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from alignlab.data.pairs import PairedData
from alignlab.data.synthetic import SyntheticSpec, generate
from alignlab.ui.controls import Choice, Control, Count, Number, Steps, Text, Value
from alignlab.ui.page import folded
from alignlab.ui.panel import widget, widgets
from alignlab.ui.state import Page

_SPEC = SyntheticSpec()

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
    help="Seed of the latent, of S⁽¹⁾ and S⁽²⁾ and of the noise.",
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
CORRELATION = Number(
    name="correlation", label="Correlation r", default=_SPEC.correlation, low=-0.95, high=0.95,
    step=0.05, help="Correlation of neighbouring latent coordinates within a component.",
)  # fmt: skip
CONDITION = Steps(
    name="condition", label="Condition number of S", default=0.0, low=0.0, high=1e9,
    stops=(0.0, 1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6),
    names={0.0: "as drawn", 1.0: "1", 10.0: "10", 100.0: "10²", 1e3: "10³", 1e4: "10⁴",
           1e5: "10⁵", 1e6: "10⁶"},
    help="Ratio of the largest to the smallest singular value of S⁽¹⁾ and of S⁽²⁾.",
)  # fmt: skip
PLANE = Choice(
    name="plane", label="Plane shown", default="first",
    options={"first": "coordinates 1, 2", "principal": "principal two"},
    help="The plane drawn when there are more than two dimensions. Nothing is recomputed.",
)  # fmt: skip


def read_weights(text: str) -> tuple[float, ...] | None:
    """Weights as typed, "0.5, 0.3, 0.2"; None where nothing was typed."""
    if not text.strip():
        return None
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"{text!r} is not a list of numbers such as 0.5, 0.3, 0.2") from None


WEIGHTS = Text(
    name="weights", label="Weights π", default="", read=read_weights, placeholder="0.5, 0.5",
    help="One weight per component, summing to 1; they replace the imbalance.",
)  # fmt: skip

SYNTHETIC: tuple[Control, ...] = (
    LATENT, N, K, D1, D2, NOISE, SEED, COMPONENTS, SEPARATION, IMBALANCE, WEIGHTS, CORRELATION,
    CONDITION,
)  # fmt: skip


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


def synthetic_controls() -> None:
    """The controls of a synthetic draw, grouped as z -> S -> x."""
    widgets(LATENT, N, K, D1, D2, NOISE, SEED)
    if st.session_state[LATENT.key] == "gmm":
        folded("Mixture", ":material/blur_on:", _mixture_controls)
    folded("Matrices S", ":material/grid_on:", _matrix_controls)


def _matrix_controls() -> None:
    """The controls of the matrices, under their formulas."""
    st.latex(r"x^{(m)} = S^{(m)} z + \sigma\varepsilon")
    st.latex(r"S^{(m)}_{ij} \sim U[-5, 5]")
    widget(CONDITION)


def _mixture_controls() -> None:
    """The controls of the mixture, under its formula."""
    st.latex(r"z \sim \textstyle\sum_c \pi_c\, \mathcal{N}(\mu_c, \Sigma)")
    st.latex(r"\Sigma_{ij} = r^{|i-j|}")
    widgets(COMPONENTS, SEPARATION, CORRELATION)
    widget(IMBALANCE, disabled=bool(st.session_state[WEIGHTS.key].strip()))
    widget(WEIGHTS)


@st.cache_resource(max_entries=4, show_spinner=False)
def synthetic_pairs(spec: SyntheticSpec) -> PairedData:
    """`generate(spec)`."""
    return generate(spec)


def generate_script(spec: SyntheticSpec) -> str:
    """The moments of the pairs of a synthetic spec."""
    return f"""from alignlab.data.synthetic import SyntheticSpec, generate, moments

spec = {spec!r}
data = generate(spec)
table = moments(data)
"""


def synthetic_lines(spec: SyntheticSpec) -> str:
    """Lines that make the synthetic pairs."""
    return f"""from alignlab.data.synthetic import SyntheticSpec, generate

data = generate({spec!r})"""


def labels_lines(spec: SyntheticSpec) -> str:
    """Lines that make the synthetic pairs with labels as modality 2."""
    return f"""from alignlab.data.synthetic import SyntheticSpec, generate, labels_as_view

data = labels_as_view(generate({spec!r}))"""


PAGE = Page(
    path="synthetic",
    follows=True,
    title="Synthetic data",
    icon=":material/scatter_plot:",
    summary="Draw a latent cloud, observe it through two linear modalities, and follow the "
    "pipeline from z to x and back.",
    controls=(*SYNTHETIC, PLANE),
    presets={
        "Table 1": {},
        "Uniform (Fig. 7)": {"latent": "uniform"},
        "Six unequal classes": {"components": 6, "imbalance": 0.3, "correlation": 0.6},
        "Noisy": {"noise": 1.0},
        "Ten dimensions, 32 features": {"k": 10, "d1": 32, "d2": 32, "plane": "principal"},
    },
)
