"""Recipes against plain training, and against what theory says of some of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from polygenesis import stats, theory
from polygenesis.arrays import Floats, Integers
from polygenesis.studies.base import Claim, Judgement, Verdict
from polygenesis.studies.judging import ALPHA, Tested, judge, judge_family, undecided
from polygenesis.studies.mitigation import claims
from polygenesis.studies.mitigation.recipes import (
    BIAS,
    NOISED,
    PENALTY,
    PRUNED,
    REDRAWN,
    REFERENCE,
    SPLIT,
    WIDER,
    Recipe,
)


@dataclass(frozen=True, eq=False)
class Cell:
    """One recipe at one width: one value a network (r,) each.

    ``shared``: neurons with two or more features of any state. ``loss``: without penalty. ``magnitude``: ‖W‖₁.
    ``work``: gradient evaluations times neurons. ``dead``, ``split``: features that are dead or unsettled.
    """

    recipe: Recipe
    n: int
    m: int
    shared: Integers
    loss: Floats
    magnitude: Floats
    work: Floats
    dead: Integers
    split: Integers

    @property
    def penalized(self) -> Floats:
        """Loss with the penalty by which all are judged, (r,)."""
        return self.loss + PENALTY * self.magnitude


def of(cells: Sequence[Cell], name: str) -> list[Cell]:
    """A recipe's cells, one a width."""
    return [cell for cell in cells if cell.recipe.name == name]


def pooled(cells: Sequence[Cell], name: str, value: str = "shared") -> Floats:
    """A recipe's values summed over the widths, one a network index (r,): widths are drawn independently."""
    return np.asarray(sum(np.asarray(getattr(cell, value), dtype=float) for cell in of(cells, name)))


def judgements(cells: Sequence[Cell], recipes: Sequence[Recipe]) -> list[Judgement]:
    """All verdicts."""
    others = [recipe for recipe in recipes if recipe.name != REFERENCE]
    names = {recipe.name for recipe in recipes}
    theories = [(SPLIT, _exact), (REDRAWN, _redraw), (PRUNED, _prune), (NOISED, _noise), (SILENCED, _silent)]
    return [
        *judge_family([_helps(cells, recipe, len(others)) for recipe in others]),
        *judge_family([_free(cells, recipe, len(others)) for recipe in others]),
        *(check(cells) for name, check in theories if name in names),
    ]


SILENCED = "hidden ReLU, negative bias"

UNBOUNDED = 1e9
"""An upper end that no ratio of counts reaches (infinity has no logarithm)."""


def share_left(cells: Sequence[Cell], name: str, *, level: float = 0.95) -> stats.Estimate | None:
    """Polysemantic neurons over those of plain training; None where plain training has none.

    Where a recipe leaves none at all, the interval is Poisson's: counts are under-dispersed, so that it is wide.
    """
    counts, plain = pooled(cells, name), pooled(cells, REFERENCE)
    if not plain.any() or len(plain) < 2:
        return None
    if counts.any():
        return stats.ratio(counts, plain, level=level)
    zero = stats.poisson(0, exposure=float(plain.sum()), level=level)
    return stats.Estimate(0.0, 0.0, zero.upper, level, zero.method, len(counts))


def fewer(cells: Sequence[Cell], name: str, most: float) -> stats.Agreement | None:
    """Test whether a recipe leaves at most a share of the polysemantic neurons."""
    estimate = share_left(cells, name, level=1 - 2 * ALPHA)
    if estimate is None or estimate.value > 0:
        return None if estimate is None else stats.agrees(estimate, -math.inf, most, alpha=ALPHA)
    chance = math.exp(-most * float(pooled(cells, REFERENCE).sum()))  # of none where the share is just ``most``
    found = stats.agrees(estimate, -math.inf, most, alpha=ALPHA)
    return stats.Agreement(found.verdict, estimate, -math.inf, most, ALPHA, chance, 1.0)


def _helps(cells: Sequence[Cell], recipe: Recipe, family: int) -> Tested:
    claim = claims.helps(recipe, family)
    found = fewer(cells, recipe.name, claims.FEWER)
    if found is None:
        return claim, None, f"“{recipe.name}”: plain training left no polysemantic neuron to compare with."
    left = "no polysemantic neuron: {found}" if not found.estimate.value else "{found}"
    return claim, found, f"“{recipe.name}” leaves {left} times the polysemantic neurons of plain training."


