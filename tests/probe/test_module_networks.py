"""Several networks, checkpoints and starts: read on the same batches, and left as they were."""

from __future__ import annotations

import copy
import json
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the torch extra")

from safetensors.torch import save_file  # noqa: E402
from torch import nn  # noqa: E402
from torch.utils.data import DataLoader, TensorDataset  # noqa: E402

from polygenesis.errors import InputError  # noqa: E402
from polygenesis.probe import capture, diagnose, diagnose_layers, diagnose_module  # noqa: E402

pytestmark = pytest.mark.torch

X = torch.randn(90, 6, generator=torch.Generator().manual_seed(0))
Y = torch.arange(90) % 3
X[:, 0] += 3 * (Y == 1)
LOADER = [(X[:50], Y[:50]), (X[50:], Y[50:])]


def network(seed):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(6, 8), nn.Dropout(0.5), nn.ReLU(), nn.Linear(8, 3))


def trained(net):
    twin = copy.deepcopy(net)
    with torch.no_grad():
        twin[0].weight.add_(0.3 * torch.sign(twin[0].weight))
    return twin


STARTS = [network(seed) for seed in range(3)]
ENDS = [trained(each) for each in STARTS]


def expected(**options):
    ends, starts = ([capture(each, "2", LOADER)[0] for each in nets] for nets in (ENDS, STARTS))
    return diagnose(ends, Y, initial=starts, draws=99, **options)


def test_lists_of_networks_are_runs():
    found = diagnose_module(ENDS, "2", LOADER, initial=STARTS, draws=99)
    assert found.census.shape == (3, 3, 8)
    assert (found.strength == expected().strength).all()
    assert plain(found) == plain(expected())
    assert repr(found) == repr(diagnose_module(tuple(ENDS), "2", LOADER, initial=tuple(STARTS), draws=99))
    one = diagnose_module(ENDS[:1], "2", LOADER, pool="mean", draws=99)
    assert one.census.shape == (1, 3, 8)
    with pytest.raises(InputError, match="Unknown layer \\['2'\\]; known: 0, 1, 2, 3"):
        diagnose_module(ENDS, ["2"], LOADER, draws=99)


def plain(found):
    """The whole answer, but for the names of arguments, which depend on the function that was called."""
    return repr(
        replace(found, record={name: each for name, each in found.record.items() if name not in ("called", "layer")})
    )


def test_a_loader_that_shuffles_or_is_read_once_shows_all_networks_the_same():
    torch.manual_seed(3)
    shuffled = DataLoader(TensorDataset(X, Y), batch_size=32, shuffle=True)
    found = diagnose_module(ENDS, "2", shuffled, initial=STARTS, draws=99)
    assert found.strength == pytest.approx(expected().strength, abs=1e-6)
    once = diagnose_module(ENDS, "2", (each for each in LOADER), initial=STARTS, draws=99)
    assert plain(once) == plain(expected())


def test_starts_may_be_activations_too():
    arrays = [capture(each, "2", LOADER)[0] for each in STARTS]
    assert plain(diagnose_module(ENDS, "2", LOADER, initial=arrays, draws=99)) == plain(expected())
    one = diagnose_module(ENDS[0], "2", LOADER, initial=STARTS[0], draws=99)
    assert repr(one) == repr(diagnose_module(ENDS[0], "2", LOADER, initial=arrays[0], draws=99))


def test_layers_have_starts_of_their_own():
    found = diagnose_layers(ENDS, ["0", "2"], LOADER, initial=STARTS, draws=99)
    assert plain(found["2"]) == plain(expected())
    starts = {layer: [capture(each, layer, LOADER)[0] for each in STARTS] for layer in ("0", "2")}
    again = diagnose_layers(ENDS, ["0", "2"], LOADER, initial=starts, draws=99)
    assert {layer: repr(each) for layer, each in again.items()} == {layer: repr(each) for layer, each in found.items()}
    with pytest.raises(InputError, match=r"must be the networks before training, or map layers to activations, \{'0'"):
        diagnose_layers(ENDS, ["0", "2"], LOADER, initial=starts["0"], draws=99)
    with pytest.raises(InputError, match="lacks layer '2'"):
        diagnose_layers(ENDS, ["0", "2"], LOADER, initial={"0": starts["0"]}, draws=99)


# Checkpoints


