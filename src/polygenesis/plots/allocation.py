"""Allocation: which neuron carries which feature, drawn as features above, neurons below and lines between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from polygenesis.arrays import Floats, Integers
from polygenesis.errors import bad_argument, unknown_name
from polygenesis.plots.style import GREEN, GREY, INK, NEGATIVE, PAGE, POSITIVE, VERMILLION, Dash, look, paper

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Ring:
    """The colour, shape (a matplotlib marker), dash and width in points of a ring around a neuron."""

    color: str
    shape: str
    dash: Dash
    width: float


RINGS: dict[str, Ring] = {
    "benign": Ring(GREEN, "o", "solid", 1.3),
    "malign": Ring(VERMILLION, "D", "solid", 1.3),
    "undecided": Ring(GREY, "o", "dash", 0.8),
}
"""What surrounds a neuron, by mark: two or more features without loss, with loss, or one that may still move."""

MARKS = ("", "single", *RINGS)
"""What a neuron can be called: nothing leads on it, one settled feature does, or it has a ring."""

FAINTEST = 0.06
"""Lines of weights below this share of the largest are not drawn: they would hardly be visible, and weigh much."""


@dataclass(frozen=True, eq=False)
class Frame:
    """One moment: weights (n, m), each neuron's mark (m,), and a line of text below."""

    weights: Floats
    marks: tuple[str, ...]
    caption: str = ""


