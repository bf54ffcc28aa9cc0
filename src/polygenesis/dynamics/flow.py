"""Gradient flow: dense while most weights live, by active set afterwards, with a certificate at the end.

In the paper's clock dW/dt = F − λ′ sign W with F = W − ReLU(W Wᵀ) W (arXiv:2312.03096, §3). Short steps are proximal,
W ← S_{hλ′}(W + h F) with the soft threshold S, so that weights reach exact zeros; long ones are taken in stages that
keep them stable (``stepping``). The error of a step is estimated from the change of F since the last one and kept below
the tolerance for the worst feature: small steps through the first transient and through every later contest follow
from that, long ones in between. Weights are stored by neuron, (m, n), so that both engines read rows.

Where some pairs do not interfere (``interference``), ReLU(W_i·W_j) counts as zero for them. A change of which pairs do
is a stage of its own, begun exactly at its time with fresh steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numba
import numpy as np
from threadpoolctl import threadpool_limits

from polygenesis.arrays import Booleans, Floats, Weights
from polygenesis.dynamics import active_set, stepping
from polygenesis.dynamics.active_set import DIVERGED, PAUSED, RESTED, TIME_UP
from polygenesis.dynamics.base import Certificate, Outcome, Progress, Run
from polygenesis.dynamics.saving import Recorder
from polygenesis.spec import RunSpec
from polygenesis.training import GradientFlow

SPARSE = 4
"""Why the dense engine returned, besides the active set's reasons: few enough weights are left to hand over."""
SPARSE_ENOUGH = 0.1
"""Share of live weights below which the active set beats dense products; from 0.1 to 0.2 the whole takes as long."""
FASTEST, SLOWEST_RATE, FASTEST_RATE = 1.85, 2.1, 10.0
"""The fastest rate of the flow in units of the largest eigenvalue of W Wᵀ, and the bounds of that estimate."""
SMALL = 2048
"""Weights n·m up to which the active set is used from the start: below it the overhead of dense calls rules."""
RACE = 50.0
"""Default time limit in units of 1/λ: the slowest races of a run end near 7/λ, so only ties reach it."""
NO_RACE = 2500.0
"""Default time limit without a penalty, in the loss's clock: overlaps then die out slowly at the edge of the ReLU."""


def flow(spec: RunSpec, start: Weights, progress: Progress | None = None, *, engine: str = "flow") -> Run:
    """Integrate every replicate of a spec by gradient flow; ``start`` is (r, n, m) in the precision to use.

    ``engine``: "flow" (dense, then by active set), "flow-dense" or "flow-active-set" throughout.
    """
    end = time_limit(spec)
    recorder = Recorder(spec, end)
    final = np.empty_like(start)
    ends = []
    with threadpool_limits(1, "blas"):  # the same bits on any number of cores; processes share the work instead
        for replicate, weights in enumerate(start):
            ends.append(_integrate(spec, weights, recorder, replicate, 4 * end, engine))
            final[replicate] = ends[-1].weights
            if progress is not None:
                progress(replicate + 1, len(start))
    kept = [spec.interference.stages(weights)[-1].kept for weights in start]
    certificate = certify(final, spec.penalty.strength, kept)
    return Run(
        spec=spec,
        initial=start,
        final=final,
        outcome=tuple(_outcome(each.status, certificate, a) for a, each in enumerate(ends)),
        end_time=np.array([each.time / 4 for each in ends]),
        evaluations=np.array([each.evaluations for each in ends]),
        engine=engine,
        certificate=certificate,
        times=recorder.times,
        series=recorder.series,
        trajectory=recorder.trajectory,
    )


def time_limit(spec: RunSpec) -> float:
    """Return when a flow gives up, in the loss's clock."""
    assert isinstance(spec.training, GradientFlow)
    if spec.training.max_time is not None:
        return spec.training.max_time
    return RACE / spec.penalty.strength if spec.penalty.strength else NO_RACE


