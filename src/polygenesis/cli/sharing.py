"""Which features share a neuron, as `polygenesis run` says it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from polygenesis.numerals import MINUS, counted

if TYPE_CHECKING:
    from polygenesis.arrays import Integers
    from polygenesis.detect import Census

LISTED = 5
"""Shared neurons that are printed; the others are counted."""

NAMED = 8
"""Features of one neuron that are printed."""

NOBODY = "No neuron carries two features."
BOUND = "the number of polysemantic neurons is a lower bound."


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


def sentences(shared: Sequence[dict[str, Any]], census: Census, replicates: int) -> list[str]:
    """Say who shares with whom in the first replicate in which anybody does, and what is still undecided.

    ``replicates``: of the whole run, those without a result among them.
    """
    unsettled = _unsettled(census)
    if not shared:
        return [f"No settled features share a neuron, but {unsettled}: {BOUND}" if unsettled else NOBODY]
    first = shared[0]["replicate"]
    found = [each for each in shared if each["replicate"] == first]
    where = f" in replicate {first}" if replicates > 1 else ""
    lines = [f"Features that share a neuron{where}, with the signs of their weights:"]
    lines += [f"  neuron {each['neuron']}: {_features(each)}" for each in found[:LISTED]]
    if len(found) > LISTED:
        lines.append(f"  … and {counted(len(found) - LISTED, 'more neuron')}; all of them: --json")
    return [*lines, f"There may be more, for {unsettled}: {BOUND}"] if unsettled else lines


def _unsettled(census: Census) -> str:
    """Say how many neurons are undecided, and why; nothing where all features have settled or died."""
    if not census.split_features.any():
        return ""
    why = f"{_amount(census.split_features, 'feature', 'has', 'have')} not settled on one neuron"
    if not census.undecided.any():
        return why
    return f"{_amount(census.undecided, 'neuron', 'is', 'are')} undecided, since {why}"


def _amount(counts: Integers, noun: str, one: str, more: str) -> str:
    """Write counts, one a replicate, as their mean and range, with the noun and the verb."""
    from polygenesis.detect.views import spread

    single = bool((counts == 1).all())
    return f"{spread(counts)} {noun}{'' if single else 's'} {one if single else more}"


def _features(each: dict[str, Any]) -> str:
    named = [f"{i} ({'+' if sign > 0 else MINUS})" for i, sign in zip(each["features"], each["signs"], strict=True)]
    more = len(named) - NAMED
    return ", ".join(named[:NAMED]) + (f" and {more} more" if more > 0 else "")
