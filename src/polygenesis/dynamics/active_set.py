"""Gradient flow on the weights that are left: a compiled step whose cost falls with the number of live weights.

The L1 pressure sets weights to exact zeros and most of them stay there. Weights are therefore kept by neuron: the list
of features a neuron still carries, with value and force. A neuron without features exerts no force and leaves for good.
A zero (i, k) comes back only where the interference |Σ_j ReLU(W_i·W_j) W_jk| exceeds λ′, so a neuron is searched for
such zeros only when Σ_j |W_jk| max_i ReLU(W_i·W_j) > λ′: the set of live weights is exact at every step.

Everything here is in the paper's clock, dW/dt = W − ReLU(W Wᵀ) W − λ′ sign W with λ′ = λ/4 (arXiv:2312.03096, §3).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np

from polygenesis.arrays import Floats

PAUSED, RESTED, TIME_UP, DIVERGED = 0, 1, 2, 3
"""Why :func:`advance` returned."""

SAFETY, SHRINK, GROW = 0.9, 0.3, 1.3
"""Step control: aim below the tolerance, and bound how fast the step may fall and grow."""

FIRST_MOVE = 0.01
"""The very first step moves no feature by more than this share of its norm: nothing is known of the error yet."""

SMALLEST_NORM = 0.1
"""Relative errors are measured against at least this norm, so that a dying feature does not stop the clock."""

SECOND_ORDER_BELOW = 0.35
"""Steps shorter than this extrapolate the force from the last one (Adams–Bashforth, second order), which saves a third
of them in the transient at equal accuracy; longer ones are plain Euler, which is stable up to twice the length."""

TIME, STEP, RESIDUAL, ERROR, EXTRAPOLATION = 0, 1, 2, 3, 4
NEURONS, WEIGHTS, EVALUATIONS, RELEASED, READY, PAIRS = 0, 1, 2, 3, 4, 5
EVERYWHERE = -1
"""Value of the PAIRS tally when any entry of the overlap table may be nonzero."""


class State(NamedTuple):
    """Live weights by neuron, and the work space of a step; n features, m neurons.

    ``feature``, ``value``, ``force``, ``change`` (of the force) (m, n): the first ``count[k]`` entries of row k are
    live, or about to be.
    ``live``: neurons with features. ``overlap`` (n, n): ReLU(W_i·W_j) for i ≠ j; ``strongest`` (n,) its largest by row;
    ``pairs``: which entries of it are in use. ``squared`` (n,): ‖W_i‖²; ``moved`` (n,): squared change of the force.
    ``clock``: time, step, residual, error, weight of the extrapolation. ``tally``: live neurons, live weights,
    evaluations, zeros about to be released, whether a step is ready, pairs in use.
    """

    count: Any
    feature: Any
    value: Any
    force: Any
    change: Any
    live: Any
    overlap: Any
    strongest: Any
    pairs: Any
    squared: Any
    moved: Any
    scratch: Any
    clock: Any
    tally: Any


def gather(by_neuron: Floats, force: Floats, time: float, step: float, evaluations: int) -> State:
    """Collect the live weights of a dense state: weights and forces (m, n), time and step in the paper's clock.

    The state is float64 whatever the dense precision: a tie of two weights that differ by δ opens at the rate λ′δ,
    which in float32 rounds to nothing long before the race is decided, and here precision costs little.
    """
    m, n = by_neuron.shape
    dtype = np.float64
    state = State(
        count=np.zeros(m, np.int32),
        feature=np.zeros((m, n), np.int32),
        value=np.zeros((m, n), dtype),
        force=np.zeros((m, n), dtype),
        change=np.zeros((m, n), dtype),
        live=np.zeros(m, np.int32),
        overlap=np.zeros((n, n), dtype),
        strongest=np.zeros(n, dtype),
        pairs=np.zeros((n * n // 8 + 1, 2), np.int32),
        squared=np.zeros(n, dtype),
        moved=np.zeros(n, dtype),
        scratch=np.zeros(n, dtype),
        clock=np.array([time, step, np.inf, 0.0, 0.0]),
        tally=np.array([0, 0, evaluations, 0, 0, 0], np.int64),
    )
    _fill(state, by_neuron, force)
    return state


@numba.njit(cache=True)
def advance(
    state: State, strength: float, tolerance: float, longest: float, rest: float, end: float, pause: float
) -> int:
    """Step until the next step would cross ``pause``, the weights rest, ``end`` is reached or something is not finite.

    ``strength`` is λ′. On PAUSED the step is ready but not taken, so that the state at
    ``pause`` can be read by :func:`peek`; calling again takes that step. Pausing never changes the steps.
    """
    clock, tally = state.clock, state.tally
    while True:
        if not tally[READY]:
            if clock[TIME] >= end:
                return TIME_UP
            _overlaps(state)
            _forces(state, strength)
            _choose_step(state, tolerance, longest, end - clock[TIME])
            tally[EVALUATIONS] += 1
            tally[READY] = 1
            if not np.isfinite(clock[ERROR]):
                return DIVERGED
        if clock[RESIDUAL] < rest and tally[RELEASED] == 0 and (strength == 0 or _settled(state)):
            return RESTED
        if clock[TIME] + clock[STEP] > pause:
            return PAUSED
        _move(state, strength)
        clock[TIME] += clock[STEP]
        tally[READY] = 0


@numba.njit(cache=True)
def peek(state: State, strength: float, ahead: float, weights: Floats) -> None:
    """Write the weights (n, m) a part ``ahead`` of the ready step: the step's own dense output."""
    weights[:] = 0
    for q in range(state.tally[NEURONS]):
        k = state.live[q]
        for x in range(state.count[k]):
            weights[state.feature[k, x], k] = _moved_by(state, k, x, ahead, strength)


