"""Targets of one feature each: the input itself, its absolute value, and itself plus its positive part."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

import numpy as np

from polygenesis.arrays import Floats, Integers
from polygenesis.checks import part


class Elementwise:
    """What targets with one output a feature share."""

    def outputs(self, n: int) -> int:
        """Return n."""
        return n

    def classes(self, n: int) -> int:
        """Return 0: the answers are numbers."""
        return 0

    def labels(self, inputs: Floats) -> Integers | None:
        """Return None: the answers are numbers."""
        return None

    def importance(self, importance: Floats) -> Floats:
        """Return that of the features."""
        return importance


@part
class Inputs(Elementwise):
    """The inputs themselves: the network is an autoencoder (arXiv:2209.10652; arXiv:2312.03096, §2)."""

    kind: Literal["inputs"] = field(default="inputs", kw_only=True, repr=False)

    def answers(self, inputs: Floats) -> Floats:
        """Return x, (b, n)."""
        return inputs


@part
class Absolute(Elementwise):
    """The absolute value |x_i| of every feature: computation in superposition (arXiv:2209.10652)."""

    kind: Literal["absolute"] = field(default="absolute", kw_only=True, repr=False)

    def answers(self, inputs: Floats) -> Floats:
        """Return |x|, (b, n)."""
        return np.abs(inputs)


@part
class PlusRelu(Elementwise):
    """The feature and its positive part, x_i + ReLU(x_i): what a residual layer computes."""

    kind: Literal["plus-relu"] = field(default="plus-relu", kw_only=True, repr=False)

    def answers(self, inputs: Floats) -> Floats:
        """Return x + ReLU(x), (b, n)."""
        return np.asarray(inputs + np.maximum(inputs, 0))
