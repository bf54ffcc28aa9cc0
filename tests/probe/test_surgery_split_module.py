"""Split and relax in a module: known preferences, exact splits, the same batches for both arms."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from polygenesis.errors import InputError
from polygenesis.probe import ModuleSplit, Preference, split_and_relax_module

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch
nn = torch.nn


def with_l1(criterion, strength):
    def loss(net, batch):
        size = sum(each.abs().sum() for name, each in net.named_parameters() if "weight" in name)
        return criterion(net(batch[0]), batch[1]) + strength * size

    return loss


def trained(net, loader, loss, steps, lr):
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    for step in range(steps):
        optimizer.zero_grad()
        loss(net, loader[step % len(loader)]).backward()
        optimizer.step()
    return net


# One neuron, four exclusive classes and cross-entropy: the classes lie on a line, and a second neuron would have to
# copy the incoming weight, which L1 charges for.


def four_classes():
    generator = torch.Generator().manual_seed(0)
    labels = torch.randperm(80, generator=generator) % 4
    inputs = (labels[:, None] - 1.5 + 0.1 * torch.randn(80, 1, generator=generator)).double()
    loader = [(inputs[k : k + 20], labels[k : k + 20]) for k in range(0, 80, 20)]
    net = nn.Sequential(nn.Linear(1, 1), nn.ReLU(), nn.Linear(1, 4)).double()
    with torch.no_grad():
        net[0].weight[:], net[0].bias[:], net[2].bias[:] = 1.0, 2.0, 0.0
        net[2].weight[:] = torch.tensor([[-1.5], [-0.5], [0.5], [1.5]])
    return net, loader


def test_one_neuron_for_four_exclusive_classes_is_preferred():
    """In the end one of the two neurons is left, with all four classes; until then the split costs, and closes."""
    net, loader = four_classes()
    loss = with_l1(nn.functional.cross_entropy, 0.1)
    trained(net, loader, loss, 1000, 0.1)
    before = copy.deepcopy(net.state_dict())
    state = torch.random.get_rng_state()

    def asked(steps):
        how = {"steps": steps, "learning_rate": 0.1, "seeds": 2}
        return split_and_relax_module(net, "0", "2", {0: [2, 3]}, loader, loss, **how)[0]

    early = asked(20)
    assert early.change > 0.2
    assert early.preference is Preference.UNDECIDED
    found = asked(1500)
    assert found.preference is Preference.PREFERRED
    assert found.returned
    assert found.change_at_once < 1e-12
    assert found.to == 1
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())
    assert torch.equal(torch.random.get_rng_state(), state)
    assert asked(20) == early
    assert "UNDECIDED" in repr(early)


def test_without_a_penalty_nothing_is_decided_while_the_loss_falls():
    net, loader = four_classes()
    loss = with_l1(nn.functional.cross_entropy, 0.0)
    trained(net, loader, loss, 500, 0.1)
    (found,) = split_and_relax_module(net, "0", "2", {0: [2, 3]}, loader, loss, steps=100, learning_rate=0.1, seeds=2)
    assert found.preference is Preference.UNDECIDED
    assert found.fallen[0] > found.margin


# An autoencoder of one-hot inputs with L1: a pair of opposite signs is indifferent, as in the paper's model.


def summed_error(outputs, targets):
    return ((outputs - targets) ** 2).sum()


def toy(rows):
    """Encoder and decoder with the rows (features, neurons) of a code, the outputs' ReLU behind."""
    code = torch.tensor(rows, dtype=torch.float64)
    features, neurons = code.shape
    net = nn.Sequential(
        nn.Linear(features, neurons, bias=False), nn.Linear(neurons, features, bias=False), nn.ReLU()
    ).double()
    with torch.no_grad():
        net[0].weight[:], net[1].weight[:] = code.T, code
    return net


