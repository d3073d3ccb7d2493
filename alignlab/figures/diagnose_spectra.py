"""Figures that explain a diagnosis: spectra, the label subspace, the strength of pairing."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from alignlab.diagnosis.pairing import COUPLED
from alignlab.diagnosis.result import Component, Diagnosis
from alignlab.diagnosis.tables import STRENGTHS, p_words
from alignlab.figures.phase import COLOURS, DASHES
from alignlab.figures.ratio_axes import POPULATION, SAMPLE, told
from alignlab.figures.theme import (
    NUISANCE_VALUE,
    OTHER,
    PAIRED,
    SHUFFLED,
    SIGNAL_VALUE,
    Trace,
    figure,
    translucent,
)
from alignlab.names import LEGENDS
from alignlab.spiked.model import OBJECTIVES

SIGNAL = 0.5
"""A component is called signal if at least this share of it lies in the label subspace."""

SHOWN = 40
"""At most this many components of a spectrum are drawn, the largest."""

TITLES = {"ca": "Spectrum of C", "cp": "Spectrum of A, y from x", "cp_reverse": "A, x from y"}


def spectrum(found: Diagnosis, objective: str, *, keep: str) -> go.Figure:
    """The singular values of C or A, coloured by whether they are signal or nuisance.

    Without label directions all are grey. Lines: the permutation null of the largest value, 95th
    percentile, and the largest nuisance value of the population.
    """
    part = found.spectra[objective]
    count = min(SHOWN, len(part.values))
    index = np.arange(1, count + 1)
    r2 = part.r2 if found.labelled else np.full(count, np.nan)
    told_shares = np.array(
        [
            (told(a), told(b) if np.isnan(b) else f"{b:.0%}")
            for a, b in zip(r2[:count], part.shared[:count], strict=True)
        ]
    )
    traces: list[Trace] = []
    for name, chosen, colour in _kinds(part, objective, count):
        if not chosen.any():
            continue
        traces.append(
            {
                "type": "bar", "x": index[chosen], "y": part.values[:count][chosen], "name": name,
                "marker": {"color": colour}, "offsetgroup": "all",
                "customdata": told_shares[chosen],
                "hovertemplate": "σ<sub>%{x}</sub> = %{y:.3g}<br>R² with the labels "
                "%{customdata[0]}<br>share in the label subspace %{customdata[1]}<extra></extra>",
            }
        )  # fmt: skip
    levels = [("permutation null, 95th percentile", part.floor, SHUFFLED)]
    if found.population is not None:
        nuisance = found.population.nuisance[objective]
        levels.append(("largest nuisance value, population", nuisance, NUISANCE_VALUE))
    traces += [
        _level(name, value, colour, count) for name, value, colour in levels if np.isfinite(value)
    ]
    hidden = len(part.values) - count
    title = TITLES[objective] + (f", first {count} of {len(part.values)}" if hidden else "")
    matrix = "C" if objective == "ca" else "A"
    return figure(
        title,
        traces,
        xaxis={"title": {"text": "component"}, "range": [0.3, count + 0.7]},
        yaxis={"title": {"text": f"singular value of {matrix}"}, "rangemode": "tozero"},
        keep=keep,
        bargap=0.15,
        margin={"t": 104},
    )


def _kinds(part: Component, objective: str, count: int) -> list[tuple[str, np.ndarray, str]]:
    shared = part.shared[:count]
    if np.isnan(shared).all():
        return [("not classified: no label subspace", np.ones(count, dtype=bool), OTHER)]
    signal = shared >= SIGNAL
    return [("signal", signal, COLOURS[objective]), ("nuisance", ~signal, OTHER)]


def _level(name: str, value: float, colour: str, count: int) -> Trace:
    return {
        "type": "scatter", "x": [0.3, count + 0.7], "y": [value, value], "mode": "lines",
        "name": name, "line": {"dash": "dash", "width": 2.5, "color": colour},
        "hovertemplate": f"{name}: %{{y:.3g}}<extra></extra>",
    }  # fmt: skip


def explained(found: Diagnosis, *, keep: str) -> go.Figure:
    """How well each component's scores predict the labels: R² for C and both A."""
    traces: list[Trace] = []
    for name in OBJECTIVES:
        part = found.spectra[name]
        count = min(SHOWN, len(part.values))
        traces.append(
            {
                "type": "scatter", "x": np.arange(1, count + 1), "y": part.r2[:count],
                "mode": "lines+markers", "name": TITLES[name].removeprefix("Spectrum of "),
                "line": {"color": COLOURS[name], "dash": DASHES[name]},
                "marker": {
                    "size": 8, "color": COLOURS[name],
                    "symbol": [
                        "circle" if share >= SIGNAL else "circle-open"
                        for share in part.shared[:count]
                    ],
                },
                "hovertemplate": "component %{x}: R² %{y:.3g}<extra></extra>",
            }
        )  # fmt: skip
    return figure(
        "How well each component predicts the labels",
        traces,
        xaxis={"title": {"text": "component"}, "rangemode": "tozero"},
        yaxis={"title": {"text": "R², summed over label columns"}, "rangemode": "tozero"},
        keep=keep,
        margin={"t": 84},
    )


