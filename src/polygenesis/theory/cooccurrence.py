"""Features that occur together: how often they may before a shared neuron costs too much (question Q10).

Derivation in docs/theory.md, *Co-occurrence*; the equations named here stand there. Everything is in the loss's clock,
with the loss per expected firing, for features that fire independently with a small probability p in the tied
autoencoder y = ReLU(W Wᵀ x).
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from polygenesis.arrays import Booleans, Floats
from polygenesis.checks import floats
from polygenesis.errors import bad_argument
from polygenesis.theory import arguments
from polygenesis.theory.prediction import Prediction
from polygenesis.theory.sharing import critical_co_occurrence

SOURCE = "polygenesis, docs/theory.md, Co-occurrence"

Magnitude = Literal["constant", "uniform", "exponential", "half-normal"]
"""What a feature is where it fires: as in ``features``."""

MAGNITUDES: tuple[Magnitude, ...] = ("constant", "uniform", "exponential", "half-normal")

STEP = 0.01
"""Step of the race in λt; a race lasts about 2."""

LONGEST = 20.0
"""λt after which a race that goes on is given up: a near-tie."""


def leaky_loss(weights: object, probability: float) -> Floats:
    """The task loss of weights (…, n, m) to first order in p where norms are 1 (eq. leaky), one number a network.

    Positive overlaps cost ReLU(G)² as for one-hot features, negative ones p times as much.

    Args:
        weights: (…, n, m).
        probability: p, with which each feature fires, independently of the others.
    """
    w = floats("weights", weights)
    gram = w @ np.swapaxes(w, -1, -2)
    own = np.diagonal(gram, axis1=-2, axis2=-1)
    others = gram * (1 - np.eye(gram.shape[-1]))
    leaky = np.maximum(others, 0) ** 2 + probability * np.minimum(others, 0) ** 2
    return np.asarray(((1 - own) ** 2).sum(-1) + leaky.sum((-2, -1)))


def separation_threshold(ratio: float, strength: float) -> Prediction:
    """The p above which a pair separates once one feature has a second weight of ``ratio`` times its main one.

    p = λ (1 − ρ) √(1 + ρ²) / 4ρ (eq. separation), λ = ``strength``: the two-neuron threshold of
    :func:`critical_co_occurrence`. Infinite at ρ = 0: unused neurons have no force.

    Args:
        ratio: ρ from 0 to 1, a second weight over the main one.
        strength: λ, the coefficient of ‖W‖₁ in the loss.
    """
    rho, penalty = arguments.share("ratio", ratio), arguments.positive("strength", strength)
    value = float(critical_co_occurrence(rho, penalty=penalty, neurons=2))
    return Prediction(value, regime="p and λ small, p well below ρ²; a neuron that nobody uses.", source=SOURCE)


def pair_at_rest(probability: float, strength: float) -> tuple[float, float]:
    """The weights a ≥ b of two features of opposite signs on one neuron at rest (eq. pair-rest); ``strength`` is λ.

    b is NaN where co-occurrence leaves no such state.

    Args:
        probability: p, with which each feature fires, independently of the others.
        strength: λ, the coefficient of ‖W‖₁ in the loss.
    """
    from scipy import optimize

    p, penalty = _probability(probability), arguments.positive("strength", strength)
    grid = np.linspace(1.0, 0.3, 701)
    force = np.array([_force_on_weaker(b, p, penalty) for b in grid])
    holds = np.flatnonzero(force >= 0)
    if not len(holds) or holds[0] == 0:
        return math.nan, math.nan
    first = holds[0]
    b = float(optimize.brentq(_force_on_weaker, grid[first], grid[first - 1], args=(p, penalty)))
    return _stronger(b, p, penalty), b


def leak_threshold(strength: float) -> Prediction:
    """The p above which features of a pair leak onto the neurons of others, about √λ (eq. leak); ``strength`` is λ.

    The force on a zero weight there exceeds λ. The leak is small and ends at a new rest: it does not part the pair.

    Args:
        strength: λ, the coefficient of ‖W‖₁ in the loss.
    """
    from scipy import optimize

    penalty = arguments.positive("strength", strength)
    root = math.sqrt(penalty)
    value = optimize.brentq(lambda p: leak_force(p, penalty) - penalty, 0.1 * root, 1.2 * root)
    return Prediction(float(value), regime="λ below 0.1; all other features alone on their neurons.", source=SOURCE)


def leak_force(probability: float, strength: float) -> float:
    """The largest force on a zero weight of a pair at the neuron of a third feature (eq. leak); ``strength`` is λ.

    Args:
        probability: p, with which each feature fires, independently of the others.
        strength: λ, the coefficient of ‖W‖₁ in the loss.
    """
    from scipy import optimize

    p = _probability(probability)
    a, b = pair_at_rest(p, strength)
    c = float(optimize.brentq(lambda x: 4 * x * (1 - x * x) - strength, 0.58, 1.0))
    alone = p * (1 - c * c)
    of_stronger = p * (1 - p) * (1 - a * a) + p * p * (1 - a * a + a * b) + alone
    of_weaker = p * (1 - p) * (1 - b * b) + alone
    return 2 * c * max(of_stronger, of_weaker)


def cooccurrence_pull(overlap: object, magnitude: Magnitude = "constant") -> Floats:
    """φ′(o)/2, the pull at negative overlap −o relative to p (eq. magnitudes): o for binary features; shaped like o.

    Args:
        overlap: o ≥ 0, of any shape.
        magnitude: what a feature is where it fires: "constant", "uniform", "exponential" or "half-normal".
    """
    o = floats("overlap", overlap)
    match arguments.one_of("magnitude", magnitude, MAGNITUDES):
        case "uniform":
            return np.asarray(o - 0.75 * o**2)
        case "exponential":
            return np.asarray(o / (1 + o) ** 3)
        case "half-normal":
            return np.asarray((2 / math.pi) * (o * np.arctan2(1.0, o) - o**2 / (1 + o**2)))
    return o


def pairs_survive(first: object, second: object, ratio: float, *, magnitude: Magnitude = "constant") -> Booleans:
    """Which pairs of features that lead on one neuron with opposite signs still share it after the race, (r,).

    ``first``, ``second``: initial |weights| of the two features, (r, m), column 0 the shared neuron, where both lead;
    their other neurons are taken as different. ``ratio``: p/λ. Integrates eq. pair-race.

    Args:
        first: |weights| of one feature of each pair at the start, (r, m), column 0 the shared neuron.
        second: those of the other feature, (r, m).
        ratio: p/λ.
        magnitude: what a feature is where it fires: "constant", "uniform", "exponential" or "half-normal".
    """
    u, v = (np.array(arguments.moments(name, each)) for name, each in (("first", first), ("second", second)))
    if u.ndim != 2 or u.shape != v.shape:
        raise bad_argument("second", "have the shape (r, m) of `first`", f"shape {v.shape}")
    kappa = float(arguments.moments("ratio", ratio))
    law = (*MAGNITUDES, "").index(arguments.one_of("magnitude", magnitude, MAGNITUDES))
    together = np.zeros(len(u), dtype=np.bool_)
    from polygenesis.theory.pair_races import races  # compiled: slow to import

    races(u, v, kappa, law, LONGEST, STEP, together)
    return together


def surviving_share(survival: object, n: int, m: int) -> Floats:
    """Polysemantic neurons relative to one-hot features, where pairs survive with some chance (eq. displaced).

    A feature that leaves a pair goes to its next neuron, which an opposite one of the n − 2 others holds with chance
    (n − 2)/2m. First order in n/m; shaped like ``survival``.

    Args:
        survival: the chance that a pair survives, of any shape.
        n: number of features.
        m: number of neurons.
    """
    s = floats("survival", survival)
    return np.asarray(s * (1 + (1 - s) * (arguments.whole("n", n, least=2) - 2) / (2 * arguments.whole("m", m))))


def _stronger(b: float, p: float, penalty: float) -> float:
    """The stronger weight at rest beside a weaker one of b (the first of eq. pair-rest)."""
    from scipy import optimize

    def force(a: float) -> float:
        return 4 * (1 - p) * a * (1 - a * a) + 2 * p * (1 - a * a + a * b) * (2 * a - b) - penalty

    return float(optimize.brentq(force, 0.6, 2.0))


def _force_on_weaker(b: float, p: float, penalty: float) -> float:
    """The force on the weaker weight (the second of eq. pair-rest), the stronger one being at rest."""
    a = _stronger(b, p, penalty)
    return 4 * (1 - p) * b * (1 - b * b) - 2 * p * a * (1 - a * a + a * b) - penalty


def _probability(value: object) -> float:
    p = float(arguments.moments("probability", value))
    if p >= 1:
        raise bad_argument("probability", "be below 1", p)
    return p
