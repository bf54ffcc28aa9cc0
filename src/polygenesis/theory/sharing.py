"""What it costs two features to share a neuron: when a collision is benign, when malign (question Q3).

Two features that occur together with probability c = P(j | i) and alone otherwise have the loss (eq. pair-loss)

    L(W) = (1−c) [ℓ(e_i) + ℓ(e_j)] + c ℓ(e_i + e_j) + λ‖W‖₁,    ℓ(x) = ‖ReLU(W Wᵀ x) − x‖²,

which is the paper's at c = 0. Loss's clock and λ throughout. Derivations in docs/theory.md, *Benign and malign in
numbers*.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.checks import floats
from polygenesis.errors import bad_argument
from polygenesis.theory import arguments
from polygenesis.theory.prediction import Prediction

Relation = Literal["opposite", "same"]
"""Whether two features on one neuron have weights of opposite signs or of the same."""


def pair_loss(weights: Any, *, penalty: float, co_occurrence: Any = 0.0) -> Floats:
    """The loss of two features (eq. pair-loss); ``weights`` (…, 2, m), ``co_occurrence`` (…) or one; result (…).

    Args:
        weights: (…, 2, m), the rows of two features.
        penalty: λ, the coefficient of ‖W‖₁ in the loss.
        co_occurrence: c, the probability of one feature given the other: a number or an array that broadcasts.
    """
    w = _pair(weights)
    alone = 1 - _chance(co_occurrence)
    total = penalty * np.abs(w).sum(axis=(-2, -1))
    for chance, x in ((alone, (1.0, 0.0)), (alone, (0.0, 1.0)), (1 - alone, (1.0, 1.0))):
        output = np.maximum(np.einsum("...ik,...k->...i", w, np.einsum("i,...ik->...k", np.array(x), w)), 0)
        total = total + chance * ((output - np.array(x)) ** 2).sum(axis=-1)
    return np.asarray(total)


def pair_force(weights: Any, *, co_occurrence: Any = 0.0) -> Floats:
    """The smooth force −∂L/∂W on two features without the penalty's part, (…, 2, m), as ``weights``.

    Source: docs/theory.md, Collisions 1.

    Args:
        weights: (…, 2, m), the rows of two features.
        co_occurrence: c, the probability of one feature given the other: a number or an array that broadcasts.
    """
    w = _pair(weights)
    alone = 1 - _chance(co_occurrence)
    force = np.zeros_like(w)
    for chance, x in ((alone, (1.0, 0.0)), (alone, (0.0, 1.0)), (1 - alone, (1.0, 1.0))):
        hidden = np.einsum("i,...ik->...k", np.array(x), w)
        before = np.einsum("...ik,...k->...i", w, hidden)
        error = 2 * chance[..., None] * (np.maximum(before, 0) - np.array(x)) * (before > 0)
        back = np.einsum("...i,...ik->...k", error, w)
        force -= error[..., :, None] * hidden[..., None, :] + np.array(x)[:, None] * back[..., None, :]
    return force


def relax_pair(weights: Any, *, penalty: float, co_occurrence: Any = 0.0, time: float, step: float = 0.02) -> Floats:
    """Follow the gradient flow of two features alone for a time, by proximal steps; ``weights`` (…, 2, m).

    ``co_occurrence``: a number, or an array that broadcasts with (…). Source: docs/theory.md, Collisions 1.

    Args:
        weights: (…, 2, m), the rows of two features.
        penalty: λ, the coefficient of ‖W‖₁ in the loss.
        co_occurrence: c, the probability of one feature given the other: a number or an array that broadcasts.
        time: for how long, in the loss's clock.
        step: the length of one step, in the loss's clock.
    """
    w = _pair(weights)
    chance = floats("co_occurrence", co_occurrence)
    w = np.broadcast_to(w, (*np.broadcast_shapes(w.shape[:-2], chance.shape), *w.shape[-2:])).copy()
    arguments.positive("time", time)
    for _ in range(math.ceil(time / arguments.positive("step", step))):
        w += step * pair_force(w, co_occurrence=co_occurrence)
        w = np.sign(w) * np.maximum(np.abs(w) - step * penalty, 0)
    return w


def lone_loss(penalty: float) -> float:
    """The least loss of one feature on a neuron of its own: min (1 − w²)² + λ|w|, about λ (eq. lone-loss).

    Args:
        penalty: λ, the coefficient of ‖W‖₁ in the loss.
    """
    w = max(root.real for root in np.roots([-4.0, 0.0, 4.0, -penalty]) if abs(root.imag) < 1e-9)
    return float(min((1 - w * w) ** 2 + penalty * w, 1.0))


def sharing_cost(relation: Relation, *, penalty: float, co_occurrence: float = 0.0) -> Prediction:
    """The increase of the best loss of two features if they share one neuron: benign at 0 or below, malign above.

    The least loss on one neuron with that relation of signs, either weight possibly zero, less twice :func:`lone_loss`;
    to first order 2c − c²/2 for opposite signs and min(1 − c − (2 − √2)λ, 1 − λ) for the same (eq. sharing-cost).

    Args:
        relation: of the signs of the two weights on one neuron, "opposite" or "same".
        penalty: λ, the coefficient of ‖W‖₁ in the loss.
        co_occurrence: c, the probability of one feature given the other: a number or an array that broadcasts.
    """
    from scipy import optimize

    arguments.one_of("relation", relation, ("opposite", "same"))
    arguments.moments("penalty", penalty)
    sign = 1.0 if relation == "same" else -1.0

    def loss(sizes: Floats) -> float:
        pair = np.array([[sizes[0]], [sign * sizes[1]]])
        return float(pair_loss(pair, penalty=penalty, co_occurrence=co_occurrence))

    starts = ((1.0, 1.0), (1.1, 0.9), (0.7, 0.7), (1.0, 0.0), (1.0, 0.3), (0.8, 0.5))
    best = min(
        optimize.minimize(
            loss, start, method="L-BFGS-B", bounds=((0, 2), (0, 2)), options={"ftol": 1e-15, "gtol": 1e-10}
        ).fun
        for start in starts
    )
    return Prediction(
        float(best) - 2 * lone_loss(penalty),
        regime="Two features, one neuron against two; minimized numerically.",
        source="eq. sharing-cost",
    )


def critical_co_occurrence(ratio: object, *, penalty: float, neurons: int = 3) -> Prediction:
    """The co-occurrence above which a collision of opposite signs is malign; shaped like `ratio`.

    ``ratio``: τ, the size of a feature's second largest weight over that of its largest, the shared one. With three
    neurons both features have a second weight, each on a neuron of its own; with two, one of them has. For τ above the
    value's inverse, the pair separates (eq. critical-three, critical-two):

        c* = λ (1 − τ)(1 + τ²)^(3/2) / 4τ,    c* = λ (1 − τ)(1 + τ²)^(1/2) / 4τ.

    Args:
        ratio: τ between 0 and 1, of any shape: the second largest weight of a feature over its largest.
        penalty: λ, the coefficient of ‖W‖₁ in the loss.
        neurons: 2 or 3.
    """
    t = arguments.moments("ratio", ratio)
    if np.any((t <= 0) | (t >= 1)):
        raise bad_argument("ratio", "lie strictly between 0 and 1", ratio)
    if neurons not in (2, 3):
        raise bad_argument("neurons", "be 2 or 3", neurons)
    value = penalty * (1 - t) * (1 + t * t) ** (1.5 if neurons == 3 else 0.5) / (4 * t)
    return Prediction(
        value if t.ndim else float(value),
        regime="Two features; λ and c small: norms have settled and the race is slow.",
        source="eq. critical-three and critical-two",
    )


def joint_co_occurrence(penalty: float) -> Prediction:
    """The co-occurrence above which two features have a lower loss with equal signs on one neuron: 1 − (2 − √2)λ.

    To first order in λ (eq. joint-sharing): both then carry 1/√2 and the penalty is √2 λ instead of 2λ.

    Args:
        penalty: λ, the coefficient of ‖W‖₁ in the loss.
    """
    return Prediction(
        1 - (2 - math.sqrt(2)) * arguments.positive("penalty", penalty), regime="λ small.", source="eq. joint-sharing"
    )


def _pair(weights: Any) -> Floats:
    w = floats("weights", weights)
    if w.ndim < 2 or w.shape[-2] != 2:
        raise bad_argument("weights", "have shape (…, 2, m)", f"shape {w.shape}")
    return w


def _chance(co_occurrence: Any) -> Floats:
    chance = floats("co_occurrence", co_occurrence)
    if not np.all((chance >= 0) & (chance <= 1)):
        raise bad_argument("co_occurrence", "lie between 0 and 1", co_occurrence)
    return chance
