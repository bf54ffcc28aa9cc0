"""Exact tests of counts, which vary less than Poisson's: the intervals are safe, and a count of zero has one."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np

from polygenesis import stats
from polygenesis.arrays import Floats
from polygenesis.studies.margin import ALPHA, LEVEL
from polygenesis.studies.shares import by_start, share_agrees


def ratio(counts: Any, predicted: Any) -> stats.Estimate | Poisson | None:
    """Return counts of one cell over what is predicted (one number, or one each); None for too few, or no spread."""
    values = np.asarray(counts, dtype=float)
    if len(values) < 2:
        return None
    if not values.any():
        return Poisson(0, float(np.broadcast_to(predicted, values.shape).sum()))
    if np.ptp(values / np.asarray(predicted, dtype=float)) == 0:
        return None
    return stats.ratio_to_prediction(values, predicted, robust=True, level=LEVEL)


@dataclass(frozen=True)
class Poisson:
    """A count over what is expected.

    ``effect``: how many times larger its variance may be than that of independent counts
    (:func:`polygenesis.studies.starts.design_effect`); None where its networks have starts of their own.
    """

    count: int
    expected: float
    effect: float | None = None

    def test(self, lower: float, upper: float) -> stats.Agreement:
        """Test count / expected by exact Poisson tests."""
        from scipy import special

        count, expected = (each / (self.effect or 1.0) for each in (self.count, self.expected))
        low = float(special.gammaincinv(count, ALPHA)) / expected if count else 0.0
        high = float(special.gammaincinv(count + 1, 1 - ALPHA)) / expected
        estimate = stats.Estimate(count / expected, low, high, LEVEL, "exact Poisson", self.count)

        def at_most(bound: float) -> float:  # P(count or fewer) if the ratio were `bound`
            return float(special.gammaincc(count + 1, bound * expected)) if bound > 0 else 0.0

        def at_least(bound: float) -> float:
            return float(special.gammainc(count, bound * expected)) if count else 1.0

        inside = max(at_least(lower) if lower > 0 else 0.0, at_most(upper))
        outside = min(at_most(lower) if lower > 0 else 1.0, at_least(upper))
        verdict = stats.agrees(estimate, lower, upper, alpha=ALPHA).verdict
        return stats.Agreement(verdict, estimate, lower, upper, ALPHA, inside, outside)


@dataclass(frozen=True, eq=False)
class CountRatio:
    """Mean of the counts ``a`` over that of ``b``, against an upper end: given the sum, Σa is binomial.

    ``starts``: those of ``a`` and then of ``b``, where they may be the same; counts of one start are one cluster.
    """

    a: Any
    b: Any
    starts: tuple[Hashable, ...] | None = None

    @property
    def clusters(self) -> tuple[Floats, Floats]:
        """Counts of ``a`` and counts of both, one a cluster."""
        return by_start(np.concatenate([self.a, np.zeros(len(self.b))]), np.concatenate([self.a, self.b]), self.starts)

    @property
    def size(self) -> float:
        """How many times as many networks ``a`` has."""
        return len(self.a) / len(self.b)

    def test(self, lower: float, upper: float) -> stats.Agreement:
        """Test the ratio by the conditional binomial test, with the effective number of counts if starts are given."""
        a, b = np.asarray(self.a), np.asarray(self.b)
        size = self.size
        share = size * upper / (1 + size * upper)
        if self.starts is None:
            test = stats.proportion_agrees(int(a.sum()), int(a.sum() + b.sum()), 0.0, share, alpha=ALPHA)
        else:
            test = share_agrees(*self.clusters, 0.0, share, alpha=ALPHA)
        e = test.estimate
        value, low, high = ((p / (1 - p) / size if p < 1 else np.inf) for p in (e.value, e.lower, e.upper))
        found = stats.Estimate(value, low, high, e.level, "conditional binomial", e.size)
        return stats.Agreement(test.verdict, found, lower, upper, test.alpha, test.p_equivalent, test.p_different)
