"""Split and relax: does the loss prefer that these features share a neuron?"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from polygenesis.detect import HALF, Thresholds, census
from polygenesis.errors import InputError, bad_argument
from polygenesis.probe.surgery.network import Subject, is_run, of_run, of_weights
from polygenesis.probe.surgery.neurons import Network
from polygenesis.probe.surgery.relaxing import Descent, descend, stacked, total

MARGIN = 0.05
"""Change of the objective, in units of what one feature costs (J/n), below which splitting makes no difference:
a twentieth, far above rounding and unfinished relaxation, far below the 0.59 that sharing saves a duplicate."""

STEPS, WORK = 20_000, 1e12
"""Most steps of training on, and the multiplications that all arms together may take."""


class Preference(enum.Enum):
    """Whether the loss prefers a shared neuron. The value is the sentence shown to a reader."""

    INDIFFERENT = "Splitting costs nothing: the sharing was not needed."
    PREFERRED = "Splitting costs something: the loss prefers the sharing."
    TRAPPED = "Splitting gains something: the sharing is a leftover that training could not leave."
    UNDECIDED = "The loss still fell when training on ended, so that no preference can be told; give more steps."


@dataclass(frozen=True)
class Split:
    """One split shared neuron: which features moved where, and the objective J with and without the split.

    ``before``: J as given; ``exact``: J right after the move, nothing trained (for opposite signs on a spare
    neuron it equals ``before``); ``control``, ``split``: J after both arms were trained on. ``unit``: what one feature
    costs, J/n of the control. ``returned``: the features came back together, so that the split is no resting place.
    ``grown``: no neuron was unused, and one was added. ``settled``: both arms came to rest, or fell in the second half
    of their steps by less than would make a difference. ``stayed``: the features still shared in the control arm, so
    that the sharing itself is a resting place. ``objective``: the name of the loss that judged.
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
    settled: bool = True
    stayed: bool = True
    objective: str = ""

    @property
    def change(self) -> float:
        """J_split − J_control in units of what one feature costs: above 0 the loss prefers the sharing."""
        return (self.split - self.control) / self.unit

    @property
    def preference(self) -> Preference:
        """What the change says, of arms that have settled.

        Without a penalty cross-entropy falls for ever, and faster with one neuron more: a head start is no preference.
        """
        if self.returned:
            return Preference.PREFERRED
        if not self.settled:
            return Preference.UNDECIDED
        if self.change > MARGIN:
            return Preference.PREFERRED
        return Preference.TRAPPED if self.change < -MARGIN else Preference.INDIFFERENT


def split_and_relax(
    network: Any,
    objective: Any = None,
    *,
    replicate: int = 0,
    reading: str | None = None,
    pairs: Sequence[tuple[int, int]] | None = None,
    thresholds: Thresholds = HALF,
    steps: int | None = None,
) -> list[Split]:
    """Split pairs of features that share a neuron, one at a time, train with and without the split, and compare J.

    ``network``: weights (n, m) of one tied code with their ``objective``, or a :class:`polygenesis.Run`, of which one
    ``replicate`` is judged by the loss that it was trained on itself (:func:`run_objective`), on the neurons of one
    ``reading`` (by default the model's first). ``pairs``: (i, j) that share a neuron; by default the first of each
    shared neuron, of opposite signs where it has both. Of a pair of opposite signs, j and all of its sign on the neuron
    move together; of a pair of one sign, j alone. The move goes to an unused neuron, or to one more where none is
    unused. Both arms have the same room and are trained on in the same steps, ``steps`` at most. Raises
    :class:`polygenesis.InputError` for a pair that does not share, and with the reason for a run that cannot be judged
    (see :func:`run_objective`). A module is asked by :func:`split_and_relax_module`.

    Args:
        network: weights (n, m) of one tied code, or a :class:`polygenesis.Run`.
        objective: the loss of these weights; a run brings its own.
        replicate: which network of a run.
        reading: which matrix of the model, by default its first.
        pairs: (i, j) that share a neuron; by default the first pair of each shared neuron.
        thresholds: from which weight on a neuron carries a feature.
        steps: the most that each arm is trained.

    >>> from polygenesis.probe import one_hot_objective
    >>> [found] = split_and_relax([[1.0, 0.0], [-1.0, 0.0]], one_hot_objective(0.05))
    >>> found.preference.name
    'INDIFFERENT'
    """
    subject = _subject(network, objective, replicate, reading)
    matrix = subject.read(subject.network)
    shared = dict(census(matrix, thresholds).polysemantic_neurons())
    wanted = [_first_pair(carried) for carried in shared.values()] if pairs is None else list(pairs)
    moves = [_move(shared, pair) for pair in wanted]
    if not moves:
        return []
    start, to, grown = subject.with_room()
    arms = [start, *(_apart(subject, start, *move, to) for move in moves)]
    exact = total(subject.objective, stacked(*arms))
    end = descend(subject.objective, stacked(*arms), steps=_steps(subject, len(arms), steps))
    unit = max(float(end.value[0]) / len(matrix), 1e-9)
    together = [
        _Together(subject, end, thresholds, pair, (neuron, to)) for pair, (neuron, _) in zip(wanted, moves, strict=True)
    ]
    return [
        Split(
            neuron=neuron,
            features=tuple(i for i, _ in shared[neuron]),
            moved=moved,
            to=to,
            before=float(exact[0]),
            exact=float(exact[arm]),
            control=float(end.value[0]),
            split=float(end.value[arm]),
            unit=unit,
            returned=each.in_arm(arm),
            grown=grown,
            settled=bool((end.settled | (end.fallen < MARGIN * unit / 2))[[0, arm]].all()),
            stayed=each.in_arm(0),
            objective=subject.objective.name,
        )
        for arm, ((neuron, moved), each) in enumerate(zip(moves, together, strict=True), start=1)
    ]


def _subject(network: Any, objective: Any, replicate: int, reading: str | None) -> Subject:
    if not (is_run(network) or isinstance(network, Subject)):
        return of_weights(network, objective)
    if objective is not None:
        raise InputError(
            "Argument `objective` must be left out for a run: it is judged by the loss that it was trained on."
        )
    return network if isinstance(network, Subject) else of_run(network, replicate, reading)


def _steps(subject: Subject, arms: int, steps: int | None) -> int:
    """As many steps as asked for, or as the work allows."""
    if steps is not None:
        return steps
    work = getattr(subject.objective, "work", 0.0) * arms
    return int(min(STEPS, max(STEPS / 20, WORK / work))) if work else STEPS


def _apart(subject: Subject, start: Network, neuron: int, moved: tuple[int, ...], to: int) -> Network:
    return subject.surroundings.moved(start, neuron, moved, to)


@dataclass(frozen=True, eq=False)
class _Together:
    """Whether a pair of features shares a neuron after training on."""

    subject: Subject
    end: Descent
    thresholds: Thresholds
    pair: tuple[int, int]
    neurons: tuple[int, int]

    def in_arm(self, arm: int) -> bool:
        """Of one neuron a feature: whether both lead on the same; of several: whether one of the two carries both."""
        matrix = self.subject.read({name: value[arm] for name, value in self.end.stack.items()})
        if self.thresholds.distributed:
            carried = census(matrix, self.thresholds).carried[0][list(self.pair)][:, list(self.neurons)]
            return bool(carried.all(axis=0).any())
        tops = np.abs(matrix[list(self.pair)]).argmax(axis=1)
        return bool(tops[0] == tops[1])


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
