"""Correlated features: pairs that occur together, or avoid each other."""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from polygenesis.arrays import Floats
from polygenesis.checks import NonNegativeInt, part, real
from polygenesis.errors import bad_argument
from polygenesis.features.base import LARGEST, MEAN_SQUARES, Batch, LikelyEnough, Magnitude, magnitudes


@part
class Correlated:
    """Pairs of features (1 and 2, 3 and 4, …) whose firings are correlated; pairs are independent of each other.

    ``probability``: that a feature fires, p. ``correlation``: of the two firings, ρ: both fire with probability
    p² + ρ p (1 − p); from −p/(1−p) (or −(1−p)/p where p > ½), never both (or always one), to 1, always together. A last
    feature without a partner fires alone. ``magnitude``: what a feature is where it fires. ``samples``: size of the
    data set that every replicate draws once, or 0 for fresh inputs at every step. Binary features up to n = 12 are
    summed over exactly.
    """

    probability: Annotated[LikelyEnough, Field(lt=1)]
    correlation: Annotated[float, BeforeValidator(real), Field(ge=-1, le=1)] = 0.0
    magnitude: Magnitude = "constant"
    samples: NonNegativeInt = 0
    kind: Literal["correlated"] = field(default="correlated", kw_only=True, repr=False)

    def __post_init__(self) -> None:
        """Refuse a correlation that no two firings of this probability have."""
        p = self.probability
        lowest = -min(p / (1 - p), (1 - p) / p)
        if self.correlation < lowest - 1e-12:
            raise bad_argument("correlation", f"be at least {lowest:.4g} for probability {p:g}", self.correlation)

    @property
    def both(self) -> float:
        """Probability that both features of a pair fire."""
        p = self.probability
        return max(0.0, p * p + self.correlation * p * (1 - p))

    def firing_probabilities(self, n: int) -> Floats:
        """Return p for every feature, (n,)."""
        return np.full(n, self.probability)

    def mean_squares(self, n: int) -> Floats:
        """Return E x_i², (n,)."""
        return self.firing_probabilities(n) * MEAN_SQUARES[self.magnitude]

    def importance(self, n: int) -> Floats | None:
        """All features are equally important."""
        return None

    def enumerate(self, n: int) -> Batch | None:
        """Return all inputs of binary features, up to n = 12."""
        if n >= LARGEST.bit_length() or self.magnitude != "constant":
            return None
        inputs = ((np.arange(2**n)[:, None] >> np.arange(n)) & 1).astype(np.float64)
        p, both = self.probability, self.both
        table = np.array([1 - 2 * p + both, p - both, both])  # of a pair: none, a given one, both
        pairs = (inputs[:, 0 : n - 1 : 2] + inputs[:, 1::2]).astype(int)
        chances = table[pairs].prod(axis=1)
        if n % 2:
            chances *= np.where(inputs[:, -1] == 1, p, 1 - p)
        chances = np.maximum(chances, 0.0)
        return Batch(inputs[chances > 0], chances[chances > 0] / chances.sum())

    def sample(self, generator: np.random.Generator, n: int, count: int) -> Batch:
        """Draw independent inputs, (count, n)."""
        p, both = self.probability, self.both
        draws = generator.random((count, (n + 1) // 2))  # one number a pair: both, first alone, second alone, none
        fires = np.empty((count, (n + 1) // 2 * 2))
        fires[:, 0::2] = draws < p
        fires[:, 1::2] = (draws < both) | ((draws >= p) & (draws < 2 * p - both))
        return Batch(fires[:, :n] * magnitudes(self.magnitude, generator, (count, n)))
