"""Measures of weights: those that a rotation of the hidden space leaves alone, and those of neurons.

Unaffected by W → WQ for orthogonal Q (and meaningful without a privileged basis): :func:`overlaps`,
:func:`row_norms`, :func:`numerical_rank`, :func:`effective_rank`, :func:`capacities`, :func:`reconstruction_loss`.
Of the neuron basis: :func:`fourth_norm`, :func:`participation_ratio`, :func:`survivors`, :func:`l1_norms`,
:func:`start_end_correlation`. All take one network (n, m) or several (r, n, m) and return float64 with the axis r in
front in either case.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from polygenesis.arrays import Floats, Integers
from polygenesis.detect.inputs import replicated, start_and_end
from polygenesis.errors import bad_argument


def fourth_norm(weights: Any) -> Floats:
    """Return Σ_k W_ik⁴ of every feature, (r, n).

    1 for a unit row on one neuron, 3/(m + 2) on average for a unit row in a random direction. The paper's
    measure of sparsity from noise (arXiv:2312.03096, §4).

    Args:
        weights: (r, n, m), or (n, m) for one network.
    """
    return _each(weights, lambda w: np.einsum("ik,ik->i", w * w, w * w))


def participation_ratio(weights: Any) -> Floats:
    """Return the participation ratio of every feature over neurons, (r, n): (Σ_k W_ik²)² / Σ_k W_ik⁴.

    From 1 to m; NaN for a row of zeros.

    Args:
        weights: (r, n, m), or (n, m) for one network.
    """
    return _each(weights, _participation)


def survivors(weights: Any, *, above: float = 0.0) -> Integers:
    """Return the number of weights of every feature with |W_ik| > ``above``, (r, n): m′ of the paper.

    Args:
        weights: (r, n, m), or (n, m) for one network.
        above: the magnitude beyond which a weight counts.
    """
    if not above >= 0:
        raise bad_argument("above", "be at least 0", above)
    return np.stack([np.count_nonzero(np.abs(w) > above, axis=1) for w in replicated("weights", weights)])


def l1_norms(weights: Any) -> Floats:
    """Return ‖W_i‖₁ of every feature, (r, n).

    Args:
        weights: (r, n, m), or (n, m) for one network.
    """
    return _each(weights, lambda w: np.abs(w).sum(axis=1))


def row_norms(weights: Any) -> Floats:
    """Return ‖W_i‖₂ of every feature, (r, n).

    Args:
        weights: (r, n, m), or (n, m) for one network.
    """
    return _each(weights, lambda w: np.sqrt(np.einsum("ik,ik->i", w, w)))


def overlaps(weights: Any) -> Floats:
    """Return the overlaps G = W Wᵀ of all pairs of features, (r, n, n).

    Args:
        weights: (r, n, m), or (n, m) for one network.
    """
    return _each(weights, lambda w: w @ w.T)


def reconstruction_loss(weights: Any) -> Floats:
    """Return the one-hot tied autoencoder's loss without its penalty, (r,).

    Σ_i [(1 − ‖W_i‖²)² + Σ_{j≠i} ReLU(W_i·W_j)²]: sums over inputs, no 1/n (arXiv:2312.03096, §2).

    Args:
        weights: (r, n, m), or (n, m) for one network.
    """
    return _each(weights, _one_hot_loss)


def capacities(weights: Any) -> Floats:
    """Return the feature dimensionality, or capacity, of every feature, (r, n): C_i = ‖W_i‖⁴ / Σ_j (W_i·W_j)².

    It is the part of a dimension that a feature has to itself: *capacity* in Scherlis et al. (arXiv:2210.01892),
    *feature dimensionality* D_i = ‖W_i‖² / Σ_j (Ŵ_i·W_j)² in arXiv:2209.10652: the same number.

    1 for a feature that overlaps with none, ½ for each of an antipodal pair, 0 for a dead one. They add up to the rank
    at most (docs/theory.md, Capacity 6), so n − Σ C_i counts the sharing in any basis.

    Args:
        weights: (r, n, m), or (n, m) for one network.
    """
    return _each(weights, _capacities)


def feature_dimensionality(weights: Any) -> Floats:
    """Return the feature dimensionality of every feature, (r, n), by the name of Elhage et al. (arXiv:2209.10652).

    The same numbers as :func:`capacities`, which says more. Raises :class:`polygenesis.InputError`.

    Args:
        weights: (r, n, m), or (n, m) for one network.

    >>> feature_dimensionality([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]]).tolist()
    [[0.5, 0.5, 1.0]]
    """
    return capacities(weights)


def numerical_rank(weights: Any) -> Integers:
    """Return the number of dimensions in use, (r,): singular values above the largest's rounding error.

    Args:
        weights: (r, n, m), or (n, m) for one network.
    """
    return np.array([np.linalg.matrix_rank(w) for w in replicated("weights", weights)])


def effective_rank(weights: Any) -> Floats:
    """Return the exponential of the entropy of the normalized singular values, (r,).

    A soft count of the dimensions in use: between 1 and min(n, m), and 0 for weights that are all zero
    (Roy and Vetterli, EUSIPCO 2007).

    Args:
        weights: (r, n, m), or (n, m) for one network.
    """
    return _each(weights, _effective_rank)


@dataclass(frozen=True, eq=False)
class StartEndCorrelation:
    """The correlation between initial and final weights: M_ij = Σ_k W0_ik W_jk.

    ``matrix`` (n, n): the mean of M over replicates. ``diagonal``, ``off_diagonal`` (r,): each replicate's
    mean of M_ii and of M_ij, i ≠ j (NaN for n = 1). Replicates are independent, so intervals belong to them
    and not to the n² entries.
    """

    matrix: Floats
    diagonal: Floats
    off_diagonal: Floats

    def __repr__(self) -> str:
        means = f"diagonal {self.diagonal.mean():.4g}, off the diagonal {self.off_diagonal.mean():.4g}"
        return f"StartEndCorrelation({means}; {len(self.diagonal)} replicates)"


def start_end_correlation(initial: Any, final: Any) -> StartEndCorrelation:
    """Correlate every feature's final weights with every feature's initial ones (arXiv:2312.03096, §4).

    ``initial``, ``final``: (r, n, m) or (n, m). Raises :class:`polygenesis.InputError` for shapes that
    disagree.

    Args:
        initial: weights at the start, (r, n, m) or (n, m).
        final: weights at the end, shaped alike.
    """
    first, last = start_and_end(initial, final)
    n = first.shape[1]
    total, diagonal, off_diagonal = np.zeros((n, n)), [], []
    for before, after in zip(first, last, strict=True):
        product = before.astype(np.float64) @ after.astype(np.float64).T
        trace = float(np.trace(product))
        total += product
        diagonal.append(trace / n)
        off_diagonal.append((float(product.sum()) - trace) / (n * (n - 1)) if n > 1 else np.nan)
    return StartEndCorrelation(total / len(first), np.array(diagonal), np.array(off_diagonal))


def _each(weights: Any, measure: Callable[[Floats], Any]) -> Floats:
    """Apply a measure to each network in float64, with only one such copy in memory at a time."""
    return np.stack([np.asarray(measure(w.astype(np.float64))) for w in replicated("weights", weights)])


def _participation(w: Floats) -> Floats:
    scale = np.abs(w).max(axis=1, keepdims=True)  # so that squares of small rows do not underflow
    squares = np.divide(w, scale, out=np.full(w.shape, np.nan), where=scale > 0) ** 2
    return np.asarray(squares.sum(axis=1) ** 2 / (squares**2).sum(axis=1))


def _capacities(w: Floats) -> Floats:
    squared = (w @ w.T) ** 2
    total = squared.sum(axis=1)
    return np.asarray(np.divide(np.diagonal(squared), total, out=np.zeros(len(w)), where=total > 0))


def _one_hot_loss(w: Floats) -> float:
    overlap = w @ w.T
    squared_norms = np.diagonal(overlap).copy()
    np.fill_diagonal(overlap, 0.0)
    return float(((1 - squared_norms) ** 2).sum() + (np.maximum(overlap, 0.0) ** 2).sum())


def _effective_rank(w: Floats) -> float:
    values = np.linalg.svd(w, compute_uv=False)
    if not values[0] > 0:
        return 0.0
    shares = values[values > 0] / values.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))
