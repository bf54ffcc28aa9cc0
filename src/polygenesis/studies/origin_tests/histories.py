"""Networks whose history is known: why their neurons are shared is decided by how they are made.

Toys come as specs, so that they replay, run in parallel and are kept; networks on inputs that occur together are
trained on their loss in closed form, from starts with addresses (:func:`polygenesis.seeds.generator`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from polygenesis import seeds
from polygenesis.arrays import Weights
from polygenesis.dynamics.run import Run
from polygenesis.initial import Gaussian, RelatedRows
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.probe import Objective, input_objective, one_hot_objective
from polygenesis.probe.surgery.objective import Retrain
from polygenesis.probe.surgery.relaxing import relax
from polygenesis.spec import RunSpec

Truth = Literal["chance", "need", "task", "input", "against"]
"""What made neurons shared, or worked against it."""

TOY_PENALTY = 0.05
"""λ of the toys: strong enough to converge soon, far too weak to kill features."""

INPUT_PENALTY = 0.1
"""λ of the networks on given inputs."""

DUPLICATE = 0.98
"""Weight of two features together, against 0.02 of each alone; with less they avoid each other."""

Pairs = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class History:
    """How networks came about: its name, the truth, the pairs that are designated to share, and how to make more.

    Either ``spec`` (a toy, for any number of replicates) or ``objective`` (trained from random starts) is given.
    """

    name: str
    truth: Truth
    n: int
    m: int
    designated: Pairs = ()
    spec: RunSpec | None = None
    objective: Objective | None = None

    @property
    def loss(self) -> Objective:
        """What training minimizes."""
        if self.objective is not None:
            return self.objective
        assert self.spec is not None
        return one_hot_objective(self.spec.penalty.strength)

    @property
    def retrain(self) -> Retrain:
        """From initial weights (r, n, m) to final ones."""
        return self._retrain

    def _retrain(self, start: Weights) -> Weights:
        if self.spec is None:
            return trained(self.loss, start)
        from polygenesis.dynamics import simulate

        return simulate(self.spec.replace(replicates=len(start)), initial_weights=start).final


def toy(n: int, m: int, *, replicates: int, seed: int, penalty: float = TOY_PENALTY) -> RunSpec:
    """The paper's model: chance at m ≥ n, need and chance below."""
    return RunSpec(TiedAutoencoder(n=n, m=m), penalty=L1(penalty), initial=Gaussian(), replicates=replicates, seed=seed)


def related_toy(n: int, m: int, *, pairs: int, correlation: float, replicates: int, seed: int) -> RunSpec:
    """The paper's model with the initial rows of features 2p and 2p + 1 correlated: structure by input."""
    start = RelatedRows(pairs, correlation=correlation)
    return toy(n, m, replicates=replicates, seed=seed).replace(initial=start)


def first_pairs(pairs: int) -> Pairs:
    """The pairs (2p, 2p + 1)."""
    return tuple((2 * p, 2 * p + 1) for p in range(pairs))


def duplicates(n: int, pairs: int, *, together: float = DUPLICATE, strength: float = INPUT_PENALTY) -> Objective:
    """The loss when features 2p and 2p + 1 occur together with this weight, else alone: structure by task."""
    eye = np.eye(n)
    inputs, shares = [], []
    for i, j in first_pairs(pairs):
        inputs += [eye[i] + eye[j], eye[i], eye[j]]
        shares += [together, 1 - together, 1 - together]
    rest = eye[2 * pairs :]
    return input_objective(np.array([*inputs, *rest]), [*shares, *np.ones(len(rest))], penalty=strength)


def avoidance(n: int, together: float, *, strength: float = INPUT_PENALTY) -> Objective:
    """The loss when every pair of features occurs together with a small weight, beside each alone: against sharing.

    Two features of opposite signs on one neuron cancel when they occur together, which costs the pair's weight twice.
    """
    eye = np.eye(n)
    i, j = np.triu_indices(n, 1)
    shares = np.concatenate([np.ones(n), np.full(len(i), together)])
    return input_objective(np.concatenate([eye, eye[i] + eye[j]]), shares, penalty=strength)


def random_starts(history: History, number: int, *, seed: int) -> Weights:
    """Gaussian starts (number, n, m) of a history that is no toy; replicate k is the same whatever the number."""
    size = (history.n, history.m)
    draws = [seeds.generator(seed, f"origin-tests/{history.name}", "initial", k) for k in range(number)]
    return np.asarray(np.stack([draw.standard_normal(size) for draw in draws]) * history.m**-0.5)


def trained(objective: Objective, starts: Weights) -> Weights:
    """Final weights (r, n, m) under an objective."""
    return np.stack([relax(objective, each).weights for each in starts])


@dataclass(frozen=True, eq=False)
class Networks:
    """Networks of one history: first and last weights, (r, n, m)."""

    history: History
    initial: Weights
    final: Weights


def of_run(history: History, run: Run) -> Networks:
    """Take the converged replicates of a run."""
    return Networks(history, run.initial[run.converged], run.final[run.converged])


def of_objective(history: History, number: int, *, seed: int) -> Networks:
    """Train ``number`` networks of a history that is no toy."""
    start = random_starts(history, number, seed=seed)
    return Networks(history, start, trained(history.loss, start))
