"""Initial weights: the laws from which training starts."""

from __future__ import annotations

import math
from dataclasses import field
from typing import Annotated, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from polygenesis.arrays import Floats
from polygenesis.checks import PositiveFloat, PositiveInt, part, real
from polygenesis.errors import bad_argument


@part
class Gaussian:
    """Independent normal weights, W_ik ~ N(0, std²) (arXiv:2312.03096, §2).

    ``std``: standard deviation of one weight; by default 1/√m.
    """

    std: PositiveFloat | None = None
    kind: Literal["gaussian"] = field(default="gaussian", kw_only=True, repr=False)

    def scale(self, n: int, m: int) -> float:
        """Return the standard deviation of one weight.

        Args:
            n: number of features; it has no effect.
            m: number of neurons.
        """
        return _std(self.std, m)

    def sample(self, generator: np.random.Generator, n: int, m: int) -> Floats:
        """Draw one replicate's weights, shape (n, m), float64."""
        return generator.standard_normal((n, m)) * self.scale(n, m)


@part
class Xavier:
    """Glorot's initial weights: variance 2 gain²/(n + m), normal or uniform (Glorot and Bengio 2010).

    ``gain``: factor of the standard deviation. ``law``: the distribution.
    """

    gain: PositiveFloat = 1.0
    law: Literal["normal", "uniform"] = "normal"
    kind: Literal["xavier"] = field(default="xavier", kw_only=True, repr=False)

    def scale(self, n: int, m: int) -> float:
        """Return the standard deviation of one weight.

        Args:
            n: number of features.
            m: number of neurons.
        """
        return self.gain * math.sqrt(2.0 / (n + m))

    def sample(self, generator: np.random.Generator, n: int, m: int) -> Floats:
        """Draw one replicate's weights, shape (n, m), float64."""
        scale = self.scale(n, m)
        if self.law == "normal":
            return generator.standard_normal((n, m)) * scale
        width = scale * 3.0**0.5
        return generator.uniform(-width, width, (n, m))


@part
class Uniform:
    """Independent uniform weights on ±√3 std; ``std`` defaults to 1/√m."""

    std: PositiveFloat | None = None
    kind: Literal["uniform"] = field(default="uniform", kw_only=True, repr=False)

    def sample(self, generator: np.random.Generator, n: int, m: int) -> Floats:
        """Draw one replicate's weights, shape (n, m), float64."""
        width = math.sqrt(3.0) * _std(self.std, m)
        return generator.uniform(-width, width, (n, m))


@part
class Rademacher:
    """Independent signs, ±std with equal probability; ``std`` defaults to 1/√m. No weight leads at the start."""

    std: PositiveFloat | None = None
    kind: Literal["rademacher"] = field(default="rademacher", kw_only=True, repr=False)

    def sample(self, generator: np.random.Generator, n: int, m: int) -> Floats:
        """Draw one replicate's weights, shape (n, m), float64."""
        return generator.choice(np.array([-1.0, 1.0]), (n, m)) * _std(self.std, m)


@part
class Laplace:
    """Independent two-sided exponential weights; ``std`` defaults to 1/√m. Tails fall as exp(−√2 |w|/std)."""

    std: PositiveFloat | None = None
    kind: Literal["laplace"] = field(default="laplace", kw_only=True, repr=False)

    def sample(self, generator: np.random.Generator, n: int, m: int) -> Floats:
        """Draw one replicate's weights, shape (n, m), float64."""
        return generator.laplace(0.0, _std(self.std, m) / math.sqrt(2.0), (n, m))


@part
class StudentT:
    """Independent weights of Student's t law, scaled to the standard deviation ``std`` (default 1/√m).

    ``freedom`` above 2, so that there is a standard deviation; small values give single weights far ahead of the rest.
    """

    freedom: Annotated[PositiveFloat, Field(gt=2)] = 3.0
    std: PositiveFloat | None = None
    kind: Literal["student-t"] = field(default="student-t", kw_only=True, repr=False)

    def sample(self, generator: np.random.Generator, n: int, m: int) -> Floats:
        """Draw one replicate's weights, shape (n, m), float64."""
        unit = math.sqrt((self.freedom - 2.0) / self.freedom)
        return generator.standard_t(self.freedom, (n, m)) * (unit * _std(self.std, m))


@part
class SparseGaussian:
    """Normal weights of which only a share ``density`` is nonzero; rows keep the squared norm of a dense start.

    ``std``: standard deviation of the dense start; by default 1/√m.
    """

    density: Annotated[PositiveFloat, Field(le=1)] = 0.1
    std: PositiveFloat | None = None
    kind: Literal["sparse-gaussian"] = field(default="sparse-gaussian", kw_only=True, repr=False)

    def sample(self, generator: np.random.Generator, n: int, m: int) -> Floats:
        """Draw one replicate's weights, shape (n, m), float64."""
        kept = generator.random((n, m)) < self.density
        return generator.standard_normal((n, m)) * kept * (_std(self.std, m) / math.sqrt(self.density))


