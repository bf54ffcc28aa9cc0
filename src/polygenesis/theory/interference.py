"""How strongly random rows overlap at the start (claim C6, question Q7).

With entries N(0, 1/m), W_i·W_j given ‖W_j‖ is N(0, ‖W_j‖²/m), so the overlap is a normal variable with a
random width √χ²_m / m: variance exactly 1/m, and E exp(sX) = (1 - s²/m²)^(-m/2) for |s| < m, from which
Chernoff's bound follows,

    P(X >= x) <= exp(-m I(x)),   I(x) = ux + log(1-u²)/2,   u = (√(1+4x²) - 1)/(2x).
"""

from __future__ import annotations

import math

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.checks import floats
from polygenesis.errors import bad_argument
from polygenesis.theory import arguments
from polygenesis.theory.prediction import PAPER, Prediction


def start_overlap(m: int, *, level: float = 0.95) -> Prediction:
    """The overlap W_i·W_j of two rows at the start: mean 0, standard deviation exactly 1/√m.

    The interval is the exact central one; it is the normal one, ±1.96/√m, up to terms of order 1/m.
    Source: arXiv:2312.03096, claim C6.

    Args:
        m: number of neurons.
        level: of the interval.
    """
    from scipy import optimize

    arguments.whole("m", m)
    tail = (1 - arguments.share("level", level)) / 2
    # Chebyshev brackets the quantile.
    far = 1 / math.sqrt(tail * m)
    edge = float(optimize.brentq(lambda x: float(overlap_tail(x, m)) - tail, 0.0, far, xtol=1e-12 * far))
    return Prediction(
        0.0, (-edge, edge), regime="Independent rows with entries N(0, 1/m).", source=f"{PAPER}, claim C6"
    )


def overlap_density(x: object, m: int) -> Floats:
    """The exact density of W_i·W_j at the start, by quadrature over the length of one row; shaped like `x`.

    In closed form m |s|^((m-1)/2) K_{(m-1)/2}(|s|) / (√π Γ(m/2) 2^((m-1)/2)) at s = mx, which overflows for
    large m. Source: docs/theory.md, Leads 2.

    Args:
        x: overlaps of any shape.
        m: number of neurons.
    """
    at = floats("x", x)
    width, mass = _widths(m, float(np.max(np.abs(at), initial=0.0)))
    normal = np.exp(-((at[..., None] / width) ** 2) / 2) / (math.sqrt(2 * math.pi) * width)
    return np.asarray(normal @ mass)


def overlap_tail(x: object, m: int) -> Floats:
    """The exact P(W_i·W_j > x) at the start, shaped like `x`.

    Source: docs/theory.md, Leads 2.

    Args:
        x: overlaps of any shape.
        m: number of neurons.
    """
    from scipy import special

    at = floats("x", x)
    width, mass = _widths(m, float(np.max(np.abs(at), initial=0.0)))
    return np.asarray(special.ndtr(-at[..., None] / width) @ mass)


def largest_overlap(n: int, m: int, *, failure: float = 0.05, signed: bool = False) -> Prediction:
    """A bound on all overlaps |W_i·W_j| of n rows at the start, which fails with probability at most `failure`.

    Union bound over the pairs with the exact tail: n(n-1) P(X > value) = failure; about √(2
    log(n(n-1)/failure)/m) when small. With ``signed=True`` it bounds the positive overlaps alone (only they
    interfere): half as many events. Source: the union bound over all pairs, with the exact tail.

    Args:
        n: number of features.
        m: number of neurons.
        failure: the chance, between 0 and 1, that the bound does not hold.
        signed: whether only positive overlaps count.
    """
    from scipy import optimize

    chance = arguments.share("failure", failure)
    events = _events(n, signed)
    high = _chernoff_level(math.log(events / chance) / arguments.whole("m", m))
    # Chernoff's level has a smaller tail than is allowed, so the root lies below it.
    value = optimize.brentq(lambda x: math.log(float(overlap_tail(x, m)) * events / chance), 0.0, high)
    side = "W_i·W_j" if signed else "|W_i·W_j|"
    return Prediction(
        float(value),
        regime=f"Bound: P(max {side} >= value) <= {chance:g}; independent N(0, 1/m) entries, any n and m.",
        source="union bound, proved",
    )


