"""Every claim on the timing of interference, tested; networks are the independent units."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from polygenesis import stats, theory
from polygenesis.arrays import Floats
from polygenesis.numerals import percent
from polygenesis.studies.base import Claim, Judgement
from polygenesis.studies.interference_timing.arms import Arm, Watched
from polygenesis.studies.interference_timing.claims import (
    DECISIVE,
    EARLY,
    EXPECTED,
    FAILURES,
    HARMLESS,
    LATE,
    LEADS,
    LONE,
    OVERLAPS,
    RATE,
    SETTLED,
    WEAK,
    collisions_only,
    decisive_later,
    harmless_first,
    settled_by_half,
    weak_first,
)
from polygenesis.studies.judging import ALPHA, Tested, judge, judge_family, undecided
from polygenesis.studies.paper_runs import FLOW_PENALTY
from polygenesis.studies.shares import share_agrees
from polygenesis.studies.wording import out_of


def judgements(arms: Sequence[Arm], seen: Sequence[Watched]) -> list[Judgement]:
    """Judge every claim of this study."""
    rooms = sorted({arm.room for arm in arms})
    size = len(rooms)
    return [
        *judge_family([_weak(each, weak_first(each.room, size)) for each in seen]),
        *judge_family([_changed(arms, k, "until", EARLY, harmless_first(k, size), 0.0, HARMLESS) for k in rooms]),
        *judge_family([_changed(arms, k, "since", EARLY, decisive_later(k, size), DECISIVE, 1.0) for k in rooms]),
        *judge_family(
            [_changed(arms, k, "since", LATE / FLOW_PENALTY, settled_by_half(k, size), 0.0, SETTLED) for k in rooms]
        ),
        *judge_family(
            [_changed(arms, k, "same-sign-only", None, collisions_only(k, size), 0.0, HARMLESS) for k in rooms]
        ),
        lone(arms),
        overlaps(seen),
        *judge_family([leads(seen, failure) for failure in FAILURES]),
        rate(seen),
    ]


def _weak(seen: Watched, claim: Claim) -> Tested:
    """Test interference's share of force at the start."""
    sentence = (
        f"At the start (n = {seen.n}, m = {seen.m}) interference is {{found}} of the sum of the three forces' norms; "
        f"the largest share later than λt = 0.1 is {seen.share[:, seen.times * FLOW_PENALTY > 0.1].mean(0).max():.2g}."
    )
    return claim, stats.agrees(stats.mean(seen.share[:, 0], level=1 - 2 * ALPHA), 0.0, WEAK), sentence


def _changed(
    arms: Sequence[Arm], room: int, kind: str, time: float | None, claim: Claim, lower: float, upper: float
) -> Tested:
    """Test the share of winners that an arm changes."""
    arm, full = find(arms, room, kind, time), find(arms, room, "full")
    changed, features = changes(arm, full)
    if not len(features):
        return claim, None, f"No network of m = {full.m} converged."
    moment = f"{time:g}" if time is not None else ""
    what = {
        "until": f"Interference off until t = {moment} changes",
        "since": f"Interference off from t = {moment} on changes",
        "same-sign-only": "Interference between features that lead on one neuron with the same sign at the start, and "
        "between no others, changes",
    }[kind]
    sentence = f"{what} {{share}} of the winners (n = {full.n}, m = {full.m})."
    if kind == "same-sign-only":
        never = changes(find(arms, room, "never"), full)[0].sum() / features.sum()
        off = changes(find(arms, room, "same-sign-off"), full)[0].sum() / features.sum()
        sentence += f" None at all changes {percent(never, 0.05)}, all but those pairs' {percent(off, 0.05)}."
    return claim, share_agrees(changed, features, lower, upper), sentence


def lone(arms: Sequence[Arm]) -> Judgement:
    """Test the count without interference against independent leaders."""
    never = [arm for arm in arms if arm.kind == "never"]
    counts = np.concatenate([arm.shared for arm in never])
    predicted = np.concatenate([np.full(len(arm.shared), float(theory.leaders_alone(arm.n, arm.m))) for arm in never])
    if not counts.any():
        return undecided(LONE, "No neuron was shared.")
    ratio = stats.ratio_to_prediction(counts, predicted, robust=True, level=1 - 2 * ALPHA)
    full = np.concatenate([arm.shared for arm in arms if arm.kind == "full"]).mean()
    sentence = (
        f"Without interference {counts.mean():.3g} neurons a network hold two or more features, {{found}} times the "
        f"prediction (with it, {full:.3g})."
    )
    return judge(LONE, stats.agrees(ratio, 0.95, 1.05), sentence)


def overlaps(seen: Sequence[Watched]) -> Judgement:
    """Test how often the level of the union bound is exceeded."""
    above = sum(int((each.largest > overlap_level(each)).sum()) for each in seen)
    networks = sum(len(each.largest) for each in seen)
    test = stats.proportion_agrees(above, networks, 0.0, FAILURES[0] + 0.05)
    sentence = f"{out_of(above, networks, 'networks').capitalize()} {'have' if above > 1 else 'has'} a larger overlap"
    return judge(OVERLAPS, test, f"{sentence} at the start {{tally}}.")


def overlap_level(seen: Watched) -> float:
    """The level of the union bound at the smaller δ."""
    return float(theory.largest_overlap(seen.n, seen.m, failure=FAILURES[0]))


def leads(seen: Sequence[Watched], failure: float) -> Tested:
    """Test how many leads have changed by the proved time."""
    changed = np.concatenate([each.moved[each.proved[failure]] for each in seen])
    features = np.concatenate([np.full(len(each.moved[each.expected]), each.n) for each in seen])
    times = ", ".join(f"{each.proved[failure]:.2g} at m = {each.m}" for each in seen)
    sentence = f"By the proved time for δ = {failure:g} (t = {times}) {{share}} of the leads have changed."
    return LEADS[failure], share_agrees(changed, features, 0.0, failure), sentence


def rate(seen: Sequence[Watched]) -> Judgement:
    """Test the first-order rate at which leads change."""
    changed = np.concatenate([each.moved[each.expected] for each in seen])
    predicted = np.concatenate([np.full(len(each.moved[each.expected]), EXPECTED * each.n) for each in seen])
    if not changed.any():
        return undecided(RATE, "No lead changed.")
    ratio = stats.ratio_to_prediction(changed, predicted, robust=True, level=1 - 2 * ALPHA)
    sentence = f"When {100 * EXPECTED:g} % of the leads should have changed, {{found}} times that many have."
    return judge(RATE, stats.agrees(ratio, 0.80, 1.20), sentence)


def find(arms: Sequence[Arm], room: int, kind: str, time: float | None = None) -> Arm:
    """Return the arm of a kind at a width."""
    fits: Callable[[Arm], bool] = lambda arm: time is None or arm.time == time  # noqa: E731
    return next(arm for arm in arms if (arm.room, arm.kind) == (room, kind) and fits(arm))


def changes(arm: Arm, full: Arm) -> tuple[Floats, Floats]:
    """Return how many winners differ from full interference, and how many there are, a converged network each."""
    differs = (arm.winner[: len(full.winner)] != full.winner)[full.converged]
    return differs.sum(axis=1).astype(float), np.full(len(differs), float(full.n))


def pairs_kept(arm: Arm, full: Arm) -> float:
    """The share of the pairs that share a neuron under full interference which do so in the arm."""
    return len(full.pairs & arm.pairs) / len(full.pairs) if full.pairs else float("nan")