def written(net, folder, form):
    """Write a network's parameters in one of the forms in which they are kept."""
    folder.mkdir()
    state = net.state_dict()
    if form == "save_pretrained":
        save_file(state, folder / "model.safetensors")
        return folder
    if form == "shards":
        names = {key: f"model-{i % 2}.safetensors" for i, key in enumerate(state)}
        for part in set(names.values()):
            save_file({key: each for key, each in state.items() if names[key] == part}, folder / part)
        (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": names}))
        return folder
    if form == "safetensors":
        save_file(state, folder / "net.safetensors")
        return str(folder / "net.safetensors")
    wrapped = {
        "pt": state,
        "training loop": {"epoch": 3, "model_state_dict": state, "optimizer": {"lr": 0.1}},
        "Lightning": {"state_dict": {f"model.{key}": each for key, each in state.items()}},
        "data-parallel": {f"module.{key}": each for key, each in state.items()},
    }[form]
    torch.save(wrapped, folder / "net.pt")
    return folder / "net.pt"


FORMS = ("save_pretrained", "shards", "safetensors", "pt", "training loop", "Lightning", "data-parallel")


@pytest.mark.parametrize("form", FORMS)
def test_checkpoints_are_read_into_copies(tmp_path, form):
    ends = [written(each, tmp_path / f"end{i}", form) for i, each in enumerate(ENDS)]
    starts = [written(each, tmp_path / f"start{i}", form) for i, each in enumerate(STARTS)]
    net = network(9)
    before = copy.deepcopy(net.state_dict())
    found = diagnose_module(net, "2", LOADER, checkpoints=ends, initial=starts, draws=99)
    assert plain(found) == plain(expected())
    assert all(torch.equal(before[key], each) for key, each in net.state_dict().items())


def test_state_dictionaries_are_checkpoints():
    ends, starts = ([each.state_dict() for each in nets] for nets in (ENDS, STARTS))
    found = diagnose_module(network(9), "2", LOADER, checkpoints=ends, initial=starts, draws=99)
    assert plain(found) == plain(expected())


def test_parameters_that_are_tied_may_be_kept_once():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.inside, self.out = nn.Linear(6, 6), nn.Linear(6, 6)
            self.out.weight = self.inside.weight

        def forward(self, x):
            return self.out(self.inside(x))

    net = Tied()
    state = {key: each for key, each in net.state_dict().items() if key != "out.weight"}
    assert diagnose_module(Tied(), "out", LOADER, checkpoints=[state], draws=99).census.shape == (1, 3, 6)


class Trap:
    """Unpickling this would raise where it is not caught."""

    def __reduce__(self):
        return (pytest.fail, ("unpickled",))


def test_no_code_of_a_checkpoint_is_run(tmp_path):
    torch.save({"0.weight": Trap()}, tmp_path / "net.pt")
    with pytest.raises(InputError, match=r"`checkpoints`: .*net\.pt' cannot be read as a checkpoint"):
        diagnose_module(network(0), "2", LOADER, checkpoints=[tmp_path / "net.pt"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"checkpoints": "net.pt"}, r"`checkpoints` must be a list of paths or state dictionaries"),
        ({"checkpoints": []}, r"`checkpoints` must be a list"),
        ({"checkpoints": ["none.pt"]}, r"`checkpoints`: 'none.pt' does not exist"),
        ({"checkpoints": [3]}, r"`checkpoints` must hold modules, state dictionaries or paths"),
        ({"checkpoints": [{"0.weight": torch.ones(8, 6)}]}, r"does not fit the module: the checkpoint lacks '0.bias'"),
        ({"checkpoints": [{**STARTS[0].state_dict(), "9": torch.ones(1)}]}, r"has '9', which the module has not"),
        (
            {"checkpoints": [{**STARTS[0].state_dict(), "0.bias": torch.ones(9)}]},
            r"does not fit the module: .*size.*[^.]\.$",
        ),
        ({"checkpoints": [{"epoch": 3}]}, r"must hold a state dictionary, module.state_dict\(\)"),
        ({"initial": STARTS}, r"`initial` must have one network, but has 3\."),
        ({"initial": ENDS[0]}, r"`initial` is the trained network itself; keep a copy .* copy.deepcopy\(module\)"),
        ({"initial": [None]}, r"Argument `initial` must be real numbers"),
        ({"initial": 3}, r"Argument `initial` must have shape \(samples, neurons\)"),
        ({"initial": np.zeros((90, 5))}, r"`initial` must have the runs' 8 neurons, but is 5"),
    ],
)
def test_checkpoints_and_starts_that_do_not_fit_are_one_sentence(options, words):
    with pytest.raises(InputError, match=words) as caught:
        diagnose_module(ENDS[0], "2", LOADER, draws=99, **options)
    assert "\n" not in str(caught.value)


