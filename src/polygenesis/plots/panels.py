"""Panels as values: arrays, labels and scales. Each is :class:`Curves`, :class:`Bars` or :class:`Matrix`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from polygenesis.arrays import Booleans, Floats
from polygenesis.checks import floats
from polygenesis.errors import InputError, bad_argument, unknown_name
from polygenesis.plots.style import Marker, look

Style = Literal["line", "points", "both"]


@dataclass(frozen=True)
class Axis:
    """An axis: its label, its scale, and limits or ticks if they should not follow the data."""

    label: str
    scale: Literal["linear", "log"] = "linear"
    limits: tuple[float, float] | None = None
    ticks: tuple[float, ...] | None = None


@dataclass(frozen=True, eq=False)
class Series:
    """One named series of points (x, y), with an interval from ``low`` to ``high`` around each where given.

    ``low`` and ``high`` are the interval's *ends*, not distances: they need not be symmetric, and on a log axis they
    stay where they are. ``style``: a line, points, or both; intervals are bars at points and bands along lines.
    ``role`` fixes the look (:data:`polygenesis.plots.LOOKS`) and defaults to the name where that is a role.
    ``color`` and ``marker`` go before those of the role; without any, the chart chooses (``looks``). ``at``: the true x
    of points that were shifted to stand beside others, which the pointer reads. ``legend``: whether the series is
    named there.
    """

    name: str
    x: Floats
    y: Floats
    low: Floats | None = None
    high: Floats | None = None
    style: Style = "line"
    role: str | None = None
    color: str | None = None
    legend: bool = True
    marker: Marker | None = None
    at: Floats | None = None


@dataclass(frozen=True)
class Level:
    """A reference line across a panel, at a ``value`` of one axis.

    ``name``: what the legend says of it. ``along``: the axis of the value.
    """

    name: str
    value: float
    along: Literal["y", "x"] = "y"


@dataclass(frozen=True, eq=False)
class Curves:
    """A panel of series over a common x axis.

    ``x``, ``y``: the axes. ``levels``: reference lines. ``title``: written above the panel.
    """

    x: Axis
    y: Axis
    series: tuple[Series, ...]
    levels: tuple[Level, ...] = ()
    title: str = ""

    @property
    def summary(self) -> str:
        """The panel in a few words."""
        number = "1 curve" if len(self.series) == 1 else f"{len(self.series)} curves"
        return f"{number}, {self.y.label or 'rows'} against {self.x.label}"


@dataclass(frozen=True, eq=False)
class Part:
    """One segment of every bar: the values of one outcome, one a category, with interval ends where given.

    ``name``: the outcome, for the legend. ``low``, ``high``: the interval's ends, not distances. ``role`` fixes the
    look, and ``color`` goes before it.
    """

    name: str
    values: Floats
    low: Floats | None = None
    high: Floats | None = None
    role: str | None = None
    color: str | None = None


@dataclass(frozen=True, eq=False)
class Bars:
    """A panel of horizontal bars, one per category: the parts stacked in one bar, or side by side.

    ``categories``: their names, from the top. ``parts``: what each bar is made of. ``values``: the axis of lengths.
    ``levels``: reference lines. ``title``: written above the panel.
    ``dots``: each value is a dot with its interval instead, for ratios near one, which no bar from zero would tell
    apart, and for counts whose zero should have a mark.
    """

    categories: tuple[str, ...]
    parts: tuple[Part, ...]
    values: Axis
    stacked: bool = True
    title: str = ""
    levels: tuple[Level, ...] = ()
    dots: bool = False

    def places(self, part: int) -> Floats:
        """Return where a part's bars or dots stand along the categories, (k,): at 0, 1, … or beside the other parts.

        Args:
            part: its place in ``parts``, from 0.
        """
        rows = np.arange(len(self.categories), dtype=float)
        return rows if self.stacked else rows + (part - (len(self.parts) - 1) / 2) * self.thickness

    @property
    def thickness(self) -> float:
        """How much of the distance between two categories each bar takes."""
        return 0.7 if self.stacked else 0.8 / len(self.parts)

    @property
    def summary(self) -> str:
        """The panel in a few words."""
        return f"{'dots' if self.dots else 'bars'}, {self.values.label} of {len(self.categories)} categories"


@dataclass(frozen=True)
class Marks:
    """A sign above some columns of a matrix, with its name in the legend; ``role`` fixes its look."""

    name: str
    columns: tuple[int, ...]
    role: str


@dataclass(frozen=True, eq=False)
class Matrix:
    """A panel of a matrix (rows, columns) in colours symmetric around zero up to ``largest``: blue is positive.

    ``values`` (rows, columns): the numbers; NaN stays empty. ``x``, ``y``: labels of columns and of rows. ``quantity``:
    label of the colours. ``title``: written above the panel. ``rows``, ``columns``: names at the ticks, all of them, in
    place of numbers. ``written``: each cell holds its number, and there is no colour bar. ``square``: cells are
    squares; else the panel is filled. ``marked``, (rows, columns): cells that carry a dot. ``above``: signs above
    columns, in a strip of their own.
    """

    values: Floats
    x: str
    y: str
    quantity: str
    largest: float
    title: str = ""
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    written: bool = False
    square: bool = True
    marked: Booleans | None = None
    above: tuple[Marks, ...] = ()

    @property
    def summary(self) -> str:
        """The panel in a few words."""
        rows, columns = self.values.shape
        return f"a matrix of {rows} × {columns}, {self.quantity}"

    @property
    def strip(self) -> float:
        """Height of the strip above the matrix that holds the signs, in rows."""
        return max(1.4, 0.06 * len(self.values)) if self.above else 0.0


Panel = Curves | Bars | Matrix

PIXELS = 110
"""Pixels on a page for one inch on paper."""


def series(
    name: str,
    x: ArrayLike,
    y: ArrayLike,
    *,
    interval: tuple[ArrayLike, ArrayLike] | None = None,
    style: Style = "line",
    role: str | None = None,
    color: str | None = None,
    legend: bool = True,
    marker: Marker | None = None,
) -> Series:
    """Build a series after checking it: finite x, matching lengths, interval ends on their own side of y.

    ``x``, ``y``: (k,); ``interval``: the ends (low, high), each (k,) or a number. NaN in y is a gap.

    Args:
        name: in the legend.
        x: (k,).
        y: (k,), NaN for a gap.
        interval: the ends (low, high), each (k,) or a number.
        style: "line", "points" or "both".
        role: whose look it has (:func:`look`).
        color: instead of the role's.
        legend: whether the legend names it.
        marker: instead of the role's.
    """
    if role is not None:
        look(role)
    if style not in get_args(Style):
        raise unknown_name("style of a series", style, get_args(Style))
    xs, ys = floats(f"{name}.x", x), floats(f"{name}.y", y)
    if xs.ndim != 1 or xs.shape != ys.shape:
        raise bad_argument(name, "have x and y of one shape (k,)", f"shape {xs.shape} against {ys.shape}")
    if not np.isfinite(xs).all():
        raise bad_argument(f"{name}.x", "be finite", xs[~np.isfinite(xs)][0])
    low, high = ends(name, ys, interval)
    return Series(name, xs, ys, low, high, style, role, color, legend, marker)


def ends(name: str, y: Floats, interval: tuple[ArrayLike, ArrayLike] | None) -> tuple[Floats | None, Floats | None]:
    """Return interval ends in y's shape, or say that they do not enclose y."""
    if interval is None:
        return None, None
    given = [floats(f"{name}.interval", end) for end in interval]
    if len(given) != 2 or any(end.shape not in ((), y.shape) for end in given):
        ends_given = " and ".join(f"one of shape {end.shape}" for end in given)
        raise InputError(
            f"Argument `{name}.interval` must be two ends, (low, high), numbers or of shape {y.shape}, but has "
            f"{ends_given or 'none'}."
        )
    low, high = (np.broadcast_to(end, y.shape).copy() for end in given)
    slack = 1e-9 * np.abs(y)  # rounding of a mean whose replicates all agree
    outside = (low > y + slack) | (high < y - slack)
    if outside.any():
        k = int(np.argmax(outside))
        raise bad_argument(
            f"{name}.interval", "enclose y (it holds ends, not distances)", (float(low[k]), float(y[k]), float(high[k]))
        )
    return np.minimum(low, y), np.maximum(high, y)
