"""Gradient flow on the weights that are left: a compiled step whose cost falls with the number of live weights.

The L1 pressure sets weights to exact zeros and most of them stay there. Weights are therefore kept by neuron: the list
of features a neuron still carries, with value and force. A neuron without features exerts no force and leaves for good.
A zero (i, k) comes back only where the interference |Σ_j ReLU(W_i·W_j) W_jk| exceeds λ′, so a neuron is searched for
such zeros only when Σ_j |W_jk| max_i ReLU(W_i·W_j) > λ′: the set of live weights is exact at every step.

Everything here is in the paper's clock, dW/dt = W − ReLU(W Wᵀ) W − λ′ sign W with λ′ = λ/4 (arXiv:2312.03096, §3).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.dynamics.flow import step_control
from polygenesis.dynamics.flow.elementwise import penalized
from polygenesis.dynamics.flow.step_control import Status
from polygenesis.kernels import compiled

TIME, STEP, RESIDUAL, ERROR, EXTRAPOLATION = 0, 1, 2, 3, 4
NEURONS, RETIRED, EVALUATIONS, READY, PAIRS, MISSING = 0, 1, 2, 3, 4, 5
ROUNDING = 2.0**-23
"""Relative rounding of a number in float32, generously."""
EVERYWHERE = -1
"""Value of the PAIRS tally when any entry of the overlap table may be nonzero."""
TILE = 16
"""Columns of the overlaps that are mirrored at a time: so many rows stay in the nearest cache."""
ROOM, SHORTEST = 2, 16
"""Rows begin this many times as long as the fullest neuron's list, and at least so long; longer than n never."""


class State(NamedTuple):
    """Live weights by neuron, and the work space of a step; n features, m neurons.

    ``feature``, ``value``, ``force``, ``change`` (of the force), ``ahead`` (after the step), ``stage`` (m, width): the
    first ``count[k]`` entries of row k are live, or about to be; rows are short, so that they share pages and caches.
    ``live``: neurons at work; ``retired``: those at rest.
    ``overlap`` (n, n): ReLU(W_i·W_j) for i ≠ j; ``strongest`` (n,) its largest by row; ``pairs``: which entries of it
    are in use; ``kept`` (n, n): 1 for pairs that interfere, 0 for others, empty when all do. ``weights``, ``squared``,
    ``moved`` (n,): number of weights, ‖W_i‖², squared change of the force. ``short``: the overlaps in float32.
    ``clock``: time, step, residual, error, weight of the extrapolation. ``tally``: neurons at work and retired,
    evaluations, whether a step is ready, pairs in use, zeros that found no room.

    What is called for every neuron or weight takes the arrays that it needs: to pass the whole state takes longer than
    most of these calls.
    """

    count: Any
    feature: Any
    value: Any
    force: Any
    change: Any
    ahead: Any
    stage: Any
    live: Any
    retired: Any
    overlap: Any
    strongest: Any
    pairs: Any
    kept: Any
    weights: Any
    squared: Any
    moved: Any
    scratch: Any
    short: Any
    rough: Any
    clock: Any
    tally: Any


