"""Counterfactual: with one feature's initial row drawn anew, does its pair come back?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from polygenesis.arrays import Floats, Weights
from polygenesis.detect import HALF, Thresholds, census, shared_pairs
from polygenesis.errors import InputError

Retrain = Callable[[Weights], Weights]
"""Initial weights (r, n, m) in, final weights (r, n, m) out."""


@dataclass(frozen=True)
class Counterfactual:
    """How many pairs came back after one feature's row was drawn anew, and how many chance brings back.

    ``p_value``: exact binomial, high side, against 1/(2m − n + 1): a feature that
    settles at random in a signed slot that is free.
    """

    back: int
    tried: int
    chance: float
    p_value: float


def counterfactual(
    initial: Weights,
    final: Weights,
    retrain: Retrain,
    *,
    pairs: int,
    rng: np.random.Generator,
    thresholds: Thresholds = HALF,
) -> Counterfactual:
    """Draw the initial row of one feature of a shared pair anew, retrain, and look whether the pair shares again.

    ``initial``, ``final``: (r, n, m). The new row has the standard deviation of the old one, normal and independent of
    everything. One retraining a pair, at most ``pairs`` of them, taken at random.
    """
    found = shared_pairs(census(final, thresholds))
    if not len(found):
        raise InputError("No pair shares a neuron at the end, so there is none to draw anew.")
    chosen = rng.permutation(len(found))[:pairs]
    starts = np.stack([_redrawn(initial[found.replicate[c]], int(found.second[c]), rng) for c in chosen])
    ends = census(retrain(starts), thresholds)
    counts = ends.pair_counts()[np.arange(len(chosen)), found.first[chosen], found.second[chosen]]
    back = int((counts > 0).sum())
    n, m = initial.shape[1:]
    chance = 1 / max(1, 2 * m - n + 1)  # one of the signed slots that the other n − 1 features leave free
    return Counterfactual(back, len(chosen), chance, _at_least(back, len(chosen), chance))


def _redrawn(rows: Floats, feature: int, rng: np.random.Generator) -> Floats:
    new = np.array(rows)
    new[feature] = rng.standard_normal(rows.shape[1]) * rows[feature].std()
    return new


def _at_least(successes: int, trials: int, chance: float) -> float:
    from scipy import special

    return float(special.bdtrc(successes - 1, trials, chance)) if successes else 1.0
