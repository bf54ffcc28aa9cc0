"""Initial weights: the laws from which training starts."""

from __future__ import annotations

import math
from dataclasses import field
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from polygenesis.arrays import Floats
from polygenesis.checks import PositiveFloat, part


@part
class Gaussian:
    """Independent normal weights, W_ik ~ N(0, std²); ``std`` defaults to 1/√m (arXiv:2312.03096, §2)."""

    std: PositiveFloat | None = None
    kind: Literal["gaussian"] = field(default="gaussian", kw_only=True, repr=False)

    def scale(self, n: int, m: int) -> float:
        """Return the standard deviation of one weight."""
        return self.std if self.std is not None else m**-0.5

    def sample(self, generator: np.random.Generator, n: int, m: int) -> Floats:
        """Draw one replicate's weights, shape (n, m), float64."""
        return generator.standard_normal((n, m)) * self.scale(n, m)


@part
class Xavier:
    """Glorot's initial weights: variance 2 gain²/(n + m), normal or uniform (Glorot and Bengio 2010)."""

    gain: PositiveFloat = 1.0
    law: Literal["normal", "uniform"] = "normal"
    kind: Literal["xavier"] = field(default="xavier", kw_only=True, repr=False)

    def scale(self, n: int, m: int) -> float:
        """Return the standard deviation of one weight."""
        return self.gain * math.sqrt(2.0 / (n + m))

    def sample(self, generator: np.random.Generator, n: int, m: int) -> Floats:
        """Draw one replicate's weights, shape (n, m), float64."""
        scale = self.scale(n, m)
        if self.law == "normal":
            return generator.standard_normal((n, m)) * scale
        width = scale * 3.0**0.5
        return generator.uniform(-width, width, (n, m))


Initial = Annotated[Gaussian | Xavier, Field(discriminator="kind")]
