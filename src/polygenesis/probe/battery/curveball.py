"""Compiled curveball trades: random 0/1 matrices with the same row and column sums."""

from __future__ import annotations

import numba
import numpy as np

from polygenesis.arrays import Floats, Integers


@numba.njit(cache=True)
def _random(state: Integers, below: int) -> int:
    """A whole number from 0 to below − 1 by SplitMix64 (Steele et al. 2014), advancing ``state`` (1,)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return int((z >> np.uint64(11)) * (below / 9007199254740992.0))


@numba.njit(cache=True)
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
        a = _random(state, rows)
        b = _random(state, rows - 1)
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
            j = _random(state, i + 1)
            pool[i], pool[j] = pool[j], pool[i]
        for i in range(size):
            columns[places[i]] = pool[i]


@numba.njit(cache=True)
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


@numba.njit(cache=True)
def add_pairs(starts: Integers, columns: Integers, width: int, counts: Integers) -> None:
    """Add to ``counts`` (n, n), above its diagonal, how many columns each pair of rows has in common."""
    rows = starts.size - 1
    first = np.zeros(width + 1, np.int64)
    for at in range(starts[rows]):
        first[columns[at] + 1] += 1
    for k in range(width):
        first[k + 1] += first[k]
    carried, fill = np.empty(starts[rows], np.int64), first.copy()
    for row in range(rows):
        for at in range(starts[row], starts[row + 1]):
            carried[fill[columns[at]]] = row
            fill[columns[at]] += 1
    for k in range(width):
        for x in range(first[k], first[k + 1]):
            for y in range(x + 1, first[k + 1]):
                counts[carried[x], carried[y]] += 1


@numba.njit(cache=True)
def hub_of(starts: Integers, columns: Integers, widths: Integers, trades: Integers, state: Integers) -> Integers:
    """Return R matrices that are ``trades`` (R,) trades from the observed ones: where all draws start.

    Observed and drawn matrices are as many trades from it, and so exchangeable (Besag and Clifford 1989): p-values
    are right however well the chain mixes.
    """
    hub = columns.copy()
    for r in range(starts.shape[0]):
        trade(starts[r], hub[r], widths[r], trades[r], state)
    return hub


@numba.njit(cache=True)
def recurrence_draws(
    starts: Integers, columns: Integers, widths: Integers, trades: Integers, draws: int, state: Integers
) -> tuple[Integers, Integers, Integers, Integers, Integers, Integers]:
    """Draw R matrices ``draws`` times; return across- and within-run statistics and two overlaps, (draws,) each.

    Last come, for the neurons that each pair shares in each run, the sum and the sum of squares over the draws,
    (R, n, n) above the diagonal.

    ``starts`` (R, n + 1), ``columns`` (R, most ones), ``widths`` and ``trades`` (R,). Every draw starts from the hub.
    Overlaps are with the hub and with the draw before: equal in the mean if the chain mixes.
    """
    runs, n = starts.shape[0], starts.shape[1] - 1
    hub = hub_of(starts, columns, widths, trades, state)
    across, within = np.zeros(draws, np.int64), np.zeros(draws, np.int64)
    with_hub, with_last = np.zeros(draws, np.int64), np.zeros(draws, np.int64)
    total, one = np.zeros((n, n), np.int64), np.zeros((n, n), np.int64)
    every, squares = np.zeros((runs, n, n), np.int64), np.zeros((runs, n, n), np.int64)
    now, last = hub.copy(), hub.copy()
    for d in range(draws):
        total[:] = 0
        for r in range(runs):
            one[:] = 0
            now[r] = hub[r]
            trade(starts[r], now[r], widths[r], trades[r], state)
            add_pairs(starts[r], now[r], widths[r], one)
            for i in range(n):
                for j in range(i + 1, n):
                    total[i, j] += one[i, j]
                    within[d] += one[i, j] * one[i, j]
                    every[r, i, j] += one[i, j]
                    squares[r, i, j] += one[i, j] * one[i, j]
            with_hub[d] += kept(starts[r], now[r], hub[r], widths[r])
            with_last[d] += kept(starts[r], now[r], last[r], widths[r])
        for i in range(n):
            for j in range(i + 1, n):
                across[d] += total[i, j] * total[i, j]
        across[d] = (across[d] - within[d]) // 2
        last[:] = now
    return across, within, with_hub, with_last, every, squares


@numba.njit(cache=True)
def weighted_draws(
    starts: Integers,
    columns: Integers,
    widths: Integers,
    trades: Integers,
    weights: Floats,
    draws: int,
    state: Integers,
) -> tuple[Floats, Integers]:
    """Draw R matrices ``draws`` times from a hub; return Σ_r Σ_{i<j} w_ij^r N_ij^r, (draws,), and ΣN^r, (R, n, n).

    ``weights`` (R, n, n): one matrix a run. ΣN^r is over the draws, above the diagonal.
    """
    runs, n = starts.shape[0], starts.shape[1] - 1
    hub = hub_of(starts, columns, widths, trades, state)
    found, one = np.zeros(draws), np.zeros((n, n), np.int64)
    every = np.zeros((runs, n, n), np.int64)
    for d in range(draws):
        for r in range(runs):
            one[:] = 0
            now = hub[r].copy()
            trade(starts[r], now, widths[r], trades[r], state)
            add_pairs(starts[r], now, widths[r], one)
            for i in range(n):
                for j in range(i + 1, n):
                    every[r, i, j] += one[i, j]
                    found[d] += weights[r, i, j] * one[i, j]
    return found, every


@numba.njit(cache=True)
def label_draws(a: Floats, b: Floats, draws: int, state: Integers) -> Floats:
    """Permute the features of each run on its own; return Σ_{r≠s} Σ_{i<j} a_ij^r b_ij^s, (draws,).

    ``a``, ``b`` (R, n, n), symmetric: two accounts of the pairs of each run, whose features are permuted together.
    """
    runs, n = a.shape[0], a.shape[1]
    found = np.zeros(draws)
    own = 0.0
    for r in range(runs):
        for i in range(n):
            for j in range(i + 1, n):
                own += a[r, i, j] * b[r, i, j]
    order = np.empty((runs, n), np.int64)
    for d in range(draws):
        for r in range(runs):
            for i in range(n):
                order[r, i] = i
            for i in range(n - 1, 0, -1):
                j = _random(state, i + 1)
                order[r, i], order[r, j] = order[r, j], order[r, i]
        for i in range(n):
            for j in range(i + 1, n):
                first = second = 0.0
                for r in range(runs):
                    first += a[r, order[r, i], order[r, j]]
                    second += b[r, order[r, i], order[r, j]]
                found[d] += first * second
        found[d] -= own
    return found
