"""How good are forecasts of yes or no: ranking (AUC), calibration and the Brier score."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.errors import bad_argument
from polygenesis.stats import samples
from polygenesis.stats.estimate import Estimate
from polygenesis.stats.intervals import proportion
from polygenesis.stats.resampling import cluster_bootstrap


@dataclasses.dataclass(frozen=True, eq=False)
class Calibration:
    """Forecast probabilities against outcomes, by bin; bins without a forecast are left out.

    Arrays of shape (bins,): `lower` and `upper` edges, `size` forecasts, their mean `forecast`, the
    `observed` share, its Wilson interval `observed_lower` to `observed_upper` (which takes outcomes as
    independent). `brier` is the mean squared error, `error` the mean distance of observed from forecast,
    weighted by size.
    """

    lower: Floats
    upper: Floats
    size: Integers
    forecast: Floats
    observed: Floats
    observed_lower: Floats
    observed_upper: Floats
    brier: float
    error: float

    def __repr__(self) -> str:
        lines = [f"Brier score {self.brier:.4g}, calibration error {self.error:.4g}", "forecast  observed  size"]
        rows = zip(self.forecast, self.observed, self.size, strict=True)
        return "\n".join(lines + [f"{f:8.3f}  {o:8.3f}  {s:4d}" for f, o, s in rows])

    __str__ = __repr__


def auc(scores: object, labels: object) -> float:
    """The area under the ROC curve: the probability that a positive outranks a negative, with ties counted half.

    `scores` and `labels` (true/false) are flat and of one length; raises InputError unless both labels occur.

    Args:
        scores: flat.
        labels: true or false, one for each score.
    """
    s, truth = _pair("scores", scores, labels)
    if truth.all() or not truth.any():
        raise bad_argument("labels", "hold both true and false", bool(truth[0]))
    return _auc(s, truth)


def auc_interval(
    scores: object,
    labels: object,
    groups: object,
    *,
    seed: int | np.random.Generator,
    level: float = 0.95,
    resamples: int = 1999,
) -> Estimate:
    """AUC with a bootstrap interval over groups (runs, seeds), as the neurons of one network are dependent.

    Args:
        scores: flat.
        labels: true or false, one for each score.
        groups: a label for each value: values of one group (a run, a seed) are dependent.
        seed: a number or a NumPy generator.
        level: of the interval, such as .95.
        resamples: how many are drawn.
    """
    auc(scores, labels)
    pair = _pair("scores", scores, labels)
    return cluster_bootstrap(_auc, pair, groups, seed=seed, level=level, resamples=resamples)


def brier(chances: object, outcomes: object) -> float:
    """The mean squared difference of forecast probabilities and outcomes: 0 is perfect, a constant 1/2 gives 1/4.

    Args:
        chances: forecast chances, from 0 to 1, flat.
        outcomes: what happened, true or false, one for each chance.
    """
    p, truth = _forecasts(chances, outcomes)
    return float(np.mean((p - truth) ** 2))


def calibration(chances: object, outcomes: object, *, bins: int = 10, level: float = 0.95) -> Calibration:
    """The calibration table of forecast probabilities: equal bins from 0 to 1.

    Args:
        chances: forecast chances, from 0 to 1, flat.
        outcomes: what happened, true or false, one for each chance.
        bins: how many equal bins from 0 to 1.
        level: of the interval, such as .95.
    """
    p, truth = _forecasts(chances, outcomes)
    samples.whole("bins", bins, least=1)
    place = np.minimum((p * bins).astype(int), bins - 1)
    size = np.bincount(place, minlength=bins)
    kept = np.flatnonzero(size)
    size = size[kept]
    hits = np.bincount(place, weights=truth, minlength=bins)[kept]
    forecast = np.bincount(place, weights=p, minlength=bins)[kept] / size
    observed = hits / size
    spans = [proportion(int(h), int(s), level=level, method="wilson") for h, s in zip(hits, size, strict=True)]
    return Calibration(
        lower=kept / bins,
        upper=(kept + 1) / bins,
        size=size,
        forecast=forecast,
        observed=observed,
        observed_lower=np.array([span.lower for span in spans]),
        observed_upper=np.array([span.upper for span in spans]),
        brier=brier(p, truth),
        error=float(np.sum(size * np.abs(observed - forecast)) / p.size),
    )


def _auc(scores: Floats, truth: Booleans) -> float:
    """From the rank sum of the positives; NaN unless both labels occur."""
    from scipy import stats

    positives = int(truth.sum())
    negatives = truth.size - positives
    if not positives or not negatives:
        return math.nan
    ranks = stats.rankdata(scores)[truth].sum()
    return float((ranks - positives * (positives + 1) / 2) / (positives * negatives))


def _forecasts(chances: object, outcomes: object) -> tuple[Floats, Booleans]:
    p, truth = _pair("chances", chances, outcomes)
    if np.any((p < 0) | (p > 1)):
        raise bad_argument("chances", "lie from 0 to 1", chances)
    return p, truth


def _pair(name: str, scores: object, labels: object) -> tuple[Floats, Booleans]:
    s, raw = samples.values(name, scores), samples.values("labels", labels)
    if s.size != raw.size:
        raise bad_argument("labels", f"hold {s.size} values", f"shape {raw.shape}")
    if not np.all((raw == 0) | (raw == 1)):
        raise bad_argument("labels", "be true or false (1 or 0)", labels)
    return s, raw.astype(bool)
