"""Curveball and recurrence against enumerated matrices, planted pairs, and exchangeable runs."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

from polygenesis.errors import InputError
from polygenesis.probe import curveball, labels_may_be_permuted, recurrence, recurrence_within
from polygenesis.probe.battery.judging import judge_selections
from polygenesis.probe.battery.nulls import label_null
from polygenesis.probe.battery.recurrence import mixed


def enumerated(matrix: np.ndarray) -> set[bytes]:
    """All 0/1 matrices with the margins of one."""
    every = (np.array(bits, dtype=bool).reshape(matrix.shape) for bits in itertools.product((0, 1), repeat=matrix.size))
    return {
        each.tobytes()
        for each in every
        if (each.sum(0) == matrix.sum(0)).all() and (each.sum(1) == matrix.sum(1)).all()
    }


@pytest.mark.parametrize("rows", [[[1, 1, 0], [1, 0, 0], [0, 0, 1]], [[1, 1, 0, 0], [0, 1, 1, 0], [1, 0, 0, 1]]])
def test_curveball_is_uniform_over_all_matrices_with_the_margins(rows):
    matrix = np.array(rows, dtype=bool)
    drawn = Counter(each.tobytes() for each in curveball(matrix, 4000, seed=1))
    assert set(drawn) == enumerated(matrix)
    assert stats.chisquare(list(drawn.values())).pvalue > 1e-3


@settings(max_examples=30, deadline=None)
@given(arrays.arrays(bool, st.tuples(st.integers(1, 6), st.integers(1, 6))), st.integers(0, 99))
def test_margins_are_kept(matrix, seed):
    for each in curveball(matrix, 3, seed=seed):
        assert (each.sum(0) == matrix.sum(0)).all()
        assert (each.sum(1) == matrix.sum(1)).all()


def one_neuron_each(rng: np.random.Generator, n: int, m: int, pairs: int = 0) -> np.ndarray:
    """Each feature on a random neuron; features 2p and 2p + 1 together for the first pairs."""
    neuron = rng.integers(0, m, n)
    neuron[1 : 2 * pairs : 2] = neuron[0 : 2 * pairs : 2]
    matrix = np.zeros((n, m), dtype=bool)
    matrix[np.arange(n), neuron] = True
    return matrix


def test_statistic_and_expectation_by_hand():
    """Four features on two neurons, two each: three ways to pair them, so two runs agree with chance 1/3."""
    pair = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], dtype=bool)
    found = recurrence([pair, pair, pair], seed=1, draws=1999)
    assert found.statistic == found.possible == 6  # 3 pairs of runs × 2 pairs of features
    assert found.expected == pytest.approx(2, abs=0.15)
    assert found.p_value == pytest.approx(1 / 9, abs=0.03)
    assert found.powerless
    assert found.recurring == ((0, 1), (2, 3))


def test_planted_pairs_are_found():
    rng = np.random.default_rng(2)
    found = recurrence([one_neuron_each(rng, 32, 64, pairs=4) for _ in range(5)], seed=0)
    assert found.found
    assert {(0, 1), (2, 3), (4, 5), (6, 7)} <= set(found.recurring[:4])
    assert found.mixing.mixed


def rejections(make, repeats: int) -> int:
    return sum(recurrence(make(), seed=each, draws=99).p_value <= 0.05 for each in range(repeats))


def test_exchangeable_runs_are_rejected_at_the_level():
    """200 sets of 5 runs without structure, 5 % level: at most 19 rejections (binomial, 99.8 %)."""
    rng = np.random.default_rng(3)
    assert rejections(lambda: [one_neuron_each(rng, 24, 32) for _ in range(5)], 100) <= 12


def test_unequal_margins_do_not_look_like_structure():
    """Popular features meet in every run; fixed margins know it, permuted labels would not."""
    rng = np.random.default_rng(4)
    chance = np.linspace(0.05, 0.6, 16)[:, None]
    assert rejections(lambda: [rng.random((16, 24)) < chance for _ in range(3)], 100) <= 12
    assert not labels_may_be_permuted(rng.random((16, 24)) < chance)
    assert labels_may_be_permuted(one_neuron_each(rng, 8, 9))


def clumped(rng: np.random.Generator, n: int = 16, m: int = 24) -> np.ndarray:
    """Features of four groups, dealt anew in every run, and neurons that prefer one: exchangeable, with ties."""
    group, side = rng.integers(0, 4, (n, 1)), rng.integers(0, 4, m)
    return rng.random((n, m)) < np.where(group == side, 0.6, 0.1)


def test_ties_within_a_run_do_not_look_like_structure():
    """200 sets at 5 %, at most 19 rejections (binomial, 99.8 %): by margins alone more, by permuted labels not."""
    rng = np.random.default_rng(16)
    found = [recurrence([clumped(rng) for _ in range(3)], seed=each, draws=99) for each in range(200)]
    assert sum(each.by_margins <= 0.05 for each in found) > 19
    assert sum(each.by_labels <= 0.05 for each in found) <= 19
    assert sum(each.p_value <= 0.05 for each in found) <= 19
    assert all(each.p_value == max(each.by_margins, each.by_labels) for each in found)


def test_permuted_labels_are_all_relabellings_of_each_run():
    """Three features, three runs: all 216 relabellings by hand, statistic by statistic."""
    rng = np.random.default_rng(17)
    a, b = rng.integers(0, 9, (2, 3, 3)).astype(np.float64)  # runs by pairs (0, 1), (0, 2), (1, 2)
    place = {frozenset(pair): at for at, pair in enumerate(itertools.combinations(range(3), 2))}
    orders = [
        [place[frozenset((p[i], p[j]))] for i, j in itertools.combinations(range(3), 2)]
        for p in itertools.permutations(range(3))
    ]
    values = Counter(
        sum(float(a[r][list(x)] @ b[s][list(y)]) for (r, x), (s, y) in itertools.permutations(enumerate(each), 2))
        for each in itertools.product(orders, repeat=3)
    )
    seen, drawn = label_null(a, b, 20_000, seed=0)
    assert seen == sum(float(a[r] @ b[s]) for r, s in itertools.permutations(range(3), 2))
    assert set(drawn) <= set(values)
    expected = np.array(list(values.values())) / 216 * len(drawn)
    assert stats.chisquare([(drawn == value).sum() for value in values], expected).pvalue > 1e-3


def test_three_features_are_too_few():
    """Equal in all runs, three features come out so by one of 36 relabellings: p ≤ .01 cannot be."""
    run = np.zeros((3, 60), dtype=bool)
    run[0, :20] = run[1, 10:30] = run[2, 40:] = True
    found = recurrence([run] * 3, seed=0)
    assert found.by_margins <= 0.01 < 1 / 60 < found.by_labels
    assert found.powerless


def test_within_one_wide_run():
    rng = np.random.default_rng(5)
    matrix = rng.random((20, 400)) < 0.1
    assert not recurrence_within(matrix, seed=1).found
    matrix[1] = np.where(rng.random(400) < 0.8, matrix[0], matrix[1])
    matrix[3] = np.where(rng.random(400) < 0.8, matrix[2], matrix[3])
    found = recurrence_within(matrix, seed=1)
    assert found.p_value == pytest.approx(0.001)
    assert found.by_labels is None
    assert set(found.recurring[:2]) == {(0, 1), (2, 3)}


def test_a_chain_that_does_not_mix_is_run_longer(monkeypatch):
    rng = np.random.default_rng(8)
    runs = [one_neuron_each(rng, 64, 64) for _ in range(3)]
    assert recurrence(runs).mixing.trades_per_row == 10
    monkeypatch.setattr("polygenesis.probe.battery.nulls.TRADES_PER_ROW", 1)
    slow = recurrence(runs).mixing
    assert slow.trades_per_row > 1
    monkeypatch.setattr("polygenesis.probe.battery.nulls.MIXED", -1e9)
    never = recurrence(runs).mixing
    assert (never.mixed, never.trades_per_row) == (False, 8)


def test_related_pairs_and_the_neurons_that_mix_strangers():
    rng = np.random.default_rng(9)
    matrix = rng.random((40, 600)) < 0.05
    for i in (0, 2):
        matrix[i + 1] = np.where(rng.random(600) < 0.5, matrix[i], matrix[i + 1])
    assert set(recurrence_within(matrix, draws=199).related) == {(0, 1), (2, 3)}
    planted = recurrence([one_neuron_each(rng, 32, 64, pairs=4) for _ in range(5)], draws=199)
    assert set(planted.related) == {(0, 1), (2, 3), (4, 5), (6, 7)}
    by_hand = np.array([[1, 1, 0, 1], [1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0]], dtype=bool)
    assert mixed(by_hand, [(0, 1)]).tolist() == [False, True, False, False]
    assert mixed(by_hand, []).tolist() == [True, True, False, False]


def test_no_pair_is_called_related_by_chance():
    """60 sets without structure, false discoveries at most 5 %: at most 7 sets with any (binomial, 99 %)."""
    rng = np.random.default_rng(10)
    sets = ([one_neuron_each(rng, 32, 64) for _ in range(5)] for _ in range(60))
    assert sum(bool(recurrence(each, draws=99).related) for each in sets) <= 7


def test_the_same_seed_gives_the_same_p():
    rng = np.random.default_rng(6)
    runs = [one_neuron_each(rng, 16, 16) for _ in range(3)]
    assert recurrence(runs, seed=7) == recurrence(runs, seed=7)
    assert recurrence(runs, seed=7).expected != recurrence(runs, seed=8).expected


def test_wrong_input_is_one_sentence():
    run = np.eye(4, dtype=bool)
    with pytest.raises(InputError, match="at least 3 runs for recurrence, but is 2"):
        recurrence([run, run])
    with pytest.raises(InputError, match="same features, but they have 4, 4, 3"):
        recurrence([run, run, run[:3]])
    with pytest.raises(InputError, match="0 or 1 everywhere"):
        recurrence([run, run, run * 0.5])
    with pytest.raises(InputError, match="features with several neurons"):
        recurrence_within(run)


def test_recurrence_spread_thin_is_said_and_marks_no_neuron():
    """Two halves of the features that keep to themselves: no pair of 190 stands out in three short runs."""
    rng = np.random.default_rng(15)
    half = np.arange(20) < 10
    for _ in range(200):
        runs = []
        for _ in range(3):
            side = rng.random(40) < 0.5
            runs.append(rng.random((20, 40)) < np.where(half[:, None] == side, 0.1, 0.04))
        found = recurrence(runs, draws=199)
        if found.found and not found.related:
            break
    else:
        pytest.fail("no such case in 200")
    findings = judge_selections(runs, initial=None, widths=None, live=[40] * 3, seed=0, draws=199)
    assert "spread thin" in " ".join(findings.verdict.cautions)
    assert "No single pair" in " ".join(each.sentence for each in findings.evidence)
