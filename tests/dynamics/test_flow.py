"""Gradient flow against closed forms, a plain small-step integrator, and the symmetries of the model."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from numba import njit

from polygenesis.dynamics import Outcome, initial, simulate
from polygenesis.dynamics.engines import NAMES
from polygenesis.dynamics.flow import active_set as active
from polygenesis.dynamics.flow import step_control
from polygenesis.dynamics.flow.certificate import certify
from polygenesis.dynamics.flow.step_control import Status
from polygenesis.errors import InputError
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1, NoPenalty
from polygenesis.saving import Save
from polygenesis.spec import RunSpec
from polygenesis.training import GradientFlow


def spec_of(n: int, m: int, strength: float = 0.05, **fields) -> RunSpec:
    return RunSpec(model=TiedAutoencoder(n=n, m=m), penalty=L1(strength), **fields)


def small_steps(start: np.ndarray, strength: float, end: float, step: float) -> np.ndarray:
    """Plain proximal Euler with a fixed small step in the paper's clock, dense and float64: the reference."""
    w, threshold = start.astype(float), step * strength / 4
    for _ in range(round(end / step)):
        w = w + step * (w - np.maximum(w @ w.T, 0) @ w)
        w = np.sign(w) * np.maximum(np.abs(w) - threshold, 0)
    return w


def winners(weights: np.ndarray) -> np.ndarray:
    """Signed number of each feature's strongest neuron, counted from 1."""
    neuron = np.abs(weights).argmax(axis=-1)
    return (neuron + 1) * np.sign(np.take_along_axis(weights, neuron[..., None], -1)[..., 0])


def test_settled_weights_solve_the_cubic() -> None:
    run = simulate(spec_of(6, 40, 0.05, replicates=3, training=GradientFlow(residual=1e-10)))
    assert all(outcome is Outcome.CONVERGED for outcome in run.outcome)
    roots = np.roots([-1.0, 0.0, 1.0, -0.05 / 4])  # (1 − w²) w = λ/4
    settled = np.abs(run.final[run.final != 0])
    assert settled == pytest.approx(max(roots.real), abs=1e-9)
    assert len(settled) == 3 * 6


@pytest.mark.parametrize(("n", "m"), [(16, 32), (48, 96), (24, 20)])
def test_winners_agree_with_small_steps(n: int, m: int) -> None:
    spec = spec_of(n, m, 0.08, replicates=4)
    run = simulate(spec)
    reference = np.array([small_steps(each, 0.08, 4 * run.end_time.max() + 40, 0.02) for each in run.initial])
    done = run.converged
    assert done.sum() >= 3 or m < n
    agreement = (winners(run.final) == winners(reference)).mean()
    assert agreement >= 0.98, f"{agreement:.3f} of the features end where small steps put them"


def test_dense_and_active_set_agree_on_the_way() -> None:
    """Large enough for the dense engine, saved before and after the hand-over to the active set (at about t = 2)."""
    spec = spec_of(64, 80, 0.4, training=GradientFlow(tolerance=1e-5), save=Save(times=(0.5, 1.5, 4.0), weights=True))
    run = simulate(spec)
    for time, weights in zip(run.times, run.trajectory[0], strict=True):
        reference = small_steps(run.initial[0], 0.4, 4 * time, 0.001)
        np.testing.assert_allclose(weights, reference, atol=5e-3)
    shares = [np.count_nonzero(weights) / weights.size for weights in run.trajectory[0]]
    assert shares[0] > 0.1 > shares[-1], "one state on each side of the hand-over"


def test_saving_never_changes_the_run() -> None:
    plain = simulate(spec_of(64, 80, 0.2, replicates=2))
    saved = simulate(
        spec_of(64, 80, 0.2, replicates=2, save=Save(times=25, series=("loss", "polysemantic"), weights=True))
    )
    np.testing.assert_array_equal(plain.final, saved.final)
    np.testing.assert_array_equal(plain.end_time, saved.end_time)
    np.testing.assert_array_equal(saved.trajectory[:, -1], saved.final)
    assert (np.diff(saved.series["loss"], axis=1) <= 1e-9).all(), "a gradient flow never raises its loss"


