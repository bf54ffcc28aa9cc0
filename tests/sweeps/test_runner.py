"""The runner: finished runs are found, the others computed once, whatever dies or is stopped on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from polygenesis.dynamics import simulate
from polygenesis.dynamics.keeping.record import pack
from polygenesis.dynamics.keeping.values import same_bits
from polygenesis.dynamics.outcome import Outcome
from polygenesis.dynamics.run import Run
from polygenesis.errors import InputError, StoreError
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.sweeps import MemoryStore, RunsFailed, Stopped, Store, run_all, runner
from polygenesis.sweeps import schedule as scheduling
from polygenesis.sweeps.runner import Sweep
from polygenesis.sweeps.schedule import gaps, tasks


def specs(count, n=4, m=8, **fields):
    return [RunSpec(model=TiedAutoencoder(n=n, m=m), penalty=L1(0.1), seed=seed, **fields) for seed in range(count)]


def faking(act=None):
    """A compute that draws numbers from the spec; ``act(spec)`` may do harm first. Closures travel to workers."""

    def compute(spec, replicates):
        import numpy as np

        from polygenesis.dynamics.start import initial

        if act is not None:
            act(spec)
        start = initial(spec, replicates)
        return Run(
            spec=spec,
            initial=start,
            final=start * (np.abs(start) > 1.5 * spec.model.m**-0.5),
            outcome=(Outcome.FINISHED,) * len(replicates),
            end_time=np.array([1.0 + each for each in replicates]),
            evaluations=np.array([spec.seed] * len(replicates)),
            engine="fake",
        )

    return compute


def contents(store):
    """Everything in a store but what differs from one time to the next."""
    found = {}
    for key in store:
        record = store.record(key)
        result = {name: value for name, value in record.result.items() if name != "seconds"}
        found[key] = (record.spec, result, {name: array.tobytes() for name, array in record.arrays.items()})
    return found


@pytest.mark.parametrize(("where", "workers"), [("disk", 1), ("disk", None), ("memory", 1), ("memory", 2)])
def test_runs_come_in_the_order_of_their_specs(tmp_path, workers, where):
    store = Store(tmp_path) if where == "disk" else MemoryStore()
    wanted = [*specs(4), specs(4)[1]]
    runs = run_all(wanted, store=store, workers=workers)
    assert len(runs) == 5
    assert [run.spec for run in runs] == wanted
    assert [run.spec.seed for run in runs[1:3]] == [1, 2]
    for run in runs:
        assert same_bits(run.final, simulate(run.spec).final)
    assert len(store) == 4


def test_without_a_store_runs_are_kept_in_memory():
    runs = run_all(specs(2), compute=faking())
    assert [run.spec for run in runs] == specs(2)


def test_finished_runs_are_not_computed_again(tmp_path):
    store = Store(tmp_path)
    run_all(specs(3), store=store, compute=faking())

    def refuse(spec):
        assert spec.seed >= 3, "computed twice"

    events = []
    run_all(specs(5), store=store, compute=faking(refuse), on_event=events.append)
    assert [event.kind for event in events] == ["found", "done", "done"]
    assert events[0].sentence == "3 of 5 runs there already."
    run_all(specs(5), store=Store(tmp_path), compute=None)


def test_scalars_do_not_serve_where_weights_are_asked_for(tmp_path):
    store, (spec,) = Store(tmp_path), specs(1)
    Sweep({spec.key: spec}, store, keep="scalars", compute=faking()).run()
    assert store.kept(spec.key) == "scalars"
    assert run_all([spec], store=store, compute=faking())[0].spec == spec
    assert store.kept(spec.key) == "weights"
    status = Sweep({spec.key: spec}, store, keep="scalars", compute=None).run()
    assert status.found == 1


def test_the_number_of_workers_changes_nothing(tmp_path):
    for workers in (1, 2):
        run_all(specs(6, replicates=3), store=Store(tmp_path / str(workers)), workers=workers)
    assert contents(Store(tmp_path / "1")) == contents(Store(tmp_path / "2"))


@pytest.mark.parametrize("workers", [1, 2])
def test_a_large_run_is_computed_by_replicate_and_joined(tmp_path, monkeypatch, workers):
    monkeypatch.setattr(scheduling, "PART_SECONDS", 1e-9)
    (spec,) = specs(1, replicates=5)
    store = Store(tmp_path)
    assert [task.jobs[0].replicates for task in tasks([(spec.key, spec)], store, 2)] == [
        range(a, a + 1) for a in range(5)
    ]
    whole = simulate(spec)
    (run,) = run_all([spec], store=store, workers=workers)
    for name in ("initial", "final", "end_time", "evaluations"):
        assert same_bits(getattr(run, name), getattr(whole, name))
    assert run.outcome == whole.outcome
    assert not (tmp_path / "parts" / spec.key).exists()


def test_parts_that_are_there_are_not_computed_again(tmp_path, monkeypatch):
    monkeypatch.setattr(scheduling, "PART_SECONDS", 1e-9)
    (spec,) = specs(1, replicates=4)
    store, done = Store(tmp_path), []
    for part in (range(2, 3), range(1)):
        store.put_part(pack(faking()(spec, part), first=part.start, drawn=True))

    def compute(spec, replicates):
        done.append(replicates)
        return faking()(spec, replicates)

    run_all([spec], store=store, workers=1, compute=compute)
    assert sorted(done, key=lambda each: each.start) == [range(1, 2), range(3, 4)]
    assert np.array_equal(store.load(spec.key).end_time, [1, 2, 3, 4])


def test_a_damaged_part_is_computed_again(tmp_path, monkeypatch):
    monkeypatch.setattr(scheduling, "PART_SECONDS", 1e-9)
    (spec,) = specs(1, replicates=2)
    store = Store(tmp_path)
    store.put_part(pack(faking()(spec, range(1)), first=0, drawn=True))
    (path,) = (tmp_path / "parts" / spec.key).glob("0-1/arrays.safetensors")
    path.write_bytes(b"")
    run_all([spec], store=store, workers=1, compute=faking())
    assert np.array_equal(store.load(spec.key).end_time, [1, 2])


def test_gaps():
    assert gaps([], 3) == [range(3)]
    assert gaps([0, 1, 4], 6) == [range(2, 4), range(5, 6)]
    assert gaps([0, 1], 2) == []


def test_small_runs_go_in_batches_and_the_longest_first():
    small, large = specs(2000, n=2, m=2), specs(2, n=256, m=4096)
    found = tasks([(spec.key, spec) for spec in [*small, *large]], MemoryStore(), 2)
    assert [len(task.jobs) for task in found[:2]] == [1, 1]
    assert sum(len(task.jobs) for task in found) == 2002
    assert 2 < len(found) < 100
    assert sorted((task.seconds for task in found), reverse=True) == [task.seconds for task in found]


def test_a_failed_run_is_a_record_and_the_others_go_on(tmp_path):
    def fail(spec):
        if spec.seed == 1:
            raise ZeroDivisionError("by design")

    store, events = Store(tmp_path), []
    with pytest.raises(RunsFailed, match=r"1 of 3 runs failed; .*ZeroDivisionError: by design"):
        run_all(specs(3), store=store, workers=1, compute=faking(fail), on_event=events.append)
    assert len(store) == 2
    (failure,) = store.failures().values()
    assert failure.spec == specs(3)[1].canonical
    assert "in fail" in failure.where
    assert sorted(event.kind for event in events) == ["done", "done", "failed"]
    by_key = {spec.key: spec for spec in specs(3)}
    status = Sweep(by_key, store, retry_failed=False, compute=faking()).run()
    assert (status.found, status.failed, status.done) == (2, 1, 0)
    status = Sweep(by_key, store, retry_failed=True, compute=faking()).run()
    assert (status.found, status.failed, status.done) == (2, 0, 1)
    assert store.failures() == {}


def test_input_errors_keep_their_sentence():
    def refuse(spec):
        raise InputError("Argument `m` must be even, but is 7.")

    with pytest.raises(RunsFailed, match="Argument `m` must be even, but is 7"):
        run_all(specs(1), compute=faking(refuse))


def test_warnings_of_workers_are_heard_once():
    def warn(spec):
        import warnings

        warnings.warn("λ is large", stacklevel=1)

    with pytest.warns(UserWarning, match="λ is large") as heard:
        run_all(specs(4), workers=2, compute=faking(warn))
    assert len(heard) == 1


def test_a_run_that_kills_its_worker_twice_is_recorded_and_the_others_go_on(tmp_path):
    def die(spec):
        if spec.seed == 2:
            os.kill(os.getpid(), signal.SIGKILL)

    store = Store(tmp_path)
    with pytest.raises(RunsFailed, match="worker process died 2 times"):
        run_all(specs(5), store=store, workers=2, compute=faking(die))
    assert len(store) == 4
    assert [each.spec for each in store.failures().values()] == [specs(5)[2].canonical]


def test_a_worker_that_is_killed_once_costs_nothing_but_time(tmp_path):
    marker = tmp_path / "died"

    def die_once(spec):
        if spec.seed == 2 and not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)

    events = []
    run_all(specs(5), store=Store(tmp_path / "runs"), workers=2, compute=faking(die_once), on_event=events.append)
    assert len(Store(tmp_path / "runs")) == 5
    assert "died" in [event.kind for event in events]


def test_a_worker_that_dies_after_its_run_was_kept_has_not_failed(tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "DEATHS", 1)

    class DyingStore(Store):
        """Kills its process once it has kept a run of seed 1."""

        def __reduce__(self):
            return DyingStore, (self.folder,)

        def put(self, records):
            super().put(records)
            if any('"seed":1,' in record.spec for record in records):
                os.kill(os.getpid(), signal.SIGKILL)

    store = DyingStore(tmp_path)
    by_key = {spec.key: spec for spec in specs(3)}
    status = Sweep(by_key, store, workers=2, compute=faking()).run()
    assert (status.done, status.failed) == (3, 0)
    assert store.failures() == {}


def test_one_blas_thread_a_worker(tmp_path):
    def look(spec):
        from threadpoolctl import threadpool_info

        assert all(each["num_threads"] == 1 for each in threadpool_info() if each["user_api"] == "blas")

    run_all(specs(4), store=Store(tmp_path), workers=2, compute=faking(look))
    run_all(specs(5), store=Store(tmp_path), workers=1, compute=faking(look))


def test_a_disk_that_fills_up_stops_with_one_sentence(tmp_path, monkeypatch):
    store = Store(tmp_path)
    run_all(specs(1), store=store, compute=faking())

    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StoreError, match="No space left on device"):
        run_all(specs(3), store=store, compute=faking())
    monkeypatch.undo()
    assert store.keys() == [specs(1)[0].key]
    run_all(specs(3), store=store, compute=faking())
    assert len(store) == 3


def test_progress_ends_at_all_of_it(tmp_path):
    seen = []
    run_all(specs(4), workers=1, compute=faking(), progress=lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1][0] == pytest.approx(seen[-1][1])


def test_wrong_arguments_are_one_sentence():
    with pytest.raises(InputError, match="`workers` must be a whole number from 1"):
        run_all(specs(1), workers=0)
    with pytest.raises(InputError, match="`max_seconds` must be above 0"):
        Sweep({}, MemoryStore(), max_seconds=0)


def test_a_time_limit_stops_between_runs_and_the_rest_follows(tmp_path):
    by_key, store = {spec.key: spec for spec in specs(4, n=64, m=4096)}, Store(tmp_path)
    sweep = Sweep(by_key, store, workers=1, max_seconds=0.05, compute=faking(lambda spec: time.sleep(0.06)))
    status = sweep.run()
    assert 0 < status.done < 4
    assert status.left == 4 - status.done
    assert sweep.stop.reason == "time limit"
    assert len(store) == status.done
    run_all(by_key.values(), store=store, compute=faking())
    assert len(store) == 4


@pytest.mark.parametrize("name", ["SIGTERM", "SIGUSR1"])
def test_a_scheduler_s_signal_stops_cleanly(tmp_path, name):
    def announce(spec):
        if spec.seed == 1:
            os.kill(os.getpid(), getattr(signal, name))

    before = signal.getsignal(getattr(signal, name))
    with pytest.raises(Stopped, match=f"Stopped by {name} with [1-9] runs? left"):
        run_all(specs(6), store=Store(tmp_path), workers=1, compute=faking(announce))
    assert signal.getsignal(getattr(signal, name)) is before
    assert specs(2)[1].key in Store(tmp_path)


def test_ctrl_c_once_finishes_what_runs_in_this_process(tmp_path):
    def press(spec):
        if spec.seed == 1:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run_all(specs(6), store=Store(tmp_path), workers=1, compute=faking(press))
    done = len(Store(tmp_path))
    assert 1 <= done < 6
    run_all(specs(6), store=Store(tmp_path), workers=1, compute=faking())
    assert len(Store(tmp_path)) == 6


SCRIPT = """
import sys, time
from polygenesis.models import TiedAutoencoder
from polygenesis.spec import RunSpec
from polygenesis.sweeps import Store, run_all
from polygenesis.sweeps.worker import compute_replicates

