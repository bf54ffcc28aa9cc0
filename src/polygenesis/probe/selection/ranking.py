"""Compiled loops of selectivity: ranks by radix sort, and sums over the samples with a feature."""

from __future__ import annotations

import numba
import numpy as np

from polygenesis.arrays import Floats, Integers


@numba.njit(cache=True, nogil=True)
def middle_ranks(values: Floats, out: Floats) -> None:
    """Write the centred mid-ranks of each row, rank − (N + 1)/2 from 1 to N with ties shared, into ``out``.

    A radix sort on the bits of the numbers in four passes of 16 bits, of which those that all values share
    are skipped: float32 data widened to float64 need three.
    """
    rows, size = values.shape
    keys, other = np.empty(size, np.uint64), np.empty(size, np.uint64)
    order, reorder = np.empty(size, np.int64), np.empty(size, np.int64)
    top = np.uint64(1) << np.uint64(63)
    for row in range(rows):
        bits = (values[row] + 0.0).view(np.uint64)  # −0 becomes 0: equal values must have equal keys
        for i in range(size):
            keys[i] = ~bits[i] if bits[i] & top else bits[i] | top
            order[i] = i
        for digit in range(4):
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
                other[count[bucket]] = keys[i]
                reorder[count[bucket]] = order[i]
                count[bucket] += 1
            keys, other = other, keys
            order, reorder = reorder, order
        first = 0
        while first < size:
            last = first + 1
            while last < size and keys[last] == keys[first]:
                last += 1
            middle = 0.5 * (first + last + 1) - 0.5 * (size + 1)
            for i in range(first, last):
                out[row, order[i]] = middle
            first = last


@numba.njit(cache=True, nogil=True)
def sums_by_feature(
    ranks: Floats,
    values: Floats,
    place: Integers,
    starts: Integers,
    features: Integers,
    counts: Integers,
    sums: Floats,
) -> None:
    """Add up ranks and values, and count levels, over the samples with each feature.

    The labels of sample i are ``features[starts[i]:starts[i + 1]]`` and stand beside activation ``place[i]``
    (a permutation). ``counts`` (rows, levels, n + 1) by equal shares of the ranks, its last column counting
    every sample; ``sums`` (rows, 2, n) of ranks and of values.
    """
    rows, size = ranks.shape
    levels = counts.shape[1]
    for row in range(rows):
        for i in range(size):
            rank, value = ranks[row, place[i]], values[row, place[i]]
            level = int((rank + 0.5 * size) / size * levels)
            counts[row, level, -1] += 1
            for at in range(starts[i], starts[i + 1]):
                counts[row, level, features[at]] += 1
                sums[row, 0, features[at]] += rank
                sums[row, 1, features[at]] += value


@numba.njit(cache=True, nogil=True)
def half_sums(
    bits: Integers,
    values: Floats,
    places: Integers,
    starts: Integers,
    features: Integers,
    counts: Integers,
    sums: Floats,
    squares: Floats,
) -> None:
    """Do both for half-precision numbers, of which there are 65,536: ranks come from counting, nothing is sorted.

    ``bits`` (rows, samples) are the numbers' own bits, ``values`` (65536,) what each stands for. ``places``
    (P, samples): one place of each sample's activation for each permutation. ``counts`` (P, rows, levels, n + 1),
    ``sums`` (P, rows, 2, n), of ranks and of centred values; ``squares`` (rows, 2): Σ rank², Σ (value − mean)².
    """
    rows, size = bits.shape
    levels = counts.shape[2]
    count, rank, gap = np.zeros(65536, np.int64), np.empty(65536), np.empty(65536)
    level, inside = np.empty(65536, np.int64), np.empty(65536, np.int64)
    for step in range(65536):  # codes from the smallest number to the largest
        inside[step] = 65535 - step if step < 32768 else step - 32768
    for row in range(rows):
        count[:] = 0
        for i in range(size):
            count[bits[row, i]] += 1
        count[0] += count[32768]  # −0 is 0
        count[32768] = 0
        mean = 0.0
        for code in range(65536):
            if count[code]:
                mean += count[code] * values[code]
        mean /= size
        before = 0
        for step in range(65536):
            code = inside[step]
            here = count[code]
            if here:
                rank[code] = 0.5 * (2 * before + here + 1) - 0.5 * (size + 1)
                gap[code] = values[code] - mean
                level[code] = int((rank[code] + 0.5 * size) / size * levels)
                squares[row, 0] += here * rank[code] * rank[code]
                squares[row, 1] += here * gap[code] * gap[code]
                before += here
        rank[32768], gap[32768], level[32768] = rank[0], gap[0], level[0]
        for p in range(places.shape[0]):
            for i in range(size):
                code = bits[row, places[p, i]]
                counts[p, row, level[code], -1] += 1
                for at in range(starts[i], starts[i + 1]):
                    feature = features[at]
                    counts[p, row, level[code], feature] += 1
                    sums[p, row, 0, feature] += rank[code]
                    sums[p, row, 1, feature] += gap[code]
