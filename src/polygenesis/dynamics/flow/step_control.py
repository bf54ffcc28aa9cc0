"""How long a step may be, and how a long one is divided into stages: what both flow engines share.

Times are in the paper's clock. While the state is dense (``dense``), short steps extrapolate the force and are
corrected (Adams–Bashforth–Moulton, third order), and long ones are Runge–Kutta–Legendre steps of second order. By
active set (``active_set``) short steps extrapolate, middling ones are Euler's, and long ones are first-order
Runge–Kutta–Chebyshev steps (Verwer et al. 1990). In s stages a step reaches about s² as far as one without losing
stability, which the slow phase of a race needs: its fast modes decay at rates up to about 2 while everything that
matters moves at the rate λ′.
"""

from __future__ import annotations

import enum
from typing import Any, NamedTuple

import numpy as np

from polygenesis.kernels import compiled


class Status(enum.IntEnum):
    """Why a loop of steps returned."""

    PAUSED = 0
    """The next step would cross a time at which the state is wanted."""
    RESTED = 1
    """Nothing moves any more."""
    TIME_UP = 2
    """The end of the stage is reached."""
    DIVERGED = 3
    """A weight is no longer finite."""
    SPARSE = 4
    """So few weights live that the active set takes over."""
    CROWDED = 5
    """A neuron of the active set needs a longer row."""
    UNFINISHED = 6
    """So much was done that it is time to hear Ctrl-C; called again, the loop goes on as if it had not returned."""
    STALLED = 7
    """Steps have shrunk to nothing; said by ``limits.Stalls`` alone."""


SAFETY, SHRINK, GROW = 0.9, 0.3, 1.3
"""Step control: aim below the tolerance, and bound how fast the step may fall and grow."""

FIRST_STEP = 0.02
"""Longest first step: a fiftieth of the time in which a feature grows."""

FIRST_MOVE = 0.01
"""The very first step moves no feature by more than this share of its norm: nothing is known of the error yet."""

SMALLEST_NORM = 0.1
"""Relative errors are measured against at least this norm, so that a dying feature does not stop the clock."""

SECOND_ORDER_BELOW = 0.35
"""Steps shorter than this extrapolate the force, which saves a third of them in the transient at equal accuracy."""

STIFFEST = 2.5
"""Rates that a step by active set must damp: a settled norm returns at the rate 2, and overlaps add a little."""

SINGLE = 0.74
"""Longest step of a single stage; a step of two stages must be twice as long to be worth it."""

LEAP = 4.0
"""How fast the step may grow from a single stage to several, and after the very first one."""

LONGEST = 1e4
"""Longest step of any flow, whatever its ``max_step``: a few hundred stages, after which Ctrl-C should be heard."""

DAMPING = 0.1
"""Damping of the Chebyshev stages: fast modes shrink by a tenth at least."""


SINGLE_SHARE = 0.3
"""Share of the tolerance for the correction of a single step, which is several times its error."""

SINGLE_GROW, STAGED_GROW = 1.5, 2.0
"""How fast single and staged steps may grow."""

LATEST_EVEN = 2.0
"""Bound of :func:`even_from`. Twice the error of long steps saves a tenth of the time. From m = 2n on it costs no
winners that could be told from noise (n = 256, 12 replicates); at m = n it costs 0.3 % of them (λ = 0.001)."""

INSIDE = 1 - 1e-6
"""A step goes so far of the reach of its stages: rounding must not add a stage."""

REJECTED = 0.55
"""A dense step is taken again if it should have been shorter than this share of itself: it errs 4.4 times too much."""

ALONE, TWO = 0.5, 1.9
"""Fastest rate times length of the longest single step (it would lose its stability at 0.545) and of two stages."""

STAGED_ERROR = 2 / 15
"""What a step of two stages is expected to err, h³ |F″| / 15, over the correction of a single step of equal length,
about h³ |F″| / 2."""

MOST_EASE, MOST_ABOVE = 6.0, 16.0
"""Bounds of :func:`ease` and, for one feature's error over the typical one, of :func:`typical`."""

FASTEST, SLOWEST_RATE, FASTEST_RATE = 1.85, 2.1, 10.0
"""The fastest rate of the flow in units of the largest eigenvalue of W Wᵀ, and the bounds of that estimate."""


@compiled
def relative_speed(moved: Any, squared: Any) -> float:
    """The largest √moved_i / ‖W_i‖ over features."""
    worst = 0.0
    for i in range(len(moved)):
        ratio = float(moved[i]) / max(float(squared[i]), SMALLEST_NORM**2)
        if not ratio <= worst:  # a NaN must come through
            worst = ratio
    return float(np.sqrt(worst))


