"""The race of one feature: all of its weights over time, with the winner in front."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from polygenesis.arrays import Floats
from polygenesis.checks import floats
from polygenesis.errors import bad_argument
from polygenesis.plots.chart import Chart
from polygenesis.plots.curves import Log, panel
from polygenesis.plots.panels import Level, Series

MOST_LINES = 200
"""Weights besides the winner and the leader that are drawn: those that are largest at the start."""

WIDE = 50.0
"""Ratio of the last time to the first positive one from which the axis of time is logarithmic."""


def race(
    times: ArrayLike,
    paths: ArrayLike,
    *,
    winner: int | None = None,
    leader: int | None = None,
    levels: tuple[Level, ...] = (),
    time: str = "time t (loss's clock)",
    title: str = "",
    alt: str = "",
) -> Chart:
    """Draw all |W_ik| of one feature over time: the winner in front in the colour of its sign, the rest grey.

    ``times`` (T,), increasing; ``paths`` (T, m): the weights with their signs. ``winner``, ``leader``: the neuron where
    the feature ended and the one where it led at the start, if any; where they are one, its first point is marked.

    Args:
        times: (T,), increasing.
        paths: (T, m), the weights of one feature with their signs.
        winner: the neuron where the feature ended, if any.
        leader: the neuron where it led at the start.
        levels: horizontal or vertical lines with names.
        time: the label of the time axis, with its clock.
        title: above the panel.
        alt: the picture in words, for those who do not see it.

    >>> chart = race([1, 2], [[0.3, -0.2], [0.9, 0.0]], winner=0, leader=0)
    >>> [each.name for each in chart.panels[0].series]
    ['other neurons', 'leader at the start', 'winner, neuron 0 (+)']
    """
    clock, weights = floats("times", times), floats("paths", paths)
    if weights.ndim != 2 or clock.shape != weights.shape[:1] or 0 in weights.shape:
        raise bad_argument("paths", "have shape (T, m), one row for each of `times`", f"shape {weights.shape}")
    for name, neuron in (("winner", winner), ("leader", leader)):
        if neuron is not None and not 0 <= neuron < weights.shape[1]:
            raise bad_argument(name, f"be a neuron from 0 to {weights.shape[1] - 1}", neuron)
    log = log_of(clock)
    if log:
        clock, weights = clock[clock > 0], weights[clock > 0]
    curves = [*_rest(clock, weights, {winner, leader}), *_front(clock, weights, winner, leader)]
    top = 1.05 * float(np.nanmax(np.abs(weights))) or 1.0
    shown = panel(curves, x=time, y="|Wᵢₖ|", log=log, levels=levels, title=title, limits=(0.0, top))
    return Chart((shown,), height=3.0, alt=alt)


def _front(clock: Floats, weights: Floats, winner: int | None, leader: int | None) -> list[Series]:
    """The leader at the start, as a line or as the winner's first point, and the winner on top."""
    made = []
    if leader is not None and leader != winner:
        name = f"leader at the start, neuron {leader} ({_sign(weights[:, leader])})"
        made.append(Series(name, clock, _until_zero(weights[:, leader]), role="leader at the start"))
    elif leader is not None:
        first = np.abs(weights[:1, leader])
        made.append(Series("leader at the start", clock[:1], first, style="points", role="leader at the start"))
    if winner is not None:
        positive = _sign(weights[:, winner]) == "+"
        name = f"winner, neuron {winner} ({_sign(weights[:, winner])})"
        path = np.abs(weights[:, winner])
        made.append(Series(name, clock, path, role="positive" if positive else "negative"))
    return made


def _rest(clock: Floats, weights: Floats, besides: set[int | None]) -> list[Series]:
    """All other weights as one grey series with gaps, so that a thousand of them stay one mark on the page."""
    others = [neuron for neuron in np.argsort(-np.abs(weights[0]), kind="stable").tolist() if neuron not in besides]
    drawn = others[:MOST_LINES]
    if not drawn:
        return []
    xs: list[Floats] = []
    ys: list[Floats] = []
    for neuron in drawn:
        path = _until_zero(weights[:, neuron])
        keep = np.isfinite(path)
        xs += [clock[keep], clock[-1:]]
        ys += [path[keep], np.array([np.nan])]
    name = "other neurons" if len(drawn) == len(others) else f"the {len(drawn)} largest of {len(others)} others"
    return [Series(name, np.concatenate(xs), np.concatenate(ys), role="other neurons")]


def _until_zero(path: Floats) -> Floats:
    """A weight's size until it stays zero for good, with its first zero; gaps after it."""
    size = np.abs(path)
    live = np.flatnonzero(size > 0)
    last = int(live[-1]) + 2 if live.size else 1
    return np.where(np.arange(len(size)) < last, size, np.nan)


def _sign(path: Floats) -> str:
    """The sign at the end, or the last one that there was."""
    live = path[path != 0]
    return "−" if live.size and live[-1] < 0 else "+"


def log_of(clock: Floats) -> Log:
    """Return "x" where times reach over more than a factor of 50, so that the axis should be logarithmic."""
    later = clock[clock > 0]
    return "x" if later.size > 1 and later[-1] / later[0] > WIDE else ""
