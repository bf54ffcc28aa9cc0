"""Which axis of a layer's output has the neurons: what layers say of themselves, what passes it on, what is asked."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the torch extra")

from torch import nn  # noqa: E402

from polygenesis.errors import InputError  # noqa: E402
from polygenesis.probe import capture, diagnose  # noqa: E402
from polygenesis.probe.inputs.labels import read_labels  # noqa: E402

pytestmark = pytest.mark.torch


class Permute(nn.Module):
    """Moves axes."""

    def __init__(self, *axes):
        super().__init__()
        self.axes = axes

    def forward(self, x):
        return x.permute(self.axes)


class Conv1D(nn.Module):
    """Hugging Face's linear layer with transposed weights: ``nf`` neurons, last."""

    def __init__(self, nf, nx):
        super().__init__()
        self.nf, self.weight = nf, nn.Parameter(torch.randn(nx, nf))

    def forward(self, x):
        return x @ self.weight


class LayerNorm2d(nn.LayerNorm):
    """timm's normalization of channels: a LayerNorm by its class, of the second axis."""

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Residual(nn.Module):
    """Adds what its convolutions give, as functions and not as layers do."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(6, 6, 3, padding=1)

    def forward(self, x):
        return torch.relu(x + self.conv(x))


def swin():
    """Channels last, as in Swin and ConvNeXt."""
    return nn.Sequential(
        nn.Conv2d(3, 6, 2, 2), Permute(0, 2, 3, 1), nn.LayerNorm(6), nn.Linear(6, 10), nn.GELU(), nn.Dropout(0.1),
        nn.Linear(10, 6), Permute(0, 3, 1, 2), nn.ReLU(), Residual(),
    )  # fmt: skip


IMAGES = torch.rand(12, 3, 8, 8, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("layer", "neurons", "axis"),
    [("0", 6, 1), ("2", 6, 3), ("3", 10, 3), ("4", 10, 3), ("5", 10, 3), ("6", 6, 3), ("9.conv", 6, 1), ("9", 6, 1)],
)
def test_channels_last_and_second_in_one_network(layer, neurons, axis):
    net = swin().eval()
    given = dict(net.named_modules())[layer]
    seen = []
    handle = given.register_forward_hook(lambda _, __, output: seen.append(output.detach()))
    with torch.no_grad():
        net(IMAGES)
    handle.remove()
    expected = np.moveaxis(seen[0].numpy(), axis, -1).reshape(12, -1, neurons)
    assert capture(net, layer, [IMAGES])[0] == pytest.approx(expected.max(axis=1), abs=1e-6)
    assert capture(net, layer, [IMAGES], pool="each")[0] == pytest.approx(expected.reshape(-1, neurons), abs=1e-6)
    assert capture(net, layer, [IMAGES], axis=axis)[0] == pytest.approx(expected.max(axis=1), abs=1e-6)


@pytest.mark.parametrize(
    ("layers", "neurons"),
    [
        ([nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6)], 6),
        ([nn.Conv2d(3, 6, 3), nn.GroupNorm(2, 6), nn.ReLU(inplace=True), nn.MaxPool2d(2)], 6),
        ([nn.Conv2d(3, 6, 3), nn.LayerNorm((6, 6, 6)), nn.SiLU()], 6),
        ([nn.Conv2d(3, 6, 3), LayerNorm2d(6)], 6),
        ([nn.Conv2d(3, 6, 3), nn.Sequential(nn.Sigmoid())], 6),
        ([nn.ConvTranspose2d(3, 6, 3), nn.AdaptiveAvgPool2d(1)], 6),
        ([nn.Conv2d(3, 6, 3), nn.Flatten(), nn.Linear(216, 4)], 4),
        ([nn.Flatten(2), nn.Conv1d(3, 6, 1), nn.ReLU()], 6),
        ([nn.Flatten(2), nn.Conv1d(3, 64, 1), nn.ReLU()], 64),  # as many channels as places
        ([nn.Flatten(2), nn.Linear(64, 3), nn.ReLU()], 3),
        ([nn.Flatten(2), nn.Linear(64, 5), nn.LSTM(5, 7, batch_first=True)], 7),
        ([nn.Flatten(2), Conv1D(5, 64)], 5),
        ([Permute(0, 2, 3, 1), Conv1D(8, 3)], 8),
        ([Permute(0, 2, 3, 1), nn.Linear(3, 8), nn.RMSNorm(8)], 8),
        ([Permute(2, 0, 1, 3), nn.Flatten(2), nn.GRU(24, 7)], 7),
    ],
)  # fmt: skip
def test_layers_say_which_axis_has_their_neurons(layers, neurons):
    net = nn.Sequential(*layers)
    found, _ = capture(net, str(len(layers) - 1), [IMAGES])
    assert found.shape[1] == neurons


def test_channels_that_a_relu_passes_on_are_its_input_s():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv1d(1, 8, 3, padding=1), nn.ReLU())
    inputs = torch.randn(10, 1, 8)
    with torch.no_grad():
        expected = net(inputs).amax(2).numpy()
    assert capture(net, "1", [inputs])[0] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("net", "layer", "options", "words"),
    [
        (nn.Sequential(nn.Identity()), "0", {}, r"gives shape \(12, 3, 8, 8\) and does not say .* axis=1 .* axis=-1"),
        (swin(), "1", {}, r"gives shape \(12, 4, 4, 6\) and does not say which axis has the neurons"),
        (swin(), "0", {"axis": 4}, r"`axis` is 4, but layer '0' gives shape \(12, 6, 4, 4\)"),
        (swin(), "0", {"axis": -4}, r"`axis` is -4, but layer '0'"),
    ],
)
def test_what_no_layer_says_is_asked_for(net, layer, options, words):
    with pytest.raises(InputError, match=words):
        capture(net, layer, [IMAGES], **options)
    assert capture(net, layer, [IMAGES], axis=-1)[0].shape[0] == 12


def test_images_have_no_first_and_last_place():
    with pytest.raises(InputError, match='`pool` is "last", but places along 2 axes have no order'):
        capture(swin(), "0", [IMAGES], pool="last")


def test_single_samples_are_no_batches():
    for net, inputs in (
        (nn.Sequential(nn.Conv2d(3, 6, 3)), IMAGES[0]),
        (nn.Sequential(nn.Linear(4, 5)), torch.ones(4)),
    ):
        with pytest.raises(InputError, match=r"torch\.utils\.data\.DataLoader\(dataset, batch_size=64\)"):
            capture(net, "0", [inputs])


def test_an_axis_that_changes_its_size_is_none_of_neurons():
    net = nn.Sequential(nn.Identity())
    with pytest.raises(InputError, match=r"gives 4 neurons for one batch and 5 for another.* say with axis="):
        capture(net, "0", [torch.ones(2, 4), torch.ones(2, 5)])


def test_time_before_samples_is_one_sentence():
    class Steps(nn.Module):
        def __init__(self):
            super().__init__()
            self.cells, self.out = nn.GRU(5, 7), nn.Linear(7, 3)

        def forward(self, x):
            return self.out(self.cells(x.transpose(0, 1))[0])

    x, y = torch.randn(12, 9, 5), torch.arange(12) % 2
    assert capture(Steps(), "cells", [(x, y)])[0].shape == (12, 7)
    with pytest.raises(InputError, match=r"each of the 9 inputs of a batch.* but has 12; its first axis must be that"):
        capture(Steps(), "out", [(x, y)])


@pytest.mark.parametrize(
    ("labels", "call"),
    [
        (np.arange(40) % 2, "activations.mean(1), or another number a sample and neuron, with these labels"),
        (np.arange(480).reshape(40, 12) % 3, "activations.reshape(-1, activations.shape[-1]) with labels.reshape(-1)"),
        (list(range(40)), "activations.mean(1)"),
    ],
)
def test_a_cache_of_tokens_is_no_list_of_runs(labels, call):
    cache = np.random.default_rng(0).standard_normal((40, 12, 16))
    for given in (cache, torch.from_numpy(cache)):
        with pytest.raises(InputError) as caught:
            diagnose(given, labels, draws=99)
        assert "a list of 40 runs of 12 samples, but `labels` has 40 labels" in str(caught.value)
        assert call in str(caught.value)


def test_caches_in_lists_and_square_ones_are_asked_for():
    cache, y = np.random.default_rng(0).standard_normal((12, 12, 16)), np.arange(12) % 2
    with pytest.raises(
        InputError, match=r"is no run, \(samples, neurons\), in a list of runs; .* activations\.mean\(1\)"
    ):
        diagnose([cache, cache], y, draws=99)
    with pytest.raises(InputError, match=r"can be 12 runs of 12 samples: pass list\(activations\) if it is"):
        diagnose(cache, y, draws=99)
    assert diagnose(list(cache), y, draws=99).census.shape == (12, 2, 16)
    assert diagnose(cache[:3], [y, y[::-1], y], draws=99).census.shape == (3, 2, 16)
    for labels in (read_labels(y), tuple(y.tolist())):
        assert diagnose(cache[:3], labels, draws=99).census.shape == (3, 2, 16)


def test_the_calls_for_a_cache_work():
    cache = np.random.default_rng(0).standard_normal((40, 12, 16))
    classes = np.arange(480).reshape(40, 12) % 3
    assert diagnose(cache.mean(1), np.arange(40) % 2, draws=99).census.shape == (1, 2, 16)
    assert diagnose(cache.reshape(-1, cache.shape[-1]), classes.reshape(-1), draws=99).census.shape == (1, 3, 16)
    assert diagnose(cache[:3].repeat(4, axis=1), np.arange(48) % 2, draws=99).census.shape == (3, 2, 16)
