"""Folders as SAELens, dictionary_learning and sparsify write them: decoder, encoder, half precision, hostile files."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest
from safetensors.numpy import save_file

import polygenesis as pg
from polygenesis.errors import InputError
from polygenesis.probe import read_dictionary

RNG = np.random.default_rng(0)
ENCODER, DECODER = (RNG.standard_normal((40, 16)).astype(np.float32) for _ in range(2))
SAELENS = {"d_in": 16, "d_sae": 40, "architecture": "standard", "metadata": {"sae_lens_version": "6.54.12"}}
LEARNING = {"trainer": {"trainer_class": "StandardTrainer", "activation_dim": 16, "dict_size": 40}, "buffer": {}}
SPARSIFY = {
    "activation": "topk",
    "expansion_factor": 2.5,
    "normalize_decoder": True,
    "num_latents": 0,
    "k": 8,
    "d_in": 16,
}


def folder(place, fields, arrays, settings="cfg.json", weights="sae_weights.safetensors"):
    place.mkdir()
    (place / settings).write_text(json.dumps(fields))
    save_file({name: np.ascontiguousarray(each) for name, each in arrays.items()}, place / weights)
    return place


def checkpoint(place, held, save=None):
    torch = pytest.importorskip("torch")
    place.mkdir()
    (place / "config.json").write_text(json.dumps(LEARNING))
    (save or torch.save)(held, place / "ae.pt")
    return place


def right(place):
    assert (read_dictionary(place)[0] == DECODER).all()
    assert (read_dictionary(place, "encoder")[0] == ENCODER).all()
    return True


def test_saelens_and_sparsify(tmp_path):
    assert right(folder(tmp_path / "lens", SAELENS, {"W_dec": DECODER, "W_enc": ENCODER.T, "b_dec": np.zeros(16)}))
    arrays = {"W_dec": DECODER, "encoder.weight": ENCODER, "encoder.bias": np.zeros(40)}
    assert right(folder(tmp_path / "sparsify", SPARSIFY, arrays, weights="sae.safetensors"))


@pytest.mark.torch
def test_dictionary_learning(tmp_path):
    torch = pytest.importorskip("torch")
    encoder, decoder = torch.nn.Parameter(torch.tensor(ENCODER)), torch.tensor(DECODER)
    linear = {"bias": torch.zeros(16), "encoder.weight": encoder, "decoder.weight": decoder.T, "k": torch.tensor(8)}
    assert right(checkpoint(tmp_path / "linear", linear))
    assert right(checkpoint(tmp_path / "jump", {"W_enc": encoder.T, "W_dec": decoder, "threshold": torch.zeros(40)}))
    short = checkpoint(tmp_path / "short", {name: each.bfloat16() for name, each in linear.items()})
    assert read_dictionary(short)[0].dtype == np.float32
    assert read_dictionary(short)[0] == pytest.approx(DECODER, rel=2**-7)


def test_half_precision_becomes_single(tmp_path):
    found = read_dictionary(folder(tmp_path / "half", SAELENS, {"W_dec": DECODER.astype(np.float16)}))[0]
    assert found.dtype == np.float32
    assert found == pytest.approx(DECODER, rel=2**-10)


def test_a_square_dictionary_is_read_where_the_library_is_known(tmp_path):
    square = DECODER[:16]
    fields = {**SAELENS, "d_sae": 16}
    assert (read_dictionary(folder(tmp_path / "known", fields, {"W_dec": square}))[0] == square).all()
    with pytest.raises(InputError, match="is square"):
        read_dictionary(folder(tmp_path / "unknown", {"d_in": 16, "d_sae": 16}, {"W_dec": square}))


def test_a_transcoder_writes_to_other_neurons_than_it_reads(tmp_path):
    writes = RNG.standard_normal((40, 24)).astype(np.float32)
    place = folder(tmp_path / "transcoder", {**SAELENS, "d_out": 24}, {"W_dec": writes, "W_enc": ENCODER.T})
    assert (read_dictionary(place)[0] == writes).all()
    assert (read_dictionary(place, "encoder")[0] == ENCODER).all()


def test_a_diagnosis_reads_the_part_that_is_asked_for(tmp_path):
    place = folder(tmp_path / "sae", SAELENS, {"W_dec": DECODER, "W_enc": ENCODER.T})
    assert (pg.diagnose(place).strength[0] == DECODER).all()
    found = pg.diagnose(str(place), dictionary="encoder")
    assert (found.strength[0] == ENCODER).all()
    assert found.record["options"]["dictionary"] == "encoder"
    for given, labels in ((DECODER, None), (ENCODER.T, np.arange(16) % 2)):
        with pytest.raises(InputError, match="`dictionary`"):
            pg.diagnose(given, labels, dictionary="encoder")
    with pytest.raises(InputError, match="Unknown part of a dictionary 'both'; known: decoder, encoder"):
        pg.diagnose(place, dictionary="both")
    with pytest.raises(InputError, match=r"must hold an array 'W_enc' or 'encoder\.weight', but has W_dec"):
        pg.diagnose(folder(tmp_path / "decoder", SAELENS, {"W_dec": DECODER}), dictionary="encoder")


def test_a_folder_of_folders_names_them(tmp_path):
    folder(tmp_path / "layers.3", SPARSIFY, {"W_dec": DECODER})
    with pytest.raises(InputError, match=r"it holds layers\.3, so name one of these"):
        read_dictionary(tmp_path)


DAMAGED = "cannot be read: it is damaged, or holds objects that could run code"


class Hostile:
    def __reduce__(self):
        return print, ("executed",)


def pickled(held, file):
    file.write_bytes(pickle.dumps(held, protocol=2))


def raw(held, file):
    file.write_bytes(held)


@pytest.mark.torch
def test_hostile_checkpoints_are_one_sentence_and_never_executed(tmp_path, capsys):
    torch = pytest.importorskip("torch")
    cases = [
        ({"decoder.weight": Hostile()}, None, DAMAGED),
        ({"decoder.weight": Hostile()}, pickled, DAMAGED),
        (torch.nn.Linear(2, 2), None, DAMAGED),
        ([torch.zeros(2, 2)], None, "must hold tensors by name, but holds a list"),
        ({"other": torch.zeros(2, 2)}, None, "must hold an array 'W_dec' or 'decoder.weight', but has other"),
        ({"decoder.weight": torch.zeros(2, 3, 4)}, None, r"must be a matrix, but has shape \(2, 3, 4\)"),
        ({"decoder.weight": torch.zeros(1).expand(200_000, 200_000)}, None, "would take 160 GB"),
        (b"nothing", raw, DAMAGED),
        (b"", raw, DAMAGED),
    ]
    for at, (held, save, says) in enumerate(cases):
        with pytest.raises(InputError, match=says) as raised:
            read_dictionary(checkpoint(tmp_path / str(at), held, save))
        assert "\n" not in str(raised.value)
    assert "executed" not in capsys.readouterr().out


@pytest.mark.parametrize("architecture", ["Standard", "TopK", "JumpReLU", "Gated"])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_folders_that_saelens_itself_writes(tmp_path, architecture, precision):
    lens = pytest.importorskip("sae_lens")
    config = getattr(lens, f"{architecture}SAEConfig")(d_in=16, d_sae=40, device="cpu", dtype=precision)
    made = getattr(lens, f"{architecture}SAE")(config)
    made.save_model(str(tmp_path / "sae"))
    assert (read_dictionary(tmp_path / "sae")[0] == made.W_dec.detach().float().numpy()).all()
    assert (read_dictionary(tmp_path / "sae", "encoder")[0] == made.W_enc.detach().float().numpy().T).all()


def test_the_same_dictionary_in_another_order_is_matched(tmp_path):
    """12 pairs of 48 latents share a neuron: the same pairs, on the same neurons, whatever the order of the rows."""
    decoder = np.zeros((48, 64), np.float32)
    home = np.arange(48)
    home[1:24:2] = home[0:24:2]
    decoder[np.arange(48), home] = 1
    fields = {**SAELENS, "d_in": 64, "d_sae": 48}
    places = [
        folder(tmp_path / str(r), fields, {"W_dec": decoder[np.random.default_rng(r).permutation(48)]})
        for r in range(3)
    ]
    found = pg.diagnose(places, draws=99)
    assert found.carried.shape[:2] == (3, 48)
    assert "48 latents are in all 3 dictionaries" in " ".join(found.notes)
    assert {len(each.features) for each in found.shared} == {2}
    assert found.verdict.origin.name == "COMPATIBLE"
