"""Groups of features that fire together, or of which one fires at a time."""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from polygenesis.arrays import Floats
from polygenesis.checks import NonNegativeInt, PositiveInt, part
from polygenesis.features.base import (
    LARGEST,
    MEAN_SQUARES,
    Batch,
    LikelyEnough,
    Magnitude,
    groups_of,
    magnitudes,
    states,
)


@part
class Groups:
    """Groups of ``size`` consecutive features; whether a group is active is independent of the other groups.

    ``probability``: that a group is active. ``size``: features of a group. ``fires``: in an active group all features
    fire (correlated sets) or exactly one, each equally likely (anti-correlated sets). ``magnitude``: law of a firing
    feature's value, drawn separately for each. ``samples``: size of the data set that every replicate draws once, or 0
    for fresh inputs at every step. Groups of binary features are summed over exactly up to 4096 inputs. Source:
    arXiv:2209.10652, “Correlated and Anticorrelated Features”.
    """

    probability: Annotated[LikelyEnough, Field(le=1)]
    size: PositiveInt = 2
    fires: Literal["all", "one"] = "all"
    magnitude: Magnitude = "constant"
    samples: NonNegativeInt = 0
    kind: Literal["groups"] = field(default="groups", kw_only=True, repr=False)

    def firing_probabilities(self, n: int) -> Floats:
        """Return p, or p/size where one fires at a time, (n,)."""
        groups_of(self.size, n, "the size of a group")
        return np.full(n, self.probability / (1 if self.fires == "all" else self.size))

    def mean_squares(self, n: int) -> Floats:
        """Return E x_i², (n,)."""
        return self.firing_probabilities(n) * MEAN_SQUARES[self.magnitude]

    def importance(self, n: int) -> Floats | None:
        """All features are equally important."""
        return None

    def enumerate(self, n: int) -> Batch | None:
        """Return all inputs of binary features where there are at most 4096."""
        if self.magnitude != "constant" or self.size >= LARGEST:
            return None
        there = np.ones((1, self.size)) if self.fires == "all" else np.eye(self.size)
        chances = np.full(len(there), self.probability / len(there))
        inside = Batch(np.vstack([np.zeros(self.size), there]), np.array([1 - self.probability, *chances]))
        return states(groups_of(self.size, n, "the size of a group"), inside)

    def sample(self, generator: np.random.Generator, n: int, count: int) -> Batch:
        """Draw independent inputs, (count, n)."""
        groups = groups_of(self.size, n, "the size of a group")
        fires = np.zeros((count, groups, self.size))
        fires[:] = (generator.random((count, groups)) < self.probability)[..., None]
        if self.fires == "one":
            fires *= generator.integers(self.size, size=(count, groups))[..., None] == np.arange(self.size)
        return Batch(fires.reshape(count, n) * magnitudes(self.magnitude, generator, (count, n)))
