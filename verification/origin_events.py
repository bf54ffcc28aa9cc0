"""What is counted in the table of error rates, and the kinds of its rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from error_rates import Count, Outcome, Rate, Row

LEVEL = 5
"""Five times as many sets where the question is a level: of 200 sets a test at 5 % rejects 2 to 8 % often enough."""

NEURONS = 0.25
"""A quarter of the sets where every set counts hundreds of neurons."""

HALF = 0.5
"""Half of the sets where five networks are trained for a second each time and rates are far from their bounds."""

# Events


def origins(*names: str) -> Count:
    return lambda found: (sum(each["origin"] in names for each in found), len(found))


def rejected(test: str) -> Count:
    """p ≤ .05 of a test, where it was asked."""

    def count(found: list[Outcome]) -> tuple[int, int]:
        asked = [each["p"][test] for each in found if test in each["p"]]
        return sum(p <= 0.05 for p in asked), len(asked)

    return count


def summed(key: str, hits: int, trials: int) -> Count:
    def count(found: list[Outcome]) -> tuple[int, int]:
        each = [one[key] for one in found if one.get(key) is not None]
        return sum(one[hits] for one in each), sum(one[trials] for one in each)

    return count


def false_kin(found: list[Outcome]) -> tuple[int, int]:
    false = sum(each["kin"][2] for each in found)
    return false, false + sum(each["kin"][0] for each in found)


def bound(end: int, below: bool) -> Count:
    """How often an end of the structured share's interval is on the right side of the true share."""

    def count(found: list[Outcome]) -> tuple[int, int]:
        known = [(each["structured"][end], each["true share"]) for each in found if each.get("structured")]
        known = [(bound, truth) for bound, truth in known if truth is not None]
        return sum(bound <= truth if below else bound >= truth for bound, truth in known), len(known)

    return count


def says(*words: str) -> Count:
    return lambda found: (sum(any(w in each["sentence"] for w in words) for each in found), len(found))


def some_forced(found: list[Outcome]) -> tuple[int, int]:
    """Sentences that say so, beside a bound above 0."""
    return sum("forced" in each["sentence"] and (each["forced"] or [0])[0] > 0 for each in found), len(found)


def preferred(value: float) -> Count:
    return lambda found: (sum((each["preferred"] or [None])[0] == value for each in found), len(found))


WITH_STRUCTURE = origins("STRUCTURED", "PARTLY_STRUCTURED")
STRUCTURED = "STRUCTURED or PARTLY_STRUCTURED"
PAIRS = (
    Rate("recurrence over seeds, p ≤ .05", rejected("recurrence over seeds"), most=0.05),
    Rate("related starts, p ≤ .05", rejected("related starts"), most=0.05),
)
"""Levels of the tests of pairs, where nothing comes back."""

SAME_PAIRS = tuple(replace(each, most=None, same=True) for each in PAIRS)
NO_STRUCTURE = Rate(STRUCTURED, WITH_STRUCTURE, most=0.02)
COMPATIBLE = Rate("COMPATIBLE", origins("COMPATIBLE"))
BOUNDS = (
    Rate("lower bound below the true share", bound(1, below=True), least=0.95),
    Rate("upper bound above the true share", bound(2, below=False), least=0.95),
)
NAMED = "planted pairs named"


def chance_row(
    name: str, make: Any, *, least: float | None = None, sets: float = LEVEL, pairs: tuple[Rate, ...] = PAIRS,
    more: tuple[Rate, ...] = (),
) -> Row:  # fmt: skip
    """Networks in which nothing comes back; ``least``: of INCIDENTAL; ``pairs``: the tests that can be asked."""
    incidental = Rate("INCIDENTAL", origins("INCIDENTAL"), least=least)
    return Row(name, make, (NO_STRUCTURE, incidental, COMPATIBLE, *pairs, *more), sets)


def structure_row(name: str, make: Any, *, named: float | None, found: float | None = 0.95, **options: Any) -> Row:
    rates = (
        Rate(STRUCTURED, WITH_STRUCTURE, least=found),
        Rate(NAMED, summed("kin", 0, 1), least=named),
        Rate("false among the pairs named", false_kin, most=0.05),
    )
    return Row(name, make, rates, **options)


def beside_row(row: Row, name: str, make: Any, base: str, **options: Any) -> Row:
    """The same row with a nuisance: each rate within 5 points."""
    rates = tuple(replace(each, least=None, most=None, same=True) for each in row.rates)
    return replace(row, name=name, make=make, rates=rates, beside=base, **options)
