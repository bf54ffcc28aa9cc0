"""Split and relax: does the loss prefer that these features share a neuron?"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from polygenesis.checks import check_weights
from polygenesis.detect import HALF, Thresholds, census
from polygenesis.errors import InputError, bad_argument
from polygenesis.probe.surgery.moving import move_features
from polygenesis.probe.surgery.objective import Objective, relax

MARGIN = 0.05
"""Change of the objective, in units of what one feature costs (J/n), below which splitting makes no difference:
a twentieth, far above rounding and unfinished relaxation, far below the 0.59 that sharing saves a duplicate."""


class Preference(enum.Enum):
    """What the loss says about a shared neuron. The value is the sentence shown to a reader."""

    INDIFFERENT = "Splitting costs nothing: the sharing was not needed."
    PREFERRED = "Splitting costs something: the loss prefers the sharing."
    TRAPPED = "Splitting gains something: the sharing is a leftover that training could not leave."


@dataclass(frozen=True)
class Split:
    """One shared neuron, split: which features moved where, and the objective J of both arms.

    ``before``: J as given; ``exact``: J right after the move, nothing trained (for opposite signs on a spare
    neuron it equals ``before``); ``control``, ``split``: J after both arms were trained on. ``returned``: the
    features came back together, so that the split is no resting place. ``grown``: no neuron was unused, and one
    was added.
    """

    neuron: int
    features: tuple[int, ...]
    moved: tuple[int, ...]
    to: int
    before: float
    exact: float
    control: float
    split: float
    unit: float
    returned: bool
    grown: bool

    @property
    def change(self) -> float:
        """J_split − J_control in units of what one feature costs: above 0 the loss prefers the sharing."""
        return (self.split - self.control) / self.unit

    @property
    def preference(self) -> Preference:
        """What the change says."""
        if self.returned or self.change > MARGIN:
            return Preference.PREFERRED
        return Preference.TRAPPED if self.change < -MARGIN else Preference.INDIFFERENT


def split_and_relax(
    weights: Any, objective: Objective, *, pairs: Sequence[tuple[int, int]] | None = None, thresholds: Thresholds = HALF
) -> list[Split]:
    """Part pairs of features that share a neuron, one at a time, train both arms on, and compare the objective.

    ``weights``: (n, m), one network. ``pairs``: (i, j) that share a neuron; by default the first of each shared
    neuron, of opposite signs where it has both. Of a pair of opposite signs, j and all of its sign on the neuron
    move together; of a pair of one sign, j alone. The move goes to an unused neuron, or to one more where none is
    unused. Raises :class:`polygenesis.InputError` for a pair that does not share.
    """
    start = np.array(check_weights("weights", weights, dimensions=2), dtype=np.float64)
    if not isinstance(objective, Objective):
        raise InputError("Argument `objective` must be an Objective (see `one_hot_objective`, `input_objective`).")
    shared = dict(census(start, thresholds).polysemantic_neurons())
    wanted = [_first_pair(carried) for carried in shared.values()] if pairs is None else list(pairs)
    moves = [_move(shared, pair) for pair in wanted]
    if not moves:
        return []
    unused = np.flatnonzero(~start.any(axis=0))
    grown = not len(unused)
    if grown:
        start = np.concatenate([start, np.zeros((len(start), 1))], axis=1)
    to = start.shape[1] - 1 if grown else int(unused[0])
    control, before = relax(objective, start), objective(start)
    unit = max(control.value / len(start), 1e-9)
    found = []
    for pair, (neuron, moved) in zip(wanted, moves, strict=True):
        apart = move_features(start, moved, to)
        arm = relax(objective, apart)
        tops = np.abs(arm.weights).argmax(axis=1)
        features = tuple(i for i, _ in shared[neuron])
        exact, returned = objective(apart), bool(tops[pair[0]] == tops[pair[1]])
        found.append(Split(neuron, features, moved, to, before, exact, control.value, arm.value, unit, returned, grown))
    return found


def _first_pair(carried: list[tuple[int, int]]) -> tuple[int, int]:
    """The first two features of opposite signs; of one sign where there is only one."""
    (first, sign), *others = carried
    opposite = [i for i, other in others if other != sign]
    return first, (opposite or [others[0][0]])[0]


def _move(shared: dict[int, list[tuple[int, int]]], pair: tuple[int, int]) -> tuple[int, tuple[int, ...]]:
    """Where a pair shares, and which features move away."""
    for neuron, carried in shared.items():
        signs = dict(carried)
        if pair[0] in signs and pair[1] in signs:
            if signs[pair[0]] == signs[pair[1]]:
                return neuron, (pair[1],)
            return neuron, tuple(i for i, sign in carried if sign == signs[pair[1]])
    raise bad_argument("pairs", "be settled features that share a neuron", pair)
