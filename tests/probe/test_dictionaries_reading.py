"""Dictionaries in folders: orientation, encoders, several seeds, and what is refused in one sentence."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors.numpy import save_file

from polygenesis.errors import InputError
from polygenesis.probe import read_dictionary
from polygenesis.probe.dictionaries.reading import read_encoder
from polygenesis.probe.dictionaries.weights import CIRCULAR, dictionary_weights

DECODER = np.random.default_rng(0).standard_normal((96, 32)).astype(np.float32)


def folder(place, fields, **arrays):
    place.mkdir()
    (place / "cfg.json").write_text(fields if isinstance(fields, str) else json.dumps(fields))
    save_file({name: np.ascontiguousarray(each) for name, each in arrays.items()}, place / "sae_weights.safetensors")
    return place


@pytest.mark.parametrize(
    "fields",
    [
        {"d_in": 32, "d_sae": 96},
        {"activation_dim": 32, "dict_size": 96},
        {"input_dim": 32, "dictionary_size": 96},
        {"trainer": {"activation_dim": 32, "dict_size": 96}, "buffer": {"ctx_len": 128}},
        {"d_in": 32},
        {"d_sae": 96, "num_latents": 0},
        {"d_in": 32, "num_latents": 0, "expansion_factor": 3},
    ],
)
def test_the_decoder_is_turned_as_cfg_says(tmp_path, fields):
    right = folder(tmp_path / "right", fields, W_dec=DECODER)
    turned = folder(tmp_path / "turned", fields, W_dec=DECODER.T)
    linear = folder(tmp_path / "linear", fields, **{"decoder.weight": DECODER.T, "decoder.bias": np.zeros(32)})
    for place in (right, turned, linear):
        decoder, read = read_dictionary(place)
        assert (decoder == DECODER).all()
        assert read == fields


def test_without_sizes_each_name_has_its_usual_layout(tmp_path):
    square = np.arange(9.0, dtype=np.float32).reshape(3, 3)
    for name, array in (("W_dec", square), ("decoder.weight", square.T)):
        assert (read_dictionary(folder(tmp_path / name, {}, **{name: array}))[0] == square).all()


def test_encoders_are_features_by_neurons_like_decoders(tmp_path):
    sizes = {"d_in": 32, "d_sae": 96}
    encoder = DECODER + 1
    layouts = [
        {"W_dec": DECODER, "W_enc": encoder.T},
        {"W_dec": DECODER, "W_enc": encoder},
        {"W_dec": DECODER.T, "W_enc": encoder.T},
        {"W_dec": DECODER, "encoder.weight": encoder},
        {"decoder.weight": DECODER.T, "encoder.weight": encoder},
    ]
    for i, arrays in enumerate(layouts):
        assert (read_encoder(folder(tmp_path / str(i), sizes, **arrays)) == encoder).all()
    assert read_encoder(folder(tmp_path / "none", sizes, W_dec=DECODER)) is None
    with pytest.raises(
        InputError, match=r"encoder of its decoder's size, but they have shapes \(32, 95\) and \(96, 32\)"
    ):
        read_encoder(folder(tmp_path / "narrow", sizes, W_dec=DECODER, W_enc=encoder[:95].T))


@pytest.mark.parametrize(
    ("fields", "arrays", "words"),
    [
        (
            {"d_in": 32, "d_sae": 64},
            {"W_dec": DECODER},
            r"fit cfg.json, which says 64 latents and 32 neurons, but .*96",
        ),
        ({"d_in": 31}, {"W_dec": DECODER}, "fit cfg.json, which says 31 neurons, but"),
        ({"d_in": 32, "d_sae": 32}, {"W_dec": DECODER[:32]}, "is square, .*pass the array itself, latents by neurons"),
        ({}, {"W_dec": DECODER.T, "W_enc": DECODER.T}, "cfg.json does not say how many latents and neurons"),
        ({"d_in": 32}, {"W_enc": DECODER}, "must hold an array 'W_dec' or 'decoder.weight', but has W_enc"),
        ({"d_in": 32}, {"W_dec": DECODER[0]}, r"'W_dec' of .* must be a matrix, but has shape \(32,\)"),
        ("{", {"W_dec": DECODER}, "is not valid JSON"),
        ("[" * 100_000, {"W_dec": DECODER}, "is not valid JSON"),
    ],
)
def test_contradictions_are_one_sentence(tmp_path, fields, arrays, words):
    with pytest.raises(InputError, match=words) as raised:
        read_dictionary(folder(tmp_path / "sae", fields, **arrays))
    assert "\n" not in str(raised.value)


def test_odd_settings_and_damaged_weights(tmp_path):
    assert read_dictionary(folder(tmp_path / "list", "[1]", W_dec=DECODER))[1] == {}
    odd = folder(tmp_path / "odd", {"d_in": "32", "d_sae": True}, W_dec=DECODER)
    assert (read_dictionary(odd)[0] == DECODER).all()
    (odd / "sae_weights.safetensors").write_bytes(b"nothing")
    with pytest.raises(InputError, match="cannot be read"):
        read_dictionary(odd)


# Several dictionaries


def seeds(tmp_path, number=3, noise=0.3):
    """Dictionaries of 96 latents, of which the first 60 are in all of them, in an order of their own."""
    folders, places = [], []
    for r in range(number):
        random = np.random.default_rng([1, r])
        own = random.standard_normal(DECODER.shape)
        rows = np.concatenate([DECODER[:60] + noise * own[:60], own[60:]]).astype(np.float32)
        order = random.permutation(96)
        fields = {"d_in": 32, "d_sae": 96}
        decoder = rows[order].T if r == 1 else rows[order]  # one of them is stored the other way round
        folders.append(str(folder(tmp_path / f"seed{r}", fields, W_dec=decoder)))
        places.append(np.argsort(order)[:60])
    return folders, np.stack(places)


def test_folders_of_several_seeds_become_runs_with_the_same_features(tmp_path):
    folders, places = seeds(tmp_path)
    weights, names, note, matching = found = dictionary_weights(folders)
    assert weights.shape == (3, len(names), 32)
    known = {tuple(column) for column in places.T}
    right = [tuple(column) in known for column in matching.rows.T]
    assert sum(right) >= 0.95 * 60
    assert sum(right) >= 0.95 * len(right)
    for r, place in enumerate(folders):
        assert (weights[r] == read_dictionary(place)[0][matching.rows[r]]).all()
    assert names == tuple(f"latent {row}" for row in matching.rows[matching.reference])
    assert note == f"{matching.sentence} {CIRCULAR}"
    assert not found.sign_rule_applies
    again = dictionary_weights([read_dictionary(place)[0] for place in folders])
    assert (again.weights == weights).all()
    assert again.note == note


def test_an_array_of_runs_is_several_dictionaries(tmp_path):
    folders, _ = seeds(tmp_path)
    decoders = np.stack([read_dictionary(place)[0] for place in folders])
    assert (dictionary_weights(decoders).weights == dictionary_weights(folders).weights).all()


def test_one_dictionary_is_only_read(tmp_path):
    place = folder(tmp_path / "one", {"d_in": 32}, W_dec=DECODER.T)
    for given in (place, str(place), [place], DECODER, DECODER[None]):
        weights, names, note, matching = found = dictionary_weights(given)
        assert (weights == DECODER[None]).all()
        assert names[:2] == ("latent 0", "latent 1")
        assert (note, matching) == ("", None)
        assert not found.sign_rule_applies


def test_tensors_and_files_are_read(tmp_path):
    np.save(tmp_path / "decoder.npy", DECODER)
    assert (dictionary_weights(tmp_path / "decoder.npy").weights == DECODER).all()
    torch = pytest.importorskip("torch", reason="needs PyTorch")
    assert (dictionary_weights(torch.tensor(DECODER)).weights == DECODER).all()


def test_permuted_copies_are_one_dictionary(tmp_path):
    """The case of a dictionary whose pairs of latents share a neuron: each copy keeps all pairs."""
    decoder = np.zeros((48, 64), np.float32)
    home = np.arange(48)
    home[1:24:2] = home[0:24:2]
    decoder[np.arange(48), home] = 1
    random = np.random.default_rng(3)
    fields = {"d_in": 64, "d_sae": 48}
    folders = [folder(tmp_path / str(r), fields, W_dec=decoder[random.permutation(48)]) for r in range(5)]
    weights = dictionary_weights(folders).weights
    assert weights.shape == (5, 48, 64)
    assert (weights == weights[0]).all()


def test_unrelated_seeds_and_odd_values_are_refused(tmp_path):
    random = np.random.default_rng(4)
    for r in range(2):
        folder(tmp_path / str(r), {}, W_dec=random.standard_normal((96, 32)))
    with pytest.raises(InputError, match="The 2 dictionaries cannot be matched"):
        dictionary_weights([tmp_path / "0", tmp_path / "1"])
    with pytest.raises(InputError, match=r"same neurons to be matched, but 0 and 1 have 32 and 31"):
        dictionary_weights([DECODER, DECODER[:, :31]])
    for given, words in [
        ([], "be a dictionary or a list of dictionaries"),
        (3, "be a dictionary or a list of dictionaries"),
        ([DECODER, np.ones(3)], "Dictionary 1 must be real numbers, latents by neurons"),
        ([np.where(DECODER > 3, np.nan, DECODER)], "Dictionary 0 must be finite"),
        (np.array([["a", "b"]]), "Dictionary 0 must be real numbers"),
        (np.zeros((2, 2, 2, 2)), "Dictionary 0 must be real numbers"),
    ]:
        with pytest.raises(InputError, match=words):
            dictionary_weights(given)


def test_matched_dictionaries_of_chance_sharing_recur_by_construction():
    """Why recurrence does not apply: features that chose neurons at random, seen by three autoencoders."""
    random = np.random.default_rng(5)
    decoder = np.zeros((64, 96))
    decoder[np.arange(64), random.integers(0, 96, 64)] = 1
    seen = [(decoder + 0.02 * random.standard_normal(decoder.shape))[random.permutation(64)] for _ in range(3)]
    found = dictionary_weights(seen)
    shared = [each.T @ each > 0 for each in (found.weights > 0.5).astype(int).transpose(0, 2, 1)]
    assert np.triu(shared[0], 1).sum() >= 10
    assert all((each == shared[0]).all() for each in shared)
    assert not found.recurrence_applies


@pytest.mark.parametrize(("name", "part"), [("W_dec", "decoder"), ("W_enc", "encoder")])
def test_weights_that_are_not_finite_are_refused_where_they_are_read(tmp_path, name, part):
    matrices = {"W_dec": DECODER.copy(), "W_enc": DECODER.T.copy()}
    (matrices[name] if part == "decoder" else matrices[name].T)[3, 1] = np.nan
    made = folder(tmp_path / "a", {}, **matrices)
    with pytest.raises(InputError, match=f"Array '{name}' of .* must be finite, but 1 of its latents hold NaN"):
        read_dictionary(made, part)
