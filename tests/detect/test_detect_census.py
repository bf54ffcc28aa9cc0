"""The census on small cases whose answer is known by hand, and its traps."""

import numpy as np
import pytest

from polygenesis.detect import (
    COUNTS,
    FEATURE_STATES,
    NEURON_STATES,
    PAPER_WINDOW,
    FeatureState,
    NeuronState,
    Thresholds,
    census,
    census_series,
)
from polygenesis.errors import InputError

# neuron:          0     1    2    3     4    5
BY_HAND = np.array(
    [
        [1.0, 0.0, 0.0, 0.0, 0.0, 0.0],  # 0: settled on 0
        [-0.9, 0.0, 0.0, 0.0, 0.0, 0.0],  # 1: settled on 0, opposite to 0
        [0.0, 0.95, 0.0, 0.0, 0.0, 0.0],  # 2: settled alone on 1
        [0.0, 0.0, 0.7, -0.7, 0.0, 0.0],  # 3: spread over 2 and 3
        [0.0, 0.0, 0.0, 1.0, 0.0, 0.0],  # 4: settled on 3, beside the spread one
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],  # 5: dead
        [0.4, 0.0, 0.0, 0.0, -0.45, 0.0],  # 6: faint
        [0.0, 0.0, 0.0, 0.0, 0.05, 0.0],  # 7: dead, though not quite zero
    ]
)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_by_hand(dtype):
    found = census(BY_HAND.astype(dtype))
    assert found.shape == (1, 8, 6)
    states = [FEATURE_STATES[code] for code in found.feature_state[0]]
    settled, spread, dead, faint = (
        FeatureState.SETTLED,
        FeatureState.SPREAD,
        FeatureState.DEAD,
        FeatureState.FAINT,
    )
    assert states == [settled, settled, settled, spread, settled, dead, faint, dead]
    assert [NEURON_STATES[code] for code in found.neuron_state[0]] == [
        NeuronState.POLYSEMANTIC,
        NeuronState.MONOSEMANTIC,
        NeuronState.UNDECIDED,
        NeuronState.UNDECIDED,
        NeuronState.UNDECIDED,  # empty, but feature 6 may still come here
        NeuronState.UNDECIDED,
    ]
    without = census(np.delete(BY_HAND, 6, axis=0).astype(dtype))
    assert (int(without.dead[0]), int(without.undecided[0])) == (2, 2)
    assert found.features_per_neuron.tolist() == [[2, 1, 1, 2, 0, 0]]
    assert found.settled_features_per_neuron.tolist() == [[2, 1, 0, 1, 0, 0]]
    assert found.neuron.tolist() == [[0, 0, 1, 2, 3, -1, 4, -1]]
    assert found.sign.tolist() == [[1, -1, 1, 1, 1, 0, -1, 0]]
    assert {name: int(getattr(found, name)[0]) for name in COUNTS} == {
        "dead": 0,
        "undecided": 4,
        "monosemantic": 1,
        "polysemantic": 1,
        "shared": 2,
        "clashing": 0,
        "settled_features": 4,
        "split_features": 2,
        "spread_features": 1,
        "faint_features": 1,
        "dead_features": 2,
    }
    assert found.polysemantic_neurons() == [(0, [(0, 1), (1, -1)])]
    assert not found.resolved[0]
    assert np.array_equal(found.carried[0], np.abs(BY_HAND) >= 0.5)


def test_pair_counts_leave_out_what_has_not_settled():
    counts = census(BY_HAND).pair_counts()[0]
    assert counts[0, 1] == counts[1, 0] == 1
    assert counts[3, 4] == 0
    assert np.diagonal(counts).tolist() == [1, 1, 1, 0, 1, 0, 0, 0]
    assert counts.sum() == 6


def test_distributed_codes_may_spread():
    """Where features have several neurons for good, two of them with the same two neurons share both."""
    weights = np.array([[0.7, 0.7, 0], [0.7, -0.7, 0], [0, 0, 1]])
    found = census(weights, Thresholds(distributed=True))
    assert found.resolved.all()
    assert found.split_features == 0
    assert found.spread_features == 2
    assert found.polysemantic == 2
    assert found.monosemantic == 1
    assert found.undecided == 0
    assert found.pair_counts()[0].tolist() == [[2, 2, 0], [2, 2, 0], [0, 0, 1]]


@pytest.mark.parametrize("thresholds", [Thresholds(), PAPER_WINDOW])
def test_a_split_feature_never_looks_monosemantic(thresholds):
    """A feature (.7, .7) is split, whether the window sees both of its weights or neither."""
    found = census([[0.7, 0.7]], thresholds)
    assert found.split_features == 1
    assert found.monosemantic == 0
    assert found.polysemantic == 0
    assert not found.resolved.any()


