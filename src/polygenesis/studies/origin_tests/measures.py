"""What the battery says of networks whose history is known, set by set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from polygenesis import detect, seeds
from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.probe import Diagnosis, Origin, Preference, diagnose
from polygenesis.probe.battery.collision_null import collision_null
from polygenesis.probe.battery.recurrence import LEAST_RUNS, recurrence
from polygenesis.studies.origin_tests.histories import History, Networks

SET = 10
"""Networks of which one is diagnosed alone."""

GROUPS = (3, 5, 10)
"""How many seeds recurrence is asked of."""

JUDGED = 5
"""Seeds of a diagnosis."""

DRAWS = 199
"""Draws of a null: enough for p-values down to 0.005."""

SPLITS = 5
"""Pairs of a diagnosis that are parted."""

COUNTERFACTUALS = 5
"""Pairs of a diagnosis that are drawn anew."""


@dataclass(frozen=True)
class Rejections:
    """How often a test rejected at a level: ``hits`` of ``trials``. ``evidence`` names what it was given."""

    test: str
    evidence: str
    hits: int
    trials: int


@dataclass(frozen=True, eq=False)
class Scores:
    """A score of each sharing pair and whether the pair is designated, (c,); ``network``: which it came from, (c,)."""

    evidence: str
    score: Floats
    designated: Booleans
    network: Integers

    @property
    def is_mixed(self) -> bool:
        """Whether both designated and other pairs share."""
        return bool(self.designated.any() and not self.designated.all())


@dataclass(frozen=True, eq=False)
class Examined:
    """One history, examined: rejections by test, verdicts from one network and from five, and scores of pairs.

    ``shared``: mean number of shared neurons; ``designed``: share of designated pairs that share (NaN if none is).
    """

    history: History
    networks: int
    shared: float
    designed: float
    rejections: tuple[Rejections, ...]
    alone: tuple[Origin, ...]
    together: tuple[Origin, ...]
    scores: tuple[Scores, ...]

    def rejected(self, test: str, evidence: str) -> Rejections | None:
        """Return how often a test rejected on some evidence; None where it could not be asked."""
        found = [each for each in self.rejections if (each.test, each.evidence) == (test, evidence) and each.trials]
        return found[0] if found else None

    def scored(self, evidence: str) -> Scores | None:
        """Return the scores of one kind of evidence, if designated and other pairs share."""
        found = [each for each in self.scores if each.evidence == evidence and each.is_mixed]
        return found[0] if found else None


def examine(networks: Networks, *, level: float) -> Examined:
    """Put a history's networks through the battery: alone, five at a time, and recurrence at several sizes."""
    history, final, initial = networks.history, networks.final, networks.initial
    sets = [slice(first, first + SET) for first in range(0, len(final) - SET + 1, SET)]
    alone = [_diagnosis(networks, slice(each.start, each.start + 1), counterfactuals=0) for each in sets]
    fives = [slice(first, first + JUDGED) for first in range(0, len(final) - JUDGED + 1, JUDGED)]
    together = [_diagnosis(networks, each, COUNTERFACTUALS) for each in fives]
    found = [_preferences(alone), _collisions(final, level)]
    found += [each for each in _tests(alone, "one start and end", level) if each.test == "start"]
    found += _tests(together, f"{JUDGED} seeds", level, skip=("recurrence over seeds", "start", "collision null"))
    found += [_recurrences(final, size, level) for size in GROUPS]
    return Examined(
        history,
        len(final),
        float(detect.census(final).shared.mean()),
        _designed(networks),
        tuple(found),
        tuple(each.verdict.origin for each in alone),
        tuple(each.verdict.origin for each in together),
        tuple(scores(history, initial, final)),
    )


def _designed(networks: Networks) -> float:
    if not networks.history.designated:
        return float("nan")
    i, j = np.array(networks.history.designated).T
    return float((detect.census(networks.final).pair_counts()[:, i, j] > 0).mean())


def _diagnosis(networks: Networks, rows: slice, counterfactuals: int) -> Diagnosis:
    return diagnose(
        networks.final[rows],
        initial=networks.initial[rows],
        objective=networks.history.loss,
        retrain=networks.history.retrain,
        counterfactuals=counterfactuals,
        splits=SPLITS,
        seed=rows.start,
        draws=DRAWS,
    )


def _tests(found: Sequence[Diagnosis], evidence: str, level: float, skip: Sequence[str] = ()) -> list[Rejections]:
    """Count rejections by every test with a p-value."""
    values: dict[str, list[float]] = {}
    for one in found:
        for each in one.evidence:
            if each.p_value is not None and each.test not in skip:
                values.setdefault(each.test, []).append(each.p_value)
    return [Rejections(test, evidence, sum(p <= level for p in ps), len(ps)) for test, ps in values.items()]


def _preferences(found: Sequence[Diagnosis]) -> Rejections:
    """Count the pairs that the loss is said to prefer together, of those that were parted."""
    parted = [each for one in found for _, each in one.splits]
    preferred = sum(each.preference is Preference.PREFERRED for each in parted)
    return Rejections("split and relax", "one final state", preferred, len(parted))


def _collisions(final: Floats, level: float) -> Rejections:
    """Ask the collision null of every network alone, where there are neurons enough."""
    if final.shape[1] > final.shape[2]:
        return Rejections("collision null", "one final state", 0, 0)
    values = [collision_null(detect.census(each)).p_value for each in final]
    hits = sum(p <= level for p in values if p is not None)
    return Rejections("collision null", "one final state", hits, len(values))


def _recurrences(final: Floats, size: int, level: float) -> Rejections:
    """Ask recurrence of as many groups of some size as there are."""
    carried = [each.astype(bool) for each in settled(final)]
    groups = [carried[first : first + size] for first in range(0, len(carried) - size + 1, size)]
    assert size >= LEAST_RUNS
    values = [recurrence(group, seed=k, draws=DRAWS).p_value for k, group in enumerate(groups)]
    return Rejections("recurrence over seeds", f"{size} seeds", sum(p <= level for p in values), len(values))


def settled(final: Floats) -> Booleans:
    """Which neuron carries which settled feature, (r, n, m)."""
    census = detect.census(final)
    return np.asarray(census.carried & census.settled[:, :, None])


def scores(history: History, initial: Floats, final: Floats) -> list[Scores]:
    """Score every pair that shares, by its final weights, by other seeds, and by its start.

    The final state: the pair's overlap W_i·W_j, to four digits (below that the run had not ended), and its sign. K
    seeds: in how many of the K − 1 next networks the pair shares too. The start: minus the cosine of the initial rows.
    """
    pairs = detect.shared_pairs(detect.census(final))
    r, i, j = pairs.replicate, pairs.first, pairs.second
    shared = detect.census(final).pair_counts() > 0
    designated = np.zeros(shared.shape[1:], dtype=bool)
    for a, b in history.designated:
        designated[a, b] = True
    unit = initial / np.linalg.norm(initial, axis=2, keepdims=True)
    by = {
        "final overlap": np.round(np.einsum("ck,ck->c", final[r, i], final[r, j]), 4),
        "start": -np.einsum("ck,ck->c", unit[r, i], unit[r, j]),
    }
    for size in GROUPS:
        others = (r[:, None] + np.arange(1, size)) % len(final)
        by[f"{size} seeds"] = shared[others, i[:, None], j[:, None]].sum(axis=1).astype(float)
    return [Scores(name, np.asarray(score), designated[i, j], r) for name, score in by.items()]


def stream(name: str) -> np.random.Generator:
    """Random numbers of a bootstrap, by name."""
    return seeds.generator(0, "origin-tests", name)
