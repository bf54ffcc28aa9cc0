"""Permutations and clustered bootstraps, with every random number from an explicit seed."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from polygenesis.arrays import Floats
from polygenesis.errors import bad_argument, unknown_name
from polygenesis.stats import samples
from polygenesis.stats.estimate import Estimate, percentile

Tail = Literal["high", "low", "two-sided"]

FEW_CLUSTERS = 20
"""Below this many clusters a bootstrap over clusters gives intervals that are too short."""


@dataclasses.dataclass(frozen=True)
class PermutationTest:
    """An observed statistic, the mean of its null distribution, and the p-value, never below 1/(resamples + 1).

    `statistic` is the observed one, `expected` that mean, and `tail` says on which side `p_value` counts.
    """

    statistic: float
    expected: float
    p_value: float
    resamples: int
    tail: Tail

    def __repr__(self) -> str:
        against = f"{self.expected:.4g} by chance"
        return f"{self.statistic:.4g} against {against} (p = {self.p_value:.2g}, {self.tail}, {self.resamples} draws)"

    __str__ = __repr__


def p_value(observed: float, null: object, *, tail: Tail = "high") -> float:
    """The share of null draws as extreme as the observed one, the observed one counted in: (1 + #)/(1 + size).

    Counting it in keeps the test exact and never reports zero. Two-sided is twice the smaller tail, at most
    1.

    Args:
        observed: the statistic of the data.
        null: the statistic of the draws, flat.
        tail: which draws are extreme: "high", "low" or "two-sided".
    """
    seen = samples.number("observed", observed)
    draws = samples.values("null", null)
    if tail not in ("high", "low", "two-sided"):
        raise unknown_name("tail", tail, ("high", "low", "two-sided"))
    # Equal values that were summed in another order may differ in the last bits.
    slack = 1e-12 * max(1.0, abs(seen))
    high = (1 + int(np.sum(draws >= seen - slack))) / (1 + draws.size)
    low = (1 + int(np.sum(draws <= seen + slack))) / (1 + draws.size)
    return {"high": high, "low": low, "two-sided": min(1.0, 2 * min(high, low))}[tail]


def permutation_test(
    a: object,
    b: object,
    statistic: Callable[[Floats, Floats], float] | None = None,
    *,
    seed: int | np.random.Generator,
    resamples: int = 9999,
    tail: Tail = "two-sided",
) -> PermutationTest:
    """Test whether two samples are exchangeable by permuting their values.

    `statistic` maps two flat arrays to a number; by default the difference of the means.

    Args:
        a: one sample, flat.
        b: the other sample, flat.
        statistic: maps two flat arrays to a number; by default the difference of the means.
        seed: a number or a NumPy generator.
        resamples: how many are drawn.
        tail: which draws are extreme: "high", "low" or "two-sided".
    """
    x, y = samples.values("a", a), samples.values("b", b)
    samples.whole("resamples", resamples, least=1)
    measure = statistic or _difference_of_means
    rng = np.random.default_rng(seed)
    pool = np.concatenate([x, y])
    null = np.empty(resamples)
    for draw in range(resamples):
        mixed = rng.permutation(pool)
        null[draw] = measure(mixed[: x.size], mixed[x.size :])
    seen = float(measure(x, y))
    return PermutationTest(seen, float(null.mean()), p_value(seen, null, tail=tail), resamples, tail)


def cluster_bootstrap(
    statistic: Callable[..., float],
    arrays: tuple[NDArray[Any], ...],
    groups: object,
    *,
    seed: int | np.random.Generator,
    level: float = 0.95,
    resamples: int = 1999,
) -> Estimate:
    """A statistic of parallel arrays with a percentile interval over resampled groups, not observations.

    Draws whole groups with replacement, so dependence within a group (a run, a seed) widens the interval as
    it must. Draws on which the statistic is NaN are left out and counted in `caution`.

    Args:
        statistic: maps the arrays to a number.
        arrays: parallel arrays, one row an observation.
        groups: a label for each value: values of one group (a run, a seed) are dependent.
        seed: a number or a NumPy generator.
        level: of the interval, such as .95.
        resamples: how many are drawn.
    """
    size = arrays[0].size
    if any(array.size != size for array in arrays):
        raise bad_argument("arrays", "have one length", f"shape {[array.shape for array in arrays]}")
    samples.share("level", level)
    labels = samples.groups("groups", groups, size)
    clusters = int(labels.max()) + 1
    members = np.split(np.argsort(labels, kind="stable"), np.cumsum(np.bincount(labels))[:-1])
    rng = np.random.default_rng(seed)
    draws = np.empty(samples.whole("resamples", resamples, least=1))
    for draw in range(draws.size):
        chosen = np.concatenate([members[i] for i in rng.integers(clusters, size=clusters)])
        draws[draw] = statistic(*(array[chosen] for array in arrays))
    return _percentiles(float(statistic(*arrays)), draws, level, clusters)


def _percentiles(value: float, draws: Floats, level: float, clusters: int) -> Estimate:
    usable = draws[~np.isnan(draws)]
    method = "bootstrap over groups"
    if usable.size < draws.size / 2:
        said = "The statistic is undefined on most resamples."
        return Estimate(value, -math.inf, math.inf, level, method, clusters, caution=said)
    caution = ""
    if clusters < FEW_CLUSTERS:
        caution = f"Only {clusters} groups: bootstrap intervals are too short."
    elif usable.size < draws.size:
        caution = f"{draws.size - usable.size} of {draws.size} resamples had no value."
    return percentile(value, usable, level, method, clusters, caution)


def _difference_of_means(a: Floats, b: Floats) -> float:
    return float(a.mean() - b.mean())
