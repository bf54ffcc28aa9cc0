"""Select: which neuron of one run carries which feature, at one threshold or several."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.errors import InputError
from polygenesis.probe.inputs.activations import Activations, read_activations
from polygenesis.probe.inputs.labels import LabelKind, read_labels
from polygenesis.probe.selection.conditional import Kept, separate
from polygenesis.probe.selection.copies import copies
from polygenesis.probe.selection.forecast import Forecast, forecast
from polygenesis.probe.selection.occurrence import Occurrence, occurrence
from polygenesis.probe.selection.questions import Questions
from polygenesis.probe.selection.selectivity import Measure, Selectivity, check_pair, checked_threshold, measured

LEFT = 0.5
"""Share of its marginal effect that a feature selected by information must keep beside others: bits depend on how
frequent a feature is, so a threshold in bits says nothing about an AUROC."""


@dataclass(frozen=True, eq=False, repr=False)
class Selection:
    """Which of n features each of m neurons of one run carries; all matrices are (n, m), features by neurons.

    ``carried``: after conditional selection; ``marginal``: before it, each feature on its own. ``sign``: +1 or −1
    where a feature is carried, 0 elsewhere. ``effect``: the marginal effect with its sign, 2 AUROC − 1 or the chosen
    measure. ``conditional``: the balanced AUROC of a carried feature among samples without (or within) the others
    that the neuron carries and that could explain it; NaN elsewhere. ``inseparable``: selected on its own, not
    carried, because these labels cannot tell it from what is carried. ``copy_of`` (m,): the representative of each
    neuron, itself where it is no copy. ``constant`` (m,): neurons that never change. ``signed``: whether neurons
    that go down with a feature count. ``selectivity``: the effects from which all this was chosen. ``kept``: what was
    found of the neurons whose features were asked beside each other; matrices are made from it when asked for.
    """

    carried: Booleans
    effect: Floats
    copy_of: Integers
    constant: Booleans
    names: tuple[str, ...]
    measure: Measure
    threshold: float
    signed: bool
    selectivity: Selectivity
    kept: Mapping[int, Kept] = field(default_factory=dict)
    others: tuple[Selection, ...] = field(default=())

    @property
    def sign(self) -> Integers:
        """+1 or −1 where a feature is carried, 0 elsewhere, (n, m)."""
        return np.where(self.carried, np.sign(self.effect), 0).astype(np.int8)

    @property
    def marginal(self) -> Booleans:
        """What each neuron selects before the features are asked beside each other, (n, m)."""
        return np.asarray(self.selectivity.selected(self.measure, self.threshold).T)

    @property
    def conditional(self) -> Floats:
        """The balanced AUROC of each carried feature beside the others, (n, m); NaN elsewhere."""
        found = np.where(self.carried, self.selectivity.auroc.T, np.nan)
        for k, one in self.kept.items():
            found[list(one.carried), k] = list(one.carried.values())
        return found

    def beside(self, neuron: int, features: Integers) -> Floats:
        """Return the conditional AUROC of some features of one neuron, (c,), NaN for those that it does not carry.

        Args:
            neuron: its number, from 0.
            features: their numbers, from 0, (c,).
        """
        asked = self.kept[neuron].carried if neuron in self.kept else {}
        alone = self.selectivity.auroc[neuron, features]
        both = zip(features.tolist(), alone.tolist(), strict=True)
        found = np.array([asked.get(i, area) for i, area in both])
        return np.where(self.carried[features, neuron], found, np.nan)

    @property
    def inseparable(self) -> Booleans:
        """What is selected and not carried, because these labels cannot tell it from what is carried, (n, m)."""
        found = np.zeros(self.carried.shape, dtype=bool)
        for k, one in self.kept.items():
            found[list(one.inseparable), k] = True
        return found

    @property
    def representatives(self) -> Integers:
        """The neurons that are no copy of an earlier one, (m′,)."""
        return np.flatnonzero(self.copy_of == np.arange(len(self.copy_of)))

    @property
    def distinct(self) -> Booleans:
        """What the representatives carry, (n, m′): copies of one unit are one piece of evidence."""
        return np.asarray(self.carried[:, self.representatives])

    @property
    def live(self) -> int:
        """Number of representatives that are not constant."""
        return int((~self.constant[self.representatives]).sum())

    def at(self, threshold: float) -> Selection:
        """Return the selection of the same run at another threshold.

        Args:
            threshold: one of those given to :func:`select`, in ``measure``.

        Raises:
            polygenesis.InputError: for any other.
        """
        for each in (self, *self.others):
            if each.threshold == threshold:
                return each
        known = ", ".join(f"{each.threshold:g}" for each in sorted((self, *self.others), key=lambda one: one.threshold))
        raise InputError(f"Argument `threshold` must be one of those selected at, {known}, but is {threshold!r}.")

    def __repr__(self) -> str:
        n, m = self.carried.shape
        shared = int((self.carried.sum(axis=0) >= 2).sum())
        return (
            f"Selection({m} neurons, {n} features; {self.measure} from {self.threshold:g}: "
            f"{int(self.carried.sum())} carried, {shared} neurons carry two or more)"
        )


def _nothing(*_: object) -> None:
    """Do nothing."""


def select(
    activations: Any,
    labels: Any,
    *,
    measure: Measure = "auroc",
    threshold: float | None = None,
    thresholds: Sequence[float] = (),
    kind: LabelKind | None = None,
    seed: int = 0,
    advance: Callable[[int, int], None] = _nothing,
    before: Callable[[Forecast], None] = _nothing,
) -> Selection:
    """Choose which features each neuron of one run carries.

    ``activations`` (samples, neurons), ``labels``: see :func:`polygenesis.probe.selectivity`. A neuron selects a
    feature whose effect reaches ``threshold`` (in ``measure``) at a false discovery rate of 1 %; where activations are
    negative somewhere, in either direction. Of what it selects it carries what it discriminates beside the rest (see
    ``selection/conditional.py``). ``thresholds``: others at which to select as well, for
    :meth:`Selection.at`; activations are ranked once for all. ``before`` is called with a forecast of time and memory,
    ``advance`` with (neurons done, neurons in all) now and then. Raises :class:`polygenesis.InputError`.

    Args:
        activations: (samples, neurons).
        labels: classes, columns of 0 and 1, or concepts.
        measure: the effect that selects a feature: "auroc", "difference" or "information".
        threshold: from which effect on a neuron selects a feature.
        thresholds: others at which to select as well, for :meth:`Selection.at`.
        kind: what the labels are, where it is not plain.
        seed: the same seed gives the same numbers.
        advance: called with (neurons done, neurons in all) now and then.
        before: called once with a forecast of time and memory.
    """
    source, given = read_activations(activations), read_labels(labels, kind)
    check_pair(source.samples, given)
    chosen = checked_threshold(measure, threshold)
    ladder = [chosen, *(each for each in dict.fromkeys(thresholds) if checked_threshold(measure, each) != chosen)]
    known = occurrence(given.present)
    before(forecast(source, known))
    found = measured(source, known, given.names, permutations=1, seed=seed, advance=advance)
    selections = _selections(source, known, found, measure, ladder)
    return replace(selections[0], others=tuple(selections[1:]))


def _selections(
    source: Activations, known: Occurrence, found: Selectivity, measure: Measure, ladder: Sequence[float]
) -> list[Selection]:
    """One selection a threshold: marginal, then conditional, then copies."""
    marginal = [found.selected(measure, threshold).T for threshold in ladder]
    area = 2 * found.auroc.T - 1
    kept: list[dict[int, Kept]] = [{} for _ in ladder]
    # Classes never occur together, so that one explains another only where going down with one counts as carrying it.
    if not known.exclusive or found.signed:
        for k, at, one in _separated(source, known, area, measure, ladder, marginal):
            kept[at][k] = one
            marginal[at][:, k] = False
            marginal[at][list(one.carried), k] = True
    effect = area if measure == "auroc" else np.copysign(getattr(found, measure).T, area)
    parts = [
        Selection(
            carried=carried, effect=effect, copy_of=np.arange(carried.shape[1]), constant=found.constant,
            names=found.names, measure=measure, threshold=threshold, signed=found.signed, selectivity=found, kept=asked,
        )
        for threshold, carried, asked in zip(ladder, marginal, kept, strict=True)
    ]  # fmt: skip
    originals = copies(source, known, [each.carried for each in parts], area, found.auroc.T)
    return [replace(each, copy_of=copy_of) for each, copy_of in zip(parts, originals, strict=True)]


def _least(measure: Measure, threshold: float, area: Floats) -> Floats:
    """The conditional |AUROC − ½| that features with these marginal effects (c,) need.

    A standardized difference d of normal laws of equal spread is an AUROC of Φ(d/√2).
    """
    if measure == "information":
        return LEFT * 0.5 * np.abs(area)
    if measure == "auroc":
        return np.full(area.shape, threshold - 0.5)
    from scipy import special

    return np.full(area.shape, special.ndtr(threshold / 2**0.5) - 0.5)


def _separated(
    source: Activations,
    known: Occurrence,
    area: Floats,
    measure: Measure,
    ladder: Sequence[float],
    marginal: Sequence[Booleans],
) -> Iterator[tuple[int, int, Kept]]:
    """Yield (neuron, threshold, what it carries) wherever a neuron selects two features or more."""
    several = np.stack([each.sum(axis=0) >= 2 for each in marginal])
    wanted = {int(k) for k in np.flatnonzero(several.any(axis=0))}
    for first, block in source.blocks(wanted) if wanted else ():
        for k in sorted(wanted & set(range(first, first + len(block)))):
            questions = Questions(known, np.asarray(block[k - first], dtype=np.float64))
            for at in map(int, np.flatnonzero(several[:, k])):
                candidates = np.flatnonzero(marginal[at][:, k])
                common = known.in_common(candidates)
                effects = area[candidates, k]
                yield k, at, separate(questions, candidates, effects, common, _least(measure, ladder[at], effects))
