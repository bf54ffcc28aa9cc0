"""What an interval takes for granted of the cases within one network, and what would follow without it."""

from __future__ import annotations

from typing import Any

import numpy as np

from polygenesis import stats
from polygenesis.numerals import number
from polygenesis.studies import wording
from polygenesis.studies.counts import CountRatio
from polygenesis.studies.evidence import Clustered, Evidence, NeverSeen, Pool
from polygenesis.studies.margin import ALPHA, LEVEL
from polygenesis.studies.shares import by_cluster, too_few_to_tell

WORDS = {
    stats.Verdict.EQUIVALENT: "supported",
    stats.Verdict.DIFFERENT: "refuted",
    stats.Verdict.UNDECIDED: "undecided",
}
"""What a claim would be."""


def assumed(evidence: Evidence, lower: float, upper: float) -> str:
    """Say what is taken for granted of cases within one network, and what would follow without it; else nothing."""
    match evidence:
        case Pool():
            return assumed(evidence.together, lower, upper)
        case Clustered():
            return _independent(*evidence.clusters, lower, upper)
        case NeverSeen() if not np.any(evidence.hits):
            return _independent(evidence.hits, evidence.cases, lower, upper)
        case CountRatio() if evidence.starts is not None:
            share_of = evidence.size * upper / (1 + evidence.size * upper)
            return _independent(*evidence.clusters, 0.0, share_of, evidence.size)
    return ""


def _independent(hits: Any, cases: Any, lower: float, upper: float, size: float = 0.0) -> str:
    """Say that cases are taken as independent, and where the number lies if every network counts as one case.

    ``size``: how many times as many networks the upper cell of a ratio has; 0 for a share.
    """
    if not too_few_to_tell(hits, cases):
        return ""
    total, seen, networks = float(np.sum(cases)), float(np.sum(hits)), int(np.count_nonzero(np.asarray(cases) > 0))
    odd, what = int(min(seen, total - seen)), "counts" if size else "cases"
    start = (
        f"All {total:,.0f} {what} in {networks} networks are alike"
        if not odd
        else f"Only {odd} of {total:,.0f} {what} in {networks} networks {'differs' if odd == 1 else 'differ'}"
    )
    found = by_cluster(hits, cases, level=LEVEL)
    verdict = WORDS[stats.agrees(found, lower, upper, alpha=ALPHA).verdict]
    ends = tuple(end / (1 - end) / size if end < 1 else np.inf for end in (found.lower, found.upper)) if size else ()
    reach = f"{number(ends[0])} to {number(ends[1])}" if size else wording.reach(found)
    taken = "the interval allows for no more than these show" if odd else "they are taken as independent"
    return (
        f"{start}, which cannot show how far the {what} of one network go together; {taken}. "
        f"With one network as one case the {100 * LEVEL:g} % interval would be {reach}, and the claim {verdict}."
    )
