"""A diagnosis as pictures: where it lies, the ratios, the spectra behind them, the pairing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from alignlab.diagnose import COUPLED, Component, Diagnosis
from alignlab.diagnosis_tables import STRENGTHS, ratio_table
from alignlab.figures.phase import COLOURS, DASHES, NAMES, REGIONS
from alignlab.figures.theme import OTHER, Trace, figure, log_axis, translucent
from alignlab.spiked import OBJECTIVES, SeparationRatios
from alignlab.verdict import LARGEST

REACH = 10.0
"""Ratios are drawn from 1 / REACH to REACH at least."""

SIGNAL = 0.5
"""A component is called signal where so much of its direction is seen by the labels, or more."""

SHOWN = 40
"""So many components of a spectrum are drawn, the largest."""

HERE = "#EE7733"
"""The data set in question."""

NULL, NUISANCE = "#997700", "#EE3377"
"""Levels in a spectrum; both are seen on light and dark ground."""

_POPULATION, _SAMPLE = "population", "these pairs"

TITLES = {"ca": "Spectrum of C", "cp": "Spectrum of A, y from x", "cp_reverse": "A, x from y"}

_QUADRANTS: Mapping[str, tuple[int, int]] = {
    "Both": (1, 1), "CA only": (0, 1), "CP only": (1, 0), "Neither": (0, 0),
}  # fmt: skip
"""Which side of 1 the ratios of CP and CA are on."""


BADGES = {"Both": "blue", "CA only": "green", "CP only": "red", "Neither": "gray"}
"""Streamlit's nearest colours to those of the regimes."""


def regime_colour(regime: str) -> str:
    """The name of a badge's colour; what is undetermined is orange."""
    return BADGES.get(regime, "orange")


def told(value: float) -> str:
    """A ratio or share as its hover tells it: JSON has no infinity, which would be read as 0."""
    if np.isnan(value):
        return "not known"
    return "∞" if np.isinf(value) else f"{value:.3g}"


def located(found: Diagnosis, truth: SeparationRatios | None, *, keep: str) -> go.Figure:
    """Where the ratios of CA and CP lie among the regimes, with all resamples.

    truth : the ratios of the model that the pairs were drawn from, where there is one.
    """
    ratios = {} if found.population is None else found.population.ratios
    points = [*(ratios.get(name, 1.0) for name in ("ca", "cp")), *found.cloud[:2].ravel()]
    reach = _reach([*points, *([truth.ca, truth.cp] if truth else [])])
    traces: list[Trace] = []
    if found.population is not None and found.sample is not None:
        traces = _points(found, reach)
    if truth is not None:
        traces.append(
            _marker(truth.cp, truth.ca, reach, "theory", {"symbol": "star", "color": "#FFD21F"}, 18)
        )
    return figure(
        "Where these pairs lie",
        traces,
        xaxis=_ratio_axis("Δ of CP, x → y", reach),
        yaxis=_ratio_axis("Δ of CA", reach),
        keep=keep,
        shapes=[*_quadrants(reach), *_crosshair()],
        annotations=_names(reach),
        margin={"t": 84},
    )


def _points(found: Diagnosis, reach: float) -> list[Trace]:
    assert found.population is not None
    assert found.sample is not None
    ca, cp = (_within(found.cloud[row], reach) for row in (0, 1))
    inner = {"color": HERE, "line": {"width": 2, "color": "#222222"}}
    open_ = {"symbol": "circle-open", "color": HERE, "line": {"width": 3}}
    at, seen = found.population.ratios, found.sample.ratios
    traces: list[Trace] = [
        {
            "type": "scatter", "x": cp, "y": ca, "mode": "markers", "hoverinfo": "skip",
            "name": "resamples", "cliponaxis": False,
            "marker": {"size": 7, "color": translucent(HERE, 0.45)},
        },
        _marker(at["cp"], at["ca"], reach, _POPULATION, inner, 14),
        _marker(seen["cp"], seen["ca"], reach, _SAMPLE, open_, 14),
    ]  # fmt: skip
    for axis, name in (("x", "cp"), ("y", "ca")):
        low, high = (float(_within(end, reach)) for end in found.intervals[name])
        if np.isnan(low):
            continue
        middle = float(_within(at[name], reach))
        traces[1][f"error_{axis}"] = {
            "type": "data", "symmetric": False, "array": [max(high - middle, 0.0)],
            "arrayminus": [max(middle - low, 0.0)], "color": HERE, "thickness": 2, "width": 5,
        }  # fmt: skip
    return traces


