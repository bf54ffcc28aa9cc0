"""Importance: how much each feature counts in the loss, whatever the distribution of the features."""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from polygenesis.arrays import Floats
from polygenesis.checks import NonNegativeFloat, PositiveFloat, part
from polygenesis.errors import bad_argument


@part
class Equal:
    """All features have the same importance."""

    kind: Literal["equal"] = field(default="equal", kw_only=True, repr=False)

    def of(self, n: int) -> Floats | None:
        """Return None: nothing has to be multiplied."""
        return None


@part
class Geometric:
    """The importance of feature i is ratio^(i−1), i from 1: it falls for a ratio below 1 and rises above 1.

    ``ratio``: of the importance of two neighbours. Source: arXiv:2209.10652, “Demonstrating Superposition”.
    """

    ratio: PositiveFloat
    kind: Literal["geometric"] = field(default="geometric", kw_only=True, repr=False)

    def of(self, n: int) -> Floats | None:
        """Return 1, ratio, ratio², …, (n,); refuses what leaves the range of numbers.

        >>> Geometric(0.5).of(3).tolist()
        [1.0, 0.5, 0.25]
        """
        with np.errstate(over="ignore"):
            found = np.asarray(self.ratio ** np.arange(n, dtype=np.float64))
        if not np.isfinite(found).all():
            raise bad_argument("importance.ratio", f"stay finite as ratio^{n - 1} for n = {n}", self.ratio)
        return found


@part
class Listed:
    """The importance of each feature is listed.

    ``values``: one number a feature, none negative, and not all 0.
    """

    values: tuple[NonNegativeFloat, ...]
    kind: Literal["listed"] = field(default="listed", kw_only=True, repr=False)

    def __post_init__(self) -> None:
        """Refuse a list of zeros: then there would be no loss."""
        if not any(self.values):
            raise bad_argument("importance.values", "have a number above 0", list(self.values))

    def of(self, n: int) -> Floats | None:
        """Return the values, (n,); refuses another number of them."""
        if len(self.values) != n:
            raise bad_argument(
                "importance.values", f"have one number for each of the n = {n} features", len(self.values)
            )
        return np.array(self.values)


Importance = Annotated[Equal | Geometric | Listed, Field(discriminator="kind")]
