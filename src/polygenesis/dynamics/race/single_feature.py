"""The race of one feature's weights under an L1 penalty, without interference: exact, and by the paper's Euler loop.

Paper's clock (arXiv:2312.03096, §3): dw/dt = (1 − ‖w‖²) w − λ sign w. Loss's clock: dw/dt = 4 (1 − ‖w‖²) w − λ sign w
with the loss's λ; t_paper = 4 t_loss, λ_paper = λ_loss / 4.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from polygenesis.arguments import not_negative, positive
from polygenesis.arrays import Floats, Integers
from polygenesis.checks import floats
from polygenesis.dynamics.race.gaps import Gaps
from polygenesis.dynamics.race.solutions import Exact, SlowManifold, Solution, Unpenalized
from polygenesis.errors import InputError, Suggesting, bad_argument, signals_raised, unknown_name
from polygenesis.progress import advancing
from polygenesis.theory.clocks import convert_penalty, convert_time

if TYPE_CHECKING:
    from polygenesis.plots import Chart

Clock = Literal["paper", "loss"]
Method = Literal["exact", "slow-manifold"]

SLOW_ENOUGH = 1.0
"""Largest λ‖w(0)‖₁/‖w(0)‖₂ (paper's clock) for the slow manifold, whose error is of that order; ≤ λ√m."""

DEFAULT_TIMES = 200
"""Log-spaced times of a race when none are asked for."""


class RaceOutcome(enum.Enum):
    """How a race ends. The value is the sentence shown to a reader."""

    WON = "One weight is left; all others are exactly zero."
    TIED = "Several weights started equal, lead together and stay equal; all others are exactly zero."
    DEAD = "Every weight died; lower the penalty λ (it must stay well below the largest initial weight)."
    UNPENALIZED = "Without a penalty nobody drops out; the weights keep their proportions."


@dataclass(frozen=True, eq=False)
class Race(Suggesting):
    """One feature's weights from start to end; all times and λ are in ``clock``.

    ``start`` (m,): the initial weights. ``method``: "exact", or "slow-manifold", the closed form in the limit ‖w‖ = 1.
    ``times`` (T,); ``survivors`` (T,) counts the nonzero weights m'(t), ``l1`` and ``l2`` (T,) are the norms.
    ``winner``: index of the one weight that is left, None where there is no such one (``outcome`` says why).
    ``finishing_time``: when the last weight behind the leader drops out (infinite without a penalty);
    ``death_time``: when the leader dies as well (infinite if it lives); ``final_weight``: the leader's |w| as t → ∞.
    """

    start: Floats
    penalty: float
    clock: Clock
    method: Method
    times: Floats
    survivors: Integers
    l1: Floats
    l2: Floats
    winner: int | None
    outcome: RaceOutcome
    finishing_time: float
    death_time: float
    final_weight: float
    _gaps: Gaps = field(repr=False)
    _solution: Solution = field(repr=False)

    def weights(self, time: float) -> Floats:
        """Return all weights at one time, in their original order and with their signs, (m,).

        Args:
            time: at least 0, in ``clock``; it need not be among ``times``.

        Raises:
            polygenesis.InputError: for a time that is negative or not finite.
        """
        not_negative("time", time)
        gap, scale = self._solution.state(convert_time([time], source=self.clock, target="paper"))
        behind = self._gaps.lead - np.abs(self.start)
        weights: Floats = np.sign(self.start) * scale[0] * np.maximum(gap[0] - behind, 0.0)
        return weights

    def __repr__(self) -> str:
        """Say who ran and how it ended."""
        return (
            f"Race(m={len(self.start)}, penalty={self.penalty:g}, clock={self.clock!r}, method={self.method!r}: "
            f"{self.outcome.name.lower()}, winner={self.winner}, finishing_time={self.finishing_time:g})"
        )

    def plot(self) -> Chart:
        """Return a figure of all |w_k| over time, the winner in front."""
        from polygenesis.plots import race

        paths = np.stack([self.weights(float(time)) for time in self.times])
        leader = int(np.abs(self.start).argmax()) if self.start.any() else None
        return race(
            self.times,
            paths,
            winner=self.winner,
            leader=leader,
            time=f"time t ({self.clock}'s clock)",
            alt=f"{len(self.start)} weights over time: {self.outcome.name.lower()}, winner {self.winner}.",
        )

    def _repr_html_(self) -> str:
        from polygenesis.dynamics.show.notebook import race_html

        return race_html(self)


@signals_raised()
def single_feature(
    w0: Any, *, penalty: float, times: Any = None, clock: Clock = "paper", method: Method = "exact"
) -> Race:
    """Solve the race of one feature's weights w(0) exactly, without time steps.

    All weights share one linear factor, so |w_k(t)| = a(t) (|w_k(0)| − c(t))₊ and the m equations reduce to two
    (arXiv:2312.03096, §3; docs/theory.md, The race).

    ``method="exact"`` integrates those two with an implicit solver: curves are right to about 1e-7, a race of 1e5
    weights takes a hundredth of a second and one of 1e7 about two seconds, most of it for sorting. It is the default
    because it holds for every λ and start.

    ``method="slow-manifold"`` is the closed form between two drop-outs in the limit ‖w‖ = 1: its relative error is of
    the order of λ√m, it leaves out the first moments in which ‖w‖ → 1, and nobody ever dies. Both are O(m log m).

    Args:
        w0: w(0), (m,).
        penalty: λ ≥ 0, in ``clock``.
        times: (T,), increasing, in ``clock``; by default log-spaced until the race is over.
        clock: of times, λ and all results: "paper" or "loss".
        method: "exact" or "slow-manifold".

    Returns:
        A :class:`polygenesis.Race`: ``survivors``, ``l1``, ``l2`` (T,), ``winner``, and how it ended.

    Raises:
        polygenesis.InputError: for starts that are empty or not finite, a negative λ, times that do not increase,
            unknown names, and a λ‖w(0)‖₁/‖w(0)‖₂ above 1 on the slow manifold.

    >>> race = single_feature([0.5, -0.3, 0.2], penalty=1e-3)
    >>> race.winner, race.outcome.name
    (0, 'WON')
    """
    start, strength = _row(w0), _strength(penalty, clock)
    shown = None if times is None else _moments(times)
    gaps = Gaps.of(np.abs(start))
    solution = _solve(start, gaps, strength, penalty, method)
    if shown is None:
        shown = convert_time(_default_times(solution), source="paper", target=clock)
    gap, scale = solution.state(convert_time(shown, source=clock, target="paper"))
    survivors, first, second = gaps.moments(gap)
    outcome = _outcome(gaps, solution, strength)
    return Race(
        start=start,
        penalty=float(penalty),
        clock=clock,
        method=method,
        times=shown,
        survivors=survivors,
        l1=scale * first,
        l2=scale * np.sqrt(second),
        winner=int(np.abs(start).argmax()) if outcome is RaceOutcome.WON else None,
        outcome=outcome,
        finishing_time=_from_paper(solution.finish, clock),
        death_time=_from_paper(solution.death, clock),
        final_weight=solution.last,
        _gaps=gaps,
        _solution=solution,
    )


@dataclass(frozen=True, eq=False)
class EulerRace:
    """The Euler loop's values at ``times`` (T,): ``survivors``, ``l1`` and ``l2`` (T,), and the last ``weights`` (m,).

    The times are those of the steps nearest to the times asked for, in the clock of the call.
    """

    times: Floats
    survivors: Integers
    l1: Floats
    l2: Floats
    weights: Floats


def euler_single_feature(
    w0: Any,
    *,
    penalty: float,
    times: Any,
    step: float = 0.5,
    clock: Clock = "paper",
    progress: Callable[[float, float], None] | bool = False,
) -> EulerRace:
    """Integrate one feature's weights by the paper's own Euler loop, to check :func:`single_feature`.

    Each ``step`` (in ``clock``; the paper's is 0.5 in its own) moves |w| by (1 − ‖w‖²)|w| − λ, and a weight that would
    change sign becomes zero for good. ``times`` (T,) increase. ``progress``: True for a bar; a function is called with
    (steps done, in all), once for each of the times. Raises :class:`polygenesis.InputError` as
    :func:`single_feature` does.

    Args:
        w0: w(0), (m,).
        penalty: λ ≥ 0, in ``clock``.
        times: (T,), increasing, in ``clock``.
        step: of the Euler loop, in ``clock``; the paper's is 0.5 in its own.
        clock: of times, λ and results, "paper" or "loss".
        progress: True for a bar; a function is called with (steps done, in all).
    """
    start, strength, times = _row(w0), _strength(penalty, clock), _moments(times)
    positive("step", step)
    stride = float(convert_time(step, source=clock, target="paper"))
    at = np.rint(times / step).astype(np.int64)
    alive = np.flatnonzero(start)
    value, taken, seen = np.abs(start[alive]), 0, []
    with np.errstate(all="ignore"), advancing(progress, "Euler's steps") as advance:
        for until in at:
            for _ in range(until - taken):
                value = value + stride * ((1 - value @ value) * value - strength)
                if value.size and value.min() <= 0:
                    alive, value = alive[value > 0], value[value > 0]
            taken = until
            seen.append((len(value), value.sum(), math.sqrt(value @ value)))
            if advance is not None:
                advance(float(until), float(at[-1]))
    survivors, l1, l2 = (np.array(column) for column in zip(*seen, strict=True))
    weights = np.zeros_like(start)
    weights[alive] = np.copysign(value, start[alive])
    return EulerRace(at * step, survivors, l1, l2, weights)


def _solve(start: Floats, gaps: Gaps, strength: float, penalty: float, method: Method) -> Solution:
    if method not in ("exact", "slow-manifold"):
        raise unknown_name("method", method, ("exact", "slow-manifold"))
    if strength == 0 and gaps.lead > 0:
        return Unpenalized(gaps)
    if method == "exact" or gaps.lead == 0:
        return Exact(gaps, strength)
    speed = strength * np.abs(start).sum() / np.linalg.norm(start)
    if speed > SLOW_ENOUGH:
        rule = f"satisfy λ‖w(0)‖₁/‖w(0)‖₂ <= {SLOW_ENOUGH:g} (paper's clock) on the slow manifold"
        raise bad_argument("penalty", rule, penalty)
    return SlowManifold(gaps, strength)


def _outcome(gaps: Gaps, solution: Solution, strength: float) -> RaceOutcome:
    if solution.last == 0:
        return RaceOutcome.DEAD
    if strength == 0:
        return RaceOutcome.UNPENALIZED
    return RaceOutcome.WON if gaps.tied == 1 else RaceOutcome.TIED


def _default_times(solution: Solution) -> Floats:
    """From one growth time (or a thousandth of the race) until a little after the end, paper's clock."""
    end = solution.death if math.isfinite(solution.death) else 1.1 * solution.finish
    end = end if 0 < end < math.inf else 20.0  # nothing to wait for but ‖w‖ → 1, at rate 2
    return np.geomspace(min(1.0, end / 1000), end, DEFAULT_TIMES)


def _from_paper(time: float, clock: Clock) -> float:
    return float(convert_time(time, source="paper", target=clock)) if math.isfinite(time) else time


def _row(w0: Any) -> Floats:
    row = floats("w0", w0, "be real numbers").copy()
    if row.ndim != 1 or not row.size:
        raise bad_argument("w0", "have shape (m,) with m >= 1", f"shape {row.shape}")
    if not np.isfinite(row).all():
        worst = int(np.flatnonzero(~np.isfinite(row))[0])
        raise InputError(f"Argument `w0` must be finite, but is {row[worst]} at {worst}.")
    return row


def _strength(penalty: Any, clock: Clock) -> float:
    return float(convert_penalty(not_negative("penalty", penalty), source=clock, target="paper"))


def _moments(times: Any) -> Floats:
    moments = np.atleast_1d(floats("times", times, "be numbers").copy())
    if moments.ndim != 1 or not moments.size:
        raise bad_argument("times", "have shape (T,) with T >= 1", f"shape {moments.shape}")
    if not np.isfinite(moments).all() or moments[0] < 0 or (np.diff(moments) <= 0).any():
        raise bad_argument("times", "be finite, at least 0 and increasing", times)
    return moments
