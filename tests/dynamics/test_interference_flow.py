"""Gradient flow with some interference left out: against lone rows, small steps, and the spec's own promises."""

from __future__ import annotations

import dataclasses
import functools
import itertools

import numpy as np
import pytest

from polygenesis.dynamics import Outcome, initial, simulate
from polygenesis.dynamics.engines import NAMES
from polygenesis.dynamics.flow.certificate import certify
from polygenesis.errors import InputError
from polygenesis.interference import FullInterference, NoInterference, SameSignOff, SameSignOnly, same_sign_pairs
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.saving import Save
from polygenesis.spec import RunSpec
from polygenesis.training import AdamW, GradientDescent, GradientFlow

PARTS = (FullInterference(), NoInterference(), NoInterference(until=3.0), SameSignOnly(), SameSignOff())


ENGINES = [pytest.param(name, marks=pytest.mark.torch) if name == "flow-torch" else name for name in NAMES["flow"]]


def spec_of(n: int, m: int, strength: float = 0.1, **fields) -> RunSpec:
    return RunSpec(model=TiedAutoencoder(n=n, m=m), penalty=L1(strength), **fields)


def small_steps(start: np.ndarray, strength: float, duration: float, kept: np.ndarray, step: float) -> np.ndarray:
    """Plain proximal Euler under a mask of pairs for a duration (loss's clock): the reference."""
    w = start.astype(float)
    for _ in range(round(4 * duration / step)):
        overlap = np.maximum(w @ w.T, 0) * (kept | np.eye(len(w), dtype=bool))
        w = w + step * (w - overlap @ w)
        w = np.sign(w) * np.maximum(np.abs(w) - step * strength / 4, 0)
    return w


def test_keys_and_streams_from_before_the_field_are_the_same():
    spec = RunSpec(TiedAutoencoder(n=4, m=8), schema=1)
    assert spec.key == "a3d4398b55435e399604d024f8c9e430f2dd434e8ce73973ff14530edf80adf2"
    assert set(spec.streams) == {"528fe92631be458382eef71a10fc34ba76a32c69e8b7e9f956641f73704f3fc2"}
    assert "interference" not in spec.canonical


def test_all_arms_start_from_the_same_weights_under_their_own_keys():
    arms = [spec_of(5, 7, interference=part, replicates=2) for part in PARTS]
    assert len({arm.key for arm in arms}) == len(arms)
    assert {arm.streams for arm in arms} == {arms[0].streams}
    assert all(RunSpec.from_json(arm.canonical) == arm for arm in arms)
    for arm in arms[1:]:
        np.testing.assert_array_equal(initial(arm), initial(arms[0]))


def test_same_sign_pairs_by_hand():
    weights = np.array([[0.9, 0.1], [0.5, -0.2], [-0.8, 0.3], [0.1, 0.2], [0.3, -0.7]])
    expected = np.zeros((5, 5), dtype=bool)
    expected[0, 1] = expected[1, 0] = True  # both + on the first neuron; the third feature is − there
    np.testing.assert_array_equal(same_sign_pairs(weights), expected)


@pytest.mark.parametrize("engine", ENGINES)
def test_without_interference_every_feature_runs_alone(engine: str):
    how = GradientFlow(tolerance=1e-6, max_step=0.5)
    run = simulate(spec_of(5, 12, interference=NoInterference(), training=how), engine=engine)
    rows = spec_of(1, 12, training=how, replicates=5)
    alone = simulate(rows, initial_weights=run.initial[0][:, None, :], engine=engine)
    np.testing.assert_allclose(run.final[0], alone.final[:, 0], atol=1e-4)
    assert run.outcome == (Outcome.CONVERGED,)
    leaders = np.abs(run.initial[0]).argmax(axis=1)
    np.testing.assert_array_equal(np.abs(run.final[0]).argmax(axis=1), leaders)


