"""Wrong input to the diagnosis of modules: one sentence each, with the call that would work."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="needs the torch extra")

from torch import nn  # noqa: E402
from torch.utils.data import DataLoader, TensorDataset, WeightedRandomSampler  # noqa: E402

from polygenesis.errors import InputError  # noqa: E402
from polygenesis.probe import capture, diagnose_module  # noqa: E402

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore")]

X = torch.randn(60, 5, generator=torch.Generator().manual_seed(0))
Y = torch.arange(60) % 3
LOADER = [(X, Y)]
DATA = TensorDataset(X, Y)


def network(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 3))


class Trainer:
    def __init__(self):
        self.model = network()


class Strict(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(5, 7)

    def forward(self, x):
        assert x.shape[1] == 4, "four numbers"
        return self.fc(x)


class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.act = nn.Linear(5, 7), nn.Linear(2, 7), nn.ReLU()

    def forward(self, x, z):
        return self.act(self.a(x) + self.b(z))


class Data:
    def train_dataloader(self):
        return DataLoader(DATA, batch_size=20)


MODULES = [
    (nn.Linear, "is the class Linear; pass an object of it"),
    ("bert-base-uncased", "is the text 'bert-base-uncased'; load the model first"),
    ({0: network(), 1: network()}, r"a dict of modules; pass list\(modules\.values\(\)\)"),
    (nn.ModuleList([network()]), r"is a ModuleList, which cannot be run; pass list\(modules\)"),
    (Trainer(), r"is Trainer; pass its \.model"),
    (torch.jit.trace(network(), X, check_trace=False), "is a TorchScript module, which takes no hooks"),
]


@pytest.mark.parametrize(("module", "words"), MODULES, ids=[words[:20] for _, words in MODULES])
def test_what_is_no_module(module, words):
    for ask in (lambda: diagnose_module(module, "1", LOADER), lambda: capture(module, "1", LOADER)):
        with pytest.raises(InputError, match=words):
            ask()


def test_a_layer_is_given_by_its_name():
    net = network()
    with pytest.raises(InputError, match="must be the dotted name of a layer; that ReLU is '1'"):
        diagnose_module(net, net[1], LOADER)
    deep = nn.Sequential(*[nn.Sequential(nn.Linear(5, 5), nn.ReLU()) for _ in range(20)])
    with pytest.raises(InputError, match=r"Unknown layer '12\.2'; of 60 that are known, the nearest are .*\b12\.1\b"):
        diagnose_module(deep, "12.2", LOADER)


def test_a_used_iterator_is_said_to_be_empty_because_it_was_used():
    batches = iter(LOADER)
    diagnose_module(network(), "1", batches, draws=99)
    with pytest.raises(InputError, match="an iterator is empty once it was used: give a list or a DataLoader"):
        diagnose_module(network(), "1", batches, draws=99)
    with pytest.raises(InputError, match=r"must yield batches, but is empty\.$"):
        diagnose_module(network(), "1", [], draws=99)


SHUFFLING = [
    DataLoader(DATA, batch_size=20, shuffle=True),
    DataLoader(DATA, batch_size=20, sampler=WeightedRandomSampler(torch.ones(60), 60)),
    DataLoader(DATA, batch_sampler=torch.utils.data.BatchSampler(torch.utils.data.RandomSampler(DATA), 20, False)),
]


@pytest.mark.parametrize("loader", SHUFFLING)
def test_a_loader_that_shuffles_needs_labels_of_its_own(loader):
    given = {"labels": Y, "examples": [str(i) for i in range(60)], "initial": torch.rand(60, 7)}
    for name, value in given.items():
        with pytest.raises(InputError, match=rf"`loader` shuffles, so `{name}`, .* shuffle=False"):
            diagnose_module(network(), "1", loader, draws=99, **{name: value})
        diagnose_module(network(), "1", DataLoader(DATA, batch_size=20), draws=99, **{name: value})
    assert diagnose_module(network(), "1", loader, initial=network(1), draws=99).names


def test_labels_are_no_key():
    with pytest.raises(InputError, match="`labels` must hold labels, but is a text; label='target' names a key"):
        diagnose_module(network(), "1", [{"input": X, "target": Y}], labels="target")


def test_numbers_of_another_precision_say_which():
    with pytest.raises(InputError, match=r"are torch\.bfloat16, so yield inputs as x\.to\(torch\.bfloat16\)"):
        diagnose_module(network().bfloat16(), "1", LOADER)
    assert diagnose_module(network().bfloat16(), "1", [(X.bfloat16(), Y)], draws=99).census.shape == (1, 3, 7)


def test_a_module_that_asserts_is_one_sentence():
    with pytest.raises(InputError, match="ends in AssertionError: 'four numbers"):
        capture(Strict(), "fc", LOADER)


def test_a_data_module_names_its_loader():
    with pytest.raises(InputError, match=r"is a Data; pass its \.train_dataloader\(\)"):
        diagnose_module(network(), "1", Data())
    assert diagnose_module(network(), "1", Data().train_dataloader(), draws=99).names == ("0", "1", "2")


def test_two_inputs_with_labels_elsewhere_are_both_inputs():
    z = torch.randn(60, 2, generator=torch.Generator().manual_seed(1))
    expected = capture(Pair(), "act", [((X, z), Y)])[0].shape
    assert diagnose_module(Pair(), "act", [(X, z)], labels=Y, draws=99).census.shape == (1, 3, expected[1])
    with pytest.raises(InputError, match="yields 1 input beside the labels, but the module's forward takes x, z"):
        diagnose_module(Pair(), "act", [(X, z)], draws=99)


def test_labels_of_pixels_must_have_the_layers_places():
    images = torch.rand(12, 3, 8, 8)
    net = nn.Sequential(nn.Conv2d(3, 6, 2, stride=2), nn.ReLU())
    with pytest.raises(InputError, match=r"shape \(12, 8, 8\), but layer '1' has places of shape \(12, 4, 4\)"):
        diagnose_module(net, "1", [(images, torch.randint(0, 2, (12, 8, 8)))], pool="each")


BETWEEN = [
    ("0", "`between` must name the layers before and after"),
    (("0", "9"), "Unknown layer '9'"),
    (("0", ("2", "2")), "`between` must name each layer once"),
    (("0", ("2", "0")), "`between` must name one layer after the neurons"),
    (("1", "2"), "`between` must name a linear layer or a convolution, but '1' is a ReLU"),
    ((0, 2), "`between` must be the dotted name of a layer"),
]


@pytest.mark.parametrize(("between", "words"), BETWEEN)
def test_layers_around_are_looked_up_before_anything_is_run(between, words):
    def run(module, inputs):
        raise AssertionError("the module was run")

    net = network()
    net.register_forward_pre_hook(run)
    with pytest.raises(InputError, match=words):
        diagnose_module(net, "1", LOADER, loss=lambda module, batch: 0.0, between=between)
