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
def recurrence_draws(
    starts: Integers, columns: Integers, widths: Integers, trades: Integers, draws: int, state: Integers
) -> tuple[Integers, Integers, Integers, Integers, Integers, Integers]:
    """Draw R matrices ``draws`` times; return across- and within-run statistics and two overlaps, (draws,) each.

    Last come, for the neurons that each pair shared over all runs, the sum and the sum of squares over the draws,
    (n, n) above the diagonal.

    ``starts`` (R, n + 1), ``columns`` (R, most ones), ``widths`` and ``trades`` (R,). Every draw starts from a
    hub that is itself so many trades from the observed matrices, so that observed and drawn ones are
    exchangeable (Besag and Clifford 1989): p-values are right however well the chain mixes. Overlaps are with
    the hub and with the draw before: equal in the mean if the chain mixes.
    """
    runs, n = starts.shape[0], starts.shape[1] - 1
    hub = columns.copy()
    for r in range(runs):
        trade(starts[r], hub[r], widths[r], trades[r], state)
    across, within = np.zeros(draws, np.int64), np.zeros(draws, np.int64)
    with_hub, with_last = np.zeros(draws, np.int64), np.zeros(draws, np.int64)
    total, one = np.zeros((n, n), np.int64), np.zeros((n, n), np.int64)
    every, squares = np.zeros((n, n), np.int64), np.zeros((n, n), np.int64)
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
            with_hub[d] += kept(starts[r], now[r], hub[r], widths[r])
            with_last[d] += kept(starts[r], now[r], last[r], widths[r])
        for i in range(n):
            for j in range(i + 1, n):
                across[d] += total[i, j] * total[i, j]
                every[i, j] += total[i, j]
                squares[i, j] += total[i, j] * total[i, j]
        across[d] = (across[d] - within[d]) // 2
        last[:] = now
    return across, within, with_hub, with_last, every, squares


@numba.njit(cache=True)
def carried_weight(starts: Integers, columns: Integers, width: int, weights: Floats) -> float:
    """Sum ``weights`` (n, n) over the pairs of rows that have a column in common, once for each such column."""
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
    total = 0.0
    for k in range(width):
        for x in range(first[k], first[k + 1]):
            for y in range(x + 1, first[k + 1]):
                total += weights[carried[x], carried[y]]
    return total


@numba.njit(cache=True)
def weighted_draws(
    starts: Integers,
    columns: Integers,
    widths: Integers,
    trades: Integers,
    weights: Floats,
    draws: int,
    state: Integers,
) -> Floats:
    """Draw R matrices ``draws`` times from a hub, as `recurrence_draws` does; return Σ_r Σ_{i<j} w_ij^r N_ij^r.

    ``weights`` (R, n, n): one matrix a run. The result is (draws,).
    """
    hub = columns.copy()
    for r in range(starts.shape[0]):
        trade(starts[r], hub[r], widths[r], trades[r], state)
    found = np.zeros(draws)
    for d in range(draws):
        for r in range(starts.shape[0]):
            now = hub[r].copy()
            trade(starts[r], now, widths[r], trades[r], state)
            found[d] += carried_weight(starts[r], now, widths[r], weights[r])
    return found
