"""Recurrence as evidence: over seeds where there are three runs, within the run where there is one."""

from __future__ import annotations

from polygenesis import seeds
from polygenesis.numerals import counted
from polygenesis.probe.battery.base import Base
from polygenesis.probe.battery.recurrence import (
    FALSE_PAIRS,
    LEAST_RUNS,
    LEVEL,
    Recurrence,
    recurrence,
    recurrence_within,
)
from polygenesis.probe.evidence import Evidence, Missing, about, more_often, p_text

ACROSS = "recurrence over seeds"
WITHIN = "recurrence within the run"
ENOUGH_RUNS = 5
"""Seeds that are advised."""


MATCHED = "dictionaries are matched by their neurons, so that they share alike by construction"
"""Why recurrence says nothing of dictionaries, however many there are."""


def more_runs(base: Base) -> str:
    """Name what takes more seeds: an argument of ``diagnose``, or the replicates of a simulated Run's spec."""
    return "replicates" if base.replicates else "runs"


def ask(base: Base) -> Evidence | Missing:
    """Test whether the same pairs share in runs with other seeds."""
    if not base.independent:
        return Missing(ACROSS, MATCHED)
    if base.runs < LEAST_RUNS:
        known = "1 run" if base.runs == 1 else f"{base.runs} runs"
        more = LEAST_RUNS - base.runs
        return Missing(
            ACROSS,
            f"there is only {known} of at least {LEAST_RUNS}"
            if base.runs == 1
            else f"there are only {known} of {LEAST_RUNS}",
            f"{more} or more runs of the same network with other seeds ({ENOUGH_RUNS} in all are better)",
            more_runs(base),
        )
    rng = seeds.generator(base.seed, "diagnose", "recurrence")
    return _evidence(ACROSS, recurrence(base.carried, seed=rng, draws=base.draws))


def ask_within(base: Base) -> Evidence | Missing:
    """Test whether the same pairs share again and again in one run."""
    matrix = base.carried[0]
    if matrix.sum(axis=1).max(initial=0) < 2 or matrix.sum(axis=0).max(initial=0) < 2:
        return Missing(WITHIN, "no feature has several neurons, or no neuron several features")
    rng = seeds.generator(base.seed, "diagnose", "recurrence")
    return _evidence(WITHIN, recurrence_within(matrix, seed=rng, draws=base.draws))


def _evidence(name: str, found: Recurrence) -> Evidence:
    mixing = "" if found.mixing.mixed else " The chain of trades mixed slowly: the test has less power."
    return Evidence(
        name,
        found.statistic,
        f"{_short(found.expected)} by chance",
        found.p_value,
        found.ratio,
        f"{_said(found)}: {_matches(found)}, {_short(found.expected)} expected ({p_text(found.p_value)})."
        f"{_pairs(found)}{mixing}",
        found.found,
        found,
    )


def _said(found: Recurrence) -> str:
    if found.statistic == 0:
        return "No pair shares a neuron twice"
    if found.p_value > LEVEL:
        return "Pairs come back no more than chance explains"
    verb = "come back" if found.runs > 1 else "share again within the run"
    undecided = "" if found.found else ", not decisively"
    return f"The same pairs {verb} {more_often(found.ratio)}{undecided}"


def _matches(found: Recurrence) -> str:
    """The statistic in words: Σ_{r<s} Σ N^r N^s or Σ N² counts two neurons that carry the same pair of features."""
    which = "one neuron in each of two runs" if found.runs > 1 else "two neurons in either order, or one twice"
    noun = "match" if found.statistic == 1 else "matches"
    return f"{_short(found.statistic)} {noun} ({which}, with the same pair of features)"


def _pairs(found: Recurrence) -> str:
    number = len(found.standing_out)
    if not number:
        return " No single pair of features stands out." if found.found else ""
    return (
        f" {number:,} of {counted(found.pairs.possible, 'pair')} of features share{'' if number > 1 else 's'} more "
        f"neurons than chance gives, at a false discovery rate of {about(FALSE_PAIRS)}."
    )


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
