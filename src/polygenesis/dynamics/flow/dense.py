"""Gradient flow while most weights live: products of whole matrices and vectorised element-wise passes.

Everything here is in the paper's clock, dW/dt = F(W) − λ′ sign W with F = W − ReLU(W Wᵀ) W and λ′ = λ/4
(arXiv:2312.03096, §3). Both kinds of step first add up the smooth force, Z = W + ∫F, and then let the penalty act on
every weight exactly, as if its force had been constant: a weight that reaches zero stays there, or goes through
(``elementwise.penalized``). A soft threshold of Z would take a weight through zero that should be stopped, or stop one
late; at n = m, where many weights change sign early, that error was most of all.

* **Single steps** go through the first transient and fast contests: the force is extrapolated, evaluated where that
  leads, and the step corrected by it (Adams–Bashforth and Adams–Moulton, third order), without a second evaluation.
  Half as many steps as by extrapolation alone bring the same accuracy; the price is half the reach of stability.
* **Staged steps** are second-order Runge–Kutta–Legendre steps (Meyer et al. 2014) in the slow phase: s stages
  reach about s²/4 times as far.

The error of a step is measured: by the correction, or from the forces at both ends (Sommeijer et al. 1998). What lies
along a row counts little (``elementwise.across``). A step that errs far too much is taken again, shorter; only the last
one before the active set takes over is neither measured nor corrected. Below 45 % live weights products take lists of
them (``sparse_products``).
"""

from __future__ import annotations

import functools
import warnings
from typing import Any

import numpy as np

from polygenesis.arrays import Booleans, Floats
from polygenesis.dynamics.flow import (
    dense_compiled,
    elementwise,
    elementwise_arrays,
    first_use,
    plain,
    sparse_products,
    step_control,
)
from polygenesis.dynamics.flow.certificate import at_rest
from polygenesis.dynamics.flow.step_control import Status
from polygenesis.dynamics.limits import COMPILED_BELOW, Stalls, evaluations_at_once
from polygenesis.dynamics.replicates import heed
from polygenesis.dynamics.team import Team
from polygenesis.spec import RunSpec
from polygenesis.training import GradientFlow

SPARSE_ENOUGH = 0.04
"""Share of live weights below which the active set beats products of whole matrices that skip zeros."""

PLAIN_AT_ONCE = 100
"""Evaluations that a loop in plain Python makes before it looks whether the compiled one is ready."""

_FAILED: set[str] = set()
"""Precisions in which compiled passes were tried and did not work."""


@functools.cache
def passes(precision: str) -> Any:
    """Return the module of compiled passes, if they can be compiled here and are right: tried once, on 3 × 5 weights.

    They are written in LLVM's language, which changes. Where they cannot be built the same formulas are applied to
    whole arrays (more slowly, with the same roundings), and a warning says so once.
    """
    weights, force, change, pull = (
        np.arange(place, 15 + place, dtype=precision).reshape(3, 5) % 7 - 3 for place in range(4)
    )
    number, found = weights.dtype.type, []
    for each in (elementwise, elementwise_arrays):
        ahead, now, before = (np.empty_like(weights) for _ in range(3))
        try:
            each.extrapolate(weights, force, change, ahead, number(0.5), number(0.25), number(0.125))
            sums = each.correct(weights, force, change, ahead, pull, now, before, np.full(6, 0.5, precision), 0, 5)
        except Exception as error:  # whatever the compiler of another version raises
            reason = f"{type(error).__name__}: {error}".strip().splitlines()[0]
            break
        found.append(np.concatenate([ahead, now, before, sums]))
    else:
        if np.array_equal(found[0], found[1]):
            return elementwise
        reason = "their results are wrong"
    _FAILED.add(precision)
    warnings.warn(f"Compiled element-wise passes do not work here ({reason}); flows take slower ones.", stacklevel=2)
    return elementwise_arrays


def usable(precision: str) -> bool:
    """Whether compiled passes have worked in this process where they were asked for."""
    return precision not in _FAILED


