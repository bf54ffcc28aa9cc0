"""Allocations drawn by matplotlib: two rows of dots, lines between them, rings around the lower ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from polygenesis.arrays import Floats, Integers
from polygenesis.plots.labels import literal
from polygenesis.plots.rings import RINGS
from polygenesis.plots.style import GREY, INK, NEGATIVE, PAGE, POSITIVE, look, paper

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from polygenesis.plots.allocation import Allocation, Frame

FAINTEST = 0.06
"""Lines of weights below this share of the largest are not drawn: they would hardly be visible, and weigh much."""


SMALLEST = 5.0
"""Width in points of a shared neuron's ring at least: among hundreds of neurons the few shared ones stay visible."""


def draw(allocation: Allocation) -> Figure:
    """Draw an allocation as a new figure as wide as a page, without touching pyplot's state."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    frames, columns = allocation.frames, allocation.columns
    rows = -(-len(frames) // columns)
    with paper():
        figure = Figure(figsize=(PAGE, 0.35 + 1.45 * rows), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        largest = max(float(np.abs(each.weights).max()) for each in frames) or 1.0
        for frame, each in zip(frames, axes, strict=False):
            _draw_frame(frame, allocation.order, largest, each)
        for spare in axes[len(frames) :]:
            spare.set_axis_off()
        _legend(figure, axes[0])
    return figure


def _places(count: int) -> Floats:
    """Middles of equal parts of the frame's width, which is 1."""
    return (np.arange(count) + 0.5) / count


def _draw_frame(frame: Frame, order: Integers, largest: float, axes: Axes) -> None:
    n, m = frame.weights.shape
    features = np.empty(n)
    features[order] = _places(n)
    neurons = _places(m)
    _lines(frame.weights / largest, features, neurons, axes)
    width = _dot_width(m, axes)
    axes.scatter(features, np.ones(n), s=width**2, color=INK, zorder=3, clip_on=False)
    dots = [{"": look("other neurons").color, "undecided": GREY}.get(mark, INK) for mark in frame.marks]
    axes.scatter(neurons, np.zeros(m), s=width**2, color=dots, zorder=3, clip_on=False)
    for mark in RINGS:
        at = neurons[[each == mark for each in frame.marks]]
        size = 2.1 * width if mark == "undecided" else max(2.1 * width, SMALLEST)
        axes.scatter(at, np.zeros(len(at)), s=size**2, zorder=4, clip_on=False, **_look(mark))
    axes.set(xlim=(0, 1), ylim=(-0.16, 1.06), xticks=[], yticks=[])
    if axes.get_subplotspec().is_first_col():  # type: ignore[union-attr]
        axes.set_yticks([1, 0], [f"{n}\nfeatures", f"{m}\nneurons"], fontsize=6.5)
        axes.tick_params(axis="y", length=0)
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_xlabel(literal(frame.caption), labelpad=1)


def _lines(weights: Floats, features: Floats, neurons: Floats, axes: Axes) -> None:
    """One line a weight, as wide and opaque as it is large; the largest lie on top."""
    from matplotlib.collections import LineCollection
    from matplotlib.colors import to_rgba

    i, k = np.nonzero(np.abs(weights) >= FAINTEST)
    strongest_last = np.argsort(np.abs(weights[i, k]), kind="stable")
    i, k = i[strongest_last], k[strongest_last]
    size = np.abs(weights[i, k])
    ends = np.stack([np.stack([features[i], np.ones(len(i))], 1), np.stack([neurons[k], np.zeros(len(k))], 1)], 1)
    colors = np.array([to_rgba(POSITIVE if value > 0 else NEGATIVE) for value in weights[i, k]]).reshape(-1, 4)
    colors[:, 3] = np.minimum(1.0, 0.04 + size**1.3)
    axes.add_collection(LineCollection(list(ends), colors=colors, linewidths=0.3 + 1.2 * size, zorder=1))


def _look(mark: str) -> dict[str, Any]:
    """Return a ring's look as arguments of a scatter plot: an outline in the mark's own shape and dash."""
    ring = RINGS[mark]
    dash = "solid" if ring.dash == "solid" else (0, (2.0, 1.2))  # short enough for a small circle
    shape = {"marker": ring.shape, "linestyle": dash, "linewidths": ring.width}
    return {"facecolors": "none", "edgecolors": ring.color, **shape}


def _dot_width(m: int, axes: Axes) -> float:
    """Width of a dot in points, so that the ring of one neuron does not cover the next one's."""
    across = 0.9 * PAGE * 72 / axes.get_subplotspec().get_gridspec().ncols / m  # type: ignore[union-attr]
    return float(np.clip(across / 2.4, 1.0, 4.0))


def _legend(figure: Figure, axes: Axes) -> None:
    from matplotlib.lines import Line2D

    signs = (("positive weight", POSITIVE), ("negative weight", NEGATIVE))
    lines = [Line2D([], [], color=color, label=name) for name, color in signs]
    rings = [axes.scatter([], [], s=36, label=mark, **_look(mark)) for mark in RINGS]
    figure.legend(handles=[*lines, *rings], loc="outside upper center", ncols=len(lines) + len(rings))
