"""The detection limit: how large a structured share recurrence would have found, had it been there.

Where few pairs share, "no structure found" says little. The limit is asked by planting: in runs drawn from the null, g
pairs come back in each run with chance ½, each in the place of one co-selection. The least g that the test finds with
power .9 gives the limit g/2 over the co-selections of a run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from polygenesis.arrays import Booleans, Integers
from polygenesis.probe.battery.nulls import TRADES_PER_ROW, random_state
from polygenesis.probe.battery.pairs import stacked
from polygenesis.probe.battery.recurrence import DECISIVE
from polygenesis.probe.battery.structured_share import MOST_RUNS

POWER = 0.9
"""Chance of finding the planted pairs that is asked for."""

RETURNING = 0.5
"""Chance of a planted pair to come back in a run."""

NULL_DRAWS = 10_000
"""Sets of runs drawn from the null for the critical value: p = .01 is then known to a tenth of itself."""

PLANTED = 1_000
"""Sets in which pairs are planted, for each number of pairs: a power of .9 is known to .01."""

LISTS = 500
"""Matrices drawn of each run; runs are independent, so that any of one with any of another is a draw of both."""

TAIL = 0.025
"""Chance of the statistic seen at the lower end of the structured share."""

HALVINGS = 12
"""Bisections of the lower end: to a four-thousandth of the co-selections."""

SPARSE = 128
"""Co-selections of a run up to which the limit is asked; with more, the upper bound of the share says enough."""


@dataclass(frozen=True)
class DetectionLimit:
    """The smallest structured share that a diagnosis of these sizes would have detected with power .9.

    ``share``: this share (above 1: none would be found). ``runs``: seeds. ``sharings``: co-selections a run.
    ``settled_by``: seeds from which on the limit is at most ``wanted``, None if not even ``MOST_RUNS`` are enough.
    """

    share: float
    runs: int
    sharings: float
    wanted: float
    settled_by: int | None


@dataclass(frozen=True, eq=False)
class NullLists:
    """Co-selections of matrices drawn with each run's margins, as numbers of pairs below ``names``.

    ``lists`` (R, draws, most), −1 beyond the ``sharings`` (R,) of each run, which margins fix.
    """

    lists: Integers
    sharings: Integers
    names: int


def null_lists(matrices: Sequence[Booleans], rng: np.random.Generator) -> NullLists | None:
    """Draw them from the margins of each run; None where sharing is dense or absent."""
    from polygenesis.probe.battery.planting import pair_lists

    sharings = np.array([_sharings(each) for each in matrices])
    if sharings.max() > SPARSE or not sharings.any():
        return None
    starts, columns, widths = stacked(matrices)
    trades = np.full(len(matrices), TRADES_PER_ROW * len(matrices[0]), dtype=np.int64)
    lists = pair_lists(starts, columns, widths, trades, int(sharings.max()), LISTS, random_state(rng))
    names, numbered = np.unique(lists, return_inverse=True)
    first = int(names[0] == -1)
    return NullLists(numbered.reshape(lists.shape) - first, sharings, len(names) - first)


def least_share(null: NullLists, statistic: float, rng: np.random.Generator) -> float:
    """The least structured share with which the statistic seen, or a larger one, has a chance of 2.5 %.

    All structure is put into one pair with a Poisson number of co-selections a run: of all structures with as many
    co-selections it makes the statistic largest on average, so that any other needs a larger share. Found by bisection
    with the same random numbers.
    """
    from polygenesis.probe.battery.planting import planted_statistics

    runs, state = len(null.sharings), random_state(rng)

    def chance(mean: float) -> float:
        again = np.array(state, dtype=np.uint64)
        drawn = planted_statistics(null.lists, null.sharings, runs, null.names, 0, 0.0, mean, PLANTED, again)
        return float((drawn >= statistic).mean())

    low, high = 0.0, float(null.sharings.mean())
    if chance(low) >= TAIL or chance(high) < TAIL:
        return 0.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if chance(middle) >= TAIL else (middle, high)
    return low / float(null.sharings.mean())


def detection_limit(null: NullLists, *, wanted: float, rng: np.random.Generator, settle: bool = True) -> DetectionLimit:
    """Ask which structured share recurrence over these runs would find.

    ``wanted``: the limit below which the question counts as settled; ``settle``: ask how many seeds it takes.
    """
    runs = len(null.sharings)
    share = _limit(null, runs, rng)
    settled_by = _settled_by(null, runs, share, wanted, rng) if settle else None
    return DetectionLimit(share, runs, float(null.sharings.mean()), wanted, settled_by)


def _settled_by(null: NullLists, runs: int, share: float, wanted: float, rng: np.random.Generator) -> int | None:
    """The least number of seeds, with the margins of these runs in turn, whose limit is small enough, by bisection."""
    if share <= wanted:
        return runs
    low, high = runs, MOST_RUNS
    if runs >= high or _limit(null, high, rng) > wanted:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _limit(null, middle, rng) <= wanted else (middle, high)
    return high


def _sharings(matrix: Booleans) -> int:
    carried = matrix.sum(axis=0)
    return int((carried * (carried - 1) // 2).sum())


def _limit(null: NullLists, runs: int, rng: np.random.Generator) -> float:
    """The least share that is found, among ``runs`` runs with the margins of the given ones in turn."""
    from polygenesis.probe.battery.planting import planted_statistics

    sharings, state = null.sharings, random_state(rng)

    def drawn(planted: int, draws: int) -> Integers:
        return planted_statistics(null.lists, sharings, runs, null.names, planted, RETURNING, 0.0, draws, state)

    critical = _critical(drawn(0, NULL_DRAWS))
    most = int(sharings.mean() / RETURNING)

    def is_found(g: int) -> bool:
        return bool((drawn(g, PLANTED) >= critical).mean() >= POWER)

    high = 1
    while high < most and not is_found(high):
        high *= 2
    high = min(high, most)
    if not is_found(high):
        return float("inf")
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_found(middle) else (middle, high)
    return min(1.0, RETURNING * high / float(sharings.mean()))


def _critical(null: Integers) -> int:
    """The least statistic with p ≤ .01."""
    ordered = np.sort(null)
    allowed = int(DECISIVE * (len(null) + 1)) - 1
    return int(ordered[len(null) - max(allowed, 0) - 1]) + 1 if allowed >= 0 else int(ordered[-1]) + 1
