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
from polygenesis.probe.battery.nulls import curveball, dense_label_null, label_null, margin_draws
from polygenesis.probe.battery.pairs import pair_counts
from polygenesis.probe.battery.recurrence import recurrence, recurrence_within
from polygenesis.probe.battery.structured_share import run_products, structured_share
from polygenesis.probe.judging.sharing import mark, parts


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
    assert found.statistic == 6  # 3 pairs of runs × 2 pairs of features
    assert found.expected == pytest.approx(2, abs=0.15)
    assert found.p_value == pytest.approx(1 / 9, abs=0.03)
    assert found.coarse
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
    squares = np.zeros((2, 3, 3, 3))
    for at, (i, j) in enumerate(itertools.combinations(range(3), 2)):
        squares[0, :, i, j] = squares[0, :, j, i] = a[:, at]
        squares[1, :, i, j] = squares[1, :, j, i] = b[:, at]
    seen, drawn = dense_label_null(squares[0], squares[1], 20_000, seed=0)
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
    assert found.coarse


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


def test_pairs_that_stand_out_and_marks_by_hand():
    rng = np.random.default_rng(9)
    matrix = rng.random((40, 600)) < 0.05
    for i in (0, 2):
        matrix[i + 1] = np.where(rng.random(600) < 0.5, matrix[i], matrix[i + 1])
    assert set(recurrence_within(matrix, draws=199).standing_out) == {(0, 1), (2, 3)}
    planted = recurrence([one_neuron_each(rng, 32, 64, pairs=4) for _ in range(5)], draws=199)
    assert set(planted.standing_out) == {(0, 1), (2, 3), (4, 5), (6, 7)}
    kin = frozenset({(0, 1), (1, 2)})
    assert [mark(each, kin, True) for each in ((1, 0), (0, 2), (0, 1, 2), (3, 4))] == [
        "kin",
        "strangers",
        "both",
        "strangers",
    ]
    assert mark((0, 1), kin, False) == "unknown"
    named = frozenset(frozenset(pair) for pair in (("a", "b"), ("b", "c")))
    assert parts(("d", "a", "c", "b"), named) == [("d",), ("a", "c", "b")]


def test_no_pair_is_called_related_by_chance():
    """60 sets without structure, false discoveries at most 5 %: at most 7 sets with any (binomial, 99 %)."""
    rng = np.random.default_rng(10)
    sets = ([one_neuron_each(rng, 32, 64) for _ in range(5)] for _ in range(60))
    assert sum(bool(recurrence(each, draws=99).standing_out) for each in sets) <= 7


def test_the_same_seed_gives_the_same_p():
    rng = np.random.default_rng(6)
    runs = [one_neuron_each(rng, 16, 16) for _ in range(3)]
    first, again = recurrence(runs, seed=7), recurrence(runs, seed=7)
    assert (first.statistic, first.expected, first.p_value) == (again.statistic, again.expected, again.p_value)
    assert (first.p.tolist(), first.label_spread) == (again.p.tolist(), again.label_spread)
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


# Against other ways to compute the same


def dense_counts(matrix: np.ndarray) -> np.ndarray:
    """Neurons that each pair shares, (n, n), by a product."""
    counts = matrix.astype(int)
    return counts @ counts.T


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 4), st.integers(2, 9), st.integers(1, 7), st.integers(0, 999))
def test_pairs_that_share_are_those_of_the_product(runs, n, m, seed):
    rng = np.random.default_rng(seed)
    matrices = [rng.random((n, m)) < 0.4 for _ in range(runs)]
    found = pair_counts(matrices)
    every = np.stack([dense_counts(each) for each in matrices])
    i, j = np.triu_indices(n, 1)
    known = (every[:, i, j] > 0).any(axis=0)
    assert found.first.tolist() == i[known].tolist()
    assert found.second.tolist() == j[known].tolist()
    assert (found.counts == every[:, i, j][:, known]).all()
    starts, others, numbers = found.listed()
    for r in range(runs):
        for feature in range(n):
            row = slice(starts[r, feature], starts[r, feature + 1])
            listed = dict(zip(others[r, row].tolist(), numbers[r, row].tolist(), strict=True))
            assert listed == {k: c for k, c in enumerate(every[r, feature]) if c and k != feature}


def test_means_by_class_are_those_of_drawn_matrices():
    """E N and Var N of every pair, from 4,000 matrices drawn one by one: within four standard errors."""
    rng = np.random.default_rng(20)
    matrix = rng.random((7, 9)) < np.linspace(0.2, 0.6, 7)[:, None]
    drawn = np.stack([dense_counts(each) for each in curveball(matrix, 4000, seed=3)])
    i, j = np.triu_indices(7, 1)
    mean, variance = margin_draws([matrix], 4000, seed=4).means.of(i, j)
    error = np.sqrt(drawn[:, i, j].var(axis=0) * 2 / 4000)
    assert (np.abs(mean[0] - drawn[:, i, j].mean(axis=0)) <= 4 * error + 1e-3).all()
    assert np.allclose(variance[0], drawn[:, i, j].var(axis=0), atol=0.08)


