"""Saving: what of a run is kept besides its first and last weights."""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator

from polygenesis.checks import PositiveFloat, part, real, whole
from polygenesis.errors import InputError

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
    "participation_ratio",  # over how many neurons a feature spreads, (Σ W²)² / Σ W⁴, averaged over features
    "accuracy",  # share of inputs whose class is right
    "polysemantic",  # neurons with two or more features
    "monosemantic",  # neurons with exactly one feature
    "dead_features",  # features with no weight left
]


MOST_TIMES = 1_000_000
"""More saved times than this are refused: they are a mistake."""


def _times(value: object) -> int | tuple[float, ...]:
    """Read a number of times, or increasing times."""
    try:
        if isinstance(value, str) or not isinstance(value, Collection):
            number = whole(value)
            if 0 <= number <= MOST_TIMES:
                return number
        elif len(value) <= MOST_TIMES:
            times = tuple(real(each) for each in value)
            if min(times, default=0.0) >= 0 and all(a < b for a, b in pairwise(times)):
                return times
    except (ValueError, TypeError):
        pass
    raise ValueError("be a number of times or a list of increasing times, none below 0")


def _once(names: tuple[SeriesName, ...]) -> tuple[SeriesName, ...]:
    if len(set(names)) < len(names):
        raise ValueError("name each series once")
    return names


@part
class Save:
    """Which times of a run are kept, and what of them: by default nothing.

    ``times``: a number of log-spaced times between ``first`` and the end of training (0 keeps nothing), or the moments
    themselves, increasing: times of a gradient flow (loss's clock), or numbers of steps of training in steps, where 0
    is the start. A run's ``times`` are in the loss's clock, learning rate × steps. Log-spaced times that fall on one
    step are kept once.
    ``series``: names of scalar series, shape (r, T) each. ``weights``: whether to keep the whole trajectory,
    shape (r, T, n, m). ``first``: the first of log-spaced times (loss's clock). Saving never changes the run.

    >>> Save(times=(0, 10, 40), weights=True)
    Save(times=(0.0, 10.0, 40.0), series=(), weights=True, first=0.01)
    """

    times: Annotated[int | tuple[float, ...], BeforeValidator(_times)] = 0
    series: Annotated[tuple[SeriesName, ...], AfterValidator(_once)] = ()
    weights: bool = False
    first: PositiveFloat = 0.01

    def __post_init__(self) -> None:
        """Refuse half a wish: series or weights without times keep nothing, and so do times alone."""
        if (self.series or self.weights) and not self.times:
            raise InputError("Saving `series` or `weights` needs `times`, but there are none.")
        if self.times and not (self.series or self.weights):
            raise InputError("Saving at `times` needs `series` or `weights`, but neither is given.")

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to keep."""
        return not self.times or not (self.series or self.weights)
