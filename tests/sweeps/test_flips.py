"""One bit, one file, one folder: whatever is altered in a store, the table is right or there is one sentence."""

from __future__ import annotations

import os
import random
import re
import shutil
from collections import Counter

import pytest
from attacks import GRID, consequences, files_of, flip, make

from polygenesis.sweeps import Store

FLIPS = 3
"""Flips of each file here; `verification/test_store_attacks.py` has many more."""


@pytest.fixture(scope="module")
def truth(tmp_path_factory):
    return make(tmp_path_factory.mktemp("store") / "runs")


@pytest.fixture
def store(truth, tmp_path):
    """A copy of the store to attack."""
    shutil.copytree(truth.folder, tmp_path / "runs")
    return tmp_path / "runs"


def test_flipped_bits_are_noticed_or_harmless(truth, tmp_path):
    chance, noticed, tried = random.Random(15), Counter(), Counter()
    for number in range(len(files_of(truth.folder))):
        for _ in range(FLIPS):
            folder = tmp_path / "runs"
            shutil.copytree(truth.folder, folder)
            path = files_of(folder)[number]
            kind = path.suffix if path.parent != folder else path.name
            where = flip(path, chance)
            if kind != "index.sqlite" and chance.random() < 0.5:
                (folder / "index.sqlite").unlink()  # which has the right rows still
            try:
                noticed[kind] += consequences(folder, truth, first=chance.choice(("collect", "run")))
            except Exception as error:
                raise AssertionError(f"{path.relative_to(folder)}, {where}") from error
            tried[kind] += 1
            shutil.rmtree(folder)
    assert sum(tried.values()) >= 60
    assert sum(noticed.values()) >= 0.5 * sum(tried.values()), (noticed, tried)
    assert noticed[".safetensors"] >= 0.9 * tried[".safetensors"]


def swap_folders(folder):
    one, other = Store(folder).folders()[:2]
    os.rename(folder / one, folder / "between")
    os.rename(folder / other, folder / one)
    os.rename(folder / "between", folder / other)


def copy_folder(folder):
    store = Store(folder)
    missing = next(key for key in GRID.specs() if key not in store)
    shutil.copytree(folder / store.folders()[0], folder / missing)


def part_as_run(folder):
    (run,) = (folder / "parts").iterdir()
    shutil.copytree(run / "0-1", folder / run.name)


def part_elsewhere(folder):
    (run,) = (folder / "parts").iterdir()
    os.rename(run / "0-1", run / "1-2")


def part_of_another(folder):
    (run,) = (folder / "parts").iterdir()
    shutil.rmtree(run / "0-1")
    shutil.copytree(folder / Store(folder).folders()[0], run / "0-1")


def swap_file(name):
    def spoil(folder):
        one, other = (folder / key / name for key in Store(folder).folders()[:2])
        data = one.read_bytes(), other.read_bytes()
        one.write_bytes(data[1])
        other.write_bytes(data[0])

    return spoil


def rename_pack(folder):
    (path,) = (folder / "packs").glob("scalars-*")
    os.rename(path, path.with_name(path.name.replace("scalars", "weights")))


def in_place_of(name, write):
    """Write something in place of a file of the first run folder."""

    def spoil(folder):
        path = folder / Store(folder).folders()[0] / name
        path.unlink()
        write(path)

    return spoil


def another_number(folder):
    path = folder / Store(folder).folders()[0] / "result.json"
    text = path.read_text()
    altered = re.sub(r'"end_time":\[(\d)', lambda found: f'"end_time":[{(int(found[1]) + 1) % 10}', text)
    assert altered != text
    path.write_text(altered)


def deep(path):
    path.write_text("[" * 100_000 + "]" * 100_000)


HOSTILE = {
    "another number in a result": another_number,
    "two folders swapped": swap_folders,
    "a folder copied to another key": copy_folder,
    "a part in place of its run": part_as_run,
    "a part under other replicates": part_elsewhere,
    "another run in place of a part": part_of_another,
    "results swapped": swap_file("result.json"),
    "specs swapped": swap_file("spec.json"),
    "arrays swapped": swap_file("arrays.safetensors"),
    "a pack of scalars named as weights": rename_pack,
    "a result that is a list": in_place_of("result.json", lambda path: path.write_text("[]")),
    "a result that is a number": in_place_of("result.json", lambda path: path.write_text("7")),
    "a deep result": in_place_of("result.json", deep),
    "a result of NaN": in_place_of(
        "result.json", lambda path: path.write_text('{"checksum": NaN, "schema": Infinity}')
    ),
    "a long number": in_place_of("result.json", lambda path: path.write_text("9" * 10_000)),
    "no UTF-8": in_place_of("result.json", lambda path: path.write_bytes(b"\xff\xfe")),
    "a pipe": in_place_of("result.json", os.mkfifo),
    "a folder in place of a file": in_place_of("arrays.safetensors", os.mkdir),
    "a link to itself": in_place_of("spec.json", lambda path: path.symlink_to(path)),
    "no arrays": in_place_of("arrays.safetensors", lambda path: None),
    "an empty file": in_place_of("arrays.safetensors", lambda path: path.touch()),
    "a header of garbage": in_place_of(
        "arrays.safetensors", lambda path: path.write_bytes(b"\x10" + bytes(7) + b"[" * 16)
    ),
    "a huge header": in_place_of("arrays.safetensors", lambda path: path.write_bytes(b"\xff" * 8 + b"{}")),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("first", ["collect", "run"])
@pytest.mark.parametrize("index", ["index", "no index"])
def test_what_is_not_as_it_was_written_is_noticed(store, truth, name, first, index):
    if index == "no index":
        (store / "index.sqlite").unlink()
    HOSTILE[name](store)
    assert consequences(store, truth, first=first)


JUNK = [
    "",
    "[]",
    "null",
    "7",
    '"text"',
    "{",
    "{}",
    '{"key": 1}',
    "[" * 100_000,
    "NaN",
    "\x00",
    '{"status": []}',
    "9" * 9999,
]


@pytest.mark.parametrize("text", JUNK, ids=range(len(JUNK)))
def test_failures_and_statuses_of_any_content_cost_nothing(store, truth, text):
    for path in (*(store / "failures").iterdir(), *(store / "status").iterdir()):
        path.write_text(text)
    assert consequences(store, truth)


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.99])
def test_files_cut_short_are_noticed(store, truth, share):
    for path in files_of(store):
        data = path.read_bytes()
        path.write_bytes(data[: int(share * len(data))])
    assert consequences(store, truth)
