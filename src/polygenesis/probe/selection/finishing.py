"""Compiled: effects of one neuron from its sums by feature."""

from __future__ import annotations

import numpy as np

from polygenesis.arrays import Floats, Integers
from polygenesis.kernels import compiled
from polygenesis.probe.selection.chance import compiled_variance

ROUNDING = 1e-6
"""Share of a neuron's root mean square down to which a negative activation counts as rounding of 0."""

CERTAIN = 1e-7
"""Share of a neuron's root mean square down to which a spread within groups, or a gap between them, is rounding."""


@compiled(inner=True)
def finish(
    counts: Integers, sums: Floats, squares: Floats, known: Floats, logs: Floats, out: Floats, largest: Floats
) -> None:
    """Write AUROC, z, difference and bits of every feature, and the largest of each, from one neuron's sums.

    ``counts`` (levels, n + 1), ``sums`` (2, n), ``squares`` (5,): see :mod:`polygenesis.probe.selection.ranking`.
    ``known`` (3, n): samples with each feature, and Σ w and Σ w² of the others. ``logs`` (N + 1,): c log2 c. ``out``
    (4, n); ``largest`` (3,): |AUROC − ½|, |difference| and bits.
    """
    n, size = sums.shape[1], len(logs) - 1
    flat = squares[0] == 0
    rms = np.sqrt(squares[1] / size)
    level_logs = 0.0
    for level in range(len(counts)):
        level_logs += logs[counts[level, n]]
    for i in range(n):
        with_, without = known[0, i], size - known[0, i]
        auroc, z = 0.5, 0.0
        if not flat:
            auroc = min(max(sums[0, i] / (with_ * known[1, i]), 0.0), 1.0)
            spread = np.sqrt(
                compiled_variance(squares[0], squares[2], float(size), with_, known[2, i] / known[1, i] ** 2)
            )
            z = (auroc - 0.5) / spread if spread > 0 else 0.0
        gap = sums[1, i] / with_ + sums[1, i] / without
        within = max(squares[1] - sums[1, i] ** 2 / with_ - sums[1, i] ** 2 / without, 0.0) / max(size - 2, 1)
        spread = np.sqrt(within)
        if spread > CERTAIN * rms:
            difference = gap / spread
        else:  # the feature says the whole activation, but for rounding
            difference = np.copysign(np.inf, gap) if abs(gap) > CERTAIN * rms else 0.0
        joint = -level_logs - logs[np.int64(with_)] - logs[np.int64(without)] + logs[size]
        for level in range(len(counts)):
            joint += logs[counts[level, i]] + logs[counts[level, n] - counts[level, i]]
        out[0, i], out[1, i], out[2, i], out[3, i] = auroc, z, difference, max(joint / size, 0.0)
        largest[0] = max(largest[0], abs(auroc - 0.5))
        largest[1] = max(largest[1], abs(difference))
        largest[2] = max(largest[2], out[3, i])


@compiled(inner=True)
def is_signed(squares: Floats, size: int) -> bool:
    """Whether a neuron varies and is negative somewhere, rounding apart."""
    rms = np.sqrt(squares[1] / size + squares[3] ** 2)
    return bool(squares[0] != 0 and squares[4] < -ROUNDING * rms)
