"""Questions to one neuron: does it discriminate a feature among the samples without, or within, other features?

For a feature i beside rivals O that it occurs with, X = i ∪ O and A = i without O,

    A_{i|¬O} = Σ_{a∈A} (G(a) − G_X(a)) / (|A| Σ_{z∉X} w_z),

with G(a) the weight of the samples below a, ties half, G_X the same within X, and w the weights of
:func:`polygenesis.probe.selection.occurrence.sample_weights`. With equal weights G are mid-ranks. Without rivals it is
the balanced AUROC. A feature that hardly occurs without some of its rivals, its parents, is asked among the samples
that have every parent and no other rival.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from polygenesis.arrays import Floats, Integers
from polygenesis.probe.selection.occurrence import Occurrence

LEAST_SAMPLES = 20
"""Samples on either side that a conditional AUROC needs: its standard error is then at most .07 or so."""

LEAST_SHARE = 0.5
"""Share of its own samples that is enough for a feature with fewer than twice as many."""

INSEPARABLE, COMPLEMENT = "inseparable", "complement"


@dataclass(frozen=True)
class Answer:
    """A conditional AUROC and its distance from ½ in standard errors; or ``why`` there is none."""

    auroc: float = np.nan
    z: float = 0.0
    why: str = ""


@dataclass(eq=False)
class Questions:
    """One neuron's activations (samples,), ranked once, and the answers to what it has been asked."""

    known: Occurrence
    values: Floats
    answers: dict[tuple[int, bytes], Answer] = field(default_factory=dict)

    def __post_init__(self) -> None:
        from polygenesis.probe.selection.comparing import rank_samples

        self._tie_of, self._middle = np.empty(self.known.size, np.int64), np.empty(self.known.size)
        self._marks = np.zeros(self.known.size, np.int64)
        rank_samples(self.values, self.known.weights, self._tie_of, self._middle)

    def ask(self, feature: int, rivals: Integers, common: Floats) -> Answer:
        """Return A_{i|¬O} of feature i and rivals O; ``common`` (|O|,): samples that i has in common with each."""
        key = feature, rivals.tobytes()
        if key not in self.answers:
            parent = self.known.counts[feature] - common < self.least(feature)
            if parent.any():
                self.answers[key] = self._within(feature, rivals[parent], rivals[~parent])
            else:
                self.answers[key] = self._without(feature, rivals)
        return self.answers[key]

    def least(self, feature: int) -> float:
        """Samples that the feature needs on its own side."""
        return float(min(LEAST_SAMPLES, np.ceil(LEAST_SHARE * self.known.counts[feature])))

    def _without(self, feature: int, rivals: Integers) -> Answer:
        known = self.known
        total, many, weight, square, size = self._sums(feature, rivals, rivals[:0])
        if size == known.size and many == known.counts[feature]:
            return Answer(why=COMPLEMENT)
        if many < self.least(feature) or known.size - size < LEAST_SAMPLES:
            return Answer(why=INSEPARABLE)
        return _answer(total, many, known.weights.sum() - weight, (known.weights**2).sum() - square)

    def _within(self, feature: int, parents: Integers, rivals: Integers) -> Answer:
        total, many, weight, square, others = self._sums(feature, rivals, parents)
        if many < self.least(feature) or others < min(self.least(parent) for parent in parents):
            return Answer(why=INSEPARABLE)
        return _answer(total, many, weight, square)

    def _sums(self, feature: int, without: Integers, within: Integers) -> list[float]:
        from polygenesis.probe.selection.comparing import conditional_sums

        known, out = self.known, np.zeros(5)
        conditional_sums(
            feature, without, within, known.firsts, known.samples,
            known.weights, self._tie_of, self._middle, self._marks, self.least(feature), out,
        )  # fmt: skip
        return [float(each) for each in out]


def _answer(total: float, many: float, weight: float, square: float) -> Answer:
    """AUROC and z, by the variance without ties, which is the largest."""
    auroc = min(max(total / (many * weight), 0.0), 1.0)
    spread = (1 / many + square / weight**2 * (1 + 1 / many)) / 12
    return Answer(auroc, (auroc - 0.5) / spread**0.5)