def test_lists_that_do_not_fit_are_one_sentence():
    for module, options, words in (
        ([], {}, "`module` must be a torch.nn.Module or a list of them"),
        ([ENDS[0], 3], {}, r"`module` must be a torch\.nn\.Module, but is int"),
        ([ENDS[0], ENDS[0]], {}, "`module` lists one network twice; networks of other seeds are needed"),
        (ENDS, {"checkpoints": [ENDS[0].state_dict()]}, "`checkpoints` needs one module .* `module` is a list"),
        (ENDS, {"initial": STARTS[:2]}, "`initial` must have one network for each of the 3 networks, but has 2"),
        (ENDS, {"initial": [STARTS[0]] * 3}, "`initial` lists one network twice"),
        (nn.ModuleList(ENDS), {}, r"a ModuleList, which cannot be run; pass list\(modules\) for several seeds"),
        ([ENDS[0], nn.Sequential(nn.Linear(6, 3))], {}, "Unknown layer '2'; known: 0"),
        ([ENDS[0], nn.Sequential(*[nn.Linear(6, 6)] * 3)], {}, "same width, but have 8, 6 neurons|used 3 times"),
    ):
        with pytest.raises(InputError, match=words):
            diagnose_module(module, "2", LOADER, draws=99, **options)


class Gated(nn.Module):
    """A gated layer, as in Llama: act(gate(x)) · up(x), read by ``down``."""

    def __init__(self, seed):
        super().__init__()
        torch.manual_seed(seed)
        self.gate, self.up, self.act, self.down = nn.Linear(6, 5), nn.Linear(6, 5), nn.SiLU(), nn.Linear(5, 3)
        self.product = nn.Identity()

    def forward(self, x):
        return self.down(self.product(self.act(self.gate(x)) * self.up(x)))


def test_the_loss_is_asked_of_gated_neurons_whose_two_layers_go_before():
    def loss(net, batch):
        return nn.functional.cross_entropy(net(batch[0]), batch[1])

    net, batch = Gated(0), (X, X[:, :3].argmax(1))
    optimizer = torch.optim.Adam(net.parameters(), lr=0.05)
    for _ in range(150):
        optimizer.zero_grad()
        loss(net, batch).backward()
        optimizer.step()
    options = {"loss": loss, "steps": 20, "splits": 1, "draws": 99, "alternatives": (), "threshold": 0.65}
    between = (("gate", "up"), "down")
    found = diagnose_module(net, "product", [batch], between=between, **options)
    assert len(found.splits) == 1
    assert found.splits[0][1].change_at_once < 1e-5  # both layers were split: the function is the same
    wrapped = diagnose_module(nn.DataParallel(net), "module.product", [batch], between=between, **options)
    assert repr(wrapped.splits) == repr(found.splits)
    with pytest.raises(InputError, match="such as the second projection of a gated layer"):
        diagnose_module(net, "product", [batch], between=("gate", "down"), **options)


def test_the_loss_is_asked_of_the_first_network():
    def loss(net, batch):
        return nn.functional.cross_entropy(net(batch[0]), batch[1])

    options = {"loss": loss, "between": ("0", "3"), "steps": 20, "splits": 1, "draws": 99, "alternatives": ()}
    found = diagnose_module(ENDS, "2", (each for each in LOADER), **options)
    assert found.census.shape == (3, 3, 8)


def of_six_classes():
    """A network some of whose neurons carry several of six classes, and its batch."""
    torch.manual_seed(0)
    classes = torch.arange(120) % 6
    batch = (2 * torch.randn(6, 12))[classes] + 0.3 * torch.randn(120, 12), classes
    return nn.Sequential(nn.Linear(12, 8), nn.ReLU(), nn.Linear(8, 6)), batch


ASKED = {"between": ("0", "2"), "steps": 4, "splits": 1, "draws": 99, "alternatives": ()}


def test_outputs_of_classes_may_be_named_by_their_numbers():
    """Labels 0, 1, … are numbers where they are given, and so may be the keys of ``outputs``."""

    def loss(net, batch):
        return nn.functional.cross_entropy(net(batch[0]), batch[1])

    net, batch = of_six_classes()
    by_text, by_number = (
        diagnose_module(net, "1", [batch], loss=loss, outputs={kind(name): [name] for name in range(6)}, **ASKED)
        for kind in (str, int)
    )
    assert len(by_text.splits) == 1
    assert repr(by_number.splits) == repr(by_text.splits)
    with pytest.raises(InputError, match="Unknown feature in `outputs` 9; known: 0, 1"):
        diagnose_module(net, "1", [batch], loss=loss, outputs={9: [0]}, **ASKED)


