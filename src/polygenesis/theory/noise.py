"""Hidden noise: the fourth moments that decide whether it makes rows sparse (claim C7)."""

from __future__ import annotations

import math

from polygenesis.errors import bad_argument
from polygenesis.theory import arguments
from polygenesis.theory.prediction import PAPER, Prediction

THEORY = "docs/theory.md, Noise"
"""Where the results on noise and collisions are derived; their numbers are appended."""

EXCESS_KURTOSIS = {"bipolar": -2.0, "uniform": -1.2, "gaussian": 0.0, "laplace": 3.0}
"""Fourth cumulant over squared variance, exactly, of each law; it does not depend on the law's scale."""


def excess_kurtosis(law: str) -> float:
    """The excess kurtosis E ξ⁴/(E ξ²)² - 3 of a law: bipolar −2, uniform −6/5, Gaussian 0, Laplace 3.

    Source: moments of each law, exact.

    Args:
        law: the noise: "bipolar", "uniform", "gaussian" or "laplace".
    """
    return EXCESS_KURTOSIS[arguments.one_of("noise law", law, tuple(EXCESS_KURTOSIS))]


def projected_kurtosis(law: str, fourth_norm: float) -> Prediction:
    """The excess kurtosis of the noise as a unit row sees it, w·ξ: κ Σ_k w_k⁴.

    Fourth cumulants of independent terms add, cum₄(Σ w_k ξ_k) = κ σ⁴ Σ w_k⁴, while the variance is σ² Σ
    w_k² = σ². So rows feel the noise law through Σ w_k⁴ alone, which is how noise that ignores the basis by
    its variance still sees it. `fourth_norm` is Σ_k w_k⁴ of a unit row, between 0 and 1.
    Source: arXiv:2312.03096, claim C7, and the additivity of cumulants.

    Args:
        law: the noise: "bipolar", "uniform", "gaussian" or "laplace".
        fourth_norm: Σ_k w_k⁴ of a unit row, between 0 and 1.
    """
    level = arguments.positive("fourth_norm", fourth_norm)
    if level > 1:
        raise bad_argument("fourth_norm", "be at most 1, the value of a row with one entry", fourth_norm)
    return Prediction(
        excess_kurtosis(law) * level,
        regime="Independent noise of one law on every neuron; unit rows.",
        source="additivity of cumulants, exact",
    )


def random_row_fourth_norm(m: int) -> Prediction:
    """The fourth norm Σ_k w_k⁴ of a random direction: 3/(m+2) on average.

    For w uniform on the unit sphere, E w_k⁴ = 3/(m(m+2)) and E w_k⁴w_l⁴ = 9/(m(m+2)(m+4)(m+6)), E w_k⁸ =
    105/(m(m+2)(m+4)(m+6)), hence Var = 24(m-1)/((m+2)²(m+4)(m+6)). The interval is Cantelli's, one-sided
    2.5 % each way: at least 95 % at any m, wide. This is where a row stays when nothing prefers the neuron
    basis. Source: arXiv:2312.03096, claim C7.

    Args:
        m: number of neurons.
    """
    arguments.whole("m", m)
    mean = 3 / (m + 2)
    spread = math.sqrt(random_row_fourth_norm_variance(m) * (1 / 0.025 - 1))
    # Σ w⁴ lies between 1/m (all entries equal) and 1 (one entry), whatever the bound says.
    return Prediction(
        mean,
        (max(1 / m, mean - spread), min(1.0, mean + spread)),
        regime="A uniformly random direction, such as a Gaussian start; one row.",
        source=f"{PAPER}, claim C7",
    )


def random_row_fourth_norm_variance(m: int) -> float:
    """The variance of Σ_k w_k⁴ over random directions: 24(m-1) / ((m+2)²(m+4)(m+6)).

    Source: moments of a uniform direction, exact.

    Args:
        m: number of neurons.
    """
    arguments.whole("m", m)
    return 24 * (m - 1) / ((m + 2) ** 2 * (m + 4) * (m + 6))


MEAN_MAGNITUDE: dict[str, float] = {
    "bipolar": 1.0,
    "uniform": math.sqrt(3) / 2,
    "gaussian": math.sqrt(2 / math.pi),
    "laplace": math.sqrt(1 / 2),
}
"""E|z| of each law at unit variance, exactly: the lower the kurtosis, the larger."""


def mean_magnitude(law: str) -> float:
    """The mean E|z| of a law's magnitude at unit variance: bipolar 1, uniform √3/2, Gaussian √(2/π), Laplace 1/√2.

    Source: docs/theory.md, Noise 2.

    Args:
        law: the noise: "bipolar", "uniform", "gaussian" or "laplace".
    """
    return MEAN_MAGNITUDE[arguments.one_of("noise law", law, tuple(MEAN_MAGNITUDE))]


