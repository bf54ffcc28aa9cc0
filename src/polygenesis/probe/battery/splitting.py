"""Split and relax as evidence: does the loss prefer that these features share?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from polygenesis.detect import shared_pairs
from polygenesis.errors import InputError
from polygenesis.numerals import counted
from polygenesis.probe.battery.base import Base
from polygenesis.probe.evidence import Evidence, Missing
from polygenesis.probe.surgery.module_split import ModuleSplit
from polygenesis.probe.surgery.split_and_relax import Preference, Split, split_and_relax

TEST = "split and relax"

NOT_SPLIT = "`splits` is 0, so that no neuron was split"
"""Why the loss was not asked although it is known."""


@dataclass(frozen=True)
class Splits:
    """The neurons that were split and trained on, as (run, split); ``recurring``: whether these pairs recur."""

    tried: tuple[tuple[int, Split | ModuleSplit], ...]
    recurring: bool

    def count(self, preference: Preference) -> int:
        """Number of splits with one preference."""
        return sum(each.preference is preference for _, each in self.tried)

    @property
    def decided(self) -> int:
        """Number of splits of which the loss said something."""
        return len(self.tried) - self.count(Preference.UNDECIDED)


def ask(base: Base) -> Evidence | Missing:
    """Part pairs that stand out (or any that share, if none does), train both arms on, say what the loss prefers."""
    if base.weights is None or (base.objective is None and base.run is None):
        if base.weights is None:
            return Missing(TEST, "the loss is not known", "the module and the loss that it was trained on", "loss")
        return Missing(TEST, "the loss is not known", "the loss that the weights were trained on", "objective")
    if not base.census.polysemantic.any():
        return Missing(TEST, "no neuron carries two settled features")
    if not base.splits:
        return Missing(TEST, NOT_SPLIT)
    try:
        found = _splits(base)
    except InputError as error:  # a run whose loss cannot be evaluated, or whose neurons cannot be parted
        return Missing(TEST, str(error).rstrip("."))
    if not found.tried:
        which = "that stand out" if base.standing_out else "that share"
        return Missing(TEST, f"none of the pairs {which} shares a neuron that can be parted")
    return evidence(found)


def _splits(base: Base) -> Splits:
    found: list[tuple[int, Split]] = []
    sharing = shared_pairs(base.census)
    for r in range(base.runs):
        budget = base.splits // base.runs + (r < base.splits % base.runs)
        rows = sharing.replicate == r
        here = list(zip(sharing.first[rows].tolist(), sharing.second[rows].tolist(), strict=True))
        pairs = [pair for pair in base.standing_out if pair in set(here)] if base.standing_out else here
        found += [(r, one) for one in _split(base, r, pairs[:budget])]
    return Splits(tuple(found), bool(base.standing_out))


def _split(base: Base, r: int, pairs: Sequence[tuple[int, int]]) -> list[Split]:
    """Part pairs of one run: by the given loss, or by the run's own."""
    if not pairs:
        return []
    if base.objective is None:
        return split_and_relax(base.run, replicate=base.rows[r], pairs=pairs, thresholds=base.census.thresholds)
    assert base.weights is not None
    return split_and_relax(base.weights[r], base.objective, pairs=pairs, thresholds=base.census.thresholds)


def evidence(found: Splits) -> Evidence:
    """Say what the loss prefers, of all that were split and trained on."""
    preferred, trapped = found.count(Preference.PREFERRED), found.count(Preference.TRAPPED)
    undecided, tried = found.count(Preference.UNDECIDED), len(found.tried)
    change = float(np.median([one.change for _, one in found.tried]))
    noun = "pair" if found.recurring else "pair or neuron"
    plural = "pairs that stand out" if found.recurring else "pairs or neurons that share"
    which = counted(tried, f"{noun} that {'stands out' if found.recurring else 'shares'}", plural)
    said = (
        f"Of {which}, parted and trained on, the loss prefers {preferred} as they were, "
        f"is indifferent to {tried - preferred - trapped - undecided}, and gains from parting {trapped} "
        f"(median change {_signed(change)} of what one feature costs)"
        + (f"; {undecided} had not come to rest" if undecided else "")
        + _by(found)
    )
    grown = (
        " A neuron was added, as none was unused." if any(getattr(one, "grown", True) for _, one in found.tried) else ""
    )
    return Evidence(
        TEST, preferred / tried, "0 when indifferent", None, change, f"{said}.{grown}", 2 * preferred > tried, found
    )


def _signed(change: float) -> str:
    """Write a change with its sign, and none where it is written as nothing."""
    return "0" if abs(change) < 5e-4 else f"{change:+.3f}"


def _by(found: Splits) -> str:
    """Say by which loss, where it has a name."""
    names = {getattr(one, "objective", "") for _, one in found.tried} - {""}
    return f"; judged by {' and '.join(sorted(names))}" if names else ""
