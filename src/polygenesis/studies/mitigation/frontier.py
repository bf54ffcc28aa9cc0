"""Which recipes no other beats in everything, and which is best."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.studies.mitigation.cells import Cell, pooled
from polygenesis.studies.mitigation.recipes import KNOWN, REFERENCE, Recipe

DEARER = 1.05
"""A recipe costs nothing when its loss is at most this many times that of plain training."""

LONGER = 1.01
"""A recipe needs no training of its own when its work is at most this many times that of plain training."""

RESOLUTION = np.array([0.01, 0.01, 0.01])
"""Differences of less than a hundredth of plain training count as none."""


def standing(cells: Sequence[Cell], recipes: Sequence[Recipe]) -> Floats:
    """Each recipe's polysemantic neurons, loss without penalty and work, relative to plain training: (recipes, 3)."""
    totals = np.array(
        [[pooled(cells, recipe.name, value).mean() for value in ("shared", "loss", "work")] for recipe in recipes]
    )
    names = [recipe.name for recipe in recipes]
    reference = totals[names.index(REFERENCE)]
    return np.asarray(totals / np.where(reference > 0, reference, 1.0))


def undominated(points: Floats) -> Booleans:
    """Say which points no other beats: at most as large in every column and smaller in one, by more than rounding.

    >>> undominated(np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])).tolist()
    [True, True, False]
    """
    margin = RESOLUTION[: points.shape[1]]
    no_worse = (points[:, None] <= points[None] + margin).all(axis=2)
    better = (points[:, None] < points[None] - margin).any(axis=2)
    return np.asarray(~(no_worse & better).any(axis=0))


def best(points: Floats) -> int:
    """Return the best recipe: of those that cost no loss the one with the fewest polysemantic neurons, then work."""
    free = np.flatnonzero(points[:, 1] <= DEARER)
    shared = np.round(points[free, 0] / RESOLUTION[0])
    return int(free[np.lexsort((points[free, 2], shared))[0]])


def unknowing(recipes: Sequence[Recipe]) -> Integers:
    """Positions of the recipes that need not know the features before training."""
    return np.flatnonzero([recipe.needs != KNOWN for recipe in recipes])
