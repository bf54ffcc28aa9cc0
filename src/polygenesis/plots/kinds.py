"""Shared neurons over time, benign and malign, or at the start and at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from polygenesis.checks import floats
from polygenesis.errors import bad_argument
from polygenesis.plots.census import bars, shares
from polygenesis.plots.chart import Chart
from polygenesis.plots.curves import panel
from polygenesis.plots.panels import Axis, Bars, Level, Series, series
from polygenesis.plots.races import log_of

SHARED = "shared neurons"


def collisions(
    times: ArrayLike,
    counts: Mapping[str, ArrayLike],
    *,
    levels: Sequence[Level] = (),
    time: str = "time t (loss's clock)",
    title: str = "",
    alt: str = "",
) -> Chart:
    """Draw the number of shared neurons over time, one line per kind.

    ``times`` (T,), increasing; ``counts``: a role such as "benign" or "malign" → (T,) numbers of neurons.

    Args:
        times: (T,), increasing.
        counts: a role such as "benign" or "malign" → numbers of neurons, (T,).
        levels: horizontal or vertical lines with names.
        time: the label of the time axis, with its clock.
        title: above the panel.
        alt: the picture in words, for those who do not see it.

    >>> chart = collisions([1, 2, 3], {"benign": [5, 4, 4], "malign": [6, 2, 0]})
    >>> [each.name for each in chart.panels[0].series]
    ['benign', 'malign']
    """
    clock = floats("times", times)
    log = log_of(clock)
    keep = clock > 0 if log else np.ones(len(clock), dtype=bool)
    curves: list[Series] = [series(kind, clock[keep], floats(kind, each)[keep]) for kind, each in counts.items()]
    top = max(1.0, *(float(each.y.max()) for each in curves), *(each.value for each in levels))
    shown = panel(curves, x=time, y=SHARED, log=log, levels=levels, title=title)
    whole = tuple(float(each) for each in range(0, int(top) + 1, max(1, round(top / 6))))
    return Chart((replace(shown, y=Axis(SHARED, limits=(0.0, 1.08 * top), ticks=whole)),), height=2.7, alt=alt)


def collisions_between(
    counts: Mapping[str, Sequence[float]], *, levels: Sequence[Level] = (), title: str = "", alt: str = ""
) -> Chart:
    """Draw the number of shared neurons at the start and at the end, as bars by kind.

    ``counts``: kind → the numbers (at the start, at the end).

    Args:
        counts: kind → the numbers (at the start, at the end).
        levels: horizontal or vertical lines with names.
        title: above the panel.
        alt: the picture in words, for those who do not see it.
    """
    for kind, pair in counts.items():
        if len(pair) != 2:
            raise bad_argument(kind, "be two numbers, at the start and at the end", pair)
    made = shares(("start", "end"), counts, quantity=SHARED, title=title)
    return bars(Bars(made.categories, made.parts, made.values, True, title, tuple(levels)), alt=alt)
