"""Attacks on a small store, and what must hold after each: the right table or one sentence, and nothing sound is lost.

The store has every kind of file: run folders, packs of weights and of scalars, parts, failures, statuses and an index.
Its runs are drawn from their specs by :func:`fake`, so that a thousand attacks take minutes.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import random
import shutil
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import numpy as np

from polygenesis.dynamics.keeping.record import pack
from polygenesis.dynamics.outcome import Outcome
from polygenesis.dynamics.run import Run
from polygenesis.dynamics.start import initial
from polygenesis.errors import PolygenesisError, StoreError
from polygenesis.spec import RunSpec
from polygenesis.sweeps import Failure, Store, schedule
from polygenesis.sweeps.grid import grid_from
from polygenesis.sweeps.runner import Sweep
from polygenesis.sweeps.status import StatusFile, read_reports
from polygenesis.sweeps.table import collect, write_table

GRID = grid_from(
    {
        "spec": {"model": {"n": 3}, "penalty": {"strength": 0.1}, "replicates": 2},
        "axes": {"model.m": [4, 6], "seed": {"from": 0, "to": 5, "step": 1}},
    }
)
"""Twelve runs: five in folders of their own, four in a pack, two in a pack of scalars, one in parts."""

SPECS = GRID.specs()
"""The specs of the grid, which does not change, by key."""

ALIEN = next(iter(SPECS.values())).replace(seed=99)
"""A run that failed, of another sweep."""


def fake(spec: RunSpec, replicates: range) -> Run:
    """Draw numbers from the spec, the same for the same replicate."""
    start = initial(spec, replicates)
    return Run(
        spec=spec,
        initial=start,
        final=start * (np.abs(start) > 1.5 * spec.model.m**-0.5),
        outcome=(Outcome.FINISHED,) * len(replicates),
        end_time=np.array([1.0 + each + spec.seed for each in replicates]),
        evaluations=np.array([spec.seed + 1] * len(replicates)),
        engine="fake",
    )


@dataclass(frozen=True)
class Truth:
    """What the store must show: the table's rows as text, and every final weight by key."""

    rows: tuple[str, ...]
    weights: dict[str, bytes]
    folder: Path


def make(folder: Path) -> Truth:
    """Make the store and say what is true of it."""
    store, specs = Store(folder), list(SPECS.values())
    runs = {spec.key: fake(spec, range(2)) for spec in specs}
    for spec in specs[:5]:
        store.put([pack(runs[spec.key], seconds=1.0)])
    store.put([pack(runs[spec.key]) for spec in specs[5:9]])
    store.put([pack(runs[spec.key], keep="scalars") for spec in specs[9:11]])
    with parts():
        store.put_part(pack(fake(specs[11], range(1)), first=0, drawn=True))
        store.fail(Failure(ALIEN.key, ALIEN.canonical, "here.py:1 in f", "broke", {"numpy": "2"}))
        sweep = Sweep({}, store)
        StatusFile(store, "sweep").write(sweep.status)
        whole = folder.with_name("whole")
        shutil.copytree(folder, whole)
        assert Sweep(SPECS, Store(whole), keep="scalars", workers=1, compute=fake).run().left == 0
        rows = table_rows(whole)
        assert len(rows) == 1 + 24
        table_rows(folder)  # makes the index
    return Truth(tuple(rows), {key: run.final.tobytes() for key, run in runs.items()}, folder)


@contextlib.contextmanager
def parts():
    """The last of the grid's runs counts as a long one."""
    last = list(SPECS)[11]
    with (
        mock.patch.object(schedule, "PART_SECONDS", 1e-9),
        mock.patch("polygenesis.sweeps.schedule.in_parts", lambda spec: spec.key == last),
        mock.patch("polygenesis.sweeps.runner.in_parts", lambda spec: spec.key == last),
    ):
        yield


def table_rows(folder: Path) -> list[str]:
    """The lines of the sweep's table."""
    target = folder.with_name(f"{folder.name}.csv")
    table = collect(Store(folder), GRID)
    write_table(table, target)
    lines = target.read_text().splitlines()
    assert len(lines) - 1 + 2 * (table.attrs["missing"] + table.attrs["failed"]) == 24, "rows neither shown nor counted"
    return lines


