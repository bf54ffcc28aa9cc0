"""Related starts: the statistic by hand, its level without structure, and planted relations that recurrence misses."""

from __future__ import annotations

import numpy as np
import pytest

from polygenesis.bench.origins.toys import toy, toy_with_related_starts
from polygenesis.detect import census
from polygenesis.errors import InputError
from polygenesis.probe import Origin, diagnose
from polygenesis.probe.battery.related_starts import related_starts


def shared(run) -> list[np.ndarray]:
    """The 0/1 matrices (n, m) of a run's settled features."""
    return list(census(run.final).carried)


def test_statistic_and_expectation_by_hand():
    """Four features on two neurons, two each: features 0 and 1 start equal, all others at right angles.

    Runs 1 and 2 pair them, run 3 does not: two of six sharings have cosine 1. By chance a third of the three
    runs pairs them, which is one sharing of six.
    """
    start = np.eye(4)
    start[1] = start[0]
    paired = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], dtype=bool)
    parted = np.array([[1, 0], [0, 1], [1, 0], [0, 1]], dtype=bool)
    found = related_starts([start] * 3, [paired, paired, parted], signed=False, draws=1999)
    assert found.cosine == pytest.approx(2 / 6)
    assert found.expected == pytest.approx(1 / 6, abs=0.02)
    assert found.sharings == 6
    assert found.p_value == pytest.approx(7 / 27, abs=0.04)  # two or three of three runs, a third each
    assert found.related[0] == (0, 1)
    assert not found.decides
    against = related_starts([start] * 3, [paired, paired, parted], signed=True, draws=1999)
    assert against.cosine == pytest.approx(-2 / 6)


def test_a_run_s_own_start_does_not_count():
    """The pair starts equal in the run in which it shares, and nowhere else: chance, as every race is."""
    rng = np.random.default_rng(0)
    starts = [rng.standard_normal((8, 200)) for _ in range(4)]
    ends = []
    for r, start in enumerate(starts):
        start[2 * r + 1] = start[2 * r]
        matrix = np.eye(8, dtype=bool)
        matrix[2 * r + 1] = matrix[2 * r]
        ends.append(matrix)
    assert abs(related_starts(starts, ends, signed=False).cosine) < 0.1


def test_runs_without_structure_are_rejected_at_the_level():
    """80 sets of five runs at the 5 % level: at most 10 (binomial, 99.3 %), though starts foretell pairs run by run."""
    hits = 0
    for seed in range(80):
        rng = np.random.default_rng([7, seed])
        starts = [rng.standard_normal((16, 24)) for _ in range(5)]
        ends = []
        for start in starts:
            matrix = np.zeros((16, 24), dtype=bool)
            matrix[np.arange(16), np.abs(start).argmax(axis=1)] = True
            ends.append(matrix)
        hits += related_starts(starts, ends, signed=True, seed=seed, draws=199).p_value <= 0.05
    assert hits <= 10


def test_ties_within_a_run_do_not_look_like_structure():
    """200 sets at 5 %, 19 rejections at most (binomial, 99.8 %): groups dealt anew in every run, at start and end."""
    rng = np.random.default_rng(18)
    hits = 0
    for seed in range(200):
        starts, ends = [], []
        for _ in range(3):
            group, side = rng.integers(0, 4, (16, 1)), rng.integers(0, 4, 24)
            starts.append(rng.standard_normal((4, 24))[group[:, 0]] + rng.standard_normal((16, 24)))
            ends.append(rng.random((16, 24)) < np.where(group == side, 0.6, 0.1))
        found = related_starts(starts, ends, signed=False, seed=seed, draws=99)
        assert found.p_value == max(found.by_margins, found.by_labels)
        hits += found.p_value <= 0.05
    assert hits <= 19


def test_few_related_pairs_that_recurrence_misses_are_found():
    run = toy_with_related_starts(32, 64, seed=12, pairs=3, correlation=-0.8)
    found = diagnose(run, draws=199)
    assert not found.findings.recurrence.found
    assert found.findings.related.found
    assert found.verdict.origin in (Origin.PARTLY_STRUCTURED, Origin.STRUCTURED)
    assert "related starts" in found.verdict.rests_on
    assert 0 < found.structured.lower < found.structured.value
    assert "close in other runs" in found.structured.method
    assert set(found.findings.related.related[:2]) <= {(0, 1), (2, 3), (4, 5)}
    blind = diagnose(run.final, draws=199)
    assert blind.findings.related is None
    assert blind.verdict.origin is Origin.COMPATIBLE
    assert "could have been missed" in blind.verdict.sentence


def test_chance_starts_unrelated():
    run = toy(32, 48, seed=1)
    found = related_starts(list(run.initial), shared(run), signed=True)
    assert not found.found
    assert abs(found.gap) < 0.05


def test_wrong_input_is_one_sentence():
    run = np.eye(4, dtype=bool)
    with pytest.raises(InputError, match="two runs or more, one for each run"):
        related_starts([np.eye(4)], [run], signed=True)
    with pytest.raises(InputError, match="No pair shares a neuron at the end"):
        related_starts([np.eye(4)] * 2, [run] * 2, signed=True)
