"""Panels as Plotly traces: the marks themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from polygenesis.arrays import Booleans, Floats
from polygenesis.plots.drawing import positive
from polygenesis.plots.labels import unformatted
from polygenesis.plots.panels import Bars, Curves, Marks, Matrix, Series
from polygenesis.plots.style import INK, LOOKS, Look

Trace = dict[str, Any]

OUTLINES = {"x": "x-thin", "cross": "cross-thin"}
"""Markers that are nothing but their outline; Plotly draws them only with a line width."""


def curve_traces(panel: Curves, looks: Sequence[Look]) -> list[Trace]:
    """Return a line or points for each series, with its interval as a band or as bars."""
    logarithmic = panel.y.scale == "log"
    traces = []
    for series, look in zip(panel.series, looks, strict=True):
        if series.low is not None and series.high is not None and series.style == "line":
            traces.append(_band(series, series.low, series.high, look, logarithmic))
        traces.append(_line(series, look, logarithmic))
    return traces


def bar_traces(panel: Bars, looks: Sequence[Look]) -> list[Trace]:
    """Return one set of horizontal bars for each part; stacked parts start where the last one ended."""
    if panel.dots:
        return [_row_of_dots(panel, k, look) for k, look in enumerate(looks)]
    traces = []
    base = np.zeros(len(panel.categories))
    for part, look in zip(panel.parts, looks, strict=True):
        stacking = {"base": numbers(base), "offsetgroup": "stack"} if panel.stacked else {}
        trace: Trace = {
            "type": "bar",
            "orientation": "h",
            "name": unformatted(part.name),
            "x": numbers(part.values),
            "y": [unformatted(each) for each in panel.categories],
            "customdata": numbers(part.values),
            "marker": {"color": look.color},
            "showlegend": len(panel.parts) > 1,
            "hovertemplate": f"%{{y}}: %{{customdata:.4~g}}<extra>{unformatted(part.name)}</extra>",
        }
        traces.append({**trace, **stacking, **_interval("error_x", part.values, part.low, part.high, INK)})
        base = base + part.values
    return traces


def _row_of_dots(panel: Bars, k: int, look: Look) -> Trace:
    """The values of one part as dots with intervals, at the heights that they have in print."""
    part = panel.parts[k]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": unformatted(part.name),
        "x": numbers(part.values),
        "y": numbers(panel.places(k)),
        "text": [unformatted(each) for each in panel.categories],
        "marker": _marker(look),
        "cliponaxis": False,
        "showlegend": len(panel.parts) > 1,
        "hovertemplate": f"%{{text}}: %{{x:.4~g}}<extra>{unformatted(part.name)}</extra>",
        **_interval("error_x", part.values, part.low, part.high, look.color),
    }


def matrix_traces(panel: Matrix) -> list[Trace]:
    """Return the matrix as a heat map in single precision, with names under the pointer where it has them."""
    trace: Trace = {
        "type": "heatmap",
        "z": panel.values.astype(np.float32),
        "name": unformatted(panel.quantity),
        "hovertemplate": "row %{y}, column %{x}: %{z:.3g}<extra></extra>",
    }
    if panel.rows and panel.columns:
        names = [[f"{unformatted(row)}, {unformatted(column)}" for column in panel.columns] for row in panel.rows]
        trace |= {"text": names, "hovertemplate": "%{text}: %{z:.3g}<extra></extra>"}
    if panel.written:
        trace |= {"texttemplate": "%{z}"}
    dots = [] if panel.marked is None else [_dots(panel.marked)]
    return [trace, *dots, *(_signs(panel, each) for each in panel.above)]


def _signs(panel: Matrix, marks: Marks) -> Trace:
    """Signs above columns, named in the legend and under the pointer."""
    shape = LOOKS[marks.role]
    marker = {
        "color": shape.color,
        "symbol": OUTLINES.get(shape.marker, shape.marker),
        "size": 8,
        "line": {"color": shape.color, "width": 1.5},
    }
    names = [unformatted(panel.columns[at]) if panel.columns else str(at) for at in marks.columns]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": unformatted(marks.name),
        "x": list(marks.columns),
        "y": [-0.5 - panel.strip / 2] * len(marks.columns),
        "text": [f"neuron {name}" if panel.x.startswith("neuron") else name for name in names],
        "marker": marker,
        "showlegend": True,
        "hovertemplate": f"%{{text}}: {unformatted(marks.name)}<extra></extra>",
    }


def _dots(marked: Booleans) -> Trace:
    """A dot in each marked cell; the pointer goes through to the cell."""
    rows, columns = np.nonzero(marked)
    look = {"color": "#ffffff", "size": 4, "line": {"color": INK, "width": 1}}
    place = {"x": columns.tolist(), "y": rows.tolist(), "mode": "markers", "hoverinfo": "skip", "showlegend": False}
    return {"type": "scatter", "name": "marked", "marker": look, **place}


def name_once(traces: list[Trace]) -> None:
    """Let a name that several panels share appear once in the legend and switch them all on and off."""
    named: set[str] = set()
    for trace in traces:
        trace["legendgroup"] = trace["name"]
        if trace.get("showlegend", True) and trace["type"] != "heatmap":
            trace["showlegend"] = trace["name"] not in named
            named.add(trace["name"])


def numbers(values: Floats) -> list[float | None]:
    """Return numbers with six significant digits and gaps as null: enough for a screen, short on the page."""
    return [float(f"{value:.6g}") if np.isfinite(value) else None for value in values]


def _line(series: Series, look: Look, logarithmic: bool) -> Trace:
    trace: Trace = {
        "type": "scatter",
        "mode": {"line": "lines", "points": "markers", "both": "lines+markers"}[series.style],
        "name": unformatted(series.name),
        "x": numbers(series.x),
        "y": numbers(positive(series.y) if logarithmic else series.y),
        "showlegend": series.legend,
        "line": {"color": look.color, "dash": look.dash, "width": 2 * look.width},
        "hovertemplate": f"%{{x:.4~g}}: %{{y:.4~g}}<extra>{unformatted(series.name)}</extra>",
    }
    if series.at is not None:
        trace["customdata"] = numbers(series.at)
        trace["hovertemplate"] = trace["hovertemplate"].replace("%{x:", "%{customdata:", 1)
    if series.style != "line":
        trace["marker"] = _marker(look)
        trace |= _interval("error_y", series.y, series.low, series.high, look.color)
    return trace


def _marker(look: Look) -> Trace:
    symbol = OUTLINES.get(look.marker, look.marker)
    return {"color": look.color, "symbol": symbol, "size": 7, "line": {"color": look.color, "width": 1.5}}


def _band(series: Series, low: Floats, high: Floats, look: Look, logarithmic: bool) -> Trace:
    """Return the area between interval ends; on a log axis an end at zero is drawn far below the line."""
    drawn = np.maximum(low, series.y / 1000) if logarithmic else low
    return {
        "type": "scatter",
        "mode": "lines",
        "line": {"width": 0},
        "fill": "toself",
        "fillcolor": look.color,
        "opacity": 0.2,
        "x": numbers(np.concatenate([series.x, series.x[::-1]])),
        "y": numbers(np.concatenate([drawn, high[::-1]])),
        "showlegend": False,
        "hoverinfo": "skip",
        "name": unformatted(series.name),
    }


def _interval(key: str, values: Floats, low: Floats | None, high: Floats | None, color: str) -> Trace:
    """Return Plotly's error bars: distances upwards and downwards from ends that need not be symmetric."""
    if low is None or high is None:
        return {}
    up, down = numbers(high - values), numbers(values - low)
    shape = {"type": "data", "symmetric": False, "thickness": 1.3, "width": 3}
    return {key: {**shape, "array": up, "arrayminus": down, "color": color}}
