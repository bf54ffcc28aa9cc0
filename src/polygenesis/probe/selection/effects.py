"""Effect sizes of one block of neurons: AUROC with its exact variance by chance, Cohen's d, bits."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.probe.selection.occurrence import Occurrence

LEVELS = 8
"""Levels of activation, equal shares of the samples, between which mutual information is computed."""

ROUNDING = 1e-6
"""Share of a neuron's root mean square down to which a negative activation counts as rounding of 0."""

ROOM = 2**26
"""Bytes of counts (neurons, LEVELS, n + 1) that are kept at once."""


@dataclass(frozen=True, eq=False)
class Effects:
    """Effects of k neurons: ``auroc``, its ``z`` by chance, ``difference``, ``information`` (k, n); ``flat`` and
    ``signed`` (k,): whether the activation is constant, and whether it varies and is negative somewhere."""

    auroc: Floats
    z: Floats
    difference: Floats
    information: Floats
    flat: Booleans
    signed: Booleans

    @property
    def largest(self) -> tuple[float, float, float]:
        """The largest |AUROC − ½|, |difference| and information."""
        return (
            float(np.abs(self.auroc - 0.5).max()),
            float(np.abs(self.difference).max()),
            float(self.information.max()),
        )


def block_effects(block: Floats, known: Occurrence, orders: Integers) -> list[Effects]:
    """Measure a block of neurons (k, samples), float64 or float16, under each order of the labels (P, samples).

    Works on so many neurons at once that their counts fit in ``ROOM``.
    """
    rows = max(1, ROOM // (8 * LEVELS * (len(known.counts) + 1) * len(orders)))
    parts = [_some_effects(block[first : first + rows], known, orders) for first in range(0, len(block), rows)]
    return [
        Effects(*(np.concatenate(column) for column in zip(*(vars(part[p]).values() for part in parts), strict=True)))
        for p in range(len(orders))
    ]


def _some_effects(block: Floats, known: Occurrence, orders: Integers) -> list[Effects]:
    from polygenesis.probe.selection.ranking import feature_sums, half_sums

    n, k = len(known.counts), len(block)
    counts, sums = np.zeros((len(orders), k, LEVELS, n + 1), np.int64), np.zeros((len(orders), k, 2, n))
    squares = np.zeros((k, 5))
    labels = known.starts, known.features, known.weights
    if block.dtype == np.float16:
        table = np.arange(2**16, dtype=np.uint16).view(np.float16).astype(np.float64)
        bits = block.view(np.uint16)
        in_parts(
            k,
            lambda at: half_sums(bits[at], table, orders, *labels, counts[:, at], sums[:, at], squares[at]),
        )
    else:
        in_parts(k, lambda at: feature_sums(block[at], orders, *labels, counts[:, at], sums[:, at], squares[at]))
    return [_from_sums(counts[p], sums[p], squares, known) for p in range(len(orders))]


def in_parts(rows: int, work: Callable[[slice], None]) -> None:
    """Do compiled work on one part of the rows a core; it lets go of Python's lock."""
    parts = max(1, min(os.cpu_count() or 1, 8, rows))
    slices = [slice(rows * part // parts, rows * (part + 1) // parts) for part in range(parts)]
    with ThreadPoolExecutor(parts) as pool:
        list(pool.map(work, slices))


def _from_sums(counts: Integers, sums: Floats, squares: Floats, known: Occurrence) -> Effects:
    """Effects from counts (k, LEVELS, n + 1), sums (k, 2, n) and moments (k, 5)."""
    weight, square = known.outside
    flat, size = squares[:, 0] == 0, known.size
    auroc = np.clip(sums[:, 0] / (known.counts * weight), 0.0, 1.0)
    auroc[flat] = 0.5
    spread = np.sqrt(chance_variance(squares[:, :1], squares[:, 2:3], size, known.counts, square / weight**2))
    z = np.divide(auroc - 0.5, spread, out=np.zeros_like(auroc), where=spread > 0)
    difference = _difference(sums[:, 1], squares[:, 1:2], known.counts, size)
    signed = ~flat & (squares[:, 4] < -ROUNDING * np.sqrt(squares[:, 1] / size + squares[:, 3] ** 2))
    return Effects(auroc, z, difference, _bits(counts), np.asarray(flat), np.asarray(signed))


def chance_variance(rank_squares: Floats, ties: Floats, size: int, with_: Floats, spread: Floats) -> Floats:
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
    return np.asarray(np.maximum(xi / with_ + spread * (xi + (tau - 2 * xi) / with_), 0.0))


def _difference(total: Floats, squares: Floats, with_: Floats, size: int) -> Floats:
    """Cohen's d from sums over the samples with a feature: values are centred, so the others sum to −total."""
    gap = total / with_ + total / (size - with_)
    within = np.maximum(squares - total**2 / with_ - total**2 / (size - with_), 0) / max(size - 2, 1)
    spread = np.sqrt(within)
    flat = spread <= 1e-7 * np.sqrt(squares / size)  # rounding: the feature says the whole activation
    sure = np.where(np.abs(gap) > 1e-7 * np.sqrt(squares / size), np.copysign(np.inf, gap), 0.0)
    return np.divide(gap, spread, out=sure, where=~flat)


def _bits(counts: Integers) -> Floats:
    """Mutual information between levels and each feature, (k, n), in bits, from counts (k, LEVELS, n + 1)."""
    shares = counts / counts[..., -1:].sum(axis=1, keepdims=True)
    joint, level = shares[..., :-1], shares[..., -1:]
    feature = joint.sum(axis=1, keepdims=True)
    return np.asarray((_gain(joint, level * feature) + _gain(level - joint, level * (1 - feature))).sum(axis=1))


def _gain(joint: Floats, independent: Floats) -> Floats:
    ratio = np.divide(joint, independent, out=np.ones_like(joint), where=(independent > 0) & (joint > 0))
    return np.asarray(joint * np.log2(ratio))
