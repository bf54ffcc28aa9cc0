"""The ladder: how counts, recurrence and verdict move with the threshold of selection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from polygenesis.probe.battery.base import Base
from polygenesis.probe.battery.battery import Findings, judge_pairs
from polygenesis.probe.battery.recurrence import DECISIVE, LEAST_RUNS
from polygenesis.probe.judging.axes import measure
from polygenesis.probe.judging.conclusion import Conclusion
from polygenesis.probe.judging.verdict import decide
from polygenesis.probe.selection.select import Selection
from polygenesis.probe.selection.selectivity import Measure

LADDER: dict[Measure, tuple[float, ...]] = {
    "auroc": (0.65, 0.7, 0.75, 0.8, 0.85, 0.9),
    "difference": (0.3, 0.5, 0.8, 1.2, 1.6),
    "information": (0.01, 0.02, 0.05, 0.1, 0.2),
}
"""Alternative thresholds: what ``Diagnosis.sensitivity`` compares."""

LADDER_DRAWS = 99
"""Draws for each alternative threshold: the fewest that reach p ≤ .01."""


NOTHING = "nothing is shared"

WORDS = {
    "NOTHING_SHARED": NOTHING,
    "UNDECIDED": "undecided",
    "COMPATIBLE": "compatible with chance",
    "INCIDENTAL": "incidental",
    "PARTLY_STRUCTURED": "partly structured",
    "STRUCTURED": "structured",
}
"""Verdicts in the words of a sentence, by the name of their origin."""


def ladder(
    base: Base, found: Sequence[Selection], alternatives: Sequence[float], threshold: float, concluded: Conclusion
) -> Iterator[dict[str, Any]]:
    """For each threshold: how many neurons and features are left, how many are shared, recurrence, and the verdict."""
    for each in sorted({*alternatives, threshold}):
        chosen = [one.at(each) for one in found]
        counts = [one.distinct.sum(axis=0) for one in chosen]  # copies once, as everywhere
        row: dict[str, Any] = {
            "threshold": each,
            "selective neurons": float(np.mean([(c >= 1).sum() for c in counts])),
            "shared neurons": float(np.mean([(c >= 2).sum() for c in counts])),
            "features selected": float(np.mean([one.carried.any(axis=1).sum() for one in chosen])),
        }
        if base.runs >= LEAST_RUNS:
            row |= _at(base, chosen, concluded if each == threshold else None)
        yield row


def _at(base: Base, chosen: Sequence[Selection], known: Conclusion | None) -> dict[str, Any]:
    """Recurrence and verdict at one threshold; the chosen one's are known."""
    base = replace(
        base,
        carried=tuple(each.distinct for each in chosen),
        live=tuple(each.live for each in chosen),
        draws=base.draws if known else min(base.draws, LADDER_DRAWS),
        widths=None,
    )
    findings = judge_pairs(base)
    again = findings.recurrence
    origin = known.verdict.origin if known else decide(base, findings, measure(base, findings, settle=False))
    if again is None:
        return {"verdict": origin.name}
    return {
        "recurrence, observed/expected": again.ratio,
        "recurrence, p": again.p_value,
        **_by_starts(findings),
        "verdict": origin.name,
    }


def _by_starts(findings: Findings) -> dict[str, float]:
    """The p-value of related starts where they are decisive and recurrence is not."""
    again, related = findings.recurrence, findings.related
    decisive = related is not None and related.found and not (again is not None and again.found)
    return {"related starts, p": related.p_value} if related is not None and decisive else {}


def holds(rows: Sequence[dict[str, Any]], concluded: Conclusion) -> tuple[str, ...]:
    """Say at which thresholds the verdict holds, and what it is at the others."""
    if len(rows) < 2 or "verdict" not in rows[0]:
        return ()
    name = concluded.verdict.origin.name
    same, elsewhere = ([row for row in rows if (row["verdict"] == name) is own] for own in (True, False))
    span = f"from {same[0]['threshold']:g} to {same[-1]['threshold']:g}"
    if not elsewhere:
        return (f"The verdict is the same at every threshold tried, {span}.",)
    unbroken = len(same) > 1 and rows.index(same[-1]) - rows.index(same[0]) == len(same) - 1
    where = f"for thresholds {span}" if unbroken else f"at {_listed(same)}"
    return (f"The verdict holds {where}; {_others(elsewhere)}.",)


def _others(rows: Sequence[dict[str, Any]]) -> str:
    """Say each other verdict once with the thresholds at which it was given."""
    at: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        at.setdefault(_word(row), []).append(row)
    bare = at.pop(NOTHING, [])
    said = [f"{word} at {_listed(each)}" for word, each in at.items()]
    parts = [f"it is {', '.join(said)}"] if said else []
    parts += [f"{NOTHING} at {_listed(bare)}"] if bare else []
    return ", and ".join(parts)


def _word(row: dict[str, Any]) -> str:
    """The verdict of one threshold in the words of a sentence."""
    least = min(row.get(f"{test}, p", 1.0) for test in ("recurrence", "related starts"))
    if row["verdict"] == "COMPATIBLE" and least <= DECISIVE:
        return "not decided"
    return WORDS[row["verdict"]]


def _listed(rows: Sequence[dict[str, Any]]) -> str:
    at = [f"{row['threshold']:g}" for row in rows]
    return f"{', '.join(at[:-1])} and {at[-1]}" if len(at) > 1 else at[0]
