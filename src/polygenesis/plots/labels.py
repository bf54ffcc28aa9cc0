"""Texts on figures as they are, for matplotlib and Plotly; names along a matrix, and the numbers in its cells."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from polygenesis.html import visible
from polygenesis.plots.panels import Matrix
from polygenesis.plots.style import INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

    from polygenesis.plots.chart import Chart

TURNED, CROWDED = 24, 30
"""Letters in all from which names of columns are turned, and names from which they are smaller."""

MOST_NAMES = 80
"""Names along one side from which none is written: they could not be read."""

EDGES, ABOVE_AND_BELOW = 0.15, 0.75
"""Inches of a panel's width that margins take, and of its height with ticks and a legend."""

DARK = 0.7
"""Share of the largest value above which a cell is so dark that its number is white."""


def name_ticks(axis: Any, names: tuple[str, ...]) -> None:
    """Name every row or column; names of columns are turned where they would touch."""
    if not names:
        return
    if len(names) > MOST_NAMES:
        axis.set_ticks([])
        return
    turned = axis.axis_name == "x" and sum(map(len, names)) > TURNED
    axis.set_ticks(
        range(len(names)), labels=[literal(" ".join(each.split())) for each in names], rotation=90 if turned else 0
    )
    axis.set_tick_params(length=0, labelsize=6 if len(names) > CROWDED else 7)


def fit_labels(chart: Chart, axes: Sequence[Axes]) -> float:
    """Break the names of axes into lines that fit their panels, and return how wide a panel is, in inches.

    The layout makes room for a name across its direction only: along it, a long one would leave the figure.
    """
    rows, columns = chart.grid
    _fit_upwards(axes, chart.height / rows)  # first, as lines beside a panel make it narrower
    beside = [_width(each) for each in axes]
    across = (chart.width - (sum(beside) if rows == 1 else max(beside))) / columns - EDGES
    for each in axes:
        _fit(each.xaxis.label, across)
    _fit_upwards(axes, chart.height / rows)  # and lines below it make it lower
    return across


def _fit_upwards(axes: Sequence[Axes], height: float) -> None:
    for each in axes:
        below = each.xaxis.label.get_window_extent().height / each.figure.dpi
        _fit(each.yaxis.label, height - below - ABOVE_AND_BELOW)


def _width(axes: Axes) -> float:
    """Inches that the names and numbers along the y axis take."""
    canvas: Any = axes.figure.canvas
    box = axes.yaxis.get_tightbbox(canvas.get_renderer())
    return 0.0 if box is None else float(box.width / axes.figure.dpi)


def _fit(label: Text, room: float) -> None:
    """Break a name into lines of at most this many inches, from one line on; a word stays whole."""
    text = label.get_text().replace("\n", " ")
    longest = max(map(len, text.split()), default=0)
    letters = len(text)
    label.set_text(text)
    while _length(label) > room > 0 and letters > longest:
        letters = max(longest, min(letters - 1, int(letters * room / _length(label))))
        label.set_text("\n".join(textwrap.wrap(text, letters, break_long_words=False)))


def _length(label: Text) -> float:
    """Inches of a name along its axis."""
    extent = label.get_window_extent()
    along = extent.height if label.get_rotation() else extent.width
    return float(along / label.figure.dpi)


def literal(text: str) -> str:
    """Return a text that matplotlib shows as it is.

    It would read what stands between dollar signs as mathematics, and leave a name that begins with an underscore
    out of the legend.
    """
    shown = visible(text).replace("$", r"\$")
    return f" {shown}" if shown.startswith("_") else shown


def unformatted(text: str) -> str:
    """Return a text that Plotly shows as it is: it would read tags, entities, and in templates ``%{…}``.

    >>> unformatted("<b>sea</b> & %{x}")
    '&lt;b&gt;sea&lt;/b&gt; &amp; &#37;{x}'
    """
    shown = " ".join(visible(text).split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return shown.replace("%{", "&#37;{")


def write_numbers(panel: Matrix, axes: Axes) -> None:
    """Write each number into its cell, in white where the cell is dark."""
    for (row, column), value in np.ndenumerate(panel.values):
        if np.isfinite(value):
            color = "white" if abs(value) > DARK * panel.largest else INK
            axes.text(column, row, f"{value:g}", ha="center", va="center", fontsize=6.5, color=color)
