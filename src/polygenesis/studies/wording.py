"""How estimates read inside a sentence: a number, a percentage, or so many of so many, each with its interval."""

from __future__ import annotations

import math

from polygenesis import stats
from polygenesis.numerals import LARGEST, SMALLEST, number, percent, true_minus

MOST_PLACES = 6
"""No number has more decimals, however tight its margin is."""


WITHOUT_CHANCE = ("computed", "bracket", "permutation")
"""Ways of knowing a number whose bounds are no confidence interval."""


def found(estimate: stats.Estimate, resolution: float = 0.0) -> str:
    """Write a number with its interval; what was computed has bounds, or none, in place of an interval.

    ``resolution``: the smallest difference that must be seen, such as a tenth of the margin beside it; where three
    digits show it, or at 0, there are three digits.

    >>> found(stats.Estimate(1.0002, 1.0001, 1.0003, 0.9, "t", 16), 1e-4)
    '1.0002 (90 % interval 1.0001 to 1.0003)'
    >>> found(stats.Estimate(0.5, 0.4, 0.6, 0.9, "bracket", 16))
    '0.500 (between 0.400 and 0.600)'
    >>> found(stats.Estimate(2.0, 2.0, 2.0, 0.9, "computed", 1))
    '2.00'
    >>> found(stats.Estimate(0.004, 0.004, 0.004, 0.9, "permutation", 16))
    'p = 0.00400'
    >>> found(stats.Estimate(1.0, 0.988, 1.02, 0.9, "t", 16))
    '1.00 (90 % interval 0.988 to 1.02)'
    >>> found(stats.Estimate(0.92, 0.92, math.inf, 0.9, "exact", 32))
    '0.920 (90 % interval: at least 0.920)'
    """
    e, resolution = estimate, visible(estimate, resolution)
    value, lower, upper = (numeral(each, resolution) for each in (e.value, e.lower, e.upper))
    if e.method in WITHOUT_CHANCE:
        if e.lower == e.upper:
            return f"p = {value}" if e.method == "permutation" else value
        bounds = f"at least {lower}" if math.isinf(e.upper) else f"at most {upper}" if math.isinf(e.lower) else ""
        return f"{value} ({bounds or f'between {lower} and {upper}'})"
    if e.value == e.lower == 0 or math.isinf(e.lower):
        return f"{value} ({_level(e)}: at most {upper})"
    if math.isinf(e.upper):
        return f"{value} ({_level(e)}: at least {lower})"
    return f"{value} ({_level(e)} {lower} to {upper})"


def numeral(value: float, resolution: float = 0.0) -> str:
    """Write a number with three digits, or with as many as show the resolution.

    >>> numeral(1.00042), numeral(1.00042, 1e-4), numeral(0.912, 0.01), numeral(256.0, 0.05)
    ('1.00', '1.0004', '0.912', '256.00')
    """
    shown = number(value)
    if not (resolution > 0 and value and SMALLEST <= abs(value) < LARGEST):
        return shown
    places = min(math.ceil(-math.log10(resolution) - 1e-9), MOST_PLACES)
    return shown if len(shown.partition(".")[2]) >= places else true_minus(f"{value:,.{places}f}")


def visible(estimate: stats.Estimate, resolution: float) -> float:
    """Return the resolution, or a hundredth of a wide interval, beyond which no digit says anything.

    >>> visible(stats.Estimate(58.0, 50.0, 67.0, 0.9, "t", 16), 0.02)
    0.17
    """
    width = _width(estimate)
    return max(resolution, width / 100) if resolution and math.isfinite(width) else resolution


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
