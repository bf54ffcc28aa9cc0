"""Gradient flow of any model: proximal steps, each replicate with its own clock and its own error control.

In the loss's clock dθ/dt = F − ∂(kink of the penalty), F = −∂(smooth loss). A step of length h goes to
θ + h F + ½ h² Ḟ, with Ḟ from the change of F since the last step (Adams–Bashforth), and then through the penalty's
proximal map, so that zeros are exact. The local error ½ h ‖ΔF‖ is kept below the tolerance relative to the norm of the
worst row of any parameter. A replicate is at rest when θ has moved slower than the residual for as long as a race
takes, because near-ties of a race barely move at first; or as soon as every feature has one weight at most, or nothing
moves but by rounding.

An output bias b is stiff: all inputs push it at once. Its force is N − κ b with a curvature κ that is known, so that
the linear part is taken exactly (exponential time differencing of second order, Cox and Matthews 2002,
doi:10.1006/jcph.2002.6995, eq. 5): in place of h and ½ h² stand h φ₁(−κh) and h² φ₂(−κh), and Ḟ is the change of N.

Steps are also kept below 1/stiffness, measured as ‖ΔF‖/‖Δθ‖ of the last step: what rings at the edge of stability
dominates both differences, so it is seen while it is still small.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.dynamics.autograd.batches import Feed
from polygenesis.dynamics.autograd.objective import bias_curvature, gradient
from polygenesis.dynamics.autograd.steps import Tensors, trained
from polygenesis.dynamics.devices import torch
from polygenesis.dynamics.outcome import Outcome
from polygenesis.penalties import L1, L1Schedule
from polygenesis.spec import RunSpec
from polygenesis.training import GradientFlow

CLOCK = 4.0
"""The loss's clock runs four times faster than the paper's, in which a flow's ``max_step`` and ``residual`` are."""

FIRST_STEP, FIRST_MOVE = 0.005, 0.01
"""Longest first step, and the largest share of a row's norm that it may move: nothing is known of the error yet."""

SMALLEST_NORM = 0.1
"""Relative errors are measured against at least this norm."""

SAFETY, SHRINK, GROW = 0.9, 0.3, 1.3
"""Step control: aim below the tolerance, and bound how fast the step may fall and grow."""

SECOND_ORDER_BELOW = 0.4
"""Steps shorter than this × 1/stiffness extrapolate the force; they would ring from 1/stiffness on."""

RINGING, FORGET = 1.2, 0.97
"""Longest step in units of 1/stiffness (2 would ring for ever), and how fast an old measurement of it fades a step."""

SERIES_BELOW = 0.02
"""Below this φ₁ and φ₂ come from three terms of their series: (1 − φ₁)/z would lose digits."""

LOOK = 5.0
"""A replicate that is not settled must stay below the residual for this many 1/λ; without λ, units of time."""

STILL = 2e-9
"""e^−20: what moves slower than this share of the residual would grow in a race's time to less than the residual."""

SOON = 1e-3
"""Time over which zeros are asked whether they stay."""

STALL_LOOK, STALL_STEP = 1000, 1e-5
"""A replicate whose mean step over this many evaluations is below this has stalled: the rest would take forever."""

Keep = Callable[[list[int], int, Tensors], None]


def relaxation(z: Any) -> tuple[Any, Any]:
    """Return φ₁(−z) = (1 − e^−z)/z and φ₂(−z) = (e^−z − 1 + z)/z² for z ≥ 0; 1 and ½ at 0."""
    small = z < SERIES_BELOW
    safe = torch().where(small, torch().ones_like(z), z)
    one = torch().where(small, 1 - z / 2 + z * z / 6, -torch().expm1(-safe) / safe)
    two = torch().where(small, 0.5 - z / 6 + z * z / 24, (1 - one) / safe)
    return one, two