@dataclass(frozen=True, eq=False)
class Allocation:
    """Frames of one network in reading order, drawn with features above and neurons below.

    ``order``: the features from left to right, (n,), the same in all frames; ``columns``: frames in a row; ``alt``:
    what the figure shows, for a reader who cannot see it.
    """

    frames: tuple[Frame, ...]
    order: Integers
    columns: int = 1
    alt: str = ""

    def draw(self) -> Figure:
        """Draw with matplotlib, in the paper's style."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        rows = -(-len(self.frames) // self.columns)
        with paper():
            figure = Figure(figsize=(PAGE, 0.35 + 1.45 * rows), layout="constrained")
            FigureCanvasAgg(figure)
            axes = figure.subplots(rows, self.columns, squeeze=False).ravel()
            largest = max(float(np.abs(each.weights).max()) for each in self.frames) or 1.0
            for frame, each in zip(self.frames, axes, strict=False):
                _draw_frame(frame, self.order, largest, each)
            for spare in axes[len(self.frames) :]:
                spare.set_axis_off()
            _legend(figure, axes[0])
        return figure

    def _repr_png_(self) -> bytes:
        """The figure as a notebook shows it."""
        from polygenesis.plots.style import encode

        return encode(self.draw(), "png")


def allocation(weights: ArrayLike, *, marks: ArrayLike | None = None, caption: str = "", alt: str = "") -> Allocation:
    """Draw one network's weights as lines from features (above) to neurons (below): blue positive, vermillion negative.

    ``weights``: (n, m). ``marks``: each neuron's, (m,): "benign", "malign" and "undecided" draw a ring, "single" a dark
    dot, "" a pale one; none by default. Features stand in the order of the neurons where their largest weights are, so
    that as few lines as possible cross. Raises :class:`polygenesis.errors.InputError` for other shapes and marks.

    >>> picture = allocation([[0.9, 0.0], [-0.8, 0.1]], marks=["benign", ""], caption="two features, one neuron")
    >>> picture.frames[0].caption
    'two features, one neuron'
    """
    matrix = _matrices("weights", np.asarray(weights, dtype=float)[None])[0]
    frame = Frame(matrix, _marks(marks, matrix.shape[1]), caption)
    return Allocation((frame,), _order(matrix), alt=alt)


def allocation_strip(
    trajectory: ArrayLike,
    times: ArrayLike,
    *,
    marks: ArrayLike | None = None,
    frames: int = 4,
    columns: int = 2,
    alt: str = "",
) -> Allocation:
    """Draw how one network's features come to their neurons: some frames of its trajectory, the first and the last too.

    ``trajectory``: (T, n, m); ``times``: (T,), in the clock that the captions are to show; ``marks``: each neuron's at
    each time, (T, m), as in :func:`allocation`. ``frames`` of the T saved times are drawn, evenly spaced among them,
    ``columns`` in a row. Below each stands its time and how many neurons have which ring. Features stand in the order
    that :func:`allocation` gives the last frame. Raises :class:`polygenesis.errors.InputError`.

    >>> strip = allocation_strip([[[0.6, 0.5]], [[1.0, 0.0]]], [0, 8], marks=[["undecided", ""], ["single", ""]])
    >>> [frame.caption for frame in strip.frames]
    ['t = 0: no neuron shared, 1 undecided', 't = 8: no neuron shared']
    """
    path, clock = _matrices("trajectory", np.asarray(trajectory, dtype=float)), np.asarray(times, dtype=float)
    if clock.shape != (len(path),):
        raise bad_argument("times", f"have one time for each of {len(path)} matrices", f"shape {clock.shape}")
    for name, value in (("frames", frames), ("columns", columns)):
        if value < 1:
            raise bad_argument(name, "be at least 1", value)
    named = np.full(path.shape[::2], "") if marks is None else np.asarray(marks, dtype=str)
    if len(named) != len(path):
        raise bad_argument("marks", f"have a row for each of {len(path)} times", f"shape {named.shape}")
    drawn = []
    for at in np.unique(np.linspace(0, len(path) - 1, min(frames, len(path))).round().astype(int)):
        now = _marks(named[at], path.shape[2])
        drawn.append(Frame(path[at], now, _caption(clock[at], now, counted=marks is not None)))
    return Allocation(tuple(drawn), _order(path[-1]), min(columns, len(drawn)), alt)


def _matrices(name: str, array: Floats) -> Floats:
    if array.ndim != 3 or 0 in array.shape:
        shape = "(n, m)" if name == "weights" else "(T, n, m)"
        raise bad_argument(name, f"have shape {shape} without empty axes", f"shape {array.shape[array.ndim > 3 :]}")
    if not np.isfinite(array).all():
        raise bad_argument(name, "be finite", array[~np.isfinite(array)][0])
    return array


def _marks(marks: ArrayLike | None, m: int) -> tuple[str, ...]:
    if marks is None:
        return ("",) * m
    named = np.asarray(marks, dtype=str)
    if named.shape != (m,):
        raise bad_argument("marks", f"have one mark for each of {m} neurons", f"shape {named.shape}")
    for each in named:
        if each not in MARKS:
            raise unknown_name("mark of a neuron", str(each), MARKS)
    return tuple(str(each) for each in named)


def _order(weights: Floats) -> Integers:
    """Features by the neuron of their largest weight: lines to different neurons then cross as little as possible."""
    return np.argsort(np.abs(weights).argmax(axis=1), kind="stable")


def _caption(time: float, marks: Sequence[str], *, counted: bool) -> str:
    """Say the time, and how many neurons have which ring."""
    when = f"t = {time:.3g}"
    if not counted:
        return when
    count = Counter(marks)
    benign, malign, undecided = (count[mark] for mark in RINGS)
    shared = benign + malign
    parts = [f"{shared or 'no'} neuron{'s' if shared > 1 else ''} shared"]
    if shared:
        parts[0] += f" ({benign} benign, {malign} malign)"
    if undecided:
        parts.append(f"{undecided} undecided")
    return f"{when}: {', '.join(parts)}"


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
        axes.scatter(at, np.zeros(len(at)), s=(2.1 * width) ** 2, zorder=4, clip_on=False, **_look(mark))
    axes.set(xlim=(0, 1), ylim=(-0.16, 1.06), xticks=[], yticks=[])
    if axes.get_subplotspec().is_first_col():  # type: ignore[union-attr]
        axes.set_yticks([1, 0], [f"{n}\nfeatures", f"{m}\nneurons"], fontsize=6.5)
        axes.tick_params(axis="y", length=0)
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_xlabel(frame.caption, labelpad=1)


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
