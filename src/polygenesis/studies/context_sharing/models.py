"""The smallest models, computed exactly: what equal signs on one neuron cost with and without contexts."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from polygenesis import seeds, theory
from polygenesis.arrays import Floats
from polygenesis.studies.context_sharing.networks import masked_losses


def computed(smallest: Smallest, gated: Gated, cofiring: Cofiring) -> str:
    """Say what the smallest models allow: identities, which tests check, not claims that a run could refute."""
    return (
        f"Computed exactly: W = (1, 1)ᵀ has a loss of {smallest.masked:g} where the reader knows the context; without "
        f"contexts equal signs on one neuron cost {smallest.unmasked:g} at least. {gated.features} features of two "
        f"contexts on {gated.neurons} neurons are reconstructed with a largest error of {gated.error:g}; the best of "
        f"many networks of one neuron costs {gated.single:.3f}. Where features fire together, sharing across contexts "
        f"costs {cofiring.across:g} an input, antipodal sharing within contexts {cofiring.antipodal:g}."
    )


@dataclass(frozen=True)
class Smallest:
    """Losses of two features on one neuron with equal signs.

    ``masked``: where the reader knows the context. ``unmasked``: the least without contexts, over a grid of weights.
    ``linear``: the least of any signs without contexts and without a ReLU.
    """

    masked: float
    unmasked: float
    linear: float


def smallest_model() -> Smallest:
    """Compute the losses of W = (a, b)ᵀ on a grid that holds 0, √½ and 1, and at W = (1, 1)ᵀ with contexts."""
    squares = np.linspace(0, 2, 401)
    u, v = np.meshgrid(squares, squares)
    unmasked = (1 - u) ** 2 + (1 - v) ** 2 + 2 * u * v  # the same with opposite signs where there is no ReLU
    masked = float(masked_losses(np.ones((2, 1)), 2).sum())
    return Smallest(masked, float(unmasked.min()), float(unmasked.min()))


@dataclass(frozen=True)
class Gated:
    """A network that knows its context: its neurons and features, its largest error, and the best of one neuron.

    ``single``: the least loss of many networks of one neuron with equal signs, over the two inputs x₁ and x₂.
    """

    features: int
    neurons: int
    error: float
    single: float


def gated_model(size: int, draws: int) -> Gated:
    """Compute the error of the construction for s features a context, and draw networks of one neuron."""
    encoder, decoder, bias = theory.gated_network(size)
    inputs, wanted = context_inputs(size)
    error = np.abs(np.maximum(inputs @ encoder @ decoder + bias, 0) - wanted).max()
    return Gated(2 * size, encoder.shape[1], float(error), single_neuron(draws))


def context_inputs(size: int) -> tuple[Floats, Floats]:
    """Return all inputs of two contexts (features of both, then q = ±1), and the features alone, which are wanted."""
    combos = np.array(list(itertools.product((0.0, 1.0), repeat=size)))
    silent, one = np.zeros_like(combos), np.ones((len(combos), 1))
    features = np.vstack([np.hstack([combos, silent]), np.hstack([silent, combos])])
    return np.hstack([features, np.vstack([one, -one])]), features


def single_neuron(draws: int) -> float:
    """Return the least loss of random networks of one neuron whose two features share it with equal signs.

    h is what the neuron is at either input, whatever the encoder and its activation: the decoder's y_i = ReLU(d_i h +
    c_i) with d_i > 0 is all that matters. Half of the draws have nearly flat outputs, where the bound is approached.
    """
    generator = seeds.generator(0, "context-sharing", "single neuron")
    h = generator.standard_normal((draws, 2))
    slope = np.exp(generator.standard_normal((draws, 2)) * 3)
    bias = generator.standard_normal((draws, 2)) * 2
    flat = draws // 2
    slope[:flat, 1] *= 1e-3
    first = h.argmax(axis=1)[:flat]  # the first feature's output is right, the second's is in the middle
    rows = np.arange(flat)
    gap = h[rows, first] - h[rows, 1 - first]
    slope[:flat, 0] = 1 / gap
    bias[:flat, 0] = -h[rows, 1 - first] / gap
    bias[:flat, 1] = 0.5
    h[:flat] = np.stack([h[rows, first], h[rows, 1 - first]], axis=1)
    out = np.maximum(slope[:, None, :] * h[:, :, None] + bias[:, None, :], 0)
    return float(((out - np.eye(2)) ** 2).sum(axis=(1, 2)).min())


@dataclass(frozen=True)
class Cofiring:
    """Mean loss an input of two contexts of two features on two neurons: shared across contexts, or antipodally."""

    across: float
    antipodal: float


def cofiring_model() -> Cofiring:
    """Compute both over all combinations of features; the antipodal network is told nothing and needs nothing."""
    inputs, wanted = context_inputs(2)
    encoder, decoder, bias = theory.gated_network(2)
    across = ((np.maximum(inputs @ encoder @ decoder + bias, 0) - wanted) ** 2).sum(axis=1).mean()
    rows = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    antipodal = ((np.maximum(wanted @ rows @ rows.T, 0) - wanted) ** 2).sum(axis=1).mean()
    return Cofiring(float(across), float(antipodal))
