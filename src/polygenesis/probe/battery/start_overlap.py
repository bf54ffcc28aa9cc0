"""Start: do features that share a neuron at the end overlap already in the initial weights?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from polygenesis import seeds
from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.checks import floats, plain_array
from polygenesis.errors import InputError
from polygenesis.numerals import counted
from polygenesis.probe.battery.base import Base
from polygenesis.probe.battery.recurrence import LEVEL
from polygenesis.probe.evidence import Evidence, Missing, about, p_text
from polygenesis.stats import p_value

CLOSEST = 0.1
"""Share of all pairs, the closest at the start, among which the sharing ones are counted."""


@dataclass(frozen=True)
class StartOverlap:
    """How well overlap at the start tells which pairs share at the end.

    ``auc``: chance that a pair that shares overlapped more at the start than one that does not, ties half.
    ``among_closest``: share of the sharing pairs among the tenth of all pairs that were closest. ``p_value``:
    features permuted at the end, high side.
    """

    auc: float
    among_closest: float
    pairs: int
    p_value: float


def start_overlap(
    initial: Sequence[Floats], shared: Sequence[Integers], *, signed: bool, rng: np.random.Generator, draws: int = 499
) -> StartOverlap:
    """Compare the initial rows of each run (n, m) with the pairs that share at its end, (c, 2) feature indices.

    The overlap of i and j is that of their best common neuron: the least of rank_i(k) + rank_j(k) over the neurons k,
    ranks of |W_ik| from 1 for the largest; with ``signed``, over neurons where their signs differ. It says who *may*
    share, not why. All runs are ranked on their own and added up.
    """
    initial, shared = (
        [floats("initial", each) for each in initial],
        [plain_array("shared", each) for each in shared],
    )
    if not any(len(pairs) for pairs in shared):
        raise InputError("No pair shares a neuron at the end, so there is nothing to compare the start with.")
    if all(len(pairs) in (0, len(rows) * (len(rows) - 1) // 2) for rows, pairs in zip(initial, shared, strict=True)):
        raise InputError("All pairs share a neuron at the end, so there is nothing to compare the start with.")
    places = [_places(_overlaps(rows, signed)) for rows in initial]
    seen = _auc(places, shared)
    null = np.array([_auc(places, [_permuted(each, len(p), rng) for each, p in zip(shared, places, strict=True)])
                     for _ in range(draws)])  # fmt: skip
    closest = sum(
        float((p[each[:, 0], each[:, 1]] >= 1 - CLOSEST).sum()) for p, each in zip(places, shared, strict=True)
    )
    pairs = sum(len(each) for each in shared)
    return StartOverlap(seen, closest / pairs, pairs, p_value(seen, null, tail="high"))


def _overlaps(rows: Floats, signed: bool) -> Floats:
    """Minus the least sum of ranks over common neurons, (n, n)."""
    n, m = rows.shape
    ranks = np.empty((n, m))
    order = np.argsort(-np.abs(rows), axis=1)
    np.put_along_axis(ranks, order, np.arange(1, m + 1, dtype=np.float64)[None], axis=1)
    best = np.empty((n, n))
    for i in range(n):
        sums = ranks[i] + ranks
        if signed:
            sums = np.where(rows[i] * rows < 0, sums, 2 * m + 1)
        best[i] = sums.min(axis=1)
    return -best


def _places(overlaps: Floats) -> Floats:
    """Turn overlaps into mid-ranks between 0 and 1 over all pairs, (n, n) symmetric."""
    n = len(overlaps)
    i, j = np.triu_indices(n, 1)
    _, inverse, counts = np.unique(overlaps[i, j], return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - counts / 2
    places = np.zeros((n, n))
    places[i, j] = places[j, i] = (middle / len(i))[inverse]
    return places


def _auc(places: Sequence[Floats], shared: Sequence[Integers]) -> float:
    """Mean over the sharing pairs of their place among the pairs that do not share, runs weighted by pairs."""
    total = weight = 0.0
    for place, pairs in zip(places, shared, strict=True):
        every, here = len(place) * (len(place) - 1) / 2, len(pairs)
        if here and every > here:
            mean = float(place[pairs[:, 0], pairs[:, 1]].mean())
            total += here * (mean * every - here / 2) / (every - here)
            weight += here
    return total / weight if weight else float("nan")


def _permuted(pairs: Integers, n: int, rng: np.random.Generator) -> Integers:
    return np.asarray(rng.permutation(n)[pairs])


def ask(base: Base) -> Evidence | Missing:
    """Compare each run's start with the pairs that share at its end."""
    if base.initial is None:
        return Missing("start", "the start was not kept", "the weights or activations at the start", "initial")
    ends = [_pairs(each) for each in base.carried]
    if not any(0 < len(each) < len(rows) * (len(rows) - 1) // 2 for rows, each in zip(base.initial, ends, strict=True)):
        return Missing("start", "no pair shares a neuron, or all do, so that the start has nothing to tell apart")
    rng = seeds.generator(base.seed, "diagnose", "start")
    found = start_overlap(base.initial, ends, signed=base.signed, rng=rng)
    closest = (
        f"{about(found.among_closest)} of {counted(found.pairs, 'sharing pair')} among the closest tenth at the start"
    )
    tells = found.auc > 0.5 and found.p_value <= LEVEL
    said = "Overlap at the start tells" if tells else "Overlap at the start is not found to tell"
    said += " which pairs share at the end"
    return Evidence(
        "start",
        found.auc,
        "0.5 by chance",
        found.p_value,
        found.among_closest,
        f"{said}: AUC {found.auc:.2f}, 0.5 by chance ({p_text(found.p_value)}); {closest}.",
        tells,
        found,
    )


def _pairs(selected: Booleans) -> Integers:
    counts = selected.astype(np.float64) @ selected.T
    i, j = np.triu_indices(len(selected), 1)
    return np.stack([i, j], axis=1)[counts[i, j] > 0]
