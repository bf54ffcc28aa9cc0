"""How estimates read inside a sentence: a number, a percentage, or so many of so many, each with its interval."""

from __future__ import annotations

import math

from polygenesis import stats
from polygenesis.numerals import number, percent


def found(estimate: stats.Estimate) -> str:
    """Write a number with its interval.

    >>> found(stats.Estimate(1.0, 0.988, 1.02, 0.9, "t", 16))
    '1.00 (90 % interval 0.988 to 1.02)'
    >>> found(stats.Estimate(0.92, 0.92, math.inf, 0.9, "bracket", 32))
    '0.920 (90 % interval: at least 0.920)'
    """
    e = estimate
    if e.value == e.lower == 0 or math.isinf(e.lower):
        return f"{number(e.value)} ({_level(e)}: at most {number(e.upper)})"
    if math.isinf(e.upper):
        return f"{number(e.value)} ({_level(e)}: at least {number(e.lower)})"
    return f"{number(e.value)} ({_level(e)} {number(e.lower)} to {number(e.upper)})"


def share(estimate: stats.Estimate) -> str:
    """Write a share in percent with its interval.

    >>> share(stats.Estimate(0.727, 0.667, 0.781, 0.9, "exact", 200))
    '73 % (90 % interval 67 to 78 %)'
    """
    return f"{percent(estimate.value, _width(estimate))} ({_level(estimate)} {reach(estimate)})"


def tally(estimate: stats.Estimate) -> str:
    """Write what follows "7 of 8 networks": the share where it is neither 0 nor 1, and its interval.

    >>> tally(stats.Estimate(1.0, 0.829, 1.0, 0.9, "exact", 16))
    '(90 % interval: at least 83 %)'
    >>> tally(stats.Estimate(0.875, 0.529, 0.994, 0.9, "exact", 8))
    '(88 %, 90 % interval 53 to 99 %)'
    """
    if estimate.value in (0, 1):
        return f"({_level(estimate)}: {reach(estimate)})"
    return f"({percent(estimate.value, _width(estimate))}, {_level(estimate)} {reach(estimate)})"


def reach(estimate: stats.Estimate) -> str:
    """Write from where to where a share may lie; of a share of 0 or 1, one end says all.

    >>> reach(stats.Estimate(0.0, 0.0, 0.31, 0.9, "exact", 8))
    'at most 31 %'
    """
    ends = (min(max(end, 0.0), 1.0) for end in (estimate.lower, estimate.upper))
    lower, upper = (percent(end, _width(estimate)).removesuffix(" %") for end in ends)
    if estimate.value == 0:
        return f"at most {upper} %"
    return f"at least {lower} %" if estimate.value == 1 else f"{lower} to {upper} %"


def out_of(hits: int, cases: int, noun: str) -> str:
    """Write how many of how many, as one says it; ``noun`` in the plural.

    >>> [out_of(hits, 8, "networks") for hits in (0, 1, 8)]
    ['none of 8 networks', '1 of 8 networks', 'all 8 networks']
    """
    if hits == cases and cases > 1:
        return f"all {cases:,} {noun}"
    return f"{'none' if not hits else f'{hits:,}'} of {cases:,} {noun}"


def law(kind: str) -> str:
    """Write a distribution's kind inside a sentence: those named after people have a capital.

    >>> law("gaussian"), law("uniform")
    ('Gaussian', 'uniform')
    """
    return kind.capitalize() if kind in ("gaussian", "laplace") else kind


def _level(estimate: stats.Estimate) -> str:
    return f"{100 * estimate.level:g} % interval"


def _width(estimate: stats.Estimate) -> float:
    return estimate.upper - estimate.lower
