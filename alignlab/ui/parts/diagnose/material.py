"""The diagnosis page's controls, and the pairs that they select."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from alignlab.data.features import Changes, Features, changed
from alignlab.data.pairs import Chunks
from alignlab.diagnosis.advice import Available
from alignlab.diagnosis.heads import Heads, HeadsSpec
from alignlab.diagnosis.reduction import SCALES
from alignlab.diagnosis.run import work_of
from alignlab.diagnosis.sensitivity import KINDS, Checks, CheckSpec
from alignlab.diagnosis.sensitivity import RESAMPLES as RESAMPLES_CHECKED
from alignlab.diagnosis.spec import DiagnosisSpec
from alignlab.diagnosis.work import Work
from alignlab.experiments.examples import ExampleSpec, activity_features, example
from alignlab.files.chosen import features_from_table, incomplete_rows
from alignlab.files.columns import ColumnChoice
from alignlab.report.data import DataDescription, title_of
from alignlab.report.numbers import TITLE, diagnosis_settings, file_settings
from alignlab.report.scripts import diagnosis_script, large_diagnosis_script
from alignlab.spiked.theory import SeparationRatios, separation_ratios
from alignlab.ui.controls import Choice, Control, Count, Number, Steps, Value
from alignlab.ui.files.controls import DROP, UPLOAD
from alignlab.ui.files.local_files import PATHS, bring_paths
from alignlab.ui.files.upload import bring_files
from alignlab.ui.jobs import Chain
from alignlab.ui.panel import widget
from alignlab.ui.parts import spiked
from alignlab.ui.parts.diagnose.scripts import example_lines, table_features_lines
from alignlab.ui.parts.pairs import PAIRING
from alignlab.ui.parts.synthetic import SEED

CASE = Choice(
    name="case", label="Pairs", default="spiked",
    options={
        "spiked": "Spiked model", "digits": "Digits", "activity": "Activity",
        "upload": "Your files", "path": "A path",
    },
    help="A draw from the spiked model, whose regime is known; the halves of scikit-learn's "
    "digits; simulated joint positions and motion sensors; your own files, uploaded or, if this "
    "server accepts it, by path.",
)  # fmt: skip
PART = Choice(
    name="part", label="Show", default="verdict",
    options={"verdict": "Verdict", "check": "Sensitivity", "train": "Train heads"},
    help="The verdict with its evidence; how it changes with labels, ridge and components; "
    "light heads trained to compare with it.",
)  # fmt: skip
ROWS = Steps(
    name="rows", label="Pairs n", default=1000, low=30, high=20_000,
    stops=(50, 100, 200, 500, 1000, 2000, 5000, 10_000), help="Number of pairs drawn.",
    needs={"case": ("spiked",)},
)  # fmt: skip
LABELLED = Count(
    name="labels_kept", label="Rows with a label", default=None, low=0, high=10_000_000, step=10,
    placeholder="all", help="The labels of all other rows are ignored; 0 means no labels.",
)  # fmt: skip
LABEL_KIND = Choice(
    name="label_kind", label="Labels are", default="guess",
    options={"guess": "as guessed", "classes": "classes", "numbers": "numbers"},
    help="Whole numbers can be class codes or a measurement. The page says how they were read; "
    "choose the other reading here. Names are always classes.",
)  # fmt: skip
PRINCIPAL = Steps(
    name="principal", label="Principal components, at most", default=DiagnosisSpec.components,
    low=1, high=1000, stops=(5, 10, 20, 50, 100, 200, 500),
    help="Per view. Later components are discarded, with any signal in them.",
)  # fmt: skip
AT_HAND = Choice(
    name="at_hand", label="Views available later", default="both",
    options={"both": "both", "x": "x only", "y": "y only"},
    help="Which views will be available when the trained model is used. The advice for this case "
    "comes first, the others follow. Nothing is recomputed.",
)  # fmt: skip
SCALE = Choice(
    name="scale", label="Scale of columns", default=DiagnosisSpec.scale,
    options={name: name for name in SCALES},
    help="Auto: as given, except that a column whose standard deviation is more than 100 times "
    "above or below the median is taken to be in another unit and rescaled to the median. "
    "Standardised: every column is scaled to unit standard deviation.",
)  # fmt: skip
RESAMPLES = Steps(
    name="resamples", label="Resamples", default=DiagnosisSpec.resamples, low=2, high=1000,
    stops=(20, 50, 100, 200),
    help="Number of half-samples of the rows, from which intervals and support are computed.",
)  # fmt: skip
_HEADS = HeadsSpec()
_OF_TRAINING = {"part": ("train",)}
HEAD_DIMS = Number(
    name="head_dims", label="Shared dimensions k of the heads", default=_HEADS.k, low=1, high=64,
    help="Every trained representation has 2k dimensions, CP at most as many as its target.",
    needs=_OF_TRAINING,
)  # fmt: skip
HEAD_HIDDEN = Steps(
    name="head_hidden", label="Hidden units", default=_HEADS.hidden, low=0, high=1024,
    stops=(0, 32, 128, 512), names={0: "linear"}, needs=_OF_TRAINING,
    help="Width of the heads' hidden layer; linear heads are those of the theory.",
)  # fmt: skip
HEAD_STEPS = Steps(
    name="head_steps", label="Training steps", default=_HEADS.steps, low=1, high=20_000,
    stops=(100, 200, 500, 1000, 2000), needs=_OF_TRAINING,
    help="Maximum; training stops early when held-out pairs no longer improve.",
)  # fmt: skip
HEAD_SEEDS = Number(
    name="head_seeds", label="Seeds", default=len(_HEADS.seeds), low=1, high=20,
    help="Each with its own split, initial weights and batches.", needs=_OF_TRAINING,
)  # fmt: skip
HEADS: tuple[Control, ...] = (HEAD_DIMS, HEAD_HIDDEN, HEAD_STEPS, HEAD_SEEDS)

DIAGNOSIS: tuple[Control, ...] = (
    CASE, PART, AT_HAND, ROWS, LABELLED, LABEL_KIND, SCALE, PRINCIPAL, RESAMPLES, PAIRING,
    SEED, DROP, *PATHS, *UPLOAD, *HEADS,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Material:
    """The pairs to be diagnosed, with their provenance.

    key : identifies them, without holding the data. name : the zoom of charts is kept per name.
    settings : values that JSON can hold. script : reproduces the table of ratios;
    lines : the part of it that makes `features`.
    features : views and labels, with the labels kept and the pairing as set; None if they are
        larger than memory, in which case `chunks` reads them.
    how : the settings of the diagnosis.
    truth : the ratios of the model they are drawn from, if there is one.
    prediction : which of CP and CP reversed is drawn. own : whether this session uploaded them.
    at_hand : the views available later, whose advice comes first.
    columns : names of the columns of x and of y, if they have names.
    notes : for the export pack. targets : names of the label columns of files read in chunks.
    reading : notes on how the files were read.
    """

    key: Hashable
    name: str
    how: DiagnosisSpec
    settings: dict[str, Any]
    script: str
    lines: str = ""
    features: Features | None = None
    chunks: Chunks | None = None
    truth: SeparationRatios | None = None
    prediction: str = "cp"
    at_hand: Available = "both"
    columns: tuple[tuple[str, ...], tuple[str, ...]] | None = None
    own: bool = False
    notes: dict[str, str] = field(default_factory=dict)
    targets: tuple[str, ...] = ()
    reading: tuple[str, ...] = ()

    @property
    def data(self) -> DataDescription:
        """What was read, for the report."""
        files = tuple(self.settings.get("files", {}).items())
        example = CASE.options[self.settings["case"]]
        if self.features is None:
            assert self.columns is not None
            dimensions = len(self.columns[0]), len(self.columns[1])
        else:
            dimensions = self.features.X.shape[1], self.features.Y.shape[1]
        return DataDescription(
            title=title_of(files) if files else f"{TITLE}: {example}",
            dimensions=dimensions,
            files=files,
            columns=self.columns,
            labels=self.targets if self.features is None else self.features.targets,
            notes=self.reading,
        )

    def in_memory(self) -> Features:
        """The features; ValueError if they are larger than memory."""
        if self.features is None:
            raise ValueError(
                "Files larger than memory have a verdict only: for its sensitivity or for trained "
                "heads, bring a sample of their rows"
            )
        return self.features

    def begin(self, values: Mapping[str, Value]) -> tuple[Hashable, Callable[[], Work | Chain]]:
        """Key and factory of the work for the chosen part; the diagnosis always comes first.

        ValueError if these pairs do not allow it.
        """
        part = values["part"]
        key: Hashable = (self.key, part, self.how)
        if part == "verdict":
            return key, self._diagnosis
        features = self.in_memory()
        if part == "check":
            specs = tuple(CheckSpec(kind=kind) for kind in KINDS)
            checked = (features.X, features.Y, features.labels, specs)
            more = replace(self.how, resamples=RESAMPLES_CHECKED)
            return key, lambda: Chain(self._diagnosis(), Checks(*checked, more))
        spec = heads_spec(values)
        return (key, spec), lambda: Chain(
            self._diagnosis(),
            Heads(
                features.X,
                features.Y,
                features.labels,
                spec,
                features.targets,
                kind=features.kind,
            ),
        )

    def _diagnosis(self) -> Work:
        if self.features is None:
            assert self.chunks is not None
            return Work(self.chunks, self.how)
        return work_of(self.features.X, self.features.Y, self.features.labels, self.how)


def choose_material(values: Mapping[str, Value]) -> Material | None:
    """The pairs that the controls ask for; None while the user's files are missing.

    ValueError when settings or files do not allow it.
    """
    case = values["case"]
    how = diagnosis_spec(values)
    changes = Changes(
        kept=values["labels_kept"],
        shuffled=values["pairing"] == "shuffled",
        seed=how.seed,
        kind=how.kind,
    )
    settings = {
        "case": case,
        **diagnosis_settings(
            how, kept=changes.kept, pairing=values["pairing"], available=values["at_hand"]
        ),
    }
    if case in ("spiked", "digits", "activity"):
        model = spiked.model_spec(values) if case == "spiked" else None
        rows = None if model is None else values["rows"]
        example = ExampleSpec(case=case, model=model, n=rows, changes=changes)
        drawn = {} if model is None else {"model": asdict(model), "n": rows}
        features, lines = example_features(example), example_lines(example)
        how = replace(how, kind=features.kind)
        return Material(
            key=example,
            name=f"{case} {model}",
            how=how,
            settings=settings | drawn,
            script=diagnosis_script(lines, how),
            lines=lines,
            features=features,
            prediction=values["direction"],
            at_hand=values["at_hand"],
            truth=None if model is None or changes.shuffled else separation_ratios(model),
        )
    brought = bring_files() if case == "upload" else bring_paths(values)
    if brought is None:
        return None
    source, columns = brought
    settings |= file_settings(source, columns, values["drop"] == "drop")
    note = {"BRING YOUR FILES.txt": f"Put {source.name} beside reproduce.py; not packed.\n"}
    if source.table is None:
        if changes.kept is not None or changes.shuffled:
            raise ValueError(
                "Files larger than memory are diagnosed as they are: set “Rows with a label” to "
                "all and the pairing to kept"
            )
        return Material(
            key=(source.identity, columns),
            name=f"file {source.digest}",
            how=how,
            settings=settings,
            script=large_diagnosis_script([name for name, _ in source.files], columns, how),
            chunks=source.chunks(columns),
            columns=(tuple(columns.view1), tuple(columns.view2)),
            prediction=values["direction"],
            at_hand=values["at_hand"],
            own=True,
            notes=note,
            targets=columns.label_columns,
            reading=source.notes,
        )
    drop = values["drop"] == "drop"
    bad = table_gaps(source.identity, columns, source.table)
    if len(bad):
        widget(DROP)
    if drop and 0 < len(bad) < len(source.table):
        st.caption(
            f":material/filter_alt: {len(bad):,} of {len(source.table):,} rows are left out, "
            "because a view holds NaN or an infinite value there."
        )
    lines = table_features_lines(source.files, columns, drop, changes, source.key)
    features = table_features(source.identity, columns, drop, changes, source.table)
    how = replace(how, kind=features.kind)
    return Material(
        key=(source.identity, columns, drop, changes),
        name=f"file {source.digest}",
        how=how,
        settings=settings,
        script=diagnosis_script(lines, how),
        lines=lines,
        prediction=values["direction"],
        at_hand=values["at_hand"],
        columns=(tuple(columns.view1), tuple(columns.view2)),
        features=features,
        own=True,
        notes=note,
        reading=source.notes,
    )


def diagnosis_spec(values: Mapping[str, Value]) -> DiagnosisSpec:
    """How the pairs are diagnosed."""
    kind = values["label_kind"]
    return DiagnosisSpec(
        seed=values["seed"],
        resamples=values["resamples"],
        components=values["principal"],
        scale=values["scale"],
        kind=None if kind == "guess" else kind,
    )


def heads_spec(values: Mapping[str, Value]) -> HeadsSpec:
    """How the light heads are trained."""
    return HeadsSpec(
        k=values["head_dims"],
        hidden=values["head_hidden"],
        steps=values["head_steps"],
        scale=values["scale"],
        seeds=tuple(range(values["seed"], values["seed"] + values["head_seeds"])),
    )


@st.cache_resource(max_entries=8, show_spinner="Drawing …")
def example_features(spec: ExampleSpec) -> Features:
    """`example`; the draw of simulated activity, which is slow, is cached separately."""
    if spec.case != "activity":
        return example(spec)
    return changed(simulated_activity(spec.changes.seed), spec.changes)


@st.cache_resource(max_entries=2, show_spinner="Simulating …")
def simulated_activity(seed: int) -> Features:
    """`activity_features`."""
    return activity_features(seed)


@st.cache_resource(max_entries=2, scope="session", show_spinner=False)
def table_features(
    identity: tuple[str, str | None],
    choice: ColumnChoice,
    drop: bool,
    changes: Changes,
    _table: pd.DataFrame,
) -> Features:
    """Features of a table that this session uploaded, modified by `changed`."""
    return changed(features_from_table(_table, choice, drop), changes)


@st.cache_resource(max_entries=2, scope="session", show_spinner=False)
def table_gaps(
    identity: tuple[str, str | None], choice: ColumnChoice, _table: pd.DataFrame
) -> np.ndarray:
    """`incomplete_rows` of a table that this session uploaded."""
    return incomplete_rows(_table, choice)
