"""The gaps of a race: how far each coordinate starts behind the leader, and what that says of all the others.

Without interference all coordinates of a row share one factor, so with gaps d_k = max|w(0)| − |w_k(0)| two numbers
tell everything at any time: |w_k(t)| = a(t) (g(t) − d_k)₊, where g = max|w(0)| − c(t). Gaps instead of the weights
themselves keep the end of the race exact, where g is smaller than the rounding of max|w(0)|.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from polygenesis.arrays import Floats, Integers

BLOCK = 2**16
"""Coordinates worked on at once: temporary arrays stay in cache, and ten million coordinates need no gigabytes."""


@dataclass(frozen=True, eq=False)
class Gaps:
    """The gaps d (m,) in increasing order, with each prefix's mean and sum of squared deviations from it, (m,) each.

    ``lead`` is the leader's start max|w(0)|, ``tied`` how many start there. Deviations from the mean, added up term
    by positive term, do not cancel as prefix sums of squares would.
    """

    lead: float
    tied: int
    sorted: Floats
    means: Floats
    spreads: Floats

    @classmethod
    def of(cls, starts: Floats) -> Gaps:
        """Sort the gaps of starts |w(0)|, (m,) and not negative: O(m log m)."""
        lead = float(starts.max())
        gaps = lead - starts
        gaps.sort()
        means, spreads = np.cumsum(gaps), np.zeros(len(gaps))
        for block in blocks(0, len(gaps)):
            means[block] /= np.arange(block.start + 1, block.stop + 1)
        for block in blocks(1, len(gaps)):
            number = np.arange(block.start + 1, block.stop + 1)
            before = means[block.start - 1 : block.stop - 1]
            spreads[block] = (number - 1) / number * (gaps[block] - before) ** 2
        np.cumsum(spreads, out=spreads)
        return cls(lead, int(np.searchsorted(gaps, 0.0, side="right")), gaps, means, spreads)

    @property
    def runner_up(self) -> float:
        """The smallest gap above zero: the race is over when g reaches it (infinite if nobody runs behind)."""
        return float(self.sorted[self.tied]) if self.tied < len(self.sorted) else np.inf

    def square(self, gap: float) -> float:
        """Return S₂ = Σ (g − d_k)₊² for one gap g > 0."""
        last = int(self.sorted.searchsorted(gap)) - 1
        ahead = gap - float(self.means[last])
        return (last + 1) * ahead * ahead + float(self.spreads[last])

    def moments(self, gap: Floats) -> tuple[Integers, Floats, Floats]:
        """Return Σ 1, Σ (g − d_k) and Σ (g − d_k)² over the coordinates with d_k < g, for gaps g (T,)."""
        count: Integers = np.searchsorted(self.sorted, gap, side="left")
        last = np.maximum(count - 1, 0)
        ahead: Floats = np.where(count > 0, gap - self.means[last], 0.0)
        first: Floats = count * ahead
        return count, first, first * ahead + np.where(count > 0, self.spreads[last], 0.0)


def blocks(start: int, stop: int) -> Iterator[slice]:
    """Yield slices of at most BLOCK that cover start … stop."""
    for begin in range(start, stop, BLOCK):
        yield slice(begin, min(begin + BLOCK, stop))
