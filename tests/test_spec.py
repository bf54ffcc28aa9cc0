"""A spec is a value: equal settings have equal keys, wrong ones answer in one sentence."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parts import ROWS
from polygenesis.checks import check_weights, kind_of
from polygenesis.errors import InputError
from polygenesis.features import OneHot
from polygenesis.initial import Gaussian, Xavier
from polygenesis.models import TiedAutoencoder
from polygenesis.noise import Bipolar, GaussianNoise, NoNoise
from polygenesis.penalties import L1, NoPenalty
from polygenesis.saving import Save
from polygenesis.spec import SCHEMA, RunSpec, merge, part_classes, read_fields
from polygenesis.training import AdamW, GradientDescent, GradientFlow


def part_of(field: str) -> str:
    """What a field must be: one of its parts, a list that grows."""
    return f"a part ({', '.join(map(kind_of, part_classes()[field]))}) or a table with its `kind`"


def known(field: str) -> str:
    return ", ".join(sorted(map(kind_of, part_classes()[field])))


MODEL = TiedAutoencoder(n=4, m=8)
SPEC = RunSpec(MODEL)

WRITTEN = RunSpec(  # every field by hand, so that a better default changes no golden text
    model=MODEL,
    features=OneHot(),
    penalty=L1(0.016),
    initial=Gaussian(),
    noise=NoNoise(),
    training=GradientFlow(tolerance=1e-3, max_step=0.8, max_time=None, residual=1e-5),
    replicates=1,
    seed=0,
    precision="float64",
    save=Save(times=0, series=(), weights=False, first=0.01),
)
CANONICAL = (
    '{"features":{"kind":"one-hot"},"initial":{"kind":"gaussian","std":null},"model":{"kind":"tied-autoencoder",'
    '"m":8,"n":4},"noise":{"kind":"none"},"penalty":{"kind":"l1","strength":0.016},"precision":"float64",'
    '"replicates":1,"save":{"first":0.01,"series":[],"times":0,"weights":false},"schema":2,"seed":0,"training":'
    '{"kind":"gradient-flow","max_step":0.8,"max_time":null,"residual":1e-05,"tolerance":0.001}}'
)


def rows(field: str) -> st.SearchStrategy[Any]:
    return st.sampled_from([each for row in ROWS if row.field == field for each in row[1:] if each is not None])


SPECS = st.builds(
    RunSpec,
    model=st.builds(TiedAutoencoder, n=st.integers(1, 10**6), m=st.integers(1, 10**9)),
    features=rows("features"),
    penalty=st.one_of(rows("penalty"), st.floats(0, 10, allow_subnormal=False).map(L1)),
    initial=rows("initial"),
    noise=rows("noise"),
    training=rows("training"),
    replicates=st.integers(1, 1000),
    seed=st.integers(0, 2**70),
    precision=st.sampled_from(["float32", "float64"]),
    save=rows("save"),
)


# Equal values, equal keys


def test_the_canonical_text_and_key_are_these():
    # Folders are named by it: a change here makes every stored run unknown and needs a new schema.
    assert WRITTEN.canonical == CANONICAL
    assert WRITTEN.key == hashlib.sha256(CANONICAL.encode()).hexdigest()


@given(SPECS)
def test_a_spec_survives_json(spec: RunSpec):
    again = RunSpec.from_json(spec.canonical)
    assert again == spec
    assert hash(again) == hash(spec)
    assert again.key == spec.key
    assert json.loads(spec.canonical)["schema"] == SCHEMA


@given(SPECS, SPECS)
def test_keys_are_equal_exactly_when_specs_are(one: RunSpec, other: RunSpec):
    assert (one.key == other.key) == (one == other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (L1(1), L1(1.0)),
        (L1(0.0), L1(-0.0)),
        (L1(0.5), L1(np.float32(0.5))),
        (TiedAutoencoder(4, 8), TiedAutoencoder(n=np.int64(4), m=8.0)),
        (TiedAutoencoder(4, 8), TiedAutoencoder(n="4", m=" 8 ")),
        (GradientDescent(0.5, 1000), GradientDescent("5e-1", "1e3")),
        (Save(times=[1, 2], weights=True), Save(times=(1.0, 2.0), weights=True)),
        (Save(times=np.array([1.0, 2.0]), weights=True), Save(times=(1.0, 2.0), weights=True)),
        (Save(times="7", weights=True), Save(times=7.0, weights=True)),
    ],
)
def test_equal_settings_are_equal_values(one: object, other: object):
    field = next(row.field for row in ROWS if type(row.part) is type(one))
    specs = [RunSpec(**{"model": MODEL, field: each}) for each in (one, other)]
    assert one == other
    assert hash(one) == hash(other)
    assert specs[0].canonical == specs[1].canonical


@pytest.mark.parametrize(
    "changes",
    [{"replicates": 9}, {"seed": 9}, {"precision": "float32"}, {"save": Save(times=3, weights=True)}],
)
def test_what_does_not_change_the_process_keeps_its_stream(changes: dict[str, Any]):
    changed = SPEC.replace(**changes)
    assert changed.streams == SPEC.streams
    assert changed.key != SPEC.key


@pytest.mark.parametrize(
    "changes",
    [
        {"model": TiedAutoencoder(4, 9)},
        {"model": TiedAutoencoder(5, 8)},
        {"initial": Xavier()},
        {"initial": Gaussian(0.3)},
    ],
)
def test_another_start_shares_no_stream(changes: dict[str, Any]):
    assert not set(SPEC.replace(**changes).streams) & set(SPEC.streams)


# From files and tables


def test_toml_names_the_default_part_by_its_fields():
    text = "replicates = 3\n[model]\nn = 4\nm = 8\n[penalty]\nstrength = 1\n[initial]\n[noise]\n"
    assert RunSpec.from_toml(text) == RunSpec(MODEL, penalty=L1(1), replicates=3)


def test_a_table_is_left_as_it_was():
    fields = {"model": {"n": 4, "m": 8}, "penalty": {"strength": 1}, "schema": 1}
    copy = json.loads(json.dumps(fields))
    RunSpec.from_dict(fields)
    assert fields == copy


def test_a_spec_is_read_from_either_kind_of_file(tmp_path):
    toml, dotjson = tmp_path / "spec.toml", tmp_path / "spec.json"
    toml.write_text("\ufeff[model]\nn = 4\nm = 8\n", encoding="utf-8")
    dotjson.write_text(SPEC.canonical)
    assert RunSpec.from_file(toml) == RunSpec.from_file(str(dotjson)) == SPEC


def test_merging_lays_changes_over_fields():
    base = SPEC.to_dict()
    assert RunSpec.from_dict(merge(base, {"model": {"m": 16}})) == SPEC.replace(model=TiedAutoencoder(4, 16))
    other = merge(base, {"training": {"kind": "adamw", "steps": 5}, "seed": 3})
    assert RunSpec.from_dict(other) == SPEC.replace(training=AdamW(steps=5), seed=3)
    assert base == SPEC.to_dict()


# Wrong input: one sentence that names the field and the value

PLAIN = "[model]\nn = 4\nm = 8\n"
ASKED = "L1 has fields strength. Did you mean `penalty.strength`?"
SEED = "Did you mean `seed`?"
NAMES = (
    "features, importance, initial, interference, model, noise, penalty, precision, replicates, save, schema, seed, "
    "target, training"
)
TIMES = "be a number of times or a list of increasing times, none below 0"


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: TiedAutoencoder(4, 0), "Argument `m` must be greater than 0, but is 0."),
        (lambda: TiedAutoencoder(4.5, 8), "Argument `n` must be a whole number, but is 4.5."),
        (lambda: TiedAutoencoder(True, 8), "Argument `n` must be a whole number, but is True."),
        (lambda: TiedAutoencoder("four", 8), "Argument `n` must be a whole number, but is 'four'."),
        (lambda: TiedAutoencoder(4), "Field `m` is missing."),
        (lambda: TiedAutoencoder(4, 8, 9), "TiedAutoencoder takes n, m, but is given 9 as well."),
        (lambda: TiedAutoencoder(4, n=8, m=9), "Field `n` is given twice."),
        (lambda: TiedAutoencoder(4, 8, kind="mlp"), "Unknown kind 'mlp'; known: tied-autoencoder."),
        (lambda: OneHot(3), "OneHot takes no unnamed values, but is given 3 as well."),
        (lambda: NoPenalty(strength=1), "Unknown field `strength` (given 1); NoPenalty has no fields."),
        (lambda: L1(-1), "Argument `strength` must be at least 0, but is -1."),
        (lambda: L1(float("nan")), "Argument `strength` must be a finite number, but is nan."),
        (lambda: L1("inf"), "Argument `strength` must be a finite number, but is 'inf'."),
        (lambda: L1(None), "Argument `strength` must be a finite number, but is None."),
        (lambda: Bipolar(0.1, shared="perhaps"), "Argument `shared` must be true or false, but is 'perhaps'."),
        (lambda: Xavier(law="cauchy"), "Unknown law 'cauchy'; known: normal, uniform."),
        (lambda: GradientFlow(max_step=0), "Argument `max_step` must be greater than 0, but is 0."),
        (lambda: AdamW(beta1=-1), "Argument `beta1` must be at least 0, but is -1."),
        (lambda: Save(times=-1), f"Argument `times` must {TIMES}, but is -1."),
        (lambda: Save(times=1.5), f"Argument `times` must {TIMES}, but is 1.5."),
        (lambda: Save(times="soon"), f"Argument `times` must {TIMES}, but is 'soon'."),
        (lambda: Save(times=(2.0, 1.0)), f"Argument `times` must {TIMES}, but is (2.0, 1.0)."),
        (lambda: Save(times=[1, 1]), f"Argument `times` must {TIMES}, but is [1, 1]."),
        (lambda: Save(times=[-1.0, 1.0]), f"Argument `times` must {TIMES}, but is [-1.0, 1.0]."),
        (lambda: Save(times=[1.0, None]), f"Argument `times` must {TIMES}, but is [1.0, None]."),
        (lambda: Save(times=3, series="loss"), "Argument `series` must be a list, but is 'loss'."),
        (
            lambda: Save(times=3, series=("loss", "loss")),
            "Argument `series` must name each series once, but is ('loss', 'loss').",
        ),
        (lambda: Save(series=("loss",)), "Saving `series` or `weights` needs `times`, but there are none."),
        (lambda: Save(times=3), "Saving at `times` needs `series` or `weights`, but neither is given."),
        (lambda: RunSpec(), "Field `model` is missing."),
        (
            lambda: RunSpec(3),
            f"Argument `model` must be {part_of('model')}, but is 3.",
        ),
        (
            lambda: RunSpec(MODEL, penalty=0.1),
            f"Argument `penalty` must be {part_of('penalty')}, but is 0.1.",
        ),
        (lambda: RunSpec(MODEL, penalty=Bipolar(0.1)), f"Unknown penalty 'bipolar'; known: {known('penalty')}."),
        (
            lambda: RunSpec(MODEL, initial=GaussianNoise(1)),
            "Argument `initial` must be of class Gaussian or a table of its fields, "
            "but is GaussianNoise(std=1.0, shared=False).",
        ),
        (lambda: RunSpec(MODEL, replicates=0), "Argument `replicates` must be greater than 0, but is 0."),
        (lambda: RunSpec(MODEL, seed=-1), "Argument `seed` must be at least 0, but is -1."),
        (lambda: RunSpec(MODEL, precision="half"), "Unknown precision 'half'; known: float32, float64."),
        (lambda: RunSpec({"n": 4, "m": 0}), "Argument `model.m` must be greater than 0, but is 0."),
        (
            lambda: SPEC.replace(sed=1),
            f"Unknown field `sed` (given 1); RunSpec has fields {NAMES}. Did you mean `seed`?",
        ),
        (lambda: SPEC.replace(seed=-1), "Argument `seed` must be at least 0, but is -1."),
        (lambda: RunSpec.from_dict([1]), "Argument `fields` must be a table of a spec's fields, but is [1]."),
    ],
)
def test_wrong_values_answer_in_one_sentence(make, sentence: str):
    with pytest.raises(InputError) as caught:
        make()
    assert str(caught.value) == sentence
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Field `model` is missing."),
        (
            "[model\nn = 4",
            "spec is not valid TOML: Expected ']' at the end of a table declaration (at line 1, column 7).",
        ),
        ("[model]\nn = 4\nm = = 8", "spec is not valid TOML: Invalid value (at line 3, column 5)."),
        ("schema = 3\n" + PLAIN, "Spec has schema 3, but this polygenesis reads up to 2; update polygenesis."),
        ("schema = 0\n" + PLAIN, "Argument `schema` must be greater than 0, but is 0."),
        ("schema = true\n" + PLAIN, "Argument `schema` must be a whole number, but is True."),
        ("n = 4\n" + PLAIN, f"Unknown field `n` (given 4); RunSpec has fields {NAMES}. Did you mean `model.n`?"),
        ("none = 4\n" + PLAIN, f"Unknown field `none` (given 4); RunSpec has fields {NAMES}. Did you mean `noise`?"),
        ("model = 4", f"Argument `model` must be {part_of('model')}, but is 4."),
        (
            "[[model]]\nn = 4",
            f"Argument `model` must be {part_of('model')}, but is [{{'n': 4}}].",
        ),
        ("[model]\nkind = 'mlp'\nn = 4", f"Unknown model 'mlp'; known: {known('model')}."),
        ("[model]\nn = 4\nm = nan", "Argument `model.m` must be a whole number, but is nan."),
        (
            PLAIN + "[[penalty]]\nstrength = 1",
            f"Argument `penalty` must be {part_of('penalty')}, but is [{{'strength': 1}}].",
        ),
        (PLAIN + "[penalty]\nkind = 'l3'", f"Unknown penalty 'l3'; known: {known('penalty')}."),
        (PLAIN + "[penalty]\nstrength = inf", "Argument `penalty.strength` must be a finite number, but is inf."),
        (
            PLAIN + "[penalty]\nstrengt = 1",
            f"Unknown field `penalty.strengt` (given 1); {ASKED}",
        ),
        (
            PLAIN + "[penalty]\nl1 = 1",
            f"Unknown field `penalty.l1` (given 1); {ASKED}",
        ),
        (
            PLAIN + "[noise]\nstd = 1.0",
            f"Argument `noise` must say its `kind` ({', '.join(map(kind_of, part_classes()['noise']))}), "
            "but is {'std': 1.0}.",
        ),
        (PLAIN + "[noise]\nkind = 'bipolar'\nstd = -1", "Argument `noise.std` must be greater than 0, but is -1."),
        (PLAIN + "[training]\nkind = 'adamw'\nbeta1 = 2", "Argument `training.beta1` must be less than 1, but is 2."),
        (PLAIN + "[save]\ntimes = [3, 2]", f"Argument `save.times` must {TIMES}, but is [3, 2]."),
    ],
)
def test_wrong_toml_answers_in_one_sentence(text: str, sentence: str):
    with pytest.raises(InputError) as caught:
        RunSpec.from_toml(text)
    assert str(caught.value) == sentence


def test_an_unknown_series_answers_with_the_known_ones():
    with pytest.raises(InputError, match=r"^Unknown save\.series 'los'; known: .*, loss, .*\. Did you mean 'loss'\?$"):
        RunSpec.from_toml(PLAIN + "[save]\ntimes = 3\nseries = ['loss', 'los']")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "spec is not valid JSON: Expecting property name enclosed in double quotes (at line 1, column 2)."),
        ('{"model":\n3 4}', "spec is not valid JSON: Expecting ',' delimiter (at line 2, column 3)."),
        ("[1]", "spec must be a JSON object, but is [1]."),
        ("null", "spec must be a JSON object, but is None."),
        ('{"model": {"n": 4, "m": 8, "m": 9}}', "spec is not valid JSON: field 'm' is given twice."),
        ('{"model": {"n": NaN, "m": 8}}', "Argument `model.n` must be a whole number, but is nan."),
    ],
)
def test_wrong_json_answers_in_one_sentence(text: str, sentence: str):
    with pytest.raises(InputError) as caught:
        RunSpec.from_json(text)
    assert str(caught.value) == sentence


def test_extreme_texts_answer_too():
    with pytest.raises(InputError, match=r"^spec is not valid JSON: "):
        RunSpec.from_json("[" * 100_000)
    with pytest.raises(InputError, match=r"^spec is not valid JSON: "):
        RunSpec.from_json("9" * 5000)
    with pytest.raises(InputError, match=r"^Argument `penalty\.strength` must be a finite number"):
        RunSpec.from_toml(PLAIN + "[penalty]\nstrength = 1" + "0" * 400)
    with pytest.raises(InputError, match=r"^Argument `text` must be TOML text"):
        RunSpec.from_toml(3)  # type: ignore[arg-type]


def test_unreadable_files_answer_in_one_sentence(tmp_path):
    for path, reason in ((tmp_path / "none.toml", "No such file or directory"), (tmp_path, "Is a directory")):
        with pytest.raises(InputError) as caught:
            read_fields(path)
        assert str(caught.value) == f"Cannot read {str(path)!r}: {reason}."
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="it is not UTF-8 text"):
        read_fields(binary)
    broken = tmp_path / "broken.toml"
    broken.write_text("x")
    with pytest.raises(InputError, match=r"broken\.toml is not valid TOML: .*line 1"):
        RunSpec.from_file(broken)


# Weights


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        (np.zeros((2, 3)), "Argument `w` must have shape (r, n, m), but is shape (2, 3)."),
        (np.zeros((2, 0, 3)), "Argument `w` must have shape (r, n, m) without an empty axis, but is shape (2, 0, 3)."),
        ([[["a"]]], "Argument `w` must be real numbers, but is an array of <U1."),
        ([[[1j]]], "Argument `w` must be real numbers, but is an array of complex128."),
        ([[[1.0, np.nan]]], "Argument `w` must be finite, but is nan at (0, 0, 1)."),
        ([[[np.inf]]], "Argument `w` must be finite, but is inf at (0, 0, 0)."),
    ],
)
def test_wrong_weights_answer_in_one_sentence(weights: object, sentence: str):
    with pytest.raises(InputError) as caught:
        check_weights("w", weights)
    assert str(caught.value) == sentence


def test_ragged_weights_answer_in_one_sentence():
    for ragged in ([[[1.0], [1.0, 2.0]]], [[1.0], [1.0, 2.0]], [np.ones(1), np.ones(2)]):
        with pytest.raises(InputError) as caught:
            check_weights("w", ragged)
        assert str(caught.value) == "Argument `w` must be an array of real numbers, but has rows of 1 and 2 numbers."


@pytest.mark.parametrize("weights", [None, "weights.npy"])
def test_what_is_no_array_is_named(weights: object):
    """None has the shape () to NumPy, which is no help to somebody whose file was not read."""
    with pytest.raises(InputError, match=f"must be an array of real numbers, but is {weights!r}"):
        check_weights("w", weights)


@pytest.mark.parametrize(
    ("given_type", "kept"), [("float32", "float32"), ("float64", "float64"), ("int8", "float64"), (">f4", "float64")]
)
def test_weights_keep_their_precision(given_type: str, kept: str):
    assert check_weights("w", np.ones((1, 2, 3), dtype=given_type)).dtype == np.dtype(kept)


def test_noise_and_penalty_without_fields_are_values():
    assert NoNoise() == NoNoise()
    assert NoPenalty().strength == 0.0
    assert Gaussian() != Gaussian(std=1.0)