@numba.njit(cache=True, inline="always")
def shrink(value: Any, threshold: Any) -> Any:
    """Soft threshold: the proximal map of the L1 penalty, with exact zeros."""
    if value > threshold:
        return value - threshold
    if value < -threshold:
        return value + threshold
    return value * 0


@numba.njit(cache=True, inline="always")
def _moved_by(state: State, k: int, x: int, step: float, strength: float) -> float:
    """Return the weight after a proximal step of some length."""
    slope = state.force[k, x] + step * state.clock[EXTRAPOLATION] * state.change[k, x]
    return float(shrink(state.value[k, x] + step * slope, step * strength))


@numba.njit(cache=True)
def extrapolation(step: float, last: float) -> float:
    """Return what multiplies step² × (change of the force) in a step: 1/(2 × last step), or 0 for long steps."""
    return float(0.5 / last if step < SECOND_ORDER_BELOW else 0.0)


@numba.njit(cache=True)
def next_step(step: float, error: float, tolerance: float, longest: float) -> float:
    """Euler's local error grows as step²: choose the step whose error is just below the tolerance."""
    factor = SAFETY * np.sqrt(tolerance / max(error, 1e-300))
    return float(min(step * min(max(factor, SHRINK), GROW), longest))


@numba.njit(cache=True)
def relative_speed(moved: Any, squared: Any) -> float:
    """The largest √moved_i / ‖W_i‖ over features."""
    worst = 0.0
    for i in range(len(moved)):
        ratio = moved[i] / max(squared[i], SMALLEST_NORM**2)
        if not ratio <= worst:  # a NaN must come through
            worst = ratio
    return float(np.sqrt(worst))


@numba.njit(cache=True)
def _fill(state: State, by_neuron: Floats, force: Floats) -> None:
    m, n = by_neuron.shape
    for k in range(m):
        c = 0
        for i in range(n):
            if by_neuron[k, i] != 0:
                state.feature[k, c] = i
                state.value[k, c] = by_neuron[k, i]
                state.force[k, c] = force[k, i]
                c += 1
        state.count[k] = c
        if c > 0:
            state.live[state.tally[NEURONS]] = k
            state.tally[NEURONS] += 1
            state.tally[WEIGHTS] += c


@numba.njit(cache=True)
def _overlaps(state: State) -> None:
    """Compute ReLU(W_i·W_j) for i ≠ j, each feature's strongest, and ‖W_i‖²."""
    overlap, pairs, tally = state.overlap, state.pairs, state.tally
    if tally[PAIRS] == EVERYWHERE:
        overlap[:] = 0
    else:
        for p in range(tally[PAIRS]):
            overlap[pairs[p, 0], pairs[p, 1]] = 0
            overlap[pairs[p, 1], pairs[p, 0]] = 0
    state.strongest[:] = 0
    state.squared[:] = 0
    tally[PAIRS] = _accumulate(state)
    if tally[PAIRS] == EVERYWHERE:
        for i in range(len(overlap)):
            for j in range(i):
                _rectify(state, i, j)
    else:
        for p in range(tally[PAIRS]):
            _rectify(state, pairs[p, 0], pairs[p, 1])


@numba.njit(cache=True)
def _accumulate(state: State) -> int:
    """Add up the lower triangle of W Wᵀ; return the number of pairs noted, or EVERYWHERE when they are too many."""
    overlap, pairs = state.overlap, state.pairs
    number = 0
    for q in range(state.tally[NEURONS]):
        c = state.count[state.live[q]]
        number += c * (c - 1) // 2
    few = number <= len(pairs)
    number = 0
    for q in range(state.tally[NEURONS]):
        k = state.live[q]
        for x in range(state.count[k]):
            i, a = state.feature[k, x], state.value[k, x]
            state.squared[i] += a * a
            for y in range(x):
                j = state.feature[k, y]
                above, below = max(i, j), min(i, j)
                overlap[above, below] += a * state.value[k, y]
                if few:
                    pairs[number, 0] = above
                    pairs[number, 1] = below
                    number += 1
    return number if few else EVERYWHERE


