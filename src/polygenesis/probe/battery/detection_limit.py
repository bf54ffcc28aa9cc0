"""The detection limit: how large a structured share recurrence would have found, had it been there.

Where few pairs share, "no structure found" says little. The limit is asked by planting: in runs drawn from the null, g
pairs come back in each run with chance ½, each in the place of one co-selection. The least g that the test finds with
power .9 gives the limit g/2 over the co-selections of a run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from polygenesis import seeds
from polygenesis.arrays import Booleans, Integers
from polygenesis.probe.battery.nulls import TRADES_PER_ROW, classes_of, random_state
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

SPARSE = 128
"""Co-selections of a run up to which the limit is asked; with more, the upper bound of the share says enough."""


@dataclass(frozen=True)
class DetectionLimit:
    """``share``: the least structured share that is found with power .9 (above 1: none would be); ``runs``: of how many
    seeds; ``sharings``: co-selections a run; ``settled_by``: seeds from which on the limit is at most ``wanted``, None
    if not even ``MOST_RUNS`` are enough."""

    share: float
    runs: int
    sharings: float
    wanted: float
    settled_by: int | None


def detection_limit(
    matrices: Sequence[Booleans], *, wanted: float, seed: int, settle: bool = True
) -> DetectionLimit | None:
    """Ask which structured share recurrence over these runs would find; None where sharing is dense or absent.

    ``matrices``: one 0/1 matrix (n, m_r) a run. ``wanted``: the limit below which the question counts as settled;
    ``settle``: ask how many seeds it takes.
    """
    sharings = np.array([_sharings(each) for each in matrices])
    if sharings.max() > SPARSE or not sharings.any():
        return None
    rng = seeds.generator(seed, "diagnose", "detection limit")
    draws = _null_lists(matrices, sharings, rng)
    runs = len(matrices)
    share = _limit(draws, sharings, runs, rng)
    settled_by = _settled_by(draws, sharings, runs, share, wanted, rng) if settle else None
    return DetectionLimit(share, runs, float(sharings.mean()), wanted, settled_by)


def _settled_by(
    draws: list[Integers], sharings: Integers, runs: int, share: float, wanted: float, rng: np.random.Generator
) -> int | None:
    """The least number of seeds, with the margins of these runs in turn, whose limit is small enough, by bisection."""
    if share <= wanted:
        return runs
    low, high = runs, MOST_RUNS
    if runs >= high or _limit(draws, sharings, high, rng) > wanted:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _limit(draws, sharings, middle, rng) <= wanted else (middle, high)
    return high


def _sharings(matrix: Booleans) -> int:
    carried = matrix.sum(axis=0)
    return int((carried * (carried - 1) // 2).sum())


def _null_lists(matrices: Sequence[Booleans], sharings: Integers, rng: np.random.Generator) -> list[Integers]:
    """Co-selections of matrices drawn with each run's margins, as numbers of pairs, (draws, sharings) a run."""
    from polygenesis.probe.battery.curveball import pair_lists

    starts, columns, widths = stacked(matrices)
    classes = classes_of(matrices)
    trades = np.full(len(matrices), TRADES_PER_ROW * classes.shape[1], dtype=np.int64)
    lists = pair_lists(starts, columns, widths, trades, int(sharings.max()), LISTS, random_state(rng))
    _, names = np.unique(lists, return_inverse=True)
    names = names.reshape(lists.shape)
    return [names[r, :, :count] for r, count in enumerate(sharings)]


LISTS = 500
"""Matrices drawn of each run; runs are independent, so that any of one with any of another is a draw of both."""


def _limit(draws: list[Integers], sharings: Integers, runs: int, rng: np.random.Generator) -> float:
    """The least share that is found, among ``runs`` runs with the margins of the given ones in turn."""
    from polygenesis.probe.battery.curveball import planted_statistics

    padded = np.full((len(draws), len(draws[0]), int(sharings.max())), -1, dtype=np.int64)
    for r, each in enumerate(draws):
        padded[r, :, : each.shape[1]] = each
    names = int(padded.max()) + 1
    state = random_state(rng)
    null = planted_statistics(padded, sharings, runs, names, 0, RETURNING, NULL_DRAWS, state)
    critical = _critical(null)
    most = int(sharings.mean() / RETURNING)

    def is_found(g: int) -> bool:
        with_pairs = planted_statistics(padded, sharings, runs, names, g, RETURNING, PLANTED, state)
        return bool((with_pairs >= critical).mean() >= POWER)

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
