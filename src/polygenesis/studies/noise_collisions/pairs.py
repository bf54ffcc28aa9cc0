"""A pair under noise, exactly and by drawing noise: bare on one neuron or two, and relaxed."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from polygenesis import seeds
from polygenesis.arrays import Floats
from polygenesis.noise import HiddenNoise
from polygenesis.probe.surgery.moving import move_features
from polygenesis.probe.surgery.objective import Objective
from polygenesis.probe.surgery.relaxing import relax

FEATURES, NEURONS = 5, 7
"""Of the relaxed networks: three bare rows and a pair on four neurons; three are unused. 2⁷ signs are few enough."""

NUDGE = 1e-3
"""Size of the random weights that are added, so that no symmetry keeps a pair together."""


def simulated_savings(noise: HiddenNoise, draws: int) -> Floats:
    """Draw noise and return by how much less two bare unit features cost on one neuron than on two, (draws,).

    One draw is the loss of both inputs under the same noise in both networks (two features, two neurons).
    """
    generator = seeds.generator(0, f"noise-collisions/{noise.kind}/{noise.std:g}", "pair")
    xi = noise.sample(generator, (draws, 2, 2))
    return _losses(np.eye(2), xi) - _losses(np.array([[1.0, 0.0], [-1.0, 0.0]]), xi)


def _losses(weights: Floats, xi: Floats) -> Floats:
    out = np.maximum((weights + xi) @ weights.T, 0)
    return np.asarray(((out - np.eye(len(weights))) ** 2).sum(axis=(1, 2)))


def expected_loss(std: float, m: int) -> Objective:
    """The expected one-hot loss under bipolar noise for weights (n, m), over all 2^m signs."""
    signs = std * np.array(list(itertools.product((-1.0, 1.0), repeat=m)))

    def smooth(weights: Floats) -> tuple[float, Floats]:
        out = np.maximum((weights @ weights.T)[None] + (signs @ weights.T)[:, None, :], 0)
        error = out - np.eye(len(weights))
        slope = 2 * np.where(out > 0, error, 0) / len(signs)  # (signs, inputs i, outputs j)
        of_overlap = slope.sum(axis=0)
        through_noise = slope.sum(axis=1).T @ signs
        value = float((error**2).sum()) / len(signs)
        return value, (of_overlap + of_overlap.T) @ weights + through_noise

    return Objective(smooth, name="the expected loss under bipolar noise")


@dataclass(frozen=True)
class RelaxedPair:
    """A pair of opposite signs on one neuron, and the same features parted, both trained on.

    ``together``, ``apart``: expected losses J of the two arms, penalty included. ``stayed``: whether the pair was
    still a pair after training on. ``norm``: size a of the largest weight of a row without a partner. ``exact``: J
    right after the split minus J before, nothing trained in between.
    """

    std: float
    penalty: float
    together: float
    apart: float
    exact: float
    stayed: bool
    norm: float

    @property
    def change(self) -> float:
        """J_apart − J_together: above 0 the expected loss prefers the pair."""
        return self.apart - self.together

    @property
    def relative(self) -> float:
        """The change in units of what one feature costs, J/n."""
        return self.change / (self.together / FEATURES)


def relaxed_pair(std: float, penalty: float = 0.0, *, steps: int = 6000) -> RelaxedPair:
    """Train a network with a bare pair on under bipolar noise, part the pair, train on, and compare."""
    whole = expected_loss(std, NEURONS)
    objective = Objective(whole.smooth, penalty, whole.name)
    weights = np.zeros((FEATURES, NEURONS))
    weights[range(1, FEATURES), range(FEATURES - 1)] = 1.0
    weights[0, 0] = -1.0
    weights += NUDGE * seeds.generator(0, "noise-collisions/relaxed", "nudge").standard_normal(weights.shape)
    pair = relax(objective, weights, steps=steps)
    stayed = _shares(pair.weights)
    # Of a pair that came apart by itself, the split is that of the bare start.
    before = pair.weights if stayed else weights
    parted = move_features(before, [0], NEURONS - 1)
    apart = relax(objective, parted, steps=steps)
    exact = objective(parted) - objective(before)
    return RelaxedPair(std, penalty, pair.value, apart.value, exact, stayed, float(np.abs(pair.weights[-1]).max()))


def _shares(weights: Floats) -> bool:
    """Whether features 0 and 1 lead on one neuron with weights of one half or more and opposite signs."""
    tops = np.abs(weights[:2]).argmax(axis=1)
    values = weights[[0, 1], tops]
    return bool(tops[0] == tops[1] and np.abs(values).min() >= 0.5 and values[0] * values[1] < 0)
