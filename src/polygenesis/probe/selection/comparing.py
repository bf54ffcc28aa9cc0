"""Compiled loops of conditional selection: ranks of one neuron, and a feature against samples without it."""

from __future__ import annotations

import numpy as np

from polygenesis.arrays import Floats, Integers
from polygenesis.kernels import compiled
from polygenesis.probe.selection.ranking import full_keys, rising, tie_bounds


@compiled
def rank_samples(values: Floats, weights: Floats, tie_of: Integers, middle: Floats) -> None:
    """Write each sample's tie, counted from the least activation, and the weight below it, ties half: (N,) both."""
    size = len(values)
    keys, spare, bounds = np.empty(size, np.uint64), np.empty(size, np.uint64), np.empty(size + 1, np.int64)
    full_keys(values, keys)
    found, order = rising(keys, spare)
    below = 0.0
    for tie in range(tie_bounds(found, bounds)):
        weight = 0.0
        for at in range(bounds[tie], bounds[tie + 1]):
            weight += weights[order[at]]
        for at in range(bounds[tie], bounds[tie + 1]):
            tie_of[order[at]] = tie
            middle[order[at]] = below + 0.5 * weight
        below += weight


@compiled
def conditional_sums(
    feature: int,
    without: Integers,
    within: Integers,
    firsts: Integers,
    samples: Integers,
    weights: Floats,
    tie_of: Integers,
    middle: Floats,
    marks: Integers,
    least: float,
    out: Floats,
) -> None:
    """Compare samples with a feature i with those that have neither i nor any feature of ``without``.

    Where ``within`` is empty: A = samples of i without the features of ``without``, X = i ∪ ``without``, and out is
    Σ_{a∈A} (G(a) − G_X(a)), with G(a) the weight of all samples below a, ties half, and G_X that of the samples of X;
    |A|; Σ w and Σ w² over X; and |X|. Only X is sorted. Otherwise all samples are those with every feature of
    ``within`` and none of ``without``: A those with i, and out is the weight of the others below A; |A|; Σ w, Σ w² and
    the number of the others. Fewer than ``least`` in A are counted and not compared. ``marks`` (N,) must be 0 and is 0
    again.
    """
    listed = _inside(feature, without, within, firsts, samples, marks)
    out[:] = 0.0
    for sample in listed:
        out[1] += marks[sample] == 2
    if out[1] < least:
        for sample in listed:
            marks[sample] = 0
        return
    keys, spare = np.empty(len(listed), np.uint64), np.empty(len(listed), np.uint64)
    for at in range(len(listed)):
        keys[at] = tie_of[listed[at]]
    ties, order = rising(keys, spare)
    inner = len(within) > 0
    below, first = 0.0, 0
    while first < len(order):
        last, tie_weight, count, middles = first, 0.0, 0, 0.0
        while last < len(order) and ties[last] == ties[first]:
            sample = listed[order[last]]
            is_with = marks[sample] == 2
            if is_with:
                count += 1
                middles += middle[sample]
            if not (inner and is_with):
                tie_weight += weights[sample]
                out[3] += weights[sample] ** 2
                out[4] += 1
            last += 1
        lower = count * (below + 0.5 * tie_weight)
        out[0] += lower if inner else middles - lower
        out[2] += tie_weight
        below += tie_weight
        first = last
    for sample in listed:
        marks[sample] = 0


@compiled(inner=True)
def _inside(
    feature: int, without: Integers, within: Integers, firsts: Integers, samples: Integers, marks: Integers
) -> Integers:
    """Return the samples that are sorted, marked 2 where they belong to A and 1 otherwise."""
    many = firsts[feature + 1] - firsts[feature]
    for other in without:
        many += firsts[other + 1] - firsts[other]
    if len(within):
        return _inside_parents(feature, without, within, firsts, samples, marks)
    listed, size = np.empty(many, np.int64), 0
    for other in without:
        for at in range(firsts[other], firsts[other + 1]):
            if marks[samples[at]] == 0:
                marks[samples[at]] = 1
                listed[size] = samples[at]
                size += 1
    for at in range(firsts[feature], firsts[feature + 1]):
        if marks[samples[at]] == 0:
            marks[samples[at]] = 2
            listed[size] = samples[at]
            size += 1
    return listed[:size]


@compiled(inner=True)
def _inside_parents(
    feature: int, without: Integers, within: Integers, firsts: Integers, samples: Integers, marks: Integers
) -> Integers:
    """The same among the samples that have every feature of ``within`` and none of ``without``."""
    for step in range(len(within)):
        for at in range(firsts[within[step]], firsts[within[step] + 1]):
            if marks[samples[at]] == step:
                marks[samples[at]] = step + 1
    for other in without:
        for at in range(firsts[other], firsts[other + 1]):
            marks[samples[at]] = 0
    parent = samples[firsts[within[0]] : firsts[within[0] + 1]]
    listed, size = np.empty(len(parent), np.int64), 0
    for sample in parent:
        if marks[sample] == len(within):
            listed[size] = sample
            size += 1
    for step in range(len(within)):
        for at in range(firsts[within[step]], firsts[within[step] + 1]):
            marks[samples[at]] = 0
    for at in range(size):
        marks[listed[at]] = 1
    for at in range(firsts[feature], firsts[feature + 1]):
        if marks[samples[at]] == 1:
            marks[samples[at]] = 2
    return listed[:size]