class End(NamedTuple):
    """How one replicate's integration stopped: status, weights (n, m), time (paper's clock), gradient evaluations."""

    status: int
    weights: Floats
    time: float
    evaluations: int


def _integrate(spec: RunSpec, start: Floats, recorder: Recorder, replicate: int, end: float, name: str) -> End:
    """Integrate one replicate, (n, m), up to ``end`` in the paper's clock, recording on the way."""
    state, saved = End(TIME_UP, start, 0.0, 0), 0
    for stage in spec.interference.stages(start):
        until = min(4 * stage.until, end)
        dense = Dense(state.weights, spec, until, time=state.time, kept=stage.kept, stay=name == "flow-dense")
        done, saved = _through(dense, recorder, replicate, saved, name)
        rests = done.status == RESTED and until < end
        state = End(done.status, done.weights, until if rests else done.time, state.evaluations + done.evaluations)
        if state.status == DIVERGED or until >= end:
            break
        while saved < len(recorder.times) and 4 * recorder.times[saved] <= until:  # it rested before
            recorder.record(replicate, saved, state.weights)
            saved += 1
    if state.status != DIVERGED:
        recorder.rest(replicate, saved, state.weights)
    return state


def _through(dense: Dense, recorder: Recorder, replicate: int, saved: int, name: str) -> tuple[End, int]:
    """Integrate through one stage from its dense start; return its end and how many times are saved by then."""
    engine: Dense | Sparse = dense
    pauses = [4 * time for time in recorder.times] + [np.inf]
    at_once = name == "flow-active-set" or (name == "flow" and dense.by_neuron.size <= SMALL)
    status = SPARSE if at_once else PAUSED
    while status in (PAUSED, SPARSE):
        if status == SPARSE:
            engine = Sparse(dense)
        status = engine.advance(pauses[saved])
        if status == PAUSED:
            recorder.record(replicate, saved, engine.peek(pauses[saved]))
            saved += 1
    return End(status, engine.peek(engine.time), engine.time, engine.evaluations), saved


