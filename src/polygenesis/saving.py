"""Saving: what of a run is kept besides its first and last weights."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat

from polygenesis.checks import part
from polygenesis.errors import bad_argument

SeriesName = Literal[
    "loss",  # the whole loss
    "benefit_loss",  # Σ_i (1 − ‖W_i‖²)²
    "interference_loss",  # Σ_i Σ_{j≠i} ReLU(W_i·W_j)²
    "penalty_loss",  # λ ‖W‖₁
    "benefit_force",  # norm of 4 (1 − ‖W_i‖²) W_i over all i
    "interference_force",  # norm of 4 Σ_{j≠i} ReLU(W_i·W_j) W_j
    "penalty_force",  # norm of λ sign W
    "survivors",  # m'(t): nonzero weights a feature, averaged over features
    "l1_norm",  # ‖W_i‖₁, averaged over features
    "l2_norm",  # ‖W_i‖₂, averaged over features
    "fourth_norm",  # Σ_k W_ik⁴, averaged over features
    "polysemantic",  # neurons with two or more features
    "monosemantic",  # neurons with exactly one feature
    "dead_features",  # features with no weight left
]


@part
class Save:
    """Which times of a run are kept, and what of them: by default nothing.

    ``times``: a number of log-spaced times between ``first`` and the end of training (0 keeps nothing), or the times
    themselves (loss's clock, increasing). ``series``: names of scalar series, shape (r, T) each. ``weights``: whether
    to keep the whole trajectory, shape (r, T, n, m). Saving never changes the run itself.
    """

    times: Annotated[int, Field(ge=0)] | tuple[NonNegativeFloat, ...] = 0
    series: tuple[SeriesName, ...] = ()
    weights: bool = False
    first: PositiveFloat = 0.01

    def __post_init__(self) -> None:
        """Check that given times increase."""
        if isinstance(self.times, tuple) and any(b <= a for a, b in zip(self.times, self.times[1:], strict=False)):
            raise bad_argument("save.times", "increase", self.times)

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to keep."""
        return not self.times or not (self.series or self.weights)
