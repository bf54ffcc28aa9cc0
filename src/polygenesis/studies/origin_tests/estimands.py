"""What each claim on the battery estimates: rates of error and detection, verdicts, what tells what, and twins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from polygenesis import stats
from polygenesis.numerals import true_minus
from polygenesis.probe import Origin
from polygenesis.studies.claim import Reading, Words, read, too_little
from polygenesis.studies.evidence import Counted
from polygenesis.studies.margin import LEVEL
from polygenesis.studies.origin_tests.histories import Truth
from polygenesis.studies.origin_tests.measures import GROUPS, JUDGED, Examined, Scores, stream
from polygenesis.studies.origin_tests.plan import AGAINST, CHANCE, NEED, STRONG, TASK, TRUTHS, WEAK
from polygenesis.studies.origin_tests.twins import Twins
from polygenesis.studies.wording import out_of

FIVE = f"{JUDGED} seeds"

SOMETHING: dict[str, tuple[tuple[str, ...], tuple[Truth, ...]]] = {
    "collision null": (("one final state",), ("need", "input", "task")),
    "split and relax": (("one final state",), ("task",)),
    "recurrence over seeds": (tuple(f"{size} seeds" for size in GROUPS), ("input", "task")),
    "related starts": ((FIVE,), ("input",)),
    "counterfactual": ((FIVE,), ("task",)),
}
"""A test → the evidence that it is given, and the origins of sharing where there is something to find.

The collision null cannot be asked where sharing is needed. A row drawn anew is related no more, so its pair must not
come back. The test of a network's own start is right to reject everywhere.
"""

NULLS = tuple(
    (test, evidence, history)
    for test, (given, origins) in SOMETHING.items()
    for evidence in given
    for history, truth in TRUTHS.items()
    if truth not in origins
)
"""All pairs of test and history where there is nothing to find."""

FINDS = (
    ("recurrence over seeds", "3 seeds", STRONG),
    ("recurrence over seeds", FIVE, STRONG),
    ("recurrence over seeds", "10 seeds", STRONG),
    ("recurrence over seeds", "10 seeds", WEAK),
    ("related starts", FIVE, STRONG),
    ("related starts", FIVE, WEAK),
    ("recurrence over seeds", "3 seeds", TASK),
    ("counterfactual", FIVE, TASK),
)
"""Tests where there is something to find."""

NO_STRUCTURE = (Origin.INCIDENTAL, Origin.COMPATIBLE)
"""With few shared neurons the limit of detection may be above what INCIDENTAL asks for."""

SOME_STRUCTURE = (Origin.PARTLY_STRUCTURED, Origin.STRUCTURED)

VERDICTS = (
    (CHANCE, NO_STRUCTURE),
    (NEED, NO_STRUCTURE),
    (STRONG, SOME_STRUCTURE),
    (TASK, SOME_STRUCTURE),
    (AGAINST, (*NO_STRUCTURE, Origin.NOTHING_SHARED)),
)
"""The right verdicts. What was forced and what the loss prefers are axes of their own and change none of them."""


class Found(NamedTuple):
    """What was measured: every history as the battery sees it, and the twins."""

    examined: Sequence[Examined]
    twins: Sequence[Twins]

    def of(self, name: str) -> Examined:
        """Return one history."""
        return next(each for each in self.examined if each.history.name == name)


def false_positives(found: Found) -> list[Reading]:
    """Rates of rejection where there is nothing to find."""
    return [_rate(found, *each) for each in NULLS]


def detections(found: Found) -> list[Reading]:
    """Rates of rejection where there is something to find."""
    return [_rate(found, *each) for each in FINDS]


def _rate(found: Found, test: str, evidence: str, history: str) -> Reading:
    words: Words = {"test": test, "Test": upper(test), "seen": evidence, "history": history, "History": upper(history)}
    rejected = found.of(history).rejected(test, evidence)
    if rejected is None:
        return too_little(
            f"{upper(test)} could not be asked of this history: {history}.", _specs(found, history), **words
        )
    sets = out_of(rejected.hits, rejected.trials, "sets")
    return read(Counted(rejected.hits, rejected.trials), _specs(found, history), sets=sets, **words)


def verdicts(found: Found) -> list[Reading]:
    """Shares of right verdicts by history."""
    return [_verdict(found, name, origins) for name, origins in VERDICTS]


def _verdict(found: Found, history: str, origins: Sequence[Origin]) -> Reading:
    one = found.of(history)
    name = " or ".join(each.name.lower().replace("_", " ") for each in origins)
    words: Words = {"history": history, "History": upper(history), "verdict": name}
    hits, trials = sum(each in origins for each in one.together), len(one.together)
    if not trials:
        return too_little(f"There is no set of this history: {history}.", _specs(found, history), **words)
    sets = f"{out_of(hits, trials, 'sets')} {'are' if hits > 1 else 'is'}"
    return read(Counted(hits, trials), _specs(found, history), sets=sets, **words)


def by_seeds(found: Found) -> Reading:
    """AUC of recurrence in nine other networks."""
    return _told(found, STRONG, "10 seeds")


def by_task(found: Found) -> Reading:
    """AUC of the final overlap for nearly duplicate features."""
    return _told(found, TASK, "final overlap")


def _told(found: Found, history: str, evidence: str) -> Reading:
    """How well a score tells designated pairs from the others."""
    scored = found.of(history).scored(evidence)
    if scored is None:
        return too_little("No network holds both a designated pair and another.", _specs(found, history))
    designated, others = int(scored.designated.sum()), int((~scored.designated).sum())
    area = auc(scored, level=LEVEL)
    return read(area, _specs(found, history), seen=scored.evidence, designated=designated, others=others)


def auc(scored: Scores, *, level: float = 0.95) -> stats.Estimate:
    """The AUC with an interval over networks."""
    return stats.auc_interval(
        scored.score, scored.designated, scored.network, seed=stream(scored.evidence), level=level, resamples=499
    )


def same_end(twins: Sequence[Twins]) -> str:
    """Say what the twins show: exact by construction, so that a test checks it and no claim is made of it."""
    shown = [each for each in twins if len(each.designated)]
    if not shown:
        return "No two networks of the two histories share as many neurons, so there are no twins."
    first = float(np.mean([each.relation(each.start_by_chance) for each in shown]))
    second = float(np.mean([each.relation(each.start_by_input) for each in shown]))
    return true_minus(
        "Twins are two networks, one by chance and one by related starts, with the same final weights in every bit. By "
        f"construction, {out_of(sum(each.same for each in shown), len(shown), 'twins')} are such (docs/theory.md, "
        "Origins 1 and 2); the starts of the pairs that are designated in the second have a mean cosine of "
        f"{first:.2f} in the first and {second:.2f} in the second. So no test can tell the two histories apart from "
        "one final state: at rest all pairs have one overlap, and related starts show only at the start. The table of "
        "AUCs has both, and no claim is made of either, because neither can fail."
    )


def _specs(found: Found, history: str) -> list[object]:
    spec = found.of(history).history.spec
    return [] if spec is None else [spec]


def upper(text: str) -> str:
    """Begin with a capital letter."""
    return text[:1].upper() + text[1:]