class Dense:
    """The state while most weights live: products of whole matrices (BLAS) and fused element-wise passes."""

    def __init__(
        self,
        start: Floats,
        spec: RunSpec,
        end: float,
        *,
        time: float = 0.0,
        kept: Booleans | None = None,
        stay: bool = False,
    ) -> None:
        assert isinstance(spec.training, GradientFlow)
        self.training, self.end = spec.training, end
        self.by_neuron = np.ascontiguousarray(start.T)
        self.force, self.change = np.zeros_like(self.by_neuron), np.zeros_like(self.by_neuron)
        self.stages: tuple[Floats, Floats, Floats, Floats] | None = None
        self.extrapolation, self.stiffest = 0.0, stepping.STIFFEST
        self.direction = np.cos(np.arange(len(start))).astype(start.dtype)
        self.strength = start.dtype.type(spec.penalty.strength / 4)
        self.kept = None if kept is None else (kept | np.eye(len(start), dtype=bool)).astype(start.dtype)
        self.time, self.step, self.evaluations, self.ready = time, stepping.FIRST_STEP, 0, False
        self.sparse_below = 0.0 if stay else max(SPARSE_ENOUGH * start.size, 2 * len(start))

    def advance(self, pause: float) -> int:
        """Step until the next step would cross ``pause``, few weights live, the weights rest or ``end`` is reached."""
        while True:
            if not self.ready:
                if self.time >= self.end:
                    return TIME_UP
                error, residual = self._evaluate()
                if not np.isfinite(error):
                    return DIVERGED
                if residual < self.training.residual and (self.strength == 0 or self._settled()):
                    return RESTED
            if self.time + self.step > pause:
                return PAUSED
            weights = self._move(self.by_neuron, self.step)
            self.time += self.step
            self.ready = False
            if weights <= self.sparse_below and self.strength > 0:
                return SPARSE

    def _settled(self) -> bool:
        """Whether every feature has at most one weight and no two push each other."""
        positive, negative = self.by_neuron > 0, self.by_neuron < 0
        alone = (positive | negative).sum(axis=0).max() <= 1
        return bool(alone and not any(_pushing(side.T, self.kept).any() for side in (positive, negative)))

    def peek(self, time: float) -> Floats:
        """Return the weights (n, m) at a time within the ready step."""
        ahead = self.by_neuron.copy()
        if time > self.time:
            self._move(ahead, time - self.time)
        return np.ascontiguousarray(ahead.T)

    def _evaluate(self) -> tuple[float, float]:
        """Compute the force and choose the step; return its relative error and the fastest move of a weight."""
        self._follow(_pull(self.by_neuron, self.change, self.kept, self.direction))
        moved, squared, residual = _force(self.by_neuron, self.force, self.change, self.strength)
        speed, last, left = stepping.relative_speed(moved, squared), self.step, self.end - self.time
        if self.evaluations == 0:
            error, self.step, self.extrapolation = speed, min(last, stepping.FIRST_MOVE / max(speed, 1e-300), left), 0.0
        else:
            how, rate = self.training, self.stiffest
            if last > stepping.single(rate):
                speed = stepping.staged_speed(moved, squared, last)
            error = 0.5 * last * speed
            self.step = min(stepping.next_step(last, error, how.tolerance, how.max_step, stepping.single(rate)), left)
            self.extrapolation = stepping.extrapolation(self.step, last)
        self.evaluations += stepping.legendre_stages(self.step, self.stiffest)
        self.ready = True
        return error, residual

    def _follow(self, ahead: Floats) -> None:
        """Estimate the fastest rate, given W Wᵀ times the last direction: a step of power iteration on W Wᵀ.

        A change of W by X W changes the overlaps by X W Wᵀ + W Wᵀ X, which the flow undoes where they are positive: no
        rate exceeds twice the largest eigenvalue, and those that were computed stay below 0.93 of that.
        """
        size = float(np.sqrt(ahead @ ahead))
        if 0 < size < np.inf:
            self.direction = ahead / self.strength.dtype.type(size)
            self.stiffest = float(min(max(FASTEST * size, SLOWEST_RATE), FASTEST_RATE))

    def _move(self, weights: Floats, step: float) -> int:
        """Take a step of some length in place; return the number of weights left."""
        number, count = self.strength.dtype.type, stepping.legendre_stages(step, self.stiffest)
        if count == 1:
            second = number(step * step * self.extrapolation)
            return int(_move(weights, self.force, self.change, number(step), second, self.strength))
        if self.stages is None:
            self.stages = np.empty_like(weights), np.empty_like(weights), np.empty_like(weights), np.empty_like(weights)
        before, now, held, pull = self.stages
        table = (stepping.legendre(count) * np.array([1.0, 1.0, step])).astype(weights.dtype)
        _first_stage(weights, self.force, before, now, held, table[0, 2], self.strength)
        for coefficients in table[1:]:
            _pull(held, pull, self.kept)
            _stage(weights, self.force, before, now, held, pull, coefficients, self.strength)
            before, now = now, before
        return int(_last_stage(weights, self.force, held))


