"""Weights with their loss: features that fire together, exclusive classes, and a pair that may as well be parted."""

from __future__ import annotations

import numpy as np

from polygenesis import seeds
from polygenesis.arrays import Floats, Weights
from polygenesis.bench.origins.case import Case, Truth, first_pairs
from polygenesis.probe.surgery.objective import Objective, input_objective, one_hot_objective
from polygenesis.probe.surgery.relaxing import relax

RUNS = 5

TOGETHER = 0.98
"""Weight of two features together, against .02 of each alone; with less they avoid each other."""

INPUT_PENALTY = 0.1
"""λ of networks on features that fire together."""

TOY_PENALTY = 0.05
"""λ of the toy pair: its zeros are exact and its weights close to 1."""

CLASS_PENALTY = 0.1
"""λ of the exclusive classes: weights settle near 2, and two classes that share save .08 of a class's loss."""


def duplicates(n: int, pairs: int, *, together: float = TOGETHER) -> Objective:
    """The loss when features 2p and 2p + 1, p < ``pairs``, occur together with this weight, else alone."""
    eye = np.eye(n)
    both = [eye[i] + eye[j] for i, j in first_pairs(pairs)]
    inputs = np.array([*both, *eye])
    shares = [together] * pairs + [1 - together] * (2 * pairs) + [1.0] * (n - 2 * pairs)
    return input_objective(inputs, shares, penalty=INPUT_PENALTY)


def trained(objective: Objective, n: int, m: int, seed: int, runs: int = RUNS) -> tuple[Weights, Weights]:
    """Train ``runs`` networks on a loss by gradient flow; return initial and final weights, (runs, n, m)."""
    draws = (seeds.generator(seed, f"bench/origins/trained/{n}x{m}", "initial", k) for k in range(runs))
    start = np.stack([each.standard_normal((n, m)) for each in draws]) * m**-0.5
    return start, _at_rest(objective, start)


def together(seed: int, *, pairs: int = 6, n: int = 24, m: int = 48, runs: int = RUNS) -> Case:
    """Networks on inputs in which features 2p and 2p + 1 nearly always fire together (98 %), p < ``pairs``.

    Truth: structure by task. The loss prefers the pair on one neuron; all other features are exchangeable.
    """
    objective = duplicates(n, pairs)
    start, end = trained(objective, n, m, seed, runs)
    truth = Truth("task", first_pairs(pairs), preference="preferred")
    return Case(f"task-{pairs}-pairs", seed, {"activations": end, "initial": start, "objective": objective}, truth)


def always_together(seed: int, *, n: int = 4, m: int = 6) -> Case:
    """One network in which features 0 and 1 always fire together. Truth: the loss prefers them on one neuron.

    They start on neuron 0 and all others on neurons of their own, within 10 %.

    On one neuron both weigh 1/√2, √2 in all; on two they weigh 1 each, which the L1 term charges λ(2 − √2) more for.
    """
    objective = duplicates(n, 1, together=1.0)
    rng = seeds.generator(seed, f"bench/origins/always-together-{n}x{m}", "initial")
    start = np.zeros((1, n, m))
    start[0, np.arange(n), np.maximum(np.arange(n) - 1, 0)] = 1 + 0.1 * rng.random(n)
    end = _at_rest(objective, start)
    truth = Truth("task", ((0, 1),), preference="preferred")
    return Case("always-together", seed, {"activations": end, "initial": start, "objective": objective}, truth)


def toy_pair(seed: int) -> Case:
    """One neuron of the paper's model that carries features 0 and 1 with opposite signs, beside an unused one.

    Truth: the loss is indifferent. The pair on two neurons has the same one-hot loss, to the last digit, and the same
    L1 norm. The weights are at rest up to a random perturbation of 1 %, so that seeds differ.
    """
    rng = seeds.generator(seed, "bench/origins/toy-pair", "initial")
    weights = np.zeros((1, 2, 2))
    weights[0, :, 0] = np.array([0.99, -0.99]) * (1 + 0.01 * rng.standard_normal(2))
    objective = one_hot_objective(TOY_PENALTY)
    final = _at_rest(objective, weights)
    truth = Truth("chance", preference="indifferent")
    return Case("toy-pair", seed, {"activations": final, "initial": weights, "objective": objective}, truth)


def exclusive_classes(seed: int, *, classes: int = 4, neurons: int = 2) -> Case:
    """Exclusive classes two to a neuron, one positive and one negative, in the tied code's cross-entropy.

    Truth: the loss prefers the mixture. Class i on +w and class j on −w give each other the logit −w², which lowers
    the cross-entropy; on neurons of their own the logit is 0. Both at rest, sharing saves .08 of what one class
    costs, J/n (.7 with two classes on one neuron).
    """
    objective = cross_entropy_objective(classes, CLASS_PENALTY)
    rng = seeds.generator(seed, f"bench/origins/exclusive-{classes}x{neurons}", "initial")
    order = rng.permutation(classes)
    start = np.zeros((1, classes, neurons))
    for place, i in enumerate(order):
        start[0, i, place % neurons] = (1.0 if place < neurons else -1.0) * (1 + 0.1 * rng.random())
    final = _at_rest(objective, start)
    truth = Truth("task", preference="preferred")
    given = {"activations": final, "initial": start, "objective": objective}
    return Case(f"exclusive-classes-{classes}", seed, given, truth)


def cross_entropy_objective(classes: int, penalty: float) -> Objective:
    """Return J(W) = −Σ_i log softmax_i(W W_iᵀ) + λ‖W‖₁: exclusive classes through a tied code, W (classes, m)."""

    def smooth(weights: Floats) -> tuple[float, Floats]:
        scores = weights @ weights.T
        scores = scores - scores.max(axis=1, keepdims=True)
        total = np.exp(scores).sum(axis=1)
        wrong = np.exp(scores) / total[:, None] - np.eye(classes)
        return float((np.log(total) - np.diag(scores)).sum()), (wrong + wrong.T) @ weights

    return Objective(smooth, penalty, "cross-entropy of exclusive classes")


def _at_rest(objective: Objective, starts: Weights) -> Weights:
    """Weights (r, n, m) where gradient flow from some starts comes to rest."""
    return np.stack([relax(objective, each).weights for each in starts])
