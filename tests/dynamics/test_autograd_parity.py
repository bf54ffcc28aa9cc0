"""Step by step, our gradients and optimizers are PyTorch's: autograd on the loss as written, in float64."""

from __future__ import annotations

import numpy as np
import pytest

from polygenesis.dynamics import simulate
from polygenesis.dynamics.descent.descend import hidden_noise
from polygenesis.models import TiedAutoencoder
from polygenesis.noise import Bipolar, GaussianNoise, LaplaceNoise, NoNoise
from polygenesis.penalties import L1, NoPenalty
from polygenesis.saving import Save
from polygenesis.spec import RunSpec
from polygenesis.training import AdamW, GradientDescent

pytestmark = pytest.mark.torch

STEPS = 300
ADAMW = AdamW(lr=2e-3, steps=STEPS, weight_decay=0.05)
OPTIMIZERS = {
    "descent": GradientDescent(lr=5e-3, steps=STEPS),
    "adamw": ADAMW,
    "adamw-published": AdamW(steps=STEPS),
    # ε this large keeps the step stable at rest: below it AdamW itself is chaotic, and doubles rounding at every step
    "adamw-unusual": AdamW(lr=3e-3, steps=STEPS, weight_decay=0.0, beta1=0.0, beta2=0.9, epsilon=0.1),
}


def trained_by_torch(start, training, strength, noise=None):
    """The trajectory (steps + 1, n, m) of one replicate; ``noise`` (steps, n or 1, m)."""
    torch = pytest.importorskip("torch")
    weights = torch.nn.Parameter(torch.tensor(start, dtype=torch.float64))
    inputs = torch.eye(len(start), dtype=torch.float64)
    if isinstance(training, AdamW):
        betas = (training.beta1, training.beta2)
        optimizer = torch.optim.AdamW(
            [weights], lr=training.lr, betas=betas, eps=training.epsilon, weight_decay=training.weight_decay
        )
    else:
        optimizer = torch.optim.SGD([weights], lr=training.lr)
    states = [start]
    for step in range(training.steps):
        hidden = inputs @ weights
        if noise is not None:
            hidden = hidden + torch.tensor(noise[step])
        outputs = torch.relu(hidden @ weights.T)
        loss = ((outputs - inputs) ** 2).sum() + strength * weights.abs().sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        states.append(weights.detach().numpy().copy())
    return np.array(states)


def noise_of(spec, steps):
    """The noise of the first steps of replicate 0, or None."""
    if isinstance(spec.noise, NoNoise):
        return None
    blocks, drawn = hidden_noise(spec, 0), []
    while sum(map(len, drawn)) < steps:
        drawn.append(next(blocks))
    return np.concatenate(drawn)[:steps]


def largest_difference(spec):
    """Between our saved trajectory and PyTorch's, over all steps."""
    training = spec.training
    times = tuple(range(0, training.steps + 1, 10))
    run = simulate(spec.replace(save=Save(times=times, weights=True)))
    theirs = trained_by_torch(run.initial[0], training, spec.penalty.strength, noise_of(spec, training.steps))
    assert np.abs(theirs[-1] - theirs[0]).max() > 0.05  # training has moved the weights
    assert np.array_equal(run.trajectory[0, -1], run.final[0])
    return np.abs(run.trajectory[0] - theirs[::10]).max()


@pytest.mark.parametrize("penalty", [L1(0.03), NoPenalty()], ids=["l1", "none"])
@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("shape", [(8, 16), (12, 5)], ids=["wide", "narrow"])
def test_training_without_noise(shape, name, penalty):
    n, m = shape
    spec = RunSpec(model=TiedAutoencoder(n=n, m=m), penalty=penalty, training=OPTIMIZERS[name], seed=4)
    assert largest_difference(spec) < 1e-9


@pytest.mark.parametrize("training", [GradientDescent(lr=2e-3, steps=200), AdamW(steps=200)], ids=["descent", "adamw"])
def test_training_of_a_model_too_large_for_whole_compiled_steps(training):
    spec = RunSpec(model=TiedAutoencoder(n=128, m=80), penalty=L1(0.01), training=training)
    assert largest_difference(spec) < 1e-9


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize(
    "noise",
    [Bipolar(0.15), GaussianNoise(0.1), LaplaceNoise(0.2), Bipolar(0.15, shared=True)],
    ids=["bipolar", "gaussian", "laplace", "shared"],
)
def test_training_with_hidden_noise(noise, name):
    model = TiedAutoencoder(n=8, m=16)
    spec = RunSpec(model=model, penalty=L1(0.01), noise=noise, training=OPTIMIZERS[name], seed=2)
    assert largest_difference(spec) < 1e-9


def test_noise_of_a_model_so_large_that_its_blocks_are_short():
    """Parity across many blocks of noise: each step gets its own, none is skipped or used twice."""
    model = TiedAutoencoder(n=40, m=200)
    spec = RunSpec(model=model, penalty=NoPenalty(), noise=Bipolar(0.1), training=GradientDescent(lr=5e-3, steps=150))
    assert len(next(hidden_noise(spec, 0))) < 50
    assert largest_difference(spec) < 1e-9


def test_the_comparison_can_fail():
    """Another learning rate, by one part in a million, is seen."""
    spec = RunSpec(model=TiedAutoencoder(n=8, m=16), penalty=L1(0.03), training=ADAMW)
    start = simulate(spec).initial[0]
    other = AdamW(lr=ADAMW.lr * (1 + 1e-6), steps=STEPS, weight_decay=ADAMW.weight_decay)
    difference = trained_by_torch(start, ADAMW, 0.03) - trained_by_torch(start, other, 0.03)
    assert np.abs(difference).max() > 1e-9
