"""Charts drawn by matplotlib, for files."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.plots.labels import fit_labels, literal, name_ticks, write_numbers
from polygenesis.plots.legends import add_titles, legend
from polygenesis.plots.looks import looks
from polygenesis.plots.panels import Axis, Bars, Curves, Level, Matrix, Panel, Part, Series
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
        axes: list[Axes] = list(figure.subplots(*chart.grid, squeeze=False).flat)
        for panel, each, of in zip(chart.panels, axes, looks(chart.panels), strict=True):
            draw_panel(panel, each, of)
        for each in axes[1:] if chart.names_once else ():
            each.tick_params(axis="y", labelleft=False)
        add_titles(chart.panels, axes)
        legend(figure, chart, axes, fit_labels(chart, axes))
    return figure


@singledispatch
def draw_panel(panel: Panel, axes: Axes, looks: Sequence[Look]) -> None:
    """Draw one panel on matplotlib axes, its series or parts with these looks."""
    raise TypeError(f"Cannot draw a {type(panel).__name__}.")


@draw_panel.register(Curves)
def _draw_curves(panel: Curves, axes: Axes, looks: Sequence[Look]) -> None:
    for series, look in zip(panel.series, looks, strict=True):
        _draw_series(series, look, axes, panel)
    for level in panel.levels:
        _draw_level(level, axes)
    _scale(axes.xaxis, panel.x)
    _scale(axes.yaxis, panel.y)


@draw_panel.register(Bars)
def _draw_bars(panel: Bars, axes: Axes, looks: Sequence[Look]) -> None:
    left = np.zeros(len(panel.categories))
    for k, (part, look) in enumerate(zip(panel.parts, looks, strict=True)):
        if panel.dots:
            _draw_dots(part, panel.places(k), look, axes)
            continue
        axes.barh(
            panel.places(k),
            part.values,
            panel.thickness * 0.94,
            left=left,
            color=look.color,
            label=literal(part.name),
            edgecolor="none",
        )
        error = _distances(part.values, part.low, part.high)
        if error is not None:
            axes.errorbar(part.values, panel.places(k), xerr=error, fmt="none", ecolor=INK, elinewidth=0.9, capsize=1.5)
        if panel.stacked:
            left = left + part.values
    for level in panel.levels:
        _draw_level(Level(level.name, level.value, along="x"), axes)
    axes.set_yticks(range(len(panel.categories)), [literal(each) for each in panel.categories])
    axes.set_ylim(len(panel.categories) - 0.4, -0.6)
    axes.grid(False, axis="y")
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(literal(panel.values.label))
    if panel.values.limits:
        axes.set_xlim(*panel.values.limits)


def _draw_dots(part: Part, places: Floats, look: Look, axes: Axes) -> None:
    """Draw dots with intervals, whole also where they stand on the panel's edge."""
    axes.errorbar(
        part.values,
        places,
        xerr=_distances(part.values, part.low, part.high),
        color=look.color,
        linestyle="none",
        marker=MARKERS[look.marker],
        label=literal(part.name),
        elinewidth=0.9,
        capsize=1.6,
        clip_on=False,
    )


def _distances(values: Floats, low: Floats | None, high: Floats | None) -> Floats | None:
    """How far interval ends are from the values, (2, k), as matplotlib wants them."""
    return None if low is None or high is None else np.stack([values - low, high - values])


@draw_panel.register(Matrix)
def _draw_matrix(panel: Matrix, axes: Axes, looks: Sequence[Look]) -> None:
    aspect: Literal["equal", "auto"] = "equal" if panel.square else "auto"
    image = axes.imshow(
        panel.values, vmin=-panel.largest, vmax=panel.largest, cmap=diverging(), interpolation="nearest", aspect=aspect
    )
    axes.grid(False)
    axes.set_xlabel(literal(panel.x))
    axes.set_ylabel(literal(panel.y))
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
    error = _distances(series.y, series.low, series.high)
    if error is None or series.low is None or series.high is None:
        width = rcParams["lines.linewidth"] * look.width
        axes.plot(series.x, y, color=look.color, linestyle=line, linewidth=width, marker=marker, label=label)
    elif series.style == "line":
        axes.plot(series.x, y, color=look.color, linestyle=line, label=label)
        axes.fill_between(series.x, series.low, series.high, color=look.color, alpha=0.2, linewidth=0)
    else:
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


def positive(y: Floats) -> Floats:
    """Return y with what a log axis cannot show as gaps."""
    return np.where(y > 0, y, np.nan)
