"""SIGTERM and the time limit act within a second, whatever runs; what is finished is kept."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.sweeps import Store
from polygenesis.sweeps.runner import Sweep
from polygenesis.sweeps.stopping import GRACE_SECONDS, GivenUp, Stop
from polygenesis.sweeps.worker import compute_replicates
from polygenesis.training import GradientFlow

SHORT = RunSpec(TiedAutoencoder(n=2, m=3), penalty=L1(0.1))
ENDLESS = RunSpec(TiedAutoencoder(n=4, m=8), training=GradientFlow(max_step=1e-6))
SPECS = {spec.key: spec for spec in (SHORT, ENDLESS)}

MUCH_LATER = 10.0
"""Seconds that a busy machine may take for what takes one: what never ends takes more."""


@pytest.mark.parametrize("workers", [1, 2])
def test_a_time_limit_gives_up_a_run_that_never_ends(tmp_path, workers):
    compute_replicates(SHORT, range(1))  # compiled, so that the time is that of the runs
    sweep = Sweep(SPECS, Store(tmp_path), workers=workers, max_seconds=3.0)
    start = time.monotonic()
    status = sweep.run()
    assert time.monotonic() - start < 3.0 + MUCH_LATER
    assert sweep.stop.reason == "time limit"
    assert ENDLESS.key in sweep.left
    assert status.failed == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_sigterm_gives_up_a_run_that_never_ends(tmp_path, workers):
    compute_replicates(SHORT, range(1))
    timer = threading.Timer(2.0, os.kill, (os.getpid(), signal.SIGTERM))
    timer.start()
    sweep = Sweep(SPECS, Store(tmp_path), workers=workers)
    start = time.monotonic()
    sweep.run()
    assert time.monotonic() - start < 2.0 + MUCH_LATER
    assert sweep.stop.reason == "SIGTERM"
    assert ENDLESS.key in sweep.left
    assert not sweep.failures


def test_what_ends_in_time_is_finished():
    with Stop() as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        with stop.computing():
            time.sleep(GRACE_SECONDS / 5)
        assert stop.wanted
        assert not stop.urgent
        with pytest.raises(GivenUp), stop.computing():
            time.sleep(MUCH_LATER)
        with pytest.raises(GivenUp), stop.computing():
            pytest.fail("nothing begins once the stop is urgent")


def test_nothing_is_given_up_but_what_computes():
    """Runs are kept outside of ``computing``: no file is left half-written."""
    with Stop(max_seconds=0.01) as stop:
        time.sleep(GRACE_SECONDS + 0.3)
        assert stop.urgent


def test_sigusr1_waits(monkeypatch):
    with Stop() as stop:
        os.kill(os.getpid(), signal.SIGUSR1)
        with stop.computing():
            time.sleep(GRACE_SECONDS + 0.2)
        assert stop.wanted
        assert not stop.urgent
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.reason == "SIGTERM"


def test_a_limit_without_end_needs_no_timer():
    with Stop(max_seconds=float("inf")) as stop:
        assert not stop.wanted
