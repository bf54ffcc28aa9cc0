"""Counts of polysemantic neurons: against the width, against the threshold, and by fate or origin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from polygenesis.checks import floats
from polygenesis.errors import bad_argument
from polygenesis.plots.chart import Chart
from polygenesis.plots.curves import panel, spread
from polygenesis.plots.panels import Axis, Bars, Curves, Level, Part, Series, ends

COUNT = "polysemantic neurons"


def counts_of_series(
    curves: Sequence[Series],
    *,
    law: Series | None = None,
    alt: str = "",
    title: str = "",
    y: str = COUNT,
    note: str = "",
) -> Chart:
    """Draw counts against the number of neurons m, both on log axes; see :func:`polygenesis.plots.counts`."""
    widths = sorted({float(value) for each in curves for value in each.x})
    shown = spread((*curves, law) if law is not None else curves, log=True)
    first = panel(shown, x="neurons m", y=y, log="xy", ticks=_doublings(widths), title=title)
    if law is None:
        return Chart((first,), alt=alt, note=note)
    return Chart((first, _ratios(curves, law)), height=3.1, alt=alt, note=note)


def _ratios(curves: Sequence[Series], law: Series) -> Curves:
    """Divide every series by the law; points at one width stand side by side."""
    widths = sorted({float(value) for each in curves for value in each.x})
    steps = np.diff(widths)
    even = len(steps) > 2 and np.allclose(steps, steps[0])
    ratios = []
    for each in curves:
        missing = np.setdiff1d(each.x, law.x)
        if missing.size:
            raise bad_argument("law", f"be given at every width of {each.name!r}", f"missing {missing[0]:g}")
        order = np.argsort(law.x)
        base = law.y[order][np.searchsorted(law.x, each.x, sorter=order)]
        low, high = (None if end is None else end / base for end in (each.low, each.high))
        ratios.append(replace(each, y=each.y / base, low=low, high=high, legend=False))
    ticks = None if even else _doublings(widths)
    return panel(
        spread(ratios, log=not even),
        x="neurons m",
        y=f"count / ({law.name})",
        log="" if even else "x",
        levels=(Level(law.name, 1.0),),
        ticks=ticks,
    )


def _doublings(widths: Sequence[float]) -> list[float]:
    """Choose ticks among the widths that lie at least a factor of 1.9 apart, so that labels do not touch."""
    chosen: list[float] = []
    for width in widths:
        if not chosen or width >= 1.9 * chosen[-1]:
            chosen.append(width)
    return chosen


def threshold_sensitivity(
    curves: Sequence[Series], *, chosen: Mapping[str, float], x: str = "a weight counts from |W| ≥", alt: str = ""
) -> Chart:
    """Draw a count against the threshold that defines it; ``chosen`` marks the thresholds in use, by name.

    Args:
        curves: the series.
        chosen: name → threshold in use.
        x: the label of the threshold axis.
        alt: the picture in words, for those who do not see it.
    """
    marks = tuple(Level(name, value, along="x") for name, value in chosen.items())
    top = max(float(np.nanmax(each.y if each.high is None else each.high)) for each in curves)
    limits = (0.0, 1.08 * top or 1.0)  # from zero: how much the count moves is a share of the count
    return Chart((panel(curves, x=x, y="polysemantic neurons", levels=marks, limits=limits),), alt=alt)


def shares(
    categories: Sequence[str],
    parts: Mapping[str, ArrayLike],
    *,
    quantity: str = "share of collisions",
    roles: Mapping[str, str] | None = None,
    title: str = "",
) -> Bars:
    """Build a panel of stacked bars, one per category: the shares of its cases by fate or origin.

    ``parts``: name → one value a category. Shares must be non-negative; they need not add up to one.

    Args:
        categories: the names along the axis.
        parts: name → a share for each category.
        quantity: what the colours or the axis show.
        roles: name → role, for the colours.
        title: above the panel.
    """
    made = tuple(_part(name, values, categories, None, (roles or {}).get(name)) for name, values in parts.items())
    return Bars(tuple(categories), made, Axis(quantity), stacked=True, title=title)


def rates(
    categories: Sequence[str],
    values: Mapping[str, ArrayLike],
    *,
    intervals: Mapping[str, tuple[ArrayLike, ArrayLike]],
    quantity: str,
    levels: Sequence[Level] = (),
    limits: tuple[float, float] | None = (0.0, 1.0),
    title: str = "",
    dots: bool = False,
) -> Bars:
    """Build a panel of bars side by side with intervals: a rate for each category and series.

    Args:
        categories: the names along the axis.
        values: series → a rate for each category.
        intervals: series → (lower, upper), each with a number for each category.
        quantity: what the colours or the axis show.
        levels: horizontal or vertical lines with names.
        limits: of the axis.
        title: above the panel.
        dots: draw dots with intervals instead; a value of zero then has a mark, and one that is NaN has none.
    """
    made = tuple(_part(name, each, categories, intervals.get(name), None) for name, each in values.items())
    axis = Axis(quantity, limits=limits)
    return Bars(tuple(categories), made, axis, stacked=False, title=title, levels=tuple(levels), dots=dots)


def _part(
    name: str,
    values: ArrayLike,
    categories: Sequence[str],
    interval: tuple[ArrayLike, ArrayLike] | None,
    role: str | None,
) -> Part:
    array = floats("values", values)
    if array.shape != (len(categories),):
        raise bad_argument(name, f"have one value for each of {len(categories)} categories", f"shape {array.shape}")
    if (array < 0).any():
        raise bad_argument(name, "be non-negative", float(array.min()))
    low, high = ends(name, array, interval)
    return Part(name, array, low, high, role)


def bars(*panels: Bars, alt: str = "") -> Chart:
    """Build a chart of one or more panels of bars, as high as its longest list of categories needs.

    Args:
        panels: from :func:`rates` or :func:`shares`.
        alt: the picture in words, for those who do not see it.
    """
    return Chart(tuple(panels), height=max(1.6, 0.9 + 0.24 * max(_rows(each) for each in panels)), alt=alt)


def _rows(panel: Bars) -> float:
    """Height of a panel in bars: dots beside each other need less than bars, and the first and last row some room."""
    each = 1 if panel.stacked else len(panel.parts)
    return len(panel.categories) * (max(1.0, 0.6 * each) if panel.dots else each)
