"""Stores: what goes in comes back bit for bit, on disk and in memory alike, and nothing damaged passes."""

from __future__ import annotations

import dataclasses
import json
import os
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from safetensors.numpy import load_file, save_file

from polygenesis import files
from polygenesis.dynamics import initial, simulate
from polygenesis.dynamics.keeping.folder import result_text
from polygenesis.dynamics.keeping.reading import unpack
from polygenesis.dynamics.keeping.record import join, pack
from polygenesis.dynamics.keeping.values import pack_array, same_bits, unpack_array
from polygenesis.dynamics.outcome import Certificate, Outcome
from polygenesis.dynamics.run import Run
from polygenesis.errors import InputError, StoreError
from polygenesis.models import TiedAutoencoder
from polygenesis.saving import Save
from polygenesis.spec import RunSpec
from polygenesis.sweeps import Failure, MemoryStore, Store
from polygenesis.training import GradientDescent

FIELDS = ("initial", "final", "end_time", "evaluations", "times")


def made(n=3, m=7, replicates=2, seed=0, precision="float64", *, saved=False, start=None) -> Run:
    """A run made by hand: sparse final weights with a −0.0 and, where asked for, saved times."""
    spec = RunSpec(
        model=TiedAutoencoder(n=n, m=m),
        replicates=replicates,
        seed=seed,
        precision=precision,
        save=Save(times=(0.5, 1.0), series=("loss",), weights=True) if saved else Save(),
    )
    rng = np.random.default_rng(seed)
    final = np.zeros((replicates, n, m), dtype=precision)
    final[:, np.arange(n), rng.integers(0, m, n)] = rng.standard_normal((replicates, n))
    final[0, 0, 0] = -0.0
    return Run(
        spec=spec,
        initial=initial(spec) if start is None else start,
        final=final,
        outcome=(Outcome.CONVERGED,) * (replicates - 1) + (Outcome.UNDECIDED,),
        end_time=rng.uniform(1, 2, replicates),
        evaluations=rng.integers(1, 9, replicates),
        engine="by hand",
        certificate=Certificate(*rng.standard_normal((2, replicates)), *rng.integers(0, 3, (3, replicates))),
        times=np.array([0.5, 1.0]) if saved else np.zeros(0),
        series={"loss": rng.standard_normal((replicates, 2))} if saved else {},
        trajectory=rng.standard_normal((replicates, 2, n, m)).astype(precision) if saved else None,
    )


def assert_equal(one: Run, other: Run) -> None:
    assert one.spec == other.spec
    assert one.outcome == other.outcome
    assert one.engine == other.engine
    for name in FIELDS:
        assert same_bits(getattr(one, name), getattr(other, name)), name
    assert one.series.keys() == other.series.keys()
    for name, values in one.series.items():
        assert same_bits(values, other.series[name])
    assert (one.trajectory is None) == (other.trajectory is None)
    if one.trajectory is not None:
        assert same_bits(one.trajectory, other.trajectory)
    for each in dataclasses.fields(Certificate):
        assert same_bits(getattr(one.certificate, each.name), getattr(other.certificate, each.name)), each.name


@pytest.fixture(params=["disk", "memory"])
def store(request, tmp_path):
    return Store(tmp_path / "runs") if request.param == "disk" else MemoryStore()


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("saved", [False, True])
def test_a_run_comes_back_bit_for_bit(store, precision, saved):
    run = made(precision=precision, saved=saved)
    key = store.save(run, seconds=1.5)
    assert key == run.spec.key
    assert key in store
    assert store.keys() == [key]
    assert_equal(store.load(key), run)
    assert store.result(key)["seconds"] == 1.5
    assert store.result(key)["versions"]["numpy"] == np.__version__


def test_given_initial_weights_have_a_key_of_their_own(store):
    drawn, run = made(), made(start=np.full((2, 3, 7), 0.25))
    keys = {store.save(drawn), store.save(run)}
    assert len(keys) == 2
    (other,) = keys - {run.spec.key}
    assert_equal(store.load(other), run)
    assert_equal(store.load(run.spec.key), drawn)


