"""Storing: what is written comes back as what it was, whole or not at all, and a file never chooses what is made."""

from __future__ import annotations

import enum
import errno
import json
import math
import os
import shutil
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from polygenesis import files
from polygenesis.errors import InputError, StoreError
from polygenesis.probe import diagnose
from polygenesis.probe.keeping import storing
from polygenesis.probe.keeping.encoding import Undecodable, decode, encode, reachable
from polygenesis.probe.keeping.storing import read, write
from polygenesis.probe.loading import load
from polygenesis.stats import Estimate


class Mark(enum.Enum):
    KIN = "the same pairs come back"
    STRANGERS = "they do not"


class Matched(NamedTuple):
    rows: np.ndarray
    note: str


@dataclass(frozen=True)
class Test:
    __test__ = False
    name: str
    p_value: float | None
    result: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Lacking:
    reason: str


@dataclass(frozen=True)
class Empty:
    pass


@dataclass(frozen=True, eq=False)
class Stand:
    """A stand-in for a diagnosis."""

    names: tuple[str, ...]
    strength: np.ndarray
    tests: tuple[Test, ...]
    mark: Mark
    share: Estimate | Lacking
    record: dict[str, Any]
    matched: Matched | None = None
    rows: tuple[dict[str, object], ...] = ()
    empty: Empty = Empty()


KNOWN = reachable(Stand)

STAND = Stand(
    ("sea", "land"),
    np.arange(12, dtype=np.float32).reshape(2, 2, 3),
    (Test("signs", 0.25, result=object()), Test("recurrence", None)),
    Mark.KIN,
    Estimate(0.3, 0.1, math.inf, 0.9, "t", 5, error=0.1),
    {"seed": 3, "thresholds": [0.5, (1, math.nan)], "inputs": {"activations": "ab"}, 7: {"x", "y"}},
    Matched(np.asfortranarray(np.arange(6).reshape(2, 3)), "note"),
    ({"threshold": np.float64(0.7), "kin": np.bool_(True), "count": np.int8(3)},),
)


def same(first, second):
    """Equal in type, value and dtype, all the way down."""
    if type(first) is not type(second):
        return False
    if isinstance(first, np.ndarray):
        if first.dtype.kind == "O":
            return first.shape == second.shape and same(first.ravel().tolist(), second.ravel().tolist())
        nan = first.dtype.kind == "f"
        return first.dtype == second.dtype and np.array_equal(first, second, equal_nan=nan)
    if isinstance(first, float | np.floating):
        return first == second or (math.isnan(first) and math.isnan(second))
    if isinstance(first, list | tuple):
        return len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, dict):
        return same(list(first), list(second)) and all(same(first[key], second[key]) for key in first)
    if is_dataclass(first):
        return all(
            same(getattr(first, each.name), getattr(second, each.name)) for each in fields(first) if each.compare
        )
    return bool(first == second)


def test_a_stand_in_comes_back(tmp_path):
    assert write(STAND, tmp_path / "found", KNOWN) == tmp_path / "found"
    assert sorted(each.name for each in tmp_path.rglob("*")) == ["arrays.safetensors", "diagnosis.json", "found"]
    found = read(tmp_path / "found", KNOWN)
    assert repr(found) == repr(STAND)
    assert found.tests[0].result is None
    assert same(STAND, found)


PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.sampled_from(Mark),
    st.sampled_from([np.float32(0.1), np.float16(-0.0), np.uint8(200), np.bool_(False), np.float64(math.inf)]),
    arrays.arrays(
        st.sampled_from(["f2", "f4", "f8", "i1", "u8", "?"]).map(np.dtype), arrays.array_shapes(min_dims=0, min_side=0)
    ),
    arrays.arrays(np.dtype("<U3"), arrays.array_shapes(min_dims=0, max_dims=2, min_side=0)),
    arrays.arrays(np.dtype("O"), (2, 2), elements=st.one_of(st.text(), st.none())),
)
VALUES = st.recursive(
    PLAIN,
    lambda parts: st.one_of(
        st.lists(parts, max_size=3),
        st.lists(parts, max_size=3).map(tuple),
        st.dictionaries(st.one_of(st.text(), st.integers(), st.tuples(st.integers())), parts, max_size=3),
        st.builds(Lacking, parts),
    ),
    max_leaves=8,
)


def through_json(value, classes=KNOWN):
    tree, held = encode(value, classes)
    return decode(json.loads(json.dumps(tree, allow_nan=False)), held, classes)


