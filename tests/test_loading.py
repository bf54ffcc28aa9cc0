"""What was saved is loaded bit for bit, from a folder or by its key, and nothing else is."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

import polygenesis as pg
from polygenesis.dynamics.keeping.values import same_bits
from polygenesis.sweeps import MemoryStore, Store

SPEC = pg.RunSpec(
    pg.TiedAutoencoder(n=5, m=7),
    replicates=2,
    save=pg.Save(times=6, series=("loss", "survivors"), weights=True),
    precision="float32",
)


@pytest.fixture(scope="module")
def run():
    return pg.simulate(SPEC)


def assert_same(one: pg.Run, other: pg.Run) -> None:
    """Every field of a run, bit for bit."""
    assert one.spec == other.spec
    assert (one.outcome, one.engine) == (other.outcome, other.engine)
    for name in ("initial", "final", "end_time", "evaluations", "times"):
        assert same_bits(getattr(one, name), getattr(other, name)), name
    assert (one.trajectory is None) == (other.trajectory is None)
    if one.trajectory is not None:
        assert same_bits(one.trajectory, other.trajectory)
    for name in ("series", "parameters", "initial_parameters"):
        mine, theirs = getattr(one, name), getattr(other, name)
        assert sorted(mine) == sorted(theirs), name
        assert all(same_bits(mine[key], theirs[key]) for key in mine), name
    assert (one.certificate is None) == (other.certificate is None)
    if one.certificate is not None:
        for name in ("residual", "excess", "dead", "split", "clashing"):
            np.testing.assert_array_equal(getattr(one.certificate, name), getattr(other.certificate, name))


def test_a_run_comes_back_bit_for_bit(run, tmp_path):
    place = run.save(tmp_path / "new" / "run")
    assert sorted(each.name for each in place.iterdir()) == ["arrays.safetensors", "result.json", "spec.json"]
    assert_same(pg.load(place), run)
    assert_same(pg.load(str(place)), run)


def test_steps_without_a_certificate_and_given_weights_come_back(tmp_path):
    start = np.random.default_rng(0).normal(size=(1, 3, 4))
    spec = pg.RunSpec(pg.TiedAutoencoder(n=3, m=4), training=pg.GradientDescent(lr=0.01, steps=5))
    run = pg.simulate(spec, initial_weights=start)
    assert run.key != spec.key
    assert_same(pg.load(run.save(tmp_path / "run")), run)
    assert pg.simulate(spec).key == spec.key


@pytest.mark.torch
def test_other_models_come_back_with_all_their_parameters(tmp_path):
    pytest.importorskip("torch")
    run = pg.simulate(pg.RunSpec(pg.Autoencoder(n=3, m=5), training=pg.SGD(lr=0.05, steps=10), replicates=2))
    assert set(run.parameters) > {"encoder"}
    assert_same(pg.load(run.save(tmp_path / "run")), run)


def test_a_saved_folder_has_the_bytes_that_a_store_writes_and_is_found_in_one(run, tmp_path):
    place = run.save(tmp_path / "elsewhere")
    kept = Store(tmp_path / "written")
    key = kept.save(run)
    assert key == run.key
    for name in ("spec.json", "result.json", "arrays.safetensors"):
        assert (kept.folder / key / name).read_bytes() == (place / name).read_bytes()
    runs = tmp_path / "runs"
    runs.mkdir()
    shutil.move(place, runs / run.key)
    store = Store(runs)
    assert store.keys() == [run.key]
    assert store.verify() == []
    assert_same(store.load(run.key), run)
    assert len(pg.sweeps.collect(store)) == 2


def test_a_key_or_eight_letters_of_it_name_a_run_in_a_store(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run.save(tmp_path / "results" / "runs" / run.key)
    assert_same(pg.load(run.key), run)
    assert_same(pg.load(run.key[:8].upper(), store="results/runs"), run)
    memory = MemoryStore()
    memory.save(run)
    assert_same(pg.load(run.key[:8], store=memory), run)
    with pytest.raises(pg.InputError, match=r"No run in .results/runs. has a key that begins with"):
        pg.load("0" * 8)
    with pytest.raises(pg.StoreError, match=r"'1234567' does not exist, and the name is no key of a run \(8 letters"):
        pg.load("1234567")
    assert_same(pg.load(f"results/runs/{run.key[:8]}"), run)
    with pytest.raises(pg.InputError, match=r"No run in .results/runs. has a key that begins with '4a42001e'"):
        pg.load("results/runs/4a42001e")
    with pytest.raises(pg.StoreError, match="'nowhere/4a42001e' does not exist"):
        pg.load("nowhere/4a42001e")


def test_a_diagnosis_is_loaded_as_before(tmp_path):
    found = pg.diagnose(np.eye(3)[:, [0, 0, 1]])
    found.save(tmp_path / "found")
    assert repr(pg.load(tmp_path / "found")) == repr(found)


def test_saving_again_replaces_a_run_and_leaves_anything_else(run, tmp_path):
    other = pg.simulate(pg.RunSpec(pg.TiedAutoencoder(n=3, m=4)))
    place = other.save(tmp_path / "run")
    assert_same(pg.load(run.save(place)), run)
    (place / "notes.txt").write_text("mine")
    with pytest.raises(pg.StoreError, match=r"holds 'notes\.txt', which is no part of a run, and is left as it is"):
        other.save(place)
    assert_same(pg.load(place), run)
    (tmp_path / "file").write_text("")
    with pytest.raises(pg.StoreError, match="which is a file"):
        run.save(tmp_path / "file")
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "result.json").write_text('{"accuracy": 0.9}')
    with pytest.raises(pg.StoreError, match="holds no run and is left as it is"):
        run.save(foreign)
    assert (foreign / "result.json").read_text() == '{"accuracy": 0.9}'
    with pytest.raises(pg.InputError, match="`folder` must be the path of a folder"):
        run.save(3)


def test_a_damaged_folder_is_one_sentence(run, tmp_path):
    place = run.save(tmp_path / "run")
    content = bytearray((place / "arrays.safetensors").read_bytes())
    content[-1] ^= 1
    (place / "arrays.safetensors").write_bytes(content)
    with pytest.raises(pg.StoreError, match=r"The run in .* is damaged: its array '.*' does not match its hash\.$"):
        pg.load(place)
    (place / "result.json").write_text("{")
    with pytest.raises(pg.StoreError, match=r"is damaged: its result is cut off or not JSON\.$"):
        pg.load(place)


def test_what_is_no_run_says_what_it_is(run, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(pg.StoreError, match="is a file; name the folder"):
        pg.load(tmp_path / "file")
    with pytest.raises(pg.StoreError, match="holds neither a run nor a diagnosis"):
        pg.load(tmp_path)
    run.save(tmp_path / run.key)
    with pytest.raises(pg.StoreError, match=r"it is a store of 1 run, so name one by its key, with store="):
        pg.load(tmp_path)
    with pytest.raises(pg.InputError, match="`place` must be the path of a folder or the key of a run"):
        pg.load(None)
    with pytest.raises(pg.InputError, match=r"no folder of runs '.*none' in which it could be a key"):
        pg.load("0123456789ab", store=tmp_path / "none")
    with pytest.raises(pg.InputError, match="`store` must be a folder of runs or a store"):
        pg.load("0123456789ab", store=3)


def test_a_census_of_a_run_is_that_of_its_neurons(run):
    assert repr(pg.census(run)) == repr(run.census())
    assert pg.census(run, pg.detect.PAPER_WINDOW).thresholds == pg.detect.PAPER_WINDOW
    np.testing.assert_array_equal(pg.census(run).polysemantic, pg.census(run.final).polysemantic)
    steps = pg.GradientDescent(lr=0.01, steps=5)
    with pytest.raises(pg.InputError, match="A census of neurons means nothing here"):
        pg.census(pg.simulate(pg.RunSpec(pg.TiedAutoencoder(n=3, m=4), penalty=pg.NoPenalty(), training=steps)))
