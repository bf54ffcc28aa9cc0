"""The ladder: how counts, recurrence and verdict move with the threshold of selection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from polygenesis.probe.battery.base import Base
from polygenesis.probe.battery.battery import judge_pairs
from polygenesis.probe.battery.recurrence import LEAST_RUNS
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
        "verdict": origin.name,
    }


def holds(rows: Sequence[dict[str, Any]], concluded: Conclusion, threshold: float) -> tuple[str, ...]:
    """Say over which thresholds the verdict holds, and what it is at the next ones."""
    if len(rows) < 2 or "verdict" not in rows[0]:
        return ()
    at = next(i for i, row in enumerate(rows) if row["threshold"] == threshold)
    name = concluded.verdict.origin.name
    low = high = at
    while low > 0 and rows[low - 1]["verdict"] == name:
        low -= 1
    while high + 1 < len(rows) and rows[high + 1]["verdict"] == name:
        high += 1
    span = f"from {rows[low]['threshold']:g} to {rows[high]['threshold']:g}"
    elsewhere = [*rows[:low], *rows[high + 1 :]]
    if not elsewhere:
        return (f"The verdict is the same at every threshold tried, {span}.",)
    others = ", ".join(_grouped(elsewhere))
    where = f"for thresholds {span}" if high > low else f"at {threshold:g}"
    return (f"The verdict holds {where}; it is {others}.",)


def _grouped(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Say each verdict once with the thresholds at which it was given."""
    for verdict in dict.fromkeys(row["verdict"] for row in rows):
        at = [f"{row['threshold']:g}" for row in rows if row["verdict"] == verdict]
        listed = f"{', '.join(at[:-1])} and {at[-1]}" if len(at) > 1 else at[0]
        yield f"{verdict.lower().replace('_', ' ')} at {listed}"
