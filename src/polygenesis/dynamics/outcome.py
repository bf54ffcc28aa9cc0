"""How a replicate ended, and the evidence for it."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from polygenesis.arrays import Floats


class Outcome(enum.Enum):
    """How a replicate ended. The value is the sentence shown to a reader."""

    CONVERGED = "Every feature settled on one neuron, nothing moves, and every zero is optimal."
    UNDECIDED = (
        "Some features are still split between neurons or moving: raise `max_time`, or the penalty that makes a race. "
        "With more than two features a neuron, or no penalty, they stay split."
    )
    DEAD_FEATURES = (
        "Some features lost all their weights; lower the penalty λ: λ/4 must stay well below a row's largest weight "
        "at the start."
    )
    DIVERGED = "A weight, or the loss, grew without bound; lower the step size."
    STALLED = (
        "Steps shrank to nothing: raise `max_step` or `tolerance`. Where a force jumps they always do: a penalty of "
        "your own with a kink at zero needs `proximal`; along the kink of a hidden ReLU train in steps instead."
    )
    AT_REST = "Nothing moves and every zero is optimal; the census says which features settled on one neuron."
    FINISHED = "All steps were taken; step-by-step training has no certificate of convergence."


@dataclass(frozen=True)
class Certificate:
    """The evidence for an outcome, one value per replicate (r,). Forces are in the loss's clock.

    ``residual``: fastest move of a live weight. ``excess``: by how much the force on the worst zero exceeds what the
    penalty holds (≤ 0: every zero is optimal). ``dead``, ``split``, ``clashing``: features without weights, features
    on several neurons, and neurons where two features share a sign.
    """

    residual: Floats
    excess: Floats
    dead: Floats
    split: Floats
    clashing: Floats
