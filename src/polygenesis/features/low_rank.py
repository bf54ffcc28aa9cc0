"""Features whose firings are correlated through a few common causes."""

from __future__ import annotations

import functools
from dataclasses import field
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from polygenesis import seeds
from polygenesis.arrays import Floats
from polygenesis.checks import NonNegativeFloat, NonNegativeInt, PositiveInt, part
from polygenesis.errors import bad_argument
from polygenesis.features.base import MEAN_SQUARES, Batch, LikelyEnough, Magnitude, magnitudes


@part
class LowRank:
    """Features that fire if a normal variable is below a threshold; the variables have correlations of low rank.

    z_i = √s f_i·u + √(1 − s) e_i with ``rank`` common causes u, directions f_i of norm 1 drawn once from ``pattern``,
    and e_i of its own; feature i fires where z_i < Φ⁻¹(p). ``probability``: p of every feature. ``rank``: number of
    common causes. ``strength``: s, the share of the variance that they have. ``pattern``: number of the draw of the
    f_i; the same for all replicates and seeds. ``magnitude``: what a feature is where it fires. ``samples``: size of
    the data set that every replicate draws once, or 0 for fresh inputs at every step.
    """

    probability: Annotated[LikelyEnough, Field(lt=1)]
    rank: PositiveInt = 2
    strength: Annotated[NonNegativeFloat, Field(le=1)] = 0.5
    pattern: NonNegativeInt = 0
    magnitude: Magnitude = "constant"
    samples: NonNegativeInt = 0
    kind: Literal["low-rank"] = field(default="low-rank", kw_only=True, repr=False)

    def correlation(self, n: int) -> Floats:
        """Return the correlations of the normal variables, (n, n).

        Args:
            n: number of features.
        """
        directions = _directions(n, self.rank, self.pattern)
        found = self.strength * directions @ directions.T
        np.fill_diagonal(found, 1.0)
        return found

    def firing_probabilities(self, n: int) -> Floats:
        """Return p for every feature, (n,); refuses more causes than features."""
        if self.rank > n:
            raise bad_argument("features.rank", f"be at most n = {n}", self.rank)
        return np.full(n, self.probability)

    def mean_squares(self, n: int) -> Floats:
        """Return E x_i², (n,)."""
        return self.firing_probabilities(n) * MEAN_SQUARES[self.magnitude]

    def importance(self, n: int) -> Floats | None:
        """All features are equally important."""
        return None

    def enumerate(self, n: int) -> Batch | None:
        """The probabilities of whole inputs have no closed form."""
        return None

    def sample(self, generator: np.random.Generator, n: int, count: int) -> Batch:
        """Draw independent inputs, (count, n)."""
        from scipy.special import ndtri

        common = generator.standard_normal((count, self.rank)) @ _directions(n, self.rank, self.pattern).T
        own = generator.standard_normal((count, n))
        fires = self.strength**0.5 * common + (1 - self.strength) ** 0.5 * own < ndtri(self.probability)
        return Batch(fires * magnitudes(self.magnitude, generator, (count, n)))


@functools.lru_cache(maxsize=8)
def _directions(n: int, rank: int, pattern: int) -> Floats:
    found = seeds.generator(pattern, "low-rank", "directions").standard_normal((n, rank))
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True))
