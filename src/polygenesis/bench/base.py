"""What a row of the benchmark is: two times, their ratio, and what the ratio should be."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

PUBLISHED_STEPS = 7500
"""AdamW steps of one run of the paper's headline figure (arXiv:2312.03096, E3): what baselines are scaled to."""


@dataclass(frozen=True)
class Goal:
    """What a row should reach: a ratio of times at least, seconds at most, bytes at most; None where nothing is set."""

    ratio: float | None = None
    seconds: float | None = None
    bytes: float | None = None

    def __str__(self) -> str:
        """Write the goal as a reader would say it."""
        parts = []
        if self.ratio is not None:
            parts.append(f"≥ {self.ratio:g}×")
        if self.seconds is not None:
            parts.append(f"≤ {self.seconds:g} s")
        if self.bytes is not None:
            parts.append(f"< {self.bytes / 1e9:g} GB")
        return ", ".join(parts) or "none"


@dataclass(frozen=True)
class Row:
    """One measured comparison.

    ``baseline`` and ``ours`` are wall-clock seconds of the same whole task, scaled where ``how`` says so; ``complete``
    says whether our side did all that was asked (every replicate certified, for instance). ``bytes`` is the peak memory
    of the process that did it. ``skipped`` is the reason why a row, or its baseline, was not measured.
    """

    name: str
    what: str
    goal: Goal
    how: str
    baseline: float | None = None
    ours: float | None = None
    bytes: float | None = None
    complete: bool = True
    skipped: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        """How many times faster ours is, None where a side is missing."""
        return None if self.baseline is None or not self.ours else self.baseline / self.ours

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None where that cannot be told."""
        if self.ours is None:
            return None
        if not self.complete or _above(self.ours, self.goal.seconds) or _above(self.bytes, self.goal.bytes):
            return False
        if self.goal.ratio is None:
            return True
        return None if self.ratio is None else self.ratio >= self.goal.ratio

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain numbers, texts and tables, for JSON."""
        return {
            "name": self.name,
            "what": self.what,
            "goal": {"ratio": self.goal.ratio, "seconds": self.goal.seconds, "bytes": self.goal.bytes},
            "how": self.how,
            "baseline_seconds": self.baseline,
            "our_seconds": self.ours,
            "ratio": self.ratio,
            "peak_bytes": self.bytes,
            "complete": self.complete,
            "met": self.met,
            "skipped": self.skipped,
            "details": dict(self.details),
        }


Measure = Callable[[], Row]
"""Measures one row at its full size."""


def _above(value: float | None, limit: float | None) -> bool:
    return limit is not None and (value is None or math.isnan(value) or value > limit)
