"""Compiled curveball trades: random 0/1 matrices with the same row and column sums, and the pairs that share in them.

Under fixed margins features with equal row sums are exchangeable, so the mean and the variance of N_ij depend on the
pair of row sums alone. They are kept by pairs of *classes*, features with equal row sums: √(2 · selections) classes at
most, so that memory grows with what is selected and not with n², and every pair of a class adds to the same mean.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from polygenesis.arrays import Floats, Integers
from polygenesis.kernels import compiled

WORK = 2**25
"""Entries that a compiled loop may visit before it returns to Python, so that Ctrl-C is heard: a tenth of a second."""


def portions(draws: int, work: int) -> Iterator[range]:
    """Divide draws, each of which visits ``work`` entries, into calls of compiled loops that last a tenth of a second.

    The loops' random numbers go on from one call to the next, so that the draws are the same however they are divided.
    """
    at_once = max(1, WORK // max(1, work))
    return (range(first, min(first + at_once, draws)) for first in range(0, draws, at_once))


def trading_work(starts: Integers, trades: Integers) -> int:
    """How many entries the trades of one draw of all runs visit, roughly."""
    ones, rows = starts[:, -1], max(1, starts.shape[1] - 1)
    return int((8 * trades * (ones // rows + 4) + 8 * ones).sum())


def meeting_work(starts: Integers, columns: Integers, widths: Integers) -> int:
    """How many pairs of rows meet in the columns of all runs."""
    counts = [
        np.bincount(columns[r, : starts[r, -1]], minlength=int(widths[r])).astype(np.float64)
        for r in range(len(starts))
    ]
    return int(sum((each**2).sum() for each in counts))


@compiled(inner=True)
def _largest(widths: Integers) -> int:
    """The largest of some widths, at least 0."""
    largest = 0
    for width in widths:
        largest = max(largest, width)
    return largest


@compiled
def random_below(state: Integers, below: int) -> int:
    """A whole number from 0 to below − 1 by SplitMix64 (Steele et al. 2014), advancing ``state`` (1,)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return int((z >> np.uint64(11)) * (below / 9007199254740992.0))


@compiled
def trade(starts: Integers, columns: Integers, width: int, trades: int, state: Integers) -> None:
    """Let random pairs of rows trade the columns that only one of them has, in place (Strona et al. 2014).

    Row i holds ``columns[starts[i]:starts[i + 1]]``. Every trade deals the pair's unshared columns anew, as
    many to each as it had; it is its own reverse, so the uniform law over all matrices is stationary.
    """
    rows = starts.size - 1
    if rows < 2:
        return
    mark = np.full(width, -1, np.int64)
    places, pool = np.empty(2 * width, np.int64), np.empty(2 * width, np.int64)
    for t in range(trades):
        a = random_below(state, rows)
        b = random_below(state, rows - 1)
        b += b >= a
        for at in range(starts[a], starts[a + 1]):
            mark[columns[at]] = 2 * t
        for at in range(starts[b], starts[b + 1]):
            if mark[columns[at]] == 2 * t:
                mark[columns[at]] = 2 * t + 1
        size = 0
        for at in range(starts[a], starts[a + 1]):
            if mark[columns[at]] == 2 * t:
                places[size], pool[size] = at, columns[at]
                size += 1
        for at in range(starts[b], starts[b + 1]):
            if mark[columns[at]] != 2 * t + 1:
                places[size], pool[size] = at, columns[at]
                size += 1
        for i in range(size - 1, 0, -1):
            j = random_below(state, i + 1)
            pool[i], pool[j] = pool[j], pool[i]
        for i in range(size):
            columns[places[i]] = pool[i]


@compiled
def kept(starts: Integers, columns: Integers, others: Integers, width: int) -> int:
    """Number of ones that two matrices of the same row sums have in common."""
    mark = np.full(width, -1, np.int64)
    common = 0
    for row in range(starts.size - 1):
        for at in range(starts[row], starts[row + 1]):
            mark[columns[at]] = row
        for at in range(starts[row], starts[row + 1]):
            common += mark[others[at]] == row
    return common


@compiled
def by_column(starts: Integers, columns: Integers, width: int, first: Integers, carried: Integers) -> None:
    """Write the rows of each column: column k has ``carried[first[k]:first[k + 1]]``, in ascending order."""
    rows = starts.size - 1
    first[:] = 0
    for at in range(starts[rows]):
        first[columns[at] + 1] += 1
    for k in range(width):
        first[k + 1] += first[k]
    fill = first.copy()
    for row in range(rows):
        for at in range(starts[row], starts[row + 1]):
            carried[fill[columns[at]]] = row
            fill[columns[at]] += 1


