"""Exactly k features at a time."""

from __future__ import annotations

import itertools
import math
from dataclasses import field
from typing import Literal

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.checks import NonNegativeInt, PositiveInt, part
from polygenesis.errors import bad_argument
from polygenesis.features.base import LARGEST, MEAN_SQUARES, Batch, Magnitude, magnitudes


@part
class ExactlyK:
    """Exactly k features fire in each input, every set of k equally likely.

    ``k``: how many features fire. ``magnitude``: what a feature is where it fires. ``samples``: size of the data set
    that every replicate draws once, or 0 for fresh inputs at every step. Binary features up to 4096 sets are summed
    over exactly.
    """

    k: PositiveInt
    magnitude: Magnitude = "constant"
    samples: NonNegativeInt = 0
    kind: Literal["exactly-k"] = field(default="exactly-k", kw_only=True, repr=False)

    def firing_probabilities(self, n: int) -> Floats:
        """Return k/n for every feature, (n,); refuses k > n.

        >>> ExactlyK(2).firing_probabilities(4).tolist()
        [0.5, 0.5, 0.5, 0.5]
        """
        if self.k > n:
            raise bad_argument("features.k", f"be at most n = {n}", self.k)
        return np.full(n, self.k / n)

    def mean_squares(self, n: int) -> Floats:
        """Return E x_i², (n,)."""
        return self.firing_probabilities(n) * MEAN_SQUARES[self.magnitude]

    def importance(self, n: int) -> Floats | None:
        """All features are equally important."""
        return None

    def enumerate(self, n: int) -> Batch | None:
        """Return all sets of k binary features where there are at most 4096."""
        few = min(self.k, n - self.k)
        if self.magnitude != "constant" or few < 0 or few >= LARGEST.bit_length() or math.comb(n, few) > LARGEST:
            return None
        inputs = np.zeros((math.comb(n, self.k), n))
        for row, chosen in enumerate(itertools.combinations(range(n), self.k)):
            inputs[row, list(chosen)] = 1
        return Batch(inputs)

    def sample(self, generator: np.random.Generator, n: int, count: int) -> Batch:
        """Draw independent inputs, (count, n)."""
        self.firing_probabilities(n)
        order = generator.random((count, n)).argpartition(self.k - 1, axis=1)[:, : self.k]
        fires = np.zeros((count, n))
        np.put_along_axis(fires, order, 1.0, axis=1)
        return Batch(fires * magnitudes(self.magnitude, generator, (count, n)))