@given(VALUES)
@settings(max_examples=80, deadline=None)
def test_every_value_comes_back_as_it_was(value):
    assert same(value, through_json(value))


def test_arrays_come_back_in_this_machine_s_order():
    array = np.arange(6, dtype=">f8").reshape(2, 3)[:, ::-1]
    found = through_json(array)
    assert (found == array).all()
    assert found.dtype == np.float64


def test_one_array_is_kept_once():
    shared = np.zeros(3)
    tree, held = encode((shared, shared, np.zeros(3)), ())
    assert len(held) == 2
    first, second, third = decode(tree, held, ())
    assert first is second is not third


@dataclass(frozen=True)
class Other:
    name: str


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ((1, Other("a")), r"A Other cannot be saved, but `tuple\[1\]` is one"),
        ({"loss": len}, r"A builtin_function_or_method cannot be saved, but `dict\['loss'\]` is one"),
        (Lacking(1j), "A complex cannot be saved, but `Lacking.reason` is one"),
        (np.zeros(2, complex), "An array of complex128 cannot be saved"),
        (np.array([object()]), r"A object cannot be saved, but `ndarray\[…\]` is one"),
        (np.datetime64("2020"), r"A number of datetime64\[Y\] cannot be saved"),
    ],
)
def test_what_cannot_be_stored_is_named_and_nothing_is_written(tmp_path, value, words):
    with pytest.raises(InputError, match=words):
        write(value, tmp_path / "found", KNOWN)
    assert list(tmp_path.iterdir()) == []


def test_two_classes_of_one_name_are_refused():
    with pytest.raises(ValueError, match="two classes are named Mark"):
        encode(1, [Mark, enum.Enum("Mark", "A")])


@pytest.mark.parametrize(
    "tree",
    [
        {"$value": "Popen", "fields": {"args": ["true"]}},
        {"$value": "Other", "fields": {"name": "a"}},
        {"$value": "Mark", "fields": {"value": "KIN"}},
        {"$value": "Lacking", "fields": {}},
        {"$value": "Lacking", "fields": {"reason": "a", "more": 1}},
        {"$value": "Lacking", "fields": ["reason"]},
        {"$value": ["Lacking"], "fields": {}},
        {"$value": "Test", "fields": {"name": "a", "p_value": 1.0, "result": 1}},
        {"$enum": "Mark", "name": "OTHER"},
        {"$enum": "Lacking", "name": "reason"},
        {"$array": "a9"},
        {"$array": []},
        {"$number": 300, "dtype": "int8"},
        {"$number": 1, "dtype": "object"},
        {"$texts": ["a"], "shape": [2], "dtype": "<U1"},
        {"$texts": ["a"], "shape": [1], "dtype": "V1"},
        {"$texts": ["a"], "shape": [1], "dtype": "<U999999999"},
        {"$float": "one"},
        {"$tuple": "ab"},
        {"$mapping": [["a"]]},
        {"$mapping": [[[1], 1]]},
        {"$set": [[1]]},
        {"$nothing": 1},
        {"plain": 1},
        {},
    ],
)
def test_only_what_an_encoding_wrote_is_decoded(tree):
    with pytest.raises(Undecodable):
        decode([tree], {}, KNOWN)


# Folders


def test_an_older_diagnosis_is_replaced_and_an_empty_folder_taken(tmp_path):
    place = tmp_path / "deep" / "found"
    for value in ((1, 2), "newer"):
        write(value, str(place), KNOWN)
        assert read(str(place), KNOWN) == value
    (tmp_path / "empty").mkdir()
    write(3, tmp_path / "empty", KNOWN)
    assert read(tmp_path / "empty", KNOWN) == 3
    assert [each.name for each in place.parent.iterdir()] == ["found"]


def test_a_folder_of_something_else_stays_as_it_is(tmp_path):
    place = tmp_path / "mine"
    place.mkdir()
    (place / "thesis.tex").write_text("years of work")
    with pytest.raises(StoreError, match=r"holds 'thesis.tex', which is no part of a diagnosis, and is left as it is"):
        write(1, place, KNOWN)
    assert (place / "thesis.tex").read_text() == "years of work"
    (place / "thesis.tex").rename(place / "diagnosis.json")
    for text, words in (("years of work", "cut off or not JSON"), ('{"patient": 1}', "is of another program")):
        (place / "diagnosis.json").write_text(text)
        with pytest.raises(StoreError, match=words):
            write(1, place, KNOWN)
        assert (place / "diagnosis.json").read_text() == text
    with pytest.raises(StoreError, match="which is a file"):
        write(1, place / "diagnosis.json", KNOWN)
    for nonsense in (None, "", 3):
        with pytest.raises(InputError, match="`folder` must be the path of a folder"):
            write(1, nonsense, KNOWN)


