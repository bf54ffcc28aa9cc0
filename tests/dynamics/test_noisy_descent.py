"""Hidden noise: the gradient through both uses of the weights, whose noise is whose, and what it does to rows."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from polygenesis.dynamics import Outcome, simulate
from polygenesis.dynamics.descent.descend import NOISE_AT_ONCE, hidden_noise
from polygenesis.models import TiedAutoencoder
from polygenesis.noise import Bipolar, GaussianNoise, LaplaceNoise, NoNoise, UniformNoise
from polygenesis.penalties import L1, NoPenalty
from polygenesis.saving import Save
from polygenesis.spec import RunSpec
from polygenesis.training import AdamW, GradientDescent
from systems import published_loss, slope

LAWS = [Bipolar, UniformNoise, GaussianNoise, LaplaceNoise]


def spec_of(n, m, noise, training, **others):
    return RunSpec(model=TiedAutoencoder(n=n, m=m), noise=noise, training=training, **{"penalty": L1(0.01), **others})


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("shape", [(4, 7), (7, 4), (1, 1)])
def test_one_step_follows_the_slope_of_the_noisy_loss(law, shared, shape):
    lr, strength = 0.01, 0.2
    spec = spec_of(*shape, law(0.3, shared=shared), GradientDescent(lr=lr, steps=1), penalty=L1(strength))
    run = simulate(spec)
    noise = next(hidden_noise(spec, 0))[0]
    expected = slope(lambda w: published_loss(w, strength, noise), run.initial[0])
    np.testing.assert_allclose((run.initial[0] - run.final[0]) / lr, expected, atol=1e-6)


def test_the_slope_is_that_of_the_noise_and_not_of_its_absence():
    spec = spec_of(4, 7, Bipolar(0.3), GradientDescent(lr=0.01, steps=1))
    run = simulate(spec)
    silent = slope(lambda w: published_loss(w, 0.01), run.initial[0])
    assert np.abs((run.initial[0] - run.final[0]) / 0.01 - silent).max() > 0.1


def test_vanishing_noise_is_no_noise():
    training = GradientDescent(lr=0.01, steps=200)
    noisy = simulate(spec_of(5, 9, Bipolar(1e-12), training))
    silent = simulate(spec_of(5, 9, NoNoise(), training), initial_weights=noisy.initial)
    np.testing.assert_allclose(noisy.final, silent.final, atol=1e-9)
    assert (noisy.engine, silent.engine) == ("noisy-descent", "dense-descent")


@pytest.mark.parametrize("training", [GradientDescent(lr=0.01, steps=700), AdamW(steps=700)])
@pytest.mark.parametrize("shared", [False, True])
def test_noise_belongs_to_its_replicate_and_step_alone(training, shared):
    """More replicates and records that interrupt the blocks of noise change no bit."""
    n, m = 20, 40
    spec = spec_of(n, m, Bipolar(0.1, shared=shared), training)
    block = len(next(hidden_noise(spec, 0)))
    assert block == NOISE_AT_ONCE // (m if shared else n * m)
    alone = simulate(spec)
    save = Save(times=(1, 100, 327, 328, 500), series=("fourth_norm",))
    together = simulate(spec.replace(replicates=3, save=save))
    assert np.array_equal(together.final[0], alone.final[0])
    assert alone.outcome == (Outcome.FINISHED,)


def test_replicates_inputs_and_steps_have_noise_of_their_own():
    spec = spec_of(6, 50, GaussianNoise(1.0), GradientDescent(lr=0.01, steps=1))
    first, second = (next(hidden_noise(spec, replicate)) for replicate in (0, 1))
    flat = np.concatenate([first[:2].reshape(12, 50), second[:2].reshape(12, 50)])
    correlations = np.corrcoef(flat)[np.triu_indices(24, 1)]
    assert np.abs(correlations).max() < 0.6  # 276 correlations of 50 values: chance exceeds .6 with p < 0.001
    assert next(hidden_noise(spec.replace(seed=1), 0))[0, 0, 0] != first[0, 0, 0]


def test_shared_noise_is_one_vector_a_step():
    spec = spec_of(6, 5, GaussianNoise(1.0, shared=True), GradientDescent(lr=0.01, steps=1))
    blocks = list(itertools.islice(hidden_noise(spec, 0), 2))
    assert blocks[0].shape[1:] == (1, 5)
    assert len(np.unique(blocks[0][:, 0, 0])) == len(blocks[0])
    assert blocks[0][0, 0, 0] != blocks[1][0, 0, 0]


@pytest.mark.parametrize("law", LAWS)
def test_noise_has_the_stated_spread_and_kurtosis(law):
    spec = spec_of(8, 16, law(0.3), GradientDescent(lr=0.01, steps=1))
    values = next(hidden_noise(spec, 0)).ravel()
    assert values.mean() == pytest.approx(0, abs=0.005)  # standard error 0.3 / √262144 = 0.0006
    assert values.std() == pytest.approx(0.3, rel=0.01)
    excess = (values**4).mean() / (values**2).mean() ** 2 - 3
    assert excess == pytest.approx(law.excess_kurtosis, abs=0.15)  # five standard errors for Laplace, the widest


@pytest.mark.filterwarnings("error")
def test_noise_too_strong_for_the_step_diverges_without_a_fuss():
    run = simulate(spec_of(8, 16, Bipolar(30.0), GradientDescent(lr=0.5, steps=1000)))
    assert run.outcome == (Outcome.DIVERGED,)
    assert np.isfinite(run.final).all()


def test_bipolar_noise_makes_rows_sparse_and_gaussian_noise_does_not():
    """C7 on the paper's sizes (n = 8, m = 16, σ = 0.1, lr 0.02), half its steps; a random row has 3 / (m + 2) = 1/6.

    Fourth norms of 2 × 8 Gaussian-noise rows scatter with standard deviation about .06 a row: the mean of 16 leaves
    1/6 ± .06 with p < 0.001. Bipolar rows must pass one half, three times the random level.
    """
    training = GradientDescent(lr=0.02, steps=50_000)

    def fourth_norm(noise):
        run = simulate(spec_of(8, 16, noise, training, penalty=NoPenalty(), replicates=2))
        return (run.final**4).sum(axis=2).mean()

    assert fourth_norm(Bipolar(0.1)) > 0.5
    assert fourth_norm(GaussianNoise(0.1)) == pytest.approx(1 / 6, abs=0.06)
