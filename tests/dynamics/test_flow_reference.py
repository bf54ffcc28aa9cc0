"""The plain flow against SciPy, the exact race and the engine: what every faster step is compared with is right."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from polygenesis import detect, single_feature
from polygenesis.dynamics import simulate
from polygenesis.dynamics.flow import elementwise, reference
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.training import GradientFlow

SCHEMES = {reference.proximal_euler: 1, reference.second_order: 2}


def start(n: int, m: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng([n, m, seed]).standard_normal((n, m)) / m**0.5


@pytest.mark.parametrize(("scheme", "order"), SCHEMES.items(), ids=["euler", "heun"])
def test_without_a_penalty_it_is_the_flow_that_scipy_finds_at_its_order(scheme, order):
    first = start(5, 8)
    exact = solve_ivp(
        lambda _, w: reference.force(w.reshape(5, 8)).ravel(), (0, 4), first.ravel(), rtol=1e-10, atol=1e-12
    ).y[:, -1]
    coarse, fine = (np.abs(scheme(first, 0.0, 4.0, step=h).ravel() - exact).max() for h in (0.02, 0.01))
    assert coarse / fine == pytest.approx(2**order, rel=0.15)


@pytest.mark.parametrize(("scheme", "order"), SCHEMES.items(), ids=["euler", "heun"])
def test_one_feature_runs_the_exact_race(scheme, order):
    w0, penalty = np.array([0.5, 0.45, -0.3, 0.1]), 0.2
    race = single_feature(w0, penalty=penalty, clock="loss")
    end = 0.6 * race.times[-1]
    found = scheme(w0[None], penalty, 4 * end, step=0.001)[0]
    np.testing.assert_allclose(found, race.weights(end), atol=2e-3 if order == 1 else 2e-4)


def test_its_penalty_is_that_of_the_compiled_passes():
    generator = np.random.default_rng(0)
    w, f = generator.standard_normal(500) * generator.integers(0, 2, 500), 3 * generator.standard_normal(500)
    step, strength = 0.3, 0.7
    ours = np.zeros_like(w)
    elementwise.extrapolate(w, f, f, ours, step, 0.0, step * strength)
    np.testing.assert_allclose(reference.penalized(w, f, step, strength), ours, atol=1e-13)


@pytest.mark.parametrize("m", [12, 24])
def test_tight_steps_pick_its_winners(m):
    """A hundredth of the default tolerance against Heun's method to the end of the slowest race: 48 features."""
    strength, count = 0.1, 4
    starts = np.stack([start(12, m, seed) for seed in range(count)])
    training = GradientFlow(tolerance=1e-5)
    spec = RunSpec(model=TiedAutoencoder(n=12, m=m), penalty=L1(strength), replicates=count, training=training)
    run = simulate(spec, initial_weights=starts)
    ends = np.stack([reference.second_order(each, strength, 8 * 4 / strength) for each in starts])
    flow, plain = detect.census(run.final), detect.census(ends)
    assert (flow.neuron == plain.neuron).all()
    assert (flow.sign == plain.sign).all()
    assert flow.polysemantic.sum() > 0


def test_a_penalty_of_twice_the_strength_would_be_noticed():
    starts = start(12, 16)
    found = (reference.second_order(starts, strength, 60.0, step=0.02) for strength in (0.1, 0.2))
    one, other = (np.abs(each).sum() for each in found)
    assert abs(one - other) > 0.01 * one
