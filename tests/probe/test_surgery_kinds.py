"""Neurons of every kind of layer are split exactly, or refused in one sentence with the module as it was."""

from __future__ import annotations

import copy
import dataclasses
import random
from collections import OrderedDict
from collections.abc import Mapping

import numpy as np
import pytest

from polygenesis.errors import InputError
from polygenesis.probe import split_and_relax_module, split_module, split_neuron, split_weights

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch
from torch.nn.utils import prune  # noqa: E402

nn = torch.nn
F = nn.functional


class Conv1D(nn.Module):
    """The layer of Hugging Face's GPT-2: weights (inputs, outputs)."""

    def __init__(self, nf, nx):
        super().__init__()
        self.nf, self.nx = nf, nx
        self.weight, self.bias = nn.Parameter(torch.randn(nx, nf) / 3), nn.Parameter(torch.randn(nf))

    def forward(self, x):
        return torch.addmm(self.bias, x.view(-1, x.size(-1)), self.weight).view(*x.shape[:-1], self.nf)


class Block(nn.Module):
    """A residual block of transposed layers whose inner width is also that of the stream."""

    def __init__(self, width=6, inner=6):
        super().__init__()
        self.c_fc, self.c_proj = Conv1D(inner, width), Conv1D(width, inner)

    def forward(self, x):
        return x + self.c_proj(F.gelu(self.c_fc(x)))


class Gated(nn.Module):
    def __init__(self, width=4, inner=6):
        super().__init__()
        self.gate, self.up = nn.Linear(width, inner, bias=False), nn.Linear(width, inner)
        self.down = nn.Linear(inner, width)

    def forward(self, x):
        return self.down(F.silu(self.gate(x)) * self.up(x))


class Fused(nn.Module):
    """Both projections of a gated layer in one, one behind the other, or in turn."""

    def __init__(self, turns=False):
        super().__init__()
        self.gate_up, self.down, self.turns = nn.Linear(4, 12), nn.Linear(6, 4), turns

    def forward(self, x):
        both = self.gate_up(x)
        gate, up = (both[..., ::2], both[..., 1::2]) if self.turns else both.chunk(2, -1)
        return self.down(F.silu(gate) * up)


