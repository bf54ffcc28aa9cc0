"""No loop keeps a signal waiting, and a flow that gets nowhere says so."""

from __future__ import annotations

import signal
import threading
import time

import numpy as np
import pytest

from polygenesis import seeds
from polygenesis.dynamics import Outcome, simulate
from polygenesis.dynamics.limits import LOOK, SHORTEST, Stalls
from polygenesis.dynamics.replicates import at_most
from polygenesis.models import TiedAutoencoder
from polygenesis.noise import Bipolar
from polygenesis.penalties import L1
from polygenesis.saving import Save
from polygenesis.spec import RunSpec
from polygenesis.training import AdamW, GradientDescent, GradientFlow

FOREVER = GradientFlow(max_step=1e-6)
"""A flow of 10¹⁰ steps: too slow to wait for, and no stall."""

LONGEST = 1.0
"""Seconds of computing after which a signal must have been heard."""


class Heard(BaseException):
    """The signal."""


def seconds_until_heard(compute):
    """Compute for a while, then send a signal; return the seconds of computing until it was heard."""
    after = 0.3

    def hear(number, frame):
        raise Heard

    before = signal.signal(signal.SIGPROF, hear)
    start = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, after)
    try:
        compute()
    except Heard:
        return time.process_time() - start - after
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    raise AssertionError("it ended before the signal came")


def spec(n, m, **fields):
    return RunSpec(model=TiedAutoencoder(n=n, m=m), penalty=L1(0.016), **fields)


LOOPS = {
    "flow, small": (spec(8, 16, training=FOREVER), "flow-dense"),
    "flow, the largest compiled": (spec(100, 104, training=FOREVER), "flow-dense"),
    "flow, large": (spec(256, 1024, training=FOREVER, precision="float32"), "flow-dense"),
    "flow by active set": (spec(32, 64, training=FOREVER), "flow-active-set"),
    "flow by active set, large": (spec(256, 256, training=FOREVER), "flow-active-set"),
    "descent": (spec(4, 8, training=GradientDescent(lr=1e-3, steps=10**9)), "descent"),
    "descent, the largest compiled": (spec(100, 104, training=AdamW(steps=10**9)), "descent"),
    "noisy descent": (spec(128, 256, training=AdamW(steps=10**9), noise=Bipolar(std=0.1, shared=True)), "descent"),
}


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the test's own clock needs setitimer")
@pytest.mark.parametrize("name", LOOPS)
def test_a_signal_is_heard_within_a_second(name):
    long, engine = LOOPS[name]
    short = (
        GradientFlow(max_time=0.1) if isinstance(long.training, GradientFlow) else type(long.training)(lr=1e-3, steps=2)
    )
    simulate(long.replace(training=short), engine=engine)  # compiled beforehand: a compiler does not hear signals
    assert seconds_until_heard(lambda: simulate(long, engine=engine)) < LONGEST


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the test's own clock needs setitimer")
@pytest.mark.parametrize("name", ["flow, small", "flow, large", "flow by active set", "noisy descent"])
def test_a_signal_ends_replicates_that_run_at_the_same_time(name):
    long, engine = LOOPS[name]
    with at_most(2):
        assert seconds_until_heard(lambda: simulate(long.replace(replicates=3), engine=engine)) < 2 * LONGEST
    assert not [each for each in threading.enumerate() if each.name.startswith("replicate")]


@pytest.mark.parametrize("engine", ["flow", "flow-dense", "flow-active-set"])
@pytest.mark.parametrize("how", [GradientFlow(max_step=1e-300), GradientFlow(tolerance=1e-300)])
@pytest.mark.parametrize("size", [(4, 6), (104, 98)])
def test_a_flow_whose_steps_shrink_to_nothing_has_stalled(size, how, engine):
    run = simulate(spec(*size, training=how, replicates=2), engine=engine)
    assert run.outcome == (Outcome.STALLED,) * 2
    assert (run.end_time < 0.1).all()
    assert "max_step" in Outcome.STALLED.value


def test_what_is_saved_does_not_change_where_a_flow_stalls():
    how = GradientFlow(max_step=1e-12)
    bare = simulate(spec(4, 6, training=how))
    saved = simulate(spec(4, 6, training=how, save=Save(times=(0.0, 1e-4, 2e-4, 50.0), series=("loss",))))
    assert bare.final.tobytes() == saved.final.tobytes()
    assert bare.evaluations == saved.evaluations
    assert np.isnan(saved.series["loss"][0]).tolist() == [False, False, False, True]


def test_steps_that_grow_are_no_stall():
    """From huge weights the first steps are as short as those of a stall, but each is longer than the last."""
    start = 1e12 * seeds.generator(0, "huge", "start", 0).standard_normal((1, 4, 6))
    assert simulate(spec(4, 6), initial_weights=start).outcome[0] is not Outcome.STALLED
    stalls, time = Stalls(0.0, 0), 1e-20
    for look in range(1, 4):
        assert not stalls.found(time, look * LOOK)
        time *= 1e3
    assert time < LOOK * SHORTEST


@pytest.mark.parametrize("at_once", [1, 7])
@pytest.mark.parametrize("engine", ["flow", "flow-active-set", "flow-dense"])
def test_how_often_a_loop_returns_changes_nothing(engine, at_once, monkeypatch):
    from polygenesis.dynamics.flow import dense, integrate

    whole = simulate(spec(12, 16), engine=engine)
    monkeypatch.setattr(dense, "evaluations_at_once", lambda work: at_once)
    monkeypatch.setattr(integrate, "evaluations_at_once", lambda work: at_once)
    parts = simulate(spec(12, 16), engine=engine)
    assert whole.final.tobytes() == parts.final.tobytes()
    assert (whole.end_time == parts.end_time).all()
    assert (whole.evaluations == parts.evaluations).all()


@pytest.mark.parametrize("training", [GradientDescent(lr=0.01, steps=500), AdamW(steps=500)])
def test_how_often_descent_returns_changes_nothing(training, monkeypatch):
    from polygenesis.dynamics.descent import descend

    whole = simulate(spec(6, 9, training=training, noise=Bipolar(std=0.1)))
    monkeypatch.setattr(descend, "evaluations_at_once", lambda work: 3)
    parts = simulate(spec(6, 9, training=training, noise=Bipolar(std=0.1)))
    assert whole.final.tobytes() == parts.final.tobytes()
