"""Whether a run's end is at rest under the loss that it was trained on: what splitting a neuron presupposes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from polygenesis.penalties import CollisionPenalty
from polygenesis.probe.surgery.network import of_run
from polygenesis.probe.surgery.relaxing import net_speed, stacked
from polygenesis.training import GradientFlow

if TYPE_CHECKING:
    from polygenesis.dynamics.run import Run
    from polygenesis.spec import RunSpec

CLOCK = 4.0
"""The loss's clock runs four times faster than the paper's, in which a flow's ``residual`` is."""

SLOWEST = 1e-4
"""Speed below which a network trained in steps counts as at rest; a flow's own residual is the limit for a flow."""

ROUNDING = {"float32": 2e-5, "float64": 0.0}
"""What rounding of the weights may add to a speed."""

LONGEST_STEP = 0.5
"""Of the engine's steps near rest: one of length h meets a collision penalty's force to within h κ (λ + κ) only."""


@dataclass(frozen=True)
class Rest:
    """How fast the fastest parameter of a replicate still moves under its own objective, and up to which it rests.

    ``speed``, ``limit``: in the loss's clock, for weights of order 1; a weight that its penalty holds at zero does not
    move. ``objective``: the name of the loss.
    """

    speed: float
    limit: float
    objective: str

    @property
    def at_rest(self) -> bool:
        """Whether nothing moves faster than the limit."""
        return self.speed <= self.limit


def rest(run: Run, replicate: int = 0) -> Rest:
    """Return how fast a replicate of a run would move on by gradient flow of its own objective, proximal.

    Raises :class:`polygenesis.InputError`, with the reason, for a run whose loss cannot be evaluated.
    """
    subject = of_run(run, replicate)
    speed = float(net_speed(subject.objective, stacked(subject.network))[0])
    return Rest(speed, _limit(run.spec), subject.objective.name)


def _limit(spec: RunSpec) -> float:
    limit = CLOCK * spec.training.residual if isinstance(spec.training, GradientFlow) else SLOWEST
    if isinstance(spec.penalty, CollisionPenalty):
        limit += LONGEST_STEP * spec.penalty.sharing * (spec.penalty.strength + spec.penalty.sharing)
    return limit + ROUNDING[spec.precision]
