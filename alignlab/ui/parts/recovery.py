"""The linear-experiments page: its controls, specs, scripts and entry."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from alignlab.aligners.contrastive import ContrastiveSpec
from alignlab.grid import spaced
from alignlab.spiked.infonce import TrainingSweep
from alignlab.spiked.monte_carlo import monte_carlo
from alignlab.spiked.phase import LOG_VARIED, WEAKEST, WEIGHT
from alignlab.spiked.recovery import SpikedStudy
from alignlab.ui.controls import Choice, Control, Count, Number, Several, Value
from alignlab.ui.parts.contrastive import BATCH, LEARNING_RATE, TRAIN_STEPS
from alignlab.ui.parts.sampling import SAMPLING, seeds
from alignlab.ui.parts.spiked import FIGURE_3, MODEL, OPTIONS, RANGES, model_spec
from alignlab.ui.state import Page

EXPERIMENT = Choice(
    name="experiment", label="Experiment", default="distance",
    options={
        "distance": "recovery", "errors": "lower error, wrong subspace", "joint": "joint objective",
        "infonce": "InfoNCE", "soft": "soft bottleneck", "hard": "hard bottleneck",
    },
)  # fmt: skip
VARIED = Choice(
    name="varied", label="Varied parameter", default="nu", options=OPTIONS,
    help="Parameter on the horizontal axis.",
)  # fmt: skip
HELD = Choice(
    name="held", label="Held fixed while γ̃ varies", default="nu",
    options={"nu": "correlation ν", "eta": "covariance η"},
    help="η = ν √(γ̃ₓγ̃_y) is the covariance of the nuisance across the views. The two choices "
    "give opposite results.",
)  # fmt: skip
START = Count(name="start", label="From", default=None, low=0.0, high=1e6, placeholder="usual")
STOP = Count(name="stop", label="To", default=None, low=0.0, high=1e6, placeholder="usual")
VALUES = Number(name="values", label="Values", default=30, low=2, high=60, limit=400)
RANK_XY = Number(
    name="rank_xy", label="Rank of the coupling", default=3, low=0, high=10,
    help="Number of shared coordinates that covary across the views.",
)  # fmt: skip
TEMPERATURES = Several(
    name="temperatures", label="Temperatures τ", default=("0.05", "0.1", "0.5"),
    options={text: text for text in ("0.05", "0.1", "0.2", "0.5", "1")},
    help="One curve per temperature; every point is one training.",
)  # fmt: skip
EXPERIMENTS: tuple[Control, ...] = (
    EXPERIMENT, VARIED, HELD, START, STOP, VALUES, RANK_XY, TEMPERATURES, TRAIN_STEPS, BATCH,
    LEARNING_RATE,
)  # fmt: skip


def what_varies(values: Mapping[str, Value]) -> str:
    """The parameter that an experiment varies."""
    fixed = {"joint": WEIGHT, "soft": WEAKEST}
    return fixed.get(values["experiment"]) or str(values["varied"])


def varied_values(values: Mapping[str, Value]) -> tuple[float, ...]:
    """The values of the varied parameter."""
    over = what_varies(values)
    usual = RANGES[over]
    low, high = (
        end if values[name] is None else values[name]
        for name, end in zip(("start", "stop"), usual, strict=True)
    )
    found = spaced(low, high, values["values"], log=over in LOG_VARIED, whole=False)
    return (0.0, *found) if over == WEIGHT else found


def study(values: Mapping[str, Value]) -> SpikedStudy:
    """The experiment on samples that the controls ask for."""
    return SpikedStudy(
        experiment=values["experiment"],
        spec=model_spec(values),
        over=what_varies(values),
        values=varied_values(values),
        held=values["held"],
        n=values["sample"],
        seeds=seeds(values),
    )


def training_sweep(values: Mapping[str, Value]) -> TrainingSweep:
    """The trainings that the controls ask for."""
    return TrainingSweep(
        spec=model_spec(values),
        over=values["varied"],
        values=varied_values(values),
        temperatures=tuple(float(text) for text in values["temperatures"]),
        n=values["sample"],
        seeds=seeds(values),
        training=ContrastiveSpec(
            steps=values["steps"], batch=values["batch"], learning_rate=values["learning_rate"]
        ),
    )


@st.cache_resource(max_entries=8, show_spinner=False)
def closed_forms(sweep: TrainingSweep) -> pd.DataFrame:
    """Mean subspace distances of CA and CP along a sweep, on moments of the same n pairs."""
    found = monte_carlo(sweep.specs(), sweep.n, range(10))
    index = pd.Index(sweep.values, name=sweep.over)
    return pd.DataFrame({"ca": found.ca.mean(axis=1), "cp": found.cp.mean(axis=1)}, index=index)


def spiked_script(study: SpikedStudy) -> str:
    """An experiment on the spiked model: samples, population and theory."""
    return f"""from alignlab.spiked.model import SpikedSpec