def _marker(
    x: float, y: float, reach: float, name: str, marker: Mapping[str, Any], size: int
) -> Trace:
    return {
        "type": "scatter", "x": [float(_within(x, reach))], "y": [float(_within(y, reach))],
        "mode": "markers", "name": name, "customdata": [[told(x), told(y)]], "cliponaxis": False,
        "marker": {"size": size, "line": {"width": 1.5, "color": "#222222"}, **marker},
        "hovertemplate": f"{name}: Δ of CP %{{customdata[0]}}, of CA %{{customdata[1]}}"
        "<extra></extra>",
    }  # fmt: skip


def _reach(values: list[float]) -> float:
    """How far the axes go on either side of 1; what is beyond is drawn at their ends."""
    finite = np.clip(np.array([v for v in values if v == v]), 1 / LARGEST, LARGEST)
    farthest = float(np.exp(np.abs(np.log(finite)).max(initial=0.0)))
    return REACH if farthest <= REACH else min(1.6 * farthest, LARGEST)


def _within(value: float | np.ndarray, reach: float) -> np.ndarray:
    return np.clip(value, 1 / reach, reach)


def _ratio_axis(title: str, reach: float) -> dict[str, Any]:
    end = float(np.log10(reach))
    ticks = [0.001, 0.01, 0.1, 0.3, 1, 3, 10, 100, 1000]
    return log_axis(title) | {
        "range": [-end, end], "exponentformat": "none", "tickvals": ticks,
        "ticktext": [f"{tick:g}" for tick in ticks], "constrain": "domain",
    }  # fmt: skip


def _quadrants(reach: float) -> list[dict[str, Any]]:
    ends = (1 / reach, 1.0, reach)
    return [
        {
            "type": "rect", "layer": "below", "line": {"width": 0},
            "x0": ends[i], "x1": ends[i + 1], "y0": ends[j], "y1": ends[j + 1],
            "fillcolor": translucent(REGIONS[name], 0.22),
        }
        for name, (i, j) in _QUADRANTS.items()
    ]  # fmt: skip


