"""Charts drawn by matplotlib, for files."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.plots.labels import literal, name_ticks, write_numbers
from polygenesis.plots.panels import Axis, Bars, Curves, Level, Matrix, Panel, Series
from polygenesis.plots.style import DASHES, GREY, INK, LOOKS, MARKERS, Look, diverging, paper

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from polygenesis.plots.chart import Chart


def draw(chart: Chart) -> Figure:
    """Draw a chart as a new figure, without touching pyplot's state."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with paper():
        figure = Figure(figsize=(chart.width, chart.height), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(*chart.grid, squeeze=False).ravel()
        for panel, each in zip(chart.panels, axes, strict=True):
            draw_panel(panel, each)
        _legend(figure, chart, axes)
    return figure


@singledispatch
def draw_panel(panel: Panel, axes: Axes) -> None:
    """Draw one panel on matplotlib axes: for figures that are composed by hand."""
    raise TypeError(f"Cannot draw a {type(panel).__name__}.")


@draw_panel.register(Curves)
def _draw_curves(panel: Curves, axes: Axes) -> None:
    for series, look in zip(panel.series, panel.looks(), strict=True):
        _draw_series(series, look, axes, panel)
    for level in panel.levels:
        _draw_level(level, axes)
    _scale(axes.xaxis, panel.x)
    _scale(axes.yaxis, panel.y)
    axes.set_title(literal(panel.title))


@draw_panel.register(Bars)
def _draw_bars(panel: Bars, axes: Axes) -> None:
    rows = np.arange(len(panel.categories), dtype=float)
    thickness = 0.7 if panel.stacked else 0.8 / len(panel.parts)
    left = np.zeros(len(rows))
    for k, (part, look) in enumerate(zip(panel.parts, panel.looks(), strict=True)):
        shift = 0.0 if panel.stacked else (k - (len(panel.parts) - 1) / 2) * thickness
        axes.barh(
            rows + shift,
            part.values,
            thickness * 0.94,
            left=left,
            color=look.color,
            label=literal(part.name),
            edgecolor="none",
        )
        if part.low is not None and part.high is not None:
            error = np.stack([part.values - part.low, part.high - part.values])
            axes.errorbar(part.values, rows + shift, xerr=error, fmt="none", ecolor=INK, elinewidth=0.9, capsize=1.5)
        if panel.stacked:
            left = left + part.values
    for level in panel.levels:
        _draw_level(Level(level.name, level.value, along="x"), axes)
    axes.set_yticks(rows, [literal(each) for each in panel.categories])
    axes.invert_yaxis()
    axes.grid(False, axis="y")
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(literal(panel.values.label))
    if panel.values.limits:
        axes.set_xlim(*panel.values.limits)
    axes.set_title(literal(panel.title))


@draw_panel.register(Matrix)
def _draw_matrix(panel: Matrix, axes: Axes) -> None:
    aspect: Literal["equal", "auto"] = "equal" if panel.square else "auto"
    image = axes.imshow(
        panel.values, vmin=-panel.largest, vmax=panel.largest, cmap=diverging(), interpolation="nearest", aspect=aspect
    )
    axes.grid(False)
    axes.set_xlabel(literal(panel.x))
    axes.set_ylabel(literal(panel.y))
    axes.set_title(literal(panel.title))
    name_ticks(axes.xaxis, panel.columns)
    name_ticks(axes.yaxis, panel.rows)
    for spine in axes.spines.values():
        spine.set_visible(True)
    if panel.marked is not None:
        rows, columns = np.nonzero(panel.marked)
        axes.scatter(columns, rows, s=5, color="white", edgecolors=INK, linewidths=0.5, zorder=3)
    _draw_marks(panel, axes)
    if panel.written:
        write_numbers(panel, axes)
        return
    bar = axes.figure.colorbar(image, ax=axes, shrink=0.85, pad=0.02)
    bar.set_label(literal(panel.quantity))


def _draw_marks(panel: Matrix, axes: Axes) -> None:
    """Put signs above columns, in a strip that a line parts from the matrix."""
    if not panel.above:
        return
    rows, columns = panel.values.shape
    axes.set_ylim(rows - 0.5, -0.5 - panel.strip)
    axes.axhline(-0.5, color=INK, linewidth=0.6)
    for each in panel.above:
        look = LOOKS[each.role]
        height = [-0.5 - panel.strip / 2] * len(each.columns)
        size = 20 if columns <= 60 else 9
        axes.scatter(
            each.columns,
            height,
            s=size,
            color=look.color,
            marker=MARKERS[look.marker],
            label=literal(each.name),
            zorder=3,
        )


def _draw_series(series: Series, look: Look, axes: Axes, panel: Curves) -> None:
    from matplotlib import rcParams

    label = literal(series.name) if series.legend else "_" + series.name
    line: Any = DASHES[look.dash] if series.style != "points" else "none"
    marker = MARKERS[look.marker] if series.style != "line" else "none"
    y = positive(series.y) if panel.y.scale == "log" else series.y
    if series.low is None or series.high is None:
        width = rcParams["lines.linewidth"] * look.width
        axes.plot(series.x, y, color=look.color, linestyle=line, linewidth=width, marker=marker, label=label)
    elif series.style == "line":
        axes.plot(series.x, y, color=look.color, linestyle=line, label=label)
        axes.fill_between(series.x, series.low, series.high, color=look.color, alpha=0.2, linewidth=0)
    else:
        error = np.stack([series.y - series.low, series.high - series.y])
        axes.errorbar(
            series.x,
            y,
            yerr=error,
            color=look.color,
            linestyle=line,
            marker=marker,
            label=label,
            elinewidth=0.9,
            capsize=1.6,
        )


def _draw_level(level: Level, axes: Axes) -> None:
    from matplotlib.patheffects import withStroke

    halo = [withStroke(linewidth=2, foreground="white")]  # keeps the name readable on top of curves
    shape: dict[str, Any] = {"color": GREY, "linewidth": 0.9, "linestyle": DASHES["dash"], "zorder": 1}
    text: dict[str, Any] = {
        "textcoords": "offset points",
        "color": GREY,
        "fontsize": 6.5,
        "path_effects": halo,
        "zorder": 4,
    }
    if level.along == "y":
        axes.axhline(level.value, **shape)
        at, coordinates = (1.0, level.value), ("axes fraction", "data")
        # Beside the panel, where no curve can lie under the name.
        axes.annotate(literal(level.name), at, xycoords=coordinates, xytext=(3, 0), ha="left", va="center", **text)
    else:
        axes.axvline(level.value, **shape)
        at, coordinates = (level.value, 1.0), ("data", "axes fraction")
        axes.annotate(literal(level.name), at, xycoords=coordinates, xytext=(2, 1), ha="left", va="bottom", **text)


def _scale(axis: Any, wanted: Axis) -> None:
    from matplotlib.ticker import MaxNLocator, NullFormatter, NullLocator

    axis.set_label_text(literal(wanted.label))
    setter = axis.axes.set_xscale if axis.axis_name == "x" else axis.axes.set_yscale
    setter(wanted.scale, **({"nonpositive": "clip"} if wanted.scale == "log" else {}))
    if wanted.limits:
        (axis.axes.set_xlim if axis.axis_name == "x" else axis.axes.set_ylim)(*wanted.limits)
    if wanted.ticks is not None:
        axis.set_ticks(wanted.ticks, labels=[f"{tick:g}" for tick in wanted.ticks])
        axis.set_minor_locator(NullLocator())
        axis.set_minor_formatter(NullFormatter())
    elif wanted.scale == "log":
        _log_ticks(axis)
    elif axis.axis_name == "x":
        axis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10]))  # so that long numbers do not touch


