"""Three ways to know where a race stands: exactly, on the slow manifold, and in closed form without a penalty.

Each solution answers ``state(times)`` with the two numbers (g, a) of |w_k| = a (g − d_k)₊. It knows ``finish``,
when the last competitor behind the leader (or a tie of leaders) drops out, ``death``, when the leader does, and
``last``, the leader's final weight.
Everything here is in the paper's clock, dw/dt = (1 − ‖w‖²) w − λ sign w.
"""

from __future__ import annotations

import math
from typing import Any, Protocol

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.dynamics.race.gaps import Gaps, blocks
from polygenesis.errors import PolygenesisError

RELATIVE, ABSOLUTE = 1e-10, 1e-12
"""Tolerances of one step of the exact solution; races amplify errors, and its curves are right to about 1e-7."""

LONGEST = 1e9
"""No race lasts this many times 1 + 1/λ: gaps of 1e-308 take 710/λ."""

AT_REST = 40.0
"""After this many relaxation times a survivor is at rest to rounding: e⁻⁴⁰ = 4e-18."""


class Solution(Protocol):
    """What a race asks of its solution."""

    finish: float
    death: float
    last: float

    def state(self, times: Floats) -> tuple[Floats, Floats]:
        """Return (g, a), (T,) each."""


class Unpenalized:
    """λ = 0: nobody drops out, and 1/a² relaxes from 1 to S₂ = ‖w(0)‖² at rate 2."""

    def __init__(self, gaps: Gaps) -> None:
        self._lead = gaps.lead
        self._square = gaps.square(gaps.lead)
        self.finish = self.death = math.inf
        self.last = gaps.lead / math.sqrt(self._square)

    def state(self, times: Floats) -> tuple[Floats, Floats]:
        """Return g = max|w(0)| and a(t) = (S₂ (1 − e⁻²ᵗ) + e⁻²ᵗ)^(−1/2)."""
        inverse_square = np.exp(-2 * times) - self._square * np.expm1(-2 * times)
        return np.full(len(times), self._lead), inverse_square**-0.5


class SlowManifold:
    """‖w‖ = 1 at all times: a = 1/√S₂, ġ = −λ √S₂, in closed form between two drop-outs.

    While p coordinates are left, S₂(g) = x² + s with x = √p (g − mean) and s their spread, so

        λt = ∫ dg/√S₂ = (1/√p) log[(x₀ + √S₂(g₀)) / (x₁ + √S₂(g₁))] = (2/√p) artanh[√p (g₀ − g₁) / (√S₂(g₀) + √S₂(g₁))].

    The first form loses short times, the second long ones; each is used where it is exact. Relative to the exact
    race the error is of the order of λ‖w‖₁ ≤ λ√m, since ‖w‖² = 1 − λ‖w‖₁ + … there.
    """

    def __init__(self, gaps: Gaps, penalty: float) -> None:
        self._gaps, self._penalty = gaps, penalty
        self._drop = self._drop_times()
        self.finish = float(self._drop[-1]) if len(self._drop) else 0.0
        self.death = math.inf
        self.last = gaps.tied**-0.5

    def _drop_times(self) -> Floats:
        """Return when each coordinate behind the leader drops out, the last one first: (m − tied,)."""
        m, tied = len(self._gaps.sorted), self._gaps.tied
        durations = np.empty(m - tied)
        for block in blocks(tied, m):
            durations[block.start - tied : block.stop - tied] = self._durations(block)
        return np.cumsum(durations[::-1]) / self._penalty

    def _durations(self, block: slice) -> Floats:
        """Return λ times the time for which coordinate i is the last but not yet dropped, for i in a block."""
        gaps = self._gaps
        root, spread, end = np.sqrt(np.arange(block.start + 1, block.stop + 1)), gaps.spreads[block], gaps.sorted[block]
        begin = np.append(end[1:], gaps.sorted[block.stop] if block.stop < len(gaps.sorted) else gaps.lead)
        high, low = root * (begin - gaps.means[block]), root * (end - gaps.means[block])
        high_norm, low_norm = np.sqrt(high**2 + spread), np.sqrt(low**2 + spread)
        share = (high - low) / (high_norm + low_norm)
        short = 2 * np.arctanh(np.minimum(share, 0.5))
        long = np.log((high + high_norm) / (low + low_norm))
        return np.where(share < 0.5, short, long) / root

    def state(self, times: Floats) -> tuple[Floats, Floats]:
        """Return g(t) from the inverse of the closed form, and a = 1/√S₂(g)."""
        gaps = self._gaps
        dropped = np.searchsorted(self._drop, times, side="right")
        count = len(gaps.sorted) - dropped
        since = np.where(dropped > 0, self._drop[np.maximum(dropped - 1, 0)] if len(self._drop) else 0.0, 0.0)
        begin = np.where(dropped > 0, gaps.sorted[np.minimum(count, len(gaps.sorted) - 1)], gaps.lead)
        root, spread = np.sqrt(count), gaps.spreads[count - 1]
        first = root * (begin - gaps.means[count - 1])
        reach = first + np.sqrt(first**2 + spread)
        turned = np.where(count > gaps.tied, root * self._penalty * (times - since), 0.0)  # at rest once it is over
        gap = gaps.means[count - 1] + (reach * np.exp(-turned) - spread / reach * np.exp(turned)) / (2 * root)
        lowest = gaps.sorted[count - 1]  # rounding must not drop a coordinate before its time
        gap = np.where(count > gaps.tied, np.maximum(gap, np.nextafter(lowest, np.inf)), gap)
        return gap, gaps.moments(gap)[2] ** -0.5


