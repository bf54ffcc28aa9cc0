"""Conditional selection: which of the features that a neuron selects it discriminates beside the others.

Labels that occur together make a neuron of one concept look shared. So a neuron carries feature i beside the features
O that it already carries only if it discriminates i among the samples without O:

    A_{i|¬O} = Σ_{a∈A} (G(a) − G_X(a)) / (|A| Σ_{z∉X} w_z),   X = i ∪ O,   A = i without O,

with G(a) the weight of the samples below a, ties half, G_X the same within X, and w the weights of
:func:`polygenesis.probe.selection.occurrence.sample_weights`; with equal weights G are mid-ranks. Without O it is the
marginal AUROC. A feature that never occurs without a carried parent is asked within the parent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from polygenesis.arrays import Floats, Integers
from polygenesis.probe.selection.occurrence import Occurrence

OFTENER = 0.05
"""By how much likelier a carried feature must be with i than without it to be a rival explanation of i."""

LEAST_SAMPLES = 20
"""Samples on either side that a conditional AUROC needs: its standard error is then at most .07."""

LEAST_SHARE = 0.5
"""Share of its own samples that is enough for a feature with fewer than twice as many."""

LEAST_Z = 2.33
"""Standard errors from ½ that a conditional AUROC needs besides the threshold: one-sided p ≤ .01."""

ROUNDS = 4
"""Passes of asking carried features again and rejected ones anew; what two passes leave alone stays."""

INSEPARABLE, COMPLEMENT = "inseparable", "complement"


@dataclass(frozen=True)
class Kept:
    """What one neuron carries: features → conditional AUROC; and selected features that labels cannot separate."""

    carried: dict[int, float]
    inseparable: tuple[int, ...]


@dataclass(frozen=True)
class Answer:
    """A conditional AUROC and its distance from ½ in standard errors; or ``why`` there is none."""

    auroc: float = np.nan
    z: float = 0.0
    why: str = ""


@dataclass(eq=False)
class Questions:
    """One neuron's activations, ranked, and the answers to what it has been asked."""

    known: Occurrence
    values: Floats
    answers: dict[tuple[int, tuple[int, ...]], Answer] = field(default_factory=dict)

    def __post_init__(self) -> None:
        from polygenesis.probe.selection.questions import rank_samples

        self._tie_of, self._middle = np.empty(self.known.size, np.int64), np.empty(self.known.size)
        self._marks = np.zeros(self.known.size, np.int64)
        rank_samples(self.values, self.known.weights, self._tie_of, self._middle)

    def ask(self, feature: int, rivals: Sequence[int], common: Floats) -> Answer:
        """Return A_{i|¬O} of a feature i and rivals O; ``common`` (|O|,): samples that i has in common with each."""
        key = feature, tuple(sorted(rivals))
        if key not in self.answers:
            parents = [o for o, c in zip(rivals, common, strict=True) if self._count(feature) - c < self.least(feature)]
            if parents:
                self.answers[key] = self._within(feature, parents, [o for o in rivals if o not in parents])
            else:
                self.answers[key] = self._without(feature, rivals)
        return self.answers[key]

    def least(self, feature: int) -> float:
        """Samples that the feature needs on its own side."""
        return float(min(LEAST_SAMPLES, np.ceil(LEAST_SHARE * self._count(feature))))

    def _count(self, feature: int) -> float:
        return float(self.known.counts[feature])

    def _without(self, feature: int, rivals: Sequence[int]) -> Answer:
        known = self.known
        total, many, weight, square, size = self._sums(feature, rivals, [])
        if size == known.size and many == self._count(feature):
            return Answer(why=COMPLEMENT)
        if many < self.least(feature) or known.size - size < LEAST_SAMPLES:
            return Answer(why=INSEPARABLE)
        return _answer(total, many, known.weights.sum() - weight, (known.weights**2).sum() - square)

    def _within(self, feature: int, parents: Sequence[int], rivals: Sequence[int]) -> Answer:
        total, many, weight, square, others = self._sums(feature, rivals, parents)
        if many < self.least(feature) or others < min(self.least(parent) for parent in parents):
            return Answer(why=INSEPARABLE)
        return _answer(total, many, weight, square)

    def _sums(self, feature: int, without: Sequence[int], within: Sequence[int]) -> list[float]:
        from polygenesis.probe.selection.questions import conditional_sums

        known, out = self.known, np.zeros(5)
        conditional_sums(
            feature, np.array(without, np.int64), np.array(within, np.int64), known.firsts, known.samples,
            known.weights, self._tie_of, self._middle, self._marks, out,
        )  # fmt: skip
        return [float(each) for each in out]


