"""What was probably meant by a misspelled name: of fields, kinds, studies, and attributes."""

from __future__ import annotations

import copy
import pickle
import traceback

import pytest

import polygenesis as pg
from polygenesis.errors import Suggesting, did_you_mean, meant


@pytest.mark.parametrize(
    ("name", "known", "found"),
    [
        ("rate-constnat", ["rate-constant", "capacity"], ["rate-constant"]),
        ("--n", ["--model.n", "--model.m", "--noise.std"], ["--model.n"]),
        ("--lambda", ["--model.n", "--penalty.strength"], ["--penalty.strength"]),
        ("penalty.lambda", ["penalty.strength", "model.n"], ["penalty.strength"]),
        ("--learning-rate", ["--training.lr"], ["--training.lr"]),
        ("traning.stpes", ["training.steps", "training.lr"], ["training.steps"]),
        ("lr", ["training.lr", "noise.lr"], ["noise.lr", "training.lr"]),
        ("tiedautoencoder", ["TiedAutoencoder", "Autoencoder"], ["TiedAutoencoder"]),
        ("zzz", ["model.n", "seed"], []),
        ("", ["model.n"], []),
        ("x" * 100_000, ["model.n"], []),
    ],
)
def test_what_was_meant(name, known, found):
    assert sorted(meant(name, known)) == found


def test_several_that_were_meant_stand_in_one_question():
    assert did_you_mean("std", ["noise.std", "weights.std"]) == " Did you mean `noise.std` or `weights.std`?"
    assert did_you_mean("zzz", ["noise.std"]) == ""


MODEL = {"n": 3, "m": 4}


@pytest.mark.parametrize(
    ("fields", "asked"),
    [
        ({"m": 8}, "Did you mean `model.m`?"),
        ({"model": MODEL, "lambda": 0.1}, "Did you mean `penalty.strength`?"),
        ({"model": MODEL, "penalty": {"strenth": 0.1}}, "Did you mean `penalty.strength`?"),
        ({"model": MODEL, "traning": {}}, "Did you mean `training`?"),
        ({"model": {**MODEL, "kind": "autoencodr"}}, "Did you mean 'autoencoder'?"),
        (
            {"model": MODEL, "training": {"lr": 0.1}},
            "It is a field of gradient-descent, adamw, sgd, adam: set `training.kind`.",
        ),
        ({"model": {**MODEL, "depth": 2}}, "TiedAutoencoder has fields m, n."),
    ],
)
def test_a_misspelled_field_or_kind_of_a_spec(fields, asked):
    with pytest.raises(pg.InputError) as caught:
        pg.RunSpec.from_dict(fields)
    assert str(caught.value).endswith(asked)


def test_a_misspelled_study():
    with pytest.raises(pg.InputError, match=r"Did you mean 'rate-constant'\?$"):
        pg.study("rate-constnat")


def test_a_misspelled_name_of_the_package():
    with pytest.raises(AttributeError, match=r"no attribute 'simualte'\. Did you mean 'simulate'\?$") as caught:
        _ = pg.simualte
    assert (caught.value.name, caught.value.obj) == ("simualte", None)  # else Python asks a second time


SPEC = pg.RunSpec(pg.TiedAutoencoder(n=3, m=4), penalty=pg.L1(0.1))


@pytest.mark.parametrize(
    ("owner", "name", "wanted"),
    [
        (SPEC, "penality", "penalty"),
        (SPEC, "n", "model.n"),
        (pg.simulate(SPEC), "fianl", "final"),
        (pg.census([[1.0, 0.0]]), "polysemantics", "polysemantic"),
        (pg.study("collision-count"), "titel", "title"),
    ],
)
def test_a_misspelled_attribute_of_an_object(owner, name, wanted):
    with pytest.raises(AttributeError) as caught:
        getattr(owner, name)
    assert str(caught.value).endswith(f"Did you mean '{wanted}'?")


def test_an_error_inside_a_property_says_why():
    class Holder(Suggesting):
        @property
        def value(self):
            return [].nonesuch

    with pytest.raises(AttributeError, match="'list' object has no attribute 'nonesuch'"):
        _ = Holder().value


def test_objects_that_suggest_can_be_copied_and_pickled():
    assert copy.deepcopy(SPEC) == pickle.loads(pickle.dumps(SPEC)) == SPEC
    assert not hasattr(SPEC, "_repr_nonesuch_")


def test_to_ask_whether_an_attribute_is_there_compares_no_names(monkeypatch):
    """Every simulation asks its parts so, some twenty times; finding similar names took most of a small run."""

    def refuse(*_):
        raise AssertionError("names were compared")

    spec = pg.RunSpec(pg.TiedAutoencoder(n=2, m=4))
    monkeypatch.setattr("polygenesis.errors.meant", refuse)
    assert getattr(spec, "modle", None) is None
    assert not hasattr(pg, "simualte")
    pg.simulate(spec)


def test_a_refused_attribute_looks_like_pythons_own():
    with pytest.raises(AttributeError) as caught:
        _ = pg.simualte
    assert traceback.format_exception_only(caught.value) == [
        "AttributeError: module 'polygenesis' has no attribute 'simualte'. Did you mean 'simulate'?\n"
    ]
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is AttributeError
    assert str(again) == str(caught.value)
