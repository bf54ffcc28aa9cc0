"""Every claim on forecasts of winners, tested; replicates are the independent units."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from polygenesis import stats
from polygenesis.arrays import Booleans, Floats
from polygenesis.numerals import percent
from polygenesis.studies.base import Judgement, Verdict
from polygenesis.studies.judging import ALPHA, Tested, judge, judge_family, undecided
from polygenesis.studies.shares import share_agrees
from polygenesis.studies.winner_prediction.claims import (
    CALIBRATED,
    CHEAP,
    EARLY_ADAM,
    GAIN,
    MOST,
    POLYSEMANTIC,
    RELAXED_BEATS_LEADER,
    ROOM,
)
from polygenesis.studies.winner_prediction.forecasts import (
    ASSIGNED,
    HURRIED,
    INITIAL,
    LEADER,
    RELAXED,
    TENTH,
    Forecast,
    at,
)

RESAMPLES = 499
"""Bootstrap draws behind an interval of an AUC."""


def judgements(forecasts: Sequence[Forecast]) -> list[Judgement]:
    """Judge every claim of this study."""
    return [
        *judge_family([relaxed_beats_leader(forecasts, training) for training in RELAXED_BEATS_LEADER]),
        most(forecasts),
        early_adam(forecasts),
        polysemantic(forecasts),
        calibrated(forecasts),
    ]


def relaxed_beats_leader(forecasts: Sequence[Forecast], training: str) -> Tested:
    """Test the gain over the initial leader, paired within replicates."""
    claim = RELAXED_BEATS_LEADER[training]
    leader, relaxed = (at(forecasts, training, source, ROOM) for source in (INITIAL, RELAXED))
    if leader is None or relaxed is None:
        return claim, None, f"Too few replicates settled under {training}."
    before, after = leader.named[LEADER].mean(axis=1), relaxed.named[ASSIGNED].mean(axis=1)
    sentence = (
        f"Under {training} at n = {leader.n}, m = {leader.m} the initial leader is right for "
        f"{percent(before.mean(), 0.05)} of the features, slots assigned to relaxed weights for "
        f"{percent(after.mean(), 0.05)}: a share larger by {{found}}, for {percent(relaxed.cost.mean(), 0.05)} of the "
        "run's gradient evaluations."
    )
    return claim, stats.agrees(stats.mean(after - before), GAIN, np.inf), sentence


def most(forecasts: Sequence[Forecast]) -> Judgement:
    """Test the share of winners that a hurried race names; a forecast that is not cheap does not support the claim."""
    found = at(forecasts, "gradient flow", HURRIED, ROOM)
    if found is None:
        return undecided(MOST, "Too few replicates converged.")
    right, features = successes(found.named[ASSIGNED])
    cost = float(found.cost.mean())
    judged = judge(
        MOST,
        share_agrees(right, features, 0.6, 1.0),
        f"At n = {found.n}, m = {found.m} a hurried race names {{share}} of the winners, for {percent(cost, 0.05)} of "
        "the run's gradient evaluations.",
    )
    return judged if cost <= CHEAP else Judgement(MOST, Verdict.REFUTED, judged.sentence)


def early_adam(forecasts: Sequence[Forecast]) -> Judgement:
    """Test the share of winners that AdamW's own first steps name."""
    found = at(forecasts, "AdamW", TENTH, ROOM)
    if found is None:
        return undecided(EARLY_ADAM, "Too few replicates settled under AdamW.")
    right, features = successes(found.named[ASSIGNED])
    sentence = f"At n = {found.n}, m = {found.m} a tenth of AdamW's steps names {{share}} of its winners."
    return judge(EARLY_ADAM, share_agrees(right, features, 0.6, 1.0), sentence)


def polysemantic(forecasts: Sequence[Forecast]) -> Judgement:
    """Test how well neurons that will be polysemantic are ranked above the rest."""
    found = at(forecasts, "gradient flow", HURRIED, ROOM)
    area = None if found is None else area_under_curve(found, level=1 - 2 * ALPHA)
    if found is None or area is None:
        return undecided(POLYSEMANTIC, "Too few replicates converged.")
    return judge(
        POLYSEMANTIC,
        stats.agrees(area, 0.9, 1.0),
        f"At n = {found.n}, m = {found.m} the area under the curve for 'this neuron will be polysemantic' is {{found}} "
        f"({found.polysemantic.sum()} of {found.polysemantic.size} neurons are).",
    )


def calibrated(forecasts: Sequence[Forecast]) -> Judgement:
    """Test whether the share right is the mean chance; one difference a held-out replicate."""
    flows = [each for each in forecasts if (each.training, each.source) == ("gradient flow", HURRIED)]
    gaps = [gap for each in flows for gap in each.hit.mean(axis=1) - each.chance.mean(axis=1)]
    if len(gaps) < 2:
        return undecided(CALIBRATED, f"Only {len(gaps)} replicates are held out.")
    table = stats.calibration(*pooled(flows))
    return judge(
        CALIBRATED,
        stats.agrees(stats.mean(gaps), -0.03, 0.03),
        f"On {len(gaps)} held-out replicates the share right minus the mean chance is {{found}}; the mean distance "
        f"within ten bins of chance is {table.error:.2g}.",
    )


def pooled(forecasts: Sequence[Forecast]) -> tuple[Floats, Booleans]:
    """Return every chance and whether it came true, flat."""
    chances = np.concatenate([each.chance.ravel() for each in forecasts])
    return chances, np.concatenate([each.hit.ravel() for each in forecasts])


def successes(named: Booleans) -> tuple[Floats, Floats]:
    """Return winners named and features, one a replicate."""
    return named.sum(axis=1).astype(float), np.full(len(named), float(named.shape[1]))


def area_under_curve(forecast: Forecast, *, level: float = 0.95) -> stats.Estimate | None:
    """AUC for "this neuron will be polysemantic" over held-out replicates, bootstrapped by replicate, or None."""
    labels = forecast.polysemantic
    if len(labels) < 2 or not labels.any() or labels.all():
        return None
    groups = np.repeat(np.arange(len(labels)), labels.shape[1])
    return stats.auc_interval(forecast.sharing, labels, groups, seed=0, level=level, resamples=RESAMPLES)