def slow(spec, replicates):
    open(sys.argv[3], "w").close()
    time.sleep(float(sys.argv[2]))
    return compute_replicates(spec, replicates)

specs = [RunSpec(model=TiedAutoencoder(n=16, m=2048), seed=seed) for seed in range(6)]
try:
    run_all(specs, store=Store(sys.argv[1]), workers=2, compute=slow,
            on_event=lambda event: print(event.kind, flush=True))
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "setsid"), reason="needs process groups")
@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_at_a_terminal_reaches_all_processes_and_prints_no_traceback(tmp_path, presses):
    seconds = "0.3" if presses == 1 else "30"
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "runs"), seconds, str(tmp_path / "began")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    if presses == 1:
        assert process.stdout.readline() == "done\n"
    else:
        while not (tmp_path / "began").exists():
            time.sleep(0.05)
        started = time.monotonic()
    for _ in range(presses):
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.3)
    out, err = process.communicate(timeout=60)
    assert out.endswith("interrupted\n")
    assert "Traceback" not in err
    assert "Finishing the runs in flight" in err
    assert process.returncode == 0
    if presses == 1:
        assert 1 <= len(Store(tmp_path / "runs")) < 6
        assert not list((tmp_path / "runs").glob(".tmp-*"))
    else:
        assert time.monotonic() - started < 25
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and alive_in_group(process.pid):
        time.sleep(0.1)
    assert not alive_in_group(process.pid)