class Dense:
    """The state of one replicate while most weights live, stored by neuron, (m, n)."""

    elementwise: Any = None
    """The module whose passes are taken; None: the compiled ones where they work, once they are compiled."""

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
        n, m = start.shape
        self.training, self.end = spec.training, end
        self.longest = min(spec.training.max_step, step_control.LONGEST)
        self.strength = start.dtype.type(spec.penalty.strength / 4)
        self.kept = None if kept is None else (kept | np.eye(n, dtype=bool)).astype(start.dtype)
        self.by_neuron = np.array(start.T, order="C")  # a copy always: a single row is contiguous either way
        self.force, self.change = np.zeros_like(self.by_neuron), np.zeros_like(self.by_neuron)
        self.ahead, self.pull, self.before, self.now = (np.empty_like(self.by_neuron) for _ in range(4))
        self.lists: sparse_products.Lists | None = None
        self.share = 1.0
        self.direction, self.rate = np.abs(start).sum(axis=1), step_control.FASTEST_RATE  # renamed features, same steps
        self.time, self.step, self.last, self.staged, self.evaluations = time, step_control.FIRST_STEP, 0.0, False, 0
        self.tolerance = spec.training.tolerance * step_control.ease(n, m)
        self.size, self.waits = n * m, (first_use.piece_of(n, m), start.dtype.name)
        self.early = self.elementwise is None and min(n, m) > 1 and first_use.early(*self.waits)
        self.compiled, self.control = n * n * m <= COMPILED_BELOW, plain.control if self.early else step_control
        if self.early:
            self.elementwise = elementwise_arrays
        else:
            self._settle(self.elementwise or passes(start.dtype.name))
        self.even = self.control.even_from(n, m)
        self.sparse_below = 0.0 if stay else max(SPARSE_ENOUGH * start.size, 2 * n)
        self.stalls, self.at_once, self.team = Stalls(time, 0), evaluations_at_once(n * n * m), Team(n * n * m)

    def _settle(self, elementwise_passes: Any) -> None:
        """Take these passes, and compiled steps where they are compiled, from here on."""
        self.early, self.elementwise, self.control = False, elementwise_passes, step_control
        self.compiled = self.compiled and self.elementwise is elementwise

    def _look(self) -> None:
        """Look whether the compiler is ready."""
        if self.early and not first_use.early(*self.waits):
            self._settle(passes(self.by_neuron.dtype.name))

    def advance(self, pause: float) -> Status:
        """Step until the next step would cross ``pause``, few weights live, the weights rest or ``end`` is reached.

        Or until the steps have shrunk to nothing: STALLED.
        """
        if self.evaluations == 0 and self.time < self.end and not np.isfinite(self._begin()):
            return Status.DIVERGED
        if self.compiled:
            return self._advance_compiled(pause)
        while True:
            heed()
            self._look()
            if self.time >= self.end:
                return Status.TIME_UP
            if self.time + self.step > pause:
                return Status.PAUSED
            if self.stalls.found(self.time, self.evaluations):
                return Status.STALLED
            self._look_ahead(self.step)
            left = sum(self.team.by_rows(self.elementwise.count, (self.ahead,)))
            self.share = left / self.size
            if left <= self.sparse_below and self.strength > 0:
                self.by_neuron, self.ahead, self.time = self.ahead, self.by_neuron, self.time + self.step
                return Status.SPARSE
            found = self._compare()
            if not np.isfinite(found.error) and not self.staged:
                return Status.DIVERGED
            if self._accept(found) and found.residual < self.training.residual and self._rests():
                return Status.RESTED

    def _advance_compiled(self, pause: float) -> Status:
        """The same in compiled code, left now and then: to leave it every step would take longer than the steps."""
        state = dense_compiled.State(
            self.by_neuron,
            self.force,
            self.change,
            self.ahead,
            self.pull,
            self.before,
            self.now,
            self.direction,
            np.zeros((0, 0), self.by_neuron.dtype) if self.kept is None else self.kept,
            clock=np.array([self.time, self.step, self.last, self.rate]),
            tally=np.array([self.staged, self.evaluations], np.int64),
        )
        bounds = dense_compiled.Bounds(
            self.strength,
            float(self.tolerance),
            float(self.longest),
            self.training.residual,
            float(self.sparse_below),
            float(self.end),
        )
        clock, tally = state.clock, state.tally
        status = Status.UNFINISHED
        while status == Status.UNFINISHED and self.compiled:
            heed()
            loop, most = (plain.dense, PLAIN_AT_ONCE) if self.early else (dense_compiled.advance, self.at_once)
            until = min(int(tally[1]) + most, self.stalls.due)
            code, arrays = loop(state, bounds, pause, until)
            status, state = Status(code), dense_compiled.State(*arrays, *state[len(arrays) :])
            self.by_neuron = state.weights
            if status == Status.UNFINISHED and self.stalls.found(float(clock[0]), int(tally[1])):
                status = Status.STALLED
            if status == Status.RESTED and not self._rests():
                status = Status.UNFINISHED
            self._look()
        self.force, self.change, self.ahead, self.pull = state.force, state.change, state.ahead, state.pull
        self.before, self.now = state.before, state.now
        self.time, self.step, self.last, self.rate = (float(each) for each in clock)
        self.staged, self.evaluations = bool(tally[0]), int(tally[1])
        return status if status != Status.UNFINISHED else self.advance(pause)

    def peek(self, time: float) -> Floats:
        """Return the weights (n, m) at a time within the next step."""
        if time <= self.time:
            return np.ascontiguousarray(self.array(self.by_neuron).T)
        step, rate, direction, evaluations = self.step, self.rate, self.direction, self.evaluations
        self.step = time - self.time
        self._look_ahead(self.step)
        if not self.staged:
            self._compare()  # corrects
        self.step, self.rate, self.direction, self.evaluations = step, rate, direction, evaluations
        return np.ascontiguousarray(self.array(self.ahead).T)

    def array(self, held: Any) -> Floats:
        """Return what is held, wherever that is, as an array."""
        found: Floats = held
        return found

    def _begin(self) -> float:
        """Compute the first force and a first step, of which nothing is known but the speed it starts with."""
        with np.errstate(over="ignore", invalid="ignore"):  # huge weights diverge, and the outcome says so
            self._evaluate(self.by_neuron, follow=True)
            self.force = self.by_neuron - self.pull
            moved, squared = (self.array((each**2).sum(axis=0)) for each in (self.force, self.by_neuron))
        speed = self.control.relative_speed(moved, squared)
        self.step = min(step_control.FIRST_STEP, step_control.FIRST_MOVE / max(speed, 1e-300), self.end - self.time)
        return float(speed)

    def _look_ahead(self, step: float) -> None:
        """Write the weights after a step of some length into ``ahead``."""
        number = self.strength.dtype.type
        if not self.staged:
            second = self.control.second(step, self.last)
            self.team.by_rows(
                self.elementwise.extrapolate,
                (self.by_neuron, self.force, self.change, self.ahead),
                number(step),
                number(second),
                number(step * self.strength),
            )
            return
        table, times = self.control.legendre(self.control.legendre_stages(step, self.rate), step)
        drops = (times * float(self.strength)).astype(self.strength.dtype)
        table = table.astype(self.strength.dtype)
        before, now = self.before, self.now
        arrays: tuple[Floats, ...] = (self.by_neuron, self.force, before, now, self.ahead)
        self.team.by_rows(self.elementwise.first_stage, arrays, table[0, 3], drops[0])
        for coefficients, drop in zip(table[1:], drops[1:], strict=True):
            self._evaluate(self.ahead)
            arrays = (self.by_neuron, self.force, before, now, self.ahead, self.pull)
            self.team.by_rows(self.elementwise.stage, arrays, coefficients, drop)
            before, now = now, before

    def _compare(self) -> step_control.Comparison:
        """Evaluate the force at ``ahead``, write it into ``now`` and its change into ``before``; measure the step.

        A single step is corrected by it: ``ahead`` is then what follows from the force at both ends and before.
        """
        self._evaluate(self.ahead, follow=True)
        number, strength = self.strength.dtype, float(self.strength)
        if self.staged:
            factors = np.array([0.8, 0.4 * self.step, 0.8 * self.step * strength, strength], number)
            measure, arrays = self.elementwise.compare, [self.by_neuron, self.force, self.ahead]
        else:
            factors = np.array(self.control.single(self.step, self.last, strength), number)
            measure, arrays = self.elementwise.correct, [self.by_neuron, self.force, self.change, self.ahead]
        n = len(self.direction)
        missed, squared, residual = self.team.by_columns(measure, n, *arrays, self.pull, self.now, self.before, factors)
        error = self.control.typical(missed, squared) if np.isfinite(squared.sum()) else np.inf
        return step_control.Comparison(error=error, residual=float(residual.max()))

    def _accept(self, found: step_control.Comparison) -> bool:
        """Take the step that was compared, unless its error is too large, and choose the next one."""
        step = self.step
        taken, self.step, self.staged = self.control.decide(
            step,
            self.last == 0,
            self.staged,
            self.rate,
            found.error,
            self.tolerance,
            self.even,
            self.longest,
            self.end - self.time,
        )
        if taken:
            self.by_neuron, self.ahead = self.ahead, self.by_neuron
            self.force, self.now = self.now, self.force
            self.change, self.before = self.before, self.change
            self.time, self.last = self.time + step, step
        return bool(taken)

    def _rests(self) -> bool:
        """Whether without a penalty all rests, or every feature has at most one weight and no two push each other."""
        return bool(self.strength == 0) or at_rest(self.array(self.by_neuron), self.kept)

    def _evaluate(self, weights: Floats, *, follow: bool = False) -> None:
        """Write ReLU(W Wᵀ) W into ``pull``, with the overlaps of pairs that interfere only.

        ``follow``: estimate the fastest rate by a step of power iteration on W Wᵀ. A change of W by X W changes the
        overlaps by X W Wᵀ + W Wᵀ X, which the flow undoes where they are positive: no rate exceeds twice the largest
        eigenvalue, and those that were computed stay below 0.93 of that.
        """
        noted = self._note(weights)
        if noted is not None and self.share < sparse_products.OVERLAPS_BELOW:
            overlap = np.empty((weights.shape[1], weights.shape[1]), weights.dtype)
            sparse_products.overlaps(weights, noted, overlap, self.team)
        else:
            overlap = self.team.gram(weights)
        if follow:
            ahead = overlap @ self.direction
            self._follow(ahead, ahead @ ahead)
        self.team.by_rows(_interfering, (overlap,))
        if self.kept is not None:
            overlap *= self.kept
        if noted is not None:
            sparse_products.pull(noted, overlap, self.pull, self.team)
        else:
            self.team.matmul(weights, overlap, self.pull)
        self.evaluations += 1

    def _note(self, weights: Floats) -> sparse_products.Lists | None:
        """List the live weights if they are few; None where they are not."""
        m, n = weights.shape
        if self.share >= sparse_products.PULL_BELOW or not sparse_products.can_list(n):
            return None
        if not sparse_products.work(weights.dtype.name):
            return None
        self.lists = self.lists or sparse_products.lists(n, m, weights.dtype)
        return self.lists if sparse_products.note(weights, self.lists) else None

    def _follow(self, ahead: Any, squared: Any) -> None:
        """Take what a step of power iteration led to: its length is the largest eigenvalue, its direction the next."""
        size = float(np.sqrt(squared))
        if 0 < size < np.inf:
            self.direction = ahead / size
            self.rate = self.control.fastest(size)


def _interfering(overlap: Floats) -> None:
    """Keep what is positive, in place."""
    np.maximum(overlap, 0, out=overlap)
