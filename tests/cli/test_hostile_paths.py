"""Paths that cannot be: names of 300 letters, NUL, closed folders, no home. One sentence each, never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from polygenesis.cli import main

SWEEP = '{store}keep = "scalars"\n[spec]\nmodel.n = 3\npenalty.strength = 0.1\n[axes]\nmodel.m = [4]\n'
LONG = "y" * 300
STORES = {
    "long": "x" * 300,
    "nul": "a\\u0000b",
    "below a device": "/dev/null/runs",
    "deep": "d/" * 3000,
    "a file": "f.toml",
}
COMMANDS = (["sweep", "run"], ["sweep", "status"], ["sweep", "verify"], ["sweep", "collect", "--csv", "out.csv"])
PLACES = (LONG, f"{LONG}.toml", "a\0b", "a\0b.toml", "/dev/null/x", "binary.toml", "folder.toml")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "f.toml").write_text(SWEEP.format(store=""))
    (tmp_path / "binary.toml").write_bytes(bytes(range(128, 256)))
    (tmp_path / "folder.toml").mkdir()
    return tmp_path


def one_sentence(capfd, tokens):
    assert main(tokens) == 2, tokens
    said = capfd.readouterr().err
    assert said.startswith("Error: "), said
    assert said.count("\n") == 1, said
    assert said.endswith(".\n"), said


@pytest.mark.parametrize("store", STORES)
def test_a_store_that_cannot_be_is_one_sentence(here, capfd, store):
    (here / "s.toml").write_text(SWEEP.format(store=f'store = "{STORES[store]}"\n'))
    for command in COMMANDS:
        one_sentence(capfd, [*command, "s.toml"])


@pytest.mark.parametrize("place", PLACES)
def test_a_place_that_cannot_be_is_one_sentence(here, capfd, place):
    for command in (*COMMANDS, ["sweep", "plan"], ["replay", "abc", "--runs"], ["report"]):
        one_sentence(capfd, [*command, place])


@pytest.mark.parametrize("path", [f"{LONG}.csv", "/dev/null/o.csv", "a\0.csv"])
def test_a_table_that_cannot_be_written_is_one_sentence(here, capfd, path):
    assert main(["sweep", "run", "f.toml", "--workers", "1"]) == 0
    capfd.readouterr()
    one_sentence(capfd, ["sweep", "collect", "f.toml", "--csv", path])
    assert sorted(each.name for each in here.iterdir()) == ["binary.toml", "f.toml", "folder.toml", "runs"]


@pytest.mark.parametrize("home", [None, "", "/nonexistent", "/dev/null"])
def test_a_home_that_is_missing_is_not_missed(here, home):
    environment = {name: value for name, value in os.environ.items() if name not in ("HOME", "XDG_CACHE_HOME")}
    environment |= {} if home is None else {"HOME": home}
    command = [sys.executable, "-m", "polygenesis", "sweep", "run", "f.toml", "--workers", "1"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("1 done")
