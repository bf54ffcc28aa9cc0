"""Distinct runs: a network beside itself says nothing of other seeds, and its pairs would come back by construction."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.errors import InputError
from polygenesis.probe.inputs.activations import Activations


def same_numbers(strengths: Sequence[Floats] | Floats) -> list[tuple[int, int]]:
    """Return the runs that have the same numbers as an earlier one, not all of them 0: (earlier, later)."""
    known: dict[bytes, int] = {}
    found = []
    for r, each in enumerate(strengths):
        first = known.setdefault(np.ascontiguousarray(each).tobytes(), r)
        found += [(first, r)] if first != r and np.any(each) else []
    return found


def check_distinct(strengths: Sequence[Floats] | Floats, sources: Sequence[Activations] = ()) -> None:
    """Refuse a network that is given twice: equal weights, or equal effects of equal activations.

    Raises :class:`polygenesis.InputError`.
    """
    twins = [(i, r) for i, r in same_numbers(strengths) if not sources or _equal(sources[i], sources[r])]
    if twins:
        more = f" (and {len(twins) - 1} more)" if len(twins) > 1 else ""
        raise InputError(
            f"Runs {twins[0][0]} and {twins[0][1]}{more} are the same network, number by number; networks of other "
            "seeds are needed, not the same again."
        )


def _equal(first: Activations, second: Activations) -> bool:
    if first is second:
        return True
    if (first.samples, first.neurons) != (second.samples, second.neurons):
        return False
    return all(np.array_equal(a, b) for (_, a), (_, b) in zip(first.blocks(), second.blocks(), strict=True))
