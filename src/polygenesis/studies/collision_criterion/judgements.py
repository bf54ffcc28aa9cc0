"""Every claim on the criterion, tested; networks are the independent units."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from polygenesis import stats
from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.numerals import percent
from polygenesis.studies.base import Claim, Judgement, Verdict
from polygenesis.studies.collision_criterion.claims import (
    AHEAD,
    AT,
    CLOSED_FORM,
    EARLY,
    MOVER,
    PRECISION,
    RANKING,
    ROOM,
    SAME_SIGN,
    THRESHOLD,
    WITHIN,
    collapse,
)
from polygenesis.studies.collision_criterion.pairs import PENALTIES, Survival, Threshold
from polygenesis.studies.collision_criterion.snapshots import Followed, Snapshot
from polygenesis.studies.judging import ALPHA, Tested, judge, judge_family, undecided
from polygenesis.studies.shares import share, share_agrees
from polygenesis.studies.wording import out_of, reach

RESAMPLES = 499
"""Bootstrap draws behind an interval of an AUC."""

NEAR = 0.05
"""How near every threshold must be to its formula."""


def judgements(found: Sequence[Followed], points: Sequence[Threshold], shares: Sequence[Survival]) -> list[Judgement]:
    """Judge every claim of this study."""
    run = next(each for each in found if each.room == ROOM)
    snapshot = run.at(AT)
    return [
        same_sign(found),
        ranking(RANKING, run, np.ones(len(snapshot.stayed), dtype=bool)),
        ranking(WITHIN, run, snapshot.rates.pairs.opposite),
        precision(run),
        mover(run),
        early(run),
        threshold(points),
        closed_form(shares),
        *judge_family(collapses(shares), cases="collisions"),
    ]


def same_sign(found: Sequence[Followed]) -> Judgement:
    """Look for collisions of the same sign that survive: one refutes the claim."""
    survivors, pairs = (np.concatenate([getattr(each, name) for each in found]) for name in ("survivors", "same"))
    if not pairs.any():
        return undecided(SAME_SIGN, "No pair led on one neuron with the same sign.")
    bound = share(survivors, pairs, level=0.90).upper
    exact = stats.proportion(int(survivors.sum()), int(pairs.sum()))
    verdict = Verdict.REFUTED if survivors.any() else Verdict.SUPPORTED if bound < 0.01 else Verdict.UNDECIDED
    sentence = (
        f"{out_of(int(survivors.sum()), int(pairs.sum()), 'pairs of the same sign').capitalize()} "
        f"{'survive' if survivors.sum() > 1 else 'survives'} (with 95 % confidence at most {percent(bound, bound)}; "
        f"exact two-sided 95 % interval {reach(exact)}); "
        f"{sum(int(each.pairs_at_rest.sum()) for each in found)} pairs share a neuron at rest."
    )
    return Judgement(SAME_SIGN, verdict, sentence)


def ranking(claim: Claim, run: Followed, rows: Booleans) -> Judgement:
    """Test how well the criterion's number ranks collisions."""
    snapshot = run.at(AT)
    area = area_under_curve(snapshot, rows, level=1 - 2 * ALPHA)
    if area is None:
        return undecided(claim, f"Only {rows.sum()} such pairs in {run.usable} converged networks.")
    sentence = (
        f"At λt = {AT:g} (n = {run.n}, m = {run.m}) the area under the curve is {{found}} over {rows.sum()} pairs, of "
        f"which {snapshot.stayed[rows].sum()} stay."
    )
    return judge(claim, stats.agrees(area, 0.75 if claim is WITHIN else 0.85, 1.0), sentence)


def area_under_curve(snapshot: Snapshot, rows: Booleans, *, level: float) -> stats.Estimate | None:
    """AUC of the criterion's number for "stays", bootstrapped by network; None where there is too little."""
    truth, network = snapshot.stayed[rows], snapshot.network[rows]
    if len(np.unique(network)) < 2 or not truth.any() or truth.all():
        return None
    return stats.auc_interval(snapshot.rates.number[rows], truth, network, seed=0, level=level, resamples=RESAMPLES)


def precision(run: Followed) -> Judgement:
    """Test the gain in precision over the sign alone, paired within networks."""
    snapshot = run.at(AT)
    gains = []
    for network in range(run.usable):
        mine = snapshot.network == network
        by_rule, by_sign = snapshot.rates.stays & mine, snapshot.rates.pairs.opposite & mine
        if by_rule.any():
            gains.append(snapshot.stayed[by_rule].mean() - snapshot.stayed[by_sign].mean())
    if len(gains) < 2:
        return undecided(PRECISION, f"Only {len(gains)} networks have collisions that should stay.")
    rule, sign = snapshot.rates.stays, snapshot.rates.pairs.opposite
    by_rule, by_sign = (percent(snapshot.stayed[each].mean(), 0.05) for each in (rule, sign))
    sentence = (
        f"At λt = {AT:g} (n = {run.n}, m = {run.m}) {by_rule} of the collisions that should stay by signs and forces "
        f"do (of those that stay it names {percent(_recall(snapshot, rule), 0.05)}); of those that should stay by "
        f"signs alone {by_sign} do (it names all): a share larger by {{found}}, a mean over networks."
    )
    return judge(PRECISION, stats.agrees(stats.mean(gains, level=1 - 2 * ALPHA), 0.05, np.inf), sentence)


