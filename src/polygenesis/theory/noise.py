"""Hidden noise: the fourth moments that decide whether it makes rows sparse (claim C7)."""

from __future__ import annotations

import math

from polygenesis.errors import bad_argument
from polygenesis.theory import arguments
from polygenesis.theory.prediction import PAPER, Prediction

EXCESS_KURTOSIS = {"bipolar": -2.0, "uniform": -1.2, "gaussian": 0.0, "laplace": 3.0}
"""Fourth cumulant over squared variance, exactly, of each law; it does not depend on the law's scale."""


def excess_kurtosis(law: str) -> float:
    """The excess kurtosis E ξ⁴/(E ξ²)² - 3 of a law: bipolar −2, uniform −6/5, Gaussian 0, Laplace 3."""
    return EXCESS_KURTOSIS[arguments.one_of("noise law", law, tuple(EXCESS_KURTOSIS))]


def projected_kurtosis(law: str, fourth_norm: float) -> Prediction:
    """The excess kurtosis of the noise as a unit row sees it, w·ξ: κ Σ_k w_k⁴.

    Fourth cumulants of independent terms add, cum₄(Σ w_k ξ_k) = κ σ⁴ Σ w_k⁴, while the variance is σ² Σ
    w_k² = σ². So rows feel the noise law through Σ w_k⁴ alone, which is how noise that ignores the basis by
    its variance still sees it. `fourth_norm` is Σ_k w_k⁴ of a unit row, between 0 and 1.
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
    """
    arguments.whole("m", m)
    mean = 3 / (m + 2)
    spread = math.sqrt(random_row_fourth_norm_variance(m) * (1 / 0.025 - 1))
    # Σ w⁴ lies between 1/m (all entries equal) and 1 (one entry), whatever the bound says.
    return Prediction(
        mean,
        (max(1 / m, mean - spread), min(1.0, mean + spread)),
        regime="A uniformly random direction, such as a Gaussian start; one row.",
        source=f"{PAPER}, C7",
    )


def random_row_fourth_norm_variance(m: int) -> float:
    """The variance of Σ_k w_k⁴ over random directions: 24(m-1) / ((m+2)²(m+4)(m+6))."""
    arguments.whole("m", m)
    return 24 * (m - 1) / ((m + 2) ** 2 * (m + 4) * (m + 6))
