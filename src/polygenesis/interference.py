"""Interference: between which pairs of features, and when, the force −4 ReLU(W_i·W_j) W_j acts.

Training has all of it. The other parts take some of it away from an otherwise equal process, to ask what it causes:
two specs that differ in nothing else start from the same weights. Times are in the loss's clock.
"""

from __future__ import annotations

import math
from dataclasses import field
from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from polygenesis.arrays import Booleans, Floats
from polygenesis.checks import NonNegativeFloat, PositiveFloat, PositiveInt, part
from polygenesis.errors import InputError


class Stage(NamedTuple):
    """Up to the time ``until`` (loss's clock) only pairs in ``kept`` (n, n) interfere; None: all pairs do."""

    until: float
    kept: Booleans | None


@part
class FullInterference:
    """Every pair of features interferes, as in the loss (arXiv:2312.03096, §2)."""

    kind: Literal["full"] = field(default="full", kw_only=True, repr=False)

    def stages(self, start: Floats) -> tuple[Stage, ...]:
        """One stage without end in which all pairs of ``start`` (n, m) interfere."""
        return (Stage(math.inf, None),)


@part
class NoInterference:
    """No pair interferes from the time ``since`` until the time ``until`` (by default to the end); all do otherwise."""

    until: PositiveFloat | None = None
    since: NonNegativeFloat = 0.0
    kind: Literal["none"] = field(default="none", kw_only=True, repr=False)

    def __post_init__(self) -> None:
        """Refuse a time without interference that ends before it begins."""
        if self.until is not None and self.since >= self.until:
            raise InputError(f"Argument `since` must be less than `until` = {self.until:g}, but is {self.since:g}.")

    def stages(self, start: Floats) -> tuple[Stage, ...]:
        """With interference up to ``since``, without until ``until``, with it again; ``start`` is (n, m)."""
        nobody = np.zeros((len(start), len(start)), dtype=bool)
        ends = math.inf if self.until is None else self.until
        found = (Stage(self.since, None), Stage(ends, nobody), Stage(math.inf, None))
        last = 2 if self.until is None else 3
        return found[0 if self.since > 0 else 1 : last]


@part
class SameSignOnly:
    """Only features that lead on one neuron with the same sign at the start interfere: malign collisions alone.

    A feature leads where its weight is largest in magnitude. The pairs are fixed by the initial weights: features that
    come to share a neuron later do not feel each other.
    """

    kind: Literal["same-sign-only"] = field(default="same-sign-only", kw_only=True, repr=False)

    def stages(self, start: Floats) -> tuple[Stage, ...]:
        """One stage without end; ``start`` is (n, m)."""
        return (Stage(math.inf, same_sign_pairs(start)),)


@part
class SameSignOff:
    """All pairs of features interfere except those that lead on one neuron with the same sign at the start."""

    kind: Literal["same-sign-off"] = field(default="same-sign-off", kw_only=True, repr=False)

    def stages(self, start: Floats) -> tuple[Stage, ...]:
        """One stage without end; ``start`` is (n, m)."""
        return (Stage(math.inf, ~same_sign_pairs(start)),)


@part
class WithinContexts:
    """Only features of one context interfere: the loss counts only the outputs of the input's context.

    ``contexts``: how many groups of n/contexts consecutive features there are. With one-hot inputs the outputs of other
    contexts are not looked at, so that features of two contexts never meet (docs/theory.md, Contexts 1).
    """

    contexts: PositiveInt
    kind: Literal["within-contexts"] = field(default="within-contexts", kw_only=True, repr=False)

    def stages(self, start: Floats) -> tuple[Stage, ...]:
        """One stage without end; ``start`` is (n, m), and n must be a multiple of the contexts."""
        if len(start) % self.contexts:
            raise InputError(f"Argument `interference.contexts` must divide n = {len(start)}, but is {self.contexts}.")
        context = np.arange(len(start)) // (len(start) // self.contexts)
        pairs = context[:, None] == context[None, :]
        np.fill_diagonal(pairs, False)
        return (Stage(math.inf, pairs),)


def same_sign_pairs(weights: Floats) -> Booleans:
    """Which pairs of features lead on one neuron with the same sign, (n, n), from weights (n, m); none with itself."""
    neuron = np.abs(weights).argmax(axis=1)
    positive = weights[np.arange(len(weights)), neuron] > 0
    slot = 2 * neuron + positive
    pairs = slot[:, None] == slot[None, :]
    np.fill_diagonal(pairs, False)
    return np.asarray(pairs)


Interference = Annotated[
    FullInterference | NoInterference | SameSignOnly | SameSignOff | WithinContexts, Field(discriminator="kind")
]
