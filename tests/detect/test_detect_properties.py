"""The census against a plain-loop implementation, and what must not change when names do."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polygenesis.detect import COUNTS, DIRECTION, HALF, PAPER_WINDOW, Thresholds, census, collisions, leads

CHOICES = [HALF, PAPER_WINDOW, DIRECTION, Thresholds(carries_from=0.3, distributed=True)]


def by_loops(weights, t):
    """Every count of one replicate, from its definition, one entry at a time."""
    n, m = weights.shape
    norms = [sum(float(w) ** 2 for w in row) ** 0.5 for row in weights]
    dead, carries = set(), {}
    for i in range(n):
        scale = max(norms) if t.relative else 1
        if norms[i] == 0 or norms[i] < t.alive * scale:
            dead.add(i)
        unit = norms[i] if t.relative else 1
        carries[i] = {
            k
            for k in range(m)
            if i not in dead and t.carries_from * unit <= abs(weights[i, k]) <= (t.carries_to or np.inf) * unit
        }
    spread = {i for i in carries if len(carries[i]) > 1}
    settled = {i for i in carries if len(carries[i]) == 1} | (spread if t.distributed else set())
    kinds = dict.fromkeys(COUNTS, 0)
    faint = sum(not carries[i] and i not in dead for i in range(n))
    for k in range(m):
        here = [i for i in range(n) if k in carries[i]]
        good = [i for i in here if i in settled]
        kind = "dead" if not here and not faint else "undecided"
        kind = "monosemantic" if len(here) == 1 == len(good) else kind
        kind = "polysemantic" if len(good) >= 2 else kind
        kinds[kind] += 1
        kinds["shared"] += len(here) >= 2
        signs = [weights[i, k] > 0 for i in good]
        kinds["clashing"] += signs.count(True) >= 2 or signs.count(False) >= 2
    kinds["settled_features"], kinds["spread_features"], kinds["dead_features"] = len(settled), len(spread), len(dead)
    kinds["split_features"] = n - len(dead) - len(settled)
    kinds["faint_features"] = faint
    return kinds


@st.composite
def networks(draw):
    """Weights (r, n, m) with settled, split, faint, dead and crowded rows."""
    r, n, m = draw(st.integers(1, 3)), draw(st.integers(1, 6)), draw(st.integers(1, 5))
    levels = st.sampled_from([0.0, 0.0, 0.0, 0.05, 0.31, 0.45, 0.7, 0.9, 1.0, 1.3, -0.06, -0.4, -0.72, -0.85, -1.0])
    return np.array(draw(st.lists(levels, min_size=r * n * m, max_size=r * n * m))).reshape(r, n, m)


@pytest.mark.parametrize("thresholds", CHOICES, ids=str)
@settings(deadline=None, max_examples=60, derandomize=True)
@given(weights=networks())
def test_equals_plain_loops(thresholds, weights):
    found = census(weights, thresholds)
    for replicate, one in enumerate(weights):
        expected = by_loops(one, thresholds)
        assert {name: int(getattr(found, name)[replicate]) for name in COUNTS} == expected


@pytest.mark.parametrize("thresholds", CHOICES, ids=str)
@settings(deadline=None, max_examples=60, derandomize=True)
@given(weights=networks(), seed=st.integers(0, 2**32 - 1))
def test_renaming_renames_and_nothing_else(thresholds, weights, seed):
    """Permuting replicates, features and neurons, and flipping neurons' signs, does the same to the census."""
    r, n, m = weights.shape
    rng = np.random.default_rng(seed)
    a, i, k = rng.permutation(r), rng.permutation(n), rng.permutation(m)
    flip = rng.choice([-1, 1], m)
    before, after = census(weights, thresholds), census((weights * flip)[a][:, i][:, :, k], thresholds)
    for name in COUNTS:
        assert np.array_equal(getattr(after, name), getattr(before, name)[a]), name
    assert np.array_equal(after.carried, before.carried[a][:, i][:, :, k])
    assert np.array_equal(after.feature_state, before.feature_state[a][:, i])
    assert np.array_equal(after.neuron_state, before.neuron_state[a][:, k])
    assert np.array_equal(after.pair_counts(), before.pair_counts()[a][:, i][:, :, i])
    signs = {(e, f, g): s for e, f, g, s in listing(before)}
    for e, f, g, s in listing(after):
        assert s == signs[a[e], i[f], k[g]] * flip[k[g]]


@settings(deadline=None, max_examples=60, derandomize=True)
@given(weights=networks())
def test_neurons_and_features_are_each_counted_once(weights):
    found = census(weights)
    assert (found.dead + found.undecided + found.monosemantic + found.polysemantic == weights.shape[2]).all()
    assert (found.dead_features + found.split_features + found.settled_features == weights.shape[1]).all()
    assert (found.polysemantic <= found.shared).all()
    resolved = found.resolved
    assert np.array_equal(found.polysemantic[resolved], found.shared[resolved])
    assert (found.undecided[resolved] == 0).all()


@settings(deadline=None, max_examples=60, derandomize=True)
@given(weights=networks())
def test_pair_counts_are_products_of_what_is_carried(weights):
    """For distributed codes N = S Sᵀ with S the 0/1 matrix features × neurons."""
    found = census(weights, Thresholds(distributed=True))
    carried = found.carried.astype(int)
    assert np.array_equal(found.pair_counts(), carried @ carried.transpose(0, 2, 1))


@settings(deadline=None, max_examples=60, derandomize=True)
@given(weights=networks())
def test_collisions_equal_plain_loops(weights):
    found, first = leads(weights), collisions(weights)
    expected = []
    for a, one in enumerate(weights):
        for i in range(one.shape[0]):
            for j in range(i + 1, one.shape[0]):
                ti, tj = (max(range(one.shape[1]), key=lambda k: abs(one[f, k])) for f in (i, j))
                if ti == tj and one[i].any() and one[j].any():
                    expected.append((a, ti, i, j, bool(one[i, ti] * one[j, tj] < 0)))
    rows = zip(first.replicate, first.neuron, first.first, first.second, first.opposite, strict=True)
    assert sorted(rows) == sorted(expected)
    assert (found.neuron == -1).sum() == (~weights.any(axis=2)).sum()


def test_the_loops_notice_a_shifted_edge():
    """Control: with another edge the plain loops give other counts, so agreement means something."""
    weights = np.random.default_rng(0).uniform(-1, 1, (20, 6, 5))
    expected = [by_loops(one, Thresholds(carries_from=0.55))["shared"] for one in weights]
    assert census(weights).shared.tolist() != expected


def test_replicates_do_not_know_of_each_other():
    weights = np.random.default_rng(3).uniform(-1.2, 1.2, (4, 7, 5)).astype(np.float32)
    together = census(weights)
    for replicate, one in enumerate(weights):
        for name in COUNTS:
            assert getattr(census(one), name)[0] == getattr(together, name)[replicate]


def listing(found):
    return zip(found.listed_replicate, found.listed_feature, found.listed_neuron, found.listed_sign, strict=True)
