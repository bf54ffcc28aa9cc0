"""Who shares with whom: neurons and pairs by name, each marked by whether its pairs come back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.probe.battery.base import Base
from polygenesis.probe.battery.pairs import PairCounts, opposed, pair_counts
from polygenesis.probe.battery.recurrence import FALSE_PAIRS, Recurrence
from polygenesis.probe.battery.related_starts import FALSE_BY_START, RelatedStarts

Mark = Literal["kin", "strangers", "both", "inseparable", "unknown"]
"""What the pairs of a neuron are: all come back with other seeds; none does; some do; its features cannot be told
apart by these labels, so that it does not count as shared; or the pairs could not be judged."""


@dataclass(frozen=True)
class SharedNeuron:
    """One neuron that two or more features share: its run, features by name, strongest first, and top samples.

    ``strengths``: signed weights, or the effects by which the features were selected, negative where it goes down.
    ``effective``: effective number of features (inverse participation ratio of the effects). ``purity``: the largest
    share of the 20 samples with its highest activations that has one of the features that raise it. ``p_value``: that
    it carries more than one feature. NaN where there is none.
    ``conditional``: the AUROC of each feature among the samples without the others that the neuron carries (empty for
    weights). ``signs``: ±1. ``mark``: see ``Mark``. ``copies``: other neurons of the run that are copies of this
    one. ``examples``: samples with its highest activations, highest first; empty for weights. ``told``: which of them
    have one of the features.
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
    effective: float = float("nan")
    purity: float = float("nan")
    p_value: float = float("nan")


@dataclass(frozen=True)
class SharedPair:
    """Two features that share neurons: ``counts``, one per run; the number by chance; p-value; adjusted; kin or not.

    ``first``, ``second``: their names. ``observed``: the sum of ``counts``, and ``expected``: its mean by chance.
    ``p_value``: of that many or more by chance; ``q``: adjusted for false discoveries among all pairs. ``q_start``:
    false discovery rate at which the pair starts closer than others. ``kin``: structure was found, and the pair shares
    more than chance gives (``q`` ≤ .05), or shares and starts close where related starts were found (``q_start`` ≤
    .01). NaN where there was no test. ``opposed``: neurons, of those observed, that carry the two with opposite signs:
    one raises the neuron and the other lowers it. None where all have one sign.
    """

    first: str
    second: str
    counts: tuple[int, ...]
    observed: int
    expected: float
    p_value: float
    q: float
    kin: bool
    q_start: float = float("nan")
    opposed: int | None = None


@dataclass(frozen=True, eq=False)
class PairTable:
    """The same for all pairs that share in some run, as arrays (P,), most significant first; ``counts`` (R, P).

    ``opposed`` is None where all have one sign, and in diagnoses that were stored before signs were counted.
    """

    first: Integers
    second: Integers
    counts: Integers
    expected: Floats
    p: Floats
    q: Floats
    q_start: Floats
    kin: Booleans
    opposed: Integers | None = None

    def rows(self, names: tuple[str, ...]) -> tuple[SharedPair, ...]:
        """Return one value a pair."""
        counts = self.counts.T.tolist()
        against = [None] * len(counts) if self.opposed is None else self.opposed.tolist()
        columns = (self.first, self.second, counts, self.expected, self.p, self.q, self.kin, self.q_start, against)
        return tuple(
            SharedPair(
                names[i], names[j], tuple(each), sum(each), float(e), float(p), float(q), bool(k), float(start), signs
            )
            for i, j, each, e, p, q, k, start, signs in zip(*columns, strict=True)
        )

    def kin_pairs(self) -> frozenset[tuple[int, int]]:
        """Return the pairs (i, j), i < j, that are kin."""
        return frozenset(zip(self.first[self.kin].tolist(), self.second[self.kin].tolist(), strict=True))


def pair_table(base: Base, found: Recurrence | None, related: RelatedStarts | None, structured: bool) -> PairTable:
    """List the pairs that share, kin first; ``structured``: whether structure was found, so that pairs can be kin."""
    pairs = pair_counts(list(base.carried)) if found is None else found.pairs
    size = len(pairs.first)
    expected, p, q = (np.full(size, np.nan),) * 3 if found is None else (found.chance, found.p, found.q)
    start = _by_start(pairs, related)
    close = start <= FALSE_BY_START if related is not None and related.found else np.zeros(size, dtype=bool)
    kin = ((q <= FALSE_PAIRS) | close) & structured
    order = np.lexsort((-pairs.counts.sum(axis=0), p, ~kin))
    return PairTable(
        pairs.first[order],
        pairs.second[order],
        pairs.counts[:, order],
        expected[order],
        p[order],
        q[order],
        start[order],
        kin[order],
        None if base.signs is None else opposed(pairs, base.signs)[order],
    )


def _by_start(pairs: PairCounts, related: RelatedStarts | None) -> Floats:
    """The false discovery rate of each pair by its start, (P,); NaN where starts were not compared."""
    if related is None:
        return np.full(len(pairs.first), np.nan)
    known = dict(zip(related.related, related.q, strict=True))
    return np.array([known[pair] for pair in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)])


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
