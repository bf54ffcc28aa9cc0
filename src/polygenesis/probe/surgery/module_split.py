"""One neuron of a module, split and trained on: the losses of all arms, and what they say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polygenesis.probe.surgery.split_and_relax import Preference

COPIES = 0.99
"""Correlation of two neurons' answers from which on they are copies of one: what was split is one again."""

SHARED, ALONE = 0.1, 0.9
"""Share of both groups of weights from which on a copy carries the mixture again, and a neuron carries it alone."""

CLOSING = 0.01
"""A gap that closes by no more than this share of it in the last quarter of the steps would need 25 times as many."""


@dataclass(frozen=True)
class ModuleSplit:
    """One split neuron of a module, and the losses with and without the split after further training, one per seed.

    ``neuron``, ``to``: the two neurons; ``moved``: the outputs (or inputs) whose weights moved. ``before``: the loss
    as given; ``change_at_once``: largest change of the next layer's answers on the first batch, relative: rounding.
    ``control``, ``split``: the losses of the arms; ``otherwise``: of arms in which other weights moved, as many, at
    random: what a neuron more brings without parting these features (empty where there is no other choice).
    ``unit``: what one output costs, the control's loss by the number of outputs. ``margin``: difference of losses up to
    which the arms are alike: a twentieth of the unit, or what the order of batches explains (two-sided 95 %) if that is
    more. ``fallen``: by how much control and split fell in the second half of the steps. ``gaps``: mean loss of the
    split minus that of the control after three quarters and all of the steps. ``alike``: correlation of the
    two neurons after training on; ``together``: the share of the weight to what moved, and of that to what stayed, that
    one of them has again, the smaller of the two; the least of the seeds each.
    """

    neuron: int
    moved: tuple[int, ...]
    to: int
    before: float
    change_at_once: float
    control: tuple[float, ...]
    split: tuple[float, ...]
    otherwise: tuple[float, ...]
    unit: float
    margin: float
    fallen: tuple[float, float]
    gaps: tuple[float, float]
    alike: float
    together: float

    @property
    def change(self) -> float:
        """Mean loss of the split minus that of the control, in units of what one output costs."""
        return float(np.mean(self.split) - np.mean(self.control)) / self.unit

    @property
    def stands(self) -> bool:
        """Whether the gap between the arms no longer closes: in the last quarter of the steps by less than 1 %."""
        late, end = (abs(each) for each in self.gaps)
        return late - end <= CLOSING * end

    @property
    def settled(self) -> bool:
        """Whether both arms fell by no more than the margin in the second half of their steps."""
        return max(self.fallen) <= self.margin

    @property
    def returned(self) -> bool:
        """Whether the mixture is back: on one of the two neurons alone, or on both as copies of one."""
        copies = self.settled and self.alike >= COPIES and self.together >= SHARED
        return self.together >= ALONE or copies

    @property
    def preference(self) -> Preference:
        """What the change says, as far as it is not that of arms that still fall; a split that returns has no rest.

        The split costs something where the gap no longer closes; it gains something where besides the control no longer
        falls, because one neuron more also learns faster.
        """
        if self.returned:
            return Preference.PREFERRED
        difference = self.gaps[-1]
        if difference > self.margin and self.stands:
            return Preference.PREFERRED
        if difference < -self.margin and self.stands and self.fallen[0] <= self.margin:
            return Preference.TRAPPED
        if not (self.settled and abs(difference) <= self.margin):
            return Preference.UNDECIDED
        return Preference.INDIFFERENT

    def __repr__(self) -> str:
        means = [float(np.mean(each)) for each in (self.control, self.split)]
        other = f", {np.mean(self.otherwise):.5g} where others moved" if self.otherwise else ""
        return (
            f"ModuleSplit(neuron {self.neuron}, {', '.join(map(str, self.moved))} moved: {self.preference.name}; loss "
            f"{means[0]:.5g} as it was, {means[1]:.5g} split{other}, alike within {self.margin:.2g})"
        )