def mean_largest_overlap(n: int, m: int, *, signed: bool = False) -> Prediction:
    """An upper bound on the expected largest overlap of n rows at the start, tight to first order in large n.

    E max <= min_s (log N + log E exp(sX))/s over N variables, whose value solves m I(x) = log N.
    Source: the bound by moment-generating functions, with E exp(sX) = (1 − s²/m²)^(−m/2).

    Args:
        n: number of features.
        m: number of neurons.
        signed: whether only positive overlaps count.
    """
    events = _events(n, signed)
    value = _chernoff_level(math.log(events) / arguments.whole("m", m))
    return Prediction(
        value,
        regime="Bound on the mean; independent N(0, 1/m) entries, any n >= 2 and m.",
        source="moment-generating function bound, proved",
    )


def mean_positive_overlap(m: int) -> Prediction:
    """The mean of ReLU(W_i·W_j) at the start: Γ((m+1)/2) / (√π m Γ(m/2)), about 1/√(2πm).

    Source: docs/theory.md, Crowding 2.

    Args:
        m: number of neurons.
    """
    arguments.whole("m", m)
    value = math.exp(math.lgamma((m + 1) / 2) - math.lgamma(m / 2)) / (math.sqrt(math.pi) * m)
    return Prediction(value, regime="Independent rows with entries N(0, 1/m), exact.", source="chi distribution")


def gram_eigenvalue(n: int, m: int) -> Prediction:
    """The largest eigenvalue of G = W Wᵀ at the start: (1 + √(n/m))².

    Source: Marchenko and Pastur 1967.

    Args:
        n: number of features.
        m: number of neurons.
    """
    value = (1 + math.sqrt(arguments.whole("n", n) / arguments.whole("m", m))) ** 2
    return Prediction(value, regime="n and m large; entries N(0, 1/m).", source="Marchenko and Pastur 1967, upper edge")


def rectified_gram_eigenvalue(n: int, m: int) -> Prediction:
    """The largest eigenvalue of ReLU(G) at the start: 1 + θ + nσ²/θ with θ = (n-1)μ.

    The off-diagonal entries of ReLU(G) have mean μ = E ReLU(X) ≈ 1/√(2πm) and variance σ² = 1/(2m) - μ²: a
    rank-one part θ that sticks out of the bulk and is pushed up by it. It grows as √n at fixed n/m, so it
    sets the stable step for large n (to first order n/√(2πm)). Raises InputError where θ <= 2, where the
    bulk is not separated. Source: perturbation of rank one of a random matrix, approximate.

    Args:
        n: number of features.
        m: number of neurons.
    """
    mean = float(mean_positive_overlap(m))
    theta = (arguments.whole("n", n, least=2) - 1) * mean
    if theta <= 2:
        raise bad_argument("n", f"satisfy (n-1)/√(2πm) > 2 at m = {m}", n)
    return Prediction(
        1 + theta + n * (1 / (2 * m) - mean**2) / theta,
        regime="Large n with (n-1)/√(2πm) > 2; entries N(0, 1/m); to a few per cent.",
        source="rank-one perturbation of a random matrix, approximate",
    )


def _chernoff_level(exponent: float) -> float:
    """The x > 0 with I(x) = exponent."""
    from scipy import optimize

    # I(x) exceeds any exponent e at x = 2√e + 2e + 1 (I is about x²/2 for small x and x for large).
    high = 2 * math.sqrt(exponent) + 2 * exponent + 1
    return float(optimize.brentq(lambda x: _rate(x) - exponent, 0.0, high, xtol=1e-14, rtol=1e-13))


def _rate(x: float) -> float:
    u = 2 * x / (math.sqrt(1 + 4 * x * x) + 1)
    return u * x + 0.5 * math.log1p(-u * u)


def _events(n: int, signed: bool) -> int:
    pairs = arguments.whole("n", n, least=2) * (n - 1)
    return max(pairs // 2 if signed else pairs, 1)


def _widths(m: int, reach: float) -> tuple[Floats, Floats]:
    """Widths √χ²_m / m and their probabilities, on a grid in log χ² that serves tails up to `reach` too."""
    arguments.whole("m", m)
    spread = 12 * math.sqrt(2 / m)
    z = np.linspace(-spread - 80 / m, math.log1p(spread + 80 / m + 4 * reach), 4001)
    log_density = m / 2 * (math.log(m / 2) + z - np.exp(z)) - math.lgamma(m / 2)
    mass = np.exp(log_density) * (z[1] - z[0])
    return np.exp(z / 2) / math.sqrt(m), mass
