"""kill -9 of a worker, of the parent, of everything, at random moments: nothing acknowledged is lost.

Each life of the sweep is a process group of its own. A journal on disk notes when a run begins (by the worker) and
when it is acknowledged (by the parent), so that what was computed twice can be counted afterwards.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from polygenesis.sweeps import Store, run_sweep
from polygenesis.sweeps.grid import grid_from
from polygenesis.sweeps.table import collect, write_table

KILLS = 6
"""Kills here; `verification/test_store_attacks.py` has many more."""

WORKERS = 2
BATCH = 3
"""Most runs of a batch in this test: so many may be in flight in a worker."""

FIELDS = {
    "spec": {"model": {"n": 3}, "penalty": {"strength": 0.1}, "replicates": 2},
    "axes": {"model.m": [4, 5, 6, 512], "seed": {"from": 0, "to": 14, "step": 1}},
    "keep": "weights",
}

SCRIPT = f"""
import os, sys, time
from polygenesis.sweeps import Store, run_sweep, schedule
from polygenesis.sweeps.grid import grid_from
from polygenesis.sweeps.worker import compute_replicates

folder, journal = sys.argv[1:]
schedule.BATCH_RUNS, schedule.PART_SECONDS = {BATCH}, 0.008  # the widest runs are computed in parts

def note(*words):
    file = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, (" ".join(map(str, words)) + "\\n").encode())
    os.close(file)

def slowly(write):
    def wrapped(*arguments):
        time.sleep(0.01)
        write(*arguments)
        time.sleep(0.01)
    return wrapped

def compute(spec, replicates):
    import os, time
    file = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"begin {{spec.key}} {{replicates.start}} {{os.getpid()}}\\n".encode())
    os.close(file)
    from polygenesis.dynamics.keeping import folder
    from polygenesis.sweeps import store
    if folder.write_tensors.__name__ == "write_tensors":  # a new worker: writing takes as long as computing
        folder.write_tensors, store.write_pack = slowly(folder.write_tensors), slowly(store.write_pack)
    time.sleep(0.02)
    return compute_replicates(spec, replicates)

def hear(event):
    if event.kind == "done":
        note("done", event.key)

grid = grid_from({FIELDS!r})
run_sweep(grid, store=Store(folder), workers={WORKERS}, retry_failed=True, compute=compute, on_event=hear)
note("end")
"""


class Life:
    """One process of the sweep, from its start to its end or its death."""

    def __init__(self, folder, journal):
        self.journal, self.size = journal, journal.stat().st_size
        self.process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(folder), str(journal)],
            start_new_session=True,
            stderr=subprocess.DEVNULL,
        )

    @property
    def lines(self):
        """What this life has noted."""
        with self.journal.open() as file:
            file.seek(self.size)
            return [line.split() for line in file.read().split("\n")[:-1]]

    def wait(self, more):
        """Wait until so many more runs began; say whether the sweep still goes on."""
        wanted = self._begun() + more
        while self._begun() < wanted:
            if self.process.poll() is not None:
                return False
            time.sleep(0.005)
        return True

    def _begun(self):
        return sum(words[0] == "begin" for words in self.lines)

    def kill_worker(self):
        """Kill the worker that began a run last."""
        pids = [int(words[3]) for words in self.lines if words[0] == "begin"]
        try:
            os.kill(pids[-1], signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def kill_parent(self):
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def kill_all(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def check_nothing_is_lost(folder, journal):
    """Everything that was ever acknowledged is in the store and sound."""
    store = Store(folder)
    for key in {words[1] for words in map(str.split, journal.read_text().splitlines()) if words[0] == "done"}:
        assert key in store
        store.load(key)


def one_sweep(folder, journal, chance, kills):
    """Run one sweep to its end, killing on the way; count the kills by kind.

    A run whose worker was killed twice in one life counts as failed there; the next life tries it again.
    """
    journal.touch()
    while True:
        life = Life(folder, journal)
        if sum(kills.values()) >= KILLS:
            assert life.process.wait() == 0
            return
        for _ in range(chance.randrange(1, 4)):
            if not life.wait(chance.randrange(1, 5)):
                break
            time.sleep(chance.uniform(0, 0.06))
            if life.kill_worker():
                kills["worker"] += 1
        if life.wait(chance.randrange(1, 4)):
            time.sleep(chance.uniform(0, 0.06))
            kind = min("parent", "everything", key=kills.__getitem__)  # in turns, so that a few kills have both
            life.kill_parent() if kind == "parent" else life.kill_all()
            kills[kind] += 1
            check_nothing_is_lost(folder, journal)
        if life.process.wait() == 0 and only_deaths(Store(folder).failures().values()) == 0:
            return


def only_deaths(failures):
    """How many runs failed; every one because its worker died."""
    assert all("worker process died 2 times" in failure.message for failure in failures)
    return len(failures)


def count_twice(journal):
    """How often a part of a run was begun again, and check that none was after its run was acknowledged."""
    begun, done = Counter(), set()
    for words in map(str.split, journal.read_text().splitlines()):
        if words[0] == "begin":
            assert words[1] not in done, "computed again after it was acknowledged"
            begun[words[1], words[2]] += 1
        elif words[0] == "done":
            done.add(words[1])
    return sum(count - 1 for count in begun.values())


@pytest.mark.skipif(not hasattr(os, "setsid"), reason="needs process groups and SIGKILL")
def test_kills_lose_nothing_and_repeat_only_what_was_in_flight(tmp_path):
    grid = grid_from(FIELDS)
    run_sweep(grid, store=Store(tmp_path / "calm"), workers=1)
    write_table(collect(Store(tmp_path / "calm"), grid), tmp_path / "calm.csv")
    chance, kills, number = random.Random(4), Counter(), 0
    while sum(kills.values()) < KILLS:
        number += 1
        folder, journal, before = tmp_path / f"wild{number}", tmp_path / f"journal{number}", sum(kills.values())
        one_sweep(folder, journal, chance, kills)
        assert sorted(Store(folder).keys()) == sorted(grid.specs())
        write_table(collect(Store(folder), grid), tmp_path / "wild.csv")
        assert (tmp_path / "wild.csv").read_bytes() == (tmp_path / "calm.csv").read_bytes()
        assert Store(folder).verify() == []
        assert Store(folder).failures() == {}
        assert count_twice(journal) <= WORKERS * BATCH * (sum(kills.values()) - before)
    assert set(kills) == {"worker", "parent", "everything"}
    print(f"\n{dict(kills)}, {number} sweeps of {len(grid.specs())} runs")
