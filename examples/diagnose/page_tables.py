"""The tables of docs/diagnosed: what their cells say of a diagnosis, and how they are written."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from pathlib import Path

import numpy as np

from polygenesis.dynamics.keeping.provenance import in_words
from polygenesis.probe import Diagnosis, Missing
from polygenesis.probe.evidence import about, at_least, at_most
from polygenesis.report.markdown import stamp
from polygenesis.stats import Estimate

FOLDER = Path(__file__).parents[2] / "docs" / "diagnosed"

FALSE_PAIRS = 0.05
"""False discovery rate at which a pair stands out."""

LADDER = (0.65, 0.75, 0.85)
"""Thresholds of selection between which a reader compares."""


def write(name: str, columns: Mapping[str, Mapping[str, str]]) -> Path:
    """Write a Markdown table to docs/diagnosed, and below it what made it.

    ``columns`` maps a network to what is known of it, name by name.
    """
    rows = dict.fromkeys(row for column in columns.values() for row in column)
    lines = [["", *columns], ["---"] * (1 + len(columns))]
    lines += [[row, *(column.get(row, "") for column in columns.values())] for row in rows]
    path = FOLDER / name
    table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    path.write_text(f"{table}\n{stamp(in_words())}\n", encoding="utf-8")
    return path


def counts(found: Diagnosis) -> dict[str, str]:
    """Live and shared neurons a run, and how many were shared before training where that is known."""
    runs = found.carried.shape[0]
    live = np.mean([(~each.constant).sum() for each in found.selectivity])
    said = {"live neurons": f"{live:.3g}", "shared neurons": f"{shared(found):.3g}"}
    baseline = found.findings.of("untrained baseline")
    return said if baseline is None else said | {"shared before training": f"{baseline.statistic / runs:.3g}"}


def shared(found: Diagnosis) -> float:
    """Neurons that two features or more share, a run, copies counted once."""
    return sum(each.mark != "inseparable" for each in found.shared) / found.carried.shape[0]


def axes(found: Diagnosis, untrained: Diagnosis) -> dict[str, str]:
    """What was forced and what comes back with every seed, there and in the untrained networks, with the evidence."""
    again, starts = (found.findings.of(test) for test in ("recurrence over seeds", "related starts"))
    assert again is not None
    assert starts is not None
    return {
        "forced": bound(found.forced),
        "structured": share(found.structured),
        "structured before training": share(untrained.structured),
        "recurrence over chance": f"{again.effect:.2f} (p = {again.p_value:.2g})",
        "cosine of starts": f"{starts.statistic:.2f} ({starts.statistic - starts.effect:.2f} by chance)",
        "pairs that stand out": f"{standing_out(found)} of {possible(found)}",
        "kin · both · strangers": " · ".join(marks(found)),
        "verdict by threshold": verdicts(found),
    }


def of_one(found: Diagnosis, untrained: Diagnosis) -> dict[str, str]:
    """What one network shows: nothing of what comes back, but how often pairs meet within it, and an untrained one."""
    again = found.findings.of("recurrence within the run")
    assert again is not None
    return {
        "shared in an untrained one": f"{shared(untrained):.0f}",
        "forced": bound(found.forced),
        "structured": "no answer",
        "recurrence within, over chance": f"{again.effect:.2f} (p = {again.p_value:.2g})",
        "pairs that stand out": f"{standing_out(found)} of {possible(found)}",
        f"shared at {' · '.join(f'{at:g}'.lstrip('0') for at in LADDER)}": ladder(found),
    }


def ladder(found: Diagnosis) -> str:
    """Shared neurons at a lower threshold of selection, at the one used, and at a higher one."""
    rows = {row["threshold"]: row["shared neurons"] for row in found.sensitivity}
    return " · ".join(f"{rows[at]:,.0f}" for at in LADDER)


def share(axis: Estimate | Missing) -> str:
    """An axis in percent, with its interval: each end is rounded outwards, as in the sentence of the verdict."""
    if isinstance(axis, Missing):
        return "–"
    return f"{about(axis.value)} ({at_least(axis.lower)} to {at_most(axis.upper)})"


def bound(axis: Estimate | Missing) -> str:
    """An axis that is a lower bound."""
    return "–" if isinstance(axis, Missing) else f"at least {at_least(axis.lower)}" if axis.lower else "nothing shown"


def standing_out(found: Diagnosis) -> int:
    """Pairs that share more neurons than chance gives."""
    return sum(each.q <= FALSE_PAIRS for each in found.pairs)


def possible(found: Diagnosis) -> int:
    """Number of pairs of features."""
    return len(found.names) * (len(found.names) - 1) // 2


def marks(found: Diagnosis) -> list[str]:
    """Shared neurons of all runs by mark, a dash each where pairs could not be named."""
    told = [each.mark for each in found.shared]
    return [f"{told.count(mark)}" if "unknown" not in told else "–" for mark in ("kin", "both", "strangers")]


def verdicts(found: Diagnosis) -> str:
    """The verdict at each threshold of selection: "partly structured .65–.85, compatible .9"."""
    said = []
    for verdict, rows in groupby(found.sensitivity, key=lambda row: str(row["verdict"])):
        at = [f"{row['threshold']:g}".lstrip("0") for row in rows]
        said.append(f"{verdict.lower().replace('_', ' ')} {at[0] if len(at) == 1 else f'{at[0]}–{at[-1]}'}")
    return ", ".join(said)