def _crosshair() -> list[dict[str, Any]]:
    line = {"color": "#888888", "width": 2}
    return [
        {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 1, "y1": 1, "line": line},
        {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": 1, "x1": 1, "line": line},
    ]


def _names(reach: float) -> list[dict[str, Any]]:
    """The regimes' names in the outer corners."""
    return [
        {
            "text": f"<b>{name}</b>", "showarrow": False, "font": {"size": 16},
            "xref": "paper", "yref": "paper", "x": float(i), "y": float(j),
            "xanchor": "right" if i else "left", "yanchor": "top" if j else "bottom",
            "xshift": -6 if i else 6, "yshift": -4 if j else 4,
        }
        for name, (i, j) in _QUADRANTS.items()
    ]  # fmt: skip


def ratios(found: Diagnosis, truth: SeparationRatios | None, *, keep: str) -> go.Figure:
    """The three ratios with their 90% intervals, and those that training on these pairs sees."""
    table = ratio_table(found)
    known = table[["delta", "low", "high", "sample delta"]].to_numpy().ravel()
    theory = {name: getattr(truth, name) for name in OBJECTIVES} if truth else {}
    reach = _reach([*known, *theory.values()])
    labels = [NAMES[name] for name in OBJECTIVES]
    traces: list[Trace] = []
    for name, row in table.iterrows():
        middle, low, high = (float(_within(row[c], reach)) for c in ("delta", "low", "high"))
        bars = {} if np.isnan(low) else {
            "error_x": {
                "type": "data", "symmetric": False, "array": [high - middle],
                "arrayminus": [middle - low], "thickness": 3, "width": 8,
            }
        }  # fmt: skip
        traces.append(
            {
                "type": "scatter", "x": [middle], "y": [NAMES[str(name)]], "mode": "markers",
                "marker": {"size": 14, "color": COLOURS[str(name)]},
                "name": _POPULATION, "showlegend": name == "ca",
                "customdata": [[told(row[c]) for c in ("delta", "low", "high")]],
                "hovertemplate": "Δ %{customdata[0]}, 90% of resamples from "
                "%{customdata[1]} to %{customdata[2]}<extra></extra>",
                **bars,
            }
        )  # fmt: skip
    extra = [(_SAMPLE, table["sample delta"].tolist(), {"symbol": "circle-open", "color": OTHER})]
    if theory:
        star = {"symbol": "star", "color": "#FFD21F"}
        extra.append(("theory", list(theory.values()), star))
    for name, values, marker in extra:
        traces.append(
            {
                "type": "scatter", "x": _within(np.array(values, dtype=float), reach).tolist(),
                "y": labels, "mode": "markers", "name": name, "customdata": list(map(told, values)),
                "marker": {"size": 14, "line": {"width": 2, "color": "#222222"}, **marker},
                "hovertemplate": f"{name}: Δ %{{customdata}}<extra></extra>",
            }
        )  # fmt: skip
    return figure(
        "Δ = weakest signal / largest nuisance",
        traces,
        xaxis=_ratio_axis("Δ (recovers above 1)", reach),
        yaxis={"categoryorder": "array", "categoryarray": labels[::-1], "range": [-0.6, 2.6]},
        keep=keep,
        shapes=_crosshair()[1:],
        margin={"l": 110},
    )


def spectrum(found: Diagnosis, objective: str, *, keep: str) -> go.Figure:
    """The singular values of C or A, coloured by whether labels see them, above what noise makes.

    Without label directions all are grey. Lines: the largest value when pairs are broken (95%),
    and the largest nuisance value of the population.
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
                "%{customdata[0]}<br>seen by labels %{customdata[1]}<extra></extra>",
            }
        )  # fmt: skip
    levels = [("largest when pairs are broken (95%)", part.floor, NULL)]
    if found.population is not None:
        nuisance = found.population.nuisance[objective]
        levels.append(("largest nuisance of the population", nuisance, NUISANCE))
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
        return [("not told apart by labels", np.ones(count, dtype=bool), OTHER)]
    signal = shared >= SIGNAL
    return [("signal", signal, COLOURS[objective]), ("nuisance", ~signal, OTHER)]


def _level(name: str, value: float, colour: str, count: int) -> Trace:
    return {
        "type": "scatter", "x": [0.3, count + 0.7], "y": [value, value], "mode": "lines",
        "name": name, "line": {"dash": "dash", "width": 2.5, "color": colour},
        "hovertemplate": f"{name}: %{{y:.3g}}<extra></extra>",
    }  # fmt: skip


def explained(found: Diagnosis, *, keep: str) -> go.Figure:
    """How well each component's scores tell the labels: the R² curves of C and both A."""
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
        "What each component tells of the labels",
        traces,
        xaxis={"title": {"text": "component"}, "rangemode": "tozero"},
        yaxis={"title": {"text": "R², summed over label columns"}, "rangemode": "tozero"},
        keep=keep,
        margin={"t": 84},
    )