class TwoReaders(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.Linear(5, 6), nn.Linear(6, 3), nn.Linear(6, 2)

    def forward(self, x):
        hidden = torch.relu(self.a(x))
        return torch.cat([self.b(hidden), self.c(hidden)], -1)


class HiddenReader(nn.Module):
    """Something that is no module reads the neurons too."""

    def __init__(self, reads):
        super().__init__()
        self.a, self.b, self.reads = nn.Linear(5, 6), nn.Linear(6, 3), reads

    def forward(self, x):
        hidden = torch.relu(self.a(x))
        return self.b(hidden) + self.reads(hidden)


class Answering(nn.Module):
    """Gives its output in a container, and takes it by keyword too."""

    def __init__(self, container):
        super().__init__()
        self.inner, self.container = perceptron(), container

    def forward(self, x, mask=None):
        out = self.inner(x)
        return self.container(out if mask is None else out * mask[:, None])


class ModelOutput(OrderedDict):
    """As Hugging Face's: a mapping whose values are attributes."""


@dataclasses.dataclass
class Output:
    logits: object
    loss: object = None


class Batch(Mapping):
    """As a BatchEncoding: a mapping that is no dict."""

    def __init__(self, **data):
        self.data = data

    def __getitem__(self, name):
        return self.data[name]

    def __iter__(self):
        return iter(self.data)

    def __len__(self):
        return len(self.data)


def perceptron(*between):
    return nn.Sequential(nn.Linear(5, 6), *(between or (nn.GELU(),)), nn.Linear(6, 3))


def fitted(net):
    """Give normalizations random numbers, so that nothing is exact by chance."""
    with torch.no_grad():
        for part in net.modules():
            if "Norm" in type(part).__name__:
                for name, each in (*part.named_parameters(recurse=False), *part.named_buffers(recurse=False)):
                    if each.is_floating_point():
                        each.uniform_(0.5, 2) if "var" in name or name == "weight" else each.normal_()
    return net.eval()


def bits(net):
    """Everything by which a module that was only looked at could differ."""
    state = {name: each.clone() for name, each in net.state_dict().items()}
    tree = [(name, id(part), part.training, sorted(vars(part))) for name, part in net.named_modules()]
    return state, tree, [id(each) for each in (*net.parameters(), *net.buffers())], drawn()


def drawn():
    return torch.get_rng_state().clone(), random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002


def same(before, net):
    after = bits(net)
    assert list(before[0]) == list(after[0])
    assert all(torch.equal(before[0][name], each) for name, each in after[0].items())
    assert before[1:3] == after[1:3]
    assert torch.equal(before[3][0], after[3][0])
    assert before[3][1:] == after[3][1:]


def split(net, into, out_of, neuron, *outputs, tolerance=1e-12, **how):
    """Split a neuron in double precision, and see that the module is as it was and computes the same."""
    net, x = net.double(), how.pop("inputs")
    before = bits(net)
    found = split_neuron(net, into, out_of, neuron, *outputs, inputs=x, tolerance=tolerance, **how)
    same(before, net)
    assert found.largest_change < 1e-12
    if isinstance(x, torch.Tensor):
        with torch.no_grad():
            assert torch.allclose(found.module.eval()(x), copy.deepcopy(net).eval()(x), rtol=0, atol=1e-12)
    return found


def refused(words, net, into, out_of, neuron=1, *outputs, **how):
    before = bits(net)
    with pytest.raises(InputError, match=words) as caught:
        split_neuron(net, into, out_of, neuron, *outputs, **how)
    same(before, net)
    assert "\n" not in str(caught.value)


def vectors(*shape):
    return torch.randn(*shape, dtype=torch.float64)


STACKS = {
    "linear": (lambda: nn.Sequential(nn.Linear(5, 6), nn.GELU(), nn.Dropout(0.3), nn.Linear(6, 3)), "0", "3", (9, 5)),
    "tokens": (lambda: perceptron(), "0", "2", (3, 7, 5)),
    "single neuron": (
        lambda: nn.Sequential(nn.Linear(5, 1), nn.ReLU(), nn.Linear(1, 4), nn.Linear(4, 4)), "0", "2", (9, 5)
    ),
    "BatchNorm1d": (
        lambda: nn.Sequential(nn.Linear(5, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 3)), "0", "3", (9, 5)
    ),
    "BatchNorm1d of tokens": (
        lambda: nn.Sequential(nn.Conv1d(5, 6, 3), nn.BatchNorm1d(6, affine=False), nn.ReLU(), nn.Conv1d(6, 3, 2)),
        "0", "3", (4, 5, 8),
    ),
    "BatchNorm2d": (
        lambda: nn.Sequential(nn.Conv2d(2, 6, 3), nn.BatchNorm2d(6), nn.SiLU(), nn.Conv2d(6, 3, 3, padding=1)),
        "0", "3", (4, 2, 7, 7),
    ),
    "BatchNorm2d without statistics": (
        lambda: nn.Sequential(
            nn.Conv2d(2, 6, 3), nn.BatchNorm2d(6, track_running_stats=False), nn.ReLU(), nn.Conv2d(6, 3, 3)
        ),
        "0", "3", (4, 2, 7, 7),
    ),
    "InstanceNorm2d": (
        lambda: nn.Sequential(nn.Conv2d(2, 6, 3), nn.InstanceNorm2d(6, affine=True), nn.Conv2d(6, 3, 3)),
        "0", "2", (4, 2, 7, 7),
    ),
    "PReLU of channels": (lambda: perceptron(nn.PReLU(6)), "0", "2", (9, 5)),
    "PReLU": (lambda: perceptron(nn.PReLU()), "0", "2", (9, 5)),
    "pooling and flattening": (
        lambda: nn.Sequential(
            nn.Conv2d(2, 6, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.BatchNorm1d(24), nn.Linear(24, 3)
        ),
        "0", "5", (4, 2, 6, 6),
    ),
    "averaging": (
        lambda: nn.Sequential(nn.Conv2d(2, 6, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 3)),
        "0", "3", (4, 2, 6, 6),
    ),
    "one dimension into linear": (
        lambda: nn.Sequential(nn.Conv1d(2, 6, 3), nn.ReLU(), nn.AvgPool1d(2), nn.Flatten(), nn.Linear(18, 3)),
        "0", "4", (4, 2, 8),
    ),
    "transposed": (
        lambda: nn.Sequential(nn.ConvTranspose2d(2, 6, 3), nn.ReLU(), nn.ConvTranspose2d(6, 3, 2, stride=2)),
        "0", "2", (4, 2, 5, 5),
    ),
    "three dimensions": (
        lambda: nn.Sequential(nn.Conv3d(1, 6, 2), nn.BatchNorm3d(6), nn.Conv3d(6, 2, 2)), "0", "2", (2, 1, 4, 4, 4)
    ),
    "linear into an image": (
        lambda: nn.Sequential(nn.Linear(5, 6), nn.ReLU(), nn.Unflatten(1, (-1, 1, 1)), nn.ConvTranspose2d(6, 2, 3)),
        "0", "3", (4, 5),
    ),
    "Conv1D": (Block, "c_fc", "c_proj", (3, 4, 6)),
    "gated": (Gated, ("gate", "up"), "down", (3, 4, 4)),
    "gate and projection in one": (Fused, "gate_up", "down", (3, 4, 4)),
    "gate and projection in turn": (lambda: Fused(turns=True), "gate_up", "down", (3, 4, 4)),
    "GLU": (lambda: nn.Sequential(nn.Linear(4, 12), nn.GLU(), nn.Linear(6, 4)), "0", "2", (3, 4, 4)),
    "two readers": (TwoReaders, "a", ("b", "c"), (9, 5)),
    "two readers, one named": (TwoReaders, "a", "b", (9, 5)),
}  # fmt: skip


@pytest.mark.parametrize("kind", STACKS)
def test_each_kind_is_exact(kind):
    torch.manual_seed(0)
    make, into, out_of, shape = STACKS[kind]
    net, x = fitted(make()), vectors(*shape)
    found = split(net, into, out_of, 0 if kind == "single neuron" else 3, inputs=x)
    assert found.grown
    assert isinstance(found.readers, tuple)
    if kind != "single neuron":
        silenced = copy.deepcopy(found.module)
        again = split(silenced, into, out_of, 0, inputs=x)  # what was split can be split
        assert again.to == 7
        outputs = {found.readers[0]: [1]} if isinstance(out_of, tuple) else [1]
        assert split(net, into, out_of, 2, outputs, inputs=x).to == 6


@pytest.mark.parametrize("kind", [each for each in STACKS if each != "single neuron"])
def test_an_unused_neuron_of_each_kind_is_used(kind):
    torch.manual_seed(1)
    make, into, out_of, shape = STACKS[kind]
    net, x = fitted(make()).double(), vectors(*shape)
    grown = split_neuron(net, into, out_of, 5, inputs=x)
    readers = [dict(net.named_modules())[name] for name in grown.readers]
    with torch.no_grad():
        for each in readers:
            axis = 0 if isinstance(each, Conv1D | nn.ConvTranspose2d) else 1
            block = each.weight.shape[axis] // 6
            each.weight.movedim(axis, 0)[4 * block : 5 * block] = 0
    found = split(net, into, out_of, 2, to=4, inputs=x)
    assert not found.grown
    assert found.to == 4
    assert [tuple(each.shape) for each in found.module.parameters()] == [tuple(each.shape) for each in net.parameters()]
    refused("`to` must be", net, into, out_of, 2, to=3, inputs=x)


def test_statistics_are_copied_and_learn_the_same():
    """In training mode too: the two channels have the same batch statistics."""
    torch.manual_seed(0)
    net, x = fitted(STACKS["BatchNorm2d"][0]()), vectors(4, 2, 7, 7)
    found = split(net, "0", "3", 2, inputs=x)
    assert found.companions == ("1",)
    norm = found.module[1]
    assert norm.num_features == len(norm.running_mean) == len(norm.weight) == 7
    assert norm.running_var[6] == net[1].running_var[2]
    assert torch.allclose(found.module.train()(x), net.train()(x), rtol=0, atol=1e-12)
    assert torch.allclose(found.module[1].running_mean[6], net[1].running_mean[2])


def test_a_transposed_layer_keeps_the_stream():
    """The width of the stream and of the layer are the same: a row taken for a column would alter the stream."""
    torch.manual_seed(0)
    found = split(Block(), "c_fc", "c_proj", 2, [0, 3], inputs=vectors(3, 4, 6))
    grown = found.module
    assert (grown.c_fc.nf, grown.c_fc.nx, grown.c_proj.nf, grown.c_proj.nx) == (7, 6, 6, 7)
    assert grown.c_fc.weight.shape == (6, 7)
    assert (grown.c_proj.weight[2, [0, 3]] == 0).all()
    assert (grown.c_proj.weight[6, [1, 2, 4, 5]] == 0).all()


def test_places_flattened_before_channels():
    class Last(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.out = nn.Conv2d(1, 3, 2), nn.Linear(27, 2)

        def forward(self, x):
            return self.out(self.conv(x).relu().permute(0, 2, 3, 1).flatten(1))

    torch.manual_seed(0)
    net, x = Last(), vectors(5, 1, 4, 4)
    found = split(net, "conv", "out", 1, [0], inputs=x)
    assert (found.module.out.weight[0, 1::4] == 0).all()
    assert (found.module.out.weight[1, 3::4] == 0).all()
    split(found.module, "conv", "out", 3, inputs=x)


def test_a_gated_layer_needs_both_names():
    torch.manual_seed(0)
    net, x = Gated().double(), vectors(9, 4)
    for name in ("gate", "up"):
        refused("the second projection of a gated layer, which `into` must then name too", net, name, "down", inputs=x)
    with torch.no_grad():
        net.down.weight[:, 4] = 0
    refused("would change what 'down' answers", net, "gate", "down", to=4, inputs=x)
    refused("do not fit together: 15 neurons", nn.Sequential(nn.Linear(4, 15), nn.Linear(5, 2)), "0", "1", inputs=x)


def test_every_reader_must_be_silent_for_a_neuron_to_be_unused():
    torch.manual_seed(0)
    net, x = TwoReaders(), torch.randn(9, 5)
    with torch.no_grad():
        net.b.weight[:, 4] = 0
    refused("`to` must be another neuron", net, "a", "b", to=4, inputs=x)
    refused("`to` must be another neuron", net, "a", "b", to=4, loss=lambda each: each(x).square().mean())
    refused(r"`outputs` must be \{layer", net, "a", ("b", "c"), 1, [0], inputs=x)
    refused("`outputs` must name layers of `out_of`, b", net, "a", "b", 1, {"c": [0]}, inputs=x)


class Fold(nn.Module):
    def forward(self, x):
        return x.softmax(-1)


OTHERS = {
    "LayerNorm": (lambda: perceptron(nn.LayerNorm(6)), "LayerNorm '1' gives, which reads all neurons together"),
    "RMSNorm": (lambda: perceptron(nn.RMSNorm(6)), "RMSNorm '1' gives"),
    "GroupNorm": (lambda: perceptron(nn.GroupNorm(2, 6)), "GroupNorm '1' gives"),
    "softmax": (lambda: perceptron(nn.Softmax(-1)), "Softmax '1' gives"),
    "softmax of the user's": (lambda: perceptron(Fold()), "Fold '1' gives"),
    "LSTM": (lambda: HiddenReader(Recurrent()), "LSTM 'reads.lstm' gives"),
    "weights in the loss": (
        lambda: HiddenReader(lambda h: h @ torch.ones(6, 3)),
        "does not run once the neuron is split",
    ),
    "a sum over neurons": (lambda: HiddenReader(lambda h: h.sum(-1, keepdim=True)), "would change an output"),
    "a mean over neurons": (lambda: HiddenReader(lambda h: h.mean(-1, keepdim=True)), "would change an output"),
    "residual": (lambda: HiddenReader(lambda h: h[:, :3]), None),
    "neurons given away": (lambda: Giving(), "the shape of an output"),
}


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(6, 3, batch_first=True)

    def forward(self, x):
        return self.lstm(x[:, None])[0][:, 0]


class Giving(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(5, 6), nn.Linear(6, 3)

    def forward(self, x):
        hidden = self.a(x).relu()
        return self.b(hidden), hidden


@pytest.mark.parametrize("kind", OTHERS)
def test_what_mixes_neurons_is_refused(kind):
    torch.manual_seed(0)
    make, words = OTHERS[kind]
    net, x = fitted(make()), torch.randn(9, 5)
    into, out_of = ("a", "b") if hasattr(net, "a") else ("0", "2")
    if words is None:  # others read some neurons by their places, and a new one behind them changes nothing
        assert split_neuron(net, into, out_of, 1, inputs=x).largest_change < 1e-6
    else:
        refused(words, net, into, out_of, inputs=x)


def tied():
    net = nn.Sequential(nn.Linear(5, 6), nn.ReLU(), nn.Linear(6, 5))
    net[2].weight = nn.Parameter(net[0].weight.detach().t())
    return net


def siamese():
    net = nn.Sequential(nn.Linear(5, 6), nn.ReLU(), nn.Linear(6, 5), nn.Linear(5, 6))
    net[3].weight = net[0].weight
    return net


def changed(change):
    net = perceptron()
    net[0] = change(net[0]) or net[0]
    return net


class Quantized(nn.Module):
    """As a dynamically quantized layer: its weight is a method."""

    def __init__(self):
        super().__init__()
        self.in_features, self.out_features, self.kept = 5, 6, nn.Linear(5, 6)
        self._modules.clear()

    def weight(self):
        return None

    def forward(self, x):
        return x.new_ones(len(x), 6)


class Adapted(nn.Linear):
    """As a layer with a low-rank adapter."""

    def __init__(self):
        super().__init__(5, 6)
        self.lora_A, self.lora_B = nn.Parameter(torch.randn(2, 5)), nn.Parameter(torch.randn(6, 2))

    def forward(self, x):
        return super().forward(x) + x @ self.lora_A.T @ self.lora_B.T


def half_integers(layer):
    layer.weight = nn.Parameter(layer.weight.detach().to(torch.int8), requires_grad=False)


WEIGHTS = {
    "tied to its transpose": (tied, "tied: they share their numbers"),
    "tied to another": (siamese, "'0.weight' and '3.weight' are tied"),
    "weight_norm": (lambda: changed(nn.utils.parametrizations.weight_norm), "is computed from other parameters"),
    "spectral_norm": (lambda: changed(nn.utils.parametrizations.spectral_norm), "is computed from other parameters"),
    "pruned": (
        lambda: changed(lambda part: prune.l1_unstructured(part, "weight", 0.5)),
        "is computed from other parameters",
    ),
    "quantized": (lambda: changed(lambda _: Quantized()), "without a plain weight, as quantized layers are"),
    "whole numbers": (
        lambda: changed(half_integers),
        "must have plain floating-point weights, but has a Parameter of int8",
    ),
    "adapted": (lambda: changed(lambda _: Adapted()), "no parameters but weight and bias, but has lora_A, lora_B"),
    "lazy": (lambda: changed(lambda _: nn.LazyLinear(6)), "has no weights yet"),
    "meta": (lambda: changed(lambda part: part.to("meta")), "on the device 'meta'"),
}


@pytest.mark.parametrize("kind", WEIGHTS)
def test_weights_that_cannot_change_alone_are_refused(kind):
    torch.manual_seed(0)
    make, words = WEIGHTS[kind]
    with pytest.raises(InputError, match=words):
        split_neuron(make(), "0", "2", 1, inputs=torch.randn(3, 5))


def test_groups_and_depths_are_refused():
    grouped = nn.Sequential(nn.Conv2d(2, 6, 3), nn.Conv2d(6, 6, 3, groups=6), nn.Conv2d(6, 3, 1))
    x = torch.randn(2, 2, 7, 7)
    refused("'1' is a convolution in 6 groups", grouped, "0", "1", inputs=x)
    refused("'1' is a convolution in 6 groups", grouped, "0", "2", inputs=x)


def test_a_competition_between_neurons_is_refused_though_the_inputs_do_not_show_it():
    """A second copy of a strong neuron takes the place of another: seen only where the neuron is strong."""

    class Strongest(nn.Module):
        def forward(self, x):
            kept = x.topk(3, -1)
            return torch.zeros_like(x).scatter(-1, kept.indices, kept.values)

    torch.manual_seed(0)
    net, x = perceptron(Strongest()), torch.randn(9, 5)
    with torch.no_grad():
        net[0].bias[1] = -100
    refused("where neuron 1 is driven far up and down", net, "0", "2", inputs=x)
    refused("where neuron 1 is driven|would change", net, "0", "2", loss=lambda each: each(x).square().mean())


def test_parts_with_two_names_are_split_once():
    class Named(nn.Module):
        def __init__(self):
            super().__init__()
            self.encode, self.decode = nn.Linear(5, 6), nn.Linear(6, 3)
            self.stack = nn.Sequential(self.encode, nn.ReLU(), self.decode)

        def forward(self, x):
            return self.stack(x)

    torch.manual_seed(0)
    for names in (("encode", "decode"), ("stack.0", "stack.2")):
        found = split(Named(), *names, 2, inputs=vectors(4, 5))
        assert found.module.encode is found.module.stack[0]


def test_a_layer_used_twice_is_split_in_both_uses():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(5, 6), nn.Linear(6, 5)

        def forward(self, x):
            for _ in range(2):
                x = x + self.b(self.a(x).relu())
            return x

    torch.manual_seed(0)
    split(Twice(), "a", "b", 3, inputs=vectors(4, 5))


def test_a_threshold_hides_nothing():
    class Jump(nn.Module):
        def forward(self, x):
            return torch.where(x > 0.1, x, torch.zeros_like(x))

    torch.manual_seed(0)
    split(perceptron(Jump()), "0", "2", 3, inputs=vectors(9, 5))


@pytest.mark.parametrize(
    "container",
    [lambda out: (out, None), lambda out: {"logits": out}, lambda out: ModelOutput(logits=out), lambda out: Output(out),
     lambda out: [(out, {"deep": out})]],
    ids=["tuple", "dict", "ModelOutput", "dataclass", "nested"],
)  # fmt: skip
def test_outputs_of_any_form_are_compared(container):
    torch.manual_seed(0)
    net, x, mask = Answering(container), torch.randn(9, 5), torch.ones(9)
    labels = torch.arange(9)
    for inputs in (
        x, (x,), [x], (x, mask), {"x": x}, {"x": x, "mask": mask}, Batch(x=x, mask=mask), (x, mask, labels),
        ({"x": x}, labels), (Batch(x=x, mask=mask), labels), Batch(x=x, labels=labels),
    ):  # fmt: skip
        found = split_neuron(net, "inner.0", "inner.2", 2, inputs=inputs)
        assert found.largest_change < 1e-6
    with pytest.raises(InputError, match="does not run on `inputs`"):
        split_neuron(net, "inner.0", "inner.2", 2, inputs=torch.randn(9, 4))
    with pytest.raises(InputError, match=r"`inputs` must be a batch|does not run on `inputs`"):
        split_neuron(net, "inner.0", "inner.2", 2, inputs=())


def test_nothing_unverified_is_returned():
    torch.manual_seed(0)
    net = perceptron()
    refused("`inputs` must be given", net, "0", "2")
    refused("so that no split can be verified", net, "0", "2", loss=lambda _: 1.0)
    refused("must give finite numbers .* but gives none", net, "0", "2", inputs=torch.randn(0, 5))
    refused("but gives NaN or infinity", net, "0", "2", inputs=torch.full((3, 5), float("nan")))
    refused("`loss` must return a number", net, "0", "2", loss=lambda each: each(torch.randn(3, 5)))
    refused("`loss` must be a function", net, "0", "2", loss=1.0)
    refused("`tolerance` must be a number from 0 to 1", net, "0", "2", inputs=torch.randn(3, 5), tolerance=-1)
    with pytest.raises(InputError, match=r"`inputs` must be given|does not run on `inputs`"):
        split_module(net, "0", "2", None)


def test_the_module_is_as_it_was():
    """Counters, running statistics, hooks, modes, gradients and random numbers; also the inputs."""

    class Counting(nn.Module):
        def __init__(self):
            super().__init__()
            self.calls, self.register = 0, self.register_buffer("seen", torch.zeros(1))
            self.inner = nn.Sequential(nn.ReLU(inplace=True), nn.Linear(5, 6), nn.BatchNorm1d(6), nn.Linear(6, 3))

        def forward(self, x):
            self.calls += 1
            self.seen += 1
            return self.inner(x) + 0 * torch.rand(1) * random.random() * np.random.rand()  # noqa: NPY002

    torch.manual_seed(0)
    net, x = Counting(), torch.randn(9, 5)
    net.train()
    net.inner[2].eval()
    net(x.clone()).sum().backward()
    kept, gradients, before = x.clone(), [each.grad.clone() for each in net.parameters()], bits(net)
    found = split_neuron(net, "inner.1", "inner.3", 2, inputs=x)
    same(before, net)
    assert net.calls == found.module.calls == 1
    assert torch.equal(x, kept)
    assert all(torch.equal(each.grad, old) for each, old in zip(net.parameters(), gradients, strict=True))
    assert not any(each._forward_hooks or each._forward_pre_hooks for each in (*net.modules(), *found.module.modules()))
    assert [each.training for each in found.module.modules()] == [each.training for each in net.modules()]
    assert list(found.module.state_dict()) == list(net.state_dict())


def test_frozen_weights_and_precision_stay():
    torch.manual_seed(0)
    for dtype, limit in ((torch.float32, 1e-5), (torch.bfloat16, 0.1), (torch.float16, 0.01)):
        net, x = perceptron(nn.ReLU()).to(dtype), torch.randn(9, 5).to(dtype)
        net[0].weight.requires_grad_(False)
        found = split_neuron(net, "0", "2", 2, inputs=x)
        assert found.largest_change < limit
        assert {each.dtype for each in found.module.parameters()} == {dtype}
        assert [each.requires_grad for each in found.module.parameters()] == [False, True, True, True]


def test_a_module_that_draws_is_said_to():
    class Noisy(nn.Module):
        def forward(self, x):
            return F.dropout(x, 0.5, training=True)

    torch.manual_seed(0)
    refused("draws random numbers in evaluation mode", perceptron(Noisy()), "0", "2", inputs=torch.randn(9, 5))


def test_a_module_that_cannot_be_copied_is_refused():
    class Kept(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = perceptron()
            self.last = self.inner(torch.zeros(1, 5))

        def forward(self, x):
            return self.inner(x)

    with pytest.raises(InputError, match="The module cannot be copied"):
        split_neuron(Kept(), "inner.0", "inner.2", 1, inputs=torch.randn(3, 5))


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_names_that_do_not_fit():
    net, x = perceptron(), torch.randn(3, 5)
    for arguments, words in [
        ((net, ("0", "0"), "2", 1), "`into` must name each layer once"),
        ((net, (), "2", 1), "`into` must be the dotted name of a layer"),
        ((net, 0, "2", 1), "`into` must be the dotted name of a layer"),
        ((net, "0", "0", 1), "must be different ones"),
        ((net, ("0", "2"), "2", 1), "must be different ones"),
        ((net, "0", "1", 1), "`out_of` must name a linear layer or a convolution, but '1' is a GELU"),
        ((nn.Sequential(perceptron(), nn.ReLU()), "0", "1", 1), r"but '0' is a Sequential; in it are 0\.0, 0\.2"),
        ((torch.jit.trace(net, x), "0", "2", 1), "TorchScript"),
    ]:
        with pytest.raises(InputError, match=words):
            split_neuron(*arguments, inputs=x)
    x = torch.randn(3, 5)
    for how, words in [
        ({"outputs": 0}, "`outputs` must be a list of whole numbers, but is 0"),
        ({"outputs": {"2": 0}}, "`outputs` must be a list of whole numbers, but is 0"),
        ({"outputs": "a"}, "`outputs` must be a list of whole numbers"),
        ({"outputs": torch.tensor([3])}, "from 0 to 2, but is 3"),
        ({"widen_all": "yes"}, "`widen_all` must be True or False"),
        ({"to": "a"}, "`to` must be a whole number"),
        ({"inputs": x.numpy()}, "does not run on `inputs`"),
        ({"inputs": None, "loss": lambda _: 1 / 0}, "`loss` does not run on the module: division by zero"),
    ]:
        with pytest.raises(InputError, match=words):
            split_neuron(net, "0", "2", 1, **{"inputs": x, **how})
    with pytest.raises(InputError, match="`features` must hold finite numbers"):
        split_module(net, "0", "2", x, features="a")
    deeper = nn.Sequential(nn.Linear(5, 6), nn.ReLU(), nn.Linear(6, 6), nn.ReLU(), nn.Linear(6, 6))
    refused("'4' must read the neurons of '0'", deeper, "0", "4", inputs=x)


def test_matrices_under_other_names_go_to_split_weights():
    class Transformer(nn.Module):
        def __init__(self):
            super().__init__()
            self.W_in, self.W_out = nn.Parameter(torch.randn(5, 6)), nn.Parameter(torch.randn(6, 3))
            self.b_in = nn.Parameter(torch.randn(6))

        def forward(self, x):
            return (x @ self.W_in + self.b_in).relu() @ self.W_out

    torch.manual_seed(0)
    net, x = nn.Sequential(Transformer()), torch.randn(4, 5)
    refused("weights called W_in, W_out; `split_weights` splits", net, "0", "0", inputs=x)
    part = net[0]
    first, second, bias = split_weights(part.W_in, part.W_out.detach(), 2, [1], bias=part.b_in)
    answers = np.maximum(x.numpy() @ first + bias, 0) @ second
    np.testing.assert_allclose(answers, net(x).detach().numpy(), atol=1e-5)


# Dividing by what enters


@pytest.mark.parametrize("kind", ["BatchNorm1d", "Conv1D", "another reader"])
def test_features_are_split_apart_in_each_kind(kind):
    torch.manual_seed(0)
    x = torch.cat([size * torch.eye(5, dtype=torch.float64) for size in (0.5, 1.0, 2.0)])
    net = {
        "BatchNorm1d": lambda: nn.Sequential(nn.Linear(5, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 3)),
        "Conv1D": lambda: nn.Sequential(Conv1D(6, 5), nn.GELU(), nn.Identity(), Conv1D(3, 6)),
        "another reader": TwoReaders,
    }[kind]()
    net, names = fitted(net).double(), ("a", "b") if kind == "another reader" else ("0", "3")
    together, before = 3 * vectors(50, 5), bits(net)
    found = split_module(net, *names, x, activation=torch.relu)
    same(before, net)
    assert found.before.shared[0] > 0
    assert not found.after.shared.any()
    assert found.change < 1e-12
    with pytest.raises(InputError, match="only features that do not occur together"):
        split_module(net, *names, together, activation=torch.relu)
    same(before, net)


def test_features_of_a_gated_layer_are_refused():
    with pytest.raises(InputError, match="neurons of a gated layer are products"):
        split_module(Gated(), ("gate", "up"), "down", torch.randn(3, 4))
    with pytest.raises(InputError, match=r"must be a torch\.nn\.Linear, but is Conv2d"):
        split_module(nn.Sequential(nn.Conv2d(1, 2, 3), nn.Conv2d(2, 1, 3)), "0", "1", torch.randn(1, 1, 7, 7))


# Training on


@pytest.mark.parametrize("kind", ["Conv1D", "gated", "GLU", "BatchNorm2d", "two readers, one named", "transposed"])
def test_each_kind_is_trained_on(kind):
    torch.manual_seed(0)
    make, into, out_of, shape = STACKS[kind]
    net, x = fitted(make()).double(), vectors(*shape)
    before, seen = bits(net), []

    def loss(each, batch):
        return each(batch).square().mean()

    steps = 2 if kind == "GLU" else 4
    how = {"steps": steps, "seeds": 2, "progress": lambda done, total: seen.append((done, total))}
    (found,) = split_and_relax_module(net, into, out_of, {2: [1]}, [x, x], loss, **how)
    same(before, net)
    assert found.change_at_once < 1e-12
    assert found.to == 6
    assert 0 <= found.together <= 1
    assert seen == [(k, len(seen)) for k in range(1, len(seen) + 1)]
    assert len(seen) == steps * 2 * (3 if found.otherwise else 2)


def test_training_on_says_what_is_wrong():
    net, x = Gated(), torch.randn(9, 4)

    def loss(each, batch):
        return each(batch).square().mean()

    def asked(words, neurons=None, loader=(x,), by="outputs", into=("gate", "up"), loss=loss, net=net, **how):
        with pytest.raises(InputError, match=words):
            split_and_relax_module(net, into, "down", neurons or {1: [0]}, list(loader), loss, by=by, steps=2, **how)

    asked("the second projection of a gated layer", into="gate")
    asked("`by` must be 'outputs' for a gated layer", by="inputs")
    asked("`neurons` must map neurons", neurons=[1])
    asked("`neurons` must be a list of whole numbers", neurons={1: 0})
    asked("`learning_rate` must be a finite number above 0", learning_rate="fast")
    asked("`optimizer` must be a function", optimizer=3)
    asked("`loss` must return a tensor with its gradient", loss=lambda each, batch: float(loss(each, batch).detach()))
    asked("all are frozen", net=Gated().requires_grad_(False))
    asked("`loss` must be a function", loss=None)
    asked("`loss` does not run on the module", loader=[torch.randn(9, 3)])
    asked("`progress` must be True, False or a function", progress=3)
    with pytest.raises(InputError, match="`loader` must be a list or a loader of batches"):
        split_and_relax_module(net, ("gate", "up"), "down", {1: [0]}, x, loss)
