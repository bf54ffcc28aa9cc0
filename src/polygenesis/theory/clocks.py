"""The two clocks of this literature, and the way from one to the other.

The paper's equation dw/dt = (1 - |w|²)w - λ sign w is the gradient flow of the trained loss without its
factor 4:

    t_paper = 4 t_loss,   λ_paper = λ_loss / 4,   t_loss = learning rate x steps.
"""

from __future__ import annotations

import math

from polygenesis.arrays import Floats
from polygenesis.errors import bad_argument
from polygenesis.theory import arguments
from polygenesis.theory.arguments import Clock

FASTEST = 1.0
"""Largest λ√m (paper's clock) the curves accept: they were checked up to it. From a start of scale 1 lone rows
begin to die only at λ√m of about 1.4 (m = 64) to 2.5 (m = 4096), but their norm already dips to 0.66."""

_PAPER_TICKS = {"paper": 4.0, "loss": 1.0}
"""Ticks of each clock in one unit of the loss' time."""


def convert_time(time: object, *, source: Clock, target: Clock) -> Floats:
    """Convert times from one clock to another; any shape.

    Source: docs/theory.md, Two clocks.

    Args:
        time: times of any shape, in the clock ``source``.
        source: the clock that they are given in, "paper" or "loss".
        target: the clock of the result.
    """
    return arguments.moments("time", time) * (_ticks(target) / _ticks(source))


def convert_penalty(penalty: object, *, source: Clock, target: Clock) -> Floats:
    """Convert λ from one clock to another; any shape. λ_loss is the coefficient of ‖W‖₁ in the loss.

    Source: docs/theory.md, Two clocks.

    Args:
        penalty: λ, of any shape, in the clock ``source``.
        source: the clock that it is given in, "paper" or "loss".
        target: the clock of the result.
    """
    return arguments.moments("penalty", penalty) * (_ticks(source) / _ticks(target))


def slow_penalty(m: int, penalty: float, clock: Clock) -> float:
    """λ in the paper's clock; raises InputError unless λ√m <= 1 there, the regime of every curve."""
    arguments.whole("m", m)
    arguments.positive("penalty", penalty)
    lam = float(convert_penalty(penalty, source=clock, target="paper"))
    if lam * math.sqrt(m) > FASTEST:
        raise bad_argument("penalty", f"satisfy λ√m <= {FASTEST:g} in the paper's clock (m = {m})", penalty)
    return lam


def _ticks(clock: Clock) -> float:
    return _PAPER_TICKS[arguments.one_of("clock", clock, tuple(_PAPER_TICKS))]