def separated(found: Diagnosis, *, keep: str) -> go.Figure:
    """Signal values against the largest nuisance value, in the population and in these pairs.

    Each objective in units of its own largest signal value.
    """
    traces: list[Trace] = []
    assert found.population is not None
    assert found.sample is not None
    for reading, name, symbol in (
        (found.population, _POPULATION, "circle"),
        (found.sample, _SAMPLE, "circle-open"),
    ):
        shift = -0.14 if name == _POPULATION else 0.14
        at, values, levels, texts = [], [], [], []
        for place, objective in enumerate(OBJECTIVES):
            unit = float(found.population.signal[objective].max()) or 1.0
            signal = reading.signal[objective] / unit
            at += [place + shift] * len(signal)
            values += signal.tolist()
            levels.append(reading.nuisance[objective] / unit)
            texts.append(reading.nuisance[objective])
        first = name == _POPULATION
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
                "marker": {"size": 10, "symbol": symbol, "color": "#2288CC",
                           "line": {"width": 2, "color": "#2288CC"}},
                "hovertemplate": "signal %{y:.3g} of the largest<extra></extra>",
            },
        ]  # fmt: skip
    return figure(
        "Signal against nuisance",
        traces,
        xaxis={
            "tickvals": [0, 1, 2], "ticktext": [NAMES[name] for name in OBJECTIVES],
            "range": [-0.5, 2.5],
        },
        yaxis={"title": {"text": "in units of the largest signal"}, "rangemode": "tozero"},
        keep=keep,
        barmode="overlay",
        margin={"t": 104},
    )  # fmt: skip


def strengths(found: Diagnosis, *, keep: str) -> go.Figure:
    """Each figure of the pairing in deviations above its permutation null."""
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
        "marker": {"color": ["#2288CC" if one >= COUPLED else OTHER for one in z]},
        "customdata": [[p.value, p.null, p.edge, p.p] for p in parts.values()],
        "showlegend": False,
        "hovertemplate": "%{y}<br>permuted %{customdata[1]:.3g}, 95% below "
        "%{customdata[2]:.3g}<br>p = %{customdata[3]:.3g}<extra></extra>",
    }  # fmt: skip
    edge: Trace = {
        "type": "scatter", "y": labels, "x": deviations, "mode": "markers",
        "name": "95% of permuted pairs", "hoverinfo": "skip",
        "marker": {"symbol": "line-ns-open", "size": 22, "color": NULL, "line": {"width": 3}},
    }  # fmt: skip
    return figure(
        "How strongly the rows are paired",
        [bar, edge],
        xaxis={"title": {"text": "deviations above the null"}, "rangemode": "tozero"},
        yaxis={"categoryorder": "array", "categoryarray": labels[::-1], "automargin": True},
        keep=keep,
    )


HEAD_COLOURS = {
    "CA (VICReg)": COLOURS["ca"], "CA (CCA)": COLOURS["ca"], "CP": COLOURS["cp"],
    "CP reversed": COLOURS["cp_reverse"], "x alone": OTHER, "y alone": OTHER,
}  # fmt: skip


def scores(table: pd.DataFrame, target: str, chance: float, *, keep: str) -> go.Figure:
    """Held-out scores of the light heads on one target: every seed, mean and deviation.

    table : tidy, as `light_heads.Heads.table` gives it.
    """
    own = table[table["target"] == target]
    metric = str(own["metric"].iloc[0])
    traces: list[Trace] = []
    for method, colour in HEAD_COLOURS.items():
        values = own.loc[own["method"] == method, "score"].to_numpy()
        if not len(values):
            continue
        spread = float(values.std(ddof=1)) if len(values) > 1 else 0.0
        symbol = "diamond" if method == "CA (CCA)" else "circle"
        traces += [
            {
                "type": "scatter", "x": [method] * len(values), "y": values, "mode": "markers",
                "marker": {"size": 6, "color": translucent(colour, 0.45)}, "hoverinfo": "skip",
            },
            {
                "type": "scatter", "x": [method], "y": [float(values.mean())], "mode": "markers",
                "marker": {"size": 13, "color": colour, "symbol": symbol},
                "error_y": {"type": "data", "array": [spread], "thickness": 2, "width": 6},
                "hovertemplate": f"{method}: %{{y:.3f}} ± {spread:.3f}<extra></extra>",
            },
        ]  # fmt: skip
    return figure(
        f"{target}: {metric} on held-out rows",
        traces,
        xaxis={"categoryorder": "array", "categoryarray": list(HEAD_COLOURS)},
        yaxis={"title": {"text": metric}},
        keep=keep,
        showlegend=False,
        shapes=[
            {
                "type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": chance, "y1": chance,
                "line": {"dash": "dot", "color": OTHER, "width": 2},
            }
        ],
        annotations=[
            {
                "text": "chance", "xref": "paper", "x": 1, "y": chance, "xanchor": "right",
                "yanchor": "bottom", "showarrow": False, "font": {"size": 12},
            }
        ],
    )  # fmt: skip