@compiled
def next_step(step: float, error: float, tolerance: float, longest: float) -> float:
    """The local error grows as step²: choose the step whose error is just below the tolerance.

    Between the reach of one stage and twice that, a single stage goes further an evaluation.
    """
    factor = SAFETY * np.sqrt(tolerance / max(error, 1e-300))
    wanted = min(step * min(max(factor, SHRINK), LEAP if step == SINGLE else GROW), longest)
    return float(SINGLE if SINGLE < wanted < 2 * SINGLE else wanted)


@compiled
def extrapolation(step: float, last: float) -> float:
    """Return what multiplies step² × (change of the force) in a step: 1/(2 × last step), or 0 for longer steps."""
    return float(0.5 / last if step < SECOND_ORDER_BELOW else 0.0)


@compiled
def stages(step: float) -> int:
    """The number of stages that keep a step stable: s stages damp rates up to about 1.9 s²/step."""
    return max(1, int(np.ceil(np.sqrt(step * STIFFEST / (2 - 4 * DAMPING / 3)))))


@compiled
def chebyshev(number: int) -> Any:
    """Coefficients (μ, ν, μ̃) of each stage of a first-order Chebyshev step, (number, 3).

    Y_1 = Y_0 + μ̃_1 h F_0 and Y_j = μ_j Y_{j−1} + ν_j Y_{j−2} + μ̃_j h F_{j−1}, with T_j at w0 = 1 + ε/s².
    """
    w0 = 1 + DAMPING / number**2
    value, slope = np.zeros(number + 1), np.zeros(number + 1)
    value[0], value[1], slope[1] = 1.0, w0, 1.0
    for j in range(2, number + 1):
        value[j] = 2 * w0 * value[j - 1] - value[j - 2]
        slope[j] = 2 * value[j - 1] + 2 * w0 * slope[j - 1] - slope[j - 2]
    w1 = value[number] / slope[number]
    table = np.zeros((number, 3))
    table[0, 0], table[0, 2] = 1.0, w1 / w0
    for j in range(2, number + 1):
        table[j - 1, 0] = 2 * w0 * value[j - 1] / value[j]
        table[j - 1, 1] = -value[j - 2] / value[j]
        table[j - 1, 2] = 2 * w1 * value[j - 1] / value[j]
    return table


class Comparison(NamedTuple):
    """What the force after a step says of it: its error (relative to ‖W_i‖, typical), the fastest move of a weight."""

    error: float
    residual: float


def ease(n: int, m: int) -> float:
    """Return by how much a tolerance may be eased for n features on m neurons: m/n, from m = 2n on √(2m/n), at most 6.

    Where there are as many features as neurons, nearly every neuron is contested, and a small error decides more.
    """
    room = max(m / n, 1.0)
    return float(min(room, np.sqrt(2 * room), MOST_EASE))


@compiled
def even_from(n: int, m: int) -> float:
    """Return the length of staged steps from which all may err as much: m/n, between 1 and 2."""
    return float(min(max(m / n, 1.0), LATEST_EVEN))


@compiled
def fastest(largest: float) -> float:
    """Estimate the fastest rate of the flow from the largest eigenvalue of W Wᵀ."""
    return float(min(max(FASTEST * float(largest), SLOWEST_RATE), FASTEST_RATE))


@compiled
def typical(sums: Any, squared: Any) -> float:
    """Root mean square over features of √sums_i / ‖W_i‖, but at least the largest of them over 16.

    The mean counts because most of what a step gets wrong is noise of weights that end; one feature in a contest does
    not stop the clock for all, but none may be wrong by 16 tolerances.
    """
    total, worst = 0.0, 0.0
    for i in range(len(sums)):
        ratio = float(sums[i]) / max(float(squared[i]), SMALLEST_NORM**2)
        total += ratio
        worst = max(worst, ratio)
    return float(np.sqrt(max(total / len(sums), worst / MOST_ABOVE**2)))


@compiled
def factor(step: float, first: bool, staged: bool, error: float, tolerance: float, even: float) -> float:
    """Return what to multiply a dense step by, so that its error comes near what is allowed; 0 if it is not finite.

    A single step errs as step³ and may err a share of the tolerance; the first one is Euler's, corrected, and errs as
    step². Short staged steps may err in proportion to their length, so that errors add up to the same per unit of time;
    those longer than ``even`` (:func:`even_from`) may all err as much. (A step in proportion approaches its allowance
    in a few steps: the cube root is exact for longer ones.)
    """
    if not np.isfinite(error):
        return 0.0
    allowed = tolerance * (min(step, even) if staged else SINGLE_SHARE)
    return float(SAFETY * (allowed / max(error, 1e-300)) ** (1 / 2 if first else 1 / 3))


