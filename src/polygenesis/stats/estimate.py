"""An estimated number: its interval, how that was made, and when to distrust it."""

from __future__ import annotations

import dataclasses
import math
from typing import Literal

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.errors import bad_argument
from polygenesis.stats import samples


@dataclasses.dataclass(frozen=True)
class Estimate:
    """A number with its interval at `level`, the `method` behind it and the `size` of its sample.

    `value` is the number, and the interval is from `lower` to `upper`.
    `caution` is empty, or one sentence that says why to distrust the interval. Where the interval is that
    of a t (or normal) statistic, `error` is its standard error, `freedom` its degrees of freedom (inf:
    normal) and `scale` says on what scale it is symmetric: then :meth:`at` can give another level.
    Otherwise `error` is None. `fixed` is the part of `error` that stays however large the sample is.
    Of a percentile interval `draws` are the resampled values, from which other levels and p-values follow.

    >>> Estimate(0.98, 0.95, 1.01, 0.95, "quasi-Poisson", 16)
    0.98 [0.95, 1.01] (95 %, quasi-Poisson, 16 values)
    """

    value: float
    lower: float
    upper: float
    level: float
    method: str
    size: int
    error: float | None = None
    freedom: float = math.inf
    scale: Literal["linear", "log"] = "linear"
    caution: str = ""
    fixed: float = 0.0
    draws: Floats | None = dataclasses.field(default=None, compare=False)

    def at(self, level: float) -> Estimate:
        """The same estimate with its interval at another level.

        Args:
            level: confidence level, in (0, 1).

        Raises:
            polygenesis.InputError: where another level is not known, because there is neither ``error`` nor ``draws``.
        """
        samples.share("level", level)
        if math.isclose(level, self.level):
            return self
        if self.draws is not None:
            return percentile(self.value, self.draws, level, self.method, self.size, self.caution)
        if self.error is None:
            raise bad_argument("level", f"be {self.level:g}, the level this interval was made at", level)
        e = pivotal(self.value, self.error, self.freedom, level, self.method, self.size, self.scale, self.caution)
        return dataclasses.replace(e, fixed=self.fixed)

    def covers(self, value: float) -> bool:
        """Whether the interval holds the value.

        Args:
            value: any number; both ends count as inside.
        """
        return self.lower <= value <= self.upper

    def chance_below(self, bound: float) -> float:
        """One-sided p-value of "the truth is at most `bound`": small when the estimate is clearly above it.

        Of a percentile interval: the share of draws that are not above it, the estimate counted in.

        Args:
            bound: any number, on the scale of ``value``; inf gives 1 and −inf 0.

        Raises:
            polygenesis.InputError: where there is neither ``error`` nor ``draws``.
        """
        from scipy import special

        if self.draws is not None and math.isfinite(bound):
            return (1 + int(np.sum(~(self.draws > bound)))) / (1 + self.draws.size)
        statistic = self._statistic(bound)
        if math.isinf(statistic):
            return 0.0 if statistic > 0 else 1.0
        return float(special.stdtr(self.freedom, -statistic))

    def chance_above(self, bound: float) -> float:
        """One-sided p-value of "the truth is at least `bound`": small when the estimate is clearly below it.

        Of a percentile interval: the share of draws that are not below it, the estimate counted in.

        Args:
            bound: any number, on the scale of ``value``; inf gives 0 and −inf 1.

        Raises:
            polygenesis.InputError: where there is neither ``error`` nor ``draws``.
        """
        from scipy import special

        if self.draws is not None and math.isfinite(bound):
            return (1 + int(np.sum(~(self.draws < bound)))) / (1 + self.draws.size)
        statistic = self._statistic(bound)
        if math.isinf(statistic):
            return 1.0 if statistic > 0 else 0.0
        return float(special.stdtr(self.freedom, statistic))

    def _statistic(self, bound: float) -> float:
        """(estimate - bound)/error on the scale where the interval is symmetric."""
        if self.error is None and self.draws is None:
            raise bad_argument("estimate", "have a standard error or resampled values", self.method)
        if self.scale == "log" and bound <= 0:
            return math.inf
        if math.isinf(bound) or self.error is None:
            return -math.copysign(math.inf, bound)
        gap = math.log(self.value / bound) if self.scale == "log" else self.value - bound
        if self.error == 0:
            return math.copysign(math.inf, gap)
        return gap / self.error

    def __repr__(self) -> str:
        note = f"; {self.caution}" if self.caution else ""
        how = f"{100 * self.level:g} %, {self.method}, {self.size} values"
        return f"{self.value:.4g} [{self.lower:.4g}, {self.upper:.4g}] ({how}){note}"

    __str__ = __repr__


def percentile(value: float, draws: Floats, level: float, method: str, size: int, caution: str = "") -> Estimate:
    """Return the estimate whose interval is from one quantile of resampled values to another.

    Args:
        value: the number itself.
        draws: the number in each resample, (B,). NaN is ignored for the interval, and counts against both sides in
            p-values.
        level: confidence level, in (0, 1).
        method: how the draws were made, in a few words.
        size: how many cases the number is of.
        caution: what speaks against the interval.

    Example:
        >>> percentile(0.5, np.linspace(0, 1, 101), 0.9, "bootstrap", 20)
        0.5 [0.05, 0.95] (90 %, bootstrap, 20 values)
    """
    lower, upper = (float(q) for q in np.nanquantile(draws, [(1 - level) / 2, (1 + level) / 2]))
    return Estimate(value, lower, upper, level, method, size, caution=caution, draws=draws)


def pivotal(
    value: float,
    error: float,
    freedom: float,
    level: float,
    method: str,
    size: int,
    scale: Literal["linear", "log"] = "linear",
    caution: str = "",
) -> Estimate:
    """The estimate whose interval is value ± t·error, or value·exp(± t·error) on the log scale."""
    from scipy import special

    reach = float(special.stdtrit(freedom, (1 + level) / 2)) * error
    if scale == "log":
        lower, upper = value * math.exp(-reach), value * math.exp(min(reach, 700.0))
    else:
        lower, upper = value - reach, value + reach
    return Estimate(value, lower, upper, level, method, size, error, freedom, scale, caution)
