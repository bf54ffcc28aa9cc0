"""Distinct runs: a network beside itself says nothing of other seeds, and its pairs would come back by construction."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from polygenesis import seeds
from polygenesis.arrays import Floats, Weights
from polygenesis.errors import InputError
from polygenesis.probe.inputs.activations import Activations
from polygenesis.probe.inputs.labels import Labels

CLOSE = 1e-4
"""Standard deviations within which projections of the same neurons agree: what half precision leaves of them."""

ROUNDING = 1e-12
"""Share of a neuron's largest activation below which its standard deviation is rounding."""

MOST_SAMPLES = 1024
"""Samples, evenly spaced, on which activations are compared with labels."""

Twins = list[tuple[int, int]]
"""Runs and an earlier one each that they repeat: (earlier, later)."""


def same_numbers(strengths: Sequence[Floats] | Floats) -> Twins:
    """Return the runs that have the same numbers as an earlier one, not all of them 0: (earlier, later)."""
    known: dict[bytes, int] = {}
    found = []
    for r, each in enumerate(strengths):
        first = known.setdefault(np.ascontiguousarray(each).tobytes(), r)
        found += [(first, r)] if first != r and np.any(each) else []
    return found


def same_neurons(weights: Weights) -> Twins:
    """Return the runs whose weights (R, n, m) are those of an earlier one but for the order and signs of neurons."""
    sizes = [np.sort(np.abs(each).sum(axis=0, dtype=np.float64)) for each in weights]
    near = [r for r, one in enumerate(sizes) if sum(_close(one, other, 1e-3) for other in sizes) > 1]
    return [(near[i], near[r]) for i, r in same_numbers([_in_order(weights[r]) for r in near])]


def same_activations(strengths: Sequence[Floats] | Floats, sources: Sequence[Activations]) -> Twins:
    """Return the runs whose neurons are those of an earlier one but for their order, scale, sign and offset.

    ``strengths``: their effects, (n, m) each, which none of this changes but in sign; only runs where these agree are
    read again.
    """
    effects = [np.sort(np.abs(np.nan_to_num(each)).sum(axis=0)) for each in strengths]
    known: dict[int, Floats] = {}
    found: Twins = []
    for r in range(1, len(effects)):
        near = [s for s in range(r) if _comparable(sources[s], sources[r]) and _close(effects[s], effects[r], 1e-3)]
        for each in (*near, *([r] if near else [])):
            known[each] = known[each] if each in known else _projected(sources[each])
        first = next((s for s in near if _close(known[s], known[r], CLOSE)), None)
        found += [] if first is None else [(first, r)]
    return found


def check_distinct(strengths: Sequence[Floats] | Floats, sources: Sequence[Activations] = ()) -> None:
    """Refuse a network that is given twice: equal weights, or equal effects of equal activations.

    Raises :class:`polygenesis.InputError`.
    """
    twins = [(i, r) for i, r in same_numbers(strengths) if not sources or _equal(sources[i], sources[r])]
    if twins:
        raise InputError(f"{same(twins)} are the same network, number by number; {NEEDED}")


def rearranged(twins: Twins, sources: Sequence[Activations], labels: Sequence[Labels]) -> Twins:
    """Return the twins that are one network, whose neurons are in another order, or of another scale or sign.

    Activations that depend on labels alone can be equal in two networks: those are left out.
    """
    return [each for each in twins if not _of_labels_alone(sources[each[1]], labels[each[1]])]


NEEDED = "networks of other seeds are needed, not the same again."
"""What to bring instead of a network that is given twice."""


def same(twins: Twins) -> str:
    """Name the first two runs that are the same, and say how many more there are."""
    more = f" (and {len(twins) - 1} more)" if len(twins) > 1 else ""
    return f"Runs {twins[0][0]} and {twins[0][1]}{more}"


def _equal(first: Activations, second: Activations) -> bool:
    if first is second:
        return True
    if not _comparable(first, second):
        return False
    return all(np.array_equal(a, b) for (_, a), (_, b) in zip(first.blocks(), second.blocks(), strict=True))


def _comparable(first: Activations, second: Activations) -> bool:
    return (first.samples, first.neurons) == (second.samples, second.neurons)


def _in_order(weights: Floats) -> Floats:
    """The columns of one run in an order and with signs of their own, so that equal networks are equal arrays."""
    first = np.argmax(weights != 0, axis=0)
    turned = weights * np.where(weights[first, np.arange(weights.shape[1])] < 0, -1.0, 1.0) + 0.0
    return np.asarray(turned[:, np.lexsort(turned)])


def _close(first: Floats, second: Floats, tolerance: float) -> bool:
    return first.shape == second.shape and bool(np.allclose(first, second, rtol=0, atol=tolerance))


def _projected(source: Activations) -> Floats:
    """Sizes of two random projections of the neurons' standardized activations, in order, (2, m)."""
    directions = seeds.generator(0, "diagnose", "distinct").standard_normal((source.samples, 2)) / source.samples**0.5
    found = np.zeros((2, source.neurons))
    for first, block in source.blocks():
        rows = np.asarray(block, dtype=np.float64)
        rows = rows - rows.mean(axis=1, keepdims=True)
        spread = rows.std(axis=1)
        spread[spread <= ROUNDING * np.abs(block).max(axis=1, initial=0)] = np.inf
        found[:, first : first + len(rows)] = np.abs(rows @ directions).T / spread
    return np.sort(found, axis=1)


def _of_labels_alone(source: Activations, labels: Labels) -> bool:
    """Whether samples with the same labels have the same activations, as in neurons that were made up without noise."""
    count = min(source.samples, MOST_SAMPLES)
    at = np.arange(count) * source.samples // count
    rows = labels.rows(at)
    _, group = np.unique(np.packbits(rows, axis=1), axis=0, return_inverse=True)
    order = np.argsort(group.ravel(), kind="stable")
    same_group = np.diff(group.ravel()[order]) == 0
    return all(bool((np.diff(block[:, at[order]], axis=1)[:, same_group] == 0).all()) for _, block in source.blocks())
