"""Sweeps: planned, run whole or in shards, read while they run, replayed, and drawn as one table."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import socket
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from test_runner import faking

from polygenesis.dynamics import simulate
from polygenesis.errors import InputError, StoreError
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1, NoPenalty
from polygenesis.spec import RunSpec
from polygenesis.sweeps import MemoryStore, Shard, Status, Store, collect, plan, replay, run_sweep, sweep
from polygenesis.sweeps.grid import grid_from
from polygenesis.sweeps.shard import read_shard
from polygenesis.sweeps.status import Report, read_reports, total

GRID = grid_from(
    {
        "spec": {"model": {"n": 3}, "penalty": {"strength": 0.1}, "replicates": 2},
        "axes": {"model.m": [4, 8], "seed": {"from": 0, "to": 4, "step": 1}},
    }
)


def test_a_plan_counts_what_is_left():
    store = MemoryStore()
    before = plan(GRID, store)
    assert (before.points, before.runs, before.finished) == (10, 10, 0)
    assert before.seconds > 0
    assert before.bytes > 0
    with pytest.raises(InputError, match="`workers` must be a whole number of at least 1, but is 0"):
        before.wall_seconds(0)
    run_sweep(GRID, store=store, shard=Shard(0, 2), workers=1)
    after = plan(GRID, store)
    assert after.finished == 5
    assert after.seconds < before.seconds
    run_sweep(GRID, store=store, workers=1)
    assert plan(GRID, store).seconds == plan(GRID, store).bytes == 0
    assert "10 points, 10 distinct runs, 10 finished; 0 to compute" in str(plan(GRID, store))


def test_shards_are_all_runs_once_whatever_is_finished():
    specs = GRID.specs()
    parts = [Shard(index, 3).of(specs) for index in range(3)]
    keys = [key for part in parts for key in part]
    assert sorted(keys) == sorted(specs)
    assert {len(part) for part in parts} == {3, 4}


SLURM = {"SLURM_ARRAY_TASK_MIN": "1", "SLURM_ARRAY_TASK_MAX": "7", "SLURM_ARRAY_TASK_COUNT": "4"}


@pytest.mark.parametrize(
    ("text", "environment", "shard"),
    [
        ("3/16", {}, Shard(3, 16)),
        ("auto", {**SLURM, "SLURM_ARRAY_TASK_ID": "5", "SLURM_ARRAY_TASK_STEP": "2"}, Shard(2, 4)),
        ("auto", {"JOB_COMPLETION_INDEX": "2", "POLYGENESIS_SHARDS": "5"}, Shard(2, 5)),
    ],
)
def test_shards_are_read(text, environment, shard):
    assert read_shard(text, environment) == shard


@pytest.mark.parametrize(
    ("text", "environment", "says"),
    [
        ("16/16", {}, "must be from 0/16 to 15/16, but is '16/16'"),
        ("0/0", {}, "at least one shard"),
        ("a/b", {}, "must be i/N such as 0/16, or 'auto'"),
        ("auto", {}, "needs SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX"),
        ("auto", {"JOB_COMPLETION_INDEX": "2"}, "POLYGENESIS_SHARDS must be a whole number, but is ''"),
        ("auto", {**SLURM, "SLURM_ARRAY_TASK_ID": "5"}, "is not whole"),  # resubmitted as --array=1,3,5,7
    ],
)
def test_shards_that_cannot_be(text, environment, says):
    with pytest.raises(InputError, match=says):
        read_shard(text, environment)


def test_shards_that_run_one_after_the_other_make_the_whole_table(tmp_path):
    for index in range(3):
        status = run_sweep(GRID, store=Store(tmp_path / "a"), shard=Shard(index, 3), workers=1)
        assert status.left == 0
    run_sweep(GRID, store=Store(tmp_path / "b"), workers=1)
    pd.testing.assert_frame_equal(collect(Store(tmp_path / "a"), GRID), collect(Store(tmp_path / "b"), GRID))
    reports = read_reports(tmp_path / "a")
    assert [report.name for report in reports] == ["shard 0/3", "shard 1/3", "shard 2/3"]
    assert (total(reports).done, total(reports).left) == (10, 0)
    assert "finished" in str(reports[0])


def test_the_status_of_a_sweep_that_stopped_says_so(tmp_path):
    import time

    status = run_sweep(
        GRID, store=Store(tmp_path), workers=1, max_seconds=0.1, compute=faking(lambda spec: time.sleep(0.06))
    )
    assert status.left
    (report,) = read_reports(tmp_path)
    assert not report.running
    assert report.status.left == status.left
    assert "stopped (time limit)" in str(report)
    assert f"{status.left} left" in str(report)


def status_of(left, share=0.5):
    return Status(found=1, done=3, failed=0, left=left, elapsed=6.0, share=share)


def test_a_process_that_is_gone_is_not_running():
    here, now = socket.gethostname(), 1e9
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert Report("sweep", status_of(4), None, here, os.getpid(), now).running
    assert not Report("sweep", status_of(4), None, here, ended.pid, now).running
    assert not Report("sweep", status_of(0), None, here, os.getpid(), now).running
    assert not Report("sweep", status_of(4), None, "elsewhere", 1, now).running  # not heard of since 2001


def test_a_clock_that_was_set_back_does_not_show():
    report = Report("sweep", status_of(4), None, socket.gethostname(), os.getpid(), 1e12)
    assert "heard of 1 s ago" in str(report)


def test_a_status_predicts_from_the_work_done():
    status = status_of(4, share=0.75)
    assert status.runs_per_second == 0.5
    assert status.seconds_left == pytest.approx(2.0)
    assert str(status) == "1 there already, 3 done, 0 failed, 4 left (0.5 runs/s, 2 s left)"


def test_an_unreadable_status_is_left_out(tmp_path, caplog):
    (tmp_path / "status").mkdir()
    (tmp_path / "status" / "sweep.json").write_text("{")
    with caplog.at_level(logging.WARNING):
        assert read_reports(tmp_path) == []
    assert "Cannot read" in caplog.text


def test_a_status_counts_what_was_there_apart():
    assert status_of(0).counts == "1 there already, 3 done, 0 failed, 0 left"
    assert Status(found=0, done=3, failed=0, left=0, elapsed=6.0, share=1.0).counts == "3 done, 0 failed, 0 left"


def test_conditions_that_no_point_meets_are_refused_alike():
    grid = dataclasses.replace(GRID, where=("m >> n > 99",))
    for refuse in (lambda: plan(grid, MemoryStore()), lambda: run_sweep(grid, store=MemoryStore())):
        with pytest.raises(InputError, match="The sweep has no runs: no combination of its axes meets all conditions"):
            refuse()


@pytest.mark.parametrize(
    ("keep", "store", "sentence"),
    [
        ("all", None, "Unknown value of `keep` 'all'; known: scalars, weights"),
        ("all", MemoryStore(), "Unknown value of `keep` 'all'; known: scalars, weights"),
        ("weights", None, "Argument `keep` is 'weights', but without `store` nothing is kept"),
    ],
)
def test_what_cannot_be_kept_is_refused(keep, store, sentence):
    with pytest.raises(InputError, match=sentence):
        sweep({"model": {"n": 3, "m": 4}}, {"seed": [0, 1]}, keep=keep, store=store)


@pytest.mark.parametrize(
    ("base", "where", "sentence"),
    [
        (TiedAutoencoder(2, 4), (), "`base` must be a RunSpec, or the fields of one, but is TiedAutoencoder"),
        (RunSpec(TiedAutoencoder(2, 4)), lambda row: True, "`where` must be a condition or a list of conditions"),
        (RunSpec(TiedAutoencoder(2, 4)), [3], "`where` must be a condition or a list of conditions"),
    ],
)
def test_other_arguments_are_named(base, where, sentence):
    with pytest.raises(InputError, match=sentence):
        sweep(base, {"model.m": [4]}, where=where)


def test_whole_parts_on_an_axis_are_text_that_can_be_grouped():
    penalties = [L1(0.2), L1(0.1), NoPenalty()]
    table = sweep(RunSpec(TiedAutoencoder(n=3, m=4)), {"penalty": penalties}, workers=1)
    assert table["penalty"].tolist() == [str(each) for each in penalties]
    assert table.groupby("penalty")["polysemantic"].mean().index.tolist() == sorted(map(str, penalties))


def test_failed_runs_stay_failed_until_they_are_retried(tmp_path):
    def fail(spec):
        raise ValueError("no luck")

    store = Store(tmp_path)
    assert run_sweep(GRID, store=store, workers=1, compute=faking(fail)).failed == 10
    assert run_sweep(GRID, store=store, workers=1, compute=faking()).failed == 10
    assert collect(store, GRID).attrs.items() >= {"missing": 0, "failed": 10}.items()
    assert run_sweep(GRID, store=store, workers=1, retry_failed=True, compute=faking()).done == 10
    assert store.failures() == {}


def test_sweep_returns_a_table(tmp_path):
    base = RunSpec(model=TiedAutoencoder(n=4, m=4), penalty=L1(0.1), replicates=2)
    axes = {"model.m": [4, 8, 16], "model.n": [4, 8]}
    table = sweep(base, axes, where="m >= n", store=tmp_path, workers=1)
    assert list(table["model.m"]) == [4, 4, 8, 8, 8, 8, 16, 16, 16, 16]
    assert table.groupby(["model.n", "model.m"])["polysemantic"].mean().loc[8, 8] > 0
    again = sweep(base.to_dict(), axes, where=["m >= n"], store=Store(tmp_path), workers=1)
    pd.testing.assert_frame_equal(again, table)
    assert len(Store(tmp_path)) == 5


def test_sweep_says_what_failed(tmp_path, monkeypatch):
    base = {"model": {"n": 2, "m": 4}, "noise": {"kind": "bipolar", "std": 0.1}}  # no steps to draw the noise for
    with pytest.warns(UserWarning, match="1 of 2 runs failed; the first: .*needs training in steps"):
        table = sweep(base, {}, zipped=[{"training": [{"kind": "gradient-flow"}, {"kind": "adamw", "steps": 3}]}])
    assert len(table) == 1
    assert table.attrs["failed"] == 1


SPEC = RunSpec(model=TiedAutoencoder(n=4, m=8), penalty=L1(0.1), replicates=2)


@pytest.mark.parametrize("keep", ["weights", "scalars"])
def test_a_run_replays_bit_for_bit(keep):
    store = MemoryStore()
    key = store.save(simulate(SPEC), keep=keep)
    found = replay(store, key[:10])
    assert found.same_bits
    assert found.agrees
    assert str(found) == f"Run {key[:12]} replays bit for bit."


def test_a_run_from_given_weights_replays_from_them():
    store = MemoryStore()
    start = np.random.default_rng(0).standard_normal((2, 4, 8)) / 3
    key = store.save(simulate(SPEC, initial_weights=start))
    assert key != SPEC.key
    assert replay(store, key).same_bits


def changed(change):
    """A compute whose final weights differ from the true ones."""

    def compute(spec, replicates):
        run = simulate(spec)
        final = run.final.copy()
        change(final)
        return dataclasses.replace(run, final=final)

    return compute


def nudge(final):
    final[final != 0] += 1e-9


def flip(final):
    final[0, 0] *= -1


def move(final):
    final[0] = np.roll(final[0], 1, axis=-1)


def test_what_differs_is_named():
    store = MemoryStore()
    key = store.save(simulate(SPEC))
    nudged = replay(store, key, changed(nudge))
    assert nudged.agrees
    assert not nudged.same_bits
    assert nudged.difference == pytest.approx(1e-9, rel=1e-3)
    assert "weights within 1e-09" in str(nudged)
    flipped = replay(store, key, changed(flip))
    assert (flipped.winners, flipped.signs, flipped.agrees) == (True, False, False)
    moved = replay(store, key, changed(move))
    assert (moved.counts, moved.winners, moved.agrees) == (True, False, False)
    assert "does not replay: its winners" in str(moved)


def test_other_versions_are_named():
    store = MemoryStore()
    key = store.save(simulate(SPEC))
    store.result(key)["versions"]["numpy"] = "1.0"
    assert f"numpy was 1.0, is {np.__version__}" in str(replay(store, key))


def test_another_engine_is_named():
    store = MemoryStore()
    key = store.save(simulate(SPEC))
    store.result(key)["engine"] = "flow-torch on cuda"
    assert "engine was flow-torch on cuda, is flow" in str(replay(store, key))


def test_a_replay_names_the_kernels_the_processor_and_the_threads_that_differ(monkeypatch):
    store, key = MemoryStore(), ""
    run = simulate(SPEC)
    key = store.save(run)
    recorded = store.record(key).result["versions"]
    assert {"numpy_blas", "processor", "threads", "numba_target"} <= set(recorded)
    assert "kernels" in recorded["numpy_blas"] or "openblas" not in recorded["numpy_blas"]
    assert recorded["threads"] == "1"
    recorded |= {"numpy_blas": "openblas 0.3.30 with Haswell kernels", "processor": "Another CPU", "threads": "8"}
    same = str(replay(store, key))
    assert same.startswith(f"Run {key[:12]} replays bit for bit. Versions differ: ")
    for each in (
        "BLAS of NumPy was openblas 0.3.30 with Haswell kernels, is",
        "processor was Another CPU",
        "was 8, is 1",
    ):
        assert each in same

    def rounded(spec, replicates):
        again = simulate(spec)
        return dataclasses.replace(again, final=again.final * (1 + 1e-7))

    assert "rounds sums otherwise" in str(replay(store, key, rounded))
    for name in ("numpy_blas", "processor", "threads"):
        del recorded[name]
    assert "did not record its BLAS of NumPy, processor, number of BLAS threads" in str(replay(store, key, rounded))
    assert "Nothing that is recorded differs" in str(replay(saved(run), key, rounded))


def saved(run):
    store = MemoryStore()
    store.save(run)
    return store


def test_a_replay_counts_the_features_that_moved():
    run = simulate(SPEC)
    store = saved(run)

    def move(spec, replicates):
        final = run.final.copy()
        final[0, 0] = np.roll(final[0, 0], 1)
        return dataclasses.replace(run, final=final)

    found = replay(store, run.spec.key, move)
    assert found.moved == (1, run.final.shape[0] * run.final.shape[1])
    assert f"the neuron or sign of 1 of {found.moved[1]} features" in str(found)


def test_a_missing_run_cannot_be_replayed():
    with pytest.raises(InputError, match=r"No run .* has a key that begins with"):
        replay(MemoryStore(), "abc")


def test_two_processes_on_one_folder_share_it(tmp_path, caplog):
    store = Store(tmp_path)
    with store.lock() as alone, caplog.at_level(logging.WARNING):
        assert alone
        assert run_sweep(GRID, store=Store(tmp_path), workers=1).done == 10
    assert "the two share the runs" in caplog.text
    assert store.verify() == []


def test_leftovers_of_dead_processes_are_removed_and_those_of_living_ones_kept(tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    host = socket.gethostname().replace("-", "_")
    dead, living, other = (tmp_path / f".tmp-{name}-0" for name in (f"{host}-{ended.pid}", f"{host}-1", "other-1"))
    for path in (dead, living, other):
        path.mkdir()
        (path / "arrays.safetensors").write_bytes(b"half")
    run_sweep(GRID, store=Store(tmp_path), workers=1)
    assert not dead.exists()
    assert living.exists()
    assert other.exists()


def test_a_store_of_an_older_schema_is_set_aside_and_computed_again(tmp_path):
    from test_store import other_schema

    grid = dataclasses.replace(GRID, axes=GRID.axes[:1], keep="weights")
    store = Store(tmp_path)
    for spec in grid.specs().values():
        store.save(simulate(spec))
    key = next(iter(grid.specs()))
    other_schema(0)(tmp_path / key)
    with pytest.raises(StoreError, match="older version"):
        store.load(key)
    assert len(collect(store, grid)) == 2
    store.set_aside(store.verify())
    assert run_sweep(grid, store=store).done == 1
    assert len(collect(store, grid)) == 4


def test_status_files_are_plain_json(tmp_path):
    run_sweep(GRID, store=Store(tmp_path), workers=1)
    fields = json.loads((tmp_path / "status" / "sweep.json").read_text())
    assert fields["status"]["done"] == 10
