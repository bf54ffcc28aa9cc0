"""Compiled loops of selectivity: samples in the order of a neuron's activation, and sums by feature along it."""

from __future__ import annotations

import numpy as np

from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.kernels import compiled
from polygenesis.probe.selection.finishing import finish, is_signed

FEW = 2048
"""Keys from which on they are sorted by digits; below, clearing 65,536 counters costs more than merging."""

RUN = 8
"""Keys that are sorted by insertion before runs are merged."""


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
def rising(keys: Integers, spare: Integers) -> tuple[Integers, Integers]:
    """Return the sorted keys and the samples in their order, equal ones as they come; ``spare`` is room.

    By digits of 16 bits, but for those that all keys share (single-precision data widened to double needs three), or
    where there are few keys by merging: NumPy's sort, in compiled code, would take ten times as long to compile.
    """
    size = len(keys)
    order, reorder = np.empty(size, np.int64), np.empty(size, np.int64)
    for i in range(size):
        order[i] = i
    if size < FEW:
        return _merged(keys, spare, order, reorder)
    count = np.empty(65537, np.int64)
    for digit in range(4):
        shift, mask = np.uint64(16 * digit), np.uint64(65535)
        count[:] = 0
        for i in range(size):
            count[((keys[i] >> shift) & mask) + np.uint64(1)] += 1
        if count[((keys[0] >> shift) & mask) + np.uint64(1)] == size:
            continue
        for i in range(65536):
            count[i + 1] += count[i]
        for i in range(size):
            bucket = (keys[i] >> shift) & mask
            spare[count[bucket]] = keys[i]
            reorder[count[bucket]] = order[i]
            count[bucket] += 1
        keys, spare = spare, keys
        order, reorder = reorder, order
    return keys, order


@compiled(inner=True)
def _merged(keys: Integers, spare: Integers, order: Integers, reorder: Integers) -> tuple[Integers, Integers]:
    """Sort keys, and ``order`` with them, by merging runs that are sorted by insertion."""
    size = len(keys)
    for first in range(0, size, RUN):
        for i in range(first + 1, min(first + RUN, size)):
            key, sample, j = keys[i], order[i], i
            while j > first and keys[j - 1] > key:
                keys[j], order[j] = keys[j - 1], order[j - 1]
                j -= 1
            keys[j], order[j] = key, sample
    width = RUN
    while width < size:
        for first in range(0, size, 2 * width):
            middle, last = min(first + width, size), min(first + 2 * width, size)
            one, other = first, middle
            for at in range(first, last):
                if one < middle and (other >= last or keys[one] <= keys[other]):
                    spare[at], reorder[at] = keys[one], order[one]
                    one += 1
                else:
                    spare[at], reorder[at] = keys[other], order[other]
                    other += 1
        keys, spare = spare, keys
        order, reorder = reorder, order
        width *= 2
    return keys, order


@compiled(inner=True)
def tie_bounds(keys: Integers, bounds: Integers) -> int:
    """Write where ties of sorted keys begin, and the number of keys, into ``bounds``; return how many there are."""
    ties = 0
    for i in range(len(keys)):
        if i == 0 or keys[i] != keys[i - 1]:
            bounds[ties] = i
            ties += 1
    bounds[ties] = len(keys)
    return ties


@compiled(inner=True)
def moments(values: Floats, bounds: Integers, ties: int, out: Floats) -> None:
    """Write Σ (mid-rank − (N + 1)/2)², Σ (value − mean)², ordered pairs of ties, the mean and the least value."""
    size, total = len(values), 0.0
    out[4] = values[0]
    for i in range(size):
        total += values[i]
        out[4] = min(out[4], values[i])
    out[3] = total / size
    for i in range(size):
        out[1] += (values[i] - out[3]) ** 2
    for tie in range(ties):
        count = bounds[tie + 1] - bounds[tie]
        centred = 0.5 * (bounds[tie] + bounds[tie + 1] - size)
        out[0] += count * centred * centred
        out[2] += count * (count - 1.0)


