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
        f"Of {setting(result.spec)}. Bars are means; dotted, chance. The ceiling is taught by "
        "labels of the target that no method sees."
    )
    return Panel(name="accuracies", figure=draw.accuracies(result), caption=caption, height=300)


def numbers(result: ProtocolResult) -> None:
    """The layout of Table 1, and the paired differences."""
    st.dataframe(table_1(result), height="content")
    seeds = len(result.spec.seeds)
    spread = f"mean ± standard deviation over {seeds} seeds" if seeds > 1 else "one seed, no spread"
    st.caption(
        f"On D_Test, which no training saw, {spread}. CMAE is the mean distance of partners, "
        "‖z₁ − z₂‖; NCMAE the same once every embedded sequence has length 1; R@1 the share whose "
        "partner is the nearest. InfoNCE looks at angles alone and leaves lengths free: CMAE "
        "compares within one run, never across runs. The published rows are of RGB video to IMU, "
        "2048 dimensions, 3 seeds: they were not measured here, and the data here are others "
        "unless you brought them."
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
    folded("More figures", ":material/table_chart:", lambda: more_told(result))
    step_by_step()


def actions_told(result: ProtocolResult) -> None:
    """Which actions each method names."""
    labels, actions, accuracy = by_action(result)
    caption = (
        f"Share of each action's test sequences, all {len(result.splits)} seeds together, that the "
        "decoder named. Empty: no test held the action."
    )
    drawn = draw.action_by_action(labels, actions, accuracy)
    height = 170 + 24 * len(actions)
    charts([Panel(name="actions", figure=drawn, caption=caption, height=height)], key="actions")


def more_told(result: ProtocolResult) -> None:
    """Further figures of every method."""
    st.dataframe(further_figures(result), height="content")
    st.caption(
        "Relative CMAE is CMAE over the mean length of the embedded sequences. D_Align is what "
        "was aligned; D_Val chooses nothing here. CA's seconds are those of its training."
    )


def step_by_step() -> None:
    """What the parts of the sequences are for, on unfolding."""
    folded("The experiment, step by step", ":material/account_tree:", explained)


def explained() -> None:
    """What is taught to what, and by which part of the sequences."""
    st.markdown(
        "1. **D_Align** (40 %, pairs without labels): two small convolutional encoders "
        "$f_1, f_2$ are trained so that partners have similar directions (InfoNCE). This is CA.\n"
        "2. **A further step** may be fitted to the same pairs: plain or informative perfect "
        "alignment, CCA with a ridge, or Procrustes.\n"
        "3. **D_HAR** (40 %, labels of the source only): a decoder $h$ learns the action from the "
        "source's embedding.\n"
        "4. **D_Test** (10 %): $h$ names the action from the *target's* embedding, which it never "
        "saw with a label. D_Val (10 %) is kept apart and chooses nothing here.\n\n"
        "The ceiling is an encoder of the target taught by D_HAR's labels. No sequence is in two "
        "parts, by subject no person either; standardisation is fitted to training data."
    )
    st.latex(r"\hat y = h(A_2^\top f_2(x_2)),\qquad h \text{ taught on } (A_1^\top f_1(x_1), y)")
