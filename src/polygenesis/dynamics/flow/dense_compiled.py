"""The dense engine's steps in one compiled loop, for networks so small that calls would take longer than arithmetic.

It takes the steps of :class:`polygenesis.dynamics.flow.dense.Dense`, decided by the same functions; see there.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.dynamics.flow import elementwise, small_products, step_control
from polygenesis.dynamics.flow.step_control import Status
from polygenesis.kernels import compiled

TIME, STEP, LAST, RATE = 0, 1, 2, 3
STAGED, EVALUATIONS = 0, 1


class State(NamedTuple):
    """A dense state and the work space of a step; n features, m neurons.

    ``weights``, their ``force``, its last ``change``, the weights ``ahead`` and their ``pull``, and ``before`` and
    ``now``, the stages of a step: (m, n) each, which exchange their roles from step to step. ``direction`` (n,): that
    of the fastest rate. ``kept`` (n, n): 1 for pairs that interfere, 0 for others; empty when all do. ``clock``: time,
    step, last step, fastest rate. ``tally``: whether the step is staged, evaluations.
    """

    weights: Any
    force: Any
    change: Any
    ahead: Any
    pull: Any
    before: Any
    now: Any
    direction: Any
    kept: Any
    clock: Any
    tally: Any


class Bounds(NamedTuple):
    """What a flow is integrated under: λ′, in the weights' precision, and when its loop of steps returns.

    ``tolerance``, ``longest``: of a step. ``rest``: the speed below which a weight rests. ``sparse_below``: how many
    live weights are few. ``end``: of the stage, in the paper's clock.
    """

    strength: Any
    tolerance: float
    longest: float
    rest: float
    sparse_below: float
    end: float


@compiled
def advance(state: State, bounds: Bounds, pause: float, until: int) -> tuple[int, tuple[Any, ...]]:
    """Step until the next step would cross ``pause``, few weights live, the end is reached, or nothing moves.

    Returns a :class:`Status` by number, and the first seven arrays of the state in the roles that they have then (plain
    tuples: see ``kernels.compiled``). RESTED: no live weight moves faster than
    ``bounds.rest``. UNFINISHED: ``until`` evaluations are made; called again it goes on as if it had not returned.
    """
    weights, force, change, ahead = state.weights, state.force, state.change, state.ahead
    pull, before, now = state.pull, state.before, state.now
    direction, kept, clock, tally = state.direction, state.kept, state.clock, state.tally
    strength, end = bounds.strength, bounds.end
    m, n = weights.shape
    overlap, even = np.empty((n, n), weights.dtype), step_control.even_from(n, m)
    status = Status.PAUSED.value
    while True:
        if clock[TIME] >= end:
            status = Status.TIME_UP.value
            break
        if clock[TIME] + clock[STEP] > pause:
            status = Status.PAUSED.value
            break
        if tally[EVALUATIONS] >= until:
            status = Status.UNFINISHED.value
            break
        _look_ahead(weights, force, change, ahead, pull, before, now, overlap, kept, clock, tally, strength)
        if elementwise.count(ahead) <= bounds.sparse_below and strength > 0:
            clock[TIME] += clock[STEP]
            weights, ahead = ahead, weights
            status = Status.SPARSE.value
            break
        tally[EVALUATIONS] += 1
        _pull(ahead, overlap, kept, pull, direction, clock)
        step = clock[STEP]
        if tally[STAGED]:
            ends = np.array([0.8, 0.4 * step, 0.8 * step * strength, strength]).astype(weights.dtype)
            missed, squared, residual = elementwise.compare(weights, force, ahead, pull, now, before, ends, 0, n)
        else:
            single = np.array(step_control.single(step, clock[LAST], float(strength))).astype(weights.dtype)
            missed, squared, residual = elementwise.correct(
                weights, force, change, ahead, pull, now, before, single, 0, n
            )
        error = step_control.typical(missed, squared)
        if not _finite(squared):
            error = np.inf
        if not np.isfinite(error) and tally[STAGED] == 0:
            status = Status.DIVERGED.value
            break
        taken, clock[STEP], staged = step_control.decide(
            step,
            clock[LAST] == 0,
            tally[STAGED] == 1,
            clock[RATE],
            error,
            bounds.tolerance,
            even,
            bounds.longest,
            end - clock[TIME],
        )
        tally[STAGED] = 1 if staged else 0
        if taken:
            weights, ahead = ahead, weights
            force, now = now, force
            change, before = before, change
            clock[TIME] += step
            clock[LAST] = step
            if _largest(residual) < bounds.rest:
                status = Status.RESTED.value
                break
    return status, (weights, force, change, ahead, pull, before, now)


@compiled(inner=True)
def _finite(values: Floats) -> bool:
    """Whether the sum of some numbers is finite."""
    total = values[0]
    for i in range(1, len(values)):
        total += values[i]
    return bool(np.isfinite(total))


@compiled(inner=True)
def _largest(values: Floats) -> Any:
    """The largest of some numbers; NaN where one is."""
    largest = values[0]
    for i in range(1, len(values)):
        if not values[i] <= largest:
            largest = values[i]
    return largest


@compiled(inner=True)
def _look_ahead(
    weights: Floats,
    force: Floats,
    change: Floats,
    ahead: Floats,
    pull: Floats,
    before: Floats,
    now: Floats,
    overlap: Floats,
    kept: Floats,
    clock: Floats,
    tally: Any,
    strength: Any,
) -> None:
    """Write the weights after a step into ``ahead``."""
    number, step = weights.dtype.type, clock[STEP]
    if tally[STAGED] == 0:
        second = step_control.second(step, clock[LAST])
        elementwise.extrapolate(weights, force, change, ahead, number(step), number(second), number(step * strength))
        return
    stages = step_control.legendre_stages(step, clock[RATE])
    exact, times = step_control.legendre(stages, step)
    table = exact.astype(weights.dtype)
    elementwise.first_stage(weights, force, before, now, ahead, table[0, 3], number(times[0] * strength))
    for j in range(1, stages):
        tally[EVALUATIONS] += 1
        _pull(ahead, overlap, kept, pull, overlap[0, :0], clock)
        elementwise.stage(weights, force, before, now, ahead, pull, table[j], number(times[j] * strength))
        before, now = now, before


@compiled(inner=True)
def _pull(weights: Floats, overlap: Floats, kept: Floats, pull: Floats, direction: Floats, clock: Floats) -> None:
    """Write ReLU(W Wᵀ) W into ``pull``; follow the fastest rate unless ``direction`` is empty."""
    small_products.overlaps(weights, overlap)
    if len(direction):
        ahead, size = small_products.towards(overlap, direction)
        if 0 < size < np.inf:
            for i in range(len(direction)):
                direction[i] = ahead[i] / size
            clock[RATE] = step_control.fastest(size)
    elementwise.interfere(overlap, kept)
    small_products.pull(weights, overlap, pull)
