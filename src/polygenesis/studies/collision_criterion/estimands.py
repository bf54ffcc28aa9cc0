"""What each claim on the criterion estimates; networks are the independent units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from polygenesis import stats
from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.numerals import percent
from polygenesis.studies.claim import Reading, read, too_little
from polygenesis.studies.collision_criterion.pairs import PENALTIES, Survival, Threshold
from polygenesis.studies.collision_criterion.snapshots import AHEAD, AT, ROOM, Followed, Snapshot
from polygenesis.studies.evidence import Clustered, Every, Exact, NeverSeen, pool
from polygenesis.studies.margin import LEVEL
from polygenesis.studies.shares import share
from polygenesis.studies.wording import out_of, reach

RESAMPLES = 499
"""Bootstrap draws behind an interval of an AUC."""


class Found(NamedTuple):
    """What was measured: runs, thresholds of two features alone, and survival from random starts."""

    runs: Sequence[Followed]
    points: Sequence[Threshold]
    shares: Sequence[Survival]

    @property
    def judged(self) -> Followed:
        """The run at m = 2n, in which forecasts are judged."""
        return next(each for each in self.runs if each.room == ROOM)


def same_sign(found: Found) -> Reading:
    """Collisions of the same sign that survive, where one is too many."""
    runs = found.runs
    survivors, pairs = (np.concatenate([getattr(each, name) for each in runs]) for name in ("survivors", "same"))
    if not pairs.any():
        return too_little("No pair led on one neuron with the same sign.", runs)
    bound = share(survivors, pairs, level=LEVEL).upper
    return read(
        NeverSeen(survivors, pairs),
        runs,
        pairs=out_of(int(survivors.sum()), int(pairs.sum()), "pairs of the same sign").capitalize(),
        survive="survive" if survivors.sum() > 1 else "survives",
        bound=percent(bound, bound),
        exact=reach(stats.proportion(int(survivors.sum()), int(pairs.sum()))),
        at_rest=sum(int(each.pairs_at_rest.sum()) for each in runs),
    )


def ranking(found: Found) -> Reading:
    """How well the criterion's number ranks all collisions."""
    return _ranking(found.judged, np.ones(len(found.judged.at(AT).stayed), dtype=bool))


def within(found: Found) -> Reading:
    """How well it ranks collisions of opposite signs."""
    return _ranking(found.judged, found.judged.at(AT).rates.pairs.opposite)


def _ranking(run: Followed, rows: Booleans) -> Reading:
    snapshot = run.at(AT)
    area = area_under_curve(snapshot, rows, level=LEVEL)
    if area is None:
        return too_little(f"Only {rows.sum()} such pairs in {run.usable} converged networks.", [run])
    return read(area, [run], n=run.n, m=run.m, pairs=rows.sum(), stay=snapshot.stayed[rows].sum())


def area_under_curve(snapshot: Snapshot, rows: Booleans, *, level: float) -> stats.Estimate | None:
    """AUC of the criterion's number for "stays", bootstrapped by network; None where there is too little."""
    truth, network = snapshot.stayed[rows], snapshot.network[rows]
    if len(np.unique(network)) < 2 or not truth.any() or truth.all():
        return None
    return stats.auc_interval(snapshot.rates.number[rows], truth, network, seed=0, level=level, resamples=RESAMPLES)


def precision(found: Found) -> Reading:
    """The gain in precision over the sign alone, paired within networks."""
    run = found.judged
    snapshot = run.at(AT)
    gains = []
    for network in range(run.usable):
        mine = snapshot.network == network
        by_rule, by_sign = snapshot.rates.stays & mine, snapshot.rates.pairs.opposite & mine
        if by_rule.any():
            gains.append(snapshot.stayed[by_rule].mean() - snapshot.stayed[by_sign].mean())
    if len(gains) < 2:
        return too_little(f"Only {len(gains)} networks have collisions that should stay.", [run])
    rule, sign = snapshot.rates.stays, snapshot.rates.pairs.opposite
    shown_rule, shown_sign = (percent(snapshot.stayed[each].mean(), 0.05) for each in (rule, sign))
    named = percent(_recall(snapshot, rule), 0.05)
    gain = stats.mean(gains, level=LEVEL)
    return read(gain, [run], n=run.n, m=run.m, by_rule=shown_rule, by_sign=shown_sign, named=named)


def _recall(snapshot: Snapshot, forecast: Booleans) -> float:
    return float((snapshot.stayed & forecast).sum() / max(snapshot.stayed.sum(), 1))


def mover(found: Found) -> Reading:
    """How often the forecast names the feature that leaves."""
    run = found.judged
    snapshot = run.at(AT)
    right, one = mover_right(snapshot)
    cases = np.bincount(snapshot.network[one], minlength=run.usable)
    if (cases > 0).sum() < 2:
        return too_little(f"Only {cases.sum()} collisions are left by one feature.", [run])
    hits = np.bincount(snapshot.network[one & right], minlength=run.usable)
    return read(Clustered(hits, cases), [run], n=run.n, m=run.m, collisions=cases.sum())


def mover_right(snapshot: Snapshot) -> tuple[Booleans, Booleans]:
    """Whether the forecast's mover left, and in which collisions exactly one feature left, (c,) each."""
    one = snapshot.left[:, 0] != snapshot.left[:, 1]
    named = np.take_along_axis(snapshot.left, snapshot.rates.mover[:, None], axis=1)[:, 0]
    return named, one