def test_replicates_are_the_same_in_any_batch() -> None:
    many, few = simulate(spec_of(20, 30, 0.2, replicates=5)), simulate(spec_of(20, 30, 0.2, replicates=2))
    np.testing.assert_array_equal(many.final[:2], few.final)
    assert not np.array_equal(many.initial[0], many.initial[1])


def test_symmetries_move_with_the_weights() -> None:
    """Permuting features or neurons, or flipping a neuron, does the same to the outcome."""
    spec = spec_of(12, 24, 0.1, replicates=2)
    start, generator = initial(spec), np.random.default_rng(5)
    plain = simulate(spec, initial_weights=start).final
    features, neurons = generator.permutation(12), generator.permutation(24)
    signs = generator.choice([-1.0, 1.0], 24)
    moved = simulate(spec, initial_weights=(start * signs)[:, features][:, :, neurons]).final
    np.testing.assert_array_equal(winners(moved), winners((plain * signs)[:, features][:, :, neurons]))
    reordered = simulate(spec, initial_weights=start[::-1].copy()).final
    np.testing.assert_array_equal(reordered, plain[::-1])


def test_a_held_zero_is_released_when_interference_exceeds_the_penalty() -> None:
    """Feature 0 collides with feature 1 on neuron 0; feature 1's second weight pushes feature 0 out of its zero."""
    start = np.array([[[0.5, 0.0, 0.0], [0.8, 0.6, 0.0]]])
    spec = spec_of(
        2, 3, 0.01, training=GradientFlow(max_time=0.5, tolerance=1e-5), save=Save(times=(0.05,), weights=True)
    )
    run = simulate(spec, initial_weights=start)
    assert run.trajectory[0, 0, 0, 1] < 0, "−ReLU(W_0·W_1) W_11 is negative and larger than λ/4"
    np.testing.assert_allclose(run.final[0], small_steps(start[0], 0.01, 2.0, 0.001), atol=2e-3)


def test_active_set_forces_equal_the_dense_formula() -> None:
    generator = np.random.default_rng(3)
    weights = generator.standard_normal((9, 14)) * (generator.random((9, 14)) < 0.4)
    state = active.gather(np.ascontiguousarray(weights.T), np.zeros((14, 9)), 0.0, 0.01, 0)
    strength = 0.02
    assert active.advance(state, strength, 1e-3, 0.8, 0.0, np.inf, 0.0, 10) == Status.PAUSED
    ahead = np.empty((9, 14))
    active.peek(state, strength, 1e-3, ahead)
    force = weights - np.maximum(weights @ weights.T, 0) @ weights
    expected = weights + 1e-3 * force
    expected = np.sign(expected) * np.maximum(np.abs(expected) - 1e-3 * strength, 0)
    np.testing.assert_allclose(ahead, expected, atol=1e-12)


@pytest.mark.parametrize("number", [2, 3, 5, 9])
def test_chebyshev_stages_are_consistent_and_stable(number: int) -> None:
    """On y′ = −ρ y the stages give 1 − ρh + O(h²), and stay below one in size up to the reach that `stages` assumes."""
    table = step_control.chebyshev(number)

    def amplify(z: float) -> float:
        before, now = 1.0, 1.0 - table[0, 2] * z
        for mu, nu, step in table[1:]:
            before, now = now, mu * now + nu * before - step * z * now
        return now

    assert amplify(1e-5) == pytest.approx(1 - 1e-5, abs=1e-9)
    longest = max(h for h in np.linspace(0.1, 60, 6000) if step_control.stages(h) <= number)
    assert max(abs(amplify(z)) for z in np.linspace(1e-3, longest * step_control.STIFFEST, 2000)) < 1
    assert abs(amplify(1.3 * longest * step_control.STIFFEST)) > 1, "the reach is not much longer than assumed"


@njit
def overlaps(state):
    active._overlaps(state, state.value)


@njit
def asked(state, k, strength):
    """Whether a neuron is searched for zeros, as in the engine's own loop."""
    above, below = active._pushed(state.count, state.value, state.feature, state.strongest, k)
    return max(above, below) > strength and active._may_release(
        state.rough, state.short, state.count, state.feature, state.value, k, strength, above + below
    )


