"""What is done to a trained network: nothing, training on, pruning, drawing features anew, splitting."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polygenesis import detect, probe, seeds
from polygenesis.arrays import Floats, Integers, Weights
from polygenesis.dynamics.run import Run
from polygenesis.dynamics.simulate import simulate
from polygenesis.models import Autoencoder, TiedAutoencoder
from polygenesis.noise import NoNoise
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.training import SGD, GradientDescent, GradientFlow


@dataclass(frozen=True)
class Scale:
    """How large a study is: features, widths, networks a width, and training in steps without and with noise."""

    n: int
    widths: tuple[int, ...]
    replicates: int
    steps: SGD
    noisy: GradientDescent


@dataclass(frozen=True, eq=False)
class Treated:
    """Networks after a recipe: weights (r, n, m), loss without penalty (r,), and gradient work (r,).

    ``work``: gradient evaluations times neurons, the unit in which a recipe's training is compared.
    """

    weights: Weights
    loss: Floats
    work: Floats


def as_it_is(run: Run, scale: Scale, m: int) -> Treated:
    """Judge a run as it ended."""
    return Treated(run.final, one_hot_loss(run), _work(run))


def trained_on(run: Run, scale: Scale, m: int, *, strength: float) -> Treated:
    """Train on by gradient flow with λ = ``strength`` and nothing else."""
    after = flow(run.spec, run.final, strength)
    return Treated(after.final, one_hot_loss(after), _work(run) + _work(after))


def pruned(run: Run, scale: Scale, m: int) -> Treated:
    """Keep the m neurons with the largest weights; the others, unused ones first, go."""
    size = np.abs(run.final).max(axis=1)
    kept = np.sort(np.argsort(-size, axis=1, kind="stable")[:, :m], axis=1)
    weights = np.take_along_axis(run.final, kept[:, None, :], axis=2)
    return Treated(weights, detect.reconstruction_loss(weights), _work(run))


def parted(run: Run, scale: Scale, m: int) -> Treated:
    """Split every shared neuron as far as there is room."""
    weights = probe.split_code(run.final).weights
    return Treated(weights, detect.reconstruction_loss(weights), _work(run))


def parted_and_faded(run: Run, scale: Scale, m: int, *, strength: float) -> Treated:
    """Split every shared neuron, then train on with λ = ``strength``."""
    after = flow(run.spec, probe.split_code(run.final).weights, strength)
    return Treated(after.final, one_hot_loss(after), _work(run) + _work(after))


def redrawn(run: Run, scale: Scale, m: int, *, rounds: int, on_unused: bool = False) -> Treated:
    """Draw one feature of each shared neuron anew and train again, ``rounds`` times."""
    weights, work = run.final, _work(run)
    for turn in range(rounds):
        start = draw_anew(run.spec, weights, turn, on_unused)
        after = flow(run.spec, start, run.spec.penalty.strength)
        weights, work = after.final, work + _work(after)
    return Treated(weights, detect.reconstruction_loss(weights), work)


def draw_anew(spec: RunSpec, weights: Weights, turn: int, on_unused: bool) -> Weights:
    """Give one feature of each shared neuron, a random one, a new Gaussian row; on unused neurons a positive one."""
    fresh = np.array(weights)
    found = detect.census(weights)
    for a in range(len(fresh)):
        generator = seeds.generator(spec.seed, spec.streams.start, f"redrawn/{turn}", a)
        unused = ~weights[a].any(axis=0)
        for _, carried in found.polysemantic_neurons(a):
            loser = carried[int(generator.integers(len(carried)))][0]
            row = generator.standard_normal(fresh.shape[2]) * fresh.shape[2] ** -0.5
            fresh[a, loser] = np.abs(row) * unused if on_unused else row
    return fresh


def biased(run: Run, scale: Scale, m: int, *, bias: float) -> Treated:
    """Train a hidden ReLU from the same start with a bias of −``bias``/√m."""
    model = Autoencoder(n=run.spec.model.n, m=m, tied=True, hidden="relu", hidden_bias=True)
    spec = run.spec.replace(model=model, training=scale.steps)
    start = {
        "weights": run.initial.astype(np.float32),
        "hidden_bias": np.full((len(run.initial), m), -bias * m**-0.5, dtype=np.float32),
    }
    return as_it_is(simulate(spec, initial_weights=start), scale, m)


def flow(spec: RunSpec, weights: Weights, strength: float) -> Run:
    """Train weights on by gradient flow, in double precision."""
    model = TiedAutoencoder(n=spec.model.n, m=weights.shape[2])
    on = spec.replace(model=model, penalty=L1(strength), training=GradientFlow(), noise=NoNoise())
    return simulate(on, initial_weights=np.asarray(weights, dtype=np.float64))


def one_hot_loss(run: Run) -> Floats:
    """The one-hot loss without its penalty, (r,), of the tied model with a linear or a rectified hidden layer."""
    if not isinstance(run.spec.model, Autoencoder):
        return detect.reconstruction_loss(run.final)
    weights = run.final.astype(np.float64)
    bias = run.parameters.get("hidden_bias", np.zeros((len(weights), weights.shape[2])))
    hidden = np.maximum(weights + bias[:, None, :], 0)
    outputs = np.maximum(hidden @ weights.transpose(0, 2, 1), 0)
    return np.asarray(((outputs - np.eye(weights.shape[1])) ** 2).sum(axis=(1, 2)))


def shared_neurons(weights: Weights) -> Integers:
    """Neurons with two or more features in any state, (r,): what has not settled counts against a recipe."""
    return detect.census(weights).shared


def _work(run: Run) -> Floats:
    return np.asarray(run.evaluations * run.final.shape[2], dtype=np.float64)
