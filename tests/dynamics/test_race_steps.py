"""The compiled race: against an independent integrator of another form of its equations, and its own bookkeeping."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from polygenesis.dynamics.race.gaps import Gaps
from polygenesis.dynamics.race.integrate import BEGUN, LENGTH, crossing, integrate, interpolate


def race(m, penalty):
    gaps = Gaps.of(np.abs(np.random.default_rng(m).normal(size=m)) * 0.9 / np.sqrt(m))
    return gaps, integrate(gaps.lead, gaps.runner_up, penalty, (gaps.sorted, gaps.means, gaps.spreads))


def by_scipy(gaps, penalty, times):
    """g and s of the leader's weight w and α = log a, ẇ = (1 − S) w − λ, α̇ = 1 − S, with g = w/a and s = 1/a."""

    def flow(_, y):
        excess = 1 - np.exp(2 * y[1]) * gaps.square(float(y[0] * np.exp(-y[1])))
        return excess * y[0] - penalty, excess

    found = solve_ivp(flow, (0, times[-1]), [gaps.lead, 0.0], "LSODA", times, rtol=1e-12, atol=1e-14)
    return found.y[0] * np.exp(-found.y[1]), np.exp(-found.y[1])


@pytest.mark.parametrize(("m", "penalty"), [(2, 0.01), (10, 0.2), (100, 0.01), (3000, 1e-3)])
def test_gap_and_scale_are_those_of_another_integrator(m, penalty):
    gaps, steps = race(m, penalty)
    finish = crossing(steps, gaps.runner_up)
    times = np.concatenate([[0.0], np.geomspace(1e-6 * finish, 0.99 * finish, 100)])
    for ours, theirs in zip(interpolate(steps, times), by_scipy(gaps, penalty, times), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-7)


def test_the_race_ends_when_the_runner_up_drops_out():
    gaps, steps = race(1000, 1e-3)
    finish = crossing(steps, gaps.runner_up)
    assert interpolate(steps, np.array([finish]))[0][0] == pytest.approx(gaps.runner_up, rel=1e-12)
    assert steps[-1, BEGUN] <= finish <= steps[-1, BEGUN] + steps[-1, LENGTH]


def test_steps_follow_each_other():
    _, steps = race(500, 1e-2)
    np.testing.assert_allclose(steps[1:, BEGUN], steps[:-1, BEGUN] + steps[:-1, LENGTH], rtol=1e-15)
    np.testing.assert_array_equal(steps[1:, [2, 6]], steps[:-1, [5, 9]])
    assert (np.diff(steps[:, 2]) < 0).all()


def test_what_cannot_be_integrated_gives_no_steps():
    gaps, _ = race(5, 0.1)
    assert len(integrate(gaps.lead, gaps.runner_up, np.nan, (gaps.sorted, gaps.means, gaps.spreads))) == 0
