"""Hidden noise: what is added to the hidden layer h = Wᵀx at every step of training.

Each law has mean 0 and standard deviation ``std``; its excess kurtosis decides whether it favours sparse rows
(arXiv:2312.03096, §5 and C7). Noise is drawn independently for every input, replicate and step;
``shared=True`` draws one vector for all inputs of a step instead, as the paper's published code does
(replicates stay independent).
"""

from __future__ import annotations

import math
from dataclasses import field
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from polygenesis.arrays import Floats
from polygenesis.checks import PositiveFloat, part


@part
class NoNoise:
    """No noise in the hidden layer."""

    kind: Literal["none"] = field(default="none", kw_only=True, repr=False)


@part
class Bipolar:
    """+std or −std with equal probability: excess kurtosis −2, the lowest possible.

    ``std``: standard deviation. ``shared``: whether all inputs of a step get the same noise, as in the paper's code.
    """

    std: PositiveFloat
    shared: bool = False
    kind: Literal["bipolar"] = field(default="bipolar", kw_only=True, repr=False)
    excess_kurtosis: ClassVar[float] = -2.0

    def sample(self, generator: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        """Draw noise of the given shape, float64; every sign costs one random bit."""
        count = math.prod(shape)
        packed = np.frombuffer(generator.bytes(-(-count // 8)), dtype=np.uint8)
        signs = np.unpackbits(packed, count=count).astype(np.float64)
        signs *= 2.0 * self.std
        signs -= self.std
        return signs.reshape(shape)


@part
class UniformNoise:
    """Uniform on ±√3 std: excess kurtosis −6/5.

    ``std``: standard deviation. ``shared``: whether all inputs of a step get the same noise, as in the paper's code.
    """

    std: PositiveFloat
    shared: bool = False
    kind: Literal["uniform"] = field(default="uniform", kw_only=True, repr=False)
    excess_kurtosis: ClassVar[float] = -1.2

    def sample(self, generator: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        """Draw noise of the given shape, float64."""
        width = 3.0**0.5 * self.std
        return generator.uniform(-width, width, shape)


@part
class GaussianNoise:
    """Normal with standard deviation std: excess kurtosis 0.

    ``std``: standard deviation. ``shared``: whether all inputs of a step get the same noise, as in the paper's code.
    """

    std: PositiveFloat
    shared: bool = False
    kind: Literal["gaussian"] = field(default="gaussian", kw_only=True, repr=False)
    excess_kurtosis: ClassVar[float] = 0.0

    def sample(self, generator: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        """Draw noise of the given shape, float64."""
        return generator.standard_normal(shape) * self.std


@part
class LaplaceNoise:
    """Two-sided exponential with standard deviation std: excess kurtosis +3.

    ``std``: standard deviation. ``shared``: whether all inputs of a step get the same noise, as in the paper's code.
    """

    std: PositiveFloat
    shared: bool = False
    kind: Literal["laplace"] = field(default="laplace", kw_only=True, repr=False)
    excess_kurtosis: ClassVar[float] = 3.0

    def sample(self, generator: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        """Draw noise of the given shape, float64."""
        return generator.laplace(0.0, self.std / 2.0**0.5, shape)


@part
class Dropout:
    """Dropout: each hidden unit is set to 0 with probability ``rate``, and the others are scaled by 1/(1 − rate).

    Drawn for every input, replicate and step; the mean activation stays (Srivastava et al. 2014).
    """

    rate: Annotated[PositiveFloat, Field(lt=1)]
    kind: Literal["dropout"] = field(default="dropout", kw_only=True, repr=False)
    shared: ClassVar[bool] = False
    multiplies: ClassVar[bool] = True

    def sample(self, generator: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        """Draw factors 0 or 1/(1 − rate) of the given shape, float64."""
        return (generator.random(shape) >= self.rate) / (1.0 - self.rate)


HiddenNoise = Bipolar | UniformNoise | GaussianNoise | LaplaceNoise
Noise = Annotated[
    NoNoise | Bipolar | UniformNoise | GaussianNoise | LaplaceNoise | Dropout, Field(discriminator="kind")
]