@pytest.mark.parametrize("by", ["inputs", "outputs"])
def test_a_pair_of_opposite_signs_is_indifferent(by):
    net, loader = toy([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]]), [(torch.eye(3).double(),) * 2]
    loss = with_l1(summed_error, 0.1)
    trained(net, loader, loss, 300, 0.02)
    how = {"by": by, "steps": 400, "learning_rate": 0.05, "seeds": 2}
    (found,) = split_and_relax_module(net, "0", "1", {0: [1]}, loader, loss, **how)
    assert found.preference is Preference.INDIFFERENT
    assert not found.returned
    assert found.settled


def test_features_that_always_fire_together_are_preferred():
    """Shared: weights A, d, d with A d = 1 cost 2√2 λ; apart, two neurons cost 2λ each."""
    net = toy([[0.5, 0.0], [0.5, 0.0], [0.0, 1.0]])
    x = torch.tensor([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]], dtype=torch.float64)
    loss, loader = with_l1(summed_error, 0.1), [(x, x)]
    trained(net, loader, loss, 500, 0.05)
    (found,) = split_and_relax_module(net, "0", "1", {0: [1]}, loader, loss, steps=400, learning_rate=0.05, seeds=2)
    assert found.preference is Preference.PREFERRED


def test_two_features_of_one_sign_are_trapped():
    """Exclusive features of one sign on one neuron disturb each other; the other neuron is one that may be added."""
    net, loader = toy([[0.7], [0.7]]), [(torch.eye(2).double(),) * 2]
    loss = with_l1(summed_error, 0.05)
    trained(net, loader, loss, 500, 0.02)
    how = {"by": "inputs", "steps": 200, "learning_rate": 0.05, "seeds": 2}
    (found,) = split_and_relax_module(net, "0", "1", {0: [1]}, loader, loss, **how)
    assert found.preference is Preference.TRAPPED
    assert np.mean(found.split) < np.mean(found.control) - 0.5


# A small ReLU classifier


def classifier():
    torch.manual_seed(3)
    labels = torch.arange(60) % 6
    inputs = torch.eye(6)[labels] + 0.1 * torch.randn(60, 6)
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(inputs, labels), batch_size=12)
    net = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Dropout(0.2), nn.Linear(5, 6))
    loss = with_l1(nn.functional.cross_entropy, 1e-3)
    return trained(net, list(loader), loss, 300, 0.1), loader, loss


def test_a_silent_neuron_is_indifferent():
    """Copies that do nothing are not a mixture that came back."""
    net, loader, _ = classifier()
    with torch.no_grad():
        net[0].weight[2], net[0].bias[2] = 0.0, -1.0
    loss = with_l1(nn.functional.cross_entropy, 0.05)
    trained(net, list(loader), loss, 300, 0.1)
    (found,) = split_and_relax_module(net.eval(), "0", "3", {2: [1]}, loader, loss, steps=20, seeds=2)
    assert not found.returned
    assert found.preference is Preference.INDIFFERENT


def test_several_neurons_of_a_classifier_share_the_control():
    net, loader, loss = classifier()
    net.eval()
    found = split_and_relax_module(net, "0", "3", {0: [1, 2], 4: [5]}, loader, loss, steps=30, seeds=2)
    assert [each.neuron for each in found] == [0, 4]
    assert found[0].control == found[1].control
    assert all(len(each) == 2 for each in (found[0].split, found[0].otherwise))
    assert found[0].before == pytest.approx(found[1].before)
    assert all(each.change_at_once < 1e-6 for each in found)
    assert not any(part.training for part in net.modules())


def test_all_arms_see_the_same_batches_and_seeds_differ():
    net, loader, loss = classifier()
    seen = []

    def recorded(module, batch):
        if torch.is_grad_enabled():
            seen.append((int(batch[1].sum()), float(batch[0].sum())))
        return loss(module, batch)

    split_and_relax_module(net, "0", "3", {0: [1, 2]}, loader, recorded, steps=7, seeds=2)
    arms = [seen[k : k + 7] for k in range(0, len(seen), 7)]
    assert len(arms) == 6  # two seeds each of the control, the split, and others that moved
    assert arms[0::2] == [arms[0]] * 3
    assert arms[1::2] == [arms[1]] * 3
    assert arms[0] != arms[1]