class Ear(logging.Handler):
    """Hears warnings."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(record.getMessage())


@contextlib.contextmanager
def listening():
    """Give the list of warnings while it is entered."""
    ear, logger = Ear(), logging.getLogger("polygenesis")
    before = logger.propagate
    logger.addHandler(ear)
    logger.propagate = False
    try:
        yield ear.heard
    finally:
        logger.removeHandler(ear)
        logger.propagate = before


def consequences(folder: Path, truth: Truth, *, first: str = "collect") -> bool:
    """Use a damaged store in every way; return whether the damage was noticed, assert that nothing is wrong.

    Every step gives the truth or one sentence; in the end the sweep is run, verified, and whole again.
    """
    with listening() as heard, parts():
        if first == "collect":
            _partly_right(folder, truth, heard)
            _loads_right(folder, truth, heard)
            with sentence(heard):
                heard += [each.sentence for each in Store(folder).verify()]
        read_reports(folder)
        _mended(folder, truth, heard)
    return bool(heard)


def _partly_right(folder: Path, truth: Truth, heard: list[str]) -> None:
    with sentence(heard):
        rows = table_rows(folder)
        assert set(rows) <= set(truth.rows), "a wrong row"
        assert rows == [row for row in truth.rows if row in set(rows)], "rows in another order"


def _loads_right(folder: Path, truth: Truth, heard: list[str]) -> None:
    store = Store(folder)
    for key, final in truth.weights.items():
        with sentence(heard, "scalars only", "No run"):
            assert store.load(key).final.tobytes() == final, "wrong weights"


def _mended(folder: Path, truth: Truth, heard: list[str]) -> None:
    events = []
    sweep = Sweep(
        SPECS, Store(folder), keep="scalars", workers=1, compute=fake, retry_failed=True, on_event=events.append
    )
    status = sweep.run()
    heard += [each.sentence for each in events if each.kind == "damaged"]
    assert (status.left, status.failed, status.lost) == (0, 0, 0)
    assert table_rows(folder) == list(truth.rows)
    store = Store(folder)
    damages = store.verify()
    heard += [each.sentence for each in damages]
    if damages:  # else nothing is written, and all of it has just been looked at
        store.set_aside(damages)
        assert Store(folder).verify() == []
        assert table_rows(folder) == list(truth.rows)


@contextlib.contextmanager
def sentence(heard: list[str], *expected: str):
    """Let one sentence of ours pass, and note it unless it is one of those that were expected anyway."""
    try:
        yield
    except PolygenesisError as error:
        said = str(error)
    else:
        return
    assert said.endswith("."), said
    assert "\n" not in said, said
    if not any(each in said for each in expected):
        heard.append(said)


def files_of(folder: Path) -> list[Path]:
    """All files of a store, in the same order every time."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")


def flip(path: Path, chance: random.Random) -> str:
    """Flip one bit of a file, in a region that is drawn first: its beginning, its header, or anywhere."""
    data = bytearray(path.read_bytes())
    region = chance.choice(("beginning", "header", "anywhere"))
    most = {"beginning": 64, "header": max(64, len(data) // 4), "anywhere": len(data)}[region]
    place = chance.randrange(min(most, len(data)))
    data[place] ^= 1 << chance.randrange(8)
    path.write_bytes(data)
    return f"{region}, byte {place} of {len(data)}"


def in_child(act, *, uid: int | None = None, gid: int | None = None, umask: int | None = None) -> tuple[int, str]:
    """Do something in a child process, as another user if need be; return its exit code and what it said.

    0: it returned; 1: a sentence of ours; 3: any other error; 9: it was killed at a point of its own.
    """
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        code, text = 3, ""
        try:
            os.close(reader)
            if gid is not None:
                os.setgroups([])
                os.setgid(gid)
            if uid is not None:
                os.setuid(uid)
            if umask is not None:
                os.umask(umask)
            text, code = str(act()), 0
        except PolygenesisError as error:
            code, text = 1, str(error)
        except BaseException as error:
            text = f"{type(error).__name__}: {error}\n{traceback.format_exc()}"
        finally:
            with contextlib.suppress(BaseException):
                os.write(writer, text.encode()[:60000])
            os._exit(code)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        text = pipe.read().decode()
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), text


CALLS = ("rename", "replace", "link", "unlink", "rmdir", "mkdir", "fsync", "open")
"""File operations before and after each of which a process may die."""


class Killing:
    """While entered, end the process at one of its file operations: before it where ``after`` is false."""

    def __init__(self, number: int, *, after: bool = False) -> None:
        self.number, self.after, self.count = number, after, 0

    def __enter__(self):
        self.patches = [mock.patch.object(os, name, self._wrapped(getattr(os, name), name)) for name in CALLS]
        for each in self.patches:
            each.start()
        return self

    def __exit__(self, *error):
        for each in self.patches:
            each.stop()

    def _wrapped(self, call, name):
        def wrapped(*args, **kwargs):
            if name == "open" and not args[1] & os.O_CREAT:
                return call(*args, **kwargs)
            self.count += 1
            if self.count == self.number and not self.after:
                self.end()
            dies = self.count == self.number and self.after
            try:
                return call(*args, **kwargs)
            finally:
                if dies:  # also where the call fails, as mkdir of a folder that is there does
                    self.end()

        return wrapped

    def end(self):
        os._exit(9)


class Filling(Killing):
    """While entered, the disk is full from one operation on: nothing new can be made, linked or synced."""

    def _wrapped(self, call, name):
        def wrapped(*args, **kwargs):
            if name in ("link", "mkdir", "fsync") or (name == "open" and args[1] & os.O_CREAT):
                self.count += 1
                if self.count >= self.number:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(args[0]))
            return call(*args, **kwargs)

        return wrapped


def sound_keys(folder: Path) -> set[str]:
    """The runs that count as done and are sound."""
    with listening(), contextlib.suppress(StoreError):
        return set(Store(folder).look(SPECS)[0])
    return set()


def spoil_pack(folder: Path) -> str:
    """Damage one array of the pack of weights; return the key of its run."""
    path = next((folder / "packs").glob("weights-*"))
    data = bytearray(path.read_bytes())
    data[8 + int.from_bytes(data[:8], "little")] ^= 1
    path.write_bytes(data)
    (damage,) = (each for each in Store(folder).verify() if each.place.startswith("packs/"))
    return damage.key


assert sys.platform != "win32", "these attacks need a POSIX system"
