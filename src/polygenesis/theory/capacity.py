"""What sharing is forced: how many features fit, what becomes of those that do not, and the books of one final state.

Derivations: docs/theory.md, Capacity 1 to 9.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from polygenesis.checks import floats
from polygenesis.errors import bad_argument
from polygenesis.theory import arguments
from polygenesis.theory.collisions import slot_model
from polygenesis.theory.prediction import Prediction

_SLOTS = "Each neuron holds at most one + and one − feature (linear hidden layer, ReLU on the output)"


def forced_neurons(n: int, m: int) -> Prediction:
    """The smallest possible number of shared neurons: max(0, n - m).

    With m neurons that hold one or two of n live features, n = occupied + shared <= m + shared (docs/theory.md,
    Capacity 1). Raises InputError if n > 2m, where not every feature can have a slot (:func:`unplaced_features`).

    Args:
        n: number of features.
        m: number of neurons.
    """
    arguments.whole("n", n)
    if n > 2 * arguments.whole("m", m):
        raise bad_argument("n", f"be at most 2m = {2 * m}: beyond that there is not a slot for every feature", n)
    return Prediction(float(max(0, n - m)), regime=f"{_SLOTS}; n <= 2m.", source="pigeonhole, exact")


def unplaced_features(n: int, m: int) -> Prediction:
    """The number of features without a slot: max(0, n - 2m).

    They need not die, and hardly any does: at most 2m directions have no positive overlap (docs/theory.md,
    Capacity 2), so beyond n = 2m the network loses something, but spread over many features it loses less than one
    dead feature costs (:func:`least_known_loss`).

    Args:
        n: number of features.
        m: number of neurons.
    """
    arguments.whole("n", n)
    arguments.whole("m", m)
    return Prediction(float(max(0, n - 2 * m)), regime=f"{_SLOTS}; any n and m.", source="pigeonhole, exact")


def loss_at_rest(n: int, squared_norm: Any, *, l1_norm: Any = 0.0, penalty: float = 0.0) -> Any:
    """The one-hot loss of a network at rest: n − ‖W‖² − (λ/4) ‖W‖₁, without its penalty.

    ``squared_norm`` ‖W‖² = Σ W_ik² and ``l1_norm`` ‖W‖₁ of all weights, numbers or arrays; ``penalty`` is λ in the
    loss. Exact at every stationary point (docs/theory.md, Capacity 3): what a network loses is the squared norm that
    its features lack.

    Args:
        n: number of features.
        squared_norm: ‖W‖² = Σ W_ik² of all weights, a number or an array.
        l1_norm: ‖W‖₁ of all weights, alike.
        penalty: λ, the coefficient of ‖W‖₁ in the loss.
    """
    return arguments.whole("n", n) - floats("squared_norm", squared_norm) - penalty / 4 * floats("l1_norm", l1_norm)


@dataclasses.dataclass(frozen=True)
class Cluster:
    """Features on the vertices of a triangle-free strongly regular graph: neighbours repel, all others overlap.

    ``name``: of the graph. ``features`` v and ``degree`` k; ``common`` μ: the common neighbours of two vertices that
    are not neighbours. The rows are the projections of the vertices on the eigenvectors of the least eigenvalue
    (docs/theory.md, Capacity 5).
    """

    name: str
    features: int
    degree: int
    common: int

    @property
    def eigenvalue(self) -> float:
        """The least eigenvalue s of the graph: the negative root of s² + μs = k − μ."""
        return -(self.common + math.sqrt(self.common**2 + 4 * (self.degree - self.common))) / 2

    @property
    def dimensions(self) -> int:
        """The dimensions that the features fill: the multiplicity of the least eigenvalue."""
        other = -self.common - self.eigenvalue
        return round(-(self.degree + (self.features - 1) * other) / (self.eigenvalue - other))

    @property
    def interference(self) -> float:
        """κ = Σ_j ReLU(cos)² over the others: (1 + s)²/(v − k − 1)."""
        return (1 + self.eigenvalue) ** 2 / (self.features - self.degree - 1)

    @property
    def loss(self) -> float:
        """The loss of all its features at their best norm, v κ/(1 + κ)."""
        return self.features * self.interference / (1 + self.interference)

    @property
    def unplaced(self) -> int:
        """By how many its features exceed two a dimension."""
        return self.features - 2 * self.dimensions


CLUSTERS = (
    Cluster("pentagon", 5, 2, 1),
    Cluster("Petersen", 10, 3, 1),
    Cluster("Clebsch", 16, 5, 2),
    Cluster("Hoffman-Singleton", 50, 7, 1),
    Cluster("Gewirtz", 56, 10, 2),
    Cluster("M22", 77, 16, 4),
    Cluster("Higman-Sims", 100, 22, 6),
)
"""The known strongly regular graphs without triangles that are not complete bipartite (three of them in
Hoffman and Singleton 1960)."""


def least_known_loss(n: int, m: int) -> Prediction:
    """The least one-hot loss that a known arrangement of n features in m dimensions reaches, without a penalty.

    0 up to n = 2m. Beyond, the best mix of clusters (:data:`CLUSTERS`), antipodal pairs and dead features: an upper
    bound on the least loss, which is above 0 (docs/theory.md, Capacity 2 and 5).

    Args:
        n: number of features.
        m: number of neurons.
    """
    spare = int(float(unplaced_features(n, m)))
    cost = np.tile(np.arange(spare + 1.0)[:, None], (1, m + 1))  # (unplaced features, dimensions that clusters may use)
    for cluster in CLUSTERS:
        more, wide = cluster.unplaced, cluster.dimensions
        for unplaced in range(more, spare + 1):
            if wide <= m:
                with_one = cost[unplaced - more, : m + 1 - wide] + cluster.loss
                cost[unplaced, wide:] = np.minimum(cost[unplaced, wide:], with_one)
    return Prediction(
        float(cost[spare, m]), regime="No penalty; an upper bound on the least loss.", source="Capacity 5"
    )


def incidental_excess(n: int, m: int) -> Prediction:
    """Shared neurons that chance adds to the forced ones: slot-model mean minus max(0, n - m).

    There is no kink at m = n: a random arrangement leaves neurons empty while it shares more than it must.
    Source: docs/theory.md, eq. slot and Capacity 1.

    Args:
        n: number of features.
        m: number of neurons.
    """
    forced = float(forced_neurons(n, m))
    law = slot_model(n, m)
    low, high = law.interval()
    return Prediction(law.mean - forced, (low - forced, high - forced), law.regime, law.source)


@dataclasses.dataclass(frozen=True)
class Accounting:
    """The accounting of one final state: the forced sharing and the rest.

    `excess` E = Σ_k (c_k - 1)₊ over neurons with c_k features; `necessary` is the part that n_live > m_live
    forces; `idle` counts neurons (or dimensions) left empty while others are shared; `rest` = E - necessary
    is incidental or structured.
    """

    necessary: int
    idle: int
    rest: int
    excess: int

    @property
    def necessary_share(self) -> float:
        """Which part of the excess was forced; NaN when nothing is shared."""
        return self.necessary / self.excess if self.excess else float("nan")

    @property
    def is_exact(self) -> bool:
        """Whether rest = idle, as it is when every feature holds one neuron; else `rest` is only a bound."""
        return self.rest == self.idle

    def __str__(self) -> str:
        if not self.excess:
            return "Nothing is shared."
        bound = "" if self.is_exact else " (a bound: features hold several neurons each)"
        parts = f"{self.necessary} forced + {self.rest} not forced{bound}"
        return f"Excess {self.excess} = {parts}; {self.idle} idle."


def accounting(n_live: int, m_live: int, occupied: int, excess: int) -> Accounting:
    """Split the excess of one final state into forced sharing and the rest.

    `n_live` features and `m_live` neurons that are not dead, `occupied` neurons with at least one feature
    (or the rank of the code where the basis means nothing), `excess` = Σ_k (c_k - 1)₊. Then necessary =
    max(0, n_live - m_live) and idle = min(n_live, m_live) - occupied, and if each feature holds one neuron,
    n_live = occupied + excess gives rest = idle. It is bookkeeping: with several neurons a feature `rest`
    is only an upper bound, and idle = 0 proves nothing. Source: docs/theory.md, Capacity 1.

    Args:
        n_live: features that are not dead.
        m_live: neurons that are not dead.
        occupied: neurons with at least one feature, or the rank of the code where the basis means nothing.
        excess: Σ_k (c_k − 1)₊, with c_k the number of features on neuron k.
    """
    for name, value in (("n_live", n_live), ("m_live", m_live), ("occupied", occupied), ("excess", excess)):
        arguments.whole(name, value, least=0)
    if occupied > m_live:
        raise bad_argument("occupied", f"be at most m_live = {m_live}", occupied)
    if occupied + excess < n_live:
        raise bad_argument("n_live", f"be at most occupied + excess = {occupied + excess}", n_live)
    necessary = max(0, n_live - m_live)
    idle = max(0, min(n_live, m_live) - occupied)
    return Accounting(necessary, idle, excess - necessary, excess)