CHECKS = {
    "labels": ("Fewer labels", "rows with a label"),
    "noise": ("Noisier labels", "noise on the labels"),
    "coarser": ("Coarser labels", "groups of labels"),
    "ridge": ("Ridge", "ridge, in mean variances of a component"),
    "components": ("Principal components", "at most so many a view"),
}
"""What a check is called, and what it varies."""


def check(table: pd.DataFrame, kind: str, *, keep: str) -> go.Figure:
    """The three ratios with their 90% intervals at every value of a check, and the verdicts.

    table : as `diagnosis_checks.Checks.table` gives it. Values are drawn evenly spaced.
    """
    own = table[table["kind"] == kind].reset_index(drop=True)
    title, axis = CHECKS[kind]
    columns = [f"{part}_{name}" for part in ("delta", "low", "high") for name in OBJECTIVES]
    reach = _reach(own[columns].to_numpy(dtype=float).ravel().tolist())
    top = reach * 10 ** (0.14 * np.log10(reach))
    traces: list[Trace] = []
    for offset, name in zip((-0.08, 0.0, 0.08), OBJECTIVES, strict=True):
        delta, low, high = (
            _within(own[f"{part}_{name}"].to_numpy(dtype=float), reach)
            for part in ("delta", "low", "high")
        )
        traces.append(
            {
                "type": "scatter", "x": own.index + offset, "y": delta, "mode": "lines+markers",
                "name": NAMES[name], "line": {"color": COLOURS[name], "dash": DASHES[name]},
                "marker": {"size": 8}, "customdata": list(map(told, own[f"delta_{name}"])),
                "error_y": {
                    "type": "data", "symmetric": False, "array": high - delta,
                    "arrayminus": delta - low, "thickness": 1.5, "width": 4,
                },
                "hovertemplate": f"{NAMES[name]}: Δ %{{customdata}}<extra></extra>",
            }
        )  # fmt: skip
    regimes = own["regime"].tolist()
    traces.append(
        {
            "type": "scatter", "x": own.index, "y": [top] * len(own), "mode": "markers",
            "marker": {
                "symbol": "square", "size": 15, "line": {"width": 1, "color": "#222222"},
                "color": [REGIONS.get(regime, HERE) for regime in regimes],
            },
            "showlegend": False, "customdata": np.stack([regimes, own["reason"]], axis=1),
            "hovertemplate": "%{customdata[0]}<br>%{customdata[1]}<extra></extra>",
        }
    )  # fmt: skip
    end = float(np.log10(reach))
    return figure(
        title,
        traces,
        xaxis={
            "title": {"text": axis}, "tickvals": own.index,
            "ticktext": [f"{value:,g}" for value in own["value"]], "range": [-0.5, len(own) - 0.5],
        },
        yaxis=_ratio_axis("Δ", reach) | {"range": [-end, 1.28 * end]},
        keep=keep,
        shapes=_crosshair()[:1],
    )  # fmt: skip
