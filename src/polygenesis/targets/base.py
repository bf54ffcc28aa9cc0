"""What every target says of itself: which answers a network is to give to its inputs.

The loss is L = n · E Σ_j a_j (y_j − t_j)² / E Σ_j x_j², expected per expected firing of an input feature
(``features.base``), or the mean cross-entropy where the answers are classes.
"""

from __future__ import annotations

from typing import Protocol

from polygenesis.arrays import Floats, Integers
from polygenesis.errors import InputError


class GeneralTarget(Protocol):
    """What a target must have to be trained for by the general engine."""

    @property
    def kind(self) -> str:
        """Its name in spec files."""

    def outputs(self, n: int) -> int:
        """Return how many outputs a model of n inputs needs; refuses an n that does not fit."""

    def classes(self, n: int) -> int:
        """Return the number of classes, or 0 where the answers are numbers."""

    def answers(self, inputs: Floats) -> Floats:
        """Return the wanted outputs of inputs (b, n), (b, outputs)."""

    def labels(self, inputs: Floats) -> Integers | None:
        """Return the class of each input, (b,), or None where the answers are numbers."""

    def importance(self, importance: Floats) -> Floats:
        """Return how much each output counts, (outputs,), where inputs count ``importance``, (n,)."""


def pairs_of(n: int, kind: str) -> int:
    """Return n/2, or say that features do not pair off."""
    if n % 2:
        raise InputError(f"Argument `model.n` must be even for target {kind!r}, which pairs features, but is {n}.")
    return n // 2
