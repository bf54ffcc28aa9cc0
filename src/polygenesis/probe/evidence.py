"""Evidence: what each test found, and what could not be asked."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from polygenesis.numerals import counted


@dataclass(frozen=True)
class Evidence:
    """One test: its statistic, its null, the p-value, the effect, and the sentence.

    ``null`` is the statistic's expectation under the null, in words; ``p_value`` and ``effect`` are None where
    the test is bookkeeping. ``finding`` says whether it found what it looks for (None: it does not decide).
    ``result``: the test's own result, such as a :class:`polygenesis.probe.Recurrence`.
    """

    test: str
    statistic: float
    null: str
    p_value: float | None
    effect: float | None
    sentence: str
    finding: bool | None = None
    result: Any = field(default=None, compare=False, repr=False)


def not_counted(copies: int) -> str:
    """Say how many neurons are left out of a count because they are copies.

    >>> not_counted(1), not_counted(4)
    ('1 copy of another not counted', '4 copies of others not counted')
    """
    return f"{counted(copies, 'copy', 'copies')} of {'another' if copies == 1 else 'others'} not counted"


TINY = 1e-6
"""Percent below which no digits are written."""

NEARLY_ALL = 0.999
"""Share from which on a share that is not all is written as more than this."""


def at_least(share: float) -> str:
    """Write a lower bound in percent, rounded down to two digits."""
    return _percent(share, math.floor)


def at_most(share: float) -> str:
    """Write an upper bound in percent, rounded up to two digits."""
    return _percent(min(share, 1.0), math.ceil)


def about(share: float) -> str:
    """Write a share in percent, to two digits, or more where it would be all and is not.

    >>> at_least(0.01789), at_most(0.1402), about(0.318), about(1.0), about(0.9964)
    ('1.7 %', '15 %', '32 %', '100 %', '99.6 %')
    """
    written = _percent(share, round)
    if written != "100 %" or share >= 1:
        return written
    return f"{100 * share:.1f} %" if share < NEARLY_ALL else f"> {100 * NEARLY_ALL:g} %"


def _percent(share: float, rounding: object) -> str:
    value = 100 * share
    if value < TINY:
        return f"{TINY:f} %" if value > 0 and rounding is math.ceil else "0 %"
    digits = max(0, 1 - math.floor(math.log10(value)))
    unit = 10.0**digits
    written = rounding(round(value * unit, 9)) / unit  # type: ignore[operator]
    return f"{written:.{digits}f}".rstrip("0").rstrip(".") + " %" if digits else f"{written:.0f} %"


def more_often(ratio: float) -> str:
    """Say how much more often than by chance something was observed, from observed over expected.

    >>> more_often(1.052), more_often(2.413), more_often(float("inf"))
    ('5.2 % more often than chance gives', '2.4 times as often as chance gives', 'although chance gives none')
    """
    if math.isinf(ratio):
        return "although chance gives none"
    if ratio >= 2:
        return (
            f"{ratio:.2g} times as often as chance gives"
            if ratio < 100
            else f"{ratio:,.0f} times as often as chance gives"
        )
    return f"{about(ratio - 1)} more often than chance gives" if ratio > 1 else "more often than most draws by chance"


LEVELS = (0.01, 0.05)
"""Levels at which p-values are read: what decides, and what counts as found."""


def p_text(p: float) -> str:
    """Write a p-value to two digits; one that would round to 1 is said to be above 0.99, as p = 1 proves nothing.

    One that is above a level and would round to it has a third digit, so that nobody takes it for significant.

    >>> p_text(0.0044), p_text(0.99), p_text(0.996), p_text(1.0), p_text(0.0104)
    ('p = 0.0044', 'p = 0.99', 'p > 0.99', 'p > 0.99', 'p = 0.0104')
    """
    written = f"{p:.2g}"
    if float(written) in LEVELS and p > float(written):
        written = next((more for digits in range(3, 8) if float(more := f"{p:.{digits}g}") > float(written)), written)
    return "p > 0.99" if written == "1" else f"p = {written}"


@dataclass(frozen=True)
class Missing:
    """A question that could not be answered: the reason, what to supply, and the ``argument`` that takes it.

    ``test``: the name of the question.
    """

    test: str
    reason: str
    supply: str = ""
    argument: str = ""

    def __str__(self) -> str:
        return f"{self.test}: {self.reason}" + (f"; supply {self.supply}." if self.supply else ".")