def test_two_split_features_fake_shared_neurons_only_in_the_published_count():
    found = census([[0.7, 0.7], [0.7, 0.7]])
    assert found.shared == 2
    assert found.polysemantic == 0
    assert found.undecided == 2


def test_a_dead_feature_leads_nowhere():
    """The argmax of a row of zeros is 0: were it believed, all dead features would share neuron 0."""
    found = census(np.zeros((1, 3, 4)))
    assert found.neuron.tolist() == [[-1, -1, -1]]
    assert found.sign.tolist() == [[0, 0, 0]]
    assert found.dead_features == 3
    assert found.dead == 4
    assert found.polysemantic == 0
    assert found.polysemantic_neurons() == []


def test_fractions_are_of_neurons():
    weights = np.zeros((2, 4, 10))
    weights[0, :2, 0] = 1, -1
    assert census(weights).polysemantic_fraction.tolist() == [0.1, 0.0]


def test_clashing_neurons_hold_two_of_one_sign():
    assert census([[1.0], [1.0]]).clashing == 1
    assert census([[-1.0], [-1.0]]).clashing == 1
    assert census([[1.0], [-1.0]]).clashing == 0
    assert census([[1.0], [-1.0], [-1.0]]).clashing == 1


def test_over_time():
    """Two features that start apart, split, and meet: the counts at each of three times."""
    path = np.array([[[[1.0, 0], [0, 1]], [[1.0, 0], [0.7, 0.7]], [[1.0, 0], [-1, 0]]]])
    series = census_series(path)
    assert series["polysemantic"].tolist() == [[0, 0, 1]]
    assert series["monosemantic"].tolist() == [[2, 0, 0]]
    assert series["undecided"].tolist() == [[0, 2, 0]]
    assert series["dead"].tolist() == [[0, 0, 1]]
    assert set(series) == set(COUNTS)


def test_tables_agree_with_counts():
    found = census(np.stack([BY_HAND, np.eye(8, 6)]))
    neurons, features, replicates = (found.to_dataframe(per) for per in ("neuron", "feature", "replicate"))
    assert len(neurons) == 12
    assert len(features) == 16
    assert len(replicates) == 2
    assert (neurons["state"] == "polysemantic").groupby(neurons["replicate"]).sum().tolist() == [1, 0]
    assert neurons.loc[0, "carries"] == "+0 -1"
    assert neurons.loc[3, "carries"] == "-3 +4"
    assert features["neurons"].tolist() == [1, 1, 1, 2, 1, 0, 0, 0] + [1] * 6 + [0, 0]
    assert replicates["dead_features"].tolist() == [2, 2]


def test_shows_itself():
    found = census(np.stack([BY_HAND, np.eye(8, 6)]))
    assert "0.5 (0–1) polysemantic" in repr(found)
    assert "n=8, m=6, 2 replicates" in repr(found)
    page = found._repr_html_()
    assert page.count("<tr>") == 4
    assert "<script" not in page
    assert "1 replicate;" in repr(census(BY_HAND))


@pytest.mark.parametrize(
    ("weights", "says"),
    [
        (np.zeros(3), "`weights` must have shape (n, m) or (r, n, m), but is shape (3,)"),
        (np.zeros((1, 1, 1, 1)), "`weights` must have shape"),
        (np.zeros((0, 3, 4)), "empty axis"),
        (np.zeros((3, 0)), "empty axis"),
        ([[1.0, np.nan]], "`weights` must be finite"),
        ([[1.0, -np.inf]], "`weights` must be finite"),
        ([["a", "b"]], "real numbers"),
        ([[1.0], [1.0, 2.0]], "`weights`"),
        ([[1j, 2.0]], "real numbers"),
    ],
)
def test_wrong_weights_are_one_sentence(weights, says):
    with pytest.raises(InputError) as caught:
        census(weights)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_other_wrong_arguments():
    with pytest.raises(InputError, match=r"`thresholds` must be a Thresholds value, but is 0\.5"):
        census(BY_HAND, 0.5)
    with pytest.raises(InputError, match="`replicate` must be between 0 and 0, but is 1"):
        census(BY_HAND).polysemantic_neurons(1)
    with pytest.raises(InputError, match="known: feature, neuron, replicate"):
        census(BY_HAND).to_dataframe("neurone")
    with pytest.raises(InputError, match=r"`trajectory` must have shape \(r, T, n, m\)"):
        census_series(BY_HAND)


def test_input_is_not_changed():
    weights = BY_HAND.copy()
    census(weights)
    assert np.array_equal(weights, BY_HAND)
