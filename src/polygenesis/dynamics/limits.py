"""Limits of an engine: which loops are compiled whole, when they return to Python, and when it gives up.

Returns and stalls are counted in evaluations of the gradient, never in seconds: where a run is looked at, and so how it
ends, is the same on every machine and whatever is saved on the way.
"""

from __future__ import annotations

import numpy as np

from polygenesis.arrays import Booleans, Floats
from polygenesis.spec import RunSpec
from polygenesis.training import GradientFlow

COMPILED_BELOW = 2**20
"""Up to this n²m whole steps are compiled; above it NumPy's symmetric product (half the work) outweighs the calls."""

LOOK = 1000
"""Evaluations between two looks at how far a flow has come."""

SHORTEST = 1e-9
"""Mean step (paper's clock) over so many evaluations below which a flow has stalled: the rest would take for ever."""

STEADY = 10.0
"""Steps that grow are no stall: the first steps from huge weights are as short, and each is longer than the last."""

WORK = 2**26
"""Multiplications that a compiled loop may do before it returns, so that Ctrl-C is heard: a tenth of a second."""


def evaluations_at_once(work: int) -> int:
    """Return how many evaluations, of ``work`` multiplications each, a loop may make before it returns to Python."""
    return max(1, min(LOOK, WORK // max(work, 1)))


class Stalls:
    """Notices a flow whose steps have shrunk to nothing; ``time`` is in the paper's clock."""

    def __init__(self, time: float, evaluations: int) -> None:
        self.time, self.due, self.before = time, evaluations + LOOK, 0.0

    def found(self, time: float, evaluations: int) -> bool:
        """Say every LOOK evaluations whether the time since the last look is nothing, and no more than before that."""
        if evaluations < self.due:
            return False
        gone = time - self.time
        stalled = gone < LOOK * SHORTEST and gone <= STEADY * self.before
        self.time, self.due, self.before = time, evaluations + LOOK, gone
        return stalled


RACE = 50.0
"""Default time limit in units of 1/λ: the slowest races of a run end near 7/λ, so only ties reach it."""
NO_RACE = 2500.0
"""Default time limit without a penalty, in the loss's clock: overlaps then die out slowly at the edge of the ReLU."""


def time_limit(spec: RunSpec) -> float:
    """Return when a flow gives up, in the loss's clock."""
    assert isinstance(spec.training, GradientFlow)
    if spec.training.max_time is not None:
        return spec.training.max_time
    return RACE / spec.penalty.strength if spec.penalty.strength else NO_RACE


LOST = 100.0
"""A loss that ends this many times above where it began, and above that of a silent network, grew without bound."""

BEYOND = 1e6
"""So is a parameter of this size that was not there at the start: outputs of order 1 need none, and beside it the steps
of a learning rate are lost in rounding."""


def grown_loss(before: Floats, after: Floats, silent: Floats | float) -> Booleans:
    """Say which losses, (r,), have grown without bound (NaN has); ``silent``: that of a network whose weights are 0."""
    return np.asarray(~(after <= LOST * np.maximum(np.nan_to_num(before), silent)))


def grown(start: Floats, final: Floats) -> Booleans:
    """Say in which replicates, (r,), a parameter has grown without bound."""
    return np.asarray(_largest(final) > BEYOND * np.maximum(1.0, _largest(start)))


def _largest(values: Floats) -> Floats:
    return np.asarray(np.abs(values.reshape(len(values), -1)).max(axis=1))
