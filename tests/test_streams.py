"""Which specs draw the same random numbers: starts, data and noise, and specs stored before there were streams."""

from __future__ import annotations

import shutil
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from polygenesis import (
    L1,
    L2,
    SGD,
    AdamW,
    Autoencoder,
    Bernoulli,
    Bipolar,
    Gaussian,
    GradientDescent,
    RunSpec,
    TiedAutoencoder,
    Xavier,
    simulate,
)
from polygenesis.dynamics.descent.descend import hidden_noise
from polygenesis.dynamics.keeping.values import digest
from polygenesis.dynamics.start import initial, initial_parameters
from polygenesis.interference import NoInterference
from polygenesis.sweeps import Store, replay
from polygenesis.sweeps.worker import compute_replicates

SPEC = RunSpec(TiedAutoencoder(4, 8), replicates=3, seed=7)
OLD_RUNS = Path(__file__).parent / "sweeps" / "runs_of_schema_1"


@pytest.mark.parametrize(
    "changes",
    [
        {"penalty": L1(0.004)},
        {"penalty": L2(0.1)},
        {"training": AdamW()},
        {"training": GradientDescent(0.05, 40)},
        {"interference": NoInterference()},
        {"noise": Bipolar(0.1), "training": AdamW()},
        {"features": Bernoulli(0.3)},
        {"replicates": 9},
    ],
    ids=str,
)
def test_networks_that_are_compared_start_from_the_same_weights(changes):
    np.testing.assert_array_equal(initial(SPEC.replace(**changes))[:3], initial(SPEC))


@pytest.mark.parametrize(
    "changes",
    [{"seed": 8}, {"initial": Xavier()}, {"initial": Gaussian(0.3)}, {"model": TiedAutoencoder(4, 9)}],
    ids=str,
)
def test_other_starts_have_no_weight_in_common(changes):
    scaled = [
        np.unique(np.round(each / each[0, 0, 0], 12)) for each in (initial(SPEC), initial(SPEC.replace(**changes)))
    ]
    assert set(scaled[0]) & set(scaled[1]) == {1.0}


def test_a_start_in_single_precision_is_the_one_in_double_precision_rounded():
    single = initial(SPEC.replace(precision="float32"))
    assert single.dtype == np.float32
    np.testing.assert_array_equal(single, initial(SPEC).astype(np.float32))


def test_a_model_with_the_same_matrix_starts_from_the_same_weights():
    wider = SPEC.replace(model=Autoencoder(4, 8, tied=True, hidden="relu", hidden_bias=True))
    np.testing.assert_array_equal(initial_parameters(wider)["weights"], initial(SPEC))


def test_each_replicate_is_drawn_alone_as_among_all():
    np.testing.assert_array_equal(initial(SPEC, (2, 0)), initial(SPEC)[[2, 0]])
    np.testing.assert_array_equal(compute_replicates(SPEC, range(1, 3)).initial, initial(SPEC)[1:])


def test_data_are_those_of_the_features_and_noise_that_of_the_noise():
    learned = SPEC.replace(features=Bernoulli(0.3), training=SGD(0.1, 10), noise=Bipolar(0.1))
    same = learned.replace(penalty=L1(1.0), training=SGD(0.2, 20))
    other = learned.replace(features=Bernoulli(0.2), noise=Bipolar(0.2))
    assert same.streams == learned.streams
    assert other.streams.start == learned.streams.start
    assert not {other.streams.data, other.streams.noise} & set(learned.streams)
    assert len(set(learned.streams)) == 3
    blocks = [next(islice(hidden_noise(each, 1), 1)) for each in (learned, same)]
    np.testing.assert_array_equal(*blocks)


OLD = {
    "flow": (
        RunSpec(TiedAutoencoder(4, 8), replicates=2, seed=7, schema=1),
        "8a8c560244f1a6aefeea3549d19dc83e37c223ef2b205c6af8cf79e6806a757a",
        "528fe92631be458382eef71a10fc34ba76a32c69e8b7e9f956641f73704f3fc2",
        {"weights": ["d562ef6908e6c1dd", "75fc87445f992e7e"]},
    ),
    "weaker penalty": (
        RunSpec(TiedAutoencoder(4, 8), penalty=L1(0.004), replicates=2, seed=7, schema=1),
        "b050019f7439f9ac6acf175d54014a745e74cd1e63b08268b8bcfac2e74c4a64",
        "7cd0325dda863b5af7c74b3bde6e2b5b411dc9c3b503abbd19948214c0cd1fab",
        {"weights": ["7853a5ea5f208f85", "cea75e5711b9b1bf"]},
    ),
    "minibatches": (
        RunSpec(
            Autoencoder(4, 8, hidden="relu", hidden_bias=True, bias_std=0.1),
            features=Bernoulli(0.3),
            training=SGD(0.05, 20, batch_size=16),
            replicates=2,
            seed=7,
            schema=1,
        ),
        "d0cc7300470625a3ff08a58c54b52937520bb2cdad8bf7db6bc99cdbb6fad12b",
        "b6c4eedea9ae1a80c962651089351cd02e2af6739ae2dff1f73ee04c9287d0fb",
        {
            "encoder": ["c9d4c92882d89ad1", "eda041c48d586a0e"],
            "decoder": ["9a7e8cb34b19fede", "98cadcc98089bb21"],
            "hidden_bias": ["32d166b9a23a17d7", "1a099527f8457a42"],
        },
    ),
}
"""Specs with their keys, streams and starts as they were drawn before schema 2."""


@pytest.mark.parametrize("name", OLD)
def test_a_spec_of_schema_1_draws_what_it_drew(name):
    spec, key, stream, starts = OLD[name]
    assert spec.key == key
    assert set(spec.streams) == {stream}
    drawn = initial_parameters(spec)
    assert {each: [digest(w)[:16] for w in values] for each, values in drawn.items()} == starts
    again = RunSpec.from_json(spec.canonical)
    assert (again, again.key) == (spec, key)
    assert RunSpec.from_dict(spec.to_dict()) == spec


def test_data_of_schema_1_are_what_they_were():
    final = simulate(OLD["minibatches"][0]).final.sum(axis=(1, 2))
    np.testing.assert_allclose(final, [1.54666364, 3.61418081], atol=1e-6)


def test_a_run_stored_before_schema_2_replays(tmp_path):
    shutil.copytree(OLD_RUNS, tmp_path / "runs")
    store = Store(tmp_path / "runs")
    found = replay(store, "d76df86211c8")
    assert found.agrees
    run = store.load(store.find("d76df86211c8"))
    assert [digest(each)[:16] for each in run.initial] == ["696ff20a76f362b0", "69445ebddc31124b"]
    now = run.spec.replace(schema=2)
    assert now.key != run.spec.key
    assert not np.array_equal(initial(now), run.initial)
