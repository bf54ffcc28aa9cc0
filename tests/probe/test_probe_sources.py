"""Files and modules: what is read, and what is refused in one sentence."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest
from safetensors.numpy import save_file

from polygenesis.errors import InputError
from polygenesis.probe import Origin, capture, diagnose, diagnose_layers, diagnose_module, read_dictionary
from polygenesis.probe.inputs.files import read_array
from polygenesis.probe.inputs.pooling import pooled

X = np.random.default_rng(0).standard_normal((60, 4)).astype(np.float32)
Y = np.arange(60) % 3
X[:, 0] += 3 * (Y == 1)


def test_arrays_come_back_from_every_kind_of_file(tmp_path):
    np.save(tmp_path / "x.npy", X)
    np.savez(tmp_path / "x.npz", x=X, y=Y)
    save_file({"x": X, "y": Y}, tmp_path / "x.safetensors")
    assert (read_array(tmp_path / "x.npy") == X).all()
    assert (read_array(tmp_path / "x.npz", "x") == X).all()
    assert (read_array(tmp_path / "x.safetensors", "y") == Y).all()
    by_path = diagnose(str(tmp_path / "x.npy"), f"{tmp_path / 'x.npz'}:y", draws=99)
    assert by_path.evidence == diagnose(X, Y, draws=99).evidence


def test_parquet_is_read_or_its_reader_is_named(tmp_path):
    (tmp_path / "x.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match=r"pip install pyarrow|cannot be read"):
        read_array(tmp_path / "x.parquet")


def test_parquet_gives_the_names_of_its_columns(tmp_path):
    pytest.importorskip("pyarrow", reason="needs pyarrow: pip install 'polygenesis[parquet]'")
    import pandas as pd

    frame = pd.DataFrame({"sea": Y == 0, "land": Y == 1, "sky": Y == 2}).astype(int)
    frame.to_parquet(tmp_path / "y.parquet")
    pd.DataFrame(X).add_prefix("neuron ").to_parquet(tmp_path / "x.parquet")
    found = diagnose(str(tmp_path / "x.parquet"), str(tmp_path / "y.parquet"), draws=99)
    assert found.names == ("sea", "land", "sky")
    assert (found.strength == diagnose(X, frame.to_numpy(), draws=99).strength).all()


class Trap:
    """Unpickling this would raise where it is not caught."""

    def __reduce__(self):
        return (pytest.fail, ("unpickled",))


def test_nothing_is_unpickled(tmp_path):
    (tmp_path / "model.pt").write_bytes(pickle.dumps(Trap()))
    np.save(tmp_path / "x.npy", np.array([Trap()], dtype=object), allow_pickle=True)
    np.savez(tmp_path / "x.npz", x=np.array([Trap()], dtype=object))
    with pytest.raises(InputError, match="is a pickle, which can run code"):
        read_array(tmp_path / "model.pt")
    for name in ("x.npy", "x.npz"):
        with pytest.raises(InputError, match="holds pickled objects"):
            read_array(tmp_path / name)


def test_bad_files_are_one_sentence(tmp_path):
    (tmp_path / "x.npy").write_bytes(b"nothing")
    (tmp_path / "x.npz").write_bytes(b"nothing")
    (tmp_path / "x.safetensors").write_bytes(b"nothing")
    (tmp_path / "x.csv").write_text("1,2")
    np.savez(tmp_path / "two.npz", a=X, b=Y)
    for name, words in [
        ("x.npz", "cannot be read"),
        ("x.safetensors", "cannot be read"),
        ("x.csv", "must end in .npy, .npz"),
        ("none.npy", "does not exist"),
        ("two.npz", "holds several arrays, so say which .FILE:NAME.; it has a, b"),
    ]:
        with pytest.raises(InputError, match=words):
            read_array(tmp_path / name)
    with pytest.raises(InputError):
        read_array(tmp_path / "x.npy")
    with pytest.raises(InputError, match="has no array 'c'"):
        read_array(tmp_path / "two.npz", "c")


def test_a_dictionary_s_folder_is_read_by_its_layout(tmp_path):
    with pytest.raises(InputError, match=r"must hold cfg.json"):
        read_dictionary(tmp_path)
    (tmp_path / "cfg.json").write_text(json.dumps({"d_sae": 6, "d_in": 8}))
    decoder = np.eye(6, 8, dtype=np.float32)
    decoder[5] = -decoder[4]
    save_file({"W_dec": decoder, "b_dec": np.zeros(8, np.float32)}, tmp_path / "sae_weights.safetensors")
    weights, fields = read_dictionary(tmp_path)
    assert (weights == decoder).all()
    assert fields["d_sae"] == 6
    found = diagnose(str(tmp_path))
    assert [(each.neuron, each.features) for each in found.shared] == [(4, ("latent 4", "latent 5"))]


def dictionary(folder, decoder):
    folder.mkdir()
    (folder / "cfg.json").write_text("{}")
    save_file({"W_dec": np.ascontiguousarray(decoder, np.float32)}, folder / "sae_weights.safetensors")
    return str(folder)


def test_folders_of_dictionaries_are_matched(tmp_path):
    """Five copies of one dictionary, noisy and in other orders: matched, and judged alike in every order."""
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((48, 32))
    rows[:6] = 0
    rows[np.arange(6), [0, 0, 1, 1, 2, 2]] = 1  # six latents on three neurons
    noisy = [rows + 0.02 * rng.standard_normal(rows.shape) for _ in range(5)]
    ordered = [dictionary(tmp_path / f"ordered{i}", each) for i, each in enumerate(noisy)]
    mixed = [dictionary(tmp_path / f"mixed{i}", each[rng.permutation(48)]) for i, each in enumerate(noisy)]
    found, other = diagnose(ordered), diagnose(mixed[0], runs=mixed[1:])
    assert found.census.shape == other.census.shape == (5, 48, 32)
    assert found.census.thresholds.relative
    assert sorted(len(each.features) for each in found.shared) == sorted(len(each.features) for each in other.shared)
    assert found.verdict.origin is other.verdict.origin is Origin.COMPATIBLE
    assert "share alike by construction" in found.verdict.sentence
    assert "match" in " ".join(found.notes)
    assert "signs" in {each.test for each in found.missing}
    with pytest.raises(InputError, match=r"cannot be matched"):
        diagnose([dictionary(tmp_path / f"other{i}", rng.standard_normal((48, 32))) for i in range(3)])
    with pytest.raises(InputError, match=r"'.*ordered0' holds weights, which are diagnosed without `labels`"):
        diagnose(ordered[0], Y)
    with pytest.raises(InputError, match=r"'.*ordered0' holds weights, which are diagnosed without `labels`"):
        diagnose(X, Y, runs=[ordered[0]])


def test_lists_of_files_are_runs(tmp_path):
    arrays = [X, X + 1, X[:, ::-1]]
    for i, each in enumerate(arrays):
        np.save(tmp_path / f"x{i}.npy", each)
    found = diagnose([tmp_path / f"x{i}.npy" for i in range(3)], Y, draws=99)
    assert repr(found) == repr(diagnose(arrays, Y, draws=99))
    assert diagnose([str(tmp_path / "x0.npy")], Y, draws=99).census.shape[0] == 1


def test_endings_may_be_capitals(tmp_path):
    with (tmp_path / "x.NPY").open("wb") as file:
        np.save(file, X)
    assert (read_array(tmp_path / "x.NPY") == X).all()
    (tmp_path / "x.PT").write_bytes(b"")
    with pytest.raises(InputError, match="is a pickle"):
        read_array(tmp_path / "x.PT")


def test_one_array_of_a_file_is_read_alone(tmp_path, monkeypatch):
    import safetensors.numpy

    save_file({"x": X, "y": Y}, tmp_path / "x.safetensors")
    monkeypatch.setattr(safetensors.numpy, "load_file", lambda _: pytest.fail("the whole file was read"))
    assert (read_array(tmp_path / "x.safetensors", "x") == X).all()


@pytest.mark.torch
def test_short_floats_go_through_torch_or_say_so(tmp_path, monkeypatch):
    import sys

    import torch
    from safetensors.torch import save_file as save_tensors

    save_tensors({"x": torch.from_numpy(X).bfloat16()}, tmp_path / "x.safetensors")
    read = read_array(tmp_path / "x.safetensors")
    assert read.dtype == np.float32
    assert read == pytest.approx(X, rel=2**-7)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(InputError, match="holds BF16, which needs PyTorch to be read: pip install torch"):
        read_array(tmp_path / "x.safetensors")


@pytest.mark.torch
def test_weights_may_require_gradients():
    import torch

    weights = torch.eye(3, 4, requires_grad=True)
    plain = diagnose(np.eye(3, 4, dtype=np.float32))
    assert diagnose(weights).evidence == plain.evidence
    assert diagnose([weights, 0.9 * weights]).census.shape == (2, 3, 4)
    assert diagnose(weights, runs=[(0.9 * weights).bfloat16()]).census.shape == (2, 3, 4)


# Modules


@pytest.mark.torch
def test_a_layer_is_captured_as_it_is_computed():
    import torch

    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.Dropout(0.5), torch.nn.ReLU(), torch.nn.Linear(5, 3))
    net.train()
    batches = [
        (torch.from_numpy(X[:40]), torch.from_numpy(Y[:40])),
        (torch.from_numpy(X[40:]), torch.from_numpy(Y[40:])),
    ]
    activations, labels = capture(net, "2", batches)
    expected = np.maximum(X @ net[0].weight.detach().numpy().T + net[0].bias.detach().numpy(), 0)
    assert activations == pytest.approx(expected, abs=1e-6)
    assert (labels == Y).all()
    assert net.training
    assert not net[2]._forward_hooks
    found = diagnose_module(net, "2", batches, draws=99)
    assert found.evidence == diagnose(expected.astype(np.float32), Y, draws=99).evidence
    both = diagnose_layers(net, ["0", "2"], batches, draws=99)
    assert (both["2"].strength == found.strength).all()
    assert (both["0"].strength != found.strength).any()
    apart = diagnose_module(net, "2", ((x, None) for x, _ in batches), labels=list(Y), draws=99)
    assert (apart.strength == found.strength).all()
    with pytest.raises(InputError, match="Unknown layer '9'; known: 0, 1, 2, 3"):
        diagnose_module(net, "9", batches)
    with pytest.raises(InputError, match="`labels` must be given"):
        diagnose_module(net, "2", [torch.from_numpy(X)])
    with pytest.raises(InputError, match="`loader` must yield batches"):
        diagnose_module(net, "2", [])
    with pytest.raises(InputError, match=r"torch\.nn\.Module, but is int"):
        diagnose_module(3, "2", [])


def test_places_and_tokens_are_pooled_as_said():
    images = np.arange(2 * 3 * 2 * 2.0).reshape(2, 3, 2, 2)
    assert pooled(images, "max").tolist() == [[3, 7, 11], [15, 19, 23]]
    assert pooled(images, "mean").tolist() == [[1.5, 5.5, 9.5], [13.5, 17.5, 21.5]]
    assert pooled(images, "each").shape == (8, 3)
    assert pooled(images, "each")[1].tolist() == [1, 5, 9]
    tokens = np.arange(12.0).reshape(2, 3, 2)
    assert pooled(tokens, "max").tolist() == [[4, 5], [10, 11]]
    with pytest.raises(InputError, match="axis of neurons"):
        pooled(np.zeros(3), "max")


def batches_of(inputs, labels, size=20):
    import torch

    starts = range(0, len(inputs), size)
    return [(torch.as_tensor(inputs[i : i + size]), labels[i : i + size]) for i in starts]


def token_network():
    """An embedding of tokens, and a layer on their mean."""
    import torch

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.tokens = torch.nn.Embedding(9, 6)
            self.head = torch.nn.Linear(6, 5)

        def forward(self, inputs):
            return self.head(self.tokens(inputs).mean(dim=1))

    torch.manual_seed(0)
    return Network()


@pytest.mark.torch
def test_every_place_gets_its_input_s_label_whatever_the_length_of_its_batch():
    import torch

    net = token_network()
    tokens = torch.from_numpy(np.random.default_rng(0).integers(0, 9, (40, 8)))
    batches = [(tokens[:20, :2], Y[:20]), (tokens[20:, :8], Y[20:40])]
    activations, labels = capture(net, "tokens", batches, pool="each")
    expected = np.concatenate([np.repeat(Y[:20], 2), np.repeat(Y[20:40], 8)])
    assert (labels == expected).all()
    direct = diagnose(activations, expected, draws=99)
    assert (diagnose_module(net, "tokens", batches, pool="each", draws=99).strength == direct.strength).all()
    both = diagnose_layers(net, ["tokens", "head"], [x for x, _ in batches], labels=Y[:40], pool="each", draws=99)
    assert (both["tokens"].strength == direct.strength).all()
    assert both["head"].strength.shape == (1, 3, 5)


@pytest.mark.torch
def test_labels_of_places_are_taken_as_they_are():
    import torch

    net = token_network()
    tokens = torch.from_numpy(np.random.default_rng(1).integers(0, 9, (40, 6)))
    batches = [(tokens[:20, :4], tokens[:20, :4] % 3), (tokens[20:], tokens[20:] % 3)]
    _, labels = capture(net, "tokens", batches, pool="each")
    flat = np.concatenate([y.reshape(-1).numpy() for _, y in batches])
    assert (labels == flat).all()
    activations, _ = capture(net, "tokens", [tokens], pool="each")
    expected = diagnose(activations, tokens.reshape(-1).numpy() % 3, draws=99).strength
    for given in (tokens % 3, (tokens % 3).reshape(-1)):
        found = diagnose_module(net, "tokens", [tokens[:20], tokens[20:]], pool="each", labels=given, draws=99)
        assert (found.strength == expected).all()


@pytest.mark.torch
def test_columns_of_labels_keep_their_names_and_rows_where_places_are_samples():
    import pandas as pd

    net = token_network()
    tokens = np.random.default_rng(2).integers(0, 9, (60, 2))
    frame = pd.DataFrame({"sea": Y == 0, "land": tokens[:, 0] > 4}).astype(int)
    inputs = [x for x, _ in batches_of(tokens, Y)]
    options = {"pool": "each", "kind": "multi-label", "draws": 99}
    found = diagnose_module(net, "tokens", inputs, labels=frame, **options)
    assert found.names == ("sea", "land")
    assert found.selectivity[0].samples == 120
    loaded = diagnose_module(net, "tokens", batches_of(tokens, frame.to_numpy()), **options)
    assert (loaded.strength == found.strength).all()


@pytest.mark.torch
def test_labels_are_as_many_as_inputs():
    net = token_network()
    tokens = np.random.default_rng(3).integers(0, 9, (60, 2))
    inputs = [x for x, _ in batches_of(tokens, Y)]
    for pool, must in (("each", "each of the 120 tokens, or of the 60 texts"), ("max", "each of the 60 inputs")):
        with pytest.raises(InputError, match=rf"one label for {must}, as layer 'tokens' .* but has 30"):
            diagnose_module(net, "tokens", inputs, labels=Y[:30], pool=pool)
        with pytest.raises(InputError, match=r"the 20 (inputs|texts) of a batch, .* but has 10"):
            diagnose_module(net, "tokens", [(inputs[0], Y[:10])], pool=pool)
        with pytest.raises(InputError, match="always or never, but does in 1 batch only"):
            diagnose_module(net, "tokens", [(inputs[0], Y[:20]), inputs[1]], pool=pool)
    ragged = [(inputs[0], np.zeros((20, 5), int)), (inputs[1], np.zeros((20, 6), int))]
    with pytest.raises(InputError, match=r"labels of one shape .* yields \(20, 5\) and \(20, 6\)"):
        diagnose_module(net, "tokens", ragged)


@pytest.mark.torch
@pytest.mark.parametrize(
    ("loader", "words"),
    [
        (lambda x: None, "a list or a loader of batches, but is of type NoneType"),
        (lambda x: 5, "a list or a loader of batches, but is of type int"),
        (lambda x: x, "a list or a loader of batches, but is of type Tensor"),
        (lambda x: [(x, Y, 0)], "with one label for each input, but has the single label 0"),
        (lambda x: [{x}], "(inputs, labels), but yields a set"),
    ],
)
def test_loaders_of_other_things_are_one_sentence(loader, words):
    import torch

    with pytest.raises(InputError) as caught:
        diagnose_module(torch.nn.Sequential(torch.nn.Linear(4, 5)), "0", loader(torch.from_numpy(X)))
    assert words in str(caught.value)


@pytest.mark.torch
def test_what_follows_a_layer_does_not_write_into_what_is_kept():
    import torch

    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.ReLU(inplace=True))
    activations, _ = capture(net, "0", [torch.from_numpy(X)])
    assert (activations < 0).any()


@pytest.mark.torch
def test_a_frozen_part_stays_frozen():
    import torch

    net = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.BatchNorm1d(5), torch.nn.Dropout(0.5)).train()
    net[1].eval()
    capture(net, "0", [torch.from_numpy(X)])
    assert [each.training for each in net.modules()] == [True, True, False, True]


@pytest.mark.torch
@pytest.mark.parametrize("length", [6, 8])
def test_channels_of_one_dimensional_convolutions_are_neurons(length):
    import torch

    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Conv1d(1, 6, 3, padding=1), torch.nn.BatchNorm1d(6), torch.nn.Linear(length, 7))
    inputs = torch.randn(10, 1, length)
    with torch.no_grad():
        expected = net[0](inputs).numpy()
    assert capture(net, "0", [inputs])[0] == pytest.approx(expected.max(axis=2))
    assert capture(net, "0", [inputs], pool="each")[0] == pytest.approx(expected.transpose(0, 2, 1).reshape(-1, 6))
    assert capture(net, "1", [inputs])[0].shape == (10, 6)
    assert capture(net, "2", [inputs])[0].shape == (10, 7)
