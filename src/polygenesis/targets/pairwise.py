"""Targets of two features each: products and exclusive or of the pairs (1, 2), (3, 4), …"""

from __future__ import annotations

from dataclasses import field
from typing import Literal

import numpy as np

from polygenesis.arrays import Floats, Integers
from polygenesis.checks import part
from polygenesis.targets.base import pairs_of


class Pairwise:
    """What targets with one output a pair of features share."""

    kind: str

    def outputs(self, n: int) -> int:
        """Return n/2; refuses an odd n."""
        return pairs_of(n, self.kind)

    def classes(self, n: int) -> int:
        """Return 0: the answers are numbers."""
        return 0

    def labels(self, inputs: Floats) -> Integers | None:
        """Return None: the answers are numbers."""
        return None

    def importance(self, importance: Floats) -> Floats:
        """Return the product of both features' importance, (n/2,)."""
        return np.asarray(importance[0::2] * importance[1::2])


@part
class Products(Pairwise):
    """The product x_1 x_2, x_3 x_4, … of each pair of neighbours; for binary features it is AND."""

    kind: Literal["products"] = field(default="products", kw_only=True, repr=False)

    def answers(self, inputs: Floats) -> Floats:
        """Return x_{2p−1} x_{2p}, (b, n/2).

        >>> Products().answers(np.array([[2.0, 3.0, 0.0, 1.0]])).tolist()
        [[6.0, 0.0]]
        """
        return np.asarray(inputs[..., 0::2] * inputs[..., 1::2])


@part
class Xor(Pairwise):
    """The exclusive or of each pair of neighbours: 1 where exactly one of the two features is not zero."""

    kind: Literal["xor"] = field(default="xor", kw_only=True, repr=False)

    def answers(self, inputs: Floats) -> Floats:
        """Return 1 where one of the pair fires alone, else 0; (b, n/2)."""
        fires = inputs != 0
        return np.asarray(fires[..., 0::2] != fires[..., 1::2]).astype(np.float64)
