"""Legends above panels: one for a figure whose panels share names, one a panel where no name is in two of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from polygenesis.plots.labels import literal
from polygenesis.plots.panels import Bars, Matrix, Panel

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from polygenesis.plots.chart import Chart

HANDLE, LETTER = 0.5, 0.062
"""Inches of a legend for a handle, and for each letter of a name."""

OFF, LEVEL, TITLE = 5, 8, 11
"""Points between a panel and what stands above it, and heights of the names of levels and of a title."""


def add_titles(panels: Sequence[Panel], axes: Sequence[Axes]) -> None:
    """Write titles above the names of levels, at one height in all panels."""
    off = OFF + LEVEL * _leveled(panels)
    for panel, each in zip(panels, axes, strict=True):
        each.set_title(literal(panel.title), pad=off)


def legend(figure: Figure, chart: Chart, axes: Sequence[Axes], across: float) -> None:
    """Name the series above the panels, each ``across`` inches wide, where the names hide nothing.

    A name that several panels share appears once. Panels that share none measure different quantities, and each has a
    legend of its own, where no note of the chart holds for all.
    """
    named = [_handles(panel, each) for panel, each in zip(chart.panels, axes, strict=True)]
    every = _first([pair for handles in named for pair in handles.items()])
    marked = any(isinstance(panel, Matrix) and panel.above for panel in chart.panels)
    if len(every) < 2 and not marked and not chart.note:
        return
    if marked or chart.stacked or chart.note or not _apart(named):
        above: dict[str, Any] = {"title": literal(chart.note), "title_fontsize": 7, "alignment": "left"}
        shape = _shape(every, chart.width) | (above if chart.note else {})
        figure.legend(list(every.values()), list(every), loc="outside upper left", **shape)
        return
    off = OFF + LEVEL * _leveled(chart.panels) + TITLE * any(panel.title for panel in chart.panels)
    for handles, each in zip(named, axes, strict=True):
        if handles:
            _above(each, handles, across, off)


def _handles(panel: Panel, axes: Axes) -> dict[str, Any]:
    """Names and handles of a panel; bars of one kind have their name on the axis."""
    if isinstance(panel, Bars) and len(panel.parts) == 1:
        return {}
    handles, names = axes.get_legend_handles_labels()
    return _first(list(zip(names, handles, strict=True)))


def _first(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """The first handle of each name, in the order of the names."""
    found: dict[str, Any] = {}
    for name, handle in pairs:
        found.setdefault(name, handle)
    return found


def _apart(named: Sequence[dict[str, Any]]) -> bool:
    """Whether several panels have names, and no name is in two of them."""
    some = [set(handles) for handles in named if handles]
    return len(some) > 1 and sum(map(len, some)) == len(set().union(*some))


def _leveled(panels: Sequence[Panel]) -> bool:
    """Whether names of levels stand right above a panel."""
    levels = [(panel, each) for panel in panels if not isinstance(panel, Matrix) for each in panel.levels]
    return any(each.name and (isinstance(panel, Bars) or each.along == "x") for panel, each in levels)


def _above(axes: Axes, handles: dict[str, Any], width: float, off: float) -> None:
    from matplotlib.transforms import ScaledTranslation

    figure = axes.figure
    place = axes.transAxes + ScaledTranslation(0, off / 72, figure.dpi_scale_trans)
    axes.legend(
        list(handles.values()),
        list(handles),
        loc="lower left",
        bbox_to_anchor=(0, 1),
        bbox_transform=place,
        borderaxespad=0,
        borderpad=0,
        **_shape(handles, width),
    )


def _shape(names: Collection[str], width: float) -> dict[str, Any]:
    return {"ncols": columns([len(name) for name in names], width), "columnspacing": 1.4}


def columns(lengths: Sequence[int], width: float) -> int:
    """Choose the legend's columns so that names of these lengths fit the width in inches."""
    for count in range(len(lengths), 1, -1):
        widest = [max(lengths[k::count]) for k in range(count)]
        if sum(HANDLE + LETTER * each for each in widest) <= width:
            return count
    return 1
