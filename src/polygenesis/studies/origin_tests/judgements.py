"""Rates of error and detection, verdicts, what can be told from what, and twins."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from polygenesis import stats
from polygenesis.probe import Origin
from polygenesis.studies.base import Claim, Judgement, Verdict
from polygenesis.studies.judging import ALPHA, Tested, judge, judge_family, undecided
from polygenesis.studies.origin_tests import claims
from polygenesis.studies.origin_tests.measures import JUDGED, Examined, Scores, stream
from polygenesis.studies.origin_tests.plan import AGAINST, CHANCE, NEED, STRONG, TASK, WEAK, WIDE
from polygenesis.studies.origin_tests.twins import Twins
from polygenesis.studies.wording import out_of

FIVE = f"{JUDGED} seeds"

NULLS = (
    ("collision null", "one final state", CHANCE),
    ("collision null", "one final state", WIDE),
    ("collision null", "one final state", AGAINST),
    ("split and relax", "one final state", CHANCE),
    ("recurrence over seeds", "3 seeds", CHANCE),
    ("recurrence over seeds", FIVE, CHANCE),
    ("recurrence over seeds", "10 seeds", CHANCE),
    ("recurrence over seeds", "3 seeds", NEED),
    ("recurrence over seeds", FIVE, AGAINST),
    ("related starts", FIVE, CHANCE),
    ("counterfactual", FIVE, CHANCE),
    ("counterfactual", FIVE, STRONG),
)
"""Tests where there is nothing to find. A row drawn anew is related no more, so its pair must not come back."""

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


def judgements(found: Sequence[Examined], twins: Sequence[Twins]) -> list[Judgement]:
    """Judge every claim of this study."""
    by_name = {each.history.name: each for each in found}
    return [
        *judge_family([_rate(by_name, *each, wanted=(0.0, claims.FAR)) for each in NULLS], cases="sets"),
        *judge_family([_rate(by_name, *each, wanted=(claims.OFTEN, 1.0)) for each in FINDS], cases="sets"),
        *judge_family([_verdict(by_name[name], origins) for name, origins in VERDICTS], cases="sets"),
        told(claims.SILENT, by_name[STRONG].scored("final overlap"), 0.45, 0.55),
        told(claims.BY_SEEDS, by_name[STRONG].scored("10 seeds"), 0.9, math.inf),
        told(claims.BY_START, by_name[STRONG].scored("start"), 0.9, math.inf),
        told(claims.BY_TASK, by_name[TASK].scored("final overlap"), 0.9, math.inf),
        same_end(twins),
    ]


def _rate(
    by_name: dict[str, Examined], test: str, evidence: str, history: str, *, wanted: tuple[float, float]
) -> Tested:
    claim = (claims.honest if wanted[0] == 0 else claims.powerful)(test, evidence, history)
    rejected = by_name[history].rejected(test, evidence)
    if rejected is None:
        return claim, None, f"{claims.upper(test)} could not be asked of this history: {history}."
    sets = out_of(rejected.hits, rejected.trials, "sets")
    sentence = f"{claims.upper(history)}: {test} from {evidence} rejected {sets} {{tally}}."
    return claim, stats.proportion_agrees(rejected.hits, rejected.trials, *wanted), sentence


def _verdict(one: Examined, origins: Sequence[Origin]) -> Tested:
    name = " or ".join(each.name.lower().replace("_", " ") for each in origins)
    claim = claims.right(one.history.name, name)
    hits, trials = sum(each in origins for each in one.together), len(one.together)
    sets = f"{out_of(hits, trials, 'sets')} {'are' if hits > 1 else 'is'}"
    sentence = f"{claims.upper(one.history.name)}: {sets} called {name} {{tally}}."
    if not trials:
        return claim, None, f"There is no set of this history: {one.history.name}."
    return claim, stats.proportion_agrees(hits, trials, claims.RIGHT, 1.0), sentence


def told(claim: Claim, scored: Scores | None, lower: float, upper: float) -> Judgement:
    """Test how well a score tells designated pairs from the others."""
    if scored is None:
        return undecided(claim, "No network holds both a designated pair and another.")
    area = auc(scored, level=1 - 2 * ALPHA)
    sentence = (
        f"By the {scored.evidence} designated pairs are told from the other pairs that share with an AUC of {{found}} "
        f"({int(scored.designated.sum())} and {int((~scored.designated).sum())} pairs)."
    )
    return judge(claim, stats.agrees(area, lower, upper), sentence)


def auc(scored: Scores, *, level: float = 0.95) -> stats.Estimate:
    """The AUC with an interval over networks."""
    return stats.auc_interval(
        scored.score, scored.designated, scored.network, seed=stream(scored.evidence), level=level, resamples=499
    )


def same_end(twins: Sequence[Twins]) -> Judgement:
    """See whether all twins are equal at the end and none at the start."""
    shown = [each for each in twins if len(each.designated)]
    if not shown:
        return undecided(claims.TWINS, "No two networks of the two histories share as many neurons.")
    same = sum(each.same for each in shown)
    first = np.array([each.relation(each.start_by_chance) for each in shown])
    second = np.array([each.relation(each.start_by_input) for each in shown])
    apart = bool((first > -0.5).all() and (second < -0.8).all())
    sentence = (
        f"{same} of {len(shown)} twins have the same final weights in every bit; the starts of the pairs that are "
        f"designated in the second history have a mean cosine of {first.mean():.2f} (least {first.min():.2f}) in the "
        f"first and {second.mean():.2f} (largest {second.max():.2f}) in the second."
    )
    return Judgement(claims.TWINS, Verdict.SUPPORTED if same == len(shown) and apart else Verdict.REFUTED, sentence)
