"""Random stacks of layers: a split computes the same within rounding, and what is refused is as it was, bit by bit."""

from __future__ import annotations

import pytest

from polygenesis.errors import InputError
from polygenesis.probe import split_neuron

hypothesis = pytest.importorskip("hypothesis")
torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch
nn, st = torch.nn, hypothesis.strategies

POINTWISE = (nn.ReLU, nn.GELU, nn.SiLU, nn.Tanh, nn.Sigmoid, nn.ELU, nn.Identity, nn.Dropout, nn.PReLU)
EXACT_OF = {
    "vectors": lambda m: (*POINTWISE, lambda: nn.BatchNorm1d(m), lambda: nn.PReLU(m)),
    "sequences": lambda m: (*POINTWISE, lambda: nn.BatchNorm1d(m), lambda: nn.InstanceNorm1d(m, affine=True)),
    "images": lambda m: (*POINTWISE, lambda: nn.BatchNorm2d(m), lambda: nn.AvgPool2d(2, 1), lambda: nn.MaxPool2d(2, 1)),
}
MIXING_OF = {
    "vectors": lambda m: (lambda: nn.LayerNorm(m), lambda: nn.RMSNorm(m), lambda: nn.Softmax(-1)),
    "sequences": lambda m: (lambda: nn.GroupNorm(1, m), lambda: nn.Conv1d(m, m, 1, groups=m)),
    "images": lambda m: (lambda: nn.GroupNorm(1, m), lambda: nn.Conv2d(m, m, 1, groups=m), lambda: nn.Softmax2d()),
}
LAYERS = {"vectors": nn.Linear, "sequences": nn.Conv1d, "images": nn.Conv2d}
SHAPES = {"vectors": (), "sequences": (8,), "images": (7, 7)}


@st.composite
def stacks(draw, mixing):
    """A stack, its inputs, the layers to split between, and the neurons."""
    kind = draw(st.sampled_from(sorted(LAYERS)))
    d, m, out = (draw(st.integers(least, 7)) for least in (1, 2, 1))
    more = (1,) if kind != "vectors" else ()
    between = draw(st.lists(st.sampled_from(EXACT_OF[kind](m)), max_size=3))
    if mixing:
        between.insert(draw(st.integers(0, len(between))), draw(st.sampled_from(MIXING_OF[kind](m))))
    parts = [LAYERS[kind](d, m, *more, bias=draw(st.booleans())), *(make() for make in between)]
    if kind == "vectors" or draw(st.booleans()):
        parts.append(LAYERS[kind](m, out, *more, bias=draw(st.booleans())))
    else:
        parts += [nn.Flatten(), nn.LazyLinear(out)]
    parts += [nn.Tanh(), *draw(st.sampled_from([[], [nn.Flatten(), nn.LazyLinear(3)]]))]
    dtype = draw(st.sampled_from([torch.float32, torch.float64]))
    torch.manual_seed(draw(st.integers(0, 99)))
    net, x = nn.Sequential(*parts), torch.randn(5, d, *SHAPES[kind])
    net(x)  # statistics of the batch, and the sizes of what follows an image
    with torch.no_grad():
        for each in net.parameters():
            each.normal_()
    reader = next(k for k, part in enumerate(parts) if k and hasattr(part, "weight") and part.weight.ndim > 1
                  and getattr(part, "groups", 1) == 1)  # fmt: skip
    return net.to(dtype), x.to(dtype), str(reader), draw(st.integers(0, m - 1)), m


def numbers(net):
    return {name: each.clone() for name, each in net.state_dict().items()}


def tree(net):
    return [(name, id(part), part.training) for name, part in net.named_modules()]


@hypothesis.given(stacks(mixing=False), st.booleans(), st.booleans(), st.data())
@hypothesis.settings(max_examples=60, deadline=None)
def test_a_split_computes_the_same(stack, training, half, data):
    net, x, reader, neuron, m = stack
    net.train(training)
    before, state, parts = numbers(net), torch.get_rng_state(), tree(net)
    outputs = None if half else data.draw(st.lists(st.integers(0, len(net[int(reader)].weight) - 1), max_size=3))
    found = split_neuron(net, "0", reader, neuron, outputs, inputs=x)
    assert torch.equal(torch.get_rng_state(), state)
    assert tree(net) == parts
    assert all(torch.equal(before[name], each) for name, each in net.state_dict().items())
    assert list(found.module.state_dict()) == list(before)
    assert len(found.module[0].weight) == m + 1
    assert [each.training for each in found.module.modules()] == [mode for _, _, mode in parts]
    with torch.no_grad():
        old, new = net.eval()(x), found.module.eval()(x)
    limit = {torch.float32: 1e-5, torch.float64: 1e-12}[x.dtype]
    assert float((old - new).abs().max()) <= limit * max(float(old.abs().max()), 1e-30)


@hypothesis.given(stacks(mixing=True))
@hypothesis.settings(max_examples=30, deadline=None)
def test_what_is_refused_is_as_it_was(stack):
    net, x, reader, neuron, _ = stack
    before, state, parts = numbers(net), torch.get_rng_state(), tree(net)
    with pytest.raises(InputError, match=r"gives, which reads all neurons together|is a convolution in"):
        split_neuron(net, "0", reader, neuron, inputs=x)
    assert torch.equal(torch.get_rng_state(), state)
    assert tree(net) == parts
    assert list(before) == list(net.state_dict())
    assert all(torch.equal(before[name], each) for name, each in net.state_dict().items())