class Sparse:
    """The state once few weights live: the compiled active set, continued from a dense state."""

    def __init__(self, dense: Dense) -> None:
        self.training, self.end, self.strength = dense.training, dense.end, float(dense.strength)
        self.precision = dense.by_neuron.dtype
        self.state = active_set.gather(
            dense.by_neuron, dense.force, dense.time, dense.step, dense.evaluations, dense.kept
        )

    def advance(self, pause: float) -> int:
        """Step until the next step would cross ``pause``, the weights rest or ``end`` is reached."""
        how = self.training
        return int(
            active_set.advance(self.state, self.strength, how.tolerance, how.max_step, how.residual, self.end, pause)
        )

    def peek(self, time: float) -> Floats:
        """Return the weights (n, m) at a time within the ready step."""
        m, n = self.state.value.shape
        weights = np.empty((n, m), self.precision)
        active_set.peek(self.state, self.strength, time, weights)
        return weights

    @property
    def time(self) -> float:
        """Time reached, in the paper's clock."""
        return float(self.state.clock[active_set.TIME])

    @property
    def evaluations(self) -> int:
        """How often the force was evaluated."""
        return int(self.state.tally[active_set.EVALUATIONS])


def _pull(by_neuron: Floats, out: Floats, kept: Floats | None, direction: Floats | None = None) -> Floats:
    """Write ReLU(W Wᵀ) W, by neuron, (m, n), with the overlaps of the pairs ``kept`` only (1 or 0, (n, n)).

    Return W Wᵀ times a direction (n,), empty without one.
    """
    overlap = by_neuron.T @ by_neuron
    ahead = overlap[:0, 0] if direction is None else overlap @ direction
    np.maximum(overlap, 0, out=overlap)
    if kept is not None:
        overlap *= kept
    np.matmul(by_neuron, overlap, out=out)
    return ahead


@numba.njit(cache=True)
def _force(weights: Floats, force: Floats, change: Floats, strength: Any) -> tuple[Floats, Floats, float]:
    """Turn ``change``, which holds ReLU(W Wᵀ) W, into the change of the force, and ``force`` into the new one.

    Return each feature's squared change of force on its live weights, ‖W_i‖², and the residual.
    """
    m, n = weights.shape
    zero = strength * 0
    moved, squared = np.zeros(n, weights.dtype), np.zeros(n, weights.dtype)
    residual = zero
    for k in range(m):
        for i in range(n):
            w = weights[k, i]
            new = w - change[k, i]
            difference = new - force[k, i]
            change[k, i] = difference
            force[k, i] = new
            moved[i] += difference * difference if w != 0 else zero
            squared[i] += w * w
        for i in range(n):
            if weights[k, i] != 0:
                residual = max(residual, abs(force[k, i] - (strength if weights[k, i] > 0 else -strength)))
    return moved, squared, residual


@numba.njit(cache=True)
def _move(weights: Floats, force: Floats, change: Floats, step: Any, second: Any, strength: Any) -> int:
    """Take a proximal step in place, W + step · force + second · change; return the number of weights left."""
    m, n = weights.shape
    left = 0
    for k in range(m):
        for i in range(n):
            ahead = weights[k, i] + step * force[k, i] + second * change[k, i]
            value = stepping.shrink(ahead, step * strength)
            weights[k, i] = value
            left += value != 0
    return left


@numba.njit(cache=True, inline="always")
def _sign(weight: Any, force: Any, strength: Any) -> Any:
    """The sign that the penalty sees: the weight's, that of the force that releases a zero, or 0 for one held."""
    if weight != 0:
        return strength * 0 + 1 if weight > 0 else strength * 0 - 1
    if abs(force) > strength:
        return strength * 0 + 1 if force > 0 else strength * 0 - 1
    return strength * 0


@numba.njit(cache=True)
def _first_stage(
    start: Floats, force: Floats, before: Floats, now: Floats, held: Floats, step: Any, strength: Any
) -> None:
    m, n = start.shape
    for k in range(m):
        for i in range(n):
            sign = _sign(start[k, i], force[k, i], strength)
            before[k, i] = start[k, i]
            ahead = start[k, i] + step * (force[k, i] - strength * sign) * abs(sign)
            now[k, i] = ahead
            held[k, i] = ahead if ahead * sign > 0 else ahead * 0


