"""The law of a count: every probability, its moments, quantiles and intervals."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import numpy as np

from polygenesis.arrays import Floats, Integers
from polygenesis.theory import arguments
from polygenesis.theory.prediction import Prediction

_NEGLIGIBLE = 1e-40
"""Probabilities below this are dropped when counts are added up: far below any p-value that is ever read."""


@dataclasses.dataclass(frozen=True, eq=False)
class CountLaw:
    """The probability of every count from `first` on.

    `name`: of the model, with its `regime` and `source`. `probabilities[j]` is P(K = first + j). All methods take
    scalars or arrays of whole numbers.
    """

    name: str
    first: int
    probabilities: Floats
    regime: str
    source: str

    @property
    def support(self) -> Integers:
        """The counts that `probabilities` belong to."""
        return self.first + np.arange(self.probabilities.size)

    @functools.cached_property
    def mean(self) -> float:
        """The expected count."""
        return float(self.support @ self.probabilities)

    @functools.cached_property
    def variance(self) -> float:
        """The variance of a single count."""
        return float((self.support - self.mean) ** 2 @ self.probabilities)

    @property
    def dispersion(self) -> float:
        """Variance over mean: 1 for Poisson counts, below 1 if under-dispersed; NaN if the mean is 0."""
        return self.variance / self.mean if self.mean > 0 else float("nan")

    def pmf(self, k: object) -> Floats:
        """P(K = k).

        Args:
            k: a number or an array of any shape, which the result shares; 0 where k is no whole number.
        """
        index = np.asarray(k) - self.first
        inside = (index >= 0) & (index < self.probabilities.size) & (index == np.floor(index))
        return np.where(inside, self.probabilities[np.where(inside, index, 0).astype(int)], 0.0)

    def at_most(self, k: object) -> Floats:
        """P(K <= k): the one-sided p-value of "less sharing than chance".

        Args:
            k: a number or an array of any shape, which the result shares.
        """
        return self._below[self._place(np.floor(np.asarray(k)) + 1)]

    def at_least(self, k: object) -> Floats:
        """P(K >= k): the one-sided p-value of "more sharing than chance"; accurate far into the tail.

        Args:
            k: a number or an array of any shape, which the result shares.
        """
        return self._above[self._place(np.ceil(np.asarray(k)))]

    def cdf(self, k: object) -> Floats:
        """P(K <= k), under scipy's name.

        Args:
            k: a number or an array of any shape, which the result shares.
        """
        return self.at_most(k)

    def sf(self, k: object) -> Floats:
        """P(K > k), under scipy's name; the p-value of a count k is `at_least(k)`.

        Args:
            k: a number or an array of any shape, which the result shares.
        """
        return self.at_least(np.floor(np.asarray(k)) + 1)

    def quantile(self, probability: float) -> int:
        """The smallest count k with P(K <= k) >= probability.

        Args:
            probability: in (0, 1).
        """
        arguments.share("probability", probability)
        # Each half is read from the side on which the sums are exact.
        if probability <= 0.5:
            return self.first + int(np.argmax(self._below[1:] >= probability))
        return self.first + int(np.argmax(self._above[1:] <= 1 - probability))

    def interval(self, level: float = 0.95) -> tuple[int, int]:
        """The central interval of one count: at most (1 - level)/2 outside on either side.

        Args:
            level: in (0, 1).
        """
        tail = (1 - arguments.share("level", level)) / 2
        return self.quantile(tail), self.quantile(1 - tail)

    def total(self, replicates: int) -> CountLaw:
        """The law of the sum of independent counts, by exact convolution.

        Args:
            replicates: how many counts are added, at least 1.
        """
        arguments.whole("replicates", replicates)
        first, left = 0, replicates
        result: Floats = np.ones(1)
        offset, power = self.first, self.probabilities
        while left:
            if left & 1:
                first, result = _add(first, result, offset, power)
            left >>= 1
            if left:
                offset, power = _add(offset, power, offset, power)
        return CountLaw(f"sum of {replicates}: {self.name}", first, result, self.regime, self.source)

    def mean_interval(self, replicates: int, level: float = 0.95) -> tuple[float, float]:
        """The central interval of the mean over independent replicates.

        Args:
            replicates: how many, at least 1.
            level: in (0, 1).
        """
        lower, upper = self.total(replicates).interval(level)
        return lower / replicates, upper / replicates

    def sample(self, size: int | tuple[int, ...], seed: int | np.random.Generator) -> Integers:
        """Draw independent counts.

        Args:
            size: how many, or the shape of the result.
            seed: a whole number or a generator.
        """
        chances = self.probabilities / self.probabilities.sum()
        return np.asarray(np.random.default_rng(seed).choice(self.support, size=size, p=chances))

    def prediction(self, level: float = 0.95) -> Prediction:
        """The mean, with the central interval of one count.

        Args:
            level: of the interval, in (0, 1).
        """
        return Prediction(self.mean, self.interval(level), self.regime, self.source)

    def __repr__(self) -> str:
        low, high = self.interval()
        return f"{self.name}: mean {self.mean:.4g}, variance {self.variance:.4g}, 95 % in [{low}, {high}]"

    @functools.cached_property
    def _below(self) -> Floats:
        """P(K < first + j) for j = 0 … size."""
        return np.append(0.0, np.minimum(np.cumsum(self.probabilities), 1.0))

    @functools.cached_property
    def _above(self) -> Floats:
        """P(K >= first + j) for j = 0 … size."""
        return np.append(np.minimum(np.cumsum(self.probabilities[::-1]), 1.0)[::-1], 0.0)

    def _place(self, k: np.ndarray[Any, Any]) -> Integers:
        return np.asarray(np.clip(k - self.first, 0, self.probabilities.size)).astype(np.int64)


def _add(first_a: int, a: Floats, first_b: int, b: Floats) -> tuple[int, Floats]:
    both = np.convolve(a, b)
    kept = np.flatnonzero(both > _NEGLIGIBLE)
    return first_a + first_b + int(kept[0]), both[kept[0] : kept[-1] + 1]
