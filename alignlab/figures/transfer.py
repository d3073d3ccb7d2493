"""Figures of the transfer experiment: its three steps, and accuracy curves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from alignlab import linalg
from alignlab.experiments.gaussian_transfer import GaussianTransfer, classifier
from alignlab.experiments.transfer import ROUTES, TransferData
from alignlab.figures.theme import CHOSEN, OTHER, Trace, class_colour, figure

DRAWN = 1000
"""At most this many pairs are drawn."""

BINS = 50
GRID = 400


def three_steps(data: TransferData, fitted: GaussianTransfer) -> dict[str, go.Figure]:
    """Figure 1 of the paper: the classifier on modality 1, the mixture, the projected boundary."""
    return {
        "step 1": _step_1(data, fitted),
        "step 2": _step_2(data, fitted),
        "step 3": _step_3(data, fitted),
    }


def accuracy_curves(table: pd.DataFrame, over: str, label: str, chance: float) -> go.Figure:
    """Mean accuracy of every route against labelled rows or pairs, with chance."""
    rows = table[table["over"] == over]
    traces: list[Trace] = []
    for i, route in enumerate(ROUTES):
        mine = rows[rows["route"] == route].groupby("value")["accuracy"]
        mean, spread = mine.mean(), mine.std().fillna(0)
        ceiling = i == len(ROUTES) - 1
        colour = OTHER if ceiling else class_colour(i)
        traces.append(
            {
                "type": "scatter",
                "x": mean.index.to_numpy(),
                "y": mean.to_numpy(),
                "error_y": {
                    "array": np.minimum(spread, 1 - mean).to_numpy(),
                    "arrayminus": np.minimum(spread, mean).to_numpy(),
                    "symmetric": False,
                    "thickness": 1,
                    "width": 2,
                },
                "mode": "lines+markers",
                "name": route,
                "line": {"color": colour, "width": 2, "dash": "dash" if ceiling else "solid"},
                "hovertemplate": "%{y:.3f}",
            }
        )
    return figure(
        f"Accuracy on modality 2 against {label}",
        traces,
        xaxis={
            "title": {"text": label}, "type": "log", "tickangle": 0,
            "tickvals": sorted(rows["value"].unique().tolist()),
        },
        yaxis={"title": {"text": "accuracy"}, "range": [0, 1.03]},
        keep=f"curves {over}",
        hovermode="x unified",
        margin={"t": 100},
        shapes=[_line("x domain", 0, 1, "y", chance, chance)],
        annotations=[
            {
                "text": "chance", "x": 1, "xref": "x domain", "xanchor": "right", "y": chance,
                "yanchor": "bottom", "showarrow": False,
            }
        ],
    )  # fmt: skip


def _step_1(data: TransferData, fitted: GaussianTransfer) -> go.Figure:
    grid, step = _grid(data.X1)
    posterior = fitted.classifier.predict_proba(grid[:, None])
    return _classified(
        "1 · Labelled modality 1: P(y | x⁽¹⁾)",
        "x⁽¹⁾",
        _histograms(data.X1[:, 0], data.y, step, 0),
        grid,
        posterior,
        _boundaries(grid, posterior),
    )


def _step_2(data: TransferData, fitted: GaussianTransfer) -> go.Figure:
    traces: list[Trace] = [
        {
            "type": "scatter",
            "x": data.pairs1[:DRAWN, 0],
            "y": data.pairs2[:DRAWN, 0],
            "mode": "markers",
            "name": "unlabelled pairs",
            "marker": {"color": OTHER, "size": 4},
            "opacity": 0.5,
            "hoverinfo": "skip",
        }
    ]
    for c, (mean, covariance) in enumerate(
        zip(fitted.mixture.means_, fitted.mixture.covariances_, strict=True)
    ):
        named = int(fitted.names[c].argmax())
        ellipse = _ellipse(mean, covariance)
        traces.append(
            {
                "type": "scatter",
                "x": ellipse[:, 0],
                "y": ellipse[:, 1],
                "mode": "lines",
                "name": f"cluster {c + 1} → class {named + 1} ({fitted.names[c, named]:.0%})",
                "line": {"color": class_colour(named), "width": 3},
            }
        )
    return figure(
        "2 · Mixture of the pairs, clusters labelled by step 1",
        traces,
        xaxis={"title": {"text": "x⁽¹⁾"}},
        yaxis={"title": {"text": "x⁽²⁾"}, "scaleanchor": "x", "scaleratio": 1},
        keep="step 2",
        margin={"t": 56 + 18 * len(traces)},
    )


def _step_3(data: TransferData, fitted: GaussianTransfer) -> go.Figure:
    grid, step = _grid(data.test2)
    posterior = fitted.posterior(grid[:, None])
    ceiling = classifier(data.X2, data.y).predict_proba(grid[:, None])
    fig = _classified(
        "3 · Projected onto modality 2: P(y | x⁽²⁾)",
        "x⁽²⁾",
        _histograms(data.test2[:, 0], data.test_y, step, 1),
        grid,
        posterior,
        _boundaries(grid, posterior),
    )
    supervised = [_line("x", at, at, "y domain", 0, 1) for at in _boundaries(grid, ceiling)]
    fig.layout.shapes = [*fig.layout.to_plotly_json().get("shapes", []), *supervised]
    return fig


def _classified(
    title: str,
    axis: str,
    bars: list[Trace],
    grid: np.ndarray,
    posterior: np.ndarray,
    boundaries: list[float],
) -> go.Figure:
    curves: list[Trace] = [
        {
            "type": "scatter",
            "x": grid,
            "y": posterior[:, c],
            "yaxis": "y2",
            "mode": "lines",
            "line": {"color": class_colour(c), "width": 2},
            "name": f"class {c + 1}",
            "showlegend": False,
            "hovertemplate": f"P(class {c + 1}) %{{y:.2f}}",
        }
        for c in range(posterior.shape[1])
    ]
    red = {"color": CHOSEN, "width": 2}
    return figure(
        title,
        [*bars, *curves],
        xaxis={"title": {"text": axis}},
        yaxis={"title": {"text": "rows"}},
        yaxis2={
            "overlaying": "y",
            "side": "right",
            "range": [0, 1.02],
            "showgrid": False,
            "tickvals": [0, 0.5, 1],
        },
        keep=title,
        barmode="overlay",
        margin={"t": 100, "r": 44},
        shapes=[_line("x", at, at, "y domain", 0, 1) | {"line": red} for at in boundaries],
    )


def _histograms(x: np.ndarray, y: np.ndarray, step: float, modality: int) -> list[Trace]:
    return [
        {
            "type": "histogram",
            "x": x[y == c].astype(np.float32),
            "xbins": {"size": step},
            "name": f"class {c + 1} {'○×'[modality]}",
            "marker": {"color": class_colour(c)},
            "opacity": 0.45,
        }
        for c in np.unique(y).tolist()
    ]


def _grid(X: np.ndarray) -> tuple[np.ndarray, float]:
    low, high = float(X.min()), float(X.max())
    room = 0.05 * (high - low) or 1.0
    return np.linspace(low - room, high + room, GRID), (high - low) / BINS or 1.0


def _boundaries(grid: np.ndarray, posterior: np.ndarray) -> list[float]:
    """Where the most likely class changes."""
    best = posterior.argmax(axis=1)
    at = np.flatnonzero(np.diff(best))
    return ((grid[at] + grid[at + 1]) / 2).tolist()


def _ellipse(mean: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Two standard deviations around a Gaussian in the plane, as a closed curve."""
    angles = np.linspace(0, 2 * np.pi, 80)
    axes, variances, _ = linalg.singular_triplets(covariance, 2)
    circle = np.stack([np.cos(angles), np.sin(angles)])
    return mean + 2 * ((axes * np.sqrt(variances)) @ circle).T


def _line(xref: str, x0: float, x1: float, yref: str, y0: float, y1: float) -> Trace:
    return {
        "type": "line", "xref": xref, "x0": x0, "x1": x1, "yref": yref, "y0": y0, "y1": y1,
        "line": {"dash": "dot", "color": OTHER, "width": 2},
    }  # fmt: skip
