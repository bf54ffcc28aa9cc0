"""A share of cases that come in clusters: features of one network, collisions of one replicate."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np

from polygenesis import stats
from polygenesis.arrays import Floats
from polygenesis.studies.margin import ALPHA
from polygenesis.studies.starts import FEW_COUNTS


def by_start(successes: object, cases: object, starts: tuple[Hashable, ...] | None) -> tuple[Floats, Floats]:
    """Return successes and cases, one a cluster: entries of one start are summed; without starts each is a cluster."""
    s, c = (np.asarray(each, dtype=float).ravel() for each in (successes, cases))
    if starts is None:
        return s, c
    if len(starts) != len(s):
        raise ValueError(f"There are {len(s)} entries, but {len(starts)} starts.")
    places = {start: at for at, start in enumerate(dict.fromkeys(starts))}
    at = np.array([places[start] for start in starts], dtype=int)
    return tuple(np.bincount(at, each, len(places)).astype(float) for each in (s, c))  # type: ignore[return-value]


def share(successes: object, cases: object, *, level: float = 0.95) -> stats.Estimate:
    """Return Σ successes / Σ cases with an interval that allows for the dependence that clusters show.

    ``successes``, ``cases``: (k,), one a cluster; clusters without cases say nothing. The interval is Clopper and
    Pearson's at the effective number of cases n* = p(1 − p)/var p of Korn and Graubard (Survey Methodology 24, 1998),
    with var p the ratio estimator's variance between clusters, corrected for few clusters by the ratio of t quantiles,
    and never more than there are. It stays within 0 and 1, and shares of 0 and 1 have one too: there clusters show no
    dependence, and their cases are taken as independent. Whoever prints such an interval says so
    (:func:`too_few_to_tell`) and gives that of :func:`by_cluster` beside it.
    """
    hits, size, clusters = effective(successes, cases, level)
    value = _total(successes) / _total(cases)
    return _clopper_pearson(value, hits, size, level, f"Korn-Graubard, {clusters} clusters", int(_total(cases)))


def by_cluster(successes: object, cases: object, *, level: float = 0.95) -> stats.Estimate:
    """Return the same share with the widest interval: every cluster counts as one case, whatever it holds."""
    clusters = int(np.count_nonzero(np.asarray(cases, dtype=float) > 0))
    value = _total(successes) / _total(cases)
    return _clopper_pearson(value, value * clusters, clusters, level, "one case a cluster", clusters)


def too_few_to_tell(successes: object, cases: object) -> bool:
    """Whether hits or misses are too few to show how far the cases of one cluster go together.

    Of networks that share starts :func:`polygenesis.studies.starts.design_effect` then takes the most, which is the
    number of cells: a factor of two to four. The most here is a network for one case, a factor of hundreds, so that no
    number of features would show anything. The assumption is printed instead, with what the most would give.
    """
    hits, total = _total(successes), _total(cases)
    several = bool(np.any(np.asarray(cases, dtype=float) > 1))
    return several and min(hits, total - hits) < FEW_COUNTS


def _clopper_pearson(value: float, hits: float, size: float, level: float, method: str, cases: int) -> stats.Estimate:
    from scipy import special

    tail = (1 - level) / 2
    lower = float(special.betaincinv(hits, size - hits + 1, tail)) if hits > 0 else 0.0
    upper = float(special.betaincinv(hits + 1, size - hits, 1 - tail)) if hits < size else 1.0
    return stats.Estimate(value, min(lower, value), max(upper, value), level, method, cases)


def share_agrees(
    successes: object, cases: object, lower: float, upper: float, *, alpha: float = ALPHA
) -> stats.Agreement:
    """Test whether a share of clustered cases lies from ``lower`` to ``upper``; 0 and 1 leave a side open."""
    from scipy import special

    estimate = share(successes, cases, level=1 - 2 * alpha)
    hits, size, _ = effective(successes, cases, 1 - 2 * alpha)

    def at_least(p: float) -> float:
        return float(special.betainc(hits, size - hits + 1, p)) if hits > 0 else 1.0

    def at_most(p: float) -> float:
        return float(special.betainc(size - hits, hits + 1, 1 - p)) if hits < size else 1.0

    inside = max(at_least(lower) if lower > 0 else 0.0, at_most(upper) if upper < 1 else 0.0)
    outside = min(at_most(lower) if lower > 0 else 1.0, at_least(upper) if upper < 1 else 1.0)
    verdict = stats.agrees(estimate, lower, upper, alpha=alpha).verdict
    return stats.Agreement(verdict, estimate, lower, upper, alpha, inside, outside)


def effective(successes: object, cases: object, level: float) -> tuple[float, float, int]:
    """Return the effective numbers of successes and cases, and the number of clusters with cases.

    Shares of 0 and 1 show no dependence: see :func:`too_few_to_tell`.
    """
    from scipy import special

    s, c = np.asarray(successes, dtype=float).ravel(), np.asarray(cases, dtype=float).ravel()
    s, c = s[c > 0], c[c > 0]
    clusters, total = len(c), c.sum()
    if clusters < 2:
        return float(s.sum() / total), 1.0, clusters  # one cluster is one observation, whatever it holds
    p = s.sum() / total
    between = clusters / (clusters - 1) * float(np.sum((s - p * c) ** 2)) / total**2
    size = total if between == 0 or p in (0, 1) else min(total, p * (1 - p) / between)
    quantiles = special.stdtrit(np.array([total - 1, clusters - 1.0]), (1 + level) / 2)
    size = min(total, size * float(quantiles[0] / quantiles[1]) ** 2)
    return float(p * size), float(size), clusters


def _total(values: object) -> float:
    return float(np.asarray(values, dtype=float).sum())