@functools.cache
def followed(part, times: tuple[float, ...]) -> tuple[np.ndarray, list[np.ndarray]]:
    """A start, and by small steps its weights at some times, of which 1.5 is one; the same for every engine."""
    start = initial(spec_of(9, 8, 0.2, interference=part))[0]
    all_pairs, none = np.ones((9, 9), dtype=bool), np.zeros((9, 9), dtype=bool)
    same = same_sign_pairs(start)
    assert same.any()
    before, after = {
        NoInterference(until=1.5): (none, all_pairs),
        NoInterference(since=1.5): (all_pairs, none),
        SameSignOnly(): (same, same),
        SameSignOff(): (~same, ~same),
    }[part]
    found, weights = [], start
    for begin, end in itertools.pairwise((0.0, *times)):
        weights = small_steps(weights, 0.2, end - begin, before if end <= 1.5 else after, 0.0005)
        found.append(weights)
    return start, found


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("part", [NoInterference(until=1.5), NoInterference(since=1.5), SameSignOnly(), SameSignOff()])
def test_the_forces_left_out_are_those_of_small_steps(engine: str, part):
    spec = spec_of(
        9,
        8,
        0.2,
        interference=part,
        training=GradientFlow(tolerance=1e-6, max_step=0.1),
        save=Save(times=(1.0, 1.5, 2.0, 3.0), weights=True),
    )
    run = simulate(spec, engine=engine)
    start, expected = followed(part, tuple(run.times.tolist()))
    np.testing.assert_array_equal(run.initial[0], start)
    np.testing.assert_allclose(run.trajectory[0], expected, atol=1e-3)


def test_interference_comes_exactly_at_its_time():
    """Until then the run without interference, to the bit of a shortened step; after it another one."""
    save, how = Save(times=(1.9, 2.0, 2.5), weights=True), GradientFlow(tolerance=1e-7)
    never, late, soon = (
        simulate(spec_of(6, 6, interference=part, training=how, save=save)).trajectory[0]
        for part in (NoInterference(), NoInterference(until=2.0), NoInterference(until=1.9))
    )
    np.testing.assert_allclose(late[:2], never[:2], atol=1e-6)
    assert np.abs(late[2] - never[2]).max() > 1e-2
    assert np.abs(soon[1] - never[1]).max() > 1e-2, "one tenth of a unit of time makes a difference"


def test_a_race_that_rests_before_interference_returns_goes_on_from_there():
    part = NoInterference(until=400.0)
    save = Save(times=(300.0, 399.0, 1000.0), weights=True)
    clash = np.zeros((1, 2, 3))
    clash[0, :, 0], clash[0, :, 1], clash[0, :, 2] = 0.9, (0.1, 0.2), (0.3, 0.1)
    run = simulate(spec_of(2, 3, interference=part, save=save), initial_weights=clash)
    np.testing.assert_allclose(run.trajectory[0, 0], run.trajectory[0, 1], atol=1e-12)
    assert np.count_nonzero(run.trajectory[0, 1]) == 2, "both rest on the neuron where they met"
    assert run.end_time[0] > 400
    plain = simulate(spec_of(2, 3, interference=NoInterference(until=400.0)), initial_weights=clash)
    np.testing.assert_array_equal(plain.final, run.final)


def test_pairs_that_do_not_interfere_do_not_clash():
    together = np.zeros((1, 2, 3))
    root = max(np.roots([-1.0, 0.0, 1.0, -0.1 / 4]).real)
    together[0, :, 0] = root
    run = simulate(spec_of(2, 3, interference=NoInterference()), initial_weights=together)
    assert run.outcome == (Outcome.CONVERGED,)
    assert run.certificate.clashing[0] == 0
    assert certify(together, 0.1).clashing[0] == 1, "the loss that is trained pushes them apart"
    assert certify(together, 0.1, [np.zeros((2, 2), dtype=bool)]).residual[0] == pytest.approx(0, abs=1e-12)
    kept = simulate(spec_of(2, 3, interference=SameSignOnly()), initial_weights=together)
    assert kept.outcome == (Outcome.UNDECIDED,)
    assert kept.certificate.clashing[0] == 1


def test_training_in_steps_refuses_in_one_sentence():
    needs = "Interference 'none' needs the tied autoencoder, one-hot features and gradient flow"
    for training in (AdamW(steps=1), GradientDescent(lr=0.1, steps=1)):
        with pytest.raises(InputError, match=needs):
            simulate(spec_of(2, 2, interference=NoInterference(), training=training))
    with pytest.raises(InputError, match="`since` must be less than `until` = 1, but is 2"):
        NoInterference(since=2.0, until=1.0)
    assert dataclasses.replace(NoInterference(until=2.0), since=1.0).since == 1.0
