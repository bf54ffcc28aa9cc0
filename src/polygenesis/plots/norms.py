"""Norms of the rows over time: how encodings become sparse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from polygenesis.errors import bad_argument
from polygenesis.plots.chart import Chart
from polygenesis.plots.curves import panel
from polygenesis.plots.panels import Series, series

TIME = "time t"


def fourth_norms(
    panels: Mapping[str, Sequence[Series]], *, random_level: float, time: str = TIME, alt: str = ""
) -> Chart:
    """Draw the fourth norm Σ_k W_ik⁴ over time, one panel a noise law, with a random direction's level.

    1 is a row with a single weight; ``random_level`` is that of a random direction, 3/(m+2).

    Args:
        panels: noise law → series of Σ_k W_ik⁴.
        random_level: that of a random direction, 3/(m + 2).
        time: the label of the time axis, with its clock.
        alt: the picture in words, for those who do not see it.
    """
    if not 0 < random_level <= 1:
        raise bad_argument("random_level", "be in (0, 1]", random_level)
    every = np.concatenate([each.x for curves in panels.values() for each in curves])
    first, last = float(every.min()), float(every.max())
    # In the legend, because a name beside the line would lie on the curves.
    level = series("random direction", [first, last], [random_level, random_level])
    decades = [10.0**k for k in range(int(np.ceil(np.log10(first))), int(np.log10(last)) + 1)]
    made = (
        panel(
            (*curves, level),
            x=time,
            y="" if k else "fourth norm Σₖ Wᵢₖ⁴",
            log="x",
            title=title,
            limits=(0.0, 1.0),
            ticks=decades or None,
        )
        for k, (title, curves) in enumerate(panels.items())
    )
    return Chart(tuple(made), height=2.8, alt=alt)


def sparsification(
    survivors: Sequence[Series], l1_norms: Sequence[Series], *, time: str = "time t (paper's clock)", alt: str = ""
) -> Chart:
    """Draw the number of surviving weights m′(t) and the norm ‖W_i‖₁ over time, all on log axes.

    Args:
        survivors: series of m′(t).
        l1_norms: series of ‖W_i‖₁.
        time: the label of the time axis, with its clock.
        alt: the picture in words, for those who do not see it.
    """
    first = panel(survivors, x=time, y="surviving weights m′", log="xy")
    named = {each.name for each in survivors}
    second = panel([_silent(each, named) for each in l1_norms], x=time, y="‖Wᵢ‖₁", log="xy")
    return Chart((first, second), height=3.0, alt=alt)


def _silent(curve: Series, named: set[str]) -> Series:
    """Leave a series out of the legend where another panel already names it."""
    return replace(curve, legend=False) if curve.name in named else curve
