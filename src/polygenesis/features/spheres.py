"""Features of more than one dimension: points on circles and spheres."""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from polygenesis.arrays import Floats
from polygenesis.checks import NonNegativeInt, PositiveInt, part
from polygenesis.features.base import MEAN_SQUARES, Batch, LikelyEnough, Magnitude, groups_of, magnitudes


@part
class Spheres:
    """Features of ``dimensions`` consecutive inputs each: a firing feature is a random point of a sphere, or circle.

    A feature that no single direction holds, such as the days of the week (arXiv:2405.14860). ``probability``: that a
    feature fires. ``magnitude``: the radius where it fires. ``samples``: size of the data set that every replicate
    draws once, or 0 for fresh inputs at every step.
    """

    probability: Annotated[LikelyEnough, Field(le=1)]
    dimensions: Annotated[PositiveInt, Field(ge=2)] = 2
    magnitude: Magnitude = "constant"
    samples: NonNegativeInt = 0
    kind: Literal["spheres"] = field(default="spheres", kw_only=True, repr=False)

    def firing_probabilities(self, n: int) -> Floats:
        """Return p for every input, (n,)."""
        groups_of(self.dimensions, n, "the dimensions of a feature")
        return np.full(n, self.probability)

    def mean_squares(self, n: int) -> Floats:
        """Return E x_i², (n,): the squared radius is spread evenly over the dimensions."""
        return self.firing_probabilities(n) * MEAN_SQUARES[self.magnitude] / self.dimensions

    def importance(self, n: int) -> Floats | None:
        """All features are equally important."""
        return None

    def enumerate(self, n: int) -> Batch | None:
        """Points of a sphere cannot be listed."""
        return None

    def sample(self, generator: np.random.Generator, n: int, count: int) -> Batch:
        """Draw independent inputs, (count, n)."""
        shape = (count, groups_of(self.dimensions, n, "the dimensions of a feature"))
        points = generator.standard_normal((*shape, self.dimensions))
        points /= np.linalg.norm(points, axis=-1, keepdims=True)
        size = (generator.random(shape) < self.probability) * magnitudes(self.magnitude, generator, shape)
        return Batch((points * size[..., None]).reshape(count, n))
