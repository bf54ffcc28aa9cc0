"""Splitting a neuron: the function is the same exactly, whatever the layers; gradients then differ."""

from __future__ import annotations

import numpy as np
import pytest

from polygenesis.errors import InputError
from polygenesis.probe import split_neuron, split_weights

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch
nn = torch.nn


def perceptron() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(5, 6), nn.GELU(), nn.Linear(6, 4)).double()


def convolutional() -> nn.Module:
    torch.manual_seed(1)
    return nn.Sequential(
        nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Conv2d(3, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(16, 5)
    ).double()


@pytest.mark.parametrize("outputs", [None, [], [1], [0, 3]])
def test_a_perceptron_computes_the_same(outputs):
    net, x = perceptron(), torch.randn(50, 5, dtype=torch.float64)
    found = split_neuron(net, "0", "2", 2, outputs, inputs=x, loss=lambda each: (each(x) ** 2).mean())
    assert found.grown
    assert found.to == 6
    assert found.largest_change < 1e-14
    assert found.before == pytest.approx(found.after, rel=1e-14)
    assert (found.module[0].weight[6] == net[0].weight[2]).all()
    assert (net[0].out_features, found.module[0].out_features, found.module[2].in_features) == (6, 7, 7)
    moved = {None: 0.5}.get(None) if outputs is None else torch.tensor([float(k in outputs) for k in range(4)])
    assert torch.allclose(found.module[2].weight[:, 6], net[2].weight[:, 2] * moved)
    assert "loss" in repr(found)


def test_channels_into_channels_and_into_a_flattened_image():
    net, x = convolutional(), torch.randn(7, 1, 8, 8, dtype=torch.float64)
    between = split_neuron(net, "0", "2", 1, [0, 2], inputs=x)
    assert between.largest_change < 1e-14
    assert between.module[2].in_channels == 4
    flat = split_neuron(net, "2", "6", 3, [4], inputs=x)
    assert flat.largest_change < 1e-14
    assert flat.module[6].weight.shape == (5, 20)
    assert (flat.module[6].weight[4, 12:16] == 0).all()


def test_an_unused_neuron_is_used_and_one_in_use_is_refused():
    net, x = perceptron(), torch.randn(9, 5, dtype=torch.float64)
    with torch.no_grad():
        net[2].weight[:, 4] = 0
    found = split_neuron(net, "0", "2", 1, [2], to=4, inputs=x)
    assert not found.grown
    assert found.module[0].out_features == 6
    assert found.largest_change < 1e-14
    for to in (1, 3, 9):
        with pytest.raises(InputError, match="`to` must be"):
            split_neuron(net, "0", "2", 1, to=to)


def test_the_halves_have_gradients_of_their_own():
    """The neuron whose outputs moved away no longer feels them: training can now part what the neuron mixed."""
    net, x = perceptron(), torch.randn(20, 5, dtype=torch.float64)
    twin = split_neuron(net, "0", "2", 2, [0], inputs=x).module
    (twin(x)[:, 0] ** 2).sum().backward()
    assert (twin[0].weight.grad[2] == 0).all()
    assert (twin[0].weight.grad[6] != 0).any()


def test_arrays_compute_the_same():
    rng = np.random.default_rng(0)
    first, second, bias, x = (rng.standard_normal(shape) for shape in ((5, 6), (6, 4), (6,), (30, 5)))
    grown, out, offsets = split_weights(first, second, 3, [1], bias=bias)
    assert np.tanh(x @ grown + offsets) @ out == pytest.approx(np.tanh(x @ first + bias) @ second)
    assert out[3, 1] == 0
    assert out[6].tolist() == [0, second[3, 1], 0, 0]
    assert len(split_weights(first, second, 0)) == 2


def test_wrong_input_is_one_sentence():
    net = perceptron()
    for arguments, words in [
        ((3, "0", "2", 1), r"torch\.nn\.Module, but is int"),
        ((net, "9", "2", 1), "Unknown layer '9'; known: 0, 1, 2"),
        ((net, "1", "2", 1), "`into` must name a linear layer or a convolution, but '1' is a GELU"),
        ((net, "0", "2", 6), "from 0 to 5, but is 6"),
        ((net, "0", "2", 1, [4]), "from 0 to 3, but is 4"),
        ((net, "2", "0", 1), "do not fit together: 4 neurons, but 5 inputs"),
    ]:
        with pytest.raises(InputError, match=words):
            split_neuron(*arguments)
    with pytest.raises(InputError, match="the same m"):
        split_weights(np.eye(3), np.eye(4), 0)
    with pytest.raises(InputError, match=r"`bias` must have shape \(3,\)"):
        split_weights(np.eye(3), np.eye(3), 0, bias=np.zeros(2))


def test_a_frozen_part_stays_frozen():
    net = nn.Sequential(nn.Linear(5, 6), nn.Dropout(0.5), nn.Linear(6, 4), nn.BatchNorm1d(4)).train()
    net[3].eval()
    found = split_neuron(net, "0", "2", 1, inputs=torch.randn(7, 5))
    assert [each.training for each in net.modules()] == [True, True, True, True, False]
    assert [each.training for each in found.module.modules()] == [True, True, True, True, False]
