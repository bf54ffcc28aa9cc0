"""What recipes for fewer polysemantic neurons should do (docs/theory.md, Mitigation 1 to 6).

All statements are about the converged one-hot model: every neuron carries at most one feature of each sign.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.checks import floats
from polygenesis.errors import bad_argument
from polygenesis.theory import arguments
from polygenesis.theory.prediction import PAPER, Prediction

_CONVERGED = "Converged one-hot networks, n ≤ m."


def unused_neurons(n: int, m: int, shared: Any) -> Prediction:
    """The number of unused neurons if ``shared`` neurons carry two of n features each: m − n + shared (Mitigation 1).

    It is at least ``shared`` exactly where m ≥ n: there is room to part every pair.

    Args:
        n: number of features.
        m: number of neurons.
        shared: how many neurons carry two features, of any shape.
    """
    counts = _shared(n, m, shared)
    return Prediction(m - n + counts, regime=_CONVERGED, source="docs/theory.md, Mitigation 1")


def redrawn_shared(n: int, m: int, shared: Any) -> Prediction:
    """Shared neurons after one feature of each shared neuron is redrawn and trained again (Mitigation 3).

    ``shared``: K before, any shape. With u = m − n + K unused neurons there are F = 2u + n − K free signed slots, and
    K draws without replacement give K (n − K)/F + u K (K − 1)/(F (F − 1)) shared neurons.

    Args:
        n: number of features.
        m: number of neurons.
        shared: K, the shared neurons before, of any shape.
    """
    counts = _shared(n, m, shared)
    unused = m - n + counts
    free = 2 * unused + n - counts
    beside = counts * (n - counts) / free
    together = unused * counts * (counts - 1) / (free * np.maximum(free - 1, 1))
    return Prediction(beside + together, regime=_CONVERGED, source="docs/theory.md, Mitigation 3")


def pruned_share(factor: float) -> Prediction:
    """Polysemantic neurons after training ``factor`` times as wide and pruning, as a share of plain ones: 1/factor.

    Source: arXiv:2312.03096, claim C4; docs/theory.md, Mitigation 2.

    Args:
        factor: how many times as wide the network is trained, at least 1.
    """
    width = arguments.positive("factor", factor)
    return Prediction(1 / width, regime="m ≫ n; to first order in n/m.", source=f"{PAPER}, claim C4; Mitigation 2")


def collision_pressure(n: int, m: int, strength: float, sharing: float) -> Prediction:
    """The mean L1 pressure on a weight among dense rows under a collision penalty (Mitigation 5).

    λ + κ (n − 1) √(2/πm), in the loss, for independent N(0, 1/m) weights; beside a settled feature it is λ + κ.

    Args:
        n: number of features.
        m: number of neurons.
        strength: λ, the coefficient of ‖W‖₁ in the loss.
        sharing: κ, the coefficient of the collision penalty in the loss.
    """
    arguments.whole("n", n)
    arguments.whole("m", m)
    others = (n - 1) * math.sqrt(2 / (math.pi * m))
    value = arguments.positive("strength", strength) + arguments.positive("sharing", sharing) * others
    return Prediction(value, regime="Independent weights N(0, 1/m).", source="docs/theory.md, Mitigation 5")


def silent_features(n: int, m: int, bias: float) -> Prediction:
    """Features without any neuron at the start of a hidden ReLU with bias −``bias`` (Mitigation 6).

    n Φ(bias √m)^m: no weight N(0, 1/m) of the row exceeds ``bias`` ≥ 0. Nothing ever moves such a row but the penalty.

    Args:
        n: number of features.
        m: number of neurons.
        bias: b ≥ 0; the hidden bias is −b.
    """
    from scipy import special

    arguments.whole("n", n)
    arguments.whole("m", m)
    level = float(bias)
    if not (math.isfinite(level) and level >= 0):
        raise bad_argument("bias", "be a finite number of at least 0", bias)
    chance = float(np.exp(m * special.log_ndtr(level * math.sqrt(m))))
    return Prediction(n * chance, regime="Independent entries N(0, 1/m).", source="docs/theory.md, Mitigation 6")


def _shared(n: int, m: int, shared: Any) -> Floats:
    arguments.whole("n", n)
    arguments.whole("m", m, least=n)
    counts = floats("shared", shared)
    if (counts < 0).any() or (2 * counts > n).any() or not np.isfinite(counts).all():
        raise bad_argument("shared", f"lie between 0 and n/2 = {n / 2:g}", float(counts.max()))
    return counts