@compiled(inner=True)
def add_up(
    values: Floats,
    mean: float,
    order: Integers,
    bounds: Integers,
    ties: int,
    starts: Integers,
    features: Integers,
    weights: Floats,
    counts: Integers,
    sums: Floats,
) -> None:
    """Add up, by feature, the weight of the samples without it that lie below those with it.

    ``order``, ``bounds``: samples by rising activation, and where ties begin. Activation i has the features
    ``features[starts[i]:starts[i + 1]]`` and the weight ``weights[i]``. ``counts`` (levels, n + 1) by equal shares of
    the ranks, the last column counting every sample; ``sums`` (2, n): Σ over samples with the feature of the weight
    below them of samples without it, ties half; and of value − mean.
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
            sample = order[i]
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


@compiled(inner=True)
def add_up_classes(
    values: Floats,
    mean: float,
    order: Integers,
    bounds: Integers,
    ties: int,
    classes: Integers,
    weights: Floats,
    counts: Integers,
    sums: Floats,
) -> None:
    """Do the same where every sample has one feature at most, ``classes`` (samples,), n for none."""
    size, n = len(order), sums.shape[1]
    below, tied = np.zeros(n + 1), np.zeros(n + 1)
    inside, met = np.zeros(n + 1, np.int64), np.empty(n + 1, np.int64)
    weight_below = 0.0
    for tie in range(ties):
        first, last = bounds[tie], bounds[tie + 1]
        level = (first + last) * counts.shape[0] // (2 * size)
        counts[level, n] += last - first
        gap = values[order[first]] - mean
        weight, many = 0.0, 0
        for i in range(first, last):
            sample = order[i]
            feature = classes[sample]
            if inside[feature] == 0:
                met[many] = feature
                many += 1
            inside[feature] += 1
            tied[feature] += weights[sample]
            weight += weights[sample]
        for at in range(many):
            feature = met[at]
            if feature < n:
                others = weight_below - below[feature] + 0.5 * (weight - tied[feature])
                counts[level, feature] += inside[feature]
                sums[0, feature] += inside[feature] * others
                sums[1, feature] += inside[feature] * gap
                below[feature] += tied[feature]
            tied[feature], inside[feature] = 0.0, 0
        weight_below += weight


@compiled
def row_effects(
    rows: Floats,
    bits: Integers,
    table: Floats,
    starts: Integers,
    features: Integers,
    weights: Floats,
    classes: Integers,
    known: Floats,
    logs: Floats,
    levels: int,
    auroc: Floats,
    z: Floats,
    difference: Floats,
    information: Floats,
    seen: Booleans,
    largest: Floats,
) -> None:
    """Measure neurons, by sorting, against the labels in each order (P, …): effects in the first, the largest in all.

    ``rows`` (k, samples), or empty where half-precision numbers are given by their ``bits``, whose values are
    ``table`` (65536,). Effects are (k, n), ``seen`` (k, 2): flat and signed, ``largest`` (k, P, 3).
    """
    half = bits.shape[1] > 0
    size, n = len(logs) - 1, known.shape[1]
    keys, spare, bounds = np.empty(size, np.uint64), np.empty(size, np.uint64), np.empty(size + 1, np.int64)
    values = np.empty(size)
    counts, sums = np.zeros((levels, n + 1), np.int64), np.zeros((2, n))
    squares, out = np.zeros(5), np.empty((4, n))
    for row in range(len(auroc)):
        if half:
            for i in range(size):
                values[i] = table[bits[row, i]]
            half_keys(bits[row], keys)
        else:
            values = rows[row]
            full_keys(values, keys)
        found, order = rising(keys, spare)
        ties = tie_bounds(found, bounds)
        squares[:] = 0.0
        moments(values, bounds, ties, squares)
        for p in range(len(starts)):
            counts[:], sums[:] = 0, 0.0
            if classes.shape[1]:
                add_up_classes(values, squares[3], order, bounds, ties, classes[p], weights[p], counts, sums)
            else:
                add_up(values, squares[3], order, bounds, ties, starts[p], features[p], weights[p], counts, sums)
            finish(counts, sums, squares, known, logs, out, largest[row, p])
            if p == 0:
                for i in range(n):
                    auroc[row, i], z[row, i] = out[0, i], out[1, i]
                    difference[row, i], information[row, i] = out[2, i], out[3, i]
        seen[row, 0], seen[row, 1] = squares[0] == 0, is_signed(squares, size)


@compiled
def class_effects(
    bits: Integers,
    table: Floats,
    classes: Integers,
    weights: Floats,
    known: Floats,
    logs: Floats,
    levels: int,
    auroc: Floats,
    z: Floats,
    difference: Floats,
    information: Floats,
    seen: Booleans,
    largest: Floats,
) -> None:
    """Measure half-precision neurons, by their bits (k, samples), against few classes without sorting: by counting.

    All samples of a class weigh the same, so that counts by value and class (65536, n + 1) say everything.
    """
    size, n = bits.shape[1], known.shape[1]
    held = np.zeros((len(classes), 65536, n + 1), np.int32)
    every, totals = np.zeros(65536, np.int64), np.zeros(n + 1)
    weight_of = np.zeros((len(classes), n + 1))
    for p in range(len(classes)):
        for i in range(size):
            weight_of[p, classes[p, i]] = weights[p, i]
    counts, sums = np.zeros((levels, n + 1), np.int64), np.zeros((2, n))
    squares, out = np.zeros(5), np.empty((4, n))
    for row in range(len(bits)):
        every[:] = 0
        for i in range(size):
            code = 0 if bits[row, i] == 32768 else np.int64(bits[row, i])  # −0 is 0
            key = 65535 - code if code >= 32768 else code + 32768
            every[key] += 1
            for p in range(len(classes)):
                held[p, key, classes[p, i]] += 1
        counted_moments(every, table, size, squares)
        for p in range(len(classes)):
            counts[:], sums[:], totals[:] = 0, 0.0, 0.0
            _add_up_counts(every, held[p], table, squares[3], weight_of[p], size, counts, sums, totals)
            finish(counts, sums, squares, known, logs, out, largest[row, p])
            if p == 0:
                for i in range(n):
                    auroc[row, i], z[row, i] = out[0, i], out[1, i]
                    difference[row, i], information[row, i] = out[2, i], out[3, i]
        seen[row, 0], seen[row, 1] = squares[0] == 0, is_signed(squares, size)


@compiled(inner=True)
def value_of(key: int, table: Floats) -> float:
    """Return the half-precision number whose key this is."""
    return float(table[key - 32768] if key >= 32768 else table[65535 - key])


@compiled(inner=True)
def counted_moments(every: Integers, table: Floats, size: int, out: Floats) -> None:
    """Write what :func:`moments` does, from how many samples have each value."""
    out[:] = 0.0
    total, first = 0.0, True
    for key in range(65536):
        if every[key]:
            value = value_of(key, table)
            total += every[key] * value
            if first:
                out[4], first = value, False
    out[3] = total / size
    below = 0
    for key in range(65536):
        count = every[key]
        if count:
            out[1] += count * (value_of(key, table) - out[3]) ** 2
            centred = 0.5 * (2 * below + count - size)
            out[0] += count * centred * centred
            out[2] += count * (count - 1.0)
            below += count


@compiled(inner=True)
def _add_up_counts(
    every: Integers,
    held: Integers,
    table: Floats,
    mean: float,
    weight_of: Floats,
    size: int,
    counts: Integers,
    sums: Floats,
    below: Floats,
) -> None:
    """Do what :func:`add_up` does, from counts by value and class, which are 0 again afterwards."""
    n = sums.shape[1]
    seen, weight_below = 0, 0.0
    for key in range(65536):
        if every[key] == 0:
            continue
        level = (2 * seen + every[key]) * counts.shape[0] // (2 * size)
        counts[level, n] += every[key]
        gap = value_of(key, table) - mean
        weight = 0.0
        for feature in range(n + 1):
            weight += held[key, feature] * weight_of[feature]
        for feature in range(n):
            inside = held[key, feature]
            if inside:
                tied = inside * weight_of[feature]
                counts[level, feature] += inside
                sums[0, feature] += inside * (weight_below - below[feature] + 0.5 * (weight - tied))
                sums[1, feature] += inside * gap
                below[feature] += tied
        held[key, :] = 0
        weight_below += weight
        seen += every[key]
