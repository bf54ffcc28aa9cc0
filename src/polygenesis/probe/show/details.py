"""What stands below the first screen of a diagnosis in a terminal: neurons, evidence, gaps, thresholds, record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from polygenesis.probe.show.columns import line, table, wrapped
from polygenesis.probe.show.listing import neuron_heading, neuron_lines, pair_lines
from polygenesis.probe.show.next_steps import supply
from polygenesis.probe.show.wording import MARKS, cautions, number, opposed_note, record, signs_note

if TYPE_CHECKING:
    from polygenesis.probe.diagnosis import Diagnosis
    from polygenesis.probe.evidence import Evidence

PAIRS, NEURONS, RUNS, ADVISED = 30, 6, 8, 6
"""Pairs, neurons a run, runs, and pieces of advice (five neurons, and what is left out) that the text lists; tables and
page hold more."""


def sections(found: Diagnosis, *, command: bool, pairs: int) -> Iterator[tuple[str, list[str]]]:
    """Yield each section's name and lines in order; ``pairs``: how many pairs the first screen has shown."""
    yield "to keep in mind", [part for each in (*cautions(found), *found.notes) for part in wrapped(each, first="  ")]
    if len(found.pairs) > pairs:
        yield "who shares with whom: neurons in each run, in all, and by chance", list(_pairs(found, command))
    yield "shared neurons", list(_neurons(found, command)) if found.shared else []
    yield "evidence", [part for each in found.evidence for part in _evidence(each)]
    yield "what was not possible", list(_gaps(found, command))
    yield "how the answer moves with the threshold", _thresholds(found)
    yield "what can be undone", [part for each in found.advice()[:ADVISED] for part in wrapped(each, first="  ")]
    entries = [part for name, value in record(found) for part in wrapped(f"{name} {value}", first="  ", then="    ")]
    yield "replay", entries


def _pairs(found: Diagnosis, command: bool) -> Iterator[str]:
    yield from pair_lines(found, PAIRS)
    if len(found.pairs) > PAIRS:
        rest = f"  … and {len(found.pairs) - PAIRS:,} more"
        yield rest + ("" if command else ': `to_dataframe("pairs")`')
    if note := opposed_note(found):
        yield from wrapped(note, first="  ", then="    ")


def _neurons(found: Diagnosis, command: bool) -> Iterator[str]:
    """The shared neurons run by run, with what their marks mean."""
    runs = found.carried.shape[0]
    more = ": --csv FILE writes all" if command else ": `to_dataframe()`"
    yield neuron_heading(found)
    for run in range(min(runs, RUNS)):
        lines = neuron_lines(found, run, NEURONS, more)
        yield from ([f"  run {run}"] if runs > 1 and lines else [])
        yield from lines
    if runs > RUNS:
        yield f"  … and {runs - RUNS} more runs{more}"
    for mark in MARKS:
        if mark != "unknown" and any(each.mark == mark for each in found.shared):
            yield from wrapped(f"{mark}: {MARKS[mark][1]}", first="  ", then="    ")
    if note := signs_note(found):
        yield from wrapped(note, first="  ", then="    ")


def _evidence(one: Evidence) -> Iterator[str]:
    numbers = [number(one.statistic), f"against {one.null}" if one.null else ""]
    named = (("p", number(one.p_value)), ("effect", number(one.effect)))
    parts = [" ".join(each for each in numbers if each), *(f"{name} {value}" for name, value in named if value)]
    said = ", ".join(each for each in parts if each)
    yield from wrapped(f"{one.test}: {said}" if said else one.test, first="  ", then="    ")
    yield from wrapped(one.sentence, first="    ")


def _gaps(found: Diagnosis, command: bool) -> Iterator[str]:
    for gap in found.missing:
        more = supply(gap, found, command=command)
        yield from wrapped(
            f"{gap.test}: {gap.reason.rstrip('.')}.{f' Supply {more}.' if more else ''}", first="  ", then="    "
        )


def _thresholds(found: Diagnosis) -> list[str]:
    if not found.sensitivity:
        return []
    names = list(dict.fromkeys(name for row in found.sensitivity for name in row))
    rows = [[number(row.get(name)) for name in names] for row in found.sensitivity]
    words = {at for at, name in enumerate(names) if any(isinstance(row.get(name), str) for row in found.sensitivity)}
    return table([line(name) for name in names], rows, right=set(range(len(names))) - words)
