"""Recipes against hand-made cases, enumeration and the loss itself."""

import itertools

import numpy as np
import pytest

from polygenesis import detect, theory
from polygenesis.dynamics import simulate
from polygenesis.errors import InputError
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec


def test_there_is_room_to_part_every_pair_exactly_where_m_is_at_least_n():
    run = simulate(RunSpec(TiedAutoencoder(n=12, m=14), penalty=L1(0.016), replicates=8))
    shared = detect.census(run.final).polysemantic
    unused = (run.final == 0).all(axis=1).sum(axis=1)
    np.testing.assert_array_equal(theory.unused_neurons(12, 14, shared).array, unused)
    assert theory.unused_neurons(12, 12, 4).value == 4


def test_redrawn_features_by_enumeration():
    """n = 4, m = 4, K = 2: two unused neurons give 4 slots, two occupied ones 1 each; count over all ordered draws."""
    n, m, k = 4, 4, 2
    slots = [(neuron, sign) for neuron in (0, 1) for sign in (1, -1)] + [(2, -1), (3, -1)]
    found = []
    for one, other in itertools.permutations(slots, 2):
        beside = sum(each[0] in (2, 3) for each in (one, other))
        found.append(beside + (one[0] == other[0]))
    assert float(theory.redrawn_shared(n, m, k)) == pytest.approx(np.mean(found))


def test_redrawn_features_far_from_crowding():
    assert float(theory.redrawn_shared(64, 64, 0)) == 0
    assert float(theory.redrawn_shared(10, 10_000, 1)) == pytest.approx(9 / (2 * 9991 + 9))
    np.testing.assert_allclose(theory.redrawn_shared(8, 8, np.array([0.0, 1.0])).array, [0, 7 / 9])


def test_collision_pressure_against_draws():
    n, m = 20, 40
    rows = np.abs(np.random.default_rng(0).standard_normal((400, n, m))) / m**0.5
    pressure = 0.02 + 0.3 * (rows.sum(axis=1, keepdims=True) - rows)
    drawn = pressure.mean(axis=(1, 2))
    assert abs(drawn.mean() - float(theory.collision_pressure(n, m, 0.02, 0.3))) < 5 * drawn.std() / 20  # below 1e-5


def test_silent_features_against_draws():
    bias, n, m = 0.15, 400, 16
    rows = np.random.default_rng(0).standard_normal((50, n, m)) / 4
    silent = (rows.max(axis=2) <= bias).sum(axis=1)
    expected = float(theory.silent_features(n, m, bias))
    error = silent.std() / 50**0.5
    assert abs(silent.mean() - expected) < 5 * error  # false alarm below 1e-5
    assert float(theory.silent_features(n, m, 0)) == pytest.approx(n * 2.0**-m)


def test_pruned_share():
    assert float(theory.pruned_share(4)) == 0.25


def test_impossible_counts_are_refused():
    with pytest.raises(InputError, match="`shared` must lie between 0 and n/2 = 2"):
        theory.redrawn_shared(4, 4, 3)
    with pytest.raises(InputError, match=r"`m` must be .*at least 4"):
        theory.unused_neurons(4, 3, 1)
    with pytest.raises(InputError, match="`bias`"):
        theory.silent_features(4, 4, -1)
