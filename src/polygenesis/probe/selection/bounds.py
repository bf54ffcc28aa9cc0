"""Compiled: sums of ranks by feature, and Chernoff's bound on the mean of some ranks."""

from __future__ import annotations

import numpy as np

from polygenesis.arrays import Floats, Integers
from polygenesis.kernels import compiled

BINS = 256
"""Places to which mid-ranks are rounded up in the bound, which can only make p larger."""

STEPS = 40
"""Halvings of the interval in which the best t of the bound is sought; any t gives a bound."""

LARGEST_T = 1e4
"""The t beyond which the bound is not sought."""


@compiled
def rank_sums(ranks: Floats, group: Integers, starts: Integers, features: Integers, n: int) -> tuple[Integers, Floats]:
    """Return how many samples of a group have each feature, (n,), and the sum of their ranks, (n,)."""
    counts, sums = np.zeros(n, np.int64), np.zeros(n)
    for i in range(len(group)):
        for at in range(starts[group[i]], starts[group[i] + 1]):
            counts[features[at]] += 1
            sums[features[at]] += ranks[i]
    return counts, sums


@compiled
def chernoff_bound(ranks: Floats, mean: float, count: int, low: bool) -> float:
    """Bound the chance that ``count`` ranks, drawn at random, have this mean or a larger one (``low``: a smaller)."""
    top, share = np.zeros(BINS), np.zeros(BINS)
    for rank in ranks:
        rank = 1 - rank if low else rank
        place = min(int(rank * BINS), BINS - 1)
        share[place] += 1 / len(ranks)
        top[place] = max(top[place], rank)
    target, highest, at_highest, middle = 1 - mean if low else mean, -1.0, 0.0, 0.0
    for place in range(BINS):
        middle += share[place] * top[place]
        if top[place] > highest:
            highest, at_highest = top[place], share[place]
    if target >= highest:
        return float(min(1.0, at_highest**count))
    if middle >= target:
        return 1.0
    left, right = 0.0, 1.0
    while _tilted(top, share, highest, right)[1] < target and right < LARGEST_T:
        left, right = right, 2 * right
    for _ in range(STEPS):
        t = 0.5 * (left + right)
        if _tilted(top, share, highest, t)[1] < target:
            left = t
        else:
            right = t
        if right - left < 1e-4 * right:
            break
    log = np.log(_tilted(top, share, highest, left)[0]) + left * highest
    return float(np.exp(min(0.0, count * (log - left * target))))


@compiled(inner=True)
def _tilted(top: Floats, share: Floats, highest: float, t: float) -> tuple[float, float]:
    """The mean of exp(t (g − the highest g)), and the mean of g under these weights."""
    total, weighted = 0.0, 0.0
    for k in range(BINS):
        weight = share[k] * np.exp(t * (top[k] - highest))
        total += weight
        weighted += weight * top[k]
    return total, weighted / total
