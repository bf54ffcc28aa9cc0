import numpy as np
import pytest

from polygenesis import detect
from polygenesis.detect import NEURON_KINDS, NeuronKind
from polygenesis.errors import InputError


def names(codes):
    return [NEURON_KINDS[code].name for code in codes]


def test_kinds_by_hand():
    weights = [
        [0.9, 0.0, 0.0, 0.0, 0.0],
        [-0.9, 0.0, 0.0, 0.0, 0.0],
        [0.0, 0.8, 0.0, 0.0, 0.0],
        [0.0, 0.8, 0.0, 0.0, 0.0],
        [0.0, -0.8, 0.0, 0.0, 0.0],  # a third feature on one neuron leaves two of one sign
        [0.0, 0.0, 0.7, 0.0, 0.0],
        [0.0, 0.0, 0.0, 0.6, 0.6],  # not settled: both of its neurons wait
    ]
    kinds = detect.neuron_kinds(detect.census(weights))[0]
    assert names(kinds) == ["BENIGN", "MALIGN", "SINGLE", "UNDECIDED", "UNDECIDED"]
    assert names(detect.kinds_by_lead(weights)) == ["BENIGN", "MALIGN", "SINGLE", "SINGLE", "EMPTY"]
    assert detect.count_kinds(kinds, NeuronKind.BENIGN) == 1


def test_shared_kinds_agree_with_the_counts_of_census_and_collisions():
    generator = np.random.default_rng(0)
    weights = generator.normal(size=(5, 12, 8))
    led = detect.kinds_by_lead(weights)
    pairs = detect.collisions(weights)
    for replicate in range(5):
        mine = pairs.replicate == replicate
        shared = set(pairs.neuron[mine])
        malign = set(pairs.neuron[mine & ~pairs.opposite])
        assert set(np.flatnonzero(led[replicate] == NEURON_KINDS.index(NeuronKind.MALIGN))) == malign
        assert set(np.flatnonzero(led[replicate] == NEURON_KINDS.index(NeuronKind.BENIGN))) == shared - malign
    found = detect.census(weights)
    kinds = detect.neuron_kinds(found)
    both = detect.count_kinds(kinds, NeuronKind.BENIGN) + detect.count_kinds(kinds, NeuronKind.MALIGN)
    np.testing.assert_array_equal(both, found.polysemantic)
    np.testing.assert_array_equal(detect.count_kinds(kinds, NeuronKind.MALIGN), found.clashing)


def test_a_trajectory_is_read_one_time_after_the_other():
    path = np.random.default_rng(1).normal(size=(2, 3, 6, 4))
    found = detect.kinds_by_lead(path)
    assert found.shape == (2, 3, 4)
    for replicate in range(2):
        for time in range(3):
            np.testing.assert_array_equal(found[replicate, time], detect.kinds_by_lead(path[replicate, time]))


def test_a_feature_without_weights_is_on_no_neuron():
    assert names(detect.kinds_by_lead([[0.0, 0.0], [0.0, 0.3]])) == ["EMPTY", "SINGLE"]


def test_what_is_no_matrix_is_refused():
    with pytest.raises(InputError, match="must have shape"):
        detect.kinds_by_lead([1.0, 2.0])
