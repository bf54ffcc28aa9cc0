"""Attacks on stores at length: thousands of flipped bits, and kills of `run`, `verify` and `--pack` at random moments.

Run by `make verify` (minutes). The tests in `tests/sweeps` do the same on a smaller scale.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1] / "tests" / "sweeps"
sys.path.insert(0, str(TESTS))

import test_faults_at_every_step  # noqa: E402
import test_kills  # noqa: E402
from attacks import (  # noqa: E402
    GRID,
    consequences,
    files_of,
    flip,
    listening,
    make,
    parts,
    sound_keys,
    spoil_pack,
    table_rows,
)

from polygenesis.sweeps import Store  # noqa: E402

FLIPS = int(os.environ.get("POLYGENESIS_FLIPS", "1500"))
KILLS = int(os.environ.get("POLYGENESIS_KILLS", "150"))

LIFE = f"""
import os, sys, time
sys.path.insert(0, {str(TESTS)!r})
from attacks import *
import attacks

folder, act = Path(sys.argv[1]), sys.argv[2]

def slow(call):  # every file operation takes so long that a kill finds it
    def wrapped(*args, **kwargs):
        time.sleep(0.002)
        found = call(*args, **kwargs)
        time.sleep(0.002)
        return found
    return wrapped

for name in CALLS:
    setattr(os, name, slow(getattr(os, name)))
print("begun", flush=True)
if act == "run":
    with parts():
        Sweep(GRID.specs(), Store(folder), keep="scalars", workers=1, compute=fake).run()
elif act == "weights":
    with parts():
        Sweep(GRID.specs(), Store(folder), keep="weights", workers=1, compute=fake).run()
elif act == "verify":
    store = Store(folder)
    store.set_aside(store.verify())
elif act == "restore":
    Store(folder).restore()
elif act == "pack":
    Store(folder).repack()
else:
    write_table(collect(Store(folder), GRID), folder / "table.csv")
print("ended", flush=True)
"""


@pytest.fixture(scope="module")
def truth(tmp_path_factory):
    return make(tmp_path_factory.mktemp("store") / "runs")


def test_thousands_of_flipped_bits(truth, tmp_path):
    tried, noticed = flipped(truth, tmp_path / "runs", FLIPS, random.Random(2026), without=0.5)
    assert sum(noticed.values()) >= 0.5 * sum(tried.values())


def test_flipped_bits_where_there_is_no_index(truth, tmp_path):
    """The index holds the right rows still: without it, every row comes from the damaged files themselves."""
    tried, noticed = flipped(truth, tmp_path / "runs", FLIPS // 3, random.Random(2027), without=1.0)
    assert "index.sqlite" not in tried
    assert sum(noticed.values()) >= 0.5 * sum(tried.values())


def flipped(truth, folder, count, chance, *, without):
    """Flip one bit in each of many copies of a store and use it; ``without``: share of those whose index is deleted.

    Returns by kind of file how many flips were tried, and of how many somebody was told; no flip may have any other
    consequence. The index itself is a kind of file unless it is always deleted.
    """
    noticed, tried = Counter(), Counter()
    for number in range(count):
        shutil.copytree(truth.folder, folder)
        index = folder / "index.sqlite"
        paths = [path for path in files_of(folder) if path != index or without < 1]
        path = paths[number % len(paths)]
        kind = path.suffix if path.parent != folder else path.name
        where = flip(path, chance)
        if path != index and chance.random() < without:
            index.unlink()  # which has the right rows still
        try:
            noticed[kind] += consequences(folder, truth, first=chance.choice(("collect", "run")))
        except Exception as error:
            raise AssertionError(f"flip {number}: {path.relative_to(folder)}, {where}") from error
        tried[kind] += 1
        shutil.rmtree(folder)
    print(f"\n{tried.total()} flips; noticed: {dict(noticed)} of {dict(tried)}; the others were harmless")
    return tried, noticed


def test_kills_of_every_command_at_random_moments(truth, tmp_path):
    """Each store lives through some kills; what is sound stays so, and the table is whole in the end."""
    chance, kills, ended, number = random.Random(7), Counter(), Counter(), 0
    while sum(kills.values()) < KILLS:
        number += 1
        folder = tmp_path / f"runs{number}"
        shutil.copytree(truth.folder, folder)
        for _ in range(6):
            with listening():
                if chance.random() < 0.4 and list((folder / "packs").glob("weights-*")):
                    _damage(folder)
            before = sound_keys(folder)
            acts = chance.sample(["run", "weights", "verify", "restore", "pack", "collect"], chance.choice((1, 1, 2)))
            for act, killed in one_life(folder, acts, chance):
                (kills if killed else ended)[act] += 1
            assert sound_keys(folder) >= before, f"store {number}: a sound run is gone after {acts}"
        assert consequences(folder, truth) in (True, False)
        with listening(), parts():
            assert table_rows(folder) == list(truth.rows)
            Store(folder).clean()
        assert not list(folder.rglob(".tmp-*"))
        shutil.rmtree(folder)
    print(f"\n{sum(kills.values())} kills over {number} stores: {dict(kills)}; not killed: {dict(ended)}")
    assert {"verify", "pack", "run"} <= set(kills)
    assert set(GRID.specs()) == set(truth.weights)


def _damage(folder):
    try:
        spoil_pack(folder)
    except (StopIteration, ValueError):
        return  # this pack was damaged before


def one_life(folder, acts, chance):
    """Let processes begin together and kill each at a moment of its own; say which were killed."""
    lives = [
        subprocess.Popen(
            [sys.executable, "-c", LIFE, str(folder), act], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for act in acts
    ]
    for life in lives:
        assert life.stdout.readline() == "begun\n", life.stderr.read()
    for life in lives:
        time.sleep(chance.uniform(0, 0.12))
        life.send_signal(signal.SIGKILL)
    for act, life in zip(acts, lives, strict=True):
        _, error = life.communicate()
        known = ("Another process works", "is damaged", "try again when that has ended", "No run")
        assert life.returncode in (0, -signal.SIGKILL) or any(each in error for each in known), error
        yield act, life.returncode == -signal.SIGKILL


@pytest.mark.parametrize("name", test_faults_at_every_step.ACTS)
@pytest.mark.parametrize("fault", ["a_kill_at_any_file_operation", "a_disk_that_fills_up_at_any_operation"])
def test_after_a_fault_at_any_operation_the_same_command_ends_well(truth, tmp_path, monkeypatch, name, fault):
    """As in `tests/sweeps`, but the command is repeated after every fault rather than after some."""
    monkeypatch.setattr(test_faults_at_every_step, "EVERY", 1)
    getattr(test_faults_at_every_step, f"test_{fault}_loses_nothing")(truth, tmp_path, name)


def test_many_kills_of_workers_and_parents(tmp_path, monkeypatch):
    monkeypatch.setattr(test_kills, "KILLS", KILLS // 3)
    test_kills.test_kills_lose_nothing_and_repeat_only_what_was_in_flight(tmp_path)
