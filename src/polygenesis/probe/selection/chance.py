"""The variance of a weighted AUROC by chance: one formula, for arrays and, compiled, for single numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from polygenesis.kernels import compiled


def chance_variance(rank_squares: Any, ties: Any, size: Any, with_: Any, spread: Any) -> Any:
    """Return the variance of the weighted AUROC when activations are permuted against labels: exact, ties included.

    A = Σ_{x with, z without} w_z k(x, z) / (n_i Σ w) with k = ½ + h, h = ±½ or 0 for a tie. Over distinct samples
    of the pool τ = E h(x, z)² = ¼ (1 − ties/(N(N − 1))) and ξ = E h(x, z) h(x, z′) = (Σ c² − N(N − 1) τ) /
    (N(N − 1)(N − 2)), c the centred mid-ranks (``rank_squares``: Σ c²; ``ties``: ordered pairs of tied samples).
    h is antisymmetric, so pairs without a common sample do not correlate, and with s = Σ w²/(Σ w)² (``spread``)

        var A = ξ/n_i + s (ξ + (τ − 2ξ)/n_i).

    Without ties τ = ¼, ξ = 1/12; with exclusive classes s = Σ_{j≠i} 1/n_j / (K − 1)²; with equal weights it is the
    variance of Mann and Whitney.
    """
    pairs = size * (size - 1.0)
    tau = 0.25 * (1 - ties / pairs)
    xi = (rank_squares - pairs * tau) / (pairs * (size - 2.0))
    return np.maximum(xi / with_ + spread * (xi + (tau - 2 * xi) / with_), 0.0)


compiled_variance = compiled(chance_variance)
"""The same for single numbers in compiled code."""
