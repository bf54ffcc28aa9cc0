"""Training on by gradient flow: proximal steps that never raise an objective, until nothing moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from polygenesis.arrays import Booleans, Floats
from polygenesis.checks import check_weights
from polygenesis.errors import InputError, bad_argument

Stack = dict[str, Floats]
"""Parameters of r networks by name, (r, …) each."""

GROWTH, LONGEST = 1.05, 500.0
"""By how much an accepted step grows, and the longest step in units of the first."""

SLIDE, RISE = 0.25, 1e-3
"""A step of this many first steps is taken across a kink too, if J rises by no more than this share of it."""

LOOK, GAIN = 500, 1e-5
"""What slides is at rest when its best J has not fallen by this share of it in so many steps."""

SHORTEST = 1e-12
"""Where no step this short can be taken, training on ends."""

SLACK = 1e-12
"""Rounding of a loss, relative, by which it may exceed its quadratic bound."""


class Landscape(Protocol):
    """An objective J = smooth part + kink of stacked networks, such as L1, whose kink has a proximal map."""

    @property
    def name(self) -> str:
        """What it is, shown to readers."""

    def slope(self, stack: Stack) -> tuple[Floats, Stack]:
        """Return the smooth part, (r,), and its gradient by parameter, (r, …) each."""

    def kink(self, stack: Stack) -> Floats:
        """Return the rest of J, (r,)."""

    def shrink(self, stack: Stack, step: float) -> Stack:
        """Return the proximal map of step × the kink."""


@dataclass(frozen=True, eq=False)
class Descent:
    """Networks after training on, r of them: parameters, J, the fastest move left, each (r,), and the time that passed.

    All networks move in the same steps, so that those that have not come to rest are compared at one time.
    ``settled``: which are at rest. ``fallen``: by how much J fell in the second half of the steps.
    """

    stack: Stack
    value: Floats
    speed: Floats
    settled: Booleans
    fallen: Floats
    time: float


def total(landscape: Landscape, stack: Stack) -> Floats:
    """Return J of stacked networks, (r,)."""
    return np.asarray(landscape.slope(stack)[0] + landscape.kink(stack))


def stacked(parameters: Mapping[str, Any], *others: Mapping[str, Any]) -> Stack:
    """Stack the parameters of networks of one shape, in float64."""
    networks = (parameters, *others)
    return {name: np.stack([np.asarray(each[name], dtype=np.float64) for each in networks]) for name in parameters}


def descend(
    landscape: Landscape,
    start: Stack,
    *,
    residual: float = 1e-5,
    steps: int = 20_000,
    first_step: float = 0.02,
    most_time: float = np.inf,
) -> Descent:
    """Train stacked networks on together until no parameter moves faster than ``residual`` (the objective's clock).

    Proximal gradient steps, halved until the smooth part of every network lies below its quadratic bound
    (Beck and Teboulle 2009) and no J rises. Where a force jumps, as at the kink of a hidden ReLU, no step
    is short enough: there a step of a quarter of the first is taken nevertheless, so that the network slides along the
    kink; its best point counts, and it rests when that gets no better. Raises :class:`polygenesis.InputError` where J
    or its gradient is not finite at the start.
    """
    state = _State(landscape, start)
    step, time, halfway = first_step, 0.0, state.value
    for count in range(1, steps + 1):
        if time >= most_time or not state.live.any():
            break
        if not state.advance(step, slide=step <= first_step * SLIDE):
            step /= 2
            if step < SHORTEST:
                break
            continue
        time += step
        if count <= steps // 2:
            halfway = state.best_value.copy()
        state.stop(residual, look=count % LOOK == 0)
        step = min(step * GROWTH, first_step * LONGEST)
    return Descent(state.best, state.best_value, state.speed, state.settled, halfway - state.best_value, time)


class _State:
    """Stacked networks on their way: where each is, its best point so far, how fast it moves, and which still do."""

    def __init__(self, landscape: Landscape, start: Stack) -> None:
        self.landscape = landscape
        self.now: Stack = {name: np.array(value, dtype=np.float64) for name, value in start.items()}
        self.loss, self.slope = _checked(landscape, self.now)
        self.value: Floats = np.asarray(self.loss + landscape.kink(self.now))
        self.best: Stack = {name: value.copy() for name, value in self.now.items()}
        self.best_value, self.seen = self.value.copy(), self.value + 1.0
        count = len(self.value)
        self.speed, self.live = np.full(count, np.inf), np.ones(count, dtype=bool)
        self.slides, self.settled = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)

    def advance(self, step: float, slide: bool) -> bool:
        """Take one step of all that still move, or none and return False where it fails for one of them."""
        rows = np.flatnonzero(self.live)
        here, down = _rows(self.now, rows), _rows(self.slope, rows)
        ahead = self.landscape.shrink({name: here[name] - step * down[name] for name in here}, step)
        move: Stack = {name: ahead[name] - here[name] for name in here}
        loss, slope = self.landscape.slope(ahead)
        value: Floats = np.asarray(loss + self.landscape.kink(ahead))
        bound = self.loss[rows] + _inner(down, move) + _inner(move, move) / (2 * step)
        failed = _above(loss, bound) | _above(value, self.value[rows])
        little = value <= self.value[rows] + RISE * np.abs(value)
        if failed.any() and not (slide and little.all()):
            return False
        self.slides[rows] |= failed
        self.loss[rows], self.value[rows], self.speed[rows] = loss, value, _fastest(move) / step
        better = value < self.best_value[rows]
        self.best_value[rows[better]] = value[better]
        for name in self.now:
            self.now[name][rows], self.slope[name][rows] = ahead[name], slope[name]
            self.best[name][rows[better]] = ahead[name][better]
        return True

    def stop(self, residual: float, look: bool) -> None:
        """Stop what moves no faster than the residual, and what slides without getting better."""
        self.settled |= self.live & (self.speed <= residual)
        if look:
            gained = self.seen - self.best_value > GAIN * np.abs(self.best_value)
            self.settled |= self.live & self.slides & ~gained
            self.seen = self.best_value.copy()
            self.slides[:] = False
        self.live &= ~self.settled


def net_speed(landscape: Landscape, stack: Stack, *, time: float = 1.0) -> Floats:
    """Return how fast the fastest parameter of each network moves under gradient flow, (r,), on average over a time.

    Net moves over a while, so that to and fro across the kink of a hidden ReLU does not count.
    """
    end = descend(landscape, stack, residual=0.0, first_step=0.005, most_time=time)
    return _fastest({name: end.stack[name] - stack[name] for name in stack}) / max(end.time, SHORTEST)


@dataclass(frozen=True, eq=False)
class Relaxed:
    """Weights (n, m) after further training: objective, largest remaining speed, and whether that is at rest."""

    weights: Floats
    value: float
    residual: float
    settled: bool


def relax(
    objective: Landscape, weights: Any, *, residual: float = 1e-5, steps: int = 20_000, first_step: float = 0.02
) -> Relaxed:
    """Train one network of weights on by gradient flow, in proximal steps that never raise J, until nothing moves.

    ``objective``: an :class:`polygenesis.probe.Objective`. ``weights``: (n, m). ``residual``: at rest when no weight
    moves faster than this, in the objective's clock. Raises :class:`polygenesis.InputError` for an objective that is
    not finite or whose gradient is misshapen.
    """
    start = stacked({"weights": check_weights("weights", weights, dimensions=2)})
    end = descend(objective, start, residual=residual, steps=steps, first_step=first_step)
    return Relaxed(end.stack["weights"][0], float(end.value[0]), float(end.speed[0]), bool(end.settled[0]))


def _checked(landscape: Landscape, stack: Stack) -> tuple[Floats, Stack]:
    loss, slope = landscape.slope(stack)
    for name, value in stack.items():
        if slope[name].shape != value.shape:
            shape, found = value.shape[1:], slope[name].shape[1:]
            raise bad_argument("objective", f"return a gradient of shape {shape}", f"shape {found}")
    if not (np.isfinite(loss).all() and all(np.isfinite(each).all() for each in slope.values())):
        raise InputError("Argument `objective` must be finite with its gradient at the given weights, but is not.")
    return np.array(loss, dtype=np.float64), {name: np.array(each) for name, each in slope.items()}


def _rows(stack: Stack, rows: Any) -> Stack:
    return {name: value[rows] for name, value in stack.items()}


def _inner(a: Stack, b: Stack) -> Floats:
    """Σ a·b of each network over all its parameters, (r,)."""
    return np.asarray(sum((a[name] * b[name]).reshape(len(a[name]), -1).sum(1) for name in a))


def _fastest(move: Stack) -> Floats:
    return np.asarray(np.max([np.abs(each).reshape(len(each), -1).max(1) for each in move.values()], axis=0))


def _above(value: Floats, limit: Floats) -> Booleans:
    """Whether a loss exceeds its limit by more than rounding, or is not finite."""
    return np.asarray(~(value <= limit + SLACK * np.maximum(1.0, np.abs(limit))))