@part
class Kaiming:
    """He's initial weights for a layer with fan-in m: normal with variance gain²/m, gain √2 (arXiv:1502.01852)."""

    gain: PositiveFloat = math.sqrt(2.0)
    kind: Literal["kaiming"] = field(default="kaiming", kw_only=True, repr=False)

    def sample(self, generator: np.random.Generator, n: int, m: int) -> Floats:
        """Draw one replicate's weights, shape (n, m), float64."""
        return generator.standard_normal((n, m)) * (self.gain / math.sqrt(m))


@part
class Orthogonal:
    """Orthogonal rows of norm ``gain``, uniformly distributed: no two features overlap at the start; needs m ≥ n.

    For m < n the columns are orthogonal instead, with the same mean squared norm of a row.
    """

    gain: PositiveFloat = 1.0
    kind: Literal["orthogonal"] = field(default="orthogonal", kw_only=True, repr=False)

    def sample(self, generator: np.random.Generator, n: int, m: int) -> Floats:
        """Draw one replicate's weights, shape (n, m), float64."""
        basis, triangle = np.linalg.qr(generator.standard_normal((max(n, m), min(n, m))))
        columns = basis * np.sign(np.diagonal(triangle))  # makes the law uniform (Haar)
        weights: Floats = columns.T if n <= m else columns * math.sqrt(n / m)
        return np.ascontiguousarray(weights) * self.gain


@part
class UnequalRows:
    """Normal rows of unequal size: row i has standard deviation std · exp(spread · z_i − spread²), z_i normal.

    The mean squared norm is that of equal rows; ``std`` defaults to 1/√m.
    """

    spread: PositiveFloat = 0.5
    std: PositiveFloat | None = None
    kind: Literal["unequal-rows"] = field(default="unequal-rows", kw_only=True, repr=False)

    def sample(self, generator: np.random.Generator, n: int, m: int) -> Floats:
        """Draw one replicate's weights, shape (n, m), float64."""
        sizes = np.exp(self.spread * generator.standard_normal((n, 1)) - self.spread**2)
        return generator.standard_normal((n, m)) * sizes * _std(self.std, m)


@part
class RelatedRows:
    """Normal rows, correlated between features 2p and 2p + 1 for the first ``pairs`` p, as for similar inputs.

    ``correlation`` from −1 to 1 is that of the two features' weights to every neuron; opposite rows (below 0) lead to
    neurons that both can share. Every row is normal with standard deviation ``std`` (default 1/√m).
    """

    pairs: PositiveInt
    correlation: Annotated[float, BeforeValidator(real), Field(ge=-1, le=1)] = -0.9
    std: PositiveFloat | None = None
    kind: Literal["related-rows"] = field(default="related-rows", kw_only=True, repr=False)

    def check(self, n: int, m: int) -> None:
        """Refuse more pairs than n rows hold.

        Args:
            n: number of rows.
            m: number of columns; it has no effect.

        Raises:
            polygenesis.InputError: where 2 × ``pairs`` is above n.
        """
        if 2 * self.pairs > n:
            raise bad_argument("initial.pairs", f"be at most {n // 2}, half of a matrix's {n} rows", self.pairs)

    def sample(self, generator: np.random.Generator, n: int, m: int) -> Floats:
        """Draw one replicate's weights, shape (n, m), float64."""
        self.check(n, m)
        rows = generator.standard_normal((n, m))
        first, second = rows[0 : 2 * self.pairs : 2], rows[1 : 2 * self.pairs : 2]
        second[:] = self.correlation * first + math.sqrt(1 - self.correlation**2) * second
        return rows * _std(self.std, m)


@part
class Assigned:
    """Normal weights in which every feature's largest weight is on a neuron of its own.

    In each row the largest weight changes places with the one at the feature's own neuron, and is multiplied by
    ``lead``; own neurons are dealt at random, evenly where m < n. With ``lead`` = 1 every row has the values that it
    would have had, only where they stand is changed. ``std`` defaults to 1/√m.
    """

    lead: PositiveFloat = 2.0
    std: PositiveFloat | None = None
    kind: Literal["assigned"] = field(default="assigned", kw_only=True, repr=False)

    def sample(self, generator: np.random.Generator, n: int, m: int) -> Floats:
        """Draw one replicate's weights, shape (n, m), float64."""
        weights: Floats = generator.standard_normal((n, m)) * _std(self.std, m)
        rows, own = np.arange(n), np.resize(generator.permutation(m), n)
        top = np.abs(weights).argmax(axis=1)
        largest = weights[rows, top]
        weights[rows, top] = weights[rows, own]
        weights[rows, own] = self.lead * largest
        return weights


def _std(std: float | None, m: int) -> float:
    return std if std is not None else m**-0.5


Initial = Annotated[
    Gaussian
    | Xavier
    | Uniform
    | Rademacher
    | Laplace
    | StudentT
    | SparseGaussian
    | Kaiming
    | Orthogonal
    | UnequalRows
    | RelatedRows
    | Assigned,
    Field(discriminator="kind"),
]
