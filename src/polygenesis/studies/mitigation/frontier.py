"""Which recipes no other beats in everything, and which is best."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.numerals import number
from polygenesis.studies.base import Judgement, Verdict
from polygenesis.studies.mitigation.claims import BEST, DEARER
from polygenesis.studies.mitigation.judgements import Cell, pooled
from polygenesis.studies.mitigation.recipes import KNOWN, REFERENCE, Recipe

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


def judge_best(cells: Sequence[Cell], recipes: Sequence[Recipe]) -> Judgement:
    """Name the frontier and its best point, with and without knowing the features; the latter is judged."""
    points = standing(cells, recipes)
    blind = unknowing(recipes)
    fronts = [
        ", ".join(f"“{recipes[i].name}”" for i in these[undominated(points[these])])
        for these in (np.arange(len(recipes)), blind)
    ]
    chosen = [best(points), int(blind[best(points[blind])])]
    words = [
        f"“{recipes[i].name}” ({number(points[i, 0])} times the polysemantic neurons, {number(points[i, 1])} times the "
        f"loss and {number(points[i, 2])} times the work of plain training)"
        for i in chosen
    ]
    holds = bool((points[chosen[1]] <= np.array([0.01, DEARER, 1.01])).all())
    return Judgement(
        BEST,
        Verdict.SUPPORTED if holds else Verdict.REFUTED,
        f"Best at no loss without knowing the features: {words[1]}; knowing them: {words[0]}. "
        f"No recipe beats these in count, loss and work together: {fronts[0]}; of those that need not know the "
        f"features: {fronts[1]}.",
    )
