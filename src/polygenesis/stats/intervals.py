"""Intervals for means, counts, proportions and anything else that a bootstrap can reach."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from polygenesis.errors import bad_argument, unknown_name
from polygenesis.stats import samples
from polygenesis.stats.estimate import Estimate, pivotal

FEW = 5
"""Below this many values a t interval leans on normality that nobody can check."""

FEW_EVENTS = 10
"""Below this many events in total a log-scale interval of a mean count is rough (exact ones are not)."""

_NO_SPREAD = "All values are equal, so the interval says nothing about their spread."


def mean(sample: object, *, level: float = 0.95) -> Estimate:
    """The mean with Student's t interval; `sample` of any shape, at least two finite values.

    Args:
        sample: numbers of any shape, finite, two at least.
        level: of the interval, such as .95.
    """
    x = samples.values("sample", sample, least=2)
    samples.share("level", level)
    error = float(x.std(ddof=1)) / math.sqrt(x.size)
    caution = ""
    if error == 0:
        caution = _NO_SPREAD
    elif x.size < FEW:
        caution = f"Only {x.size} values: the interval assumes that they are normally distributed."
    return pivotal(float(x.mean()), error, x.size - 1, level, "t", x.size, caution=caution)


def mean_count(counts: object, *, level: float = 0.95) -> Estimate:
    """The mean of counts with a quasi-Poisson interval, for under-dispersed counts, where Poisson's is too wide.

    The variance is φ times the mean with φ = s²/x̄ estimated, and the interval is symmetric on the log
    scale: log x̄ ± t √(φ/(r x̄)), the interval of an intercept-only quasi-Poisson regression. Where every
    count is zero it is the exact Poisson one, which for under-dispersed counts is too wide rather than too
    narrow.

    Args:
        counts: whole numbers ≥ 0, two at least.
        level: of the interval, such as .95.

    >>> mean_count([7, 9, 8, 6, 8])
    7.6 [6.308, 9.156] (95 %, quasi-Poisson, 5 values)
    """
    x = samples.counts("counts", counts, least=2)
    samples.share("level", level)
    if not x.any():
        zero = poisson(0, exposure=x.size, level=level)
        said = "All counts are zero: exact Poisson interval, no dispersion can be estimated."
        return Estimate(0.0, 0.0, zero.upper, level, zero.method, x.size, caution=said)
    average = float(x.mean())
    error = float(x.std(ddof=1)) / (average * math.sqrt(x.size))
    caution = ""
    if error == 0:
        caution = _NO_SPREAD
    elif x.sum() < FEW_EVENTS:
        caution = f"Only {int(x.sum())} events in total: the log-scale interval is rough."
    return pivotal(average, error, x.size - 1, level, "quasi-Poisson", x.size, "log", caution)


def poisson(total: int, *, exposure: float = 1.0, level: float = 0.95) -> Estimate:
    """A Poisson rate with Garwood's exact interval: `total` events in `exposure` units.

    Args:
        total: how many events.
        exposure: in how many units.
        level: of the interval, such as .95.
    """
    from scipy import special

    samples.whole("total", total, least=0)
    samples.positive("exposure", exposure)
    tail = (1 - samples.share("level", level)) / 2
    lower = float(special.gammaincinv(total, tail)) if total else 0.0
    upper = float(special.gammaincinv(total + 1, 1 - tail))
    return Estimate(total / exposure, lower / exposure, upper / exposure, level, "exact Poisson (Garwood)", total)


def proportion(
    successes: int, trials: int, *, level: float = 0.95, method: Literal["exact", "wilson"] = "exact"
) -> Estimate:
    """A proportion with Clopper and Pearson's exact interval, or Wilson's score interval, which is shorter.

    The exact one covers at least `level` always; Wilson's covers `level` on average over the true proportion.

    Args:
        successes: how many.
        trials: of how many.
        level: of the interval, such as .95.
        method: "exact" (Clopper and Pearson) or "wilson".
    """
    from scipy import stats

    if method not in ("exact", "wilson"):
        raise unknown_name("method", method, ("exact", "wilson"))
    samples.whole("trials", trials, least=1)
    if samples.whole("successes", successes, least=0) > trials:
        raise bad_argument("successes", f"be at most trials = {trials}", successes)
    samples.share("level", level)
    found = stats.binomtest(successes, trials).proportion_ci(level, method)
    name = "Clopper-Pearson" if method == "exact" else "Wilson"
    return Estimate(successes / trials, float(found.low), float(found.high), level, name, trials)


def bootstrap(
    sample: object,
    statistic: Callable[..., Any] = np.mean,
    *,
    seed: int | np.random.Generator,
    level: float = 0.95,
    resamples: int = 9999,
) -> Estimate:
    """Any statistic of one sample with its BCa bootstrap interval (Efron 1987).

    `statistic` maps a flat array to a number. A sample without spread gives a degenerate interval, and says
    so; below 20 values BCa intervals are too short, and it says that too.

    Args:
        sample: numbers of any shape, finite, two at least.
        statistic: maps a flat array to a number; the mean by default.
        seed: a number or a NumPy generator.
        level: of the interval, such as .95.
        resamples: how many are drawn.
    """
    from scipy import stats

    x = samples.values("sample", sample, least=2)
    samples.share("level", level)
    value = float(statistic(x))
    if np.ptp(x) == 0:
        said = _NO_SPREAD
        return Estimate(value, value, value, level, "BCa bootstrap", x.size, caution=said)
    found = stats.bootstrap(
        (x,),
        statistic,
        n_resamples=resamples,
        vectorized=False,
        confidence_level=level,
        method="BCa",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    low, high = float(found.low), float(found.high)
    caution = f"Only {x.size} values: bootstrap intervals are too short." if x.size < 20 else ""
    if math.isnan(low) or math.isnan(high):
        low, high, caution = -math.inf, math.inf, "The statistic hardly varies, so BCa has no interval."
    return Estimate(value, low, high, level, "BCa bootstrap", x.size, caution=caution)


def difference(a: object, b: object, *, level: float = 0.95) -> Estimate:
    """The mean of `a` minus the mean of `b`, with Welch's interval: the spreads may differ.

    Args:
        a: one sample, flat.
        b: the other sample, flat.
        level: of the interval, such as .95.
    """
    x, y = samples.values("a", a, least=2), samples.values("b", b, least=2)
    samples.share("level", level)
    error, freedom = _welch(float(x.var(ddof=1)) / x.size, x.size, float(y.var(ddof=1)) / y.size, y.size)
    return pivotal(float(x.mean() - y.mean()), error, freedom, level, "Welch", x.size + y.size, caution=_spread(error))


def ratio(a: object, b: object, *, level: float = 0.95) -> Estimate:
    """The mean of `a` over the mean of `b`, both above zero, with a log-scale (delta method) Welch interval.

    For counts this is the two-sample quasi-Poisson interval with a dispersion of its own for each sample.

    Args:
        a: one sample, flat.
        b: the other sample, flat.
        level: of the interval, such as .95.
    """
    x, y = samples.values("a", a, least=2), samples.values("b", b, least=2)
    samples.share("level", level)
    for name, sample in (("a", x), ("b", y)):
        if sample.mean() <= 0:
            raise bad_argument(name, "have a mean above 0 to form a ratio", float(sample.mean()))
    parts = [float(s.var(ddof=1)) / s.size / float(s.mean()) ** 2 for s in (x, y)]
    error, freedom = _welch(parts[0], x.size, parts[1], y.size)
    value, size = float(x.mean() / y.mean()), x.size + y.size
    return pivotal(value, error, freedom, level, "log-scale Welch", size, "log", _spread(error))


def _welch(part_a: float, size_a: int, part_b: float, size_b: int) -> tuple[float, float]:
    """Standard error and Satterthwaite's degrees of freedom from two squared standard errors."""
    both = part_a + part_b
    if both == 0:
        return 0.0, math.inf
    return math.sqrt(both), both**2 / (part_a**2 / (size_a - 1) + part_b**2 / (size_b - 1))


def _spread(error: float) -> str:
    return "" if error > 0 else _NO_SPREAD
