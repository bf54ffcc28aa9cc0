"""Rates of error: what a row of the table is, how its events are counted, and whether it meets what is required."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polygenesis import stats
from polygenesis.bench.origins import Case

REPEATS = int(os.environ.get("POLYGENESIS_REPEATS", "200"))
"""Sets of a row; five times as many where the question is a level, a quarter where every set counts its neurons."""

NUISANCE = 0.05
"""By how much a nuisance may change a rate."""

KEPT = Path(__file__).parents[1] / "results" / "diagnosis-error-rates"

Outcome = dict[str, Any]
"""What was found in one set, beside its truth, as plain JSON."""

Count = Callable[[list[Outcome]], tuple[int, int]]
"""Outcomes in, hits and trials out."""


@dataclass(frozen=True)
class Rate:
    """An event, how it is counted, and what its rate must be; ``same``: within 5 points of the row ``beside``."""

    event: str
    count: Count
    least: float | None = None
    most: float | None = None
    same: bool = False

    @property
    def required(self) -> str:
        least = [] if self.least is None else [f"≥ {self.least:g}"]
        most = [] if self.most is None else [f"≤ {self.most:g}"]
        return " ".join([*least, *most, *["± .05"] * self.same])


@dataclass(frozen=True)
class Row:
    """Networks of one kind, ``make(seed)``, what is asked of them, and the rates that are stated.

    ``sets``: in units of REPEATS. ``beside``: the row without the nuisance.
    ``keep``: more of a diagnosis to keep than `outcome` does.
    """

    name: str
    make: Callable[[int], Case]
    rates: tuple[Rate, ...]
    sets: float = 1
    beside: str = ""
    keep: Callable[[Case, Any], Outcome] = lambda case, found: {}

    @property
    def number(self) -> int:
        return max(2, round(self.sets * REPEATS))

    @property
    def file(self) -> Path:
        return KEPT / f"{re.sub(r'[^a-z0-9.]+', '-', self.name.lower()).strip('-')}.jsonl"


@dataclass(frozen=True)
class Measured:
    """A line of the table.

    ``met``: "yes", "no" where the interval excludes what is required, else "within error"; "–" where nothing counts.
    """

    row: str
    event: str
    required: str
    hits: int
    trials: int
    met: str

    def cells(self) -> tuple[str, ...]:
        if not self.trials:
            return (self.row, self.event, self.required, "0 of 0", "–", self.met)
        found = stats.proportion(self.hits, self.trials)
        rate = f"{found.value:.3f} ({found.lower:.3f}–{found.upper:.3f})"
        return (self.row, self.event, self.required, f"{self.hits} of {self.trials}", rate, self.met)


# Rates


def judged(row: Row, found: list[Outcome], beside: list[Outcome] | None = None) -> list[Measured]:
    """Count the rates of a row and hold them against what is required."""
    lines = []
    for rate in row.rates:
        hits, trials = rate.count(found)
        met = _met(hits, trials, rate.least, rate.most)
        if rate.same and beside is not None:
            met = _same(hits, trials, *rate.count(beside))
        lines.append(Measured(row.name, rate.event, rate.required, hits, trials, met))
    return lines


def _met(hits: int, trials: int, least: float | None, most: float | None) -> str:
    if not trials:
        return "no" if least is not None else "–"
    if least is None and most is None:
        return ""
    found = stats.proportion(hits, trials)
    low, high = least if least is not None else 0.0, most if most is not None else 1.0
    if low <= found.value <= high:
        return "yes"
    return "no" if found.upper < low or found.lower > high else "within error"


def _same(hits: int, trials: int, others: int, base: int) -> str:
    """Whether two rates are within ``NUISANCE``; "no" where a normal interval of their difference lies outside."""
    if not trials or not base:
        return "–" if trials == base else "no"
    a, b = hits / trials, others / base
    if abs(a - b) <= NUISANCE:
        return "yes"
    error = (a * (1 - a) / trials + b * (1 - b) / base) ** 0.5
    return "no" if abs(a - b) - 1.96 * error > NUISANCE else "within error"
