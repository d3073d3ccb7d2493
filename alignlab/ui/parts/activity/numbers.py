"""The tables of human activity: Table 1's layout, differences from CA, action by action."""

from __future__ import annotations

import streamlit as st

from alignlab.figures import activity as draw
from alignlab.har.protocol import ProtocolResult
from alignlab.ui.chart import Panel, charts
from alignlab.ui.page import folded
from alignlab.words.activity import by_action, differences, further_figures, setting, table_1


def accuracy_panel(result: ProtocolResult) -> Panel:
    """Accuracies by method and seed."""
    caption = (
        f"Of {setting(result.spec)}. Bars are means; dotted: chance. The ceiling is trained on "
        "labels of the target, which no method uses."
    )
    return Panel(name="accuracies", figure=draw.accuracies(result), caption=caption, height=300)


def numbers(result: ProtocolResult) -> None:
    """The layout of Table 1, and the paired differences."""
    st.dataframe(table_1(result), height="content")
    seeds = len(result.spec.seeds)
    spread = f"mean ± standard deviation over {seeds} seeds" if seeds > 1 else "one seed, no spread"
    st.caption(
        f"On D_Test, which was not used in training, {spread}. CMAE is the mean distance of "
        "partners, ‖z₁ − z₂‖; NCMAE the same with every embedding normalised to length 1; R@1 the "
        "share whose partner is the nearest. InfoNCE depends on angles only and leaves lengths "
        "free: compare CMAE within one run, never across runs. The published rows are RGB video "
        "to IMU, 2048 dimensions, 3 seeds: they were not measured here, and the data differ "
        "unless you loaded the same."
    )
    st.markdown("**Against CA**, paired over the seeds; accuracies in points")
    st.dataframe(differences(result), height="content")
    panels = [accuracy_panel(result)]
    if result.losses:
        panels.append(
            Panel(
                name="losses",
                figure=draw.losses(result.losses, result.spec.epochs),
                height=300,
                caption="Mean over the batches of each epoch, on the pairs of D_Align.",
            )
        )
    charts(panels, key="numbers", columns=2)
    folded("Action by action", ":material/grid_view:", lambda: actions_told(result))
    folded("Further metrics", ":material/table_chart:", lambda: more_told(result))
    step_by_step()


def actions_told(result: ProtocolResult) -> None:
    """The accuracy of each method by action."""
    labels, actions, accuracy = by_action(result)
    caption = (
        f"Share of each action's test sequences, all {len(result.splits)} seeds together, that the "
        "decoder recognised. Empty: the action was in no test set."
    )
    drawn = draw.action_by_action(labels, actions, accuracy)
    height = 170 + 24 * len(actions)
    charts([Panel(name="actions", figure=drawn, caption=caption, height=height)], key="actions")


def more_told(result: ProtocolResult) -> None:
    """Further metrics of every method."""
    st.dataframe(further_figures(result), height="content")
    st.caption(
        "Relative CMAE is CMAE over the mean length of the embeddings. D_Align holds the aligned "
        "pairs; D_Val is not used for any choice here. CA's seconds are those of its training."
    )


def step_by_step() -> None:
    """An expander that explains the experiment."""
    folded("The experiment, step by step", ":material/account_tree:", explained)


def explained() -> None:
    """What is trained on which part of the sequences."""
    st.markdown(
        "1. **D_Align** (40 %, pairs without labels): two small convolutional encoders "
        "$f_1, f_2$ are trained so that partners have similar directions (InfoNCE). This is CA.\n"
        "2. **A further step** may be fitted to the same pairs: plain or informative perfect "
        "alignment, CCA with a ridge, or Procrustes.\n"
        "3. **D_HAR** (40 %, labels of the source only): a decoder $h$ learns the action from the "
        "source's embedding.\n"
        "4. **D_Test** (10 %): $h$ predicts the action from the *target's* embedding, for which it "
        "never saw a label. D_Val (10 %) is held out and not used for any choice here.\n\n"
        "The ceiling is a target encoder trained on D_HAR's labels. No sequence is in two parts, "
        "nor any person with the split by subject; standardisation is fitted to training data."
    )
    st.latex(r"\hat y = h(A_2^\top f_2(x_2)),\qquad h \text{ trained on } (A_1^\top f_1(x_1), y)")
