"""Lines and points with intervals, on linear and log axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from polygenesis.checks import floats
from polygenesis.errors import bad_argument, unknown_name
from polygenesis.plots.chart import Chart
from polygenesis.plots.panels import Axis, Curves, Level, Series, series

Log = Literal["", "x", "y", "xy"]


def panel(
    curves: Sequence[Series],
    *,
    x: str,
    y: str,
    log: Log = "",
    levels: Sequence[Level] = (),
    title: str = "",
    limits: tuple[float, float] | None = None,
    ticks: Sequence[float] | None = None,
) -> Curves:
    """Build one panel of curves; ``log`` names the axes with a log scale.

    ``limits`` are those of the y axis; ``ticks`` are the x axis's own, for instance the widths that were run.

    Args:
        curves: the series.
        x: the label of the x axis.
        y: the label of the y axis.
        log: which axes are logarithmic: "", "x", "y" or "xy".
        levels: horizontal or vertical lines with names.
        title: above the panel.
        limits: of the y axis.
        ticks: of the x axis, for instance the widths that were run.
    """
    if isinstance(curves, Series) or not all(isinstance(each, Series) for each in curves):
        raise bad_argument("curves", "be a list of series (plots.series)", curves)
    if not curves:
        raise bad_argument("curves", "hold at least one series", list(curves))
    if log not in get_args(Log):
        raise unknown_name("choice of logarithmic axes", log, [each for each in get_args(Log) if each])
    across = Axis(x, "log" if "x" in log else "linear", None, None if ticks is None else tuple(float(t) for t in ticks))
    if across.scale == "log" and any((each.x <= 0).any() for each in curves):
        raise bad_argument("x", "be positive on a log axis", min(float(each.x.min()) for each in curves))
    return Curves(across, Axis(y, "log" if "y" in log else "linear", limits), tuple(curves), tuple(levels), title)


def chart(
    curves: Sequence[Series], *, x: str, y: str, log: Log = "", levels: Sequence[Level] = (), alt: str = ""
) -> Chart:
    """Build a chart of one panel of curves.

    Args:
        curves: the series.
        x: the label of the x axis.
        y: the label of the y axis.
        log: which axes are logarithmic: "", "x", "y" or "xy".
        levels: horizontal or vertical lines with names.
        alt: the picture in words, for those who do not see it.
    """
    return Chart((panel(curves, x=x, y=y, log=log, levels=levels),), alt=alt)


def row(*panels: Curves, alt: str = "", height: float = 2.7) -> Chart:
    """Build a chart of several panels side by side.

    Args:
        panels: from :func:`panel`.
        alt: the picture in words, for those who do not see it.
        height: in inches.
    """
    return Chart(tuple(panels), height, alt)


SIDE, ROOM = 0.025, 0.6
"""Share of the axis between points at one place, and of the distance to the next place that all of them may take."""


def spread(curves: Sequence[Series], *, log: bool) -> list[Series]:
    """Shift points of several series at one x to stand beside each other, in the order of the series; lines stay.

    Points that have their x to themselves stay there, and ``at`` keeps where all of them belong.

    >>> a, b = spread([series(name, x, x, style="points") for name, x in (("a", [1, 2]), ("b", [2, 3]))], log=False)
    >>> a.x.tolist(), b.x.tolist()
    ([1.0, 1.975], [2.025, 3.0])
    """
    pointed = [each for each in curves if each.style == "points"]
    here = {place: [each for each in pointed if place in each.x] for each in pointed for place in each.x.tolist()}
    crowd = max(map(len, here.values()), default=0)
    if crowd < 2:
        return list(curves)
    scaled, back = (np.log, np.exp) if log else (np.asarray, np.asarray)
    places = scaled(np.array(sorted(here)))
    span = float(places[-1] - places[0]) or 1.0
    gap = min(SIDE * span, ROOM / crowd * float(np.diff(places).min(initial=span)))

    def beside(each: Series, place: float) -> float:
        rank = here[place].index(each) - (len(here[place]) - 1) / 2
        return float(back(scaled(place) + gap * rank)) if rank else place

    return [
        replace(each, x=np.array([beside(each, place) for place in each.x.tolist()]), at=each.x)
        if each.style == "points"
        else each
        for each in curves
    ]


def side_by_side(curves: Sequence[Series], gap: float, *, factor: bool = False) -> list[Series]:
    """Shift series along x so that their marks at the same x do not overlap.

    Args:
        curves: from :func:`series`.
        gap: the distance between neighbours, or with ``factor`` the ratio of their places.
        factor: whether places are multiplied, for a log axis.

    >>> a, b = side_by_side([series("a", [1.0], [2.0]), series("b", [1.0], [2.0])], 0.1)
    >>> a.x.tolist(), b.x.tolist()
    ([0.95], [1.05])
    """
    places = [k - (len(curves) - 1) / 2 for k in range(len(curves))]
    return [
        replace(each, x=each.x * gap**place if factor else each.x + gap * place, at=each.x)
        for each, place in zip(curves, places, strict=True)
    ]


def power_law(x: ArrayLike, exponent: float, *, through: tuple[float, float], name: str = "") -> Series:
    """Return the guide y = y0 (x/x0)^exponent through one point: a slope to guide the eye, not a fit.

    Args:
        x: (k,), positive.
        exponent: the slope on log axes.
        through: a point (x0, y0).
        name: in the legend.
    """
    x0, y0 = through
    if x0 <= 0 or y0 <= 0:
        raise bad_argument("through", "be a point with positive coordinates", through)
    xs = floats("x", x)
    return series(name or f"slope {exponent:g}", xs, y0 * (xs / x0) ** exponent, role="n²/4m")