def test_many_records_at_once_come_back_each(store):
    runs = [made(seed=seed) for seed in range(5)]
    store.put([pack(run) for run in runs])
    assert store.keys() == sorted(run.spec.key for run in runs)
    for run in runs:
        assert run.spec.key in store
        assert store.kept(run.spec.key) == "weights"
        assert_equal(store.load(run.spec.key), run)
        assert store.result(run.spec.key)["outcome"] == ["CONVERGED", "UNDECIDED"]


def test_scalars_alone_are_kept_but_no_weights(store):
    run = made()
    key = store.save(run, keep="scalars")
    assert store.kept(key) == "scalars"
    assert store.result(key)["measures"]["polysemantic"] == pack(run).result["measures"]["polysemantic"]
    with pytest.raises(StoreError, match="scalars only"):
        store.load(key)
    store.save(run)
    assert store.kept(key) == "weights"
    assert_equal(store.load(key), run)


def test_parts_join_to_the_run_that_was_split(store):
    run = made(replicates=3, saved=True)
    for replicates in (range(2, 3), range(2)):
        rows = slice(replicates.start, replicates.stop)
        certificate = Certificate(*(getattr(run.certificate, f.name)[rows] for f in dataclasses.fields(Certificate)))
        part = dataclasses.replace(
            run,
            certificate=certificate,
            series={name: values[rows] for name, values in run.series.items()},
            **{name: getattr(run, name)[rows] for name in ("initial", "final", "outcome", "end_time", "evaluations")},
            trajectory=run.trajectory[rows],
        )
        assert not store.join_parts(run.spec)
        store.put_part(pack(part, first=replicates.start, drawn=True, seconds=2.0))
    assert store.parts(run.spec.key) == [range(2), range(2, 3)]
    for key, replicates in ((run.spec.key, range(1, 2)), ("0" * 64, range(2))):
        with pytest.raises(StoreError):
            store.part(key, replicates)
    assert run.spec.key not in store
    assert store.join_parts(run.spec)
    assert store.parts(run.spec.key) == []
    assert_equal(store.load(run.spec.key), run)
    whole, joined = pack(run, seconds=4.0), store.record(run.spec.key)
    assert joined.result == whole.result


def test_parts_that_keep_different_things_join_to_what_is_asked_for(store):
    """A sweep that was begun with weights and went on with scalars, or the other way round."""
    run = made(replicates=2)

    def part(first, keep):
        rows = slice(first, first + 1)
        certificate = Certificate(*(getattr(run.certificate, f.name)[rows] for f in dataclasses.fields(Certificate)))
        names = ("initial", "final", "outcome", "end_time", "evaluations")
        one = dataclasses.replace(run, certificate=certificate, **{name: getattr(run, name)[rows] for name in names})
        return pack(one, first=first, drawn=True, keep=keep)

    for record in (part(0, "weights"), part(1, "scalars")):
        store.put_part(record)
    assert not store.join_parts(run.spec, "weights")
    assert store.parts(run.spec.key) == [range(1)]
    store.put_part(part(1, "scalars"))
    assert store.join_parts(run.spec)
    assert store.kept(run.spec.key) == "scalars"
    assert store.result(run.spec.key)["outcome"] == ["CONVERGED", "UNDECIDED"]


def test_scalars_of_a_run_from_given_weights_are_sound(tmp_path):
    store = Store(tmp_path)
    key = store.save(made(start=np.full((2, 3, 7), 0.25)), keep="scalars")
    assert store.verify() == []
    assert store.look([key]) == ({key: "scalars"}, [])
    assert store.record(key).key == key