def rectified_square(law: str, overlap: float, std: float) -> float:
    """The expected loss E ReLU(μ + σz)² of an output that should be 0, at overlap μ, for noise of one neuron.

    Exact for each law. Convex and increasing in μ, σ²/2 at μ = 0, with slope 2 E(μ + σz)₊. Source: docs/theory.md,
    Noise 1.

    Args:
        law: the noise: "bipolar", "uniform", "gaussian" or "laplace".
        overlap: μ, the output's mean.
        std: σ, the standard deviation of the noise at one neuron.
    """
    spread = arguments.positive("std", std)
    mu = float(overlap)
    match arguments.one_of("noise law", law, tuple(MEAN_MAGNITUDE)):
        case "bipolar":
            return (max(mu + spread, 0.0) ** 2 + max(mu - spread, 0.0) ** 2) / 2
        case "uniform":
            half = math.sqrt(3) * spread
            return (max(mu + half, 0.0) ** 3 - max(mu - half, 0.0) ** 3) / (6 * half)
        case "gaussian":
            z = mu / spread
            below = math.erfc(-z / math.sqrt(2)) / 2
            return (mu**2 + spread**2) * below + mu * spread * math.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    scale = spread / math.sqrt(2)
    tail = scale**2 * math.exp(-abs(mu) / scale)
    return tail if mu <= 0 else mu**2 + 2 * scale**2 - tail


def sharing_reward(law: str, std: float, norm: float = 1.0) -> Prediction:
    """The decrease of the expected loss if two bare features of opposite signs share a neuron: 2a²[σ²/2 − E(ξ − a)₊²].

    `norm` is a, the size of each feature's one weight; `std` is σ. On two neurons each of the two outputs that should
    stay silent costs E ReLU(aξ)² = a²σ²/2; on one neuron the overlap −a² clips it, for bipolar noise with σ ≤ a
    entirely. All other terms are the same. Source: docs/theory.md, Noise 3.

    Args:
        law: the noise: "bipolar", "uniform", "gaussian" or "laplace".
        std: σ, the standard deviation of the noise at one neuron.
        norm: a, the size of each feature's one weight.
    """
    a, spread = arguments.positive("norm", norm), arguments.positive("std", std)
    saved = 2 * (rectified_square(law, 0.0, a * spread) - rectified_square(law, -(a**2), a * spread))
    return Prediction(saved, regime="Rows with one weight each, not relaxed; any n, m.", source=f"{THEORY} 3")


def repulsion(law: str, std: float, norm: float = 1.0) -> Prediction:
    """The force of noise on a zero weight of one bare row at the neuron of another: 2a² E|ξ|, away from its sign.

    Loss's clock. One half comes from the input of either feature. Neurons that two features of opposite signs share
    exert none. Source: docs/theory.md, Noise 4.

    Args:
        law: the noise: "bipolar", "uniform", "gaussian" or "laplace".
        std: σ, the standard deviation of the noise at one neuron.
        norm: a, the size of each feature's one weight.
    """
    a, spread = arguments.positive("norm", norm), arguments.positive("std", std)
    return Prediction(
        2 * a**2 * spread * mean_magnitude(law),
        regime="Rows with one weight each; σ well below a.",
        source=f"{THEORY} 4",
    )


def bare_norm(n: int, std: float, penalty: float = 0.0) -> float:
    """The size a of the one weight of a bare row at rest under noise and L1: 4a(1 − a²) = (n + 1)σ²a + λ.

    The larger root; 0 where there is none, because noise and penalty kill the row. Regime: σ well below a, so that
    the feature's own output is never clipped. Source: docs/theory.md, Noise 4.

    Args:
        n: number of features.
        std: σ, the standard deviation of the noise at one neuron.
        penalty: λ, the coefficient of ‖W‖₁ in the loss.
    """
    arguments.whole("n", n)
    slope, weight = 4 - (n + 1) * float(std) ** 2, float(penalty)
    turn = math.sqrt(max(slope, 0.0) / 12)  # where slope · a − 4a³ is largest
    if slope * turn - 4 * turn**3 <= weight:
        return 0.0
    low, high = turn, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if slope * middle - 4 * middle**3 > weight else (low, middle)
    return low


def repulsion_threshold(law: str, n: int, std: float) -> Prediction:
    """The penalty λ* that holds bare rows against noise: λ* = 2a² E|ξ|, with a of :func:`bare_norm` at λ*.

    Below it, L1's zeros are not optimal under the noise and rows turn away from each other; from it on, they are.
    λ of the loss. Source: docs/theory.md, Noise 4.

    Args:
        law: the noise: "bipolar", "uniform", "gaussian" or "laplace".
        n: number of features.
        std: σ, the standard deviation of the noise at one neuron.
    """
    per_square = 2 * arguments.positive("std", std) * mean_magnitude(law)
    strength = per_square
    for _ in range(200):  # a contraction wherever a bare row lives: da²/dλ ≈ −1/2
        strength = (strength + per_square * bare_norm(n, std, strength) ** 2) / 2
    return Prediction(
        strength, regime="One-hot features, rows with one weight each, σ well below 1.", source=f"{THEORY} 4"
    )


def mean_overlap(n: int) -> Prediction:
    """The least mean overlap of n unit rows, −1/(n − 1): that of rows that sum to zero.

    ‖Σ W_i‖² = Σ‖W_i‖² + Σ_{i≠j} W_i·W_j ≥ 0. Where every row meets Gaussian noise, equal overlaps of this size (a
    simplex; it needs n ≤ m + 1) are the least expected interference, because it is convex and increasing in each
    overlap. Source: docs/theory.md, Noise 5.

    Args:
        n: number of features.
    """
    if arguments.whole("n", n) < 2:
        raise bad_argument("n", "be at least 2 for rows to overlap", n)
    return Prediction(-1 / (n - 1), regime="Unit rows.", source=f"{THEORY} 5")