class Exact:
    """The whole system of m equations, reduced without loss to the leader's weight w and its factor a.

        ẇ = (1 − S) w − λ,   ȧ = (1 − S) a,   S = ‖w‖² = a² Σ (g − d_k)₊²,   g = w/a.

    A compiled implicit method follows g and 1/a until the runner-up drops out (``race_steps``); then w alone is
    integrated until it rests or dies.
    """

    def __init__(self, gaps: Gaps, penalty: float) -> None:
        self._gaps, self._penalty = gaps, penalty
        self._final_gap = min(gaps.runner_up, gaps.lead)
        self._steps: Floats = np.empty((0, 0))
        leader = gaps.lead
        self.finish = 0.0
        if gaps.runner_up < gaps.lead:
            self._steps, self.finish, leader = self._until_alone()
        self._after = None
        self.last, until = self._destiny(leader)
        self.death = self.finish if leader <= 0 else math.inf
        if leader > 0:
            event = _weight if self.last == 0 else None
            self._after = self._until(self._alone, [leader], self.finish, event, until)
            self.death = float(self._after.ts[-1]) if self.last == 0 else math.inf

    def state(self, times: Floats) -> tuple[Floats, Floats]:
        """Return g = w/a and a; once the race is over g stays at the runner-up's gap and a alone moves."""
        gap, scale = np.zeros(len(times)), np.zeros(len(times))
        running = times < self.finish
        if running.any():
            from polygenesis.dynamics.race.integrate import interpolate

            gap[running], inverse = interpolate(self._steps, times[running])
            gap[running] = np.maximum(gap[running], self._gaps.runner_up)  # rounding must not end it before its time
            scale[running] = 1 / inverse
        over = ~running & (times < self.death)
        if self._after is not None and over.any():
            end = self._after.ts[-1]
            weight = np.where(times[over] < end, self._after(np.minimum(times[over], end))[0], self.last)
            gap[over] = self._final_gap
            scale[over] = weight / self._final_gap
        return gap, scale

    def _until_alone(self) -> tuple[Floats, float, float]:
        """Return the steps until the runner-up drops out, when that is, and the leader's weight then."""
        from polygenesis.dynamics.race.integrate import crossing, integrate, interpolate

        gaps = self._gaps
        steps = integrate(gaps.lead, gaps.runner_up, self._penalty, (gaps.sorted, gaps.means, gaps.spreads))
        if not len(steps):
            raise PolygenesisError("The race cannot be integrated: its steps became too short.")
        finish = crossing(steps, gaps.runner_up)
        _, inverse = interpolate(steps, np.array([finish]))
        return steps, finish, gaps.runner_up / float(inverse[0])

    def _alone(self, _: float, y: Floats) -> float:
        return float((1 - self._gaps.tied * y[0] ** 2) * y[0] - self._penalty)

    def _destiny(self, leader: float) -> tuple[float, float]:
        """Return the weight at which the last of p = tied survivors rest, 0 if they die, and how long to follow them.

        (1 − p w²) w = λ has two positive roots when λ < 2/(3√(3p)): the larger attracts, from the smaller on.
        """
        tied = self._gaps.tied
        top = 2 / math.sqrt(3 * tied)
        if self._penalty >= top / 3:
            return 0.0, math.inf
        angle = math.acos(-3 * self._penalty / top) / 3
        upper, lower = top * math.cos(angle), top * math.cos(angle - 2 * math.pi / 3)
        if leader <= lower:
            return 0.0, math.inf
        rates = 3 * tied * upper**2 - 1, 1 - 3 * tied * lower**2
        return upper, AT_REST * sum(1 / rate for rate in rates)

    def _until(self, flow: Any, y: list[float], start: float, event: Any, duration: float = math.inf) -> Any:
        """Integrate until an event's value falls through zero, or for a duration; return the dense solution."""
        from scipy.integrate import solve_ivp

        def stop(t: float, y: Floats) -> float:
            return float(event(t, y))

        stop.terminal, stop.direction = True, -1  # type: ignore[attr-defined]
        found = solve_ivp(
            flow,
            (start, start + min(duration, LONGEST * (1 + 1 / self._penalty))),
            y,
            method="LSODA",
            rtol=RELATIVE,
            atol=ABSOLUTE,
            dense_output=True,
            events=None if event is None else stop,
        )
        if found.status != (0 if event is None else 1):
            raise PolygenesisError(f"The race's integration stopped at t = {found.t[-1]:g}: {found.message}")
        return found.sol


def _weight(_: float, y: Floats) -> float:
    return float(y[0])
