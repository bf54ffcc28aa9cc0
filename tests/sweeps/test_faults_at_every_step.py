"""Killed, or the disk full, at every single file operation: no sound run is lost, and the same command ends well."""

from __future__ import annotations

import os
import shutil

import pytest
from attacks import (
    GRID,
    SPECS,
    Filling,
    Killing,
    fake,
    in_child,
    listening,
    make,
    parts,
    sound_keys,
    spoil_pack,
    table_rows,
)

from polygenesis.sweeps import Store
from polygenesis.sweeps.runner import Sweep
from polygenesis.sweeps.table import collect, write_table

EVERY = 4
"""After one fault of so many the act and the sweep are done again; in `verification/` after every one."""

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


@pytest.fixture(scope="module")
def truth(tmp_path_factory):
    return make(tmp_path_factory.mktemp("store") / "runs")


def run(folder):
    with parts():
        sweep = Sweep(SPECS, Store(folder), keep="scalars", workers=1, compute=fake)
        return sweep.run().left


def verify(folder):
    store = Store(folder)
    store.set_aside(store.verify())


def restore(folder):
    Store(folder).restore()


def repack(folder):
    with listening():
        Store(folder).repack()


def gather(folder):
    write_table(collect(Store(folder), GRID), folder / "table.csv")


ACTS = {"run": run, "verify": verify, "restore": restore, "pack": repack, "collect": gather}


def prepared(truth, folder, name):
    """Make a store on which an act has something to do; return its sound runs."""
    shutil.copytree(truth.folder, folder)
    with listening():
        if name in ("verify", "restore"):
            spoil_pack(folder)
        if name == "restore":  # sound runs that an older version moved away
            (folder / "set-aside").mkdir()
            for path in [*(folder / "packs").iterdir(), folder / Store(folder).folders()[0]]:
                os.rename(path, folder / "set-aside" / path.name)
        if name == "collect":
            (folder / "index.sqlite").unlink()
    return sound_keys(folder)


def interrupted(start, before, folder, name, fault):
    """Do an act with a fault on a copy of a store; return how it ended and how many operations it did."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(start, folder)

    def act():
        with listening(), fault:
            ACTS[name](folder)
        return fault.count

    code, text = in_child(act)
    assert code in (0, 1, 9), text
    assert sound_keys(folder) >= before, "a sound run is gone"
    return code, text


def ends_well(truth, folder, name):
    """The same act again, then the sweep: the table is whole and nothing is left lying about."""
    with listening():
        ACTS[name](folder)
        restore(folder)
        assert run(folder) == 0
        assert table_rows(folder) == list(truth.rows)
        store = Store(folder)
        store.set_aside(store.verify())
        assert store.verify() == []
        store.clean()
    assert not list(folder.rglob(".tmp-*"))


@pytest.mark.parametrize("name", ACTS)
def test_a_kill_at_any_file_operation_loses_nothing(truth, tmp_path, name):
    kills, number = 0, 0
    start, folder = tmp_path / "start", tmp_path / "runs"
    before = prepared(truth, start, name)
    while True:
        number += 1
        code, text = interrupted(start, before, folder, name, Killing(number, after=number % 3 == 0))
        if code == 0:
            break
        assert code == 9, text
        kills += 1
        if (number - 1) % EVERY == 0:
            ends_well(truth, folder, name)
    assert kills >= 5
    print(f"\n{name}: {kills} kills")


@pytest.mark.parametrize("name", ACTS)
def test_a_disk_that_fills_up_at_any_operation_loses_nothing(truth, tmp_path, name):
    number = 0
    start, folder = tmp_path / "start", tmp_path / "runs"
    before = prepared(truth, start, name)
    while True:
        number += 1
        code, text = interrupted(start, before, folder, name, Filling(number))
        if code == 0 and int(text if text.isdigit() else 0) < number:
            break
        if code == 1:
            assert "No space left on device" in text
            assert text.endswith(".")
            assert "\n" not in text
        if (number - 1) % EVERY == 0:
            ends_well(truth, folder, name)
