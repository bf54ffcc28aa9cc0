"""Charts drawn by Plotly, for the report's page and for notebooks.

Panels stand in a Plotly grid without fixed domains, so that the page can put them below each other on a phone by
changing its rows and columns only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from polygenesis.plots.labels import MOST_NAMES, unformatted
from polygenesis.plots.looks import looks
from polygenesis.plots.panels import PIXELS, Axis, Bars, Curves, Level, Matrix, Panel
from polygenesis.plots.style import DIVERGING, GREY, GRID, INK, Look
from polygenesis.plots.traces import Trace, bar_traces, curve_traces, matrix_traces, name_once

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from polygenesis.plots.chart import Chart

VEIL = "rgba(255,255,255,0.8)"
"""Nearly opaque paper behind the name of a level, so that curves do not strike it through."""

Layout = dict[str, Any]


def interactive(chart: Chart) -> Figure:
    """Draw a chart as a Plotly figure."""
    from plotly.graph_objects import Figure

    layout = _layout(chart)
    traces: list[Trace] = []
    for k, (panel, of) in enumerate(zip(chart.panels, looks(chart.panels), strict=True), start=1):
        nth = "" if k == 1 else str(k)
        place = {"xaxis": f"x{nth}", "yaxis": f"y{nth}"}
        traces += [{**trace, **place} for trace in _add_panel(panel, of, nth, layout)]
    name_once(traces)
    _lift_legend(chart, layout)
    _hide_repeated_names(chart, layout)
    return Figure({"data": traces, "layout": layout})


def _layout(chart: Chart) -> Layout:
    clear = "rgba(0,0,0,0)"
    gaps = {"xgap": 0.2, "ygap": 0.32}
    return {
        "template": "none",
        "height": round(chart.height * PIXELS + 70),
        "font": {"family": "system-ui, sans-serif", "size": 13, "color": INK},
        "paper_bgcolor": clear,
        "plot_bgcolor": clear,
        "margin": {"l": 60, "r": 16, "t": 28, "b": 50},
        "grid": {"rows": chart.grid[0], "columns": chart.grid[1], "pattern": "independent", **gaps},
        "legend": {"orientation": "h", "x": 0, "xanchor": "left", "yanchor": "bottom"},
        "hovermode": "closest",
        "annotations": [],
        "shapes": [],
    }


def _lift_legend(chart: Chart, layout: Layout) -> None:
    """Put the legend above what stands on top of the panels; the page keeps the distance when it changes the height."""
    levels = (level for panel in chart.panels if not isinstance(panel, Matrix) for level in panel.levels)
    crowded = any(panel.title for panel in chart.panels) or any(level.along == "x" for level in levels)
    lift = 24 if crowded else 8
    layout["meta"] = {"lift": lift}
    layout["margin"]["t"] += lift
    inner = layout["height"] - layout["margin"]["t"] - layout["margin"]["b"]
    layout["legend"]["y"] = round(1 + lift / inner, 4)
    if chart.note:
        lines = "<br>".join(map(unformatted, chart.note.split("\n")))
        layout["legend"]["title"] = {"text": lines, "side": "top", "font": {"size": 12}}


def _hide_repeated_names(chart: Chart, layout: Layout) -> None:
    """Name categories in the first of several panels only; the page names them again when panels stack up."""
    repeated = [f"yaxis{k}" for k in range(2, len(chart.panels) + 1)] if chart.names_once else []
    for name in repeated:
        layout[name]["showticklabels"] = False
    layout["meta"]["repeated"] = repeated


def _add_panel(panel: Panel, looks: Sequence[Look], nth: str, layout: Layout) -> list[Trace]:
    """Put a panel's axes, title and levels into the layout and return its traces."""
    if panel.title:
        corner = {"xref": f"x{nth} domain", "yref": f"y{nth} domain", "x": 0, "y": 1}
        layout["annotations"].append(
            {
                **corner,
                "text": f"<b>{unformatted(panel.title)}</b>",
                "showarrow": False,
                "xanchor": "left",
                "yanchor": "bottom",
            }
        )
    if isinstance(panel, Curves):
        layout[f"xaxis{nth}"] = _axis(panel.x, _log_reach_x(panel))
        layout[f"yaxis{nth}"] = _axis(panel.y, _log_reach_y(panel))
        for level in panel.levels:
            _add_level(level, nth, layout, (panel.x if level.along == "x" else panel.y).scale)
        return curve_traces(panel, looks)
    if isinstance(panel, Bars):
        layout |= {"barmode": "group", "bargap": 0.3}  # one mode for all panels; stacked parts carry their own base
        layout[f"xaxis{nth}"] = _axis(panel.values, None)
        rows = {**_names(panel.categories), "range": [len(panel.categories) - 0.5, -0.5], "showgrid": False}
        plain = {"automargin": True, "ticksuffix": " ", "zeroline": False}
        layout[f"yaxis{nth}"] = {**plain, **(rows if panel.dots else {"autorange": "reversed"})}
        for level in panel.levels:
            _add_level(Level(level.name, level.value, along="x"), nth, layout, "linear")
        return bar_traces(panel, looks)
    return _add_matrix(panel, nth, layout)