def _free(cells: Sequence[Cell], recipe: Recipe, family: int) -> Tested:
    claim = claims.is_free(recipe, family)
    a, b = pooled(cells, recipe.name, "loss"), pooled(cells, REFERENCE, "loss")
    if len(a) < 2:
        return claim, None, f"“{recipe.name}”: one network says nothing of the spread."
    found = stats.agrees(stats.ratio(a, b, level=1 - 2 * ALPHA), -math.inf, claims.DEARER, alpha=ALPHA)
    return claim, found, f"“{recipe.name}” has {{found}} times the loss of plain training."


def _exact(cells: Sequence[Cell]) -> Judgement:
    """Counted, not estimated: the claim is about every network."""
    mine, plain = of(cells, SPLIT), of(cells, REFERENCE)
    left, networks = sum(int(cell.shared.sum()) for cell in mine), sum(len(cell.shared) for cell in mine)
    change = max(
        float(np.abs(getattr(a, name) / getattr(b, name) - 1).max())
        for a, b in zip(mine, plain, strict=True)
        for name in ("loss", "magnitude")
    )
    before = sum(int(cell.shared.sum()) for cell in plain)
    holds = left == 0 and change <= 1e-12
    return Judgement(
        claims.EXACT,
        Verdict.SUPPORTED if holds else Verdict.REFUTED,
        f"Of {before} polysemantic neurons in {networks} networks {left} are left; loss and ‖W‖₁ changed by at most "
        f"{change:.1g} of themselves.",
    )


def _redraw(cells: Sequence[Cell]) -> Judgement:
    counts, expected = [], []
    for mine, plain in zip(of(cells, REDRAWN), of(cells, REFERENCE), strict=True):
        told = theory.redrawn_shared(plain.n, plain.m, plain.shared).array
        counts.append(mine.shared[told > 0])  # a network without pairs is left as it is
        expected.append(told[told > 0])
    return _against(claims.REDRAW, np.concatenate(counts), np.concatenate(expected), 0.10, "Redrawn features leave")


def _prune(cells: Sequence[Cell]) -> Judgement:
    share, estimate = float(theory.pruned_share(WIDER)), share_left(cells, PRUNED, level=1 - 2 * ALPHA)
    if estimate is None or not estimate.value:
        return undecided(claims.PRUNE, "Too few polysemantic neurons to form a ratio.")
    test = stats.agrees(estimate, 0.8 * share, 1.2 * share, alpha=ALPHA)
    sentence = f"Training {WIDER} times as wide and pruning leaves {{found}} times the polysemantic neurons"
    return judge(claims.PRUNE, test, f"{sentence} of plain training.")


def _noise(cells: Sequence[Cell]) -> Judgement:
    estimate = share_left(cells, NOISED, level=1 - 2 * ALPHA)
    if estimate is None:
        return undecided(claims.NOISE, "Plain training left no polysemantic neuron to compare with.")
    test = stats.agrees(estimate, 0.9, UNBOUNDED, alpha=ALPHA)
    sentence = "A race under bipolar noise leaves {found} times the polysemantic neurons of plain training"
    why = ": noise turns rows away from each other (Noise 4)." if estimate.value < 1 else "."
    return judge(claims.NOISE, test, sentence + why)


def _silent(cells: Sequence[Cell]) -> Judgement:
    mine = of(cells, SILENCED)
    expected = [float(theory.silent_features(cell.n, cell.m, BIAS * cell.m**-0.5)) for cell in mine]
    dead = np.concatenate([cell.dead for cell in mine])
    told = np.concatenate([np.full(len(cell.dead), each) for cell, each in zip(mine, expected, strict=True)])
    return _against(claims.SILENT, dead, told, 0.20, "Dead features are")


def _against(claim: Claim, counts: Integers, expected: Floats, margin: float, what: str) -> Judgement:
    """Hold counts against predictions; quasi-Poisson, with another dispersion in every cell."""
    if len(counts) < 2:
        return undecided(claim, "There are too few networks with polysemantic neurons.")
    test = stats.ratio_agrees(counts, expected, margin, robust=bool(counts.any()))
    return judge(claim, test, f"{what} {{found}} times the number predicted.")