@numba.njit(cache=True)
def _stage(
    start: Floats,
    force: Floats,
    before: Floats,
    now: Floats,
    held: Floats,
    pull: Floats,
    coefficients: Floats,
    strength: Any,
) -> None:
    """Replace the last but one stage by the next: μ now + ν before + μ̃ h (now − pull − λ′ sign)."""
    m, n = start.shape
    mu, nu, step = coefficients[0], coefficients[1], coefficients[2]
    for k in range(m):
        for i in range(n):
            sign = _sign(start[k, i], force[k, i], strength)
            slope = (held[k, i] - pull[k, i] - strength * sign) * abs(sign)
            ahead = mu * now[k, i] + nu * before[k, i] + step * slope
            before[k, i] = ahead
            held[k, i] = ahead if ahead * sign > 0 else ahead * 0


@numba.njit(cache=True)
def _last_stage(start: Floats, force: Floats, now: Floats) -> int:
    """Keep what has not changed its sign; return the number of weights left."""
    m, n = start.shape
    left = 0
    for k in range(m):
        for i in range(n):
            sign = start[k, i] if start[k, i] != 0 else force[k, i]
            start[k, i] = now[k, i] if now[k, i] * sign > 0 else start[k, i] * 0
            left += start[k, i] != 0
    return left


def certify(weights: Weights, strength: float, kept: Sequence[Booleans | None] | None = None) -> Certificate:
    """Collect the evidence for convergence of weights (r, n, m) under the penalty λ, in float64 and from scratch.

    At rest every live weight has force λ sign W, every zero a force of at most λ; a feature is settled when it has
    exactly one weight, and stable when no other feature of its neuron has the same sign (arXiv:2312.03096, §3).
    ``kept``: which pairs interfere, (n, n) a replicate or None for all; others exert no force and do not clash.
    """
    pairs = [None] * len(weights) if kept is None else kept
    rows = [
        _certify(np.asarray(each, dtype=np.float64), strength / 4, of) for each, of in zip(weights, pairs, strict=True)
    ]
    residual, excess, dead, split, clashing = (np.array(column) for column in zip(*rows, strict=True))
    return Certificate(residual=4 * residual, excess=4 * excess, dead=dead, split=split, clashing=clashing)


def _certify(w: Floats, strength: float, kept: Booleans | None) -> tuple[float, float, int, int, int]:
    if not np.isfinite(w).all():
        return np.nan, np.nan, 0, 0, 0
    live = w != 0
    with np.errstate(over="ignore", invalid="ignore"):  # diverged weights: the outcome says so
        overlap = np.maximum(w @ w.T, 0)
        if kept is not None:
            overlap *= kept | np.eye(len(w), dtype=bool)
        force = w - overlap @ w
    residual = np.abs(force - strength * np.sign(w))[live].max(initial=0.0)
    excess = np.abs(force[~live]).max(initial=0.0) - strength
    weights = live.sum(axis=1)
    clashing = _pushing(w > 0, kept) | _pushing(w < 0, kept)
    return (
        float(residual),
        float(excess),
        int((weights == 0).sum()),
        int((weights > 1).sum()),
        int(clashing.sum()),
    )


def _pushing(side: Booleans, kept: Floats | Booleans | None) -> Booleans:
    """On which neurons, (m,), two features of one sign push each other: ``side`` (n, m) says who has that sign there.

    ``kept`` (n, n): which pairs interfere; None for all.
    """
    if kept is None:
        return np.asarray(side.sum(axis=0) > 1)
    others = (kept != 0) & ~np.eye(len(side), dtype=bool)
    return np.asarray((side & (others.astype(float) @ side > 0)).any(axis=0))


def _outcome(status: int, certificate: Certificate, replicate: int) -> Outcome:
    if status == DIVERGED:
        return Outcome.DIVERGED
    if status != RESTED or certificate.split[replicate] or certificate.clashing[replicate]:
        return Outcome.UNDECIDED
    return Outcome.DEAD_FEATURES if certificate.dead[replicate] else Outcome.CONVERGED
