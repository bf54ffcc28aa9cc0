"""Features that fire independently of each other."""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from polygenesis.arrays import Floats
from polygenesis.checks import NonNegativeFloat, NonNegativeInt, PositiveFloat, part
from polygenesis.errors import bad_argument
from polygenesis.features.base import (
    MEAN_SQUARES,
    Batch,
    Chance,
    LikelyEnough,
    Magnitude,
    combinations,
    decaying,
    magnitudes,
    zipf,
)


@part
class Bernoulli:
    """Features that fire independently, each with its own probability.

    ``probability``: that the first feature fires. ``zipf``: feature i fires with probability p · i^−zipf (i from 1).
    ``probabilities``: one for each feature, instead; ``probability`` then multiplies them.
    ``magnitude``: what a feature is where it fires. ``importance_decay``: feature i counts decay^(i−1) in the loss.
    ``samples``: size of the data set that every replicate draws once, or 0 for fresh inputs at every step. Binary
    features up to n = 12 are summed over exactly. Source: arXiv:2209.10652, “Demonstrating Superposition”.
    """

    probability: Annotated[LikelyEnough, Field(le=1)]
    zipf: NonNegativeFloat = 0.0
    magnitude: Magnitude = "constant"
    importance_decay: Annotated[PositiveFloat, Field(le=1)] = 1.0
    samples: NonNegativeInt = 0
    probabilities: Annotated[tuple[Chance, ...], Field(min_length=1)] | None = None
    kind: Literal["bernoulli"] = field(default="bernoulli", kw_only=True, repr=False)
    added: ClassVar[tuple[str, ...]] = ("probabilities",)

    def firing_probabilities(self, n: int) -> Floats:
        """Return p · i^−zipf, or p times the probabilities that are given, (n,)."""
        if self.probabilities is None:
            return self.probability * zipf(self.zipf, n)
        if len(self.probabilities) != n:
            raise bad_argument(
                "features.probabilities", f"have one number for each of the n = {n} features", len(self.probabilities)
            )
        return self.probability * np.array(self.probabilities) * zipf(self.zipf, n)

    def mean_squares(self, n: int) -> Floats:
        """Return E x_i², (n,)."""
        return self.firing_probabilities(n) * MEAN_SQUARES[self.magnitude]

    def importance(self, n: int) -> Floats | None:
        """Return decay^(i−1), (n,), or None where all are 1."""
        return decaying(self.importance_decay, n)

    def enumerate(self, n: int) -> Batch | None:
        """Return all 2ⁿ inputs of binary features, up to n = 12."""
        return combinations(self.firing_probabilities(n)) if self.magnitude == "constant" else None

    def sample(self, generator: np.random.Generator, n: int, count: int) -> Batch:
        """Draw independent inputs, (count, n)."""
        fires = generator.random((count, n)) < self.firing_probabilities(n)
        return Batch(fires * magnitudes(self.magnitude, generator, (count, n)))