@pytest.mark.parametrize(("n", "m", "density"), [(9, 12, 0.4), (60, 40, 0.04), (150, 30, 0.02)])
def test_sparse_label_null_is_the_dense_one(n, m, density):
    """The same statistic, observed and permuted in the same way, from lists of pairs and from whole matrices."""
    rng = np.random.default_rng(n)
    matrices = [rng.random((n, m)) < density for _ in range(3)]
    pairs, means = pair_counts(matrices), margin_draws(matrices, 99, seed=0).means
    seen, drawn = label_null(pairs, means, 50, seed=5)
    i, j = np.triu_indices(n, 1)
    beyond = np.zeros((3, n, n))
    for r, each in enumerate(matrices):
        beyond[r][i, j] = dense_counts(each)[i, j] - means.of(i, j)[0][r]
    beyond += beyond.transpose(0, 2, 1)
    dense_seen, dense = dense_label_null(beyond, beyond, 50, seed=5)
    assert seen == pytest.approx(dense_seen, abs=1e-6)
    assert drawn == pytest.approx(dense, abs=1e-6)
    products = run_products(pairs, means)
    whole = np.einsum("rij,sij->rs", beyond, beyond) / 2
    assert products == pytest.approx(whole - np.diag(np.diag(whole)), abs=1e-6)
    assert products.sum() == pytest.approx(seen, abs=1e-6)


def test_memory_grows_with_the_pairs_that_share():
    """4,000 features of which few share: lists of pairs, not 4,000² numbers."""
    rng = np.random.default_rng(21)
    runs = [one_neuron_each(rng, 4_000, 8_000) for _ in range(3)]
    found = recurrence(runs, draws=99)
    assert len(found.pairs.first) < 4_000
    assert found.means.mean.size <= 3 * 4
    assert 0 < found.p_value <= 1


# The structured share


def planted_runs(rng: np.random.Generator, share: float, runs: int, n: int = 20, m: int = 64) -> list[np.ndarray]:
    """Neurons of two features each: a share of them carry one of the pairs (0, 1) … (8, 9), the rest any two."""
    found = []
    for _ in range(runs):
        matrix = np.zeros((n, m), dtype=bool)
        for k in range(m):
            first = 2 * rng.integers(5)
            pair = [first, first + 1] if rng.random() < share else rng.choice(n, 2, replace=False)
            matrix[pair, k] = True
        found.append(matrix)
    return found


def true_share(share: float, n: int = 20) -> float:
    """½ Σ |μ − e| / Σ μ in closed form, but for the margins of single runs: features 0–9 are the more frequent ones.

    Chance pairs features in proportion to their selections; of two different ones, p_i p_j / (1 − Σ p²).
    """
    pick = (1 - share) / n + share * np.where(np.arange(n) < 10, 0.1, 0)
    expected = np.outer(pick, pick) / (1 - (pick**2).sum())
    mean = np.full((n, n), (1 - share) / (n * (n - 1)))
    for i in range(0, 10, 2):
        mean[i, i + 1] = mean[i + 1, i] = mean[i, i + 1] + share / 10
    i, j = np.triu_indices(n, 1)
    return float(0.5 * np.abs(mean - expected)[i, j].sum() / mean[i, j].sum())


@pytest.mark.parametrize("share", [0.2, 0.4, 0.8])
def test_the_structured_share_is_bracketed(share):
    """20 sets: the lower end is at most D and the upper end at least D, but for 3 sets (5 % each, binomial 98 %)."""
    rng = np.random.default_rng([22, int(10 * share)])
    found = [structured_share(recurrence(planted_runs(rng, share, 5), seed=k, draws=199)) for k in range(20)]
    truth = true_share(share)
    assert sum(each.estimate.lower > truth for each in found) <= 3
    assert sum(each.upper < truth for each in found) <= 3
    # Weights from other runs miss what is spread thin over the pairs that are not planted: low, never high.
    assert 0.7 * truth <= np.mean([each.estimate.value for each in found]) <= truth + 0.02
    if share >= 0.4:
        assert np.median([each.estimate.lower for each in found]) > truth / 2


def test_without_structure_the_lower_end_is_zero():
    rng = np.random.default_rng(23)
    found = [structured_share(recurrence(planted_runs(rng, 0.0, 5), seed=k, draws=199)) for k in range(20)]
    assert sum(each.estimate.lower > 0 for each in found) <= 3
    assert np.median([each.upper for each in found]) < 0.25


def test_the_same_pairs_in_every_run_are_all_structured():
    """32 features in pairs on 64 neurons, the same pairs in every run: chance gives each of 496 pairs 16/496."""
    rng = np.random.default_rng(24)
    runs = [one_neuron_each(rng, 8, 400, pairs=4) for _ in range(5)]
    wide = [np.concatenate([each, np.eye(400, dtype=bool)[8:32, :]]) for each in runs]
    share = structured_share(recurrence(wide, draws=499)).estimate
    assert share.value > 0.9
    assert share.upper == 1


def test_recurrence_spread_thin_names_no_pair():
    """Two halves of the features that keep to themselves: no pair of 190 stands out in three short runs."""
    rng = np.random.default_rng(15)
    half = np.arange(20) < 10
    for _ in range(200):
        runs = []
        for _ in range(3):
            side = rng.random(40) < 0.5
            runs.append(rng.random((20, 40)) < np.where(half[:, None] == side, 0.1, 0.04))
        found = recurrence(runs, draws=199)
        if found.found and not found.standing_out:
            return
    pytest.fail("no such case in 200")