def test_another_optimizer_is_used():
    def idle(parameters):
        return torch.optim.Adam(parameters, lr=0.0)

    net, loader, loss = classifier()
    (found,) = split_and_relax_module(net, "0", "3", {0: [1]}, loader, loss, optimizer=idle, steps=4)
    assert set(found.control) == {found.before}


def test_margins_follow_the_spread_between_seeds():
    """Two arms whose seeds differ by more than their means are alike; the same means without spread are not."""

    def judged(control, split):
        from polygenesis.probe.surgery.module_training import Trained
        from polygenesis.probe.surgery.split_and_relax_module import _gaps, _margin

        arms = [[Trained(None, each, each, each) for each in arm] for arm in (control, split)]
        margin, gaps = _margin(*arms, 0.1), _gaps(*arms)
        mean = float(np.mean(control))
        return ModuleSplit(
            0, (1,), 1, mean, 0.0, control, split, (), 0.1, margin, (0.0, 0.0), gaps, 0.0, 0.0
        ).preference

    assert judged((1.0, 1.1, 0.9), (1.05, 1.2, 1.0)) is Preference.INDIFFERENT
    assert judged((1.0, 1.001, 0.999), (1.08, 1.081, 1.079)) is Preference.PREFERRED
    assert judged((1.0, 1.001, 0.999), (0.92, 0.921, 0.919)) is Preference.TRAPPED


@pytest.mark.parametrize(("late", "preference"), [(0.5, "PREFERRED"), (0.51, "UNDECIDED"), (0.2, "PREFERRED")])
def test_a_gap_that_still_closes_decides_nothing(late, preference):
    gaps, ends = (late, 0.5), (1.0,)
    found = ModuleSplit(0, (1,), 1, 1.0, 0.0, ends, (1.5,), (), 0.1, 0.01, (0.0, 0.0), gaps, 0.0, 0.0)
    assert found.preference.name == preference


@pytest.mark.parametrize(
    ("alike", "together", "fallen", "preference"),
    [
        (1.0, 0.3, 0.0, "PREFERRED"),
        (1.0, 0.0, 0.0, "INDIFFERENT"),
        (0.2, 0.3, 0.0, "INDIFFERENT"),
        (0.2, 0.95, 0.5, "PREFERRED"),
        (1.0, 0.3, 0.5, "UNDECIDED"),
    ],
    ids=["copies that mix", "copies that do nothing", "two neurons", "one neuron is left", "still falling"],
)
def test_a_mixture_that_is_back_is_preferred(alike, together, fallen, preference):
    more = (0.1, 0.01, (fallen, fallen), (0.0, 0.0), alike, together)
    found = ModuleSplit(0, (1,), 1, 1.0, 0.0, (1.0,), (1.0,), (), *more)
    assert found.preference.name == preference


def test_what_cannot_be_is_one_sentence():
    net, loader, loss = classifier()
    for change, words in [
        ({"by": "features"}, "`by` must be 'outputs' or 'inputs'"),
        ({"steps": 1}, "`steps` must be a whole number of at least 2"),
        ({"seeds": 1}, "`seeds` must be a whole number of at least 2"),
        ({"neurons": {9: [1]}}, "`neuron` must be a whole number from 0 to 4"),
        ({"neurons": {0: [6]}}, "from 0 to 5, but is 6"),
        ({"loader": []}, "`loader` must yield batches"),
        ({"into": "7"}, "Unknown layer '7'"),
        ({"by": "inputs", "activation": torch.relu}, "would change what '3' answers on the first batch"),
        ({"learning_rate": 1e30}, "lower `learning_rate`"),
    ]:
        given = {"into": "0", "neurons": {0: [1, 2]}, "loader": loader, "steps": 5} | change
        with pytest.raises(InputError, match=words):
            split_and_relax_module(net, out_of="3", loss=loss, **given)
    normalized = nn.Sequential(nn.Linear(6, 5), nn.LayerNorm(5, elementwise_affine=False), nn.Linear(5, 6))
    with pytest.raises(InputError, match=r"would change|does not run"):
        split_and_relax_module(normalized, "0", "2", {0: [1]}, loader, loss, steps=3)
