"""Wrappers of modules: plain names of layers hold whatever stands around; hooks are called inside compiled parts."""

from __future__ import annotations

import copy

import pytest

torch = pytest.importorskip("torch", reason="needs the torch extra")

from torch import nn  # noqa: E402
from torch.optim.swa_utils import AveragedModel  # noqa: E402

from polygenesis.errors import InputError  # noqa: E402
from polygenesis.probe import capture, diagnose_layers, diagnose_module, split_neuron  # noqa: E402

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore")]

X = torch.randn(60, 5, generator=torch.Generator().manual_seed(0))
Y = torch.arange(60) % 3
LOADER = [(X, Y)]
NAMES = ("1", "module.1", "_orig_mod.1", "module._orig_mod.1")


def network(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 3))


def compiled(module):
    return torch.compile(module, backend="eager")


WRAPPERS = {
    "data parallel": nn.DataParallel,
    "averaged": AveragedModel,
    "compiled": compiled,
    "compiled in data parallel": lambda module: nn.DataParallel(compiled(module)),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", WRAPPERS)
def test_plain_and_listed_names_give_what_the_module_inside_gives(kind, name):
    net = network()
    expected = torch.relu(net[0](X)).detach().numpy()
    wrapped = WRAPPERS[kind](net)
    assert capture(wrapped, name, LOADER)[0] == pytest.approx(expected, abs=1e-6)
    assert not any(part._forward_hooks for part in wrapped.modules())


def test_a_module_that_was_compiled_and_run_before_is_heard():
    net = network()
    expected = torch.relu(net[0](X)).detach().numpy()
    whole, block, in_place = compiled(copy.deepcopy(net)), copy.deepcopy(net), copy.deepcopy(net)
    block[1] = compiled(block[1])
    in_place.compile(backend="eager")
    for each in (whole, block, in_place):
        with torch.no_grad():
            each(X)
        assert capture(each, "1", LOADER)[0] == pytest.approx(expected, abs=1e-6)
    assert capture(block, "1._orig_mod", LOADER)[0] == pytest.approx(expected, abs=1e-6)


def test_a_field_of_the_users_own_called_module_keeps_its_name():
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.module = network()

        def forward(self, x):
            return self.module(x)

    assert capture(Own(), "module.1", LOADER)[0].shape == (60, 7)
    with pytest.raises(InputError, match=r"Unknown layer '1'; known: module, module\.0"):
        capture(Own(), "1", LOADER)


def test_hook_points_have_the_names_that_their_model_lists():
    class Aliased(nn.Module):
        def __init__(self):
            super().__init__()
            self.inside = network()
            self.hook_dict = {"blocks.0.mlp.hook_post": self.inside[1], "elsewhere": nn.ReLU()}

        def forward(self, x):
            return self.inside(x)

    net = Aliased()
    assert (capture(net, "blocks.0.mlp.hook_post", LOADER)[0] == capture(net, "inside.1", LOADER)[0]).all()
    with pytest.raises(InputError, match="Unknown layer 'elsewhere'"):
        capture(net, "elsewhere", LOADER)


def test_checkpoints_fit_whatever_stands_around_module_and_parameters():
    net, states = network(), [network(seed).state_dict() for seed in (1, 2, 3)]
    expected = diagnose_module([network(1), network(2), network(3)], "1", LOADER, draws=99)
    forms = [
        states[0],
        {f"net.{key}": each for key, each in states[1].items()},  # the field of a Lightning module
        {"n_averaged": torch.tensor(4), **{f"module._orig_mod.{key}": each for key, each in states[2].items()}},
    ]
    for module in (net, nn.DataParallel(net), compiled(net)):
        found = diagnose_module(module, "1", LOADER, checkpoints=forms, draws=99)
        assert (found.strength == expected.strength).all()
    mixed = {**forms[1], "head.weight": torch.zeros(2)}
    with pytest.raises(InputError, match=r"the checkpoint lacks '0\.weight', and 9 names differ in all"):
        diagnose_module(net, "1", LOADER, checkpoints=[mixed], draws=99)


def test_layers_of_wrapped_seeds_are_diagnosed_under_the_names_given():
    found = diagnose_layers([nn.DataParallel(network(s)) for s in (0, 1)], ["1", "module.2"], LOADER, draws=99)
    assert {name: each.census.shape for name, each in found.items()} == {"1": (2, 3, 7), "module.2": (2, 3, 3)}


@pytest.mark.parametrize(("kind", "held"), [("data parallel", "module"), ("compiled", "_orig_mod")])
def test_surgery_asks_for_the_module_inside(kind, held):
    with pytest.raises(InputError, match=rf"must not be wrapped by \w+, but is: .* module\.{held}"):
        split_neuron(WRAPPERS[kind](network()), "0", "2", 1, inputs=X)