def _recall(snapshot: Snapshot, forecast: Booleans) -> float:
    return float((snapshot.stayed & forecast).sum() / max(snapshot.stayed.sum(), 1))


def mover(run: Followed) -> Judgement:
    """Test how often the forecast names the feature that leaves."""
    snapshot = run.at(AT)
    right, one = mover_right(snapshot)
    cases = np.bincount(snapshot.network[one], minlength=run.usable)
    if (cases > 0).sum() < 2:
        return undecided(MOVER, f"Only {cases.sum()} collisions are left by one feature.")
    hits = np.bincount(snapshot.network[one & right], minlength=run.usable)
    sentence = (
        f"At λt = {AT:g} (n = {run.n}, m = {run.m}) the feature that leaves is named in {{share}} of {cases.sum()} "
        "cases."
    )
    return judge(MOVER, share_agrees(hits, cases, 0.75, 1.0), sentence)


def mover_right(snapshot: Snapshot) -> tuple[Booleans, Booleans]:
    """Whether the forecast's mover left, and in which collisions exactly one feature left, (c,) each."""
    one = snapshot.left[:, 0] != snapshot.left[:, 1]
    named = np.take_along_axis(snapshot.left, snapshot.rates.mover[:, None], axis=1)[:, 0]
    return named, one


def early(run: Followed) -> Judgement:
    """Test for how many collisions the forecast is right well before the decision."""
    ahead, network = lead_times(run, by_sign=False)
    if len(np.unique(network)) < 2:
        return undecided(EARLY, f"Only {len(ahead)} collisions were decided within the saved times.")
    signs = lead_times(run, by_sign=True)[0]
    hits = np.bincount(network[ahead >= AHEAD], minlength=run.usable)
    cases = np.bincount(network, minlength=run.usable)
    sentence = (
        f"In {{share}} of {len(ahead)} collisions (n = {run.n}, m = {run.m}) the forecast is right for good at least "
        f"{AHEAD:g}/λ before the decision (by signs alone in {percent((signs >= AHEAD).mean(), 0.05)}); the median "
        f"time ahead is λt = {np.median(ahead):.2g}."
    )
    return judge(EARLY, share_agrees(hits, cases, 0.5, 1.0), sentence)


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


def threshold(points: Sequence[Threshold]) -> Judgement:
    """Compare thresholds found by direct flows with the formulas: every one must be near."""
    worst = max(points, key=lambda each: abs(each.found / each.formula - 1))
    inside = all(each.below / each.formula > 1 - NEAR and each.above / each.formula < 1 + NEAR for each in points)
    outside = any(each.above / each.formula < 1 - NEAR or each.below / each.formula > 1 + NEAR for each in points)
    verdict = Verdict.SUPPORTED if inside else Verdict.REFUTED if outside else Verdict.UNDECIDED
    off = 100 * abs(worst.found / worst.formula - 1)
    sentence = (
        f"The {len(points)} thresholds found by direct flows are within {off:.2g} % of the formulas (worst: "
        f"{worst.neurons} neurons, τ = {worst.ratio:g}, {worst.found:.4g} against {worst.formula:.4g})."
    )
    return Judgement(THRESHOLD, verdict, sentence)


def closed_form(shares: Sequence[Survival]) -> Judgement:
    """Test the closed form's forecasts from random starts, which are independent."""
    right = sum(int((each.stayed == each.forecast).sum()) for each in shares)
    pairs = sum(len(each.stayed) for each in shares)
    worst = max(shares, key=lambda each: abs(each.forecast.mean() - each.stayed.mean()))
    sentence = (
        f"The closed form is right in {{share}} of {pairs} collisions; where its share of survivors is most "
        f"wrong (c = {worst.co_occurrence / worst.penalty:g}λ), it says {percent(worst.forecast.mean())} and "
        f"{percent(worst.stayed.mean())} survive."
    )
    return judge(CLOSED_FORM, stats.proportion_agrees(right, pairs, 0.85, 1.0), sentence)


def collapses(shares: Sequence[Survival]) -> list[Tested]:
    """Test survival at two λ against each other at every c/λ."""
    ratios = sorted({round(each.co_occurrence / each.penalty, 6) for each in shares})
    tested: list[Tested] = []
    for ratio in ratios:
        weak, strong = (
            next(e for e in shares if e.penalty == penalty and abs(e.co_occurrence / penalty - ratio) < 1e-5)
            for penalty in PENALTIES
        )
        difference = stats.difference(strong.stayed.astype(float), weak.stayed.astype(float), level=1 - 2 * ALPHA)
        of_weak, of_strong = (percent(each.stayed.mean(), 0.05) for each in (weak, strong))
        sentence = (
            f"At c = {ratio:g}λ, {of_weak} of the collisions survive for λ = {weak.penalty:g} and {of_strong} for "
            f"λ = {strong.penalty:g}: a difference of {{found}}."
        )
        tested.append((collapse(ratio, len(ratios)), stats.agrees(difference, -0.10, 0.10), sentence))
    return tested