class Flow:
    """A block of replicates on their way: parameters (r, …), each one's time, step and evaluations."""

    def __init__(self, spec: RunSpec, parameters: Tensors, feed: Feed, end: float, present: int) -> None:
        assert isinstance(spec.training, GradientFlow)
        self.spec, self.training, self.feed, self.end, self.present = spec, spec.training, feed, end, present
        self.parameters = parameters
        self.names = list(parameters)
        count = len(next(iter(parameters.values())))
        self.time, self.step, self.last = np.zeros(count), np.full(count, FIRST_STEP), np.zeros(count)
        self.evaluations = np.zeros(count, dtype=np.int64)
        self.residual, self.quiet = np.full(count, np.inf), np.zeros(count)
        self.done, self.diverged = np.arange(count) >= present, np.zeros(count, dtype=bool)
        self.stalled, self.looked = np.zeros(count, dtype=bool), np.zeros(count)
        self.rested, self.stiffness = np.zeros(count, dtype=bool), np.zeros(count)
        self.move: Tensors = {}
        self.force: Tensors = {}
        self.change: Tensors = {}
        self.curvature: Tensors = {}
        self.patience = LOOK / spec.penalty.strength if spec.penalty.strength else LOOK

    def run(self, times: Floats, keep: Keep) -> None:
        """Integrate until every replicate rests, diverges, stalls or reaches the end; keep the states at saved times.

        Times after a replicate diverged or stalled are not kept: nobody knows where it would be.
        """
        saved = np.zeros(len(self.time), dtype=np.int64)
        while not self.done.all():
            self._evaluate()
            live = ~self.done
            for index in np.unique(saved[live & (saved < len(times))]):
                which = np.flatnonzero(live & (saved == index) & (times[index] <= self.time + self.step))
                while len(which):
                    ahead = np.zeros(len(self.time))
                    ahead[which] = np.maximum(times[index] - self.time[which], 0)
                    self._keep(which, int(index), self._moved(ahead), keep)
                    saved[which] += 1
                    index += 1
                    which = which[times[index] <= self.time[which] + self.step[which]] if index < len(times) else []
            before = self.parameters
            self.parameters = self._moved(np.where(live, self.step, 0.0))
            self._judge(before, live)
            self.time[live] += self.step[live]
            self.last = np.where(live, self.step, self.last)
            self.done |= self.time >= self.end * (1 - 1e-12)
            self._look_for_stalls()
        for a in range(self.present):
            for index in range(saved[a], len(times)):
                if not (self.diverged[a] or self.stalled[a]):
                    self._keep(np.array([a]), index, self.parameters, keep)

    def _evaluate(self) -> None:
        """Compute the force, its change, and from both each replicate's next step."""
        slopes, found = gradient(self.spec, self.parameters, self.feed, None, whole=False)
        fixed = getattr(self.spec.model, "untrained", ())
        new = {name: -slope * (name not in fixed) for name, slope in slopes.items()}
        first = not self.force
        self.change = {name: new[name] - self.force[name] if not first else new[name] for name in self.names}
        if not first:
            for name, curvature in self.curvature.items():  # what the step has already taken into account
                self.change[name] = self.change[name] + curvature * self.move[name]
        self.force = new
        self.curvature = bias_curvature(self.spec, self.parameters, found.outputs, self.feed)
        speed = self._worst(self.change)
        live = ~self.done
        if not first:
            self._measure_stiffness()
        self.evaluations[live] += 1
        bad = live & ~np.isfinite(speed)
        self.diverged |= bad
        self.done |= bad
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            if first:
                wanted = np.minimum(FIRST_STEP, FIRST_MOVE / speed)
            else:
                error = 0.5 * self.last * speed
                factor = SAFETY * np.sqrt(self.training.tolerance / error)
                wanted = np.minimum(self.step * np.clip(factor, SHRINK, GROW), self.training.max_step / CLOCK)
            wanted = np.minimum(wanted, RINGING / self.stiffness)
        wanted = np.where(np.isfinite(wanted), wanted, self.step)
        self.step = np.where(live, np.minimum(wanted, self.end - self.time), self.step)

    def _measure_stiffness(self) -> None:
        """Update each replicate's ‖ΔF‖/‖Δθ‖ over what moved."""
        up, down = 0.0, 0.0
        for name in self.names:
            move = self.move[name]
            up = up + ((self.change[name] * (move != 0)) ** 2).flatten(1).sum(1)
            down = down + (move**2).flatten(1).sum(1)
        found = (up / (down + 1e-300)).sqrt().double().cpu().numpy()  # type: ignore[attr-defined]
        self.stiffness = np.maximum(np.nan_to_num(found), FORGET * self.stiffness)

    def _worst(self, change: Tensors) -> Floats:
        """Return the largest ‖ΔF_row‖ / ‖θ_row‖ of each replicate over rows and parameters, where θ is not held."""
        ratios = []
        for name in self.names:
            value, moved = self.parameters[name], change[name]
            if self.spec.penalty.proximal and value.ndim > 2:
                moved = moved * (value != 0)
            if name in self.curvature:
                moved = moved * relaxation(self.curvature[name] * self._column(self.last, value))[0]
            ratio = moved.norm(dim=-1) / value.norm(dim=-1).clamp(min=SMALLEST_NORM)
            ratios.append(ratio.reshape(len(value), -1).amax(1))
        return np.asarray(torch().stack(ratios).amax(0).double().cpu().numpy())

    def _moved(self, step: Floats) -> Tensors:
        """Return the parameters after a step of each replicate's length, through the proximal map."""
        short = (self.step * self.stiffness < SECOND_ORDER_BELOW) & (self.last > 0)
        second = np.where(short, 0.5 * step * step / np.where(self.last > 0, self.last, 1), 0.0)
        moved = {}
        for name in self.names:
            value = self.parameters[name]
            h, h2 = self._column(step, value), self._column(second, value)
            if name in self.curvature:
                one, two = relaxation(self.curvature[name] * h)
                h, h2 = h * one, h2 * 2 * two
            moved[name] = value + h * self.force[name] + h2 * self.change[name]
        if self.spec.penalty.proximal:
            for _, each in trained(self.spec, self.spec.model.matrices(moved)):
                length, penalty = step, self.spec.penalty
                if isinstance(penalty, L1Schedule):  # each replicate has its own time, and so its own λ
                    length, penalty = step * penalty.strength_at(self.time), L1(1.0)
                each.copy_(penalty.shrink(each, self._column(length, each)))
        return moved

    def _column(self, values: Floats, like: Any) -> Any:
        column = torch().as_tensor(values, dtype=like.dtype, device=like.device)
        return column.reshape(-1, *(1,) * (like.ndim - 1))

    def _judge(self, before: Tensors, live: Any) -> None:
        """Measure how fast each replicate moved, and stop those that rest."""
        self.move = {name: self.parameters[name] - before[name] for name in self.names}
        moves = torch().stack([move.flatten(1).abs().amax(1) for move in self.move.values()])
        speed = np.asarray(moves.amax(0).double().cpu().numpy()) / self.step
        self.residual = np.where(live, speed, self.residual)
        slow = (
            live & (speed < CLOCK * self.training.residual) & (self.step >= STALL_STEP)
        )  # shorter: it is lost in rounding
        if isinstance(self.spec.penalty, L1Schedule):
            slow &= self.time >= self.spec.penalty.duration
        self.quiet = np.where(slow, self.quiet + self.step, np.where(live, 0.0, self.quiet))
        if not slow.any():
            return
        still = speed < STILL * CLOCK * self.training.residual
        self.rested |= slow & ((self.quiet >= self.patience) | still | self._settled())
        self.done |= self.rested

    def _look_for_stalls(self) -> None:
        """Stop replicates that get nowhere: across a jump of the force no step is short enough."""
        due = ~self.done & (self.evaluations % STALL_LOOK == 0)
        self.stalled |= due & (self.time - self.looked < STALL_LOOK * STALL_STEP)
        self.looked = np.where(due, self.time, self.looked)
        self.done |= self.stalled

    def _settled(self) -> Any:
        """Whether every feature has at most one weight in every matrix and no two share a neuron and sign."""
        if not self.spec.penalty.proximal:
            return False
        found = []
        for each in self.spec.model.matrices(self.parameters).values():
            alone = ((each != 0).sum(2) <= 1).all(1)
            found.append(alone & ((each > 0).sum(1) <= 1).all(1) & ((each < 0).sum(1) <= 1).all(1))
        return torch().stack(found).all(0).cpu().numpy()

    @property
    def outcome(self) -> list[Outcome]:
        """How each replicate ended."""
        said = ((self.diverged, Outcome.DIVERGED), (self.stalled, Outcome.STALLED), (self.rested, Outcome.AT_REST))
        return [next((outcome for which, outcome in said if which[a]), Outcome.UNDECIDED) for a in range(self.present)]

    def excess(self) -> Floats:
        """How fast the fastest zero would leave 0, (present,); 0 where the penalty holds all, NaN without a kink."""
        if not (self.spec.penalty.proximal and self.force):
            return np.full(self.present, np.nan)
        worst, forces = np.zeros(len(self.time)), self.spec.model.matrices(self.force)
        for name, each in self.spec.model.matrices(self.parameters).items():
            ahead = self.spec.penalty.shrink(each + SOON * forces[name], SOON)
            leaving = (ahead * (each == 0)).flatten(1).abs().amax(1) / SOON
            worst = np.maximum(worst, leaving.double().cpu().numpy())
        return worst[: self.present]

    def _keep(self, which: Any, index: int, state: Tensors, keep: Keep) -> None:
        keep([int(a) for a in which], index, {name: value[which] for name, value in state.items()})
