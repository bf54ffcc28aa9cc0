"""Where nothing is compiled yet, another process compiles the active set; elsewhere none is started."""

from __future__ import annotations

import subprocess
import sys

import pytest

from polygenesis.cli.computing import compute
from polygenesis.cli.folders import writable_store
from polygenesis.dynamics import simulate
from polygenesis.dynamics.flow import first_use
from polygenesis.dynamics.replicates import at_most
from polygenesis.models import TiedAutoencoder
from polygenesis.spec import RunSpec

SPEC = RunSpec(TiedAutoencoder(n=2, m=4))


@pytest.fixture
def started(monkeypatch, tmp_path):
    """Commands that were started, on a machine where nothing is compiled."""
    commands = []
    monkeypatch.setattr(first_use, "cold", lambda: True)
    monkeypatch.setattr(first_use, "folder", lambda: tmp_path)
    monkeypatch.setattr(first_use.subprocess, "Popen", lambda command, **_: commands.append(command))
    monkeypatch.setattr(first_use, "_others", [])
    first_use.compile_ahead.cache_clear()
    yield commands
    first_use.compile_ahead.cache_clear()


def test_the_first_flow_starts_one_process_a_precision(started):
    with at_most(2):
        for precision in ("float64", "float64", "float32"):
            simulate(SPEC.replace(precision=precision))
    assert [command[0] for command in started] == [sys.executable] * 2
    assert "float64" in started[0][2]
    assert "float32" in started[1][2]


def test_what_it_does_runs(monkeypatch):
    engines = []

    def watched(spec, *, engine):
        engines.append(engine)
        return simulate(spec, engine=engine)

    monkeypatch.setattr("polygenesis.simulate", watched)
    exec(first_use.COMMAND.format(precision="float64"), {})
    assert engines == ["flow-active-set"]


@pytest.mark.parametrize("why", ["one core", "warm", "nothing is kept", "another engine", "no process"])
def test_otherwise_none_is_started(started, monkeypatch, why):
    def refuse(*_, **__):
        raise OSError("Resource temporarily unavailable")

    if why == "warm":
        monkeypatch.setattr(first_use, "cold", lambda: False)
    if why == "nothing is kept":
        monkeypatch.setattr(first_use, "folder", lambda: None)
    if why == "no process":
        monkeypatch.setattr(subprocess, "Popen", refuse)
    with at_most(1 if why == "one core" else 2):
        assert simulate(SPEC, engine="flow-dense" if why == "another engine" else "auto").final.shape == (1, 2, 4)
    assert started == []


def test_the_command_starts_it_for_its_workers(started, monkeypatch, tmp_path):
    monkeypatch.setattr("polygenesis.kernels.cold", lambda: True)
    with at_most(2):
        compute([SPEC, SPEC.replace(seed=1)], writable_store(tmp_path / "runs"), workers=1)
    assert len(started) == 1
