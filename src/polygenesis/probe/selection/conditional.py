"""Conditional selection: which of the features that a neuron selects it discriminates beside the others.

Labels that occur together make a neuron of one concept look shared. So a neuron carries feature i beside the features
that it already carries only if it discriminates i among the samples without those of them that could explain it, or
within them where i never occurs without them (see :mod:`polygenesis.probe.selection.questions`). Exclusive classes
behind a ReLU explain nothing of each other and stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.probe.selection.occurrence import Occurrence
from polygenesis.probe.selection.questions import INSEPARABLE, Answer, Questions

OFTENER = 0.05
"""By how much likelier a carried feature must be with i than without it to be a rival explanation of i."""

LEAST_Z = 2.33
"""Standard errors from ½ that a conditional AUROC needs besides the threshold: one-sided p ≤ .01."""

ROUNDS = 4
"""Passes of adding and dropping; dropping always comes last, so that what is left holds beside all the rest."""


@dataclass(frozen=True)
class Kept:
    """What one neuron carries: features → conditional AUROC; and selected features that labels cannot separate."""

    carried: dict[int, float]
    inseparable: tuple[int, ...]


def separate(questions: Questions, features: Integers, effects: Floats, common: Floats, least: Floats) -> Kept:
    """Choose what a neuron carries among the features (c,) that it selects.

    ``effects`` (c,) from −1 to 1: marginal 2 AUROC − 1; ``common`` (c, c): samples that they have in common;
    ``least`` (c,): the conditional |AUROC − ½| that each needs. Features are added by falling effect beside those that
    are in; then each is asked again beside all others, the weakest first; and what was kept out by a feature that did
    not last is tried anew.
    """
    one = _Neuron(questions, features, effects, _rivalry(questions.known, features, effects, common), common, least)
    carried = np.zeros(len(features), dtype=bool)
    for _ in range(ROUNDS):
        before = carried.copy()
        one.add(carried)
        one.drop(carried)
        if (carried == before).all():
            break
    answers = {int(feature): one.answer(at, carried) for at, feature in enumerate(features)}
    kept = {feature: answers[feature].auroc for feature in map(int, features[carried])}
    return Kept(kept, tuple(i for i, found in answers.items() if i not in kept and found.why == INSEPARABLE))


def _rivalry(known: Occurrence, features: Integers, effects: Floats, common: Floats) -> Booleans:
    """Say whether o may explain i, (c, c): both raise the neuron and occur together, or one lowers it where the other,
    which raises it, is missing. In short, P(o|i) − P(o|¬i) has the sign of the product of their effects."""
    counts = known.counts[features]
    gap = common / counts[:, None] - (counts - common) / (known.size - counts[:, None])
    sign = np.sign(effects)
    found = np.asarray(sign[:, None] * sign * gap > OFTENER)
    np.fill_diagonal(found, False)
    return found


@dataclass(frozen=True, eq=False)
class _Neuron:
    """The features that one neuron selects, and what asking for one beside others says."""

    questions: Questions
    features: Integers
    effects: Floats
    rivalry: Booleans
    common: Floats
    least: Floats

    def add(self, carried: Booleans) -> None:
        """Add what holds beside what is carried, by falling effect; of complements the one that raises the neuron."""
        for at in np.lexsort((-np.sign(self.effects), -np.abs(self.effects).round(9))):
            carried[at] = carried[at] or self.holds(at, carried)

    def drop(self, carried: Booleans) -> None:
        """Drop what does not hold beside the rest, by rising effect, until all hold."""
        dropped = True
        while dropped:
            dropped = False
            for at in np.lexsort((np.sign(self.effects), np.abs(self.effects).round(9))):
                if carried[at] and not self.holds(at, carried):
                    carried[at], dropped = False, True

    def answer(self, at: int, carried: Booleans) -> Answer:
        """Ask for a feature beside those carried; beside no rival the answer is the marginal AUROC, and certain."""
        rivals = np.flatnonzero(self.rivalry[at] & carried)
        if not len(rivals):
            return Answer(0.5 + 0.5 * float(self.effects[at]), np.inf)
        return self.questions.ask(int(self.features[at]), self.features[rivals], self.common[at, rivals])

    def holds(self, at: int, carried: Booleans) -> bool:
        """Whether the neuron still discriminates the feature, with the sign that it has on its own."""
        found, sign = self.answer(at, carried), np.sign(self.effects[at])
        if np.isinf(found.z):
            return True
        return not found.why and bool(sign * (found.auroc - 0.5) >= self.least[at] and sign * found.z >= LEAST_Z)
