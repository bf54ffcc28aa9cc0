"""The verdict: why features share neurons, as far as the evidence goes, in sentences made from the numbers beside them.

What each origin may and may not say (docs/diagnose.md):

=================== ============================================================================================
NOTHING_SHARED      no neuron carries two features
UNDECIDED           the network is not at rest, or its features have not settled: nothing is judged
COMPATIBLE          chance explains what is seen, or there is too little evidence to say; with the share that could
                    have been missed and the seeds that would settle it. One network alone is never more than this
INCIDENTAL          no test of pairs is decisive, no pair stands out, and a structured share of a quarter is excluded
PARTLY_STRUCTURED   a test of pairs has p ≤ .01 and the lower bound of the structured share is above 0
STRUCTURED          the same, and the estimate is at least one half
=================== ============================================================================================

Forced sharing and what the loss prefers are axes of their own, said beside every origin, and change none.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import NoReturn

from polygenesis.errors import Suggesting
from polygenesis.probe.battery.base import Base
from polygenesis.probe.battery.battery import Findings
from polygenesis.probe.battery.recurrence import DECISIVE, LEAST_RUNS
from polygenesis.probe.judging.axes import SETTLED, Axes
from polygenesis.stats import Estimate

MOSTLY = 0.5
"""Estimate of the structured share from which on sharing is called structured as a whole."""


class Origin(enum.Enum):
    """Why features share neurons, as far as the evidence shows. The value is the definition of the word."""

    NOTHING_SHARED = "No neuron carries two features."
    UNDECIDED = "Training has not come to rest, or features have not settled, so that sharing cannot be judged."
    COMPATIBLE = "Compatible with chance: too little evidence to exclude structure, or to show how much there is."
    INCIDENTAL = "Incidental: which features share a neuron changes with the seed, as by chance."
    PARTLY_STRUCTURED = "Partly structured: some of who shares with whom comes back with every seed."
    STRUCTURED = "Structured: who shares with whom comes back with every seed."


@dataclass(frozen=True)
class Verdict(Suggesting):
    """The ``origin`` with its ``clauses``, one sentence each, generated from the numbers of the axes.

    ``rests_on``: the tests that decided; ``cautions``: what weakens it.
    """

    origin: Origin
    clauses: tuple[str, ...]
    rests_on: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()

    def __getattr__(self, name: str) -> NoReturn:
        """Say where the numbers are that a verdict had before; without an answer for anything else."""
        if name in ("forced", "structured"):
            raise AttributeError(f"A verdict has no `{name}` any more: use `found.{name}` of the diagnosis.")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @property
    def sentence(self) -> str:
        """The verdict in words: all clauses."""
        return " ".join(self.clauses)

    def __str__(self) -> str:
        return self.sentence


def decide(base: Base, findings: Findings, axes: Axes) -> Origin:
    """Decide the origin: at rest? anything shared? do pairs come back? could they have been missed?"""
    if not findings.sound:
        return Origin.UNDECIDED
    if not base.shares:
        return Origin.NOTHING_SHARED
    structured = axes.structured
    if base.runs < LEAST_RUNS or not isinstance(structured, Estimate):
        return Origin.COMPATIBLE
    if smallest_p(findings) <= DECISIVE:
        if structured.lower <= 0:
            return Origin.COMPATIBLE
        return Origin.STRUCTURED if structured.value >= MOSTLY else Origin.PARTLY_STRUCTURED
    recurrence = findings.recurrence
    silent = structured.lower == 0 and recurrence is not None and not recurrence.standing_out
    if recurrence is not None and recurrence.coarse and axes.limit is None:
        silent = False  # no test could have found structure, had it been there
    return Origin.INCIDENTAL if silent and axes.excluded <= SETTLED else Origin.COMPATIBLE


def smallest_p(findings: Findings) -> float:
    """The smallest p-value of the tests of pairs that may decide; 1 where none was asked."""
    values = [1.0]
    recurrence, related = findings.recurrence, findings.related
    if recurrence is not None and recurrence.runs >= LEAST_RUNS:
        values.append(recurrence.p_value)
        if related is not None and related.decides:
            values.append(related.p_value)
    return min(values)
