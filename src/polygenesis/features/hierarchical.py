"""Hierarchical features: a child occurs only where its parent does."""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from polygenesis.arrays import Floats
from polygenesis.checks import NonNegativeInt, PositiveFloat, PositiveInt, part
from polygenesis.features.base import LARGEST, MEAN_SQUARES, Batch, LikelyEnough, Magnitude, groups_of, magnitudes


@part
class Hierarchical:
    """Families of a parent and its children: children fire only if their parent fires.

    Each family is 1 + ``children`` consecutive features, the parent first. ``probability``: that a parent fires.
    ``child_probability``: that a child fires where its parent does; with ``exclusive``, that any one does, each equally
    likely and never two. ``magnitude``: what a feature is where it fires. ``samples``: size of the data set that every
    replicate draws once, or 0 for fresh inputs at every step. Binary features up to 4096 inputs are summed over
    exactly.
    """

    probability: Annotated[LikelyEnough, Field(le=1)]
    children: PositiveInt = 1
    child_probability: Annotated[PositiveFloat, Field(le=1)] = 0.5
    exclusive: bool = False
    magnitude: Magnitude = "constant"
    samples: NonNegativeInt = 0
    kind: Literal["hierarchical"] = field(default="hierarchical", kw_only=True, repr=False)

    @property
    def hierarchy(self) -> tuple[tuple[int, float], ...]:
        """Of one family: each member's parent within the family (−1: none) and its probability given the parent."""
        share = self.child_probability / (self.children if self.exclusive else 1)
        return ((-1, self.probability), *((0, share) for _ in range(self.children)))

    def firing_probabilities(self, n: int) -> Floats:
        """Return p for parents and p times the child's for children, (n,)."""
        families = groups_of(1 + self.children, n, "a parent and its children")
        family = [given if parent < 0 else self.probability * given for parent, given in self.hierarchy]
        return np.tile(family, families)

    def mean_squares(self, n: int) -> Floats:
        """Return E x_i², (n,)."""
        return self.firing_probabilities(n) * MEAN_SQUARES[self.magnitude]

    def importance(self, n: int) -> Floats | None:
        """All features are equally important."""
        return None

    def enumerate(self, n: int) -> Batch | None:
        """Return all inputs of binary features where there are at most 4096."""
        families = groups_of(1 + self.children, n, "a parent and its children")
        if self.magnitude != "constant" or families >= LARGEST.bit_length():  # each can be there or not
            return None
        members, chances = self._family()
        if len(members) ** families > LARGEST:
            return None
        which = np.stack(np.meshgrid(*[np.arange(len(members))] * families, indexing="ij"), axis=-1)
        which = which.reshape(-1, families)
        return Batch(members[which].reshape(len(which), n), chances[which].prod(axis=1))

    def sample(self, generator: np.random.Generator, n: int, count: int) -> Batch:
        """Draw independent inputs, (count, n)."""
        families = groups_of(1 + self.children, n, "a parent and its children")
        fires = np.zeros((count, families, 1 + self.children))
        fires[..., 0] = generator.random((count, families)) < self.probability
        if self.exclusive:
            draws = generator.random((count, families, 1)) * self.children / self.child_probability
            fires[..., 1:] = np.floor(draws) == np.arange(self.children)
        else:
            fires[..., 1:] = generator.random((count, families, self.children)) < self.child_probability
        fires[..., 1:] *= fires[..., :1]
        return Batch(fires.reshape(count, n) * magnitudes(self.magnitude, generator, (count, n)))

    def _family(self) -> tuple[Floats, Floats]:
        """Return what one family can be, (states, 1 + children), and how likely each is."""
        p, q, size = self.probability, self.child_probability, self.children
        if self.exclusive:
            children = np.vstack([np.zeros(size), np.eye(size)])
            given = np.array([1 - q, *[q / size] * size])
        else:
            if size > 12:
                return np.zeros((LARGEST + 1, 1 + size)), np.zeros(LARGEST + 1)  # too many to list
            children = ((np.arange(2**size)[:, None] >> np.arange(size)) & 1).astype(np.float64)
            given = np.where(children == 1, q, 1 - q).prod(axis=1)
        states = np.vstack([np.zeros(1 + size), np.hstack([np.ones((len(children), 1)), children])])
        chances = np.concatenate([[1 - p], p * given])
        return states[chances > 0], chances[chances > 0]
