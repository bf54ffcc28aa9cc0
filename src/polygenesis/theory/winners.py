"""Who will win: forecasts of every feature's final neuron and sign from the initial weights alone (claim C2).

Derivations: docs/theory.md, Winners 1 to 4.

A feature's race has 2m signed slots: neuron k with sign + or −. From weights W a forecast names one slot a feature.

1. *Leaders*: the slot of the largest |W_ik|.
2. *Assignment*: two features of one sign cannot both stay on a neuron (their overlap costs loss), so a clash sends the
   weaker one to its next best slot, until nobody clashes: Gale and Shapley's deferred acceptance, a feature ranking
   slots and a slot ranking features by |W_ik|. The outcome does not depend on the order (Gale and Shapley 1962).
3. *Relaxation*: before the race is decided interference removes positive overlaps, which changes the weights by about
   as much as the best of them differ. Following the flow without penalty until that has happened, or with it through
   the first part of the race, and forecasting from there costs a number of gradient evaluations, which is returned.

A forecast with chances is a softmax over slots, P(i in slot s) ∝ exp(β a_is) with a_is = |W_ik| where s has the sign of
W_ik, else 0 (McFadden's conditional logit); the one number β is fitted to networks whose winners are known. Taking
features as independent, neuron k is shared with chance 1 − Π_i (1 − P_ik+) − Π_i (1 − P_ik−) + Π_i (1 − P_ik+ − P_ik−).
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polygenesis.arrays import Floats, Integers, Weights
from polygenesis.checks import floats, plain_array
from polygenesis.errors import bad_argument
from polygenesis.theory import arguments
from polygenesis.theory.arguments import Clock
from polygenesis.theory.clocks import convert_penalty, convert_time

STABLE = 0.7
"""Step times the largest row sum of ReLU(G) (paper's clock): below 1, so that overlaps do not overshoot, and a settled
norm, which returns at the rate 2, does not grow."""

RELAXED = 2.0
"""Duration of a relaxation (loss's clock): positive overlaps fall at rates from 4 upward, and are gone well before."""

RACED = 0.24
"""λt up to which a race is followed: later most features lead where they will win (finishing takes λt of about 2)."""

HASTE = 4.0
"""How much stronger the penalty of a hurried race is."""


@dataclasses.dataclass(frozen=True, eq=False)
class Winners:
    """One signed slot per feature: ``neuron`` and ``sign`` (±1; 0 for a row of zeros), both (r, n)."""

    neuron: Integers
    sign: Integers

    def shared(self, m: int) -> NDArray[np.bool_]:
        """Which neurons hold features of both signs, (r, m).

        Args:
            m: number of neurons, above every number in ``neuron``.
        """
        held = np.zeros((*self.neuron.shape[:1], 2, m), dtype=bool)
        for side, sign in enumerate((1, -1)):
            replicate, feature = np.nonzero(self.sign == sign)
            held[replicate, side, self.neuron[replicate, feature]] = True
        return np.asarray(held.all(axis=1))


@dataclasses.dataclass(frozen=True, eq=False)
class Relaxed:
    """The ``weights`` (r, n, m) at the end of a relaxation, and the gradient ``evaluations`` it took, (r,)."""

    weights: Weights
    evaluations: Integers


def leaders(weights: Any) -> Winners:
    """Forecast that every feature ends on the neuron of its largest weight in magnitude; ``weights`` (r, n, m).

    Source: docs/theory.md, Winners 1.

    Args:
        weights: (r, n, m), the initial weights of r networks.
    """
    w = _weights(weights)
    neuron = np.abs(w).argmax(axis=2)
    return Winners(neuron, _signs(w, neuron))


def assignment(weights: Any) -> Winners:
    """Forecast by assigning signed slots, one feature per slot: of two candidates the weaker takes its next best slot.

    ``weights`` (r, n, m). Deferred acceptance; zeros are no slots. A feature that finds no free slot among its
    nonzero weights stays with its leader. Source: docs/theory.md, Winners 2.

    Args:
        weights: (r, n, m), the initial weights of r networks.
    """
    w = _weights(weights)
    neuron = np.stack([_assign(each) for each in w])
    return Winners(neuron, _signs(w, neuron))


def relaxation(weights: Any, *, duration: float, penalty: float = 0.0, clock: Clock = "loss") -> Relaxed:
    """Integrate the gradient flow of the one-hot model for a time, with as few gradient evaluations as are stable.

    ``weights`` (r, n, m); ``duration`` and ``penalty`` λ in ``clock``. Proximal steps W ← S_{hλ′}(W + h F) with
    F = W − ReLU(W Wᵀ) W in the paper's clock (arXiv:2312.03096, §3) and h = 0.7 over the largest row sum of ReLU(W Wᵀ),
    which bounds its eigenvalues, and at most 0.7. First order: a forecast, not a run.

    Args:
        weights: (r, n, m), the initial weights of r networks.
        duration: for how long, in ``clock``.
        penalty: λ, in ``clock``.
        clock: the clock of times and λ, "paper" or "loss" (t_paper = 4 t_loss, λ_paper = λ_loss/4).
    """
    w = _weights(weights).copy()
    end = float(convert_time(arguments.positive("duration", duration), source=clock, target="paper"))
    strength = float(convert_penalty(penalty, source=clock, target="paper"))
    evaluations = np.array([_relax(each, end, strength) for each in w])
    return Relaxed(w, evaluations)


def hurried_race(weights: Any, *, penalty: float, clock: Clock = "loss") -> Relaxed:
    """Forecast a race by a short integration: relax, then run its first part at ``HASTE`` times the penalty.

    ``weights`` (r, n, m); ``penalty`` λ > 0 in ``clock``. A slow race depends on λt alone, and its first part decides
    most winners; hurrying costs a few of them and saves a factor of about ``HASTE`` in evaluations.
    Source: docs/theory.md, Winners 3.

    Args:
        weights: (r, n, m), the initial weights of r networks.
        penalty: λ > 0, in ``clock``.
        clock: the clock of times and λ, "paper" or "loss" (t_paper = 4 t_loss, λ_paper = λ_loss/4).
    """
    strength = HASTE * float(convert_penalty(arguments.positive("penalty", penalty), source=clock, target="loss"))
    start = relaxation(weights, duration=RELAXED)
    end = relaxation(start.weights, duration=RACED / strength, penalty=strength)
    return Relaxed(end.weights, start.evaluations + end.evaluations)


def slot_chances(weights: Any, sharpness: float) -> Floats:
    """The probability of every signed slot for every feature, (r, n, 2, m): + slots first.

    Softmax of sharpness · |W_ik| over the 2m slots, with 0 for the slot of the other sign.
    Source: docs/theory.md, Winners 4.

    Args:
        weights: (r, n, m), the initial weights of r networks.
        sharpness: β > 0; the larger, the surer the winners.
    """
    w = _weights(weights)
    arguments.positive("sharpness", sharpness)
    powers = sharpness * np.maximum(np.stack([w, -w], axis=2), 0).astype(np.float64)
    chances = np.exp(powers - powers.max(axis=(2, 3), keepdims=True))
    return np.asarray(chances / chances.sum(axis=(2, 3), keepdims=True))


def shared_chances(chances: Any) -> Floats:
    """The probability that a neuron has features of both signs, (r, m), from slot probabilities (r, n, 2, m).

    Source: docs/theory.md, Winners 4.

    Args:
        chances: (r, n, 2, m), as :func:`slot_chances` gives them.
    """
    p = floats("chances", chances)
    if p.ndim != 4 or p.shape[2] != 2:
        raise bad_argument("chances", "have shape (r, n, 2, m)", f"shape {p.shape}")
    one_empty = np.prod(1 - p, axis=1).sum(axis=1)
    both_empty = np.prod(1 - p.sum(axis=2), axis=1)
    return np.asarray(np.clip(1 - one_empty + both_empty, 0, 1))


def fit_sharpness(weights: Any, winners: Winners) -> float:
    """The maximum-likelihood sharpness β for known winners; ``weights`` (r, n, m), winners of the same features.

    Maximizes Σ_i log P(i in its slot), a concave function of β, between 0 and 10⁴ over the largest weight.
    Source: docs/theory.md, Winners 4.

    Args:
        weights: (r, n, m), the initial weights of r networks.
        winners: the slot of every feature, of the same networks.
    """
    from scipy import optimize

    w = _weights(weights)
    at_winner = np.take_along_axis(w, winners.neuron[..., None], axis=2)[..., 0] * winners.sign
    won = np.maximum(at_winner, 0).astype(np.float64)
    size = np.abs(w).astype(np.float64)
    largest = float(size.max())

    def cost(log_sharpness: float) -> float:
        powers = np.exp(log_sharpness) * size
        top = powers.max(axis=2, keepdims=True)
        other = w.shape[2] * np.exp(-top[..., 0])  # the slots of the other sign, each with score 0
        total = top[..., 0] + np.log(np.exp(powers - top).sum(axis=2) + other)
        return float(np.sum(total - np.exp(log_sharpness) * won))

    span = (np.log(1e-3 / largest), np.log(1e4 / largest))
    return float(np.exp(optimize.minimize_scalar(cost, bounds=span, method="bounded", options={"xatol": 1e-4}).x))


def _assign(w: Floats) -> Integers:
    """Deferred acceptance for one network (n, m): each feature's neuron, (n,)."""
    size = np.abs(w)
    choices = np.argsort(-size, axis=1, kind="stable")
    place, tried = choices[:, 0].copy(), np.zeros(len(w), dtype=int)
    holder: dict[tuple[int, bool], int] = {}
    waiting = list(range(len(w)))
    while waiting:
        i = waiting.pop()
        if tried[i] == w.shape[1] or size[i, choices[i, tried[i]]] == 0:
            place[i] = choices[i, 0]  # nowhere left to go
            continue
        k = int(choices[i, tried[i]])
        tried[i] += 1
        slot = (k, bool(w[i, k] > 0))
        other = holder.get(slot)
        if other is not None and size[other, k] >= size[i, k]:
            waiting.append(i)
            continue
        holder[slot], place[i] = i, k
        waiting += [] if other is None else [other]
    return place


def _relax(w: Floats, end: float, strength: float) -> int:
    """Move one network (n, m) in place up to a time in the paper's clock; return the gradient evaluations."""
    time, evaluations = 0.0, 0
    while time < end:
        overlap = np.maximum(w @ w.T, 0)
        step = min(STABLE / max(1.0, float(overlap.sum(axis=1).max())), end - time)
        number = w.dtype.type
        w += number(step) * (w - overlap @ w)
        if strength:
            w[...] = np.sign(w) * np.maximum(np.abs(w) - number(step * strength), 0)
        time, evaluations = time + step, evaluations + 1
    return evaluations


def _signs(w: Floats, neuron: Integers) -> Integers:
    return np.sign(np.take_along_axis(w, neuron[..., None], axis=2)[..., 0]).astype(np.int8)


def _weights(weights: Any) -> Floats:
    """Real weights of shape (r, n, m), float32 or float64."""
    w = plain_array("weights", weights)
    if w.ndim != 3 or 0 in w.shape or w.dtype.kind != "f":
        raise bad_argument("weights", "be real numbers of shape (r, n, m)", f"shape {w.shape}")
    if not np.isfinite(w).all():
        raise bad_argument("weights", "be finite everywhere", float(w[~np.isfinite(w)][0]))
    return w
