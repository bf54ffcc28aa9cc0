"""Who shares with whom: neurons and pairs by name, each marked by whether its pairs come back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.probe.battery.pairs import pair_counts
from polygenesis.probe.battery.recurrence import FALSE_PAIRS, Recurrence

Mark = Literal["kin", "strangers", "both", "inseparable", "unknown"]
"""What the pairs of a neuron are: all come back with other seeds; none does; some do; its features cannot be told
apart by these labels, so that it does not count as shared; or the pairs could not be judged."""


@dataclass(frozen=True)
class SharedNeuron:
    """One neuron that two or more features share: its run, features by name, strongest first, and top samples.

    ``strengths``: signed weights, or the effects by which the features were selected. ``conditional``: the AUROC of
    each feature among the samples without the others that the neuron carries (empty for weights). ``signs``: ±1.
    ``mark``: see :data:`Mark`. ``copies``: other neurons of the run that are copies of this one. ``examples``: samples
    with its highest activations, highest first; empty for weights. ``told``: which of them have one of the features.
    """

    run: int
    neuron: int
    features: tuple[str, ...]
    strengths: tuple[float, ...]
    conditional: tuple[float, ...] = ()
    signs: tuple[int, ...] = ()
    mark: Mark = "unknown"
    copies: tuple[int, ...] = ()
    examples: tuple[str, ...] = ()
    told: tuple[bool, ...] = ()


@dataclass(frozen=True)
class SharedPair:
    """Two features that share neurons: ``counts``, one a run; how many chance gives; p-value; adjusted; kin or not.

    ``kin``: the pair shares more than chance gives, at a false discovery rate of 5 %, and the tests of pairs found
    structure. NaN where there was no test.
    """

    first: str
    second: str
    counts: tuple[int, ...]
    observed: int
    expected: float
    p_value: float
    q: float
    kin: bool


@dataclass(frozen=True, eq=False)
class PairTable:
    """The same for all pairs that share in some run, as arrays (P,), most significant first; ``counts`` (R, P)."""

    first: Integers
    second: Integers
    counts: Integers
    expected: Floats
    p: Floats
    q: Floats
    kin: Booleans

    def rows(self, names: tuple[str, ...]) -> tuple[SharedPair, ...]:
        """Return one value a pair."""
        counts = self.counts.T.tolist()
        return tuple(
            SharedPair(names[i], names[j], tuple(each), sum(each), float(e), float(p), float(q), bool(k))
            for i, j, each, e, p, q, k in zip(
                self.first, self.second, counts, self.expected, self.p, self.q, self.kin, strict=True
            )
        )

    def kin_pairs(self) -> frozenset[tuple[int, int]]:
        """Return the pairs (i, j), i < j, that are kin."""
        return frozenset(zip(self.first[self.kin].tolist(), self.second[self.kin].tolist(), strict=True))


def pair_table(carried: tuple[Booleans, ...], found: Recurrence | None, structured: bool) -> PairTable:
    """List the pairs that share; ``structured``: whether structure was found, so that pairs can be kin."""
    pairs = pair_counts(list(carried)) if found is None else found.pairs
    size = len(pairs.first)
    expected, p, q = (np.full(size, np.nan),) * 3 if found is None else (found.chance, found.p, found.q)
    order = np.lexsort((-pairs.counts.sum(axis=0), p))
    kin = (q <= FALSE_PAIRS) & structured
    return PairTable(
        pairs.first[order], pairs.second[order], pairs.counts[:, order], expected[order], p[order], q[order], kin[order]
    )


def mark(features: Iterable[int], kin: frozenset[tuple[int, int]], tested: bool) -> Mark:
    """Mark a neuron by the pairs of its features; ``tested``: whether pairs were judged at all."""
    if not tested:
        return "unknown"
    back = [pair in kin for pair in combinations(sorted(features), 2)]
    return "kin" if all(back) else "both" if any(back) else "strangers"


def parts(features: tuple[str, ...], kin: frozenset[frozenset[str]]) -> list[tuple[str, ...]]:
    """Group the features of a neuron so that kin stay together: connected by kin pairs, in the given order."""
    groups: list[list[str]] = []
    for each in features:
        near = [group for group in groups if any(frozenset((each, other)) in kin for other in group)]
        merged = [one for group in near for one in group] + [each]
        groups = [group for group in groups if group not in near] + [merged]
    return [tuple(sorted(group, key=features.index)) for group in groups]
