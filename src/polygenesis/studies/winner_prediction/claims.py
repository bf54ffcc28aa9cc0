"""What forecasts of winners from the initial weights should achieve, with margins stated beforehand.

Replicates are the independent units.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from polygenesis import stats
from polygenesis.arrays import Booleans, Floats
from polygenesis.numerals import percent
from polygenesis.studies.claim import Claim, Reading, read, too_little
from polygenesis.studies.evidence import Clustered, pool, sure
from polygenesis.studies.margin import LEVEL, Margin
from polygenesis.studies.paired import Drawn
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

ROOM = 2
"""The width at which forecasts are judged, in units of n: where the initial leader is right for less than half."""

RESAMPLES = 499
"""Bootstrap draws behind an interval of an AUC."""


def relaxed_beats_leader(forecasts: Sequence[Forecast]) -> list[Reading]:
    """The gain over the initial leader by training, paired within replicates."""
    return [_gain(forecasts, training) for training in ("gradient flow", "AdamW")]


def _gain(forecasts: Sequence[Forecast], training: str) -> Reading:
    leader, relaxed = (at(forecasts, training, source, ROOM) for source in (INITIAL, RELAXED))
    if leader is None or relaxed is None:
        return too_little(f"Too few replicates settled under {training}.", training=training)
    before, after = leader.named[LEADER].mean(axis=1), relaxed.named[ASSIGNED].mean(axis=1)
    return read(
        stats.mean(after - before),
        [relaxed],
        training=training,
        n=leader.n,
        m=leader.m,
        before=percent(before.mean(), 0.05),
        after=percent(after.mean(), 0.05),
        cost=percent(relaxed.cost.mean(), 0.05),
    )


def most(forecasts: Sequence[Forecast]) -> Reading:
    """Share of winners that a hurried race names."""
    found = at(forecasts, "gradient flow", HURRIED, ROOM)
    if found is None:
        return too_little("Too few replicates converged.")
    return read(Clustered(*successes(found.named[ASSIGNED])), [found], n=found.n, m=found.m)


def costs(forecasts: Sequence[Forecast]) -> Reading:
    """Gradient evaluations of a hurried race over those of the run that it forecasts."""
    found = at(forecasts, "gradient flow", HURRIED, ROOM)
    if found is None:
        return too_little("Too few replicates converged.")
    return read(sure(Drawn(stats.mean(found.cost, level=LEVEL))), [found], n=found.n, m=found.m)


def early_adam(forecasts: Sequence[Forecast]) -> Reading:
    """Share of winners that AdamW's own first steps name."""
    found = at(forecasts, "AdamW", TENTH, ROOM)
    if found is None:
        return too_little("Too few replicates settled under AdamW.")
    return read(Clustered(*successes(found.named[ASSIGNED])), [found], n=found.n, m=found.m)


def polysemantic(forecasts: Sequence[Forecast]) -> Reading:
    """How well neurons that will be polysemantic are ranked above the rest."""
    found = at(forecasts, "gradient flow", HURRIED, ROOM)
    area = None if found is None else area_under_curve(found, level=LEVEL)
    if found is None or area is None:
        return too_little("Too few replicates converged.")
    so_many, neurons = found.polysemantic.sum(), found.polysemantic.size
    return read(area, [found], n=found.n, m=found.m, are=so_many, neurons=neurons)


def calibrated(forecasts: Sequence[Forecast]) -> Reading:
    """Share right less the mean chance; one difference a held-out replicate."""
    flows = [each for each in forecasts if (each.training, each.source) == ("gradient flow", HURRIED)]
    cells = {f"n = {each.n}, m = {each.m}": each.hit.mean(axis=1) - each.chance.mean(axis=1) for each in flows}
    gaps = [gap for each in cells.values() for gap in each]
    if len(gaps) < 2:
        return too_little(f"Only {len(gaps)} replicates are held out.", flows)
    table = stats.calibration(*pooled(flows))
    alone = {name: stats.mean(each) for name, each in cells.items() if len(each) > 1}
    return read(pool(stats.mean(gaps), alone), flows, replicates=len(gaps), distance=table.error)


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


_SOURCE = "arXiv:2312.03096; docs/paper.md, C2, made a forecast (docs/theory.md, Winners 1 to 3)"
_SETTLED = "replicates in which every feature settled"
_TRIALS = "after runs with other seeds"

RELAXED_BEATS_LEADER = Claim(
    f"Under {{training}} at m = {ROOM}n, assigning signed slots to the relaxed weights names more winners than the "
    "initial leader.",
    _SOURCE,
    Margin.above("Share of winners less the initial leader's", 0.1),
    f"the largest n with m = {ROOM}n, {_SETTLED}",
    "Under {training} at n = {n}, m = {m} the initial leader is right for {before} of the features, slots assigned to "
    "relaxed weights for {after}: a share larger by {found}, for {cost} of the run's gradient evaluations.",
    relaxed_beats_leader,
    family="gains",
    trials=_TRIALS,
)
MOST = Claim(
    "A hurried race from the initial weights, at a stronger penalty, names most winners.",
    _SOURCE,
    Margin.share("Share of the features (neuron and sign)", above=0.6),
    "converged replicates",
    "At n = {n}, m = {m} a hurried race names {share} of the winners.",
    most,
    trials=_TRIALS,
)
CHEAP = Claim(
    "A hurried race from the initial weights is cheap beside the run that it forecasts.",
    "docs/theory.md, Winners 3 and 4; theory.hurried_race",
    Margin.below("Gradient evaluations of the race over those of the run", 0.1, least=0.0),
    "converged replicates",
    "At n = {n}, m = {m} a hurried race takes {share} of the run's gradient evaluations.",
    costs,
    trials=f"{_TRIALS}; judged by itself only since its results were known, before as a condition of the share named",
)
EARLY_ADAM = Claim(
    "The first tenth of AdamW's steps names most winners.",
    _SOURCE,
    Margin.share("Share of the features (neuron and sign)", above=0.6),
    _SETTLED,
    "At n = {n}, m = {m} a tenth of AdamW's steps names {share} of its winners.",
    early_adam,
    trials=_TRIALS,
)
POLYSEMANTIC = Claim(
    "A hurried race from the initial weights tells which neurons will be polysemantic.",
    "docs/theory.md, Winners 4: a conditional logit over signed slots",
    Margin.share("Area under the ROC curve, neurons of held-out replicates,", above=0.9),
    "converged replicates",
    "At n = {n}, m = {m} the area under the curve for 'this neuron will be polysemantic' is {found} ({are} of "
    "{neurons} neurons are).",
    polysemantic,
    trials=_TRIALS,
)
CALIBRATED = Claim(
    "Forecast chances are calibrated: forecasts made with chance p are right in a share p of the cases.",
    "docs/theory.md, Winners 4: a conditional logit over signed slots, recalibrated by Platt's method",
    Margin.around("Share right minus mean chance, features of held-out replicates, all widths together,", 0, 0.03),
    "hurried race; sharpness and Platt's line fitted to the other half of each run's replicates",
    "On {replicates} held-out replicates the share right minus the mean chance is {found}; the mean distance within "
    "ten bins of chance is {distance:.2g}.",
    calibrated,
    trials=_TRIALS,
)

CLAIMS = (RELAXED_BEATS_LEADER, MOST, CHEAP, EARLY_ADAM, POLYSEMANTIC, CALIBRATED)