def gather(
    by_neuron: Floats, force: Floats, time: float, step: float, evaluations: int, kept: Floats | None = None
) -> State:
    """Collect the live weights of a dense state: weights and forces (m, n), time and step in the paper's clock.

    ``kept`` (n, n) is 1 for pairs that interfere and 0 for others; None: all do.

    The state is float64 whatever the dense precision: a tie of two weights that differ by δ opens at the rate λ′δ,
    which in float32 rounds to nothing long before the race is decided, and here precision costs little.
    """
    m, n = by_neuron.shape
    width = min(n, max(SHORTEST, ROOM * int(np.count_nonzero(by_neuron, axis=1).max(initial=0))))
    state = State(
        count=np.zeros(m, np.int32),
        feature=np.zeros((m, width), np.int32),
        value=np.zeros((m, width)),
        force=np.zeros((m, width)),
        change=np.zeros((m, width)),
        ahead=np.zeros((m, width)),
        stage=np.zeros((m, width)),
        live=np.zeros(m, np.int32),
        retired=np.zeros(m, np.int32),
        overlap=np.zeros((n, n)),
        strongest=np.zeros(n),
        pairs=np.zeros((n * n // 8 + 1, 2), np.int32),
        kept=np.zeros((0, 0)) if kept is None else kept.astype(np.float64),
        weights=np.zeros(n, np.int32),
        squared=np.zeros(n),
        moved=np.zeros(n),
        scratch=np.zeros(n),
        short=np.zeros((n, n), np.float32),
        rough=np.zeros(n, np.float32),
        clock=np.array([time, step, np.inf, 0.0, 0.0]),
        tally=np.array([0, 0, evaluations, 0, 0, 0], np.int64),
    )
    neurons, features = np.nonzero(by_neuron)
    count = np.bincount(neurons, minlength=m)
    place = np.arange(len(neurons)) - (np.cumsum(count) - count)[neurons]
    state.count[:], state.weights[:] = count, np.bincount(features, minlength=n)
    state.feature[neurons, place] = features
    state.value[neurons, place] = by_neuron[neurons, features]
    state.force[neurons, place] = force[neurons, features]
    (live,) = np.nonzero(count)
    state.live[: len(live)], state.tally[NEURONS] = live, len(live)
    return state


def weights_now(state: State, precision: Any) -> Floats:
    """Return the weights (n, m) as they are."""
    n, (m, width) = len(state.weights), state.feature.shape
    weights = np.zeros((n, m), precision)
    held = np.arange(width) < state.count[:, None]
    neurons, _ = np.nonzero(held)
    weights[state.feature[held], neurons] = state.value[held]
    return weights


def widen(state: State) -> State:
    """Return the same state with rows of twice the length, for a neuron that many zeros are released on."""
    n, width = len(state.weights), state.feature.shape[1]

    def longer(rows: Any) -> Any:
        wide = np.zeros((len(rows), min(n, 2 * width)), rows.dtype)
        wide[:, :width] = rows
        return wide

    names = ("feature", "value", "force", "change", "ahead", "stage")
    return state._replace(**{name: longer(getattr(state, name)) for name in names})


@compiled
def advance(
    state: State, strength: float, tolerance: float, longest: float, rest: float, end: float, pause: float, until: int
) -> int:
    """Step until the next step would cross ``pause``, the weights rest, ``end`` is reached or something is not finite.

    Returns a :class:`Status` by number. ``strength`` is λ′. On PAUSED the step is ready but not taken, so that the
    state at ``pause`` can be read by :func:`peek`; calling again takes that step. Pausing never changes the steps. On
    CROWDED call again with the state from :func:`widen`. On UNFINISHED ``until`` evaluations are made: call again with
    more.
    """
    value, live, squared, moved, clock = state.value, state.live, state.squared, state.moved, state.clock
    tally = state.tally
    if tally[MISSING]:
        tally[MISSING] = 0
        for q in range(tally[NEURONS]):
            _release(state, live[q], strength)
        if tally[MISSING]:
            return Status.CROWDED.value
    while True:
        if not tally[READY]:
            if clock[TIME] >= end:
                return Status.TIME_UP.value
            if tally[EVALUATIONS] >= until:
                return Status.UNFINISHED.value
            _overlaps(state, value)
            _forces(state, strength, rest)
            _choose_step(clock, tally, moved, squared, tolerance, longest, end - clock[TIME])
            tally[EVALUATIONS] += step_control.stages(clock[STEP])
            tally[READY] = 1
            if not np.isfinite(clock[ERROR]):
                return Status.DIVERGED.value
            if tally[MISSING]:
                return Status.CROWDED.value
        if tally[NEURONS] == 0 or (strength == 0 and clock[RESIDUAL] < rest):
            return Status.RESTED.value
        if clock[TIME] + clock[STEP] > pause:
            return Status.PAUSED.value
        _look_ahead(state, strength, clock[STEP])
        _move(state, strength)
        clock[TIME] += clock[STEP]
        tally[READY] = 0


@compiled
def peek(state: State, strength: float, time: float, weights: Floats) -> None:
    """Write the weights (n, m) at a time within the ready step, later than now: a step of that length, not kept."""
    count, feature, value, ahead, live = state.count, state.feature, state.value, state.ahead, state.live
    retired, clock, tally = state.retired, state.clock, state.tally
    weights[:] = 0
    _look_ahead(state, strength, time - clock[TIME])
    for neurons, number in ((live, tally[NEURONS]), (retired, tally[RETIRED])):
        for q in range(number):
            k = neurons[q]
            for x in range(count[k]):
                weights[feature[k, x], k] = (ahead if neurons is live else value)[k, x]


@compiled(inner=True)
def _look_ahead(state: State, strength: float, step: float) -> None:
    """Write the weights after a step into ``ahead``: proximal, or by Chebyshev stages if the step is long."""
    count, value, force, change, ahead = state.count, state.value, state.force, state.change, state.ahead
    live, clock, tally = state.live, state.clock, state.tally
    number = step_control.stages(step)
    if number > 1:
        _stages(state, strength, step, number)
        return
    for q in range(tally[NEURONS]):
        k = live[q]
        for x in range(count[k]):
            slope = force[k, x] + step * clock[EXTRAPOLATION] * change[k, x]
            there = value[k, x] + step * slope
            ahead[k, x] = penalized(value[k, x], there, step * strength)


@compiled(inner=True)
def _stages(state: State, strength: float, step: float, number: int) -> None:
    """Chebyshev stages on the live weights with the penalty's signs held; what would change sign ends at zero."""
    count, feature, value, force, ahead = state.count, state.feature, state.value, state.force, state.ahead
    stage, live, overlap, squared, scratch = state.stage, state.live, state.overlap, state.squared, state.scratch
    tally = state.tally
    table = step_control.chebyshev(number)
    before, now = stage, ahead
    if number % 2 == 0:  # the last stage must land in `ahead`
        before, now = now, before
    for q in range(tally[NEURONS]):
        k = live[q]
        for x in range(count[k]):
            before[k, x] = value[k, x]
            pull = force[k, x] - strength * _sign(value[k, x], force[k, x])
            now[k, x] = value[k, x] + table[0, 2] * step * pull
    for j in range(1, number):
        _overlaps(state, now)
        for q in range(tally[NEURONS]):
            k = live[q]
            _forces_on(scratch, overlap, squared, count, feature, now, k)
            for x in range(count[k]):
                pull = scratch[x] - strength * _sign(value[k, x], force[k, x])
                before[k, x] = table[j, 0] * now[k, x] + table[j, 1] * before[k, x] + table[j, 2] * step * pull
        before, now = now, before
    for q in range(tally[NEURONS]):
        k = live[q]
        for x in range(count[k]):
            if ahead[k, x] * _sign(value[k, x], force[k, x]) <= 0:
                ahead[k, x] = 0


@compiled(inner=True)
def _sign(value: float, force: float) -> float:
    """The sign that the penalty sees: the weight's, or that of the force by which a zero is released."""
    a = value if value != 0 else force
    return 1.0 if a > 0 else -1.0


@compiled(inner=True)
def _count_weights(weights: Any, live: Any, count: Any, feature: Any, neurons: int) -> None:
    weights[:] = 0
    for q in range(neurons):
        k = live[q]
        for x in range(count[k]):
            weights[feature[k, x]] += 1


@compiled(inner=True)
def _overlaps(state: State, values: Any) -> None:
    """Compute ReLU(W_i·W_j) for i ≠ j, each feature's strongest, and ‖W_i‖², from some values of the live weights."""
    count, feature, live, overlap, strongest = state.count, state.feature, state.live, state.overlap, state.strongest
    pairs, kept, squared, tally = state.pairs, state.kept, state.squared, state.tally
    if tally[PAIRS] == EVERYWHERE:
        overlap[:] = 0
    else:
        for p in range(tally[PAIRS]):
            overlap[pairs[p, 0], pairs[p, 1]] = 0
            overlap[pairs[p, 1], pairs[p, 0]] = 0
    strongest[:] = 0
    squared[:] = 0
    tally[PAIRS] = _accumulate(overlap, squared, pairs, live, count, feature, values, tally[NEURONS])
    if tally[PAIRS] == EVERYWHERE:
        n = len(overlap)
        for first in range(0, n, TILE):
            for i in range(first, n):
                for j in range(first, min(first + TILE, i)):
                    overlap[i, j] += overlap[j, i]
                    _rectify(overlap, kept, strongest, i, j)
    else:
        for p in range(tally[PAIRS]):
            _rectify(overlap, kept, strongest, pairs[p, 0], pairs[p, 1])


@compiled(inner=True)
def _accumulate(
    overlap: Any, squared: Any, pairs: Any, live: Any, count: Any, feature: Any, values: Any, neurons: int
) -> int:
    """Add up the lower triangle of W Wᵀ; return the number of pairs noted, or EVERYWHERE when they are too many."""
    number = 0
    for q in range(neurons):
        c = count[live[q]]
        number += c * (c - 1) // 2
    if number > len(pairs):
        _accumulate_everywhere(overlap, squared, live, count, feature, values, neurons)
        return EVERYWHERE
    number = 0
    for q in range(neurons):
        k = live[q]
        for x in range(count[k]):
            i, a = feature[k, x], values[k, x]
            squared[i] += a * a
            for y in range(x):
                j = feature[k, y]
                above, below = max(i, j), min(i, j)
                overlap[above, below] += a * values[k, y]
                pairs[number, 0] = above
                pairs[number, 1] = below
                number += 1
    return number


@compiled(inner=True)
def _accumulate_everywhere(
    overlap: Any, squared: Any, live: Any, count: Any, feature: Any, values: Any, neurons: int
) -> None:
    """Add up W Wᵀ, each pair's product on either side of the diagonal."""
    for q in range(neurons):
        k = live[q]
        names = feature[k]
        for x in range(count[k]):
            a = values[k, x]
            row = overlap[names[x]]
            squared[names[x]] += a * a
            for y in range(x):
                row[names[y]] += a * values[k, y]


@compiled(inner=True)
def _rectify(overlap: Any, kept: Any, strongest: Any, i: int, j: int) -> None:
    """Take the ReLU of an overlap of two features that interfere, mirror it and note it where it is the strongest."""
    value = max(overlap[i, j], 0.0)
    if len(kept):
        value *= kept[i, j]
    overlap[i, j] = value
    overlap[j, i] = value
    strongest[i] = max(strongest[i], value)
    strongest[j] = max(strongest[j], value)


@compiled(inner=True)
def _forces(state: State, strength: float, rest: float) -> None:
    """Compute the smooth force W − ReLU(W Wᵀ) W on every live weight, and find the zeros that it releases."""
    count, feature, value, force, change = state.count, state.feature, state.value, state.force, state.change
    live, retired, overlap, strongest = state.live, state.retired, state.overlap, state.strongest
    weights, squared, moved, scratch, short = state.weights, state.squared, state.moved, state.scratch, state.short
    rough, clock, tally = state.rough, state.clock, state.tally
    moved[:] = 0
    clock[RESIDUAL] = 0.0
    if tally[PAIRS] == EVERYWHERE:
        for i in range(len(overlap)):
            rounded, exact = short[i], overlap[i]
            for j in range(len(exact)):
                rounded[j] = exact[j]
    working, few = 0, tally[PAIRS] != EVERYWHERE  # pairs: few zeros are left to search
    for q in range(tally[NEURONS]):
        k = live[q]
        _forces_on(scratch, overlap, squared, count, feature, value, k)
        fastest = 0.0
        for x in range(count[k]):
            more = scratch[x] - force[k, x]
            moved[feature[k, x]] += more * more
            force[k, x], change[k, x] = scratch[x], more
            fastest = max(fastest, abs(force[k, x] - (strength if value[k, x] > 0 else -strength)))
        clock[RESIDUAL] = max(clock[RESIDUAL], fastest)
        above, below = _pushed(count, value, feature, strongest, k)
        if max(above, below) > strength and (
            few or _may_release(rough, short, count, feature, value, k, strength, above + below)
        ):
            _release(state, k, strength)
        if strength > 0 and _at_rest(count, value, force, feature, weights, strongest, k, strength, rest):
            retired[tally[RETIRED]] = k
            tally[RETIRED] += 1
        else:
            live[working] = k
            working += 1
    tally[NEURONS] = working


@compiled(inner=True)
def _pushed(count: Any, value: Any, feature: Any, strongest: Any, k: int) -> tuple[float, float]:
    """Bound the interference on any feature on neuron k by that of the weights of each sign, for overlaps ≥ 0."""
    above, below = 0.0, 0.0
    for x in range(count[k]):
        push = value[k, x] * strongest[feature[k, x]]
        above += max(push, 0.0)
        below -= min(push, 0.0)
    return above, below


@compiled(inner=True)
def _may_release(
    rough: Any, short: Any, count: Any, feature: Any, value: Any, k: int, strength: float, pushed: float
) -> bool:
    """Whether the interference on some feature without a weight on neuron k may exceed λ′: False is certain.

    While there are many zeros a search in float32 says so, which finds what exceeds λ′ less more than its rounding;
    ``pushed``: the sum of the bounds.
    """
    c = count[k]
    rough[:] = 0
    x = 0
    while x + 4 <= c:  # four rows at a time: `rough` is read and written a quarter as often
        a, p = np.float32(value[k, x]), short[feature[k, x]]
        b, q = np.float32(value[k, x + 1]), short[feature[k, x + 1]]
        d, r = np.float32(value[k, x + 2]), short[feature[k, x + 2]]
        e, s = np.float32(value[k, x + 3]), short[feature[k, x + 3]]
        for i in range(len(rough)):
            rough[i] += a * p[i] + b * q[i] + d * r[i] + e * s[i]
        x += 4
    for y in range(x, c):
        a, p = np.float32(value[k, y]), short[feature[k, y]]
        for i in range(len(rough)):
            rough[i] += a * p[i]
    for x in range(c):
        rough[feature[k, x]] = 0
    least, found = np.float32(strength - (c + 4) * ROUNDING * pushed), 0
    for i in range(len(rough)):
        found += abs(rough[i]) > least
    return found > 0


@compiled(inner=True)
def _at_rest(
    count: Any,
    value: Any,
    force: Any,
    feature: Any,
    weights: Any,
    strongest: Any,
    k: int,
    strength: float,
    rest: float,
) -> bool:
    """Whether a neuron can leave for good: its features have no other weight, overlap with none, and do not move.

    Nothing can wake it: a feature pushes or releases weights here only through an overlap with one of these features,
    and to overlap it would need a weight here already.
    """
    for x in range(count[k]):
        i, a = feature[k, x], value[k, x]
        pull = abs(force[k, x] - (strength if a > 0 else -strength))
        if weights[i] != 1 or strongest[i] > 0 or pull >= rest:
            return False
    return True


@compiled(inner=True)
def _forces_on(force: Any, overlap: Any, squared: Any, count: Any, feature: Any, values: Any, k: int) -> None:
    """Write (1 − ‖W_i‖²) W_ik − Σ_{j≠i} ReLU(W_i·W_j) W_jk for the live weights of neuron k into ``scratch``."""
    names = feature[k]
    for x in range(count[k]):
        i, a = names[x], values[k, x]
        row, pull = overlap[i], 0.0
        for y in range(x):  # overlaps are symmetric: each pair is looked up once
            between = row[names[y]]
            pull += between * values[k, y]
            force[y] -= between * a
        force[x] = a * (1 - squared[i]) - pull


@compiled(inner=True)
def _release(state: State, k: int, strength: float) -> None:
    """Find the zeros of a neuron whose interference exceeds λ′: they join its list with value 0, if there is room."""
    count, feature, value, force, change = state.count, state.feature, state.value, state.force, state.change
    overlap, scratch, tally = state.overlap, state.scratch, state.tally
    interference, c = scratch, count[k]
    interference[:] = 0
    for x in range(c):
        row, a = overlap[feature[k, x]], value[k, x]
        for i in range(len(interference)):
            interference[i] += a * row[i]
    for x in range(c):
        interference[feature[k, x]] = 0
    largest = 0.0
    for i in range(len(interference)):
        largest = max(largest, abs(interference[i]))
    if largest > strength:
        for i in range(len(interference)):
            if abs(interference[i]) > strength:
                if c == feature.shape[1]:
                    tally[MISSING] += 1
                    continue
                feature[k, c] = i
                value[k, c] = 0
                force[k, c] = -interference[i]
                change[k, c] = 0
                c += 1
        count[k] = c


@compiled(inner=True)
def _choose_step(
    clock: Any, tally: Any, moved: Any, squared: Any, tolerance: float, longest: float, left: float
) -> None:
    last = clock[STEP]
    speed = step_control.relative_speed(moved, squared)
    if tally[EVALUATIONS] == 0:  # nothing came before: `moved` is the force itself
        clock[ERROR] = speed
        clock[STEP] = min(last, step_control.FIRST_MOVE / max(speed, 1e-300), left)
        clock[EXTRAPOLATION] = 0.0
    else:
        clock[ERROR] = 0.5 * last * speed
        clock[STEP] = min(step_control.next_step(last, clock[ERROR], tolerance, longest), left)
        clock[EXTRAPOLATION] = step_control.extrapolation(clock[STEP], last)


@compiled(inner=True)
def _move(state: State, strength: float) -> None:
    """Take the step that :func:`_look_ahead` prepared, dropping weights that reached zero and neurons left empty."""
    count, feature, value, force, ahead = state.count, state.feature, state.value, state.force, state.ahead
    live, kept, weights, tally = state.live, state.kept, state.weights, state.tally
    neurons = 0
    for q in range(tally[NEURONS]):
        k = live[q]
        kept = 0
        for x in range(count[k]):
            if ahead[k, x] != 0:
                feature[k, kept] = feature[k, x]
                force[k, kept] = force[k, x]
                value[k, kept] = ahead[k, x]
                kept += 1
        count[k] = kept
        if kept:
            live[neurons] = k
            neurons += 1
    tally[NEURONS] = neurons
    _count_weights(weights, live, count, feature, neurons)
