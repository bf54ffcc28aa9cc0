"""Gradient descent and AdamW without PyTorch: finite differences, closed forms, symmetries, bits, records."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polygenesis.detect import follow
from polygenesis.dynamics import Outcome, simulate
from polygenesis.dynamics.limits import COMPILED_BELOW
from polygenesis.dynamics.recording import measure
from polygenesis.errors import InputError
from polygenesis.models import TiedAutoencoder
from polygenesis.noise import Bipolar
from polygenesis.penalties import L1, NoPenalty
from polygenesis.saving import Save
from polygenesis.spec import RunSpec
from polygenesis.training import AdamW, GradientDescent, GradientFlow
from systems import published_loss, slope

SMALL, LARGE = (6, 11), (128, 80)  # below and above COMPILED_BELOW: two code paths, one answer
TRAININGS = [GradientDescent(lr=0.01, steps=120), AdamW(lr=1e-3, steps=120, weight_decay=0.01)]


def spec_of(n, m, training, **others):
    return RunSpec(model=TiedAutoencoder(n=n, m=m), training=training, **{"penalty": L1(0.01), **others})


def test_the_two_sizes_take_different_paths():
    for (n, m), above in ((SMALL, False), (LARGE, True)):
        assert (n * n * m > COMPILED_BELOW) is above


@pytest.mark.parametrize("strength", [0.0, 0.3])
@pytest.mark.parametrize("shape", [(4, 7), (7, 4), (1, 1)])
def test_one_step_follows_the_slope_of_the_published_loss(shape, strength):
    lr = 0.01
    start = np.random.default_rng(1).normal(size=(1, *shape))
    run = simulate(spec_of(*shape, GradientDescent(lr=lr, steps=1), penalty=L1(strength)), initial_weights=start)
    expected = slope(lambda w: published_loss(w, strength), start[0])
    np.testing.assert_allclose((start[0] - run.final[0]) / lr, expected, atol=1e-6)


@pytest.mark.parametrize("shape", [SMALL, LARGE])
@pytest.mark.parametrize("training", [GradientDescent(lr=0.01, steps=7), AdamW(lr=1e-3, steps=7, weight_decay=0.01)])
def test_steps_of_matrices_are_those_of_numpy(training, shape):
    strength = 0.2
    start = np.random.default_rng(11).normal(size=(1, *shape)) / shape[1] ** 0.5
    run = simulate(spec_of(*shape, training, penalty=L1(strength)), initial_weights=start)
    w, first, second = start[0].copy(), 0.0, 0.0
    for t in range(1, 8):
        gradient = 4 * (np.maximum(w @ w.T, 0) - np.eye(len(w))) @ w + strength * np.sign(w)
        if isinstance(training, GradientDescent):
            w -= training.lr * gradient
            continue
        first = training.beta1 * first + (1 - training.beta1) * gradient
        second = training.beta2 * second + (1 - training.beta2) * gradient**2
        root = np.sqrt(second / (1 - training.beta2**t)) + training.epsilon
        w -= training.lr * (training.weight_decay * w + first / (1 - training.beta1**t) / root)
    np.testing.assert_allclose(run.final[0], w, rtol=1e-9, atol=1e-11)


def test_one_feature_one_neuron_follows_the_scalar_recursion():
    lr, strength, steps, w = 0.02, 0.1, 300, 0.3
    spec = spec_of(1, 1, GradientDescent(lr=lr, steps=steps), penalty=L1(strength))
    run = simulate(spec, initial_weights=np.array([[[w]]]))
    for _ in range(steps):
        w -= lr * (-4 * (1 - w * w) * w + strength)
    assert run.final[0, 0, 0] == pytest.approx(w, rel=1e-13)
    assert 4 * (1 - w * w) * w == pytest.approx(strength, rel=1e-6)  # and that is the rest point


def test_adamw_scalar_recursion():
    training = AdamW(lr=0.01, steps=200, weight_decay=0.3, beta1=0.8, beta2=0.95, epsilon=1e-3)
    w, first, second = -0.4, 0.0, 0.0
    run = simulate(spec_of(1, 1, training, penalty=L1(0.2)), initial_weights=np.array([[[w]]]))
    for t in range(1, 201):
        gradient = -4 * (1 - w * w) * w - 0.2
        first, second = 0.8 * first + 0.2 * gradient, 0.95 * second + 0.05 * gradient**2
        w *= 1 - 0.01 * 0.3
        w -= 0.01 * (first / (1 - 0.8**t)) / (np.sqrt(second / (1 - 0.95**t)) + 1e-3)
    assert run.final[0, 0, 0] == pytest.approx(w, rel=1e-11)


@pytest.mark.parametrize("training", TRAININGS)
def test_zero_weights_feel_no_penalty(training):
    start = np.random.default_rng(2).normal(size=(1, 3, 5)) * 0.4
    start[:, :, 2] = 0.0
    run = simulate(spec_of(3, 5, training, penalty=L1(0.5)), initial_weights=start)
    assert (run.final[:, :, 2] == 0).all()


@pytest.mark.parametrize("training", TRAININGS)
@pytest.mark.parametrize("shape", [SMALL, LARGE])
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_replicate_has_the_same_bits_in_any_batch_and_order(training, shape, precision):
    spec = spec_of(*shape, training, replicates=3, precision=precision)
    run = simulate(spec)
    assert run.final.dtype == precision
    for replicate in range(3):
        alone = simulate(spec.replace(replicates=1), initial_weights=run.initial[[replicate]])
        assert alone.final[0].tobytes() == run.final[replicate].tobytes()
    turned = simulate(spec, initial_weights=run.initial[::-1])
    assert turned.final[::-1].tobytes() == run.final.tobytes()


@pytest.mark.parametrize("training", TRAININGS)
@pytest.mark.parametrize("shape", [SMALL, LARGE])
def test_the_start_is_not_touched_and_saving_changes_no_bit(training, shape):
    spec = spec_of(*shape, training, replicates=2)
    plain = simulate(spec)
    save = Save(times=7, series=("loss", "fourth_norm"), weights=True, first=training.lr)
    saved = simulate(spec.replace(save=save))
    assert saved.final.tobytes() == plain.final.tobytes()
    assert saved.initial.tobytes() == plain.initial.tobytes()
    assert not np.array_equal(plain.initial, plain.final)


def moved(weights, rows, columns, signs):
    return (weights * signs)[:, rows][:, :, columns]


@pytest.mark.parametrize("training", TRAININGS)
@given(seed=st.integers(0, 10**6))
@settings(max_examples=10, deadline=None)
def test_features_neurons_and_signs_are_names_only(training, seed):
    rng = np.random.default_rng(seed)
    n, m = 5, 9
    start = rng.normal(size=(1, n, m)) / 3
    rows, columns, signs = rng.permutation(n), rng.permutation(m), rng.choice([-1.0, 1.0], m)
    spec = spec_of(n, m, training)
    plain = simulate(spec, initial_weights=start).final
    renamed = simulate(spec, initial_weights=moved(start, rows, columns, signs)).final
    np.testing.assert_allclose(renamed, moved(plain, rows, columns, signs), atol=1e-10)


def test_renaming_keeps_the_winners_of_a_whole_training():
    rng = np.random.default_rng(5)
    spec = spec_of(8, 16, GradientDescent(lr=0.02, steps=20000))
    start = rng.normal(size=(1, 8, 16)) / 4
    rows, columns, signs = rng.permutation(8), rng.permutation(16), rng.choice([-1.0, 1.0], 16)
    plain = simulate(spec, initial_weights=start).final
    renamed = simulate(spec, initial_weights=moved(start, rows, columns, signs)).final
    expected = moved(plain, rows, columns, signs)
    assert (np.abs(expected).max(axis=2) > 0.9).all()
    np.testing.assert_array_equal(np.abs(renamed).argmax(axis=2), np.abs(expected).argmax(axis=2))


def test_flipping_a_neuron_flips_its_column_bit_by_bit():
    spec = spec_of(*SMALL, GradientDescent(lr=0.02, steps=500))
    start = simulate(spec).initial
    signs = np.where(np.arange(SMALL[1]) % 3 == 0, -1.0, 1.0)
    assert np.array_equal(
        simulate(spec, initial_weights=start * signs).final, simulate(spec, initial_weights=start).final * signs
    )


@pytest.mark.parametrize("shape", [SMALL, LARGE])
def test_what_is_saved_is_the_state_after_the_steps_that_are_named(shape):
    lr, steps = 0.01, 50
    save = Save(times=(0, 1, 13, 50), series=("loss", "l1_norm"), weights=True)
    run = simulate(spec_of(*shape, GradientDescent(lr=lr, steps=steps), save=save, replicates=2))
    at = [0, 1, 13, 50]
    np.testing.assert_allclose(run.times, lr * np.array(at))
    for index, step in enumerate(at):
        shorter = simulate(
            spec_of(*shape, GradientDescent(lr=lr, steps=step), replicates=2), initial_weights=run.initial
        )
        assert np.array_equal(run.trajectory[:, index], shorter.final)
        for replicate in range(2):
            values = measure(shorter.final[replicate], 0.01, ("loss", "l1_norm"))
            assert run.series["loss"][replicate, index] == values["loss"]
            assert run.series["l1_norm"][replicate, index] == values["l1_norm"]


def test_log_spaced_times_shorter_than_a_step_are_saved_once():
    save = Save(times=40, series=("loss",), weights=True)
    run = simulate(spec_of(*SMALL, GradientDescent(lr=0.05, steps=100), save=save))
    assert 10 < len(run.times) < 40
    assert (np.diff(run.times) > 0).all()
    assert run.series["loss"].shape == (1, len(run.times))
    assert follow(run.initial, run.final, run.trajectory, run.times).left_at.ndim == 2


def test_the_loss_of_the_record_is_the_published_loss_and_falls():
    save = Save(times=20, series=("loss",), weights=True)
    run = simulate(spec_of(6, 11, GradientDescent(lr=0.005, steps=2000), save=save))
    expected = [published_loss(weights, 0.01) for weights in run.trajectory[0]]
    np.testing.assert_allclose(run.series["loss"][0], expected, rtol=1e-12)
    assert (np.diff(run.series["loss"][0]) < 1e-6).all()


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ((5, 20), "`save.times` must end by step 10, the last of training, but is 20.0."),
        ((0.05, 1), "`save.times` must count steps of 'gradient-descent' in whole numbers, but is 0.05."),
    ],
)
def test_only_whole_steps_up_to_the_last_can_be_saved(times, words):
    spec = spec_of(3, 4, GradientDescent(lr=0.01, steps=10), save=Save(times=times, series=("loss",)))
    with pytest.raises(InputError) as caught:
        simulate(spec)
    assert str(caught.value) == f"Argument {words}"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("shape", [SMALL, LARGE])
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_step_that_is_too_long_ends_as_diverged_with_finite_weights(shape, precision):
    save = Save(times=(0, 1, 1000), series=("loss",), weights=True)
    spec = spec_of(*shape, GradientDescent(lr=3.0, steps=1000), precision=precision, replicates=2, save=save)
    run = simulate(spec)
    assert run.outcome == (Outcome.DIVERGED, Outcome.DIVERGED)
    assert np.isfinite(run.final).all()
    assert (run.evaluations < 40).all()
    np.testing.assert_allclose(run.end_time, 3.0 * (run.evaluations - 1))
    assert np.isnan(run.trajectory[:, 2]).all()
    assert np.isnan(run.series["loss"][:, 2]).all()
    for replicate in range(2):  # one step fewer than the fatal one is survived, and leads to the same weights
        steps = int(run.evaluations[replicate]) - 1
        shorter = spec.replace(replicates=1, training=GradientDescent(lr=3.0, steps=steps), save=Save())
        again = simulate(shorter, initial_weights=run.initial[[replicate]])
        assert again.outcome == (Outcome.DIVERGED,), "every weight is finite, the loss has grown without bound"
        assert again.evaluations == [steps]
        assert np.array_equal(again.final[0], run.final[replicate])


def test_a_diverging_replicate_does_not_touch_its_neighbours():
    spec = spec_of(*SMALL, GradientDescent(lr=0.02, steps=200), replicates=2)
    good = simulate(spec.replace(replicates=1)).initial
    both = simulate(spec, initial_weights=np.concatenate([good * 100, good]))
    assert both.outcome == (Outcome.DIVERGED, Outcome.FINISHED)
    assert np.array_equal(both.final[1], simulate(spec.replace(replicates=1), initial_weights=good).final[0])


def test_no_steps_return_the_start():
    run = simulate(spec_of(3, 4, AdamW(steps=0)))
    assert np.array_equal(run.initial, run.final)
    assert run.outcome == (Outcome.FINISHED,)
    assert not run.converged.any()


def test_a_run_says_what_computed_it_and_counts_its_replicates():
    seen = []
    spec = spec_of(3, 4, AdamW(steps=5), replicates=3, penalty=NoPenalty())
    run = simulate(spec, progress=lambda done, of: seen.append((done, of)))
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert run.engine == "dense-adamw"
    assert list(run.evaluations) == [5, 5, 5]
    np.testing.assert_allclose(run.end_time, 0.005)


def test_gradient_flow_refuses_noise_in_one_sentence():
    spec = spec_of(3, 4, GradientFlow(), noise=Bipolar(0.1))
    with pytest.raises(InputError, match=r"^Noise 'bipolar' needs training in steps.*\.$"):
        simulate(spec)


def test_float32_stays_near_float64():
    start = np.random.default_rng(3).normal(size=(1, 6, 11)) / 3
    spec = spec_of(6, 11, GradientDescent(lr=0.01, steps=200))
    double = simulate(spec, initial_weights=start).final
    single = simulate(spec, initial_weights=start.astype(np.float32)).final
    assert single.dtype == np.float32
    assert 0 < np.abs(single - double).max() < 1e-5


def test_tiny_moments_do_not_linger_as_denormal_numbers():
    """A weight whose gradient is exactly zero keeps a decaying moment; it must end at zero, not among denormals."""
    from polygenesis.dynamics.descent.steps import adamw_once

    tiny = np.finfo(np.float32).tiny
    factors = np.array([0, 1e-3, 1, 0.9, 0.1, 0.999, 0.001, 1e-8], dtype=np.float32)
    first, second = np.full(4, tiny, np.float32), np.full(4, tiny, np.float32)
    old, new = np.ones(4, np.float32), np.empty(4, np.float32)
    assert adamw_once(old, new, np.zeros(4, np.float32), first, second, factors, np.float32(1e-3), np.float32(1))
    assert (first == 0).all()
    assert (second == 0).all()
    assert (new == 1).all()


def test_a_loss_that_grew_without_bound_is_no_end_of_training() -> None:
    """AdamW moves every weight by its learning rate, so it never overflows: its weights jump by tens."""
    spec = RunSpec(TiedAutoencoder(n=6, m=12), training=AdamW(lr=20.0, steps=3), replicates=2)
    run = simulate(spec)
    assert np.isfinite(run.final).all()
    assert set(run.outcome) == {Outcome.DIVERGED}
    calm = simulate(spec.replace(training=AdamW(lr=0.02, steps=50)))
    assert set(calm.outcome) == {Outcome.FINISHED}
