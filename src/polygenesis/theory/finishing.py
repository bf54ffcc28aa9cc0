"""When the race of one row is over: the exact mean for every m, and its spread (claim C5, "done at t ~ 1/λ").

On the slow manifold the race ends when the runner-up drops out, after λt = ∫dc/√S₂(c), S₂(c) = Σ(|w_k(0)| -
c)₊², taken up to the second largest start. Given that k of m starts exceed the level c they are independent
there, and 1/√S = (2/√π)∫₀^∞ exp(-v²S)dv, so that with p = P(|w| > c) and q = E[exp(-v²(|w| - c)²); |w| > c]

    λ E t = (2/√π) ∫dc ∫dv [ (1 - p + q)^m - (1 - p)^m - m q (1 - p)^(m-1) ],

in which no scale of the start enters. As m → ∞ the gaps between the largest starts become exponential and

    λ E t → (2/√π) ∫₀^∞ [-log(1 - L(v)) - L(v)] dv = 1.7586…,   L(v) = √π/(2v) erfcx(1/(2v)).

The mean is 1.81, 1.85, 1.83, 1.80 at m = 1e2, 1e3, 1e5, 1e8: nearly independent of m, with a flat maximum
near 1e3. A single race is wide, though: its standard deviation is 0.8/λ and 95 % of races end between about
0.8/λ and 3.8/λ.
"""

from __future__ import annotations

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.theory import arguments
from polygenesis.theory.arguments import Clock
from polygenesis.theory.clocks import convert_time, slow_penalty
from polygenesis.theory.half_normal import beyond, squared_excess
from polygenesis.theory.prediction import Prediction

MANY_NEURONS = 1.7586080865
"""λ E t as m → ∞: the integral in the module's text."""

_LEADERS = 1000
"""Largest starts that are drawn one by one; the time until only they are left varies by under a per cent."""


def finishing_time(m: int, penalty: float, *, clock: Clock = "paper") -> Prediction:
    """The mean time until a single entry of a row is left: about 1.8/λ, almost independent of m.

    Exact for a Gaussian start of any scale on the slow manifold; result and `penalty` are in `clock`. For
    the spread see :func:`finishing_times`. Raises InputError if m < 2 or λ√m > 1 in the paper's clock.
    Source: arXiv:2312.03096, claim C5; docs/theory.md, eq. race, averaged over Gaussian starts.

    Args:
        m: number of neurons.
        penalty: λ, in ``clock``.
        clock: the clock of times and λ, "paper" or "loss" (t_paper = 4 t_loss, λ_paper = λ_loss/4).
    """
    lam = slow_penalty(arguments.whole("m", m, least=2), penalty, clock)
    return Prediction(
        float(convert_time(_mean(m) / lam, source="paper", target=clock)),
        regime="Mean over Gaussian starts; one feature without interference, λ√m ≪ 1.",
        source="exact one-feature flow, order statistics",
    )


def finishing_times(
    m: int, penalty: float, size: int, seed: int | np.random.Generator, *, clock: Clock = "paper"
) -> Floats:
    """Draw the finishing times of independent races, shape (size,), in `clock`.

    Draws the largest starts as order statistics and uses the continuum before them, so m = 1e9 costs no
    more than 1e3. Source: docs/theory.md, eq. race.

    Args:
        m: number of neurons.
        penalty: λ, in ``clock``.
        size: how many races.
        seed: a number or a NumPy generator.
        clock: the clock of times and λ, "paper" or "loss" (t_paper = 4 t_loss, λ_paper = λ_loss/4).
    """
    lam = slow_penalty(arguments.whole("m", m, least=2), penalty, clock)
    arguments.whole("size", size)
    rng = np.random.default_rng(seed)
    leaders = min(m, _LEADERS)
    nodes, weights = np.polynomial.legendre.leggauss(60)
    times = np.empty(size)
    for race in range(size):
        starts = _largest_starts(m, leaders, rng)
        last = starts[-1] if leaders < m else 0.0
        # ∫ dy/√(m h(y)) up to the smallest leader, then exactly between drop-outs.
        early = weights @ (1 / np.sqrt(m * squared_excess((nodes + 1) * last / 2))) * last / 2
        times[race] = early + _between_drop_outs(starts, last)
    return convert_time(times / lam, source="paper", target=clock)


def _mean(m: int) -> float:
    """λ E t by quadrature: Gauss-Legendre over c, trapezoids over log v."""
    from scipy import special

    nodes, weights = np.polynomial.legendre.leggauss(200)
    top = np.sqrt(2 * np.log(m)) + 7
    c, dc = (nodes[:, None] + 1) * top / 2, weights * top / 2
    log_v = np.linspace(-14, 18, 1200)
    v = np.exp(log_v)
    p = beyond(c)
    # The square is completed in the Gaussian integral over the excess |w| - c.
    width = np.sqrt(0.5 + v * v)
    q = np.exp(-c * c / 2) / (np.sqrt(2) * width) * special.erfcx(c / (2 * width))
    none = np.exp((m - 1) * np.log1p(-p))
    term = np.exp(m * np.log1p(-(p - q))) - none * (1 - p) - m * q * none
    return float(2 / np.sqrt(np.pi) * (log_v[1] - log_v[0]) * (dc @ (term @ v)))


def _largest_starts(m: int, leaders: int, rng: np.random.Generator) -> Floats:
    """The largest of m values |g_k|, in falling order: order statistics from exponential gaps (Rényi)."""
    from scipy import special

    gaps = np.cumsum(rng.standard_exponential(leaders))
    tails = gaps / (gaps[-1] + rng.standard_gamma(m + 1 - leaders))
    return np.asarray(-special.ndtri(tails / 2))


def _between_drop_outs(starts: Floats, last: float) -> float:
    """∫ dc/√S₂(c) from `last` to the second largest start, in closed form between neighbours."""
    count = np.arange(2, starts.size + 1)
    mean = np.cumsum(starts)[1:] / count
    spread = np.sqrt(np.maximum(np.cumsum(starts**2)[1:] / count - mean**2, 1e-300))
    high, low = starts[1:], np.append(starts[2:], last)
    # S₂(c) = count ((mean - c)² + spread²), whose inverse root integrates to arcsinh.
    pieces = np.arcsinh((mean - low) / spread) - np.arcsinh((mean - high) / spread)
    return float(np.sum(pieces / np.sqrt(count)))