def test_our_files_are_safetensors_and_theirs_are_ours(tmp_path):
    from polygenesis.dynamics.keeping.tensors import read_tensors, write_tensors

    rng = np.random.default_rng(0)
    arrays = {
        "a": rng.standard_normal((2, 3)),
        "b": np.zeros((0, 4), dtype=np.float32),
        "c": np.array([-0.0, np.nan], dtype=np.float32),
        "é": np.arange(5, dtype=np.int32)[::2],
        "big": np.arange(3, dtype=">i8"),
        "d": np.array([True, False]),
    }
    write_tensors(tmp_path / "ours", arrays, {"text": "é"})
    save_file({name: np.ascontiguousarray(each) for name, each in arrays.items() if name != "big"}, tmp_path / "theirs")
    for found in (load_file(tmp_path / "ours"), read_tensors(tmp_path / "ours"), read_tensors(tmp_path / "theirs")):
        for name in found:
            wanted = arrays[name].astype(arrays[name].dtype.newbyteorder("<"))
            assert same_bits(found[name], np.ascontiguousarray(wanted)), name
    assert len(read_tensors(tmp_path / "theirs")) == 5


def test_missing_ambiguous_and_abbreviated_keys(store):
    runs = [made(seed=seed) for seed in range(20)]
    store.put([pack(run) for run in runs])
    key = runs[0].spec.key
    assert store.find(key[:12]) == key
    with pytest.raises(InputError, match=r"20 runs (in .*|here) have a key that begins with"):
        store.find("")
    with pytest.raises(InputError, match=r"No run .* has a key that begins with"):
        store.find("xyz")
    with pytest.raises(StoreError, match="No run"):
        store.load("0" * 64)
    assert "../.." not in store


def test_failures_are_records_until_the_run_succeeds(store):
    run = made()
    failure = Failure(run.spec.key, run.spec.canonical, "flow.py:1 in flow", "it broke", {"numpy": "2"})
    store.fail(failure)
    assert store.failures() == {run.spec.key: failure}
    assert run.spec.key not in store
    assert "it broke" in str(failure)
    store.save(run)
    assert store.failures() == {}


def test_discarding(store):
    runs = [made(seed=seed) for seed in range(3)]
    store.put([pack(run) for run in runs])
    store.discard(runs[0].spec.key)
    store.discard("0" * 64)
    assert store.keys() == sorted(run.spec.key for run in runs[1:])
    store.save(runs[0])
    store.discard(runs[0].spec.key)
    assert runs[0].spec.key not in store


def test_not_finite_weights_are_stored_without_counts(store):
    run = made()
    run.final[1, 0, 0], run.end_time[1] = np.nan, np.inf
    key = store.save(run)
    assert_equal(store.load(key), run)
    assert store.result(key)["measures"]["polysemantic"] == [0, None]


@given(
    hnp.arrays(
        st.sampled_from([np.float32, np.float64]),
        hnp.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=6),
        elements=st.one_of(st.just(0.0), st.sampled_from([0.0, -0.0, 1.0, np.inf, -np.inf, np.nan, 2.0**-149])),
        fill=st.just(0.0),
    )
)
@settings(max_examples=200, deadline=None)
def test_packing_gives_the_same_bits_back(array):
    packed = pack_array("a", array)
    assert same_bits(unpack_array("a", array.shape, packed), np.ascontiguousarray(array))
    assert sum(each.nbytes for each in packed.values()) <= array.nbytes


def test_what_computed_the_parts_is_all_named():
    """A sweep that went on under another device or version says so."""
    parts = [pack(made(replicates=1), drawn=True) for _ in range(3)]
    parts[1].result["engine"] = "flow-torch on cuda"
    parts[2].result["versions"] = dict(parts[2].result["versions"]) | {"numpy": "1.0"}
    joined = join(parts).result
    assert joined["engine"] == f"{parts[0].result['engine']} and flow-torch on cuda"
    assert joined["versions"]["numpy"] == f"{np.__version__} and 1.0"
    assert joined["versions"]["scipy"] == parts[0].result["versions"]["scipy"]