def test_what_only_compiled_code_calls_says_so() -> None:
    with pytest.raises(TypeError, match="_pushed is for compiled code alone"):
        active._pushed()


def test_no_zero_that_may_be_released_is_overlooked() -> None:
    """The rough search says no only where the whole force, in float64 and from scratch, holds every zero."""
    generator, seen = np.random.default_rng(5), set()
    for _ in range(20):
        weights = generator.standard_normal((40, 30)) * (generator.random((40, 30)) < 0.4)
        state = active.gather(np.ascontiguousarray(weights.T), np.zeros((30, 40)), 0.0, 0.01, 0)
        overlaps(state)
        state.short[:] = state.overlap
        overlap = np.maximum(weights @ weights.T, 0)
        np.fill_diagonal(overlap, 0)
        push = np.abs(overlap @ weights)
        for k in range(30):
            worst = push[weights[:, k] == 0, k].max()
            for strength in worst * np.array([1 - 1e-9, 1.01]):
                searched = asked(state, k, strength)
                seen.add((searched, bool(worst > strength)))
                assert searched or worst <= strength
    assert (False, False) in seen
    assert (True, True) in seen


def test_long_steps_end_where_short_steps_do() -> None:
    generator = np.random.default_rng(8)
    start = generator.standard_normal((4, 32, 64)) / 8
    spec = spec_of(32, 64, 0.004, replicates=4)
    staged = simulate(spec, initial_weights=start)
    single = simulate(spec.replace(training=GradientFlow(max_step=0.7)), initial_weights=start)
    assert staged.converged.all()
    assert single.converged.all()
    assert staged.evaluations.mean() < 0.6 * single.evaluations.mean()
    assert (winners(staged.final) == winners(single.final)).mean() >= 0.98


@pytest.mark.parametrize("engine", [name for name in NAMES["flow"] if name != "flow-torch"])
@pytest.mark.parametrize(("n", "m"), [(1, 8), (8, 1), (1, 1), (3, 4)])
def test_initial_weights_stay_what_they_were(n: int, m: int, engine: str) -> None:
    spec = spec_of(n, m, 0.1)
    run = simulate(spec, engine=engine)
    np.testing.assert_array_equal(run.initial, initial(spec))


