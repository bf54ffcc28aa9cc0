"""Contexts: features that never occur together may share a neuron with equal signs (docs/theory.md, Contexts)."""

from __future__ import annotations

import math

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.errors import bad_argument
from polygenesis.theory import arguments
from polygenesis.theory.prediction import Prediction

REGIME = "One-hot inputs of known contexts; every feature settles at a random slot of its context's; m ≥ n/C."


def equal_sign_pairs(n: int, m: int, contexts: int) -> Prediction:
    """Expected pairs of features of two contexts that share a neuron with equal signs: C(C−1)/2 · s²/2m, s = n/C.

    The expected number with opposite signs is the same. For two contexts the interval holds 95 % of the hypergeometric
    law of the count. Source: docs/theory.md, Contexts 3.

    Args:
        n: number of features.
        m: number of neurons.
        contexts: C, the number of contexts.
    """
    size = context_size(n, m, contexts)
    mean = math.comb(contexts, 2) * size**2 / (2 * m)
    interval = _hypergeometric(2 * m, size) if contexts == 2 else None
    return Prediction(mean, interval, regime=REGIME, source="docs/theory.md, Contexts 3")


def shared_neurons_of_contexts(n: int, m: int, contexts: int) -> Prediction:
    """Expected neurons with two or more features, of any contexts and signs: m[1 − p₀ᶜ − C p₁ p₀ᶜ⁻¹].

    p₀, p₁: the chances that one context's s features leave a neuron's two slots empty, or fill one. One context gives
    the slot model. Source: docs/theory.md, Contexts 3.

    Args:
        n: number of features.
        m: number of neurons.
        contexts: C, the number of contexts.
    """
    size, slots = context_size(n, m, contexts), 2 * m
    empty = (slots - size) * (slots - size - 1) / (slots * (slots - 1))
    single = 2 * size * (slots - size) / (slots * (slots - 1))
    mean = m * (1 - empty**contexts - contexts * single * empty ** (contexts - 1))
    return Prediction(mean, regime=REGIME, source="docs/theory.md, Contexts 3")


def context_size(n: int, m: int, contexts: int) -> int:
    """Features per context: n must be a multiple of the contexts, and a context must fit into 2m slots.

    Source: docs/theory.md, Contexts 3.

    Args:
        n: number of features.
        m: number of neurons.
        contexts: C, the number of contexts.
    """
    arguments.whole("m", m)
    groups = arguments.whole("contexts", contexts)
    if arguments.whole("n", n) % groups:
        raise bad_argument("contexts", f"divide n = {n}", contexts)
    if n // groups > 2 * m:
        raise bad_argument("n", f"be at most {2 * m * groups}, so that a context fits into 2m slots", n)
    return n // groups


def gated_network(size: int) -> tuple[Floats, Floats, Floats]:
    """A network that knows its context and stores 2s features of two contexts in s + 1 neurons at no loss.

    Encoder (2s + 1, s + 1) for the inputs (features of one context, of the other, q = ±1), decoder (s + 1, 2s) and
    output bias (2s,): y = ReLU(x E D + c). Every feature shares its neuron, with equal signs. Exact for features from 0
    to 2 of the context q. Source: docs/theory.md, Contexts 2.

    Args:
        size: s, the features of each of the two contexts.
    """
    s = arguments.whole("size", size)
    encoder = np.zeros((2 * s + 1, s + 1))
    encoder[:s, :s] = encoder[s : 2 * s, :s] = np.eye(s)
    encoder[2 * s, s] = 1.0
    decoder = np.vstack([np.hstack([np.eye(s), np.eye(s)]), np.repeat([1.0, -1.0], s)])
    return encoder, decoder, np.full(2 * s, -1.0)


def _hypergeometric(slots: int, size: int) -> tuple[float, float]:
    """95 % of the number of slots that two random subsets of a size have in common."""
    common = np.arange(max(0, 2 * size - slots), size + 1)
    log = [
        math.lgamma(size + 1) - math.lgamma(k + 1) - math.lgamma(size - k + 1)
        + math.lgamma(slots - size + 1) - math.lgamma(size - k + 1) - math.lgamma(slots - 2 * size + k + 1)
        for k in common
    ]  # fmt: skip
    chances = np.exp(np.array(log) - max(log))
    below = np.cumsum(chances / chances.sum())
    lower, upper = np.searchsorted(below, [0.025, 0.975])
    return float(common[lower]), float(common[min(upper, len(common) - 1)])
