"""Contexts: groups of features that never occur together."""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from polygenesis.arrays import Floats
from polygenesis.checks import NonNegativeInt, PositiveInt, part
from polygenesis.errors import InputError
from polygenesis.features.base import LARGEST, MEAN_SQUARES, Batch, LikelyEnough, Magnitude, combinations, magnitudes


@part
class Contexts:
    """Mutually exclusive groups of features: each input belongs to one context, whose features fire independently.

    ``contexts``: how many groups of n/contexts consecutive features there are, all equally likely. ``probability``:
    that a feature fires in its context. ``masked``: whether the loss looks only at the outputs of the context that the
    input is of, as a reader does who knows the context; otherwise the others must stay silent. ``magnitude``: what a
    feature is where it fires. ``samples``: size of the data set that every replicate draws once, or 0 for fresh
    inputs at every step.
    """

    contexts: PositiveInt = 2
    probability: Annotated[LikelyEnough, Field(le=1)] = 0.1
    masked: bool = False
    magnitude: Magnitude = "constant"
    samples: NonNegativeInt = 0
    kind: Literal["contexts"] = field(default="contexts", kw_only=True, repr=False)

    def firing_probabilities(self, n: int) -> Floats:
        """Return p/contexts for every feature."""
        self._size(n)
        return np.full(n, self.probability / self.contexts)

    def mean_squares(self, n: int) -> Floats:
        """Return E x_i², (n,)."""
        return self.firing_probabilities(n) * MEAN_SQUARES[self.magnitude]

    def importance(self, n: int) -> Floats | None:
        """All features are equally important."""
        return None

    def enumerate(self, n: int) -> Batch | None:
        """Return all inputs of binary features, context by context."""
        size = self._size(n)
        inside = combinations(np.full(size, self.probability)) if self.magnitude == "constant" else None
        if inside is None or inside.probabilities is None or self.contexts * len(inside.inputs) > LARGEST:
            return None
        inputs, relevance = np.zeros((2, self.contexts, len(inside.inputs), n))
        for c in range(self.contexts):
            inputs[c, :, c * size : (c + 1) * size] = inside.inputs
            relevance[c, :, c * size : (c + 1) * size] = 1
        chances = np.tile(inside.probabilities / self.contexts, self.contexts)
        return Batch(inputs.reshape(-1, n), chances, relevance.reshape(-1, n) if self.masked else None)

    def sample(self, generator: np.random.Generator, n: int, count: int) -> Batch:
        """Draw independent inputs, (count, n)."""
        chosen = generator.integers(self.contexts, size=count)
        inside = (np.arange(n) // self._size(n) == chosen[:, None]).astype(np.float64)
        fires = (generator.random((count, n)) < self.probability) * inside
        inputs = fires * magnitudes(self.magnitude, generator, (count, n))
        return Batch(inputs, relevance=inside if self.masked else None)

    def _size(self, n: int) -> int:
        if n % self.contexts:
            raise InputError(f"Argument `features.contexts` must divide n = {n}, but is {self.contexts}.")
        return n // self.contexts
