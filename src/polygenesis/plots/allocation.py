"""Allocation: which neuron carries which feature, drawn as features above, neurons below and lines between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from polygenesis.arrays import Floats, Integers
from polygenesis.checks import floats
from polygenesis.errors import bad_argument, unknown_name
from polygenesis.html import picture
from polygenesis.plots.panels import PIXELS
from polygenesis.plots.rings import RINGS
from polygenesis.plots.style import PAGE, SCREEN, encode, save_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


MARKS = ("", "single", *RINGS)
"""What a neuron can be called: nothing leads on it, one settled feature does, or it has a ring."""


@dataclass(frozen=True, eq=False)
class Frame:
    """One moment: weights (n, m), each neuron's mark (m,), and a line of text below."""

    weights: Floats
    marks: tuple[str, ...]
    caption: str = ""


@dataclass(frozen=True, eq=False, repr=False)
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
        from polygenesis.plots.bipartite import draw

        return draw(self)

    def save(self, path: str | Path) -> Path:
        """Write the figure and return the path.

        Args:
            path: ends in .pdf, .svg or .png, which decides the format; an older file is replaced.

        Raises:
            polygenesis.InputError: for another end.
            polygenesis.StoreError: where it cannot be written.
        """
        return save_figure(self.draw, path)

    def __repr__(self) -> str:
        """Say what the frames show; a notebook shows them."""
        n, m = self.frames[0].weights.shape
        captions = [frame.caption for frame in self.frames if frame.caption]
        return "; ".join([f"Allocation of n = {n} features to m = {m} neurons", *captions])

    @cached_property
    def _png(self) -> bytes:
        """The figure for a screen, drawn once."""
        return encode(self.draw(), "png", dpi=SCREEN)

    def _repr_png_(self) -> bytes:
        """The figure, for programs that show no HTML."""
        return self._png

    def _repr_html_(self) -> str:
        """The figure as a notebook shows it, as wide as its column, with its alternative text."""
        return picture(self._png, self.alt or repr(self), width=round(PAGE * PIXELS))


def allocation(weights: ArrayLike, *, marks: ArrayLike | None = None, caption: str = "", alt: str = "") -> Allocation:
    """Draw one network's weights as lines from features (above) to neurons (below): blue positive, vermillion negative.

    ``weights``: (n, m). ``marks``: each neuron's, (m,): "benign", "malign" and "undecided" draw a ring, "single" a dark
    dot, "" a pale one; none by default. Features stand in the order of the neurons where their largest weights are, so
    that as few lines as possible cross. Raises :class:`polygenesis.errors.InputError` for other shapes and marks.

    Args:
        weights: (n, m).
        marks: each neuron's, (m,), as :func:`polygenesis.detect.marks` gives them: "benign", "malign", "undecided",
            "single" or "".
        caption: below the picture.
        alt: the picture in words, for those who do not see it.

    >>> picture = allocation([[0.9, 0.0], [-0.8, 0.1]], marks=["benign", ""], caption="two features, one neuron")
    >>> picture.frames[0].caption
    'two features, one neuron'
    """
    matrix = _matrices("weights", floats("weights", weights)[None])[0]
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
    """Draw one network's allocation during training: some frames of its trajectory, with the first and the last.

    ``trajectory``: (T, n, m); ``times``: (T,), in the clock that the captions are to show; ``marks``: each neuron's at
    each time, (T, m), as in :func:`allocation`. ``frames`` of the T saved times are drawn, evenly spaced among them,
    ``columns`` in a row. Below each stands its time and how many neurons have which ring. Features stand in the order
    that :func:`allocation` gives the last frame. Raises :class:`polygenesis.errors.InputError`.

    Args:
        trajectory: (T, n, m).
        times: (T,), in the clock that the captions are to show.
        marks: each neuron's at each time, (T, m).
        frames: how many of the T times are drawn.
        columns: how many frames stand in a row.
        alt: the picture in words, for those who do not see it.

    >>> strip = allocation_strip([[[0.6, 0.5]], [[1.0, 0.0]]], [0, 8], marks=[["undecided", ""], ["single", ""]])
    >>> [frame.caption for frame in strip.frames]
    ['t = 0: no neuron shared, 1 undecided', 't = 8: no neuron shared']
    """
    path, clock = _matrices("trajectory", floats("trajectory", trajectory)), floats("times", times)
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
        raise bad_argument(name, f"have shape {shape} without empty axes", f"shape {array.shape[name == 'weights' :]}")
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