def _log_ticks(axis: Any) -> None:
    """Write plain numbers on a short log axis (1, 2, 5, 10), and powers of ten on a long one."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    low, high = axis.get_data_interval()
    if low > 0 and high / low < 2000 and high < 1e5 and low >= 1e-3:
        axis.set_major_locator(LogLocator(base=10, subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_minor_formatter(NullFormatter())


def _legend(figure: Figure, chart: Chart, axes: Any) -> None:
    """Put one legend above the panels, where it hides nothing; a name that several panels share appears once.

    Bars of one kind have their name on the axis.
    """
    handles: dict[str, Any] = {}
    for panel, each in zip(chart.panels, axes, strict=True):
        if isinstance(panel, Bars) and len(panel.parts) == 1:
            continue
        for handle, label in zip(*each.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    marked = any(isinstance(panel, Matrix) and panel.above for panel in chart.panels)
    if len(handles) > 1 or marked:
        columns = _columns([len(name) for name in handles], chart.width)
        figure.legend(list(handles.values()), list(handles), loc="outside upper left", ncols=columns, columnspacing=1.4)


def _columns(lengths: list[int], width: float) -> int:
    """Choose the legend's columns so that it fits the width: inches for a handle, and for each letter of a name."""
    handle, letter = 0.5, 0.062
    for columns in range(len(lengths), 1, -1):
        widest = [max(lengths[k::columns]) for k in range(columns)]
        if sum(handle + letter * each for each in widest) <= width:
            return columns
    return 1


def positive(y: Floats) -> Floats:
    """Return y with what a log axis cannot show as gaps."""
    return np.where(y > 0, y, np.nan)
