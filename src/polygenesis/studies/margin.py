"""A margin: the values that a quantity may have if a claim is true, as the numbers that are tested and printed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from polygenesis.errors import InputError
from polygenesis.numerals import MINUS, true_minus

ALPHA = 0.05
"""The largest chance of a wrong SUPPORTED, and of a wrong REFUTED: of one claim, or of any in a family."""

LEVEL = 1 - 2 * ALPHA
"""Level of the intervals that are tested and printed."""

TENTH = 0.1
"""A verdict that a change of the margin by this share would turn is *near the margin*."""


@dataclass(frozen=True)
class Margin:
    """From ``lower`` to ``upper``, in the quantity's own words; an open side is infinite.

    ``origin`` names what the numbers are measured from, where every case has its own ("the prediction"); ``unit`` what
    they are multiples of. ``least`` and ``most`` are the ends of all that the quantity can be: 0 and 1 for a share.
    ``ratio``: the quantity compares two like numbers, so that 1 says "no difference". ``scale``: what a tenth is taken
    of, where the bound says nothing of it; see :attr:`tenth`.

    >>> print(Margin.around("Count over n²/4m", 1, 0.1))
    Count over n²/4m within 1 ± 0.1
    >>> print(Margin.share("Share of features that end there", above=0.5))
    Share of features that end there at least 0.5
    """

    quantity: str
    lower: float = -math.inf
    upper: float = math.inf
    origin: str = ""
    unit: str = ""
    least: float = -math.inf
    most: float = math.inf
    ratio: bool = False
    scale: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a margin that nothing or everything would satisfy."""
        if not self.lower < self.upper or (math.isinf(self.lower) and math.isinf(self.upper)):
            raise InputError(f"A margin needs lower < upper and one finite end, but has {self.lower} and {self.upper}.")
        if self.scale < 0:
            raise InputError(f"A margin needs scale ≥ 0, but has {self.scale}.")

    @classmethod
    def around(cls, quantity: str, centre: float, width: float, *, origin: str = "", unit: str = "") -> Margin:
        """Return the margin from ``centre - width`` to ``centre + width``.

        Args:
            quantity: its name, as it stands before the numbers in a sentence.
            centre: the value that the claim states.
            width: how far the quantity may be from it, above 0.
            origin: what the numbers are measured from, in words, where every case has its own.
            unit: what the numbers are multiples of, in words.
        """
        return cls(quantity, centre - width, centre + width, origin, unit)

    @classmethod
    def above(
        cls,
        quantity: str,
        lower: float,
        *,
        origin: str = "",
        most: float = math.inf,
        ratio: bool = False,
        scale: float = 0.0,
    ) -> Margin:
        """Return a margin without an upper end.

        Args:
            quantity: its name, as it stands before the numbers in a sentence.
            lower: the least value that the claim allows.
            origin: what the bound is measured from, in words, where every case has its own.
            most: the largest value there is.
            ratio: whether the quantity compares two like numbers, so that 1 says "no difference".
            scale: what a tenth is taken of, at least 0; 0 leaves that to the bound (:attr:`tenth`).
        """
        return cls(quantity, lower=lower, origin=origin, most=most, ratio=ratio, scale=scale)

    @classmethod
    def below(
        cls,
        quantity: str,
        upper: float,
        *,
        origin: str = "",
        least: float = -math.inf,
        ratio: bool = False,
        scale: float = 0.0,
    ) -> Margin:
        """Return a margin without a lower end.

        Args:
            quantity: its name, as it stands before the numbers in a sentence.
            upper: the largest value that the claim allows.
            origin: what the bound is measured from, in words, where every case has its own.
            least: the smallest value there is.
            ratio: whether the quantity compares two like numbers, so that 1 says "no difference".
            scale: what a tenth is taken of, at least 0; 0 leaves that to the bound (:attr:`tenth`).
        """
        return cls(quantity, upper=upper, origin=origin, least=least, ratio=ratio, scale=scale)

    @classmethod
    def share(cls, quantity: str, *, above: float = -math.inf, below: float = math.inf) -> Margin:
        """Return a margin for a share of cases, which lies between 0 and 1.

        Args:
            quantity: its name, as it stands before the numbers in a sentence.
            above: the least share that the claim allows; without it that side is open.
            below: the largest share that the claim allows; without it that side is open.
        """
        return cls(quantity, above, below, least=0.0, most=1.0)

    def bounds(self, origin: float = 0.0, unit: float = 1.0) -> tuple[float, float]:
        """Return the numbers that one case is tested against: origin + unit × ``lower`` and origin + unit × ``upper``.

        Args:
            origin: what the margin is measured from in this case.
            unit: what the margin's numbers are multiples of in this case.
        """
        return origin + unit * self.lower, origin + unit * self.upper

    @property
    def tenth(self) -> float:
        """A tenth of the margin's width to either side; of the bound itself where the other side is open.

        An open margin for a ratio is measured from 1, or from 0 where that is nearer: "at most 1.05" is .05 wide.
        For a bound at 0, or at the end of all there is, it is 0: no tenth can be taken, unless there is a ``scale``.
        """
        if self.scale:
            return TENTH * self.scale
        low, high = max(self.lower, self.least), min(self.upper, self.most)
        if math.isfinite(self.lower) and math.isfinite(self.upper):
            return TENTH * (high - low) / 2
        if math.isfinite(low) and math.isfinite(high) and not self.ratio:
            return TENTH * (high - low)
        bound = self.upper if math.isinf(self.lower) else self.lower
        return TENTH * (min(abs(bound), abs(bound - 1)) if self.ratio else abs(bound))

    def moved(self, by: float) -> Margin:
        """Return the margin with its finite ends moved outwards.

        An end stays within all that the quantity can be; where the margin would be empty it stays as it is.

        Args:
            by: how far, in the margin's own numbers; negative moves the ends inwards.
        """
        lower = self.lower if math.isinf(self.lower) else min(max(self.lower - by, self.least), self.most)
        upper = self.upper if math.isinf(self.upper) else max(min(self.upper + by, self.most), self.least)
        return replace(self, lower=lower, upper=upper) if lower < upper else self

    def __str__(self) -> str:
        """Say the margin as it is tested."""
        return true_minus(f"{self.quantity} {self.reach}")

    @property
    def reach(self) -> str:
        """The numbers in words: "within 1 ± 0.1", "at least 0.5", "from 0.5 to 2"."""
        if math.isinf(self.upper):
            return f"at least {self._end(self.lower)}"
        if math.isinf(self.lower):
            return f"at most {self._end(self.upper)}"
        centre, width = (self.lower + self.upper) / 2, (self.upper - self.lower) / 2
        if abs(centre) < 1e-12 * width:
            middle = f"{self.origin} " if self.origin else ""
            return f"within {middle}± {width:g}{self._of}"
        around, ends = f"{centre:.6g} ± {width:.6g}", f"{self.lower:.6g} to {self.upper:.6g}"
        if len(around) < len(ends) + 2 and not self.origin:
            return f"within {around}{self._of}"
        return f"from {self._end(self.lower)} to {self._end(self.upper)}"

    @property
    def _of(self) -> str:
        return f" {self.unit}" if self.unit else ""

    def _end(self, value: float) -> str:
        shown = f"{abs(value):.6g}{self._of}" if value else "0"
        if not self.origin:
            return f"{MINUS}{shown}" if value < 0 else shown
        return self.origin if not value else f"{self.origin} {MINUS if value < 0 else '+'} {shown}"
