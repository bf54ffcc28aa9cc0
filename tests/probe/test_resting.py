"""Activations that are negligible beside the layer's: their differences are ties, unless every difference is asked."""

from __future__ import annotations

import numpy as np
import pytest

from polygenesis.errors import InputError
from polygenesis.probe import diagnose
from polygenesis.probe.inputs.activations import Activations
from polygenesis.probe.selection.resting import Rested, rested

FEATURES, NEURONS = 8, 12
RNG = np.random.default_rng(0)
INPUTS = RNG.random((2000, FEATURES)) * (RNG.random((2000, FEATURES)) < 0.15)
LABELS = (INPUTS > 0).astype(int)


def activations(noise: float, relu: bool = False, seed: int = 1) -> np.ndarray:
    """One neuron a feature, four without any, and noise of some size in all weights."""
    weights = np.eye(FEATURES, NEURONS) + noise * np.random.default_rng(seed).standard_normal((FEATURES, NEURONS))
    found = INPUTS @ weights
    return np.maximum(found, 0) if relu else found


@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize("kind", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("noise", [1e-6, 1e-5])
def test_noise_shares_no_neuron(noise, kind, relu):
    found = diagnose(activations(noise, relu).astype(kind), LABELS, draws=99, alternatives=())
    assert not found.shared
    if kind is not np.float16:  # which rounds some of the noise to zeros
        assert found.notes[0].startswith("4 of 12 neurons vary by less than 0.001 of what others of the layer do,")
    assert found.evidence[0].result is None or found.findings.result("accounting").neurons == (FEATURES,)


@pytest.mark.parametrize("neurons", [64, 400])
def test_noise_shares_no_neuron_of_a_layer_far_wider_than_needed(neurons):
    """Of 400 neurons one in fifty is live: no quantile of all can be the layer's scale."""
    noise = 1e-6 * np.random.default_rng(1).standard_normal((FEATURES, neurons))
    found = diagnose(INPUTS @ (np.eye(FEATURES, neurons) + noise), LABELS, draws=99, alternatives=())
    assert not found.shared
    assert found.notes[0].startswith(f"{neurons - FEATURES} of {neurons} neurons vary by less than 0.001")


def test_every_difference_counts_where_it_is_asked():
    found = diagnose(activations(1e-6), LABELS, draws=99, alternatives=(), negligible=0)
    assert len(found.shared) >= 6
    assert not any("less than 0" in each or "ties" in each for each in found.notes)
    assert found.record["options"]["negligible"] == 0
    for wrong in (-0.1, 1, "much"):
        with pytest.raises(InputError, match="Argument `negligible` must"):
            diagnose(activations(0), LABELS, negligible=wrong)
    with pytest.raises(InputError, match="Argument `negligible` needs `labels`"):
        diagnose(np.eye(3), negligible=0.1)


@pytest.mark.parametrize(
    "layer",
    [
        np.maximum(RNG.standard_normal((3000, 40)), 0),
        RNG.standard_normal((3000, 40)) * np.geomspace(0.01, 1, 40),
        RNG.standard_normal((3000, 40)) * np.r_[np.ones(39), 1e4],  # one giant unit, as of a residual stream
        RNG.standard_normal((3000, 200)) * np.r_[np.ones(196), [1e4, 2e4, 3e4, 4e4]],
        np.tanh(2 * RNG.standard_normal((3000, 40))),
        np.maximum(RNG.standard_normal((3000, 64)), 0) * 10 ** RNG.uniform(-2, 2, 64),  # which changes no network
        np.zeros((3000, 3)),
    ],
    ids=["ReLU", "spreads of 1 to 100", "a giant unit", "four giant units", "tanh", "rescaled units", "constant"],
)
def test_ordinary_layers_are_read_as_they_are(layer):
    source = Activations(layer)
    assert rested(source) is source


def test_what_rests_is_one_level_and_the_rest_stays():
    values = activations(1e-6)
    found = rested(Activations(values))
    assert isinstance(found, Rested)
    block = next(iter(found.blocks()))[1]
    assert [len(np.unique(row)) for row in block[FEATURES:]] == [1] * 4
    away = INPUTS.T > 0.01
    assert (block[:FEATURES][away] == values.T[:FEATURES][away]).all()
    assert (values == activations(1e-6)).all()  # the user's array is not written to