@pytest.mark.parametrize("moment", ["mkdir", "arrays", "json", "first rename", "second rename"])
def test_a_failure_at_any_moment_leaves_the_older_one(tmp_path, monkeypatch, moment):
    write("older", tmp_path / "found", KNOWN)
    full = OSError(errno.ENOSPC, "No space left on device")

    def fail(*_, **__):
        raise full

    create, rename, calls = files.create, os.rename, []

    def fail_for(name):
        return lambda path: fail() if path.name == name else create(path)

    def fails_at(number):
        def counted(*paths):
            calls.append(paths)
            return fail() if len(calls) == number else rename(*paths)

        return counted

    match moment:
        case "mkdir":
            monkeypatch.setattr("pathlib.Path.mkdir", fail)
        case "arrays":
            monkeypatch.setattr("polygenesis.dynamics.keeping.tensors.write_tensors", fail)
        case "json":
            monkeypatch.setattr(files, "create", fail_for(storing.TREE))
        case _:
            monkeypatch.setattr(files.os, "rename", fails_at(1 if moment == "first rename" else 2))
    with pytest.raises(StoreError, match=r"Cannot write '.*found': No space left on device\."):
        write("newer", tmp_path / "found", KNOWN)
    monkeypatch.undo()
    assert read(tmp_path / "found", KNOWN) == "older"
    assert [each.name for each in tmp_path.iterdir()] == ["found"]


def change(text):
    return text.replace('"sea"', '"see"')


def newer(text):
    return text.replace('"schema": 1', '"schema": 2')


@pytest.mark.parametrize(
    ("name", "damage", "words"),
    [
        ("diagnosis.json", lambda data: data[: len(data) // 2], "is cut off or not JSON"),
        ("diagnosis.json", lambda data: b"[" * 100_000, "is cut off or not JSON"),
        ("diagnosis.json", lambda data: b"\xff" + data, "is cut off or not JSON"),
        ("diagnosis.json", lambda data: b"[]", "is of another program"),
        ("diagnosis.json", lambda data: change(data.decode()).encode(), "does not match its checksum"),
        ("diagnosis.json", lambda data: newer(data.decode()).encode(), "its schema is 2, and .* reads 1"),
        ("diagnosis.json", None, "diagnosis.json is missing"),
        ("arrays.safetensors", lambda data: data[:-1], "arrays.safetensors does not match its hash"),
        ("arrays.safetensors", lambda data: data[:-1] + b"\x01", "arrays.safetensors does not match its hash"),
        ("arrays.safetensors", None, "arrays.safetensors cannot be read"),
    ],
)
def test_damage_is_one_sentence(tmp_path, name, damage, words):
    place = write(STAND, tmp_path / "found", KNOWN)
    if damage is None:
        (place / name).unlink()
    else:
        (place / name).write_bytes(damage((place / name).read_bytes()))
    with pytest.raises(StoreError, match=words) as raised:
        read(place, KNOWN)
    assert str(place) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_class_that_is_not_known_is_named(tmp_path):
    place = write(STAND, tmp_path / "found", KNOWN)
    with pytest.raises(StoreError, match=r"cannot be read: .*this version of polygenesis has no 'Stand'"):
        read(place, ())
    shutil.rmtree(place)
    with pytest.raises(StoreError, match="does not exist"):
        read(place, KNOWN)


# Diagnoses


def test_a_diagnosis_comes_back_with_its_text_and_tables(tmp_path):
    labels = np.arange(200) % 5
    activations = np.random.default_rng(0).standard_normal((3, 200, 6))
    activations[:, labels == 1, 0] += 3
    activations[:, labels == 2, 0] += 3
    found = diagnose(activations, labels, draws=99)
    found.save(tmp_path / "found")
    again = load(tmp_path / "found")
    assert repr(again) == repr(found)
    assert again.to_html() == found.to_html()
    assert (again.carried == found.carried).all()
    for per in ("neuron", "test", "threshold"):
        assert again.to_dataframe(per).equals(found.to_dataframe(per))


def test_only_a_diagnosis_is_loaded(tmp_path):
    write((1, 2), tmp_path / "found", ())
    with pytest.raises(StoreError, match="it holds a tuple"):
        load(tmp_path / "found")
