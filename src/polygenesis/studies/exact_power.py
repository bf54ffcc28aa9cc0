"""Power of exact tests: the chance that a share or a count, whatever it is in truth, is told from its margin.

The critical counts are those of the test itself, so that the power is exact for independent cases; clustered cases
count as their effective number.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

Side = Literal["inside", "below", "above"]
"""On which side of the margin a number is told to lie."""

STEP = 1.02
"""Numbers of cases are tried in this proportion."""

LARGEST = 1e6
"""Largest ratio that is looked for."""


class Law(Protocol):
    """A distribution of a count."""

    def at_most(self, count: float) -> float:
        """Return the probability of so many or fewer."""

    def at_least(self, count: float) -> float:
        """Return the probability of so many or more."""

    def near(self, chance: float) -> float:
        """Return about the count up to which there is this probability."""


@dataclass(frozen=True)
class Binomial:
    """Of ``size`` cases, each with a chance of ``p``."""

    size: int
    p: float

    def at_most(self, count: float) -> float:
        """P(X ≤ count)."""
        from scipy import special

        return float(special.bdtr(int(min(count, self.size)), self.size, self.p)) if count >= 0 else 0.0

    def at_least(self, count: float) -> float:
        """P(X ≥ count)."""
        from scipy import special

        if count <= 0:
            return 1.0
        return float(special.bdtrc(int(count) - 1, self.size, self.p)) if count <= self.size else 0.0

    def near(self, chance: float) -> float:
        """Normal approximation."""
        from scipy import special

        spread = float(special.ndtri(chance)) * math.sqrt(self.size * self.p * (1 - self.p))
        return min(max(self.size * self.p + spread, 0.0), self.size)


@dataclass(frozen=True)
class Poissonian:
    """With this mean."""

    mean: float

    def at_most(self, count: float) -> float:
        """P(X ≤ count)."""
        from scipy import special

        if math.isinf(count):
            return 1.0
        return float(special.pdtr(int(count), self.mean)) if count >= 0 else 0.0

    def at_least(self, count: float) -> float:
        """P(X ≥ count)."""
        from scipy import special

        return float(special.pdtrc(int(count) - 1, self.mean)) if count > 0 else 1.0

    def near(self, chance: float) -> float:
        """Normal approximation."""
        from scipy import special

        return max(self.mean + float(special.ndtri(chance)) * math.sqrt(self.mean), 0.0)


class Counts(Protocol):
    """Counts whose distribution is known for every true value of the number that they estimate."""

    @property
    def most(self) -> float:
        """The largest value of the number."""

    def under(self, value: float, truth: float, times: float) -> Law:
        """Return the distribution if the number is ``value``.

        ``truth``: the number that sets how many cases there are; ``times``: how many times as many networks.
        """


@dataclass(frozen=True)
class Cases:
    """``size`` independent cases, of which a share has what is counted."""

    size: float
    most: float = 1.0

    def under(self, value: float, truth: float, times: float) -> Law:
        """Binomial; a part of a case is none."""
        return Binomial(max(1, math.floor(self.size * times + 1e-9)), min(max(value, 0.0), 1.0))


@dataclass(frozen=True)
class Events:
    """A count over what is ``expected``."""

    expected: float
    most: float = math.inf

    def under(self, value: float, truth: float, times: float) -> Law:
        """Poisson."""
        return Poissonian(max(value, 0.0) * self.expected * times)


@dataclass(frozen=True)
class Split:
    """Counts of two cells, the first of ``size`` times as many networks, the second with ``bare`` counts in all.

    ``effect``: how many counts are worth one independent count.
    """

    bare: float
    size: float
    effect: float
    most: float = math.inf

    def under(self, value: float, truth: float, times: float) -> Law:
        """Binomial, given the sum of both."""
        total = math.floor(times * self.bare * (1 + self.size * truth) / self.effect + 1e-9)
        return Binomial(max(1, total), self.size * value / (1 + self.size * value))


def chance(
    counts: Counts, side: Side, truth: float, ends: tuple[float, float], level: float, times: float = 1
) -> float:
    """Return the chance that a number is told to lie inside its margin, below or above it, each test at ``level``.

    >>> round(chance(Cases(16), "below", 0.2, (0.5, math.inf), 0.05), 2)  # 4 or fewer of 16 refute "at least half"
    0.8
    """
    lower, upper = ends
    true = counts.under(truth, truth, times)
    if side == "below":
        return true.at_most(_few(counts.under(lower, truth, times), level)) if lower > 0 else 0.0
    if side == "above":
        return true.at_least(_many(counts.under(upper, truth, times), level)) if upper < counts.most else 0.0
    least = _many(counts.under(lower, truth, times), level) if lower > 0 else 0.0
    most = _few(counts.under(upper, truth, times), level) if upper < counts.most else math.inf
    return max(0.0, true.at_most(most) - true.at_most(least - 1)) if least <= most else 0.0


def detectable(counts: Counts, side: Side, ends: tuple[float, float], level: float, power: float) -> float | None:
    """Return how far outside its margin a number must lie to be told so; None where none would be.

    >>> round(detectable(Cases(16), "below", (0.5, math.inf), 0.05, 0.8), 2)
    0.3
    """
    bound = ends[0] if side == "below" else ends[1]
    far = 0.0 if side == "below" else counts.most
    if math.isinf(far):
        far = next((each for each in _farther(bound) if chance(counts, side, each, ends, level) >= power), math.inf)
    if math.isinf(far) or chance(counts, side, far, ends, level) < power:
        return None
    near = bound
    for _ in range(60):
        middle = (near + far) / 2
        near, far = (near, middle) if chance(counts, side, middle, ends, level) >= power else (middle, far)
    return abs(far - bound)


def times_needed(
    counts: Counts, truth: float, ends: tuple[float, float], level: float, power: float, most: float
) -> float:
    """Return how many times as many networks would tell on which side of its margin a number lies; inf: none would."""
    side: Side = "below" if truth < ends[0] else "above" if truth > ends[1] else "inside"
    for times in STEP ** np.arange(math.ceil(math.log(most) / math.log(STEP)) + 1):
        if chance(counts, side, truth, ends, level, float(times)) >= power:
            return float(times)
    return math.inf


def _farther(bound: float) -> Iterator[float]:
    value = max(2 * bound, 1e-6)
    while value < LARGEST:
        yield value
        value *= 2


def _few(law: Law, level: float) -> float:
    """Return the largest count that so few have at most this chance; −1 where there is none."""
    count = math.floor(law.near(level))
    while count >= 0 and law.at_most(count) > level:
        count -= 1
    while law.at_most(count + 1) <= level:
        count += 1
    return count


def _many(law: Law, level: float) -> float:
    """Return the smallest count that so many have at most this chance."""
    count = math.ceil(law.near(1 - level))
    while law.at_least(count) > level:
        count += 1
    while count > 0 and law.at_least(count - 1) <= level:
        count -= 1
    return count