def early(found: Found) -> Reading:
    """For how many collisions the forecast is right well before the decision."""
    run = found.judged
    ahead, network = lead_times(run, by_sign=False)
    if len(np.unique(network)) < 2:
        return too_little(f"Only {len(ahead)} collisions were decided within the saved times.", [run])
    signs = lead_times(run, by_sign=True)[0]
    hits = np.bincount(network[ahead >= AHEAD], minlength=run.usable)
    cases = np.bincount(network, minlength=run.usable)
    by_sign = percent((signs >= AHEAD).mean(), 0.05)
    median = np.median(ahead)
    return read(Clustered(hits, cases), [run], n=run.n, m=run.m, collisions=len(ahead), by_sign=by_sign, median=median)


def lead_times(run: Followed, *, by_sign: bool) -> tuple[Floats, Integers]:
    """How long before its decision (λt) each collision of the first saved time is forecast rightly for good; network.

    From the first saved time after which no forecast before the decision is wrong, while the pair leads together; 0
    where the last of them is wrong.
    """
    first, *later = [each for each in run.snapshots if each.time > 0]
    rows = np.flatnonzero(np.isfinite(first.decided) & (first.decided > first.time))
    since = np.full(len(rows), np.inf)
    for snapshot in (first, *later):
        index = {name: row for row, name in enumerate(_names(snapshot))}
        names = _names(first)
        for at, row in enumerate(rows):
            here = index.get(names[row])
            if here is None or snapshot.time >= first.decided[row]:
                continue
            said = snapshot.rates.pairs.opposite[here] if by_sign else snapshot.rates.stays[here]
            right = bool(said) == bool(first.stayed[row])
            since[at] = min(since[at], snapshot.time) if right else np.inf
    ahead = np.where(np.isfinite(since), first.decided[rows] - since, 0.0)
    return np.asarray(ahead), first.network[rows]


def _names(snapshot: Snapshot) -> list[tuple[int, ...]]:
    pairs = snapshot.rates.pairs
    columns = (pairs.replicate, pairs.neuron, pairs.first, pairs.second)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def threshold(found: Found) -> Reading:
    """Thresholds found by direct flows over the formulas: brackets, of which every one must be near."""
    points = found.points
    worst = max(points, key=lambda each: abs(each.found / each.formula - 1))
    brackets = [
        Exact(each.found / each.formula, each.below / each.formula, each.above / each.formula) for each in points
    ]
    return read(
        Every(tuple(brackets)),
        points=len(points),
        off=100 * abs(worst.found / worst.formula - 1),
        neurons=worst.neurons,
        ratio=worst.ratio,
        worst=worst.found,
        formula=worst.formula,
    )


def closed_form(found: Found) -> Reading:
    """What the closed form's forecasts gain over the more frequent fate, from random starts, which are independent."""
    shares = found.shares
    right, frequent = ([part(each).astype(float) for each in shares] for part in (by_closed_form, by_frequency))
    gains = [a - b for a, b in zip(right, frequent, strict=True)]
    worst = max(shares, key=lambda each: abs(each.forecast.mean() - each.stayed.mean()))
    cells = {
        f"λ = {each.penalty:g}, c = {each.co_occurrence / each.penalty:g}λ": stats.mean(gain, level=LEVEL)
        for each, gain in zip(shares, gains, strict=True)
    }
    return read(
        pool(stats.mean(np.concatenate(gains), level=LEVEL), cells),
        pairs=sum(map(len, gains)),
        right=percent(float(np.concatenate(right).mean()), 0.05),
        frequent=percent(float(np.concatenate(frequent).mean()), 0.05),
        ratio=worst.co_occurrence / worst.penalty,
        says=percent(worst.forecast.mean()),
        survive=percent(worst.stayed.mean()),
    )


def by_closed_form(each: Survival) -> Booleans:
    """Which fates the closed form names, (s,)."""
    return np.asarray(each.stayed == each.forecast)


def by_frequency(each: Survival) -> Booleans:
    """Which fates are the more frequent one of their c and λ, (s,)."""
    return np.asarray(each.stayed == (each.stayed.mean() >= 0.5))


def collapses(found: Found) -> list[Reading]:
    """Survival at the larger λ over that at the smaller, at every c/λ."""
    shares = found.shares
    ratios = sorted({round(each.co_occurrence / each.penalty, 6) for each in shares})
    readings = []
    for ratio in ratios:
        weak, strong = (
            next(e for e in shares if e.penalty == penalty and abs(e.co_occurrence / penalty - ratio) < 1e-5)
            for penalty in PENALTIES
        )
        readings.append(_collapse(ratio, weak, strong))
    return readings


def _collapse(ratio: float, weak: Survival, strong: Survival) -> Reading:
    if not (weak.stayed.any() and strong.stayed.any()):
        return too_little(f"At c = {ratio:g}λ no collision survives at one of the λ.", ratio=ratio)
    of_weak, of_strong = (percent(each.stayed.mean(), 0.05) for each in (weak, strong))
    return read(
        stats.ratio(strong.stayed.astype(float), weak.stayed.astype(float), level=LEVEL),
        ratio=ratio,
        of_weak=of_weak,
        of_strong=of_strong,
        weak=weak.penalty,
        strong=strong.penalty,
    )
