"""How counts grow with sizes: quasi-Poisson power laws, ratios to a prediction, and log-log slopes of curves.

A count K with mean μ = c Π_f x_f^(e_f) and variance φμ is fitted by a generalized linear model with log
link and φ = X²/(size - parameters) (statsmodels, ``scale="X2"``). The counts of this field are
under-dispersed (φ < 1); Poisson or negative binomial intervals are too wide for them. Zero counts are data
here, which a fit to log K would have to drop. Where φ differs between cells (the slot model's rises from 1/4 at
m = n to 1 at m >> n) ask for ``robust=True``, or give `groups`.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.errors import bad_argument
from polygenesis.stats import samples
from polygenesis.stats.estimate import Estimate
from polygenesis.stats.fits import least_squares, quasi_poisson
from polygenesis.stats.intervals import poisson


@dataclasses.dataclass(frozen=True)
class PowerLaw:
    """A fitted law: mean = constant · Π factor^exponent.

    `exponents` holds an :class:`Estimate` by factor (none for factors held fixed, which are in `fixed`);
    `constant` is the factor in front, at every factor = 1, so its interval is wide unless the exponents are
    held; `dispersion` is φ, the variance over the mean; `size` counts the observations and `nonzero` those above 0;
    `caution` says when to distrust the fit.
    """

    constant: Estimate
    exponents: Mapping[str, Estimate]
    fixed: Mapping[str, float]
    dispersion: float
    size: int
    nonzero: int
    caution: str = ""

    def mean(self, **factors: object) -> Floats:
        """The fitted mean at given factors, broadcast together.

        Args:
            **factors: a value or an array above 0 for each factor of the fit, those held fixed included.

        Raises:
            polygenesis.InputError: where a factor is missing, or is none of the fit.
        """
        powers = {name: estimate.value for name, estimate in self.exponents.items()} | dict(self.fixed)
        if set(factors) != set(powers):
            raise bad_argument("factors", f"be {', '.join(sorted(powers))}", ", ".join(sorted(factors)))
        result: Floats = np.asarray(self.constant.value)
        for name, power in powers.items():
            result = result * np.asarray(factors[name], dtype=np.float64) ** power
        return result

    def __repr__(self) -> str:
        lines = [f"constant  {self.constant!r}"]
        lines += [f"{name:<8}  ^ {estimate!r}" for name, estimate in self.exponents.items()]
        lines += [f"{name:<8}  ^ {power:g} (held)" for name, power in self.fixed.items()]
        lines += [f"dispersion {self.dispersion:.3g}, {self.nonzero} of {self.size} counts above zero"]
        return "\n".join(lines + ([self.caution] if self.caution else []))

    __str__ = __repr__


@dataclasses.dataclass(frozen=True)
class LogLine:
    """A straight line in log-log coordinates, y = constant · x^slope; `spread` is the deviation of log y around it.

    `size`: number of points.
    """

    slope: Estimate
    constant: Estimate
    spread: float
    size: int


def power_law(
    counts: object,
    factors: Mapping[str, object],
    *,
    fixed: Mapping[str, float] | None = None,
    groups: object = None,
    robust: bool = False,
    level: float = 0.95,
) -> PowerLaw:
    """Fit counts = constant · Π factor^exponent by quasi-Poisson regression.

    `counts` and each factor are flat arrays of one length (factors above zero). `fixed` holds the exponents
    of some factors at given values, as in ``fixed={"n": 2, "m": -1}``, so that the constant is estimated
    alone. `groups` labels clusters of dependent counts (seeds): the intervals are then cluster-robust with
    t on clusters - 1; ``robust=True`` allows another dispersion in every cell (sandwich errors, HC1). Counts
    that are all zero give exponents that are NaN, and say so in `caution`.

    Args:
        counts: whole numbers ≥ 0, flat.
        factors: name → positive numbers, one for each count.
        fixed: exponents that are given, by name of the factor; they are not estimated.
        groups: a label for each value: values of one group (a run, a seed) are dependent.
        robust: whether every cell may have a dispersion of its own (sandwich errors, HC1).
        level: of the interval, such as .95.
    """
    k = samples.counts("counts", counts, least=2)
    samples.share("level", level)
    held = {name: samples.number(name, power) for name, power in (fixed or {}).items()}
    logs = {name: np.log(samples.above_zero(name, factor, k.size)) for name, factor in factors.items()}
    for name in held:
        if name not in logs:
            raise bad_argument("fixed", f"hold exponents of {', '.join(sorted(logs))}", name)
    free = [name for name in logs if name not in held]
    offset = np.sum([held[name] * logs[name] for name in held], axis=0) if held else np.zeros(k.size)
    if not k.any():
        return _nothing_counted(free, held, offset, level)
    design = np.column_stack([np.ones(k.size)] + [logs[name] for name in free])
    fit = quasi_poisson(k, design, offset, groups, robust)
    exponents = {name: fit.coefficient(column, level) for column, name in enumerate(free, start=1)}
    nonzero = int(np.count_nonzero(k))
    return PowerLaw(fit.factor(0, level), exponents, held, fit.spread, k.size, nonzero, fit.caution)


def ratio_to_prediction(
    counts: object, predicted: object, *, groups: object = None, robust: bool = False, level: float = 0.95
) -> Estimate:
    """Counts over what was predicted for them: Σ counts / Σ predicted, with a quasi-Poisson interval on the log scale.

    `predicted` is one positive number, or one for each count. `groups` and `robust` as in :func:`power_law`. If every
    count is zero the interval is the exact Poisson one, from 0.

    Args:
        counts: whole numbers ≥ 0, flat.
        predicted: one positive number, or one for each count.
        groups: a label for each value: values of one group (a run, a seed) are dependent.
        robust: whether every cell may have a dispersion of its own (sandwich errors, HC1).
        level: of the interval, such as .95.
    """
    k = samples.counts("counts", counts, least=2)
    samples.share("level", level)
    expected = samples.above_zero("predicted", predicted, k.size)
    if not k.any():
        zero = poisson(0, exposure=float(expected.sum()), level=level)
        said = "All counts are zero: exact Poisson interval, no dispersion can be estimated."
        return Estimate(0.0, 0.0, zero.upper, level, zero.method, k.size, caution=said)
    return quasi_poisson(k, np.ones((k.size, 1)), np.log(expected), groups, robust).factor(0, level)


def log_slope(x: object, y: object, *, groups: object = None, level: float = 0.95) -> LogLine:
    """The slope of log y on log x by least squares, with HC3 errors, or cluster-robust ones with `groups`.

    For curves without zeros (norms, losses); counts belong into :func:`power_law`. Points of one curve are
    dependent: give the run as `groups`, or the interval is too short.

    Args:
        x: positive, flat.
        y: positive, as many.
        groups: a label for each value: values of one group (a run, a seed) are dependent.
        level: of the interval, such as .95.
    """
    ordinate = samples.values("y", y, least=3)
    logs = [np.log(samples.above_zero(name, v, ordinate.size)) for name, v in (("x", x), ("y", ordinate))]
    samples.share("level", level)
    fit = least_squares(logs[1], np.column_stack([np.ones(ordinate.size), logs[0]]), groups)
    return LogLine(fit.coefficient(1, level), fit.factor(0, level), fit.spread, fit.size)


def _nothing_counted(free: list[str], held: Mapping[str, float], offset: Floats, level: float) -> PowerLaw:
    said = "All counts are zero: no exponent or dispersion can be estimated."
    unknown = Estimate(math.nan, -math.inf, math.inf, level, "none", offset.size, caution=said)
    zero = poisson(0, exposure=float(np.exp(offset).sum()), level=level)
    upper = math.inf if free else zero.upper
    constant = Estimate(0.0, 0.0, upper, level, zero.method, offset.size, caution=said)
    return PowerLaw(constant, dict.fromkeys(free, unknown), held, math.nan, offset.size, 0, said)