def _add_matrix(panel: Matrix, nth: str, layout: Layout) -> list[Trace]:
    plain = {"showgrid": False, "zeroline": False, "constrain": "domain", "automargin": True}
    square = {"scaleanchor": f"x{nth}"} if panel.square else {}
    layout[f"xaxis{nth}"] = {**plain, "title": {"text": unformatted(panel.x)}, **_names(panel.columns)}
    # Exact where rows have names, so that what stands in the panel beside is level with them.
    exact = panel.rows or panel.above
    rows = {"range": [len(panel.values) - 0.5, -0.5 - panel.strip]} if exact else {"autorange": "reversed"}
    layout[f"yaxis{nth}"] = {**plain, "title": {"text": unformatted(panel.y)}, **rows, **square, **_names(panel.rows)}
    layout[f"coloraxis{nth}"] = {
        "cmin": -panel.largest,
        "cmax": panel.largest,
        "colorscale": [[at / 2, color] for at, color in enumerate(DIVERGING)],
        "colorbar": _color_bar(panel, nth, layout),
        "showscale": not panel.written and not (nth and layout["grid"]["rows"] > 1),  # below each other: one for all
    }
    heat, *dots = matrix_traces(panel)
    return [{**heat, "coloraxis": f"coloraxis{nth}"}, *dots]


def _color_bar(panel: Matrix, nth: str, layout: Layout) -> dict[str, Any]:
    bar: dict[str, Any] = {
        "title": {"text": unformatted(panel.quantity), "side": "right"},
        "thickness": 10,
        "outlinewidth": 0,
    }
    if layout["grid"]["columns"] == 1:
        return bar
    # Beside other panels: above its own, so that it cannot end up beside theirs.
    above = {"x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom", "len": 0.38, "nticks": 5}
    if not panel.written:
        layout["legend"] |= {"x": 1, "xanchor": "right"}
    return bar | {**above, "orientation": "h", "title": {"text": unformatted(panel.quantity), "side": "top"}}


def _names(names: tuple[str, ...]) -> dict[str, Any]:
    if not names:
        return {}
    if len(names) > MOST_NAMES:  # under the pointer all the same
        return {"showticklabels": False, "ticks": ""}
    return {"tickmode": "array", "tickvals": list(range(len(names))), "ticktext": [unformatted(each) for each in names]}


def _axis(axis: Axis, reach: tuple[float, float] | None) -> dict[str, Any]:
    made: dict[str, Any] = {
        "title": {"text": unformatted(axis.label), "standoff": 8, "font": {"size": 13}},
        "type": axis.scale,
        "gridcolor": GRID,
        "linecolor": GREY,
        "ticks": "outside",
        "tickcolor": GREY,
        "ticklen": 4,
        "zeroline": False,
        "automargin": True,
    }
    limits = axis.limits or reach
    if limits is not None:
        made["range"] = [math.log10(end) for end in limits] if axis.scale == "log" else list(limits)
    if axis.ticks is not None:
        texts = [f"{tick:g}" for tick in axis.ticks]
        return made | {"tickmode": "array", "tickvals": list(axis.ticks), "ticktext": texts}
    return made | (_log_ticks(*limits) if axis.scale == "log" and limits is not None else {})


def _log_ticks(low: float, high: float) -> dict[str, Any]:
    """Write plain numbers on a short log axis (1, 2, 5, 10), and powers of ten on a long one, as in print."""
    if math.log10(high / low) > 3.3:
        return {"dtick": 1, "exponentformat": "power"}
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = [factor * 10.0**decade for decade in decades for factor in (1, 2, 5)]
    shown = [tick for tick in ticks if low <= tick <= high]
    return {"tickmode": "array", "tickvals": shown, "ticktext": [f"{tick:g}" for tick in shown]}


def _log_reach_x(panel: Curves) -> tuple[float, float] | None:
    return _reach(np.concatenate([each.x for each in panel.series])) if panel.x.scale == "log" else None


def _log_reach_y(panel: Curves) -> tuple[float, float] | None:
    """Enclose points and interval ends; an interval that reaches zero is cut below the points, as in print."""
    if panel.y.scale != "log":
        return None
    points = np.concatenate([each.y for each in panel.series])
    points = points[np.isfinite(points) & (points > 0)]
    if not points.size:
        return None
    ends = [end for each in panel.series for end in (each.low, each.high) if end is not None]
    return _reach(np.concatenate([points, *(np.maximum(end, points.min() / 3) for end in ends)]))


def _reach(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[float, float] | None:
    seen = values[np.isfinite(values) & (values > 0)]
    low, high = float(seen.min()), float(seen.max())
    margin = (high / low) ** 0.05 if high > low else 2.0
    return low / margin, high * margin


def _add_level(level: Level, nth: str, layout: Layout, scale: str) -> None:
    across, along = ("x", "y") if level.along == "y" else ("y", "x")
    at = math.log10(level.value) if scale == "log" else level.value  # annotations on log axes are placed by exponents
    line = {"color": GREY, "width": 1.3, "dash": "dash"}
    span = {f"{across}ref": f"{across}{nth} domain", f"{across}0": 0, f"{across}1": 1}
    place = {f"{along}ref": f"{along}{nth}", f"{along}0": level.value, f"{along}1": level.value}
    layout["shapes"].append({"type": "line", "line": line, "layer": "below", **span, **place})
    note = {"text": unformatted(level.name), "showarrow": False, "font": {"color": GREY, "size": 11}, "bgcolor": VEIL}
    where = {f"{across}ref": f"{across}{nth} domain", across: 1, f"{along}ref": f"{along}{nth}", along: at}
    anchors = (
        {"xanchor": "right", "yanchor": "bottom"} if level.along == "y" else {"xanchor": "left", "yanchor": "bottom"}
    )
    layout["annotations"].append({**note, **where, **anchors})
