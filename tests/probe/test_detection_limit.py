"""The detection limit and the lower end by planting, against what they promise."""

from __future__ import annotations

import numpy as np

from polygenesis.probe.battery.detection_limit import SPARSE, detection_limit, least_share, null_lists
from polygenesis.probe.battery.recurrence import recurrence


def slots(rng: np.random.Generator, n: int, m: int, kin: int = 0, returning: float = 0.5) -> np.ndarray:
    """Features in signed slots at random; ``kin`` pairs share with a given chance in a neuron of their own."""
    matrix = np.zeros((n, m), dtype=bool)
    matrix[np.arange(n), rng.permutation(2 * m)[:n] % m] = True
    for pair in range(kin):
        if rng.random() < returning:
            matrix[[2 * pair, 2 * pair + 1]] = False
            matrix[[2 * pair, 2 * pair + 1], rng.integers(m)] = True
    return matrix


def null(runs: list[np.ndarray], seed: int = 0):
    return null_lists(runs, np.random.default_rng(seed))


def test_more_seeds_and_more_sharing_find_less():
    rng = np.random.default_rng(0)
    few = detection_limit(null([slots(rng, 32, 64) for _ in range(5)]), wanted=0.25, rng=rng)
    many = detection_limit(null([slots(rng, 32, 64) for _ in range(12)]), wanted=0.25, rng=rng)
    wide = detection_limit(null([slots(rng, 64, 128) for _ in range(5)]), wanted=0.25, rng=rng)
    assert 0.3 < few.share < 0.65  # three or four co-selections a run
    assert many.share < 0.25
    assert wide.share < 0.3
    assert few.settled_by is None or 5 < few.settled_by <= 30
    assert many.settled_by == 12


def test_what_the_limit_promises_is_found():
    """As many kin pairs as the limit says, each back in half of the runs: p ≤ .01 in 22 of 30 sets or more (99.6 %)."""
    rng = np.random.default_rng(1)
    limit = detection_limit(null([slots(rng, 64, 128) for _ in range(5)]), wanted=0.25, rng=rng)
    kin = round(limit.share * limit.sharings / 0.5)
    sets = [[slots(rng, 64, 128, kin) for _ in range(5)] for _ in range(30)]
    assert sum(recurrence(each, seed=k, draws=199).p_value <= 0.01 for k, each in enumerate(sets)) >= 22


def test_the_lower_end_by_planting():
    """Below the truth in 19 of 20 sets of kin that come back with chance .8; 0 where nothing recurs; and not idle."""
    rng = np.random.default_rng(2)
    ends, truths = [], []
    for _ in range(20):
        runs = [slots(rng, 64, 128, kin=4, returning=0.8) for _ in range(5)]
        drawn = null(runs)
        ends.append(least_share(drawn, recurrence(runs, draws=99).statistic, rng))
        truths.append(4 * 0.8 / drawn.sharings.mean())
    assert sum(end > truth for end, truth in zip(ends, truths, strict=True)) <= 1
    assert np.median(ends) > 0.05
    chance = [slots(rng, 64, 128) for _ in range(5)]
    assert least_share(null(chance), 0.0, rng) == 0.0


def test_dense_sharing_has_no_limit():
    assert null([np.ones((20, 64), dtype=bool)] * 3) is None
    assert null([np.eye(8, dtype=bool)] * 3) is None
    assert SPARSE < 190 * 64
