"""What each claim on the timing of interference estimates; networks are the independent units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from polygenesis import stats, theory
from polygenesis.arrays import Floats
from polygenesis.numerals import percent
from polygenesis.studies.claim import Reading, Words, read, too_little
from polygenesis.studies.counts import ratio
from polygenesis.studies.evidence import Clustered, pool
from polygenesis.studies.interference_timing.arms import EARLY, EXPECTED, FAILURES, LATE, Arm, Watched
from polygenesis.studies.margin import LEVEL
from polygenesis.studies.paper_runs import FLOW_PENALTY
from polygenesis.studies.starts import starts_of


class Found(NamedTuple):
    """What was measured: every arm, and the watched runs."""

    arms: Sequence[Arm]
    seen: Sequence[Watched]

    @property
    def rooms(self) -> list[int]:
        """Widths in units of n."""
        return sorted({arm.room for arm in self.arms})


def weak(found: Found) -> list[Reading]:
    """Interference's share of force at the start, by width."""
    return [
        read(
            stats.mean(seen.share[:, 0], level=LEVEL),
            [seen],
            room=seen.room,
            n=seen.n,
            m=seen.m,
            later=seen.share[:, seen.times * FLOW_PENALTY > 0.1].mean(0).max(),
        )
        for seen in found.seen
    ]


def weak_short(found: Found) -> list[Reading]:
    """Interference's share of force at the start of shorter rows, by width and norm."""
    return [
        read(stats.mean(each.share, level=LEVEL), [each.spec], room=seen.room, n=seen.n, m=seen.m, norm=each.norm)
        for seen in found.seen
        for each in seen.shorter
    ]


def harmless(found: Found) -> list[Reading]:
    """Winners that change without interference in the first moments, by width."""
    return [_changed(found, room, "until", EARLY) for room in found.rooms]


def decisive(found: Found) -> list[Reading]:
    """Winners that change without interference after the first moments, by width."""
    return [_changed(found, room, "since", EARLY) for room in found.rooms]


def settled(found: Found) -> list[Reading]:
    """Winners that change without interference in the second half of the race, by width."""
    return [_changed(found, room, "since", LATE / FLOW_PENALTY) for room in found.rooms]


def collisions_only(found: Found) -> list[Reading]:
    """Winners that change with interference between colliding pairs alone, by width."""
    return [_changed(found, room, "same-sign-only", None) for room in found.rooms]


def _changed(found: Found, room: int, kind: str, time: float | None) -> Reading:
    """The share of winners that an arm changes."""
    arms = found.arms
    arm, full = find(arms, room, kind, time), find(arms, room, "full")
    changed, features = changes(arm, full)
    if not len(features):
        return too_little(f"No network of m = {full.m} converged.", [arm, full], room=room)
    words: Words = {"room": room, "n": full.n, "m": full.m, "moment": time}
    if kind == "same-sign-only":
        for name, other in (("never", "never"), ("off", "same-sign-off")):
            words[name] = percent(changes(find(arms, room, other), full)[0].sum() / features.sum(), 0.05)
    starts = starts_of(full.spec, len(changed), full.converged)
    return read(Clustered(changed, features, starts), [arm, full], **words)


def lone(found: Found) -> Reading:
    """The count without interference over that of independent leaders."""
    never = [arm for arm in found.arms if arm.kind == "never"]
    counts = np.concatenate([arm.shared for arm in never])
    predicted = np.concatenate([np.full(len(arm.shared), float(theory.leaders_alone(arm.n, arm.m))) for arm in never])
    if not counts.any():
        return too_little("No neuron was shared.", never)
    together = stats.ratio_to_prediction(counts, predicted, robust=True, level=LEVEL)
    cells = {f"m = {arm.m}": ratio(arm.shared, float(theory.leaders_alone(arm.n, arm.m))) for arm in never}
    means = "; ".join(
        f"{arm.shared.mean():.3g} a network at m = {arm.m} (with interference {_full(found, arm).shared.mean():.3g})"
        for arm in never
    )
    return read(pool(together, cells), never, means=means)


def _full(found: Found, arm: Arm) -> Arm:
    return find(found.arms, arm.room, "full")


def overlap_level(seen: Watched) -> float:
    """The level of the union bound at the smaller δ."""
    return float(theory.largest_overlap(seen.n, seen.m, failure=FAILURES[0]))


def rate(found: Found) -> Reading:
    """Changed leads over those of the first-order rate."""
    seen = found.seen
    changed = np.concatenate([each.moved[each.expected] for each in seen])
    predicted = np.concatenate([np.full(len(each.moved[each.expected]), EXPECTED * each.n) for each in seen])
    if not changed.any():
        return too_little("No lead changed.", [each.early for each in seen])
    together = stats.ratio_to_prediction(changed, predicted, robust=True, level=LEVEL)
    cells = {f"m = {each.m}": ratio(each.moved[each.expected], EXPECTED * each.n) for each in seen}
    return read(pool(together, cells), [each.early for each in seen])


def find(arms: Sequence[Arm], room: int, kind: str, time: float | None = None) -> Arm:
    """Return the arm of a kind at a width."""
    return next(arm for arm in arms if (arm.room, arm.kind) == (room, kind) and (time is None or arm.time == time))


def changes(arm: Arm, full: Arm) -> tuple[Floats, Floats]:
    """Return how many winners differ from full interference, and how many there are, a converged network each."""
    differs = (arm.winner[: len(full.winner)] != full.winner)[full.converged]
    return differs.sum(axis=1).astype(float), np.full(len(differs), float(full.n))


def pairs_kept(arm: Arm, full: Arm) -> float:
    """The share of the pairs that share a neuron under full interference which do so in the arm."""
    return len(full.pairs & arm.pairs) / len(full.pairs) if full.pairs else float("nan")