def test_sparse_weights_take_little_room():
    assert sum(array.nbytes for array in pack(made(n=16, m=4096, replicates=4)).arrays.values()) < 2000


def test_a_record_unpacks_to_its_run():
    run = made(saved=True)
    assert_equal(unpack(pack(run)), run)
    assert_equal(unpack(join([pack(run)])), run)


def test_initial_weights_that_are_no_longer_drawn_are_noticed():
    record = pack(made())
    record.result["initial_sha256"][0] = "0" * 64
    with pytest.raises(StoreError, match="no longer draws"):
        unpack(record)


def test_a_store_travels_by_its_folder_alone(tmp_path):
    store = Store(tmp_path)
    store.save(made())
    assert pickle.loads(pickle.dumps(store)).keys() == store.keys()


def test_a_run_that_is_there_is_never_away_while_an_equal_one_comes(tmp_path):
    store, run = Store(tmp_path), made()
    store.put([pack(run, keep="weights", seconds=1.0)])
    before = os.stat(tmp_path / run.spec.key)
    store.put([pack(run, keep="weights", seconds=2.0)])
    after = os.stat(tmp_path / run.spec.key)
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert [path.name for path in tmp_path.iterdir()] == [run.spec.key]
    assert store.result(run.spec.key)["seconds"] == 1.0


def test_a_damaged_run_and_a_damaged_part_are_replaced(tmp_path):
    store, run = Store(tmp_path), made()
    key = store.save(run)
    (tmp_path / key / "arrays.safetensors").unlink()
    with pytest.raises(StoreError, match="damaged"):
        store.load(key)
    store.save(run)
    assert_equal(store.load(key), run)

    part = pack(run)
    store.put_part(part)
    (place,) = (tmp_path / "parts" / part.key).iterdir()
    (place / "result.json").write_text("{}")
    store.put_part(part)
    assert store.part(part.key, part.replicates).result == part.result


def test_what_a_kill_during_a_removal_leaves_is_cleaned(tmp_path, monkeypatch):
    store, run = Store(tmp_path), made()
    store.put_part(pack(run))
    monkeypatch.setattr(files.shutil, "rmtree", lambda *path, **how: None)  # killed before it did anything
    monkeypatch.setattr(files, "_owner", lambda: f"{files._host()}-{2**22 + 1}")  # no such process
    store.put([pack(run)])
    assert store.parts(run.spec.key) == []
    assert len(list((tmp_path / "parts").iterdir())) == 1
    monkeypatch.undo()
    store.clean()
    assert list((tmp_path / "parts").iterdir()) == []


def test_nothing_is_created_before_the_first_write(tmp_path):
    store = Store(tmp_path / "runs")
    assert store.keys() == []
    assert "0" * 64 not in store
    assert store.verify() == []
    assert not (tmp_path / "runs").exists()


def spoil_arrays(folder):
    arrays = load_file(folder / "arrays.safetensors")
    arrays["final.values"] = arrays["final.values"] + 1e-16
    save_file(arrays, folder / "arrays.safetensors")


def flip(folder):
    data = bytearray((folder / "arrays.safetensors").read_bytes())
    data[-1] ^= 1
    (folder / "arrays.safetensors").write_bytes(data)


