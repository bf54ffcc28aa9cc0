"""How long initial leads last: until when interference cannot have changed a winner (question Q7).

Derivation in docs/theory.md, *How long a lead lasts*; the equations named here stand there. Everything inside is in the
paper's clock. A feature leads where its weight is largest; without interference the order of a row's weights never
changes, so a winner can only change after a lead has.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.errors import InputError
from polygenesis.theory import arguments
from polygenesis.theory.arguments import Clock
from polygenesis.theory.clocks import convert_penalty, convert_time
from polygenesis.theory.prediction import Prediction

OTHERS = 7
"""How many events of eq. lead-events share a tenth of the failure probability; the lost leads have the rest."""

FOLLOWED = 1.0
"""The comparison system is followed up to here (paper's clock): by then its bounds have left every lead behind."""


@dataclasses.dataclass(frozen=True)
class Start:
    """What holds at the start but for a small chance (eq. lead-events), for all features or the one that is asked for.

    ``second``: its second largest |weight|. ``row``: the largest row norm, or 1; ``norm_error``: the largest
    |1 − ‖W_i‖²|. ``spectral``: ‖W‖; ``column``: the largest column norm; ``pull``: the largest norm of a row of
    ReLU(W_i·W_j), j ≠ i; ``common``: Q, the squared norm of that row over ‖W_i‖².
    """

    second: float
    row: float
    norm_error: float
    spectral: float
    column: float
    pull: float
    common: float


def likely_start(n: int, m: int, failure: float) -> Start:
    """Bounds that hold simultaneously at a Gaussian start with probability 1 − `failure` (eq. lead-events).

    The spectral norm is bounded as in Davidson and Szarek 2001, all others by exact quantiles.

    Args:
        n: number of features.
        m: number of neurons.
        failure: the chance, between 0 and 1, that the bound does not hold.
    """
    from scipy import special

    each = arguments.share("failure", failure) / OTHERS
    upper = float(2 * special.gammainccinv(m / 2, each / n)) / m
    lower = float(2 * special.gammaincinv(m / 2, each / n)) / m
    row = math.sqrt(max(1.0, upper))
    return Start(
        second=_second_largest(m, each) / math.sqrt(m),
        row=row,
        norm_error=max(upper - 1, 1 - lower),
        spectral=1 + math.sqrt(n / m) + math.sqrt(2 * math.log(1 / each) / m),
        column=math.sqrt(float(2 * special.gammainccinv(n / 2, each / m)) / m),
        pull=row * math.sqrt(_rectified_square(n, each / n) / m),
        common=_rectified_square(n, each) / m,
    )


def rivals(m: int, gap: object) -> Floats:
    """The expected number of weights per unit of gap behind a row's largest |weight| (eq. lead-rivals); like `gap`.

    Entries N(0, 1/m), gaps in the unit of the weights.

    Args:
        m: number of neurons.
        gap: distances behind the largest |weight|, of any shape, in the unit of the weights.
    """
    arguments.whole("m", m, least=2)
    unit = math.sqrt(m)
    x = np.linspace(1e-6, math.sqrt(2 * math.log(m)) + 9, 8001)
    leader = math.log(m * (m - 1)) + _log_density(x) + (m - 2) * _log_below(x)
    u = arguments.moments("gap", gap)[..., None] * unit
    behind = np.where(x > u, np.exp(leader + _log_density(x - u)), 0.0)
    return np.asarray(unit * np.trapezoid(behind, x, axis=-1))


def first_changes(n: int, m: int, time: object, *, clock: Clock = "loss") -> Prediction:
    """The share of features whose leading neuron differs from the initial one at an early time; shaped like `time`.

    First order in time (eq. lead-rate), before interference itself has changed: not a bound.

    Args:
        n: number of features.
        m: number of neurons.
        time: early times of any shape, in ``clock``.
        clock: the clock of times and λ, "paper" or "loss" (t_paper = 4 t_loss, λ_paper = λ_loss/4).
    """
    t = convert_time(time, source=clock, target="paper")
    spread = math.sqrt((arguments.whole("n", n, least=2) - 1) / 2) / m
    rate = float(rivals(m, 0.0)) * spread / math.sqrt(math.pi)
    return Prediction(rate * t, regime="First order: shares well below 1; entries N(0, 1/m).", source="eq. lead-rate")


def lead_time(n: int, m: int, *, penalty: float, failure: float = 0.05, clock: Clock = "loss") -> Prediction:
    """A time before which a feature's leading neuron provably does not change, with probability 1 − `failure`.

    Interference needs at least this long to change a winner. ``penalty``: λ in ``clock``; the value is a time in it.
    From the sizes of :func:`likely_start`, whose growth the comparison system bounds (eq. lead-growth), and the rivals
    that can have caught up (eq. lead-time).

    Args:
        n: number of features.
        m: number of neurons.
        penalty: λ, in ``clock``.
        failure: the chance, between 0 and 1, that the bound does not hold.
        clock: the clock of times and λ, "paper" or "loss" (t_paper = 4 t_loss, λ_paper = λ_loss/4).
    """
    from scipy import optimize

    arguments.whole("n", n, least=2)
    arguments.whole("m", m, least=2)
    strength = float(convert_penalty(arguments.positive("penalty", penalty), source=clock, target="paper"))
    start = likely_start(n, m, 0.1 * arguments.share("failure", failure))
    change, last = _changes(start, n, m, strength)

    def excess(log_time: float) -> float:
        t = math.exp(log_time)
        caught = _caught_up(m, _stretched(t, start) * start.row * math.sqrt(2 * start.common / m), 2 * change(t))
        return math.log(caught / (0.9 * failure))

    if strength * _stretched(last, start) > start.second:
        raise InputError(f"Penalty {penalty:g} wears whole rows down before interference acts; lower it.")
    if excess(math.log(last)) < 0:
        raise InputError(f"At n = {n}, m = {m} leads outlast the time that is followed.")
    value = math.exp(float(optimize.brentq(excess, math.log(1e-9 * last), math.log(last), xtol=1e-9)))
    return Prediction(
        float(convert_time(value, source="paper", target=clock)),
        regime=f"Bound: P(a feature's leading neuron changes before) <= {failure:g}; entries N(0, 1/m), any n and m.",
        source="eq. lead-time, proved",
    )


def growth(y: Any, start: Start, n: int, m: int, strength: float) -> list[float]:
    """How fast ‖W‖, the largest pull, column norm and norm error, and a push can change at most (eq. lead-growth)."""
    spectral, pull, column, error = y[:4]
    most = error + math.sqrt(n) * pull
    row = error * start.row + pull * spectral + strength * math.sqrt(m)
    whole = most * spectral + strength * math.sqrt(n * m)
    across = most * column + strength * math.sqrt(n)
    overlaps = spectral * row + whole * start.row
    return [whole, overlaps, across, 2 * start.row * row, column * overlaps + pull * across + start.common * row]


def _changes(start: Start, n: int, m: int, strength: float) -> tuple[Any, float]:
    """The accumulated change of a push, ∫∫ of its growth, as a function of time, and the time that it is known to."""
    from scipy import integrate

    def slope(t: float, y: Floats) -> list[float]:
        stretch = math.exp((start.row**2 - 1 + start.common) * t)
        return [*growth(y, start, n, m, strength), float(y[4]) * stretch]

    def enough(t: float, y: Floats) -> float:
        return 1.0 - float(y[5]) * math.sqrt(m)  # a change of a weight's size makes every rival possible

    enough.terminal = True  # type: ignore[attr-defined]
    first = np.array([start.spectral, start.pull, start.column, start.norm_error, 0.0, 0.0])
    solved = integrate.solve_ivp(
        slope, (0.0, FOLLOWED), first, events=enough, dense_output=True, rtol=1e-10, atol=1e-14, max_step=0.01
    )
    track = solved.sol
    assert track is not None
    return (lambda t: float(track(t)[5])), float(solved.t[-1])


def _stretched(t: float, start: Start) -> float:
    """∫ 1/E ≤ (e^{st} − 1)/s with s = ν² − 1 + Q: time in which a push acts on shrunk weights."""
    rate = start.row**2 - 1 + start.common
    return math.expm1(rate * t) / rate


def _caught_up(m: int, spread: float, change: float) -> float:
    """The expected number of rivals that a push N(0, spread²) and a change can bring to the lead (eq. lead-time)."""
    from scipy import special

    near = np.linspace(0.0, change, 65)
    far = change + np.linspace(0.0, 9 * spread, 257)
    chance = special.ndtr(-(far - change) / spread)
    return float(np.trapezoid(rivals(m, near), near) + np.trapezoid(rivals(m, far) * chance, far))


def _rectified_square(n: int, chance: float) -> float:
    """The level that Σ_j ReLU(g_j)² of n − 1 standard normals exceeds with a given chance."""
    from scipy import optimize, special

    number = np.arange(n)
    log = special.gammaln(n) - special.gammaln(number + 1) - special.gammaln(n - number) - (n - 1) * math.log(2)
    weight = np.exp(log)

    def excess(level: float) -> float:
        tails = special.gammaincc(np.maximum(number, 1) / 2, level / 2) * (number > 0)
        return math.log(max(float(weight @ tails), 1e-300) / chance)

    return float(optimize.brentq(excess, 1e-9, 4 * n - 8 * math.log(chance), xtol=1e-10))


def _second_largest(m: int, chance: float) -> float:
    """The level that fewer than two of m half-normals exceed with a given chance."""
    from scipy import optimize

    def few(level: float) -> float:
        below = float(_log_below(np.array([level]))[0])
        above = -math.expm1(below)
        return math.exp(m * below) + m * above * math.exp((m - 1) * below) - chance

    return float(optimize.brentq(few, 1e-9, math.sqrt(2 * math.log(m)) + 3))


def _log_density(x: Floats) -> Floats:
    return np.asarray(math.log(2 / math.sqrt(2 * math.pi)) - x * x / 2)


def _log_below(x: Floats) -> Floats:
    from scipy import special

    return np.asarray(np.log(special.erf(x / math.sqrt(2))))