@numba.njit(cache=True, inline="always")
def _rectify(state: State, i: int, j: int) -> None:
    value = max(state.overlap[i, j], 0.0)
    state.overlap[i, j] = value
    state.overlap[j, i] = value
    state.strongest[i] = max(state.strongest[i], value)
    state.strongest[j] = max(state.strongest[j], value)


@numba.njit(cache=True)
def _forces(state: State, strength: float) -> None:
    """Compute the smooth force W − ReLU(W Wᵀ) W on every live weight, and find the zeros that it releases."""
    state.moved[:] = 0
    state.clock[RESIDUAL] = 0.0
    state.tally[RELEASED] = 0
    for q in range(state.tally[NEURONS]):
        k = state.live[q]
        reach = 0.0
        for x in range(state.count[k]):
            reach += abs(state.value[k, x]) * state.strongest[state.feature[k, x]]
        if reach > strength:
            _force_and_release(state, k, strength)
        else:
            _force(state, k, strength)


@numba.njit(cache=True)
def _force(state: State, k: int, strength: float) -> None:
    for x in range(state.count[k]):
        i = state.feature[k, x]
        interference = 0.0
        for y in range(state.count[k]):
            interference += state.overlap[i, state.feature[k, y]] * state.value[k, y]
        _note_force(state, k, x, interference, strength)


@numba.njit(cache=True)
def _force_and_release(state: State, k: int, strength: float) -> None:
    """As :func:`_force`, for all features: a zero whose interference exceeds λ′ joins the list with value 0."""
    interference, c = state.scratch, state.count[k]
    interference[:] = 0
    for x in range(c):
        row, a = state.overlap[state.feature[k, x]], state.value[k, x]
        for i in range(len(interference)):
            interference[i] += a * row[i]
    for x in range(c):
        i = state.feature[k, x]
        _note_force(state, k, x, interference[i], strength)
        interference[i] = 0
    largest = 0.0
    for i in range(len(interference)):
        largest = max(largest, abs(interference[i]))
    if largest > strength:
        for i in range(len(interference)):
            if abs(interference[i]) > strength:
                state.feature[k, c] = i
                state.value[k, c] = 0
                state.force[k, c] = -interference[i]
                state.change[k, c] = 0
                c += 1
        state.tally[RELEASED] += c - state.count[k]
        state.count[k] = c


@numba.njit(cache=True, inline="always")
def _note_force(state: State, k: int, x: int, interference: float, strength: float) -> None:
    i, a = state.feature[k, x], state.value[k, x]
    force = a - state.squared[i] * a - interference
    change = force - state.force[k, x]
    state.moved[i] += change * change
    state.force[k, x] = force
    state.change[k, x] = change
    speed = abs(force - strength) if a > 0 else abs(force + strength)
    state.clock[RESIDUAL] = max(state.clock[RESIDUAL], speed)


@numba.njit(cache=True)
def _choose_step(state: State, tolerance: float, longest: float, left: float) -> None:
    clock, last = state.clock, state.clock[STEP]
    speed = relative_speed(state.moved, state.squared)
    if state.tally[EVALUATIONS] == 0:  # nothing came before: `moved` is the force itself
        clock[ERROR] = speed
        clock[STEP] = min(last, FIRST_MOVE / max(speed, 1e-300), left)
        clock[EXTRAPOLATION] = 0.0
    else:
        clock[ERROR] = 0.5 * last * speed
        clock[STEP] = min(next_step(last, clock[ERROR], tolerance, longest), left)
        clock[EXTRAPOLATION] = extrapolation(clock[STEP], last)


@numba.njit(cache=True)
def _settled(state: State) -> bool:
    """Whether every feature has at most one weight and no two features push each other."""
    if state.tally[WEIGHTS] > len(state.squared):
        return False
    seen = state.scratch
    seen[:] = 0
    for q in range(state.tally[NEURONS]):
        k = state.live[q]
        for x in range(state.count[k]):
            seen[state.feature[k, x]] += 1
    return bool(seen.max() <= 1 and state.strongest.max() == 0)


@numba.njit(cache=True)
def _move(state: State, strength: float) -> None:
    """Take the ready step: proximal Euler, dropping the weights that reach zero and the neurons left empty."""
    h = state.clock[STEP]
    neurons = weights = 0
    for q in range(state.tally[NEURONS]):
        k = state.live[q]
        kept = 0
        for x in range(state.count[k]):
            value = _moved_by(state, k, x, h, strength)
            if value != 0:
                state.feature[k, kept] = state.feature[k, x]
                state.force[k, kept] = state.force[k, x]
                state.value[k, kept] = value
                kept += 1
        state.count[k] = kept
        weights += kept
        if kept:
            state.live[neurons] = k
            neurons += 1
    state.tally[NEURONS] = neurons
    state.tally[WEIGHTS] = weights
