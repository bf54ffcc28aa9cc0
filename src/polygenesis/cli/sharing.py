"""Which features share a neuron, as `polygenesis run` says it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from polygenesis.numerals import MINUS, counted

if TYPE_CHECKING:
    from polygenesis.detect import Census

LISTED = 5
"""Shared neurons that are printed; the others are counted."""

NAMED = 8
"""Features of one neuron that are printed."""


def sharing(census: Census, numbers: Sequence[int]) -> list[dict[str, Any]]:
    """Return one record a shared neuron; ``numbers``: the replicates that the census counted.

    >>> from polygenesis.detect import census
    >>> sharing(census([[1.0, 0.0], [-1.0, 0.0]]), [3])
    [{'replicate': 3, 'neuron': 0, 'features': [0, 1], 'signs': [1, -1]}]
    """
    return [
        {"replicate": number, "neuron": neuron, "features": [i for i, _ in carried], "signs": [s for _, s in carried]}
        for place, number in enumerate(numbers)
        for neuron, carried in census.polysemantic_neurons(place)
    ]


def sentences(shared: Sequence[dict[str, Any]], replicates: int) -> list[str]:
    """Say who shares with whom in the first replicate in which anybody does."""
    if not shared:
        return ["No neuron carries two features."]
    first = shared[0]["replicate"]
    found = [each for each in shared if each["replicate"] == first]
    where = f" in replicate {first}" if replicates > 1 else ""
    lines = [f"Features that share a neuron{where}, with the signs of their weights:"]
    lines += [f"  neuron {each['neuron']}: {_features(each)}" for each in found[:LISTED]]
    if len(found) > LISTED:
        lines.append(f"  … and {counted(len(found) - LISTED, 'more neuron')}; all of them: --json")
    return lines


def _features(each: dict[str, Any]) -> str:
    named = [f"{i} ({'+' if sign > 0 else MINUS})" for i, sign in zip(each["features"], each["signs"], strict=True)]
    more = len(named) - NAMED
    return ", ".join(named[:NAMED]) + (f" and {more} more" if more > 0 else "")