def test_a_loss_that_is_nan_from_the_start_is_not_blamed_on_the_learning_rate():
    def loss(net, batch):
        return nn.functional.cross_entropy(net(batch[0]), batch[1]) * float("nan")

    net, batch = of_six_classes()
    with pytest.raises(InputError, match="`loss` must be finite for the network as it is, but is nan"):
        diagnose_module(net, "1", [batch], loss=loss, **ASKED)


@pytest.mark.parametrize(
    ("pool", "says"), [("max", "the largest over all its places"), ("mean", "the mean over all its")]
)
def test_what_is_made_of_the_places_of_an_image_is_said(pool, says):
    """A channel has an activation at every position; which number stands for all decides the answer."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv1d(1, 5, 3), nn.ReLU(), nn.Flatten(), nn.Linear(20, 3))
    batch = X[:, None], Y
    found = diagnose_module(net, "1", [batch], pool=pool, draws=99)
    (note,) = (each for each in found.notes if "`pool`" in each)
    assert note.startswith(f"The activation of a neuron for one input is {says}")
    assert f'(pool="{pool}")' in note
    assert (found.record["layer"], found.record["pool"]) == ("1", pool)
    held = net[1](net[0](batch[0])).detach().numpy()
    assert np.allclose(capture(net, "1", [batch], pool=pool)[0], getattr(held, pool)(axis=2), rtol=1e-6)
    for layer, options in (("3", {}), ("1", {"pool": "each"})):
        other = diagnose_module(net, layer, [batch], draws=99, **options)
        assert not any("`pool`" in each for each in other.notes)
        assert other.record.get("pool") == options.get("pool")


# As they were


class Draws(nn.Module):
    """Draws noise even in evaluation mode."""

    def __init__(self):
        super().__init__()
        self.act = nn.ReLU()

    def forward(self, x):
        return self.act(x + torch.randn_like(x))


def test_random_numbers_are_as_they_were_and_come_back():
    torch.manual_seed(0)
    state = torch.random.get_rng_state()
    shuffled = DataLoader(TensorDataset(X, Y), batch_size=32, shuffle=True)
    first = capture(Draws(), "act", shuffled)
    assert torch.equal(torch.random.get_rng_state(), state)
    second = capture(Draws(), "act", shuffled)
    assert all((a == b).all() for a, b in zip(first, second, strict=True))


class Fails(nn.Module):
    """Raises while it runs."""

    def __init__(self, error):
        super().__init__()
        self.act, self.error = nn.ReLU(), error

    def forward(self, x):
        self.act(x)
        raise self.error


class OwnError(RuntimeError):
    """An error of the user's own."""


@pytest.mark.parametrize("error", [ValueError("no"), OwnError("mine"), KeyboardInterrupt()])
def test_nothing_is_left_behind_after_an_error(error):
    net = Fails(error).train()
    state, fused = torch.random.get_rng_state(), torch.backends.mha.get_fastpath_enabled()
    with pytest.raises(InputError if isinstance(error, ValueError) else type(error)):
        capture(net, "act", LOADER)
    assert not any(part._forward_hooks for part in net.modules())
    assert all(part.training for part in net.modules())
    assert torch.equal(torch.random.get_rng_state(), state)
    assert torch.backends.mha.get_fastpath_enabled() is fused

    def broken():
        yield LOADER[0]
        raise OwnError("loader")

    nets = [each.train() for each in ENDS]
    with pytest.raises(OwnError, match="loader"):
        diagnose_module(nets, "2", broken(), initial=STARTS)
    for each in [*ENDS, *STARTS]:
        assert not any(part._forward_hooks for part in each.modules())
        assert all(part.training for part in each.modules())


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16, torch.float64])
def test_precision_and_gradients_are_left_alone(kind):
    net = network(0).to(kind)
    net[0].weight.requires_grad_(False)
    found, _ = capture(net, "2", [(X.to(kind), Y)])
    assert found.dtype == np.float32
    assert {each.dtype for each in net.parameters()} == {kind}
    assert [each.requires_grad for each in net.parameters()] == [False, True, True, True]
    assert all(each.grad is None for each in net.parameters())


def test_inputs_go_to_the_device_of_the_module(monkeypatch):
    moved = []
    to = torch.Tensor.to
    monkeypatch.setattr(
        torch.Tensor, "to", lambda self, *given, **more: moved.append(given) or to(self, *given, **more)
    )
    capture(network(0), "2", LOADER)
    assert (torch.device("cpu"),) in moved


def test_a_torchscript_module_is_refused():
    scripted = torch.jit.trace(torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU()), torch.zeros(2, 3))
    batches = [(torch.randn(20, 3), torch.arange(20) % 2)]
    with pytest.raises(InputError, match="is a TorchScript module, which takes no hooks"):
        diagnose_module(scripted, "1", batches)
