"""Marks of neurons: benign and malign by sign, single and undecided by the census."""

from __future__ import annotations

import numpy as np
import pytest

from polygenesis.detect import collisions, marks
from polygenesis.errors import InputError


def test_marks_of_a_network_by_hand():
    weights = np.array(
        [
            [0.9, 0.0, 0.0, 0.0, 0.0],  # on neuron 0,
            [-0.9, 0.0, 0.0, 0.0, 0.0],  # with the opposite sign: benign
            [0.0, 0.7, 0.0, 0.0, 0.0],  # on neuron 1,
            [0.0, 0.7, 0.0, 0.0, 0.0],  # with the same sign: malign
            [0.0, 0.0, 1.0, 0.0, 0.0],  # alone on neuron 2
            [0.0, 0.0, 0.0, 0.4, 0.3],  # largest on neuron 3, not settled
        ]
    )
    assert marks(weights).tolist() == ["benign", "malign", "single", "undecided", ""]


def test_three_features_on_a_neuron_have_a_malign_pair():
    assert marks([[1.0], [-1.0], [1.0]]).tolist() == ["malign"]


def test_a_dead_feature_marks_no_neuron():
    assert marks([[0.0, 0.0], [0.0, 1.0]]).tolist() == ["", "single"]


def test_many_networks_are_marked_one_by_one_and_hold_the_neurons_of_all_collisions():
    weights = np.random.default_rng(0).normal(size=(20, 12, 9))
    found, pairs = marks(weights), collisions(weights)
    assert all(np.array_equal(each, marks(one)) for each, one in zip(found, weights, strict=True))
    shared = np.isin(found, ["benign", "malign"])
    assert set(zip(*np.nonzero(shared), strict=True)) == set(zip(pairs.replicate, pairs.neuron, strict=True))


def test_other_shapes_are_refused():
    with pytest.raises(InputError, match="weights"):
        marks([1.0])