def hub_of(starts: Integers, columns: Integers, widths: Integers, trades: Integers, state: Integers) -> Integers:
    """Return R matrices that are ``trades`` (R,) trades from the observed ones: where all draws start.

    Observed and drawn matrices are as many trades from it, and so exchangeable (Besag and Clifford 1989): p-values
    are right however well the chain mixes.
    """
    hub = columns.copy()
    for r in range(starts.shape[0]):
        trade(starts[r], hub[r], widths[r], trades[r], state)
    return hub


@compiled(inner=True)
def shared_with(
    row: int,
    starts: Integers,
    columns: Integers,
    first: Integers,
    carried: Integers,
    counts: Integers,
    list_: Integers,
    last: Integers,
) -> int:
    """Count the columns that later rows share with one row; return how many rows do, written into ``list_``.

    ``counts`` (R, n) must be zero, and is left filled where it is listed: whoever reads it clears it. ``last`` (n,):
    the row with which each was listed last.
    """
    size = 0
    for r in range(starts.shape[0]):
        for at in range(starts[r, row], starts[r, row + 1]):
            k = columns[r, at]
            for x in range(first[r, k + 1] - 1, first[r, k] - 1, -1):
                other = carried[r, x]
                if other <= row:
                    break
                counts[r, other] += 1
                if last[other] != row:
                    last[other] = row
                    list_[size] = other
                    size += 1
    return size


@compiled
def observed_pairs(
    starts: Integers, columns: Integers, widths: Integers, most: int
) -> tuple[Integers, Integers, Integers]:
    """Return the pairs i < j that share a column in some run: i and j, (pairs,), and their counts, (pairs, R).

    ``most``: no more pairs than this (their number is returned by the lengths). Sorted by i, then j.
    """
    runs, n, widest = starts.shape[0], starts.shape[1] - 1, _largest(widths)
    first = np.zeros((runs, widest + 1), np.int64)
    carried = np.zeros((runs, columns.shape[1]), np.int64)
    for r in range(runs):
        by_column(starts[r], columns[r], widths[r], first[r, : widths[r] + 1], carried[r])
    counts, list_ = np.zeros((runs, n), np.int64), np.empty(n, np.int64)
    listed = np.full(n, -1, np.int64)
    i, j, found = np.empty(most, np.int64), np.empty(most, np.int64), np.empty((most, runs), np.int64)
    total = 0
    for row in range(n):
        if shared_with(row, starts, columns, first, carried, counts, list_, listed) == 0:
            continue
        for other in range(row + 1, n):
            if listed[other] != row:
                continue
            i[total], j[total] = row, other
            for r in range(runs):
                found[total, r] = counts[r, other]
                counts[r, other] = 0
            total += 1
    return i[:total], j[:total], found[:total]


def recurrence_draws(
    starts: Integers,
    columns: Integers,
    widths: Integers,
    trades: Integers,
    classes: Integers,
    draws: int,
    state: Integers,
) -> tuple[Integers, Integers, Integers, Integers, Integers, Integers]:
    """Draw R matrices ``draws`` times; return across- and within-run statistics and two overlaps, (draws,) each.

    Last come, by pairs of classes a <= b, the sum and the sum of squares of N over all pairs of features and draws,
    (R, K, K). ``starts`` (R, n + 1), ``columns`` (R, most ones), ``widths`` and ``trades`` (R,), ``classes`` (R, n)
    from 0 to K − 1. Every draw starts from the hub. Overlaps are with the hub and with the draw before: equal in the
    mean if the chain mixes.
    """
    runs, kinds = starts.shape[0], int(classes.max()) + 1
    hub = hub_of(starts, columns, widths, trades, state)
    found, sums = np.zeros((4, draws), np.int64), np.zeros((2, runs, kinds, kinds), np.int64)
    last, work = hub.copy(), trading_work(starts, trades) + meeting_work(starts, columns, widths)
    for portion in portions(draws, work):
        part = found[:, portion.start : portion.stop]
        _recurrence_draws(
            starts, widths, trades, classes, state, hub, last, part[0], part[1], part[2], part[3], sums[0], sums[1]
        )
    return found[0], found[1], found[2], found[3], sums[0], sums[1]


