"""Preconditions: have the features of given weights settled, and does the neuron basis mean anything?"""

from __future__ import annotations

import numpy as np

from polygenesis.arrays import Integers, Weights
from polygenesis.detect import Thresholds, fourth_norm
from polygenesis.probe.battery.base import Base
from polygenesis.probe.evidence import Evidence, Missing, about

SETTLED_ENOUGH = 0.9
"""Share of the live features that must have settled before weights are judged whose training is unknown."""

NAMED = 5
"""Runs without a live feature that are named."""

PRIVILEGED = 2.0
"""Times the fourth norm of a random direction from which on rows lie along neurons."""


def ask(base: Base) -> Evidence | Missing:
    """Check that live features have settled, or that training is known to have ended, and look at the basis."""
    if base.weights is None:
        return Missing(
            "preconditions", "activations alone do not show whether features have settled", "a converged network"
        )
    census, weights = base.census, base.weights
    live = census.shape[1] - census.dead_features
    share = float((census.settled_features / np.maximum(live, 1)).min())
    level = float(np.median(fourth_norm(weights / _norms(weights))))
    random = 3 / (census.shape[2] + 2)
    settled = bool(share >= SETTLED_ENOUGH)
    distributed = census.thresholds.distributed
    sound = bool(live.min() > 0) and (settled or base.finished is True or distributed)
    basis = f"rows have a median fourth norm of {level:.2f} (1 on one neuron, {random:.2f} along a random direction)"
    if level < min(PRIVILEGED * random, (1 + random) / 2):  # of few neurons no direction is twice as random
        basis += ", so that nothing singles out the neurons: rotations of them would do as well"
    if not live.min():
        said = _without_features(np.flatnonzero(live == 0), census.shape[0], census.thresholds)
        return Evidence("preconditions", 0.0, "1 when every live feature has settled", None, None, said, False)
    ended = " The run is certified to be at rest." if base.finished is True and not settled else ""
    return Evidence(
        "preconditions",
        share,
        "1 when every live feature has settled",
        None,
        level,
        f"{about(share)} of the live features {_verb(distributed)} in the least settled run; {basis}.{ended}",
        sound,
    )


def _without_features(runs: Integers, every: int, thresholds: Thresholds) -> str:
    """Say in which runs no feature is live, and what that means of their weights."""
    said = ", ".join(map(str, runs[:NAMED])) + (f" and {len(runs) - NAMED} more" if len(runs) > NAMED else "")
    where = "" if every == 1 else f" in {'run' if len(runs) == 1 else 'runs'} {said}"
    small = "all weights are 0" if thresholds.relative else f"the norm of every row is below {thresholds.alive:g}"
    return f"No feature is live{where}: {small}."


def _verb(distributed: bool) -> str:
    return "are carried by some neuron" if distributed else "have settled on one neuron"


def _norms(weights: Weights) -> Weights:
    largest = np.abs(np.asarray(weights, dtype=np.float64)).max(axis=2, keepdims=True)
    largest[largest == 0] = 1.0
    norms = largest * np.sqrt(((weights / largest) ** 2).sum(axis=2, keepdims=True))  # no square overflows
    return np.where(norms > 0, norms, 1.0)
