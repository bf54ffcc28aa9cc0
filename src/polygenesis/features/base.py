"""What every distribution of features says of itself.

Names follow SAELens' synthetic module where it has them (``firing_probabilities``, ``hierarchy``, ``correlation``).

**The loss** is expected per expected firing of a feature: with importance a_j of feature j and E over inputs x,

    L = n · E Σ_j a_j (y_j − x_j)² / E Σ_j x_j².

It is n for a network that answers 0 to everything (a_j = 1). For one-hot features E‖x‖² = 1, so that L is the paper's
Σ_i ‖y(e_i) − e_i‖² exactly; for features that fire independently with probability p it tends to that as p → 0, since
then an input with one firing has probability p (1 + O(np)), E‖x‖² = np, and n p / (n p) = 1. A magnitude scales both
sides: a network without biases has the same loss for one-hot features of any magnitudes. So one λ means the same
pressure for all distributions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal, Protocol

import numpy as np
from pydantic import BeforeValidator, Field

from polygenesis.arrays import Floats, Integers
from polygenesis.checks import real
from polygenesis.errors import InputError

LARGEST = 4096
"""Most inputs over which an expectation is taken exactly; more are sampled."""

LikelyEnough = Annotated[float, BeforeValidator(real), Field(ge=1e-12)]
"""A probability that is not zero: the loss is divided by it, and by one of 1e-320 it would be infinite."""

Chance = Annotated[float, BeforeValidator(real), Field(ge=1e-12, le=1)]
"""A probability of one of many features, none of which is never there."""

Magnitude = Literal["constant", "uniform", "exponential", "half-normal", "symmetric"]
"""What a feature is where it fires: 1, uniform on [0, 1], exponential of mean 1, |N(0, 1)|, or uniform on [−1, 1]."""

MEAN_SQUARES: dict[str, float] = {
    "constant": 1.0,
    "uniform": 1 / 3,
    "exponential": 2.0,
    "half-normal": 1.0,
    "symmetric": 1 / 3,
}
"""E x² of a feature that fires."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Inputs (b, n) and what is known of them.

    ``probabilities`` (b,), or None where all inputs are equally likely. ``relevance`` (b, n): how much each output
    counts at each input, or None where all do. ``labels`` (b,): the class of each input, or None.
    """

    inputs: Floats
    probabilities: Floats | None = None
    relevance: Floats | None = None
    labels: Integers | None = None


class GeneralFeatures(Protocol):
    """What a distribution must have to be used by the general engine."""

    @property
    def kind(self) -> str:
        """Its name in spec files."""

    @property
    def samples(self) -> int:
        """Size of the data set that every replicate draws once, or 0 for fresh inputs at every step."""

    def firing_probabilities(self, n: int) -> Floats:
        """Return the probability that each feature is not zero, (n,)."""

    def mean_squares(self, n: int) -> Floats:
        """Return E x_i², (n,)."""

    def importance(self, n: int) -> Floats | None:
        """Return a_j, (n,), or None where all are 1."""

    def enumerate(self, n: int) -> Batch | None:
        """Return every input with its probability, or None where there are too many."""

    def sample(self, generator: np.random.Generator, n: int, count: int) -> Batch:
        """Draw independent inputs, (count, n)."""


def magnitudes(law: Magnitude, generator: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Draw how large features are where they fire; 1 for the constant law."""
    match law:
        case "uniform":
            return generator.random(shape)
        case "exponential":
            return generator.standard_exponential(shape)
        case "half-normal":
            return np.abs(generator.standard_normal(shape))
        case "symmetric":
            return 2 * generator.random(shape) - 1
    return 1.0


def zipf(exponent: float, n: int) -> Floats:
    """Return 1, 2^−exponent, …, n^−exponent."""
    return np.asarray(np.arange(1, n + 1, dtype=np.float64) ** -exponent)


def decaying(decay: float, n: int) -> Floats | None:
    """Return importance 1, decay, decay², … (n,), or None where all are 1."""
    return None if decay == 1 else np.asarray(decay ** np.arange(n))


def combinations(probabilities: Floats) -> Batch | None:
    """Enumerate independent features, (2ⁿ, n), leaving out inputs of probability 0; None for too many."""
    n = len(probabilities)
    if n >= LARGEST.bit_length():  # 2**n itself may have a billion digits
        return None
    inputs = ((np.arange(2**n)[:, None] >> np.arange(n)) & 1).astype(np.float64)
    chances = np.where(inputs == 1, probabilities, 1 - probabilities).prod(axis=1)
    return Batch(inputs[chances > 0], chances[chances > 0])


def states(blocks: int, inside: Batch) -> Batch | None:
    """Enumerate independent blocks of features that each are as ``inside`` says; None for too many inputs."""
    size, width = inside.inputs.shape
    if size ** min(blocks, LARGEST.bit_length()) > LARGEST:
        return None
    assert inside.probabilities is not None
    which = np.stack(np.meshgrid(*[np.arange(size)] * blocks, indexing="ij"), axis=-1).reshape(-1, blocks)
    chances = inside.probabilities[which].prod(axis=1)
    inputs = inside.inputs[which].reshape(len(which), blocks * width)
    return Batch(inputs[chances > 0], chances[chances > 0])


def groups_of(size: int, n: int, name: str) -> int:
    """Return how many groups of a size there are in n features, or say that they do not fit."""
    if n % size:
        raise InputError(f"Argument `model.n` must be a multiple of {size} ({name}), but is {n}.")
    return n // size
