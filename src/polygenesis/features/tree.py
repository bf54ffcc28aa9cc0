"""Hierarchies of any depth: a feature fires only where its parent does."""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from polygenesis.arrays import Floats, Integers
from polygenesis.checks import NonNegativeInt, PositiveFloat, PositiveInt, part
from polygenesis.errors import bad_argument
from polygenesis.features.base import (
    LARGEST,
    MEAN_SQUARES,
    Batch,
    LikelyEnough,
    Magnitude,
    groups_of,
    magnitudes,
    states,
)

MOST, MOST_LISTED = 10_000, 64
"""More members of a tree than the first are a mistake; what those of a tree with more than the second can be is not
listed."""


@part
class Tree:
    """Trees of features: a root, its children, their children, …; each fires only if its parent fires.

    ``probability``: that a root fires. ``children``: how many children every feature of each level has: [3, 2] is a
    root with 3 children of 2 children each, 10 features, parents before their children. ``child_probability``: that a
    child fires where its parent does; with ``exclusive``, that any one of the children does, each equally likely and
    never two. ``magnitude``: what a feature is where it fires. ``samples``: size of the data set that every replicate
    draws once, or 0 for fresh inputs at every step. Binary features up to 4096 inputs are summed over exactly.
    """

    probability: Annotated[LikelyEnough, Field(le=1)]
    children: Annotated[tuple[PositiveInt, ...], Field(min_length=1)] = (2, 2)
    child_probability: Annotated[PositiveFloat, Field(le=1)] = 0.5
    exclusive: bool = False
    magnitude: Magnitude = "constant"
    samples: NonNegativeInt = 0
    kind: Literal["tree"] = field(default="tree", kw_only=True, repr=False)

    def __post_init__(self) -> None:
        """Refuse trees that no memory holds."""
        members, level = 1, 1
        for count in self.children:
            level *= count
            members += level
            if members > MOST:
                raise bad_argument(
                    "features.children", f"make a tree of at most {MOST:,} features", list(self.children)
                )

    @property
    def parents(self) -> Integers:
        """The parent of each member of a tree, by its place in the tree; −1 for the root.

        >>> Tree(0.5, children=(2, 1)).parents.tolist()
        [-1, 0, 0, 1, 2]
        """
        found, level = [-1], [0]
        for count in self.children:
            found += [parent for parent in level for _ in range(count)]
            level = list(range(len(found) - len(level) * count, len(found)))
        return np.array(found)

    def firing_probabilities(self, n: int) -> Floats:
        """Return p for roots, p times the child's for children, and so on, (n,)."""
        trees, parents = self._trees(n), self.parents
        given, found = self._given(), np.empty(len(parents))
        for each, parent in enumerate(parents):
            found[each] = self.probability if parent < 0 else found[parent] * given[each]
        return np.tile(found, trees)

    def mean_squares(self, n: int) -> Floats:
        """Return E x_i², (n,)."""
        return self.firing_probabilities(n) * MEAN_SQUARES[self.magnitude]

    def importance(self, n: int) -> Floats | None:
        """All features are equally important."""
        return None

    def enumerate(self, n: int) -> Batch | None:
        """Return all inputs of binary features where there are at most 4096."""
        if self.magnitude != "constant" or len(self.parents) > MOST_LISTED:
            return None
        below = self._below(0)
        if below is None:
            return None
        inputs, chances = below
        inputs = np.vstack([np.zeros(inputs.shape[1]), inputs])
        chances = np.array([1 - self.probability, *(self.probability * chances)])
        return states(self._trees(n), Batch(inputs, chances))

    def sample(self, generator: np.random.Generator, n: int, count: int) -> Batch:
        """Draw independent inputs, (count, n)."""
        trees, parents = self._trees(n), self.parents
        fires = np.zeros((count, trees, len(parents)))
        fires[..., 0] = generator.random((count, trees)) < self.probability
        for parent in range(len(parents)):
            own = np.flatnonzero(parents == parent)
            if not len(own):
                continue
            if self.exclusive:
                drawn = np.floor(generator.random((count, trees, 1)) * len(own) / self.child_probability)
                there = drawn == np.arange(len(own))
            else:
                there = generator.random((count, trees, len(own))) < self.child_probability
            fires[..., own] = there * fires[..., parent, None]
        return Batch(fires.reshape(count, n) * magnitudes(self.magnitude, generator, (count, n)))

    def _trees(self, n: int) -> int:
        return groups_of(len(self.parents), n, "the features of a tree")

    def _given(self) -> Floats:
        """Return each member's probability where its parent fires."""
        parents = self.parents
        siblings = np.array([1, *(np.bincount(parents[1:])[parents[1:]])])
        return np.asarray(self.child_probability / (siblings if self.exclusive else np.ones(len(parents))))

    def _below(self, member: int) -> tuple[Floats, Floats] | None:
        """Return what a tree can be from a member that fires downwards, (states, members), and how likely each is."""
        parents = self.parents
        own = np.flatnonzero(parents == member)
        inputs, chances = np.zeros((1, len(parents))), np.ones(1)
        inputs[0, member] = 1
        if not len(own):
            return inputs, chances
        parts = [self._below(int(each)) for each in own]
        q = self.child_probability
        if self.exclusive:
            whole = [each for each in parts if each is not None]
            if len(whole) < len(parts):
                return None
            inputs = np.vstack([inputs, *(inputs + each for each, _ in whole)])
            return inputs, np.concatenate([[1 - q], *(q / len(own) * likely for _, likely in whole)])
        for each in parts:
            if each is None or len(inputs) * (1 + len(each[0])) > LARGEST:
                return None
            silent = np.zeros((1, len(parents)))
            options = np.vstack([silent, each[0]])
            likely = np.array([1 - q, *(q * each[1])])
            inputs = (inputs[:, None] + options[None]).reshape(-1, len(parents))
            chances = (chances[:, None] * likely[None]).reshape(-1)
        return inputs, chances
