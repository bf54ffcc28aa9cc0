"""Compiled loops of selectivity: samples in the order of a neuron's activation, and sums by feature along it."""

from __future__ import annotations

import numpy as np

from polygenesis.arrays import Floats, Integers
from polygenesis.kernels import compiled

FULL_DIGITS = 4
"""Digits of 16 bits in a key of double precision; a half-precision number is one."""

FEW = 2048
"""Samples from which on a radix sort is faster."""


@compiled
def full_keys(values: Floats, keys: Integers) -> None:
    """Write keys (samples,) of 64 bits that sort as the double-precision numbers do; both zeros have one key."""
    top = np.uint64(1) << np.uint64(63)
    bits = (values + 0.0).view(np.uint64)
    for i in range(len(values)):
        keys[i] = ~bits[i] if bits[i] & top else bits[i] | top


@compiled
def half_keys(bits: Integers, keys: Integers) -> None:
    """Write keys (samples,) of 16 bits that sort as the half-precision numbers with these bits do."""
    for i in range(len(bits)):
        code = 0 if bits[i] == 32768 else np.int64(bits[i])  # −0 is 0
        keys[i] = np.uint64(65535 - code if code >= 32768 else code + 32768)


@compiled
def rising(keys: Integers, spare: Integers, digits: int) -> tuple[Integers, Integers]:
    """Return the sorted keys and the samples in their order, by a radix sort in passes of 16 bits.

    Passes over a digit that all keys share are skipped: single-precision data widened to double need three. Of fewer
    than ``FEW`` keys a comparison sort costs less than one count of 65,536 digits.
    """
    size = len(keys)
    if size < FEW:
        order = np.argsort(keys)
        return keys[order], order
    order, reorder = np.arange(size), np.empty(size, np.int64)
    for digit in range(digits):
        shift = np.uint64(16 * digit)
        count = np.zeros(65537, np.int64)
        for i in range(size):
            count[((keys[i] >> shift) & np.uint64(65535)) + np.uint64(1)] += 1
        if count.max() == size:
            continue
        for i in range(65536):
            count[i + 1] += count[i]
        for i in range(size):
            bucket = (keys[i] >> shift) & np.uint64(65535)
            spare[count[bucket]] = keys[i]
            reorder[count[bucket]] = order[i]
            count[bucket] += 1
        keys, spare = spare, keys
        order, reorder = reorder, order
    return keys, order


@compiled
def tie_bounds(keys: Integers, bounds: Integers) -> int:
    """Write where ties of sorted keys begin, and the number of keys, into ``bounds``; return how many there are."""
    ties = 0
    for i in range(len(keys)):
        if i == 0 or keys[i] != keys[i - 1]:
            bounds[ties] = i
            ties += 1
    bounds[ties] = len(keys)
    return ties


@compiled
def moments(values: Floats, bounds: Integers, ties: int, out: Floats) -> None:
    """Write Σ (mid-rank − (N + 1)/2)², Σ (value − mean)², ordered pairs of ties, the mean and the least value."""
    size = len(values)
    out[3], out[4] = values.mean(), values.min()
    for i in range(size):
        out[1] += (values[i] - out[3]) ** 2
    for tie in range(ties):
        count = bounds[tie + 1] - bounds[tie]
        centred = 0.5 * (bounds[tie] + bounds[tie + 1] - size)
        out[0] += count * centred * centred
        out[2] += count * (count - 1.0)


@compiled
def add_up(
    values: Floats,
    mean: float,
    order: Integers,
    bounds: Integers,
    ties: int,
    labels_at: Integers,
    starts: Integers,
    features: Integers,
    weights: Floats,
    counts: Integers,
    sums: Floats,
) -> None:
    """Add up, by feature, the weight of the samples without it that lie below those with it.

    ``order``, ``bounds``: samples by rising activation, and where ties begin. Activation i has the labels of sample
    ``labels_at[i]``, which are ``features[starts[s]:starts[s + 1]]``, and that sample's weight. ``counts``
    (levels, n + 1) by equal shares of the ranks, the last column counting every sample; ``sums`` (2, n): Σ over
    samples with the feature of the weight below them of samples without it, ties half; and of value − mean.
    """
    size, n = len(order), sums.shape[1]
    below = np.zeros((n, 2))  # by feature: weight of its samples so far, and of those in the tie at hand
    inside, met = np.zeros(n, np.int64), np.empty(n, np.int64)
    weight_below = 0.0
    for tie in range(ties):
        first, last = bounds[tie], bounds[tie + 1]
        level = (first + last) * counts.shape[0] // (2 * size)
        counts[level, n] += last - first
        gap = values[order[first]] - mean
        weight, many = 0.0, 0
        for i in range(first, last):
            sample = labels_at[order[i]]
            weight += weights[sample]
            for at in range(starts[sample], starts[sample + 1]):
                feature = features[at]
                if inside[feature] == 0:
                    met[many] = feature
                    many += 1
                inside[feature] += 1
                below[feature, 1] += weights[sample]
        for at in range(many):
            feature = met[at]
            others = weight_below - below[feature, 0] + 0.5 * (weight - below[feature, 1])
            counts[level, feature] += inside[feature]
            sums[0, feature] += inside[feature] * others
            sums[1, feature] += inside[feature] * gap
            below[feature, 0] += below[feature, 1]
            below[feature, 1], inside[feature] = 0.0, 0
        weight_below += weight


@compiled
def feature_sums(
    rows: Floats,
    orders: Integers,
    starts: Integers,
    features: Integers,
    weights: Floats,
    counts: Integers,
    sums: Floats,
    squares: Floats,
) -> None:
    """Do so for rows (neurons, samples) of double precision and each order of the labels (P, samples).

    ``counts`` (P, rows, levels, n + 1), ``sums`` (P, rows, 2, n), ``squares`` (rows, 5) of :func:`moments`.
    """
    size = rows.shape[1]
    keys, spare, bounds = np.empty(size, np.uint64), np.empty(size, np.uint64), np.empty(size + 1, np.int64)
    for row in range(len(rows)):
        full_keys(rows[row], keys)
        found, order = rising(keys, spare, FULL_DIGITS)
        ties = tie_bounds(found, bounds)
        moments(rows[row], bounds, ties, squares[row])
        for p in range(len(orders)):
            add_up(
                rows[row], squares[row, 3], order, bounds, ties, orders[p],
                starts, features, weights, counts[p, row], sums[p, row],
            )  # fmt: skip


@compiled
def half_sums(
    bits: Integers,
    table: Floats,
    orders: Integers,
    starts: Integers,
    features: Integers,
    weights: Floats,
    counts: Integers,
    sums: Floats,
    squares: Floats,
) -> None:
    """Do the same for half-precision numbers by their bits (rows, samples): sorted in one pass, widened row by row.

    ``table`` (65536,): what each pattern of bits stands for.
    """
    size = bits.shape[1]
    keys, spare, bounds = np.empty(size, np.uint64), np.empty(size, np.uint64), np.empty(size + 1, np.int64)
    values = np.empty(size)
    for row in range(len(bits)):
        for i in range(size):
            values[i] = table[bits[row, i]]
        half_keys(bits[row], keys)
        found, order = rising(keys, spare, 1)
        ties = tie_bounds(found, bounds)
        moments(values, bounds, ties, squares[row])
        for p in range(len(orders)):
            add_up(
                values, squares[row, 3], order, bounds, ties, orders[p],
                starts, features, weights, counts[p, row], sums[p, row],
            )  # fmt: skip