from alignlab.spiked.recovery import SpikedStudy

study = {study!r}
sampling = study.sampling()
for _ in sampling.run():
    pass
table = study.table(sampling)
"""


def trainings_script(sweep: TrainingSweep) -> str:
    """Subspace distances of encoders trained by InfoNCE."""
    return f"""from alignlab.aligners.contrastive import ContrastiveSpec
from alignlab.spiked.infonce import Trainings, TrainingSweep
from alignlab.spiked.model import SpikedSpec

trainings = Trainings({sweep!r})
for _ in trainings.run():
    pass
table = trainings.table()
"""


def bottleneck_script(k: int, rank_xy: int) -> str:
    """Shared dimensions by the ranks of both channels."""
    return f"""from alignlab.spiked.objectives import shared_dimensions_table

table = shared_dimensions_table({k}, {rank_xy})
"""


_E3 = {
    "shared": 3, "kappa": 3.0, "kappas": "3, 2.5, 2", "gamma_x": 0.5, "gamma_y": 0.5,
    "gamma_tilde_y": 1.0, "varied": "gamma_tilde_y", "start": 0.1, "stop": 100.0, "draws": 20,
}  # fmt: skip

PAGE = Page(
    path="recovery",
    title="Linear experiments",
    short="Experiments",
    icon=":material/science:",
    summary="The phase-diagram paper's linear experiments, live: when recovery fails, lower error "
    "with the wrong subspace, bottlenecks, and InfoNCE on the same model.",
    controls=(*MODEL, *SAMPLING, *EXPERIMENTS),
    presets={
        "Figure 3": {**FIGURE_3, "stop": 0.95, "draws": 20},
        "Figure 9": {**FIGURE_3, "experiment": "errors", "stop": 0.95, "draws": 20},
        "Nuisance variance, ν held": _E3,
        "Nuisance variance, η held": {**_E3, "held": "eta"},
        "Direction of prediction": {"kappa": 1.0, "varied": "gamma_x", "nu": 0.4, "draws": 20},
        "Joint objective": {
            "experiment": "joint", "shared": 3, "kappa": 3.0, "kappas": "3, 2.5, 2", "gamma_x": 0.5,
            "gamma_y": 0.1, "gamma_tilde_y": 10.0, "nu": 0.63246, "draws": 20,
        },
        "InfoNCE": {
            **FIGURE_3, "experiment": "infonce", "stop": 0.95, "values": 9, "draws": 1,
            "steps": 300, "batch": 256,
        },
        "Soft bottleneck": {
            "experiment": "soft", "shared": 3, "kappa": 3.0, "kappas": "3, 2.5, 2", "gamma_x": 0.5,
            "gamma_y": 0.5, "gamma_tilde_y": 1.0, "nu": 0.0, "draws": 20,
        },
        "Hard bottleneck": {"experiment": "hard"},
    },
)  # fmt: skip
