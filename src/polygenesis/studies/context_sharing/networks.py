"""What the study reads off a trained network: pairs by sign and context, shared neurons, and what sharing costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polygenesis import detect, theory
from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.dynamics.outcome import Outcome
from polygenesis.dynamics.run import Run
from polygenesis.interference import WithinContexts
from polygenesis.spec import RunSpec

STRENGTH = 0.016
"""λ of all runs."""


@dataclass(frozen=True, eq=False)
class Network:
    """One spec's converged replicates, one value each (k,).

    ``equal``, ``opposite``: pairs of features of two contexts on one neuron, by sign. ``within_equal``,
    ``within_opposite``: pairs of one context. ``shared``: neurons with two or more features. ``sharing``: features
    that share with equal signs. ``excess``: the largest loss of such a feature over that of a bare one, NaN where
    there is none. ``replicates``: how many were run.
    """

    spec: RunSpec
    equal: Integers
    opposite: Integers
    within_equal: Integers
    within_opposite: Integers
    shared: Integers
    sharing: Integers
    excess: Floats
    replicates: int
    usable: Booleans | None = None

    @property
    def n(self) -> int:
        """Features."""
        return self.spec.model.n

    @property
    def m(self) -> int:
        """Neurons."""
        return self.spec.model.m

    @property
    def contexts(self) -> int:
        """Contexts; one where all features interfere."""
        return contexts_of(self.spec)

    @property
    def cell(self) -> str:
        """The setting in words."""
        return f"n = {self.n}, m = {self.m}, C = {self.contexts}"

    @property
    def pairs_law(self) -> float:
        """Expected pairs of two contexts with equal signs."""
        return float(theory.equal_sign_pairs(self.n, self.m, self.contexts))

    @property
    def neurons_law(self) -> float:
        """Expected shared neurons."""
        return float(theory.shared_neurons_of_contexts(self.n, self.m, self.contexts))

    @property
    def within_chance(self) -> float:
        """Pairs of one context with equal signs that independent random slots would give."""
        size = self.n // self.contexts
        return self.contexts * size * (size - 1) / 2 / (2 * self.m)


def contexts_of(spec: RunSpec) -> int:
    """The number of contexts of a spec."""
    return spec.interference.contexts if isinstance(spec.interference, WithinContexts) else 1


def measure(run: Run) -> Network:
    """Read everything off one run."""
    usable = np.array([each is Outcome.CONVERGED for each in run.outcome])
    final = run.final[usable].astype(np.float64)
    n, contexts = run.spec.model.n, contexts_of(run.spec)
    if not len(final):
        none = np.zeros(0, dtype=np.int64)
        return Network(run.spec, none, none, none, none, none, none, np.zeros(0), len(usable), usable)
    census = detect.census(final)
    pairs = detect.shared_pairs(census)
    across = pairs.first // (n // contexts) != pairs.second // (n // contexts)
    members = np.zeros((len(final), n), dtype=bool)
    chosen = across & ~pairs.opposite
    for end in (pairs.first, pairs.second):
        members[pairs.replicate[chosen], end[chosen]] = True
    return Network(
        spec=run.spec,
        equal=pairs.select(across).same_counts,
        opposite=pairs.select(across).opposite_counts,
        within_equal=pairs.select(~across).same_counts,
        within_opposite=pairs.select(~across).opposite_counts,
        shared=census.polysemantic,
        sharing=members.sum(axis=1),
        excess=_excess(final, members, contexts, run.spec.penalty.strength),
        replicates=len(usable),
        usable=usable,
    )


def masked_losses(weights: Floats, contexts: int) -> Floats:
    """Return each feature's loss where only outputs of its own context count, (…, n), for weights (…, n, m)."""
    overlaps = np.maximum(weights @ weights.swapaxes(-1, -2), 0)
    n = weights.shape[-2]
    context = np.arange(n) // (n // contexts)
    target = np.eye(n)
    return np.asarray(((overlaps - target) ** 2 * (context[:, None] == context)).sum(axis=-1))


def _excess(final: Floats, members: Booleans, contexts: int, strength: float) -> Floats:
    bare = (1 - theory.bare_norm(1, 0.0, strength) ** 2) ** 2
    losses = np.stack([masked_losses(each, contexts) for each in final])
    found = np.where(members, losses - bare, -np.inf).max(axis=1)
    return np.where(members.any(axis=1), found, np.nan)
