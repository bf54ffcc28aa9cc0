"""Element-wise passes over whole weight matrices (m, n), compiled: the ``formulas``, on registers of numbers.

Constants come in the weights' own precision.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.dynamics import lanes
from polygenesis.dynamics.flow import formulas
from polygenesis.dynamics.flow.formulas import ALONG, MISSED, NOT_COUNTED, RESIDUAL, SQUARED, penalized_number
from polygenesis.kernels import compiled

_positive, _times, _extrapolate, _first_stage, _stage, _across = (
    lanes.each(formula)
    for formula in (
        formulas.positive,
        formulas.times,
        formulas.extrapolate,
        formulas.first_stage,
        formulas.stage,
        formulas.across,
    )
)
_compare, _correct = (lanes.columns(formula) for formula in (formulas.compare, formulas.correct))


@compiled(inner=True)
def _choose(mask: Any, yes: Any, no: Any) -> Any:
    """What ``where`` is for single numbers."""
    return yes if mask else no


@compiled(inner=True)
def penalized(weight: Any, ahead: Any, drop: Any) -> Any:
    """Where a weight ends that a constant force would bring to ``ahead``: see ``formulas``."""
    return penalized_number(weight, ahead, drop, _choose)


@compiled
def count(weights: Floats) -> int:
    """Count the weights that are not zero."""
    row = weights.reshape(-1)
    number = 0
    for i in range(len(row)):
        number += row[i] != 0
    return number


@compiled(inner=True)
def interfere(overlap: Floats, kept: Floats) -> None:
    """Keep what is positive of overlaps (n, n), in place, of the pairs that ``kept`` multiplies by 1; empty: of all."""
    _positive((overlap,), (overlap,), ())
    if len(kept):
        _times((overlap, kept), (overlap,), ())


@compiled
def extrapolate(
    weights: Floats, force: Floats, change: Floats, ahead: Floats, step: Any, second: Any, drop: Any
) -> None:
    """Write W + step · force + second · change, penalized, into ``ahead``."""
    _extrapolate((weights, force, change), (ahead,), (step, second, drop))


@compiled
def first_stage(start: Floats, force: Floats, before: Floats, now: Floats, ahead: Floats, step: Any, drop: Any) -> None:
    """Begin a staged step: Z₀ into ``before``, Z₁ into ``now``, and Z₁ penalized into ``ahead``."""
    _first_stage((start, force), (before, now, ahead), (step, drop))


@compiled
def stage(
    start: Floats, force: Floats, before: Floats, now: Floats, ahead: Floats, pull: Floats, table: Floats, drop: Any
) -> None:
    """Replace Z before the last by the next, and penalize it; ``table``: μ, ν, 1−μ−ν, μ̃ h, γ̃ h."""
    factors = (table[0], table[1], table[2], table[3], table[4], drop)
    _stage((start, force, before, now, ahead, pull), (before, ahead), factors)


@compiled
def compare(
    weights: Floats,
    force: Floats,
    ahead: Floats,
    pull: Floats,
    new_force: Floats,
    change: Floats,
    factors: Floats,
    first: int,
    last: int,
) -> tuple[Floats, Floats, Floats]:
    """Write the force at ``ahead``, where a staged step ended, and its change; return three sums for each feature.

    For the features from ``first`` to ``last`` alone.

    They are the squared error of the step, 0.8 (W − W′) + 0.4 h (F + F′ − 2 λ′ sign W), over weights that kept their
    sign; ‖W_i‖²; and the fastest move of a live weight. ``factors``: 0.8, 0.4 h, 0.8 h λ′, λ′.
    """
    found = np.zeros((4, last - first), weights.dtype)
    numbers = (factors[0], factors[1], factors[2], factors[3])
    _compare((weights, force, ahead, pull), (new_force, change), numbers, found, first)
    part = weights.dtype.type(NOT_COUNTED)
    _across((found[MISSED], found[ALONG], found[SQUARED]), (found[MISSED],), (part,))
    return found[MISSED], found[SQUARED], found[RESIDUAL]


@compiled
def correct(
    weights: Floats,
    force: Floats,
    change: Floats,
    ahead: Floats,
    pull: Floats,
    new_force: Floats,
    new_change: Floats,
    factors: Floats,
    first: int,
    last: int,
) -> tuple[Floats, Floats, Floats]:
    """Replace ``ahead``, which was extrapolated, by what the force there corrects it to; return sums as ``compare``.

    The force at the extrapolated weights and its change since ``weights`` are written; they serve the next step as
    well. The error is the correction, on weights that kept their sign. ``factors``: h, what multiplies the new change
    and the last one in the corrected step, what multiplied the last one in the extrapolated step, h λ′, λ′.
    """
    found = np.zeros((4, last - first), weights.dtype)
    numbers = (factors[0], factors[1], factors[2], factors[3], factors[4], factors[5])
    _correct((weights, force, change, ahead, pull), (ahead, new_force, new_change), numbers, found, first)
    part = weights.dtype.type(NOT_COUNTED)
    _across((found[MISSED], found[ALONG], found[SQUARED]), (found[MISSED],), (part,))
    return found[MISSED], found[SQUARED], found[RESIDUAL]
