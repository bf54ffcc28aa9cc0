"""Counterfactual: with one feature's initial row drawn anew, does its pair come back?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polygenesis import seeds
from polygenesis.arrays import Floats, Weights
from polygenesis.checks import plain_array
from polygenesis.detect import HALF, Thresholds, census, shared_pairs
from polygenesis.detect.inputs import replicated
from polygenesis.errors import InputError, bad_argument
from polygenesis.numerals import counted
from polygenesis.probe.battery.base import Base
from polygenesis.probe.battery.recurrence import LEVEL
from polygenesis.probe.evidence import Evidence, Missing, about, p_text
from polygenesis.probe.surgery.objective import Retrain


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
    initial = replicated("initial", initial)
    found = shared_pairs(census(final, thresholds))
    if not len(found):
        raise InputError("No pair shares a neuron at the end, so there is none to draw anew.")
    chosen = rng.permutation(len(found))[:pairs]
    starts = np.stack([_redrawn(initial[found.replicate[c]], int(found.second[c]), rng) for c in chosen])
    final_weights = plain_array("retrain", retrain(starts))
    if final_weights.shape != starts.shape:
        raise bad_argument("retrain", f"return weights of shape {starts.shape}", f"shape {final_weights.shape}")
    ends = census(final_weights, thresholds)
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


def ask(base: Base) -> Evidence | Missing:
    """Draw one feature's start anew for some sharing pairs, where the network can be trained again."""
    if base.weights is None:
        return Missing("counterfactual", "it needs weights, and a function that trains them from another start")
    if base.retrain is None or base.initial is None or base.counterfactuals < 1:
        return Missing(
            "counterfactual", "no network was trained again", "how to train again and how often", "counterfactuals"
        )
    if not len(shared_pairs(base.census)):
        return Missing("counterfactual", "no pair of settled features shares a neuron")
    found = counterfactual(
        np.stack(list(base.initial)), base.weights, base.retrain, pairs=base.counterfactuals,
        rng=seeds.generator(base.seed, "diagnose", "counterfactual"), thresholds=base.census.thresholds,
    )  # fmt: skip
    said = f"{found.back} of {counted(found.tried, 'pair')} came back after one feature's start was drawn anew"
    return Evidence(
        "counterfactual",
        found.back / found.tried,
        f"{found.chance:.3g} by chance",
        found.p_value,
        found.back / found.tried / found.chance,
        f"{said} ({about(found.chance)} by chance, exact {p_text(found.p_value)}).",
        found.p_value <= LEVEL,
        found,
    )