@compiled
def _recurrence_draws(
    starts: Integers,
    widths: Integers,
    trades: Integers,
    classes: Integers,
    state: Integers,
    hub: Integers,
    last: Integers,
    across: Integers,
    within: Integers,
    with_hub: Integers,
    with_last: Integers,
    sums: Integers,
    squares: Integers,
) -> None:
    """Draw as often as the statistics have room, (draws,), which begin at 0; ``last``, in and out: the draw before."""
    runs, n, widest = starts.shape[0], starts.shape[1] - 1, _largest(widths)
    first, carried = np.zeros((runs, widest + 1), np.int64), np.zeros((runs, hub.shape[1]), np.int64)
    counts, list_ = np.zeros((runs, n), np.int64), np.empty(n, np.int64)
    now, listed = hub.copy(), np.empty(n, np.int64)
    for d in range(len(across)):
        listed[:] = -1
        for r in range(runs):
            for at in range(starts[r, n]):
                now[r, at] = hub[r, at]
            trade(starts[r], now[r], widths[r], trades[r], state)
            by_column(starts[r], now[r], widths[r], first[r, : widths[r] + 1], carried[r])
            with_hub[d] += kept(starts[r], now[r], hub[r], widths[r])
            with_last[d] += kept(starts[r], now[r], last[r], widths[r])
        for row in range(n):
            size = shared_with(row, starts, now, first, carried, counts, list_, listed)
            for at in range(size):
                other, total = list_[at], 0
                for r in range(runs):
                    count = counts[r, other]
                    if count:
                        a, b = classes[r, row], classes[r, other]
                        a, b = min(a, b), max(a, b)
                        sums[r, a, b] += count
                        squares[r, a, b] += count * count
                        within[d] += count * count
                        total += count
                        counts[r, other] = 0
                across[d] += total * total
        across[d] = (across[d] - within[d]) // 2
        for r in range(runs):
            for at in range(starts[r, n]):
                last[r, at] = now[r, at]


def weighted_draws(
    starts: Integers,
    columns: Integers,
    widths: Integers,
    trades: Integers,
    classes: Integers,
    weights: Floats,
    draws: int,
    state: Integers,
) -> tuple[Floats, Integers]:
    """Draw R matrices ``draws`` times from a hub; return Σ_r Σ_{i<j} w_ij^r N_ij^r, (draws,), and Σ N by class.

    ``weights`` (R, n, n): one symmetric matrix a run. Σ N is over pairs and draws, (R, K, K) for classes a <= b.
    """
    runs, kinds = starts.shape[0], int(classes.max()) + 1
    hub = hub_of(starts, columns, widths, trades, state)
    found, sums = np.zeros(draws), np.zeros((runs, kinds, kinds), np.int64)
    work = trading_work(starts, trades) + meeting_work(starts, columns, widths)
    for portion in portions(draws, work):
        part = found[portion.start : portion.stop]
        _weighted_draws(starts, widths, trades, classes, weights, state, hub, part, sums)
    return found, sums


@compiled
def _weighted_draws(
    starts: Integers,
    widths: Integers,
    trades: Integers,
    classes: Integers,
    weights: Floats,
    state: Integers,
    hub: Integers,
    found: Floats,
    sums: Integers,
) -> None:
    """Draw as often as ``found`` has room, (draws,), which begins at 0."""
    runs, widest = starts.shape[0], _largest(widths)
    first, carried = np.zeros(widest + 1, np.int64), np.zeros(hub.shape[1], np.int64)
    for d in range(len(found)):
        for r in range(runs):
            now = hub[r].copy()
            trade(starts[r], now, widths[r], trades[r], state)
            by_column(starts[r], now, widths[r], first[: widths[r] + 1], carried)
            for k in range(widths[r]):
                for x in range(first[k], first[k + 1]):
                    for y in range(x + 1, first[k + 1]):
                        i, j = carried[x], carried[y]
                        a, b = classes[r, i], classes[r, j]
                        sums[r, min(a, b), max(a, b)] += 1
                        found[d] += weights[r, i, j]


@compiled(inner=True)
def shuffle(order: Integers, state: Integers) -> None:
    """Put 0 … n − 1 in a random order."""
    for i in range(order.size):
        order[i] = i
    for i in range(order.size - 1, 0, -1):
        j = random_below(state, i + 1)
        order[i], order[j] = order[j], order[i]


def dense_label_draws(a: Floats, b: Floats, draws: int, state: Integers) -> Floats:
    """Permute the features of each run on its own; return Σ_{r≠s} Σ_{i<j} a_ij^r b_ij^s, (draws,).

    ``a``, ``b`` (R, n, n), symmetric: two accounts of the pairs of each run, whose features are permuted together.
    """
    found, own = np.zeros(draws), _products_within(a, b)
    for portion in portions(draws, a.size):
        _dense_label_draws(a, b, own, state, found[portion.start : portion.stop])
    return found


@compiled
def _products_within(a: Floats, b: Floats) -> float:
    """Σ_r Σ_{i<j} a_ij^r b_ij^r."""
    own = 0.0
    for r in range(a.shape[0]):
        for i in range(a.shape[1]):
            for j in range(i + 1, a.shape[1]):
                own += a[r, i, j] * b[r, i, j]
    return own


