"""Compiled planting: pairs that come back, put among the co-selections of matrices with given margins."""

from __future__ import annotations

import numpy as np

from polygenesis.arrays import Integers
from polygenesis.kernels import compiled
from polygenesis.probe.battery.curveball import (
    by_column,
    hub_of,
    meeting_work,
    portions,
    random_below,
    trade,
    trading_work,
)


def pair_lists(
    starts: Integers, columns: Integers, widths: Integers, trades: Integers, most: int, draws: int, state: Integers
) -> Integers:
    """Draw R matrices from their hub and list their co-selections as i · n + j with i < j: (R, draws, most), −1 beyond.

    Column sums are fixed, so that every draw of a run has as many co-selections.
    """
    hub = hub_of(starts, columns, widths, trades, state)
    found = []
    for portion in portions(draws, trading_work(starts, trades) + meeting_work(starts, columns, widths)):
        found.append(np.full((starts.shape[0], len(portion), most), -1, np.int64))
        _pair_lists(starts, widths, trades, state, hub, found[-1])
    return np.concatenate(found, axis=1)


@compiled
def _pair_lists(
    starts: Integers, widths: Integers, trades: Integers, state: Integers, hub: Integers, found: Integers
) -> None:
    """Draw as often as ``found`` has room, (R, draws, most), which begins at −1."""
    runs, n, widest = starts.shape[0], starts.shape[1] - 1, widths.max()
    first, carried = np.zeros(widest + 1, np.int64), np.zeros(hub.shape[1], np.int64)
    for d in range(found.shape[1]):
        for r in range(runs):
            now = hub[r].copy()
            trade(starts[r], now, widths[r], trades[r], state)
            by_column(starts[r], now, widths[r], first[: widths[r] + 1], carried)
            size = 0
            for k in range(widths[r]):
                for x in range(first[k], first[k + 1]):
                    for y in range(x + 1, first[k + 1]):
                        found[r, d, size] = carried[x] * n + carried[y]
                        size += 1


@compiled
def _poisson(mean: float, state: Integers) -> int:
    """A Poisson number by multiplying uniform ones (Knuth); means of a few units."""
    limit, product, count = np.exp(-mean), 1.0, -1
    while product > limit:
        product *= (random_below(state, 1 << 30) + 1.0) / (1 << 30)
        count += 1
    return max(count, 0)


def planted_statistics(
    lists: Integers,
    sizes: Integers,
    runs: int,
    names: int,
    planted: int,
    returning: float,
    mean: float,
    draws: int,
    state: Integers,
) -> Integers:
    """Return Σ_{r<s} Σ N^r N^s of ``runs`` runs, (draws,), after planting pairs that come back.

    ``lists`` (given runs, lists, most): co-selections by number below ``names``, of which run r has ``sizes[r]``; runs
    beyond the given ones take their lists in turn. ``planted`` pairs come back once in each run with the chance
    ``returning``; one more pair has a Poisson number of co-selections with this ``mean``, none where it is 0. What is
    planted takes the place of co-selections by chance.
    """
    found = np.zeros(draws, np.int64)
    for portion in portions(draws, runs * (4 * lists.shape[2] + 8 * planted) + names // 8):
        part = found[portion.start : portion.stop]
        _planted_statistics(lists, sizes, runs, names, planted, returning, mean, state, part)
    return found


@compiled
def _planted_statistics(
    lists: Integers,
    sizes: Integers,
    runs: int,
    names: int,
    planted: int,
    returning: float,
    mean: float,
    state: Integers,
    found: Integers,
) -> None:
    """Plant as often as ``found`` has room, (draws,), which begins at 0."""
    total, own = np.zeros(names + planted + 1, np.int64), np.zeros(names + planted + 1, np.int64)
    now = np.empty(lists.shape[2], np.int64)
    touched = np.empty(runs * lists.shape[2], np.int64)
    for d in range(len(found)):
        listed = 0
        for r in range(runs):
            source = r % lists.shape[0]
            size, draw = sizes[source], random_below(state, lists.shape[1])
            for at in range(size):
                now[at] = lists[source, draw, at]
            left = size
            for pair in range(planted):
                if left and random_below(state, 1 << 30) < returning * (1 << 30):
                    left = _replace(now, left, names + pair, state)
            if mean > 0:
                for _ in range(min(left, _poisson(mean, state))):
                    left = _replace(now, left, names + planted, state)
            # A co-selection adds to the sum those that the other runs so far have of the same pair.
            for at in range(size):
                name = np.uint64(now[at])
                if total[name] == 0:
                    touched[listed] = now[at]
                    listed += 1
                found[d] += total[name] - own[name]
                own[name] += 1
                total[name] += 1
            for at in range(size):
                own[np.uint64(now[at])] = 0
        for at in range(listed):
            total[np.uint64(touched[at])] = 0


@compiled
def _replace(now: Integers, left: int, name: int, state: Integers) -> int:
    """Put a name in the place of one of the first ``left`` co-selections; return how many are left by chance."""
    at = random_below(state, left)
    now[at] = now[left - 1]
    now[left - 1] = name
    return left - 1