LISTEN = """
import os, sys, threading, time
from collections import deque
from polygenesis.sweeps.pool import Pool
from polygenesis.sweeps.stopping import Stop

open_to_interrupts, ended = [], False

def watch():
    while not ended:
        for each in filter(str.isdigit, os.listdir("/proc")):
            try:
                status = dict(line.split(":\t", 1) for line in open(f"/proc/{each}/status").read().splitlines())
                command = open(f"/proc/{each}/cmdline").read()
            except OSError:
                continue
            if int(status["PPid"]) == os.getpid() and "LokyProcess" in command:
                shut = int(status["SigBlk"], 16) | int(status["SigIgn"], 16)
                open_to_interrupts.append(not shut & 2)
        time.sleep(0.001)

watcher = threading.Thread(target=watch)
watcher.start()
pool = Pool(2, abs)
answers = sorted(answer for _, answer in pool.run(deque([-1, -2, -3]), Stop()))
pool.close()
ended = True
watcher.join()
print(answers, len(open_to_interrupts) > 0, any(open_to_interrupts))
"""


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="reads /proc")
def test_a_worker_is_never_open_to_interrupts_not_even_while_it_starts():
    done = subprocess.run([sys.executable, "-c", LISTEN], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[1, 2, 3] True False\n"


def alive_in_group(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_outside_the_main_thread_signals_are_left_alone(tmp_path):
    found = []
    thread = threading.Thread(target=lambda: found.append(run_all(specs(2), store=Store(tmp_path), compute=faking())))
    thread.start()
    thread.join()
    assert len(found[0]) == 2
