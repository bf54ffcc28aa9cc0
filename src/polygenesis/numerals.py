"""Numbers as a reader sees them: true minus signs, significant digits that stay, percentages as exact as known."""

from __future__ import annotations

import math
import re

MINUS = "\N{MINUS SIGN}"

LARGEST = 10_000
"""From here on a number is written whole, with a comma between thousands."""

SMALLEST = 1e-4
"""Below this a number is written with an exponent."""

_SIGN = re.compile(r"(?<![\w.)\]}%/\-–−])-(?=\.?\d|inf\b)|(?<=\d[eE])-(?=\d)")
_CODE = re.compile(r"(`[^`]*`|https?://\S+)")


def number(value: float, digits: int = 3) -> str:
    """Write a number with so many significant digits, zeros at the end included, and a true minus sign.

    >>> [number(value) for value in (1, 0.9, -0.8804, 14496.2, 6.67e-05, 0)]
    ['1.00', '0.900', '−0.880', '14,496', '6.67e−5', '0']
    """
    if value == 0 or not math.isfinite(value):
        return true_minus(f"{value:g}") if value else "0"
    size = abs(float(f"{value:.{digits}g}"))
    if size >= LARGEST:
        return true_minus(f"{value:,.0f}")
    if size < SMALLEST:
        mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
        return true_minus(f"{mantissa}e{int(exponent)}")
    return true_minus(f"{value:.{max(0, digits - 1 - math.floor(math.log10(size)))}f}")


def percent(share: float, width: float = 1.0) -> str:
    """Write a share of cases in percent, with as many decimals as an interval of this width deserves.

    >>> percent(0.829), percent(0.8379, width=0.014), percent(0)
    ('83 %', '83.8 %', '0 %')
    """
    points = 100 * abs(width)
    decimals = 1 if points == 0 else max(0, 1 - math.floor(math.log10(points)))
    text = f"{100 * share:.{decimals}f}"
    exact = text if share not in (0, 1) else f"{100 * share:.0f}"
    return true_minus(f"{exact} %")


def true_minus(text: str) -> str:
    """Write hyphens that stand for a minus as minus signs; names, ranges, addresses and `code` stay as they are.

    >>> true_minus("from -0.5 to 1e-05, seed-3, `--x -1`")
    'from −0.5 to 1e−05, seed-3, `--x -1`'
    """
    parts = _CODE.split(text)
    return "".join(part if k % 2 else _SIGN.sub(MINUS, part) for k, part in enumerate(parts))


def counted(number: int, noun: str, plural: str = "") -> str:
    """Write a number with its noun, and with commas between thousands.

    >>> counted(1, "claim"), counted(3, "study", "studies"), counted(2000, "neuron")
    ('1 claim', '3 studies', '2,000 neurons')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