@compiled
def decide(
    step: float,
    first: bool,
    staged: bool,
    rate: float,
    error: float,
    tolerance: float,
    even: float,
    longest: float,
    left: float,
) -> tuple[bool, float, bool]:
    """Return whether a dense step is taken, how long the next one (or the same again) should be, and whether in stages.

    ``error`` is that of :class:`Comparison`; ``rate`` is the fastest; ``even`` as in :func:`factor`; ``left`` the time
    left before the step. Stages are taken where a single step would lose its stability and a step of two stages
    would err little enough.
    """
    change = factor(step, first, staged, error, tolerance, even)
    taken = change >= REJECTED
    growth = STAGED_GROW if staged else (LEAP if first else SINGLE_GROW)
    wanted = step * (min(change, growth) if taken else max(change, SHRINK))
    wanted = min(wanted, longest)
    alone, two = ALONE / rate, TWO / rate
    if staged and wanted < 2 * alone:
        staged, wanted = False, min(wanted, alone)
    elif not staged and wanted >= alone:
        longer = two / step  # its cube as products, which Python would round otherwise (``plain``)
        staged = taken and STAGED_ERROR * error * (longer * (longer * longer)) <= tolerance * min(two, even)
        wanted = two if staged else alone
    if staged:
        wanted = worthwhile(wanted, rate)
    return taken, float(min(wanted, longest, left - step) if taken else wanted), staged


@compiled
def corrector(step: float, last: float) -> tuple[float, float]:
    """What multiplies the force's new change and the one before in a corrected step, after a step of length ``last``.

    W + h F + ∫(force's change), with the quadratic through the force at the last three times (Adams and Moulton, third
    order); the trapezoidal rule in a first step.
    """
    if last == 0:
        return 0.5 * step, 0.0
    bend = step * step / (6 * (step + last))
    return 0.5 * step - bend, bend * step / last


@compiled
def second(step: float, last: float) -> float:
    """What multiplies the force's last change in an extrapolated step (Adams and Bashforth, second order)."""
    return float(0.5 * step * step / last) if last > 0 else 0.0


@compiled
def single(step: float, last: float, strength: float) -> tuple[float, float, float, float, float, float]:
    """The factors of ``elementwise.correct``."""
    later, early = corrector(step, last)
    return step, later, early, second(step, last), step * strength, strength


@compiled
def legendre_stages(step: float, rate: float) -> int:
    """The number of second-order Legendre stages that keep a step stable: s stages damp rates up to (s² + s − 2)/2h."""
    return int(max(2, np.ceil((np.sqrt(9 + 8 * step * rate) - 1) / 2)))


@compiled
def worthwhile(step: float, rate: float) -> float:
    """Shorten a staged step to what one stage less can do, if that goes further a stage."""
    fewer = legendre_stages(step, rate) - 1
    reach = INSIDE * (fewer * fewer + fewer - 2) / (2 * rate)
    return reach if fewer > 1 and reach * (fewer + 1) > step * fewer else step


@compiled
def legendre(number: int, step: float) -> tuple[Any, Any]:
    """Coefficients of the stages of a Runge–Kutta–Legendre step of second order, (number, 5), and their times.

    Z_1 = Z_0 + μ̃_1 h F_0 and Z_j = μ_j Z_{j−1} + ν_j Z_{j−2} + (1 − μ_j − ν_j) Z_0 + μ̃_j h F_{j−1} + γ̃_j h F_0; a row
    is (μ, ν, 1 − μ − ν, h μ̃, h γ̃). Meyer et al. 2014, §2.
    """
    b = np.empty(number + 1)
    b[0], b[1] = 1 / 3, 1 / 3
    for k in range(2, number + 1):
        b[k] = (k * k + k - 2) / (2 * k * (k + 1))
    reach = 4 / (number**2 + number - 2)
    table, times = np.zeros((number, 5)), np.zeros(number)
    table[0, 0], table[0, 3] = 1.0, step * reach / 3
    for k in range(2, number + 1):
        mu, nu = (2 * k - 1) / k * b[k] / b[k - 1], -(k - 1) / k * b[k] / b[k - 2]
        table[k - 1, 0], table[k - 1, 1], table[k - 1, 2] = mu, nu, 1 - mu - nu
        table[k - 1, 3], table[k - 1, 4] = step * mu * reach, -step * (1 - b[k - 1]) * mu * reach
        times[k - 1] = step * (k * k + k - 2) / (number * number + number - 2)
    times[0] = step * reach / 3
    return table, times
