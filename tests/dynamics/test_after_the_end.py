"""What is saved after a replicate has ended: its last weights where it rests, NaN where it diverged or stalled."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from polygenesis.dynamics import simulate
from polygenesis.dynamics.outcome import Outcome
from polygenesis.models import Perceptron, TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.saving import Save
from polygenesis.spec import RunSpec
from polygenesis.training import GradientDescent, GradientFlow

torch = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="needs PyTorch")
FLOWS = ["flow", "flow-dense", "flow-active-set"]
FLOWS += [pytest.param(each, marks=torch) for each in ("flow-torch", "autograd")]
TIMES = (0.0, 1e-7, 1.0, 50.0, 1e5)
SPEC = RunSpec(
    TiedAutoencoder(n=4, m=6), penalty=L1(0.05), replicates=2, save=Save(times=TIMES, series=("loss",), weights=True)
)
STALLING = [GradientFlow(max_step=1e-12), GradientFlow(tolerance=1e-300), GradientFlow(max_step=1e-300)]
CASES = [(engine, how) for engine in FLOWS[:3] for how in STALLING[:2]]
CASES += [pytest.param("autograd", how, marks=torch) for how in STALLING[:2]]
CASES += [pytest.param("flow-torch", STALLING[1], marks=torch)]


def kept(run):
    """Which saved times hold numbers, (r, T); weights and series say the same."""
    finite = np.isfinite(run.series["loss"])
    assert (np.isfinite(run.trajectory).all(axis=(2, 3)) == finite).all()
    return finite


@pytest.mark.parametrize(("engine", "how"), CASES)
def test_nothing_is_saved_after_a_stall(engine, how):
    run = simulate(SPEC.replace(training=how), engine=engine)
    assert run.outcome == (Outcome.STALLED,) * 2
    assert (kept(run) == (run.times <= run.end_time[:, None])).all()


@pytest.mark.parametrize("engine", FLOWS)
def test_who_rests_stays_where_it_is(engine):
    run = simulate(SPEC, engine=engine)
    assert kept(run).all()
    assert (run.trajectory[:, -1] == run.final).all()


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("engine", FLOWS)
def test_nothing_is_saved_after_a_flow_diverged(engine):
    start = np.full((2, 4, 6), 1e200)
    run = simulate(SPEC, initial_weights=start, engine=engine)
    assert set(run.outcome) == {Outcome.DIVERGED}
    assert run.trajectory.shape == (2, len(TIMES), 4, 6)
    assert not kept(run)[:, 1:].any()


@torch
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_general_models_and_training_in_steps_say_the_same():
    model = Perceptron(n=4, m=6, outputs=4)
    spec = SPEC.replace(model=model, training=GradientFlow(max_step=1e-12))
    assert not kept(simulate(spec))[:, 2:].any()
    late = spec.replace(save=Save(times=(1.0, 2.0), series=("loss",), weights=True))
    assert np.isnan(simulate(late).trajectory).all()
    linear = Perceptron(n=4, m=6, outputs=4, output="identity")
    times = (0, 1, 50, 200)
    saved = Save(times=times, series=("loss",), weights=True)
    run = simulate(SPEC.replace(model=linear, training=GradientDescent(lr=10.0, steps=200), save=saved))
    assert set(run.outcome) == {Outcome.DIVERGED}
    assert (kept(run) == (run.times <= run.end_time[:, None])).all()