def cut(name):
    def spoil(folder):
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[: len(data) // 2])

    return spoil


def alter_result(folder):
    text = (folder / "result.json").read_text()
    (folder / "result.json").write_text(text.replace('"CONVERGED"', '"DIVERGED"'))


def other_schema(schema):
    def spoil(folder):
        result = json.loads((folder / "result.json").read_text())
        del result["checksum"]
        (folder / "result.json").write_text(result_text({**result, "schema": schema}))

    return spoil


def alter_spec(folder):
    text = (folder / "spec.json").read_text()
    (folder / "spec.json").write_text(text.replace('"seed":0', '"seed":7'))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (flip, "does not match its hash"),
        (spoil_arrays, "does not match its hash"),
        (cut("arrays.safetensors"), "arrays cannot be read"),
        (cut("result.json"), "cut off"),
        (cut("spec.json"), "does not have its key"),
        (alter_spec, "does not have its key"),
        (alter_result, "checksum"),
        (lambda folder: (folder / "result.json").unlink(), "result cannot be read"),
        (other_schema(0), "older version"),
    ],
)
def test_a_damaged_folder_is_found_named_and_set_aside(tmp_path, spoil, says):
    store = Store(tmp_path)
    run, sound = made(), made(seed=1)
    key = store.save(run)
    store.save(sound)
    spoil(tmp_path / key)
    with pytest.raises(StoreError, match=f"Run {key[:12]} .* {says}"):
        store.load(key)
    (damage,) = store.verify()
    assert damage.key == key
    assert says in damage.sentence
    store.set_aside([damage])
    assert store.keys() == [sound.spec.key]
    assert (tmp_path / "set-aside" / key).is_dir()
    assert store.verify() == []
    store.save(run)
    assert_equal(store.load(key), run)


def test_one_damaged_run_of_a_pack_costs_only_itself(tmp_path):
    store = Store(tmp_path)
    runs = [made(seed=seed) for seed in range(4)]
    store.put([pack(run) for run in runs])
    (path,) = (tmp_path / "packs").glob("*.safetensors")
    data = bytearray(path.read_bytes())
    data[8 + int.from_bytes(data[:8], "little")] ^= 1  # the first byte after the header belongs to some run's array
    path.write_bytes(data)
    store = Store(tmp_path)
    damages = store.verify()
    assert len(damages) == 1
    store.set_aside(damages)
    assert store.verify() == []
    assert len(store) == 3
    assert damages[0].key not in store


@pytest.mark.parametrize("spoil", [lambda data: data[:100], lambda data: data[:-1] + bytes([data[-1] ^ 1])])
def test_a_pack_whose_texts_are_damaged_is_set_aside_whole(tmp_path, spoil):
    Store(tmp_path).put([pack(made(seed=seed)) for seed in range(4)])
    (path,) = (tmp_path / "packs").glob("*.safetensors")
    path.write_bytes(spoil(path.read_bytes()))
    store = Store(tmp_path)
    store.set_aside(store.verify())
    assert store.verify() == []
    assert not path.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_one_sentence(tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    with pytest.raises(StoreError, match=r"Cannot write to folder '.*locked/runs': Permission denied\.$"):
        Store(folder / "runs").check_writable()


def test_a_file_in_the_way_is_one_sentence(tmp_path):
    (tmp_path / "runs").write_text("not a folder")
    with pytest.raises(StoreError, match="Cannot write"):
        Store(tmp_path / "runs").save(made())
    with pytest.raises(StoreError, match="Cannot write to folder"):
        Store(tmp_path / "runs").check_writable()


def test_a_full_disk_leaves_nothing_half_written(tmp_path, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    store = Store(tmp_path)
    store.save(made())
    before = sorted(tmp_path.rglob("*"))
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StoreError, match=r"Cannot write .*: No space left on device\.$"):
        store.save(made(seed=1))
    with pytest.raises(StoreError, match="No space left"):
        store.put([pack(made(seed=seed)) for seed in (2, 3)])
    monkeypatch.undo()
    assert [path for path in sorted(tmp_path.rglob("*")) if path.name != "packs"] == before


def test_a_run_on_its_way_to_infinity_can_be_kept(tmp_path):
    """Finite weights whose fourth power overflows: the record has no norm, and the run comes back."""
    spec = RunSpec(model=TiedAutoencoder(n=8, m=16), training=GradientDescent(3.0, 100))
    run = simulate(spec)
    assert run.outcome[0].name == "DIVERGED"
    store = Store(tmp_path / "runs")
    assert store.result(store.save(run))["measures"]["fourth_norm"] == [None]
    np.testing.assert_array_equal(store.load(spec.key).final, run.final)