def _answer(total: float, many: float, weight: float, square: float) -> Answer:
    """AUROC and z, by the variance without ties, which is the largest."""
    auroc = min(max(total / (many * weight), 0.0), 1.0)
    spread = (1 / many + square / weight**2 * (1 + 1 / many)) / 12
    return Answer(auroc, (auroc - 0.5) / spread**0.5)


def separate(
    questions: Questions, candidates: Integers, effects: Floats, common: Floats, least: Floats
) -> Kept:
    """Choose what a neuron carries among the candidates that it selects, (c,) features.

    ``effects`` (c,) from −1 to 1: marginal 2 AUROC − 1; ``common`` (c, c): samples that they have in common;
    ``least`` (c,): the conditional |AUROC − ½| that each needs. Greedy by effect; then each carried feature is asked
    again beside all others, the weakest first, and those turned down for the sake of one that did not last anew.
    """
    order = _by_strength(effects)
    chosen = _Chosen(questions, candidates, effects, _rivalry(questions.known, candidates, effects, common), common, least)
    carried: list[int] = []
    for _ in range(ROUNDS):
        before = list(carried)
        for at in order:
            if at not in carried and chosen.holds(at, carried):
                carried.append(int(at))
        dropped = True
        while dropped:
            weak = [at for at in order[::-1] if at in carried and not chosen.holds(at, [o for o in carried if o != at])]
            dropped = bool(weak)
            carried = [at for at in carried if at not in weak[:1]]
        if sorted(carried) == sorted(before):
            break
    lost = [at for at in order if at not in carried and chosen.answer(at, carried).why == INSEPARABLE]
    return Kept(
        {int(candidates[at]): chosen.answer(at, [o for o in carried if o != at]).auroc for at in carried},
        tuple(int(candidates[at]) for at in lost),
    )


def _by_strength(effects: Floats) -> list[int]:
    """Candidates by |effect|, of equal ones the positive first: of two complements the one that raises the neuron."""
    return [int(at) for at in np.lexsort((-np.sign(effects), -np.abs(effects).round(9)))]


def _rivalry(known: Occurrence, candidates: Integers, effects: Floats, common: Floats) -> Floats:
    """Say whether o may explain i, (c, c): the sign of both effects and P(o|i) − P(o|¬i) agree."""
    counts = known.counts[candidates]
    gap = common / counts[:, None] - (counts - common) / (known.size - counts[:, None])
    sign = np.sign(effects)
    found = np.asarray(sign[:, None] * sign * gap > OFTENER)
    np.fill_diagonal(found, False)
    return found


@dataclass(frozen=True, eq=False)
class _Chosen:
    """The candidates of one neuron, and what asking one beside others gives."""

    questions: Questions
    candidates: Integers
    effects: Floats
    rivalry: Floats
    common: Floats
    least: Floats

    def answer(self, at: int, others: Sequence[int]) -> Answer:
        """Ask a candidate beside others; beside no rival the answer is the marginal AUROC."""
        rivals = [o for o in others if self.rivalry[at, o]]
        if not rivals:
            return Answer(0.5 + 0.5 * float(self.effects[at]), np.inf)
        features = [int(self.candidates[o]) for o in rivals]
        return self.questions.ask(int(self.candidates[at]), features, self.common[at, rivals])

    def holds(self, at: int, others: Sequence[int]) -> bool:
        """Whether the neuron still discriminates the feature, with the sign that it has on its own."""
        found, sign = self.answer(at, others), np.sign(self.effects[at])
        if np.isinf(found.z):
            return True
        return not found.why and sign * (found.auroc - 0.5) >= self.least[at] and bool(sign * found.z >= LEAST_Z)
