"""Each claim for every network: families of like claims, corrected by Holm's method."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from polygenesis import stats
from polygenesis.arrays import Floats
from polygenesis.numerals import percent
from polygenesis.studies.base import Judgement
from polygenesis.studies.deep_winner_take_all import claims
from polygenesis.studies.deep_winner_take_all.networks import CLASSES
from polygenesis.studies.deep_winner_take_all.readings import Readings
from polygenesis.studies.judging import ALPHA, Tested, judge_family

UNBOUNDED = 1e9
"""An upper end that no measure here reaches (infinity has no logarithm)."""


def judgements(found: Sequence[Readings]) -> list[Judgement]:
    """All verdicts, claim by claim."""
    each: list[Callable[[Readings, int], Tested]] = [_edge, _default, _takes_all, _sparsifies, _shares]
    judged = [verdict for test in each for verdict in judge_family([test(one, len(found)) for one in found])]
    pairs = [(a, b) for a in found for b in found if _differ_in_pressure(a, b)]
    return judged + judge_family([_sharpens(a, b, len(pairs)) for a, b in pairs])


def _edge(one: Readings, family: int) -> Tested:
    test = _mean_test(one.areas[:, 0], claims.EDGE, UNBOUNDED)
    sentence = f"{one.name}: a class's winner started ahead of another neuron with chance {{found}}."
    return claims.has_edge(one.name, family), test, sentence


def _default(one: Readings, family: int) -> Tested:
    test = _mean_test(one.led / CLASSES, claims.DEFAULT, UNBOUNDED)
    sentence = (
        f"{one.name}: the neuron with the largest growing mode wins {{share}} of the "
        f"classes (by chance: {percent(1 / one.spec.model.m, 0.05)})."
    )
    return claims.wins_by_default(one.name, family), test, sentence


def _takes_all(one: Readings, family: int) -> Tested:
    test = _mean_test(one.spread[:, 1], -UNBOUNDED, claims.FEW)
    sentence = f"{one.name}: a class ends on {{found}} effective neurons of {one.spec.model.m}."
    return claims.takes_all(one.name, family), test, sentence


def _sparsifies(one: Readings, family: int) -> Tested:
    test = _mean_test(one.spread[:, 1] / one.spread[:, 0], -UNBOUNDED, claims.SPARSER)
    sentence = f"{one.name}: effective neurons a class end at {{found}} times their number at the start."
    return claims.sparsifies(one.name, family), test, sentence


def _shares(one: Readings, family: int) -> Tested:
    claim = claims.shares_by_chance(one.name, family)
    counts, expected = one.shared[:, 1], one.expected[:, 1]
    if len(counts) < 2 or not counts.any() or not (expected > 0).all():
        return claim, None, f"{one.name}: too few neurons select a class to count those that are shared."
    test = stats.ratio_agrees(counts, expected, claims.CHANCE)
    more = f"({counts.mean():.3g} of {one.spec.model.m} neurons; {one.per_class[:, 1].mean():.3g} neurons a class)"
    return claim, test, f"{one.name}: shared neurons are {{found}} times those of chance {more}."


def _sharpens(without: Readings, pressed: Readings, family: int) -> Tested:
    name = without.name.rsplit(", ", 1)[0]
    claim = claims.sharpens(name, family)
    if len(without.spread) < 2:
        return claim, None, f"{name}: one network says nothing of the spread."
    ratio = stats.ratio(pressed.spread[:, 1], without.spread[:, 1], level=1 - 2 * ALPHA)
    test = stats.agrees(ratio, -math.inf, claims.SHARPER, alpha=ALPHA)
    return claim, test, f"{name}: effective neurons with the penalty are {{found}} times those without."


def _mean_test(values: Floats, lower: float, upper: float) -> stats.Agreement | None:
    """Test a mean over networks, None where there is only one."""
    sample = np.asarray(values, dtype=float)
    if len(sample) < 2:
        return None
    return stats.agrees(stats.mean(sample, level=1 - 2 * ALPHA), lower, upper, alpha=ALPHA)


def _differ_in_pressure(a: Readings, b: Readings) -> bool:
    """Whether b is a with the penalty."""
    same = a.spec.model == b.spec.model and a.spec.features == b.spec.features
    return same and not a.spec.penalty.strength and b.spec.penalty.strength > 0