@compiled
def _dense_label_draws(a: Floats, b: Floats, own: float, state: Integers, found: Floats) -> None:
    """Permute as often as ``found`` has room, (draws,), which begins at 0."""
    runs, n = a.shape[0], a.shape[1]
    order = np.empty((runs, n), np.int64)
    for d in range(len(found)):
        for r in range(runs):
            shuffle(order[r], state)
        for i in range(n):
            for j in range(i + 1, n):
                first = second = 0.0
                for r in range(runs):
                    first += a[r, order[r, i], order[r, j]]
                    second += b[r, order[r, i], order[r, j]]
                found[d] += first * second
        found[d] -= own


@compiled(inner=True)
def _product_of_means(means: Floats, classes: Integers, order: Integers, by_class: bool) -> float:
    """Σ_{r≠s} Σ_{i<j} e_ij^r e_ij^s where e depends on the classes of i and j: by pairs, or by pairs of classes."""
    runs, n = classes.shape
    total = 0.0
    if not by_class:
        for i in range(n):
            for j in range(i + 1, n):
                whole = own = 0.0
                for r in range(runs):
                    mean = means[r, classes[r, order[r, i]], classes[r, order[r, j]]]
                    whole += mean
                    own += mean * mean
                total += whole * whole - own
        return total
    kinds = means.shape[1]
    for r in range(runs):
        for s in range(r):
            both = np.zeros((kinds, kinds))
            for i in range(n):
                both[classes[r, order[r, i]], classes[s, order[s, i]]] += 1
            part = (means[r] * (both @ means[s] @ both.T)).sum()  # over ordered pairs, each feature with itself too
            for a in range(kinds):
                for b in range(kinds):
                    part -= both[a, b] * means[r, a, a] * means[s, b, b]
            total += part
    return total


def label_draws(
    starts: Integers, others: Integers, numbers: Integers, classes: Integers, means: Floats, draws: int, state: Integers
) -> Floats:
    """Permute the features of each run on its own; return Σ_{r≠s} Σ_{i<j} D_ij^r D_ij^s with D = N − E N, (draws + 1,).

    N is sparse and symmetric: feature i of run r shares with ``others[r, starts[r, i]:starts[r, i + 1]]``, as often as
    ``numbers`` says. E N = ``means[r, a, b]`` (R, K, K, symmetric) depends on the ``classes`` (R, n) of both. The first
    value is the observed one, without a permutation.
    """
    found = np.zeros(draws + 1)
    n, kinds = classes.shape[1], means.shape[1]
    work = others.size + min(len(classes) * n * n, len(classes) ** 2 * kinds**3) + classes.size
    for portion in portions(draws + 1, work):
        part = found[portion.start : portion.stop]
        _label_draws(starts, others, numbers, classes, means, portion.start, state, part)
    return found


@compiled
def _label_draws(
    starts: Integers,
    others: Integers,
    numbers: Integers,
    classes: Integers,
    means: Floats,
    begin: int,
    state: Integers,
    found: Floats,
) -> None:
    """Permute as often as ``found`` has room, from draw ``begin`` on; draw 0 is the observed one."""
    runs, n = classes.shape
    kinds = means.shape[1]
    by_class = kinds * kinds * kinds * (runs - 1) < n * (n - 1) / 2
    order, back = np.empty((runs, n), np.int64), np.empty((runs, n), np.int64)
    counts, list_, last = np.zeros((runs, n), np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    for d in range(len(found)):
        last[:] = -1
        for r in range(runs):
            if begin + d == 0:
                for i in range(n):
                    order[r, i] = i
            else:
                shuffle(order[r], state)
            for i in range(n):
                back[r, order[r, i]] = i
        total = _product_of_means(means, classes, order, by_class)
        for x in range(n):
            size = 0
            for r in range(runs):
                own = order[r, x]
                for at in range(starts[r, own], starts[r, own + 1]):
                    y = back[r, others[r, at]]
                    if y <= x:
                        continue
                    counts[r, y] = numbers[r, at]
                    if last[y] != x:
                        last[y] = x
                        list_[size] = y
                        size += 1
            for at in range(size):
                y = list_[at]
                sharing = mean = together = 0.0
                for r in range(runs):
                    count, expected = counts[r, y], means[r, classes[r, order[r, x]], classes[r, order[r, y]]]
                    sharing += count
                    mean += expected
                    together += count * count - 2.0 * count * expected
                    counts[r, y] = 0
                total += sharing * sharing - 2.0 * sharing * mean - together
        found[d] = total
