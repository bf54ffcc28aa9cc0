"""The compiled loops of a diagnosis: divided into calls they draw the same, and no call keeps a signal waiting."""

from __future__ import annotations

import numpy as np
import pytest

from polygenesis.probe.battery import curveball
from polygenesis.probe.battery.detection_limit import detection_limit, null_lists
from polygenesis.probe.battery.nulls import dense_label_null, label_null, margin_draws
from polygenesis.probe.battery.pairs import pair_counts
from polygenesis.probe.battery.related_starts import related_starts

RNG = np.random.default_rng(0)
RUNS = [RNG.random((20, 15)) < 0.15 for _ in range(3)]
STARTS = [RNG.standard_normal((20, 15)) for _ in range(3)]


def everything():
    """Draw from every loop there is."""
    margins = margin_draws(RUNS, 30, seed=0)
    dense = RNG.__class__(np.random.PCG64(1)).random((2, 20, 20))
    lists = null_lists(RUNS, np.random.default_rng(1))
    return [
        margins.across,
        margins.within,
        margins.means.mean,
        margins.means.variance,
        label_null(pair_counts(RUNS), margins.means, 30, seed=1)[1],
        dense_label_null(dense + dense.transpose(0, 2, 1), dense + dense.transpose(0, 2, 1), 30, seed=2)[1],
        lists.lists,
        detection_limit(lists, wanted=0.5, rng=np.random.default_rng(3)).share,
        related_starts(STARTS, RUNS, signed=False, draws=30).by_margins,
    ]


@pytest.mark.parametrize("work", [1, 2**12])
def test_draws_are_the_same_however_they_are_divided(monkeypatch, work):
    whole = everything()
    monkeypatch.setattr(curveball, "WORK", work)
    for one, other in zip(whole, everything(), strict=True):
        assert np.array_equal(one, other)


def test_portions_cover_all_draws_in_order(monkeypatch):
    monkeypatch.setattr(curveball, "WORK", 10)
    assert [list(each) for each in curveball.portions(5, 5)] == [[0, 1], [2, 3], [4]]
    assert [list(each) for each in curveball.portions(3, 10**30)] == [[0], [1], [2]]
    assert list(curveball.portions(0, 5)) == []
