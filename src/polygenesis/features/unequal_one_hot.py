"""One feature at a time, some more often, more important or larger than others."""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from polygenesis.arrays import Floats
from polygenesis.checks import NonNegativeFloat, NonNegativeInt, PositiveFloat, part
from polygenesis.features.base import MEAN_SQUARES, Batch, Magnitude, decaying, magnitudes, zipf


@part
class UnequalOneHot:
    """Exactly one feature fires in each input, with unequal frequencies (Zipf), importance and magnitudes.

    ``zipf``: feature i is there with probability ∝ i^−zipf (i from 1). ``importance_decay``: feature i counts
    decay^(i−1) in the loss. ``magnitude``: what the feature is. ``samples``: size of the data set that every replicate
    draws once, or 0 for fresh inputs at every step. Features of magnitude 1 are summed over exactly.
    """

    zipf: NonNegativeFloat = 1.0
    importance_decay: Annotated[PositiveFloat, Field(le=1)] = 1.0
    magnitude: Magnitude = "constant"
    samples: NonNegativeInt = 0
    kind: Literal["unequal-one-hot"] = field(default="unequal-one-hot", kw_only=True, repr=False)

    def firing_probabilities(self, n: int) -> Floats:
        """Return probabilities ∝ i^−zipf, (n,)."""
        weights = zipf(self.zipf, n)
        return np.asarray(weights / weights.sum())

    def mean_squares(self, n: int) -> Floats:
        """Return E x_i², (n,)."""
        return self.firing_probabilities(n) * MEAN_SQUARES[self.magnitude]

    def importance(self, n: int) -> Floats | None:
        """Return decay^(i−1), (n,), or None where all are 1."""
        return decaying(self.importance_decay, n)

    def enumerate(self, n: int) -> Batch | None:
        """Return the n one-hot inputs."""
        return Batch(np.eye(n), self.firing_probabilities(n)) if self.magnitude == "constant" else None

    def sample(self, generator: np.random.Generator, n: int, count: int) -> Batch:
        """Draw independent inputs, (count, n)."""
        inputs = np.eye(n)[generator.choice(n, size=count, p=self.firing_probabilities(n))]
        return Batch(inputs * magnitudes(self.magnitude, generator, (count, 1)))
