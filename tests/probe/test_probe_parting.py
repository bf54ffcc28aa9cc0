"""Parting leaves every output as it was, on codes and on modules, and refuses where it cannot."""

import numpy as np
import pytest

from polygenesis import detect
from polygenesis.dynamics import simulate
from polygenesis.errors import InputError
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.probe import split_code, split_module
from polygenesis.spec import RunSpec


@pytest.fixture(scope="module")
def run():
    return simulate(RunSpec(TiedAutoencoder(n=24, m=24), penalty=L1(0.03), replicates=6))


def test_every_pair_is_parted_at_the_same_loss(run):
    assert detect.census(run.final).polysemantic.sum() > 10
    parted = split_code(run.final)
    assert not parted.left.any()
    assert len(parted.moves) == detect.census(run.final).polysemantic.sum()
    np.testing.assert_array_equal(detect.reconstruction_loss(parted.weights), detect.reconstruction_loss(run.final))
    np.testing.assert_allclose(np.abs(parted.weights).sum((1, 2)), np.abs(run.final).sum((1, 2)), rtol=1e-12)


def test_without_room_pairs_stay():
    crowded = split_code(np.array([[1.0, 0, 0], [-1.0, 0, 0], [0, 1.0, 0], [0, -1.0, 0]]))
    assert len(crowded.moves) == 1
    assert crowded.left.tolist() == [1]


def test_features_of_one_sign_leave_together_or_alone():
    code = np.array([[1.0, 0, 0, 0], [1.0, 0, 0, 0], [-1.0, 0, 0, 0]])
    assert [move.feature for move in split_code(code).moves] == [2]
    assert [move.feature for move in split_code(code[:2]).moves] == [1]


def test_unused_are_the_neurons_that_the_census_calls_dead():
    """Adam leaves an unused neuron at 1e-5 or so; gradient flow leaves it at 0."""
    rng = np.random.default_rng(0)
    code = np.array([[1.0, 0, 0, 0], [-1.0, 0, 0, 0], [0, 0, 1.0, 0]]) + 1e-6 * rng.standard_normal((3, 4))
    code[0, 1] = 1e-4
    parted = split_code(code)
    assert parted.left.tolist() == [0]
    [move] = parted.moves
    assert (move.source, move.target) == (0, 3)  # of two dead neurons the one with the smaller weights
    assert abs(detect.reconstruction_loss(parted.weights[0]) - detect.reconstruction_loss(code)) < 1e-4
    np.testing.assert_allclose(np.sort(np.abs(parted.weights[0]), axis=1), np.sort(np.abs(code), axis=1))


def test_neurons_are_not_unused_while_a_feature_has_not_settled():
    code = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 0.4]])  # the last feature may settle on the second neuron
    assert split_code(code).moves == ()


torch = pytest.importorskip("torch")


def layers(*sizes, act, bias=True, seed=0):
    torch.manual_seed(seed)
    hidden = [act] if act is not None else []
    nn = torch.nn
    first, second = nn.Linear(sizes[0], sizes[1], bias=bias), nn.Linear(sizes[1], sizes[2], bias=bias)
    return nn.Sequential(first, *hidden, second).double()


def shared(module, name="0"):
    weight = dict(module.named_modules())[name].weight.detach().numpy()
    return int(detect.census(weight.T, detect.DIRECTION).shared[0])


def test_a_linear_layer_keeps_its_function_for_every_input():
    module = layers(5, 3, 4, act=None)
    before = [each.clone() for each in module.parameters()]
    inputs = torch.randn(200, 5, dtype=torch.float64)
    parted = split_module(module, "0", "1", inputs)
    assert int(parted.before.shared[0]) == shared(module) > 0
    assert int(parted.after.shared[0]) == shared(parted.module) == 0
    assert parted.change < 1e-12
    torch.testing.assert_close(parted.module(inputs), module(inputs), rtol=0, atol=1e-12)
    assert all(torch.equal(a, b) for a, b in zip(module.parameters(), before, strict=True))
    assert "shared neurons before, 0 after" in repr(parted)


@pytest.mark.parametrize("name", ["relu", "gelu"])
def test_behind_an_activation_for_features_that_exclude_each_other(name):
    act = {"relu": torch.nn.ReLU(), "gelu": torch.nn.GELU()}[name]
    module = layers(6, 4, 3, act=act)
    inputs = torch.cat([torch.eye(6), 2.5 * torch.eye(6), torch.zeros(1, 6)]).double()
    parted = split_module(module, "0", "2", inputs, activation=getattr(torch.nn.functional, name))
    assert parted.change < 1e-12
    assert shared(module) > 0
    assert shared(parted.module) == 0
    with pytest.raises(InputError, match="do not occur together"):
        split_module(module, "0", "2", torch.randn(9, 6).double(), activation=getattr(torch.nn.functional, name))


def test_features_may_be_directions():
    module = layers(5, 3, 4, act=None)
    directions = np.random.default_rng(1).standard_normal((4, 5))
    inputs = torch.randn(50, 5, dtype=torch.float64)
    parted = split_module(module, "0", "1", inputs, features=directions)
    assert parted.change < 1e-10
    assert int(parted.before.shared[0]) > 0 == int(parted.after.shared[0])


def test_unused_neurons_are_taken_before_new_ones(run):
    """The trained toy as a module: as many neurons as before, since there is room wherever m ≥ n."""
    weights = torch.tensor(run.final[0])
    nn = torch.nn
    first, second = nn.Linear(24, 24, bias=False).double(), nn.Linear(24, 24, bias=False).double()
    first.weight.data, second.weight.data = weights.T.contiguous(), weights.clone()
    module = nn.Sequential(first, second, nn.ReLU())
    parted = split_module(module, "0", "1", torch.eye(24).double())
    assert parted.module[0].out_features == 24
    assert int(parted.before.shared[0]) == detect.census(run.final).polysemantic[0] > 0
    assert int(parted.after.shared[0]) == 0
    assert parted.change < 1e-12


def test_what_does_not_fit_is_said_in_one_sentence():
    module = layers(5, 3, 4, act=None)
    inputs = torch.zeros(1, 5, dtype=torch.float64)
    with pytest.raises(InputError, match="Unknown layer 'x'; known: 0, 1"):
        split_module(module, "x", "1", inputs)
    with pytest.raises(InputError, match="must read 4 neurons, but reads 5"):
        split_module(module, "1", "0", inputs)
    with pytest.raises(InputError, match=r"must be a torch\.nn\.Linear, but is ReLU"):
        split_module(layers(5, 3, 4, act=torch.nn.ReLU()), "1", "2", inputs)
    with pytest.raises(InputError, match="linearly independent"):
        split_module(module, "0", "1", inputs, features=np.ones((2, 5)))
    with pytest.raises(InputError, match=r"shape \(n, 5\)"):
        split_module(module, "0", "1", inputs, features=np.ones((2, 4)))
    unbiased = layers(5, 3, 4, act=torch.nn.ReLU())
    unbiased[2] = torch.nn.Linear(3, 4, bias=False).double()
    unbiased[0].bias.data[:] = 1.0
    with pytest.raises(InputError, match="needs a bias behind it"):
        split_module(unbiased, "0", "2", torch.eye(5).double(), activation=torch.relu)