@pytest.mark.parametrize("strength", [0.02, 0.05])
def test_rows_grow_where_many_zeros_are_released(strength: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """One feature pushes forty others off its neuron: forty zeros come to life on theirs at once."""
    n = m = 41
    start = np.zeros((1, n, m))
    start[0, 0, 0] = 0.5
    for p in range(1, n):
        sign = 1 if p % 2 else -1
        start[0, 0, p], start[0, p, p] = 0.12 * sign, 0.9 * sign
    how, save = GradientFlow(tolerance=1e-5), Save(times=(0.0, 0.001, 0.5, 2.0, 10.0), weights=True)
    spec = spec_of(n, m, strength, precision="float64", training=how, save=save)
    widened, widen = [], active.widen
    monkeypatch.setattr(active, "widen", lambda state: widened.append(1) or widen(state))
    short = simulate(spec, initial_weights=start, engine="flow-active-set")
    assert len(widened) == 2
    monkeypatch.setattr(active, "SHORTEST", n)
    full = simulate(spec, initial_weights=start, engine="flow-active-set")
    assert len(widened) == 2
    np.testing.assert_array_equal(short.final, full.final)
    np.testing.assert_array_equal(short.trajectory, full.trajectory)
    np.testing.assert_array_equal(short.evaluations, full.evaluations)
    dense = simulate(spec, initial_weights=start, engine="flow-dense")
    np.testing.assert_allclose(short.final, dense.final, atol=1e-4)
    np.testing.assert_allclose(short.trajectory, dense.trajectory, atol=5e-4)


@pytest.mark.torch
@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize(("n", "m"), [(12, 20), (70, 90)])
def test_every_engine_that_can_run_a_flow_agrees(n: int, m: int, precision: str) -> None:
    spec = spec_of(n, m, 0.1, replicates=2, precision=precision, save=Save(times=(0.5, 3.0), weights=True))
    runs = [simulate(spec, engine=name) for name in ("auto", *NAMES["flow"])]
    assert [run.engine for run in runs] == ["flow", *NAMES["flow"]]
    for run in runs[1:]:
        assert run.outcome == runs[0].outcome
        assert (winners(run.final) == winners(runs[0].final)).mean() > 0.98
        np.testing.assert_allclose(run.trajectory[:, 0], runs[0].trajectory[:, 0], atol=1e-3)  # the step's tolerance


def test_an_engine_that_cannot_run_a_spec_is_refused() -> None:
    with pytest.raises(InputError, match=r"Unknown engine for gradient-flow 'descent'; known: auto, .*flow-active-set"):
        simulate(spec_of(2, 3), engine="descent")


def test_a_tie_is_undecided_never_converged() -> None:
    start = np.array([[[0.5, 0.5, 0.01]]])
    run = simulate(spec_of(1, 3, 0.05), initial_weights=start)
    assert run.outcome == (Outcome.UNDECIDED,)
    assert run.certificate.split[0] == 1


def test_a_strong_penalty_kills_features_and_says_so() -> None:
    spec = spec_of(3, 50, 3.0, initial=spec_of(1, 1).initial)
    with pytest.warns(UserWarning, match="they must die"):
        run = simulate(spec)
    assert run.outcome == (Outcome.DEAD_FEATURES,)
    assert run.certificate.dead[0] == 3


def test_a_penalty_that_may_kill_is_warned_of_before() -> None:
    """λ/4 at 0.45, 0.55 and 1.1 of the largest weight: silence, may, must."""
    start = np.array([[[0.2, -0.1, 0.05]]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        simulate(spec_of(1, 3, 4 * 0.45 * 0.2), initial_weights=start)
    with pytest.warns(UserWarning, match="of 1 of 1 features at the start: they may die"):
        simulate(spec_of(1, 3, 4 * 0.55 * 0.2), initial_weights=start)
    with pytest.warns(UserWarning, match="of 1 of 1 features at the start: they must die"):
        simulate(spec_of(1, 3, 4 * 1.1 * 0.2), initial_weights=start)


def test_without_a_penalty_nothing_is_called_settled() -> None:
    run = simulate(RunSpec(model=TiedAutoencoder(n=4, m=6), penalty=NoPenalty(), training=GradientFlow(residual=1e-4)))
    assert run.outcome == (Outcome.UNDECIDED,)
    assert run.certificate.residual[0] < 4e-4


def test_huge_weights_end_in_a_sentence_not_a_warning() -> None:
    run = simulate(spec_of(2, 3, 0.05, replicates=1), initial_weights=np.full((1, 2, 3), 1e200))
    assert run.outcome[0] in (Outcome.DIVERGED, Outcome.UNDECIDED)


def test_both_precisions_pick_the_same_winners() -> None:
    start = initial(spec_of(70, 140, 0.1)).astype(np.float32)
    single = simulate(spec_of(70, 140, 0.1), initial_weights=start)
    double = simulate(spec_of(70, 140, 0.1), initial_weights=start.astype(np.float64))
    assert single.final.dtype == np.float32
    assert double.final.dtype == np.float64
    assert (winners(single.final) == winners(double.final)).mean() > 0.98


def test_the_certificate_sees_what_is_wrong() -> None:
    """Hand-made states: settled, split, clashing and dead."""
    w = max(np.roots([-1.0, 0.0, 1.0, -0.01]).real)
    good = np.array([[w, 0.0, 0.0], [-w, 0.0, 0.0]])
    split = np.array([[np.sqrt(0.5), np.sqrt(0.5), 0.0], [0.0, 0.0, w]])
    clash = np.array([[np.sqrt(0.5), 0.0, 0.0], [np.sqrt(0.5), 0.0, 0.0]])
    dead = np.array([[w, 0.0, 0.0], [0.0, 0.0, 0.0]])
    evidence = certify(np.array([good, split, clash, dead]), 0.04)
    assert evidence.residual[0] < 1e-12
    assert evidence.excess[0] == pytest.approx(-0.04)
    assert evidence.split.tolist() == [0, 1, 0, 0]
    assert evidence.clashing.tolist() == [0, 0, 1, 0]
    assert evidence.dead.tolist() == [0, 0, 0, 1]
