"""Files and modules: what is read, and what is refused in one sentence."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest
from safetensors.numpy import save_file

from polygenesis.errors import InputError
from polygenesis.probe import capture, diagnose, diagnose_layers, diagnose_module, read_array, read_dictionary
from polygenesis.probe.capture import pooled

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
    assert [(each.neuron, each.features) for each in found.shared] == [(4, ("4", "5"))]


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