def separated(found: Diagnosis, *, keep: str) -> go.Figure:
    """Signal values against the largest nuisance value, in the population and in these pairs.

    Each objective is in units of its own largest signal value.
    """
    traces: list[Trace] = []
    assert found.population is not None
    assert found.sample is not None
    for reading, name, symbol in (
        (found.population, POPULATION, "circle"),
        (found.sample, SAMPLE, "circle-open"),
    ):
        shift = -0.14 if name == POPULATION else 0.14
        at, values, levels, texts = [], [], [], []
        for place, objective in enumerate(OBJECTIVES):
            unit = float(found.population.signal[objective].max()) or 1.0
            signal = reading.signal[objective] / unit
            at += [place + shift] * len(signal)
            values += signal.tolist()
            levels.append(reading.nuisance[objective] / unit)
            texts.append(reading.nuisance[objective])
        first = name == POPULATION
        traces += [
            {
                "type": "bar", "x": [place + shift for place in range(3)], "y": levels,
                "width": 0.26, "name": f"largest nuisance, {name}", "customdata": texts,
                "marker": {
                    "color": translucent(OTHER, 0.55 if first else 0.25),
                    "line": {"color": OTHER, "width": 1},
                },
                "hovertemplate": "largest nuisance %{customdata:.3g}<extra></extra>",
            },
            {
                "type": "scatter", "x": at, "y": values, "mode": "markers",
                "name": f"signal, {name}",
                "marker": {"size": 10, "symbol": symbol, "color": SIGNAL_VALUE,
                           "line": {"width": 2, "color": SIGNAL_VALUE}},
                "hovertemplate": "signal %{y:.3g} of the largest<extra></extra>",
            },
        ]  # fmt: skip
    return figure(
        "Signal against nuisance",
        traces,
        xaxis={
            "tickvals": [0, 1, 2], "ticktext": [LEGENDS[name] for name in OBJECTIVES],
            "range": [-0.5, 2.5],
        },
        yaxis={"title": {"text": "in units of the largest signal"}, "rangemode": "tozero"},
        keep=keep,
        barmode="overlay",
        margin={"t": 104},
    )  # fmt: skip


def strengths(found: Diagnosis, *, keep: str) -> go.Figure:
    """Each statistic of the pairing in standard deviations above its permutation null."""
    assert found.pairing is not None
    strengths = {name: getattr(found.pairing, name) for name in STRENGTHS}
    parts = {
        f"{STRENGTHS[name]}<br>{part.value:.3g} (null {part.null:.2g})": part
        for name, part in strengths.items()
    }
    labels = list(parts)
    z = [part.z for part in parts.values()]
    deviations = [(p.edge - p.null) / ((p.value - p.null) / p.z) if p.z else 0.0
                  for p in parts.values()]  # fmt: skip
    bar: Trace = {
        "type": "bar", "orientation": "h", "y": labels, "x": z,
        "marker": {"color": [PAIRED if one >= COUPLED else OTHER for one in z]},
        "customdata": [[part.value, part.null, part.edge, p_words(name, part.p)]
                       for name, part in strengths.items()],
        "showlegend": False,
        "hovertemplate": "%{y}<br>null mean %{customdata[1]:.3g}, 95th percentile "
        "%{customdata[2]:.3g}<br>p: %{customdata[3]}<extra></extra>",
    }  # fmt: skip
    edge: Trace = {
        "type": "scatter", "y": labels, "x": deviations, "mode": "markers",
        "name": "permutation null, 95th percentile", "hoverinfo": "skip",
        "marker": {"symbol": "line-ns-open", "size": 22, "color": SHUFFLED, "line": {"width": 3}},
    }  # fmt: skip
    return figure(
        "How strongly the rows are paired",
        [bar, edge],
        xaxis={"title": {"text": "SD above the null"}, "rangemode": "tozero"},
        yaxis={"categoryorder": "array", "categoryarray": labels[::-1], "automargin": True},
        keep=keep,
    )
