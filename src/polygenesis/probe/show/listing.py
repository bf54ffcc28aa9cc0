"""Pairs and neurons as lines of text in columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from polygenesis.probe.show.columns import WIDTH, fitted, fitted_pair, line, width
from polygenesis.probe.show.wording import has_signs, number

if TYPE_CHECKING:
    from polygenesis.probe.diagnosis import Diagnosis
    from polygenesis.probe.judging.sharing import SharedNeuron, SharedPair

HEADING = "pair (* kin)"

COUNTS = 26
"""Columns for the counts of the runs, one by one; where they need more, the runs are counted instead."""

LONGEST = 30
"""Columns of a feature's name beside others."""


def pair_lines(found: Diagnosis, most: int) -> list[str]:
    """Set the first pairs in columns: neurons shared in each run, in all, by chance, and q; empty where none shares."""
    shown = found.pairs[: max(1, most)]
    if not shown:
        return []
    runs = len(shown[0].counts)
    digits = max(len(str(value)) for value in (runs - 1, *(max(each.counts) for each in shown)))
    single = runs * (digits + 1) <= COUNTS
    head = "run" + "".join(f" {r:>{digits}}" for r in range(runs)) if single else "runs"
    counts = [_counts(each, digits, single) for each in shown]
    size = max([width(head), *(width(each) for each in counts)])
    needed = max(width(f"{line(each.first)} + {line(each.second)}") for each in shown)
    room = 8 if has_signs(found) else 0
    names = min(WIDTH - size - 26 - room, max(width(HEADING), needed))
    against = f"{'opposed':>{room}}" if room else ""
    lines = [f"{fitted(HEADING, names):<{names + 2}}  {head:>{size}}{'all':>6}{against} {'chance':>7} {'q':>7}"]
    for each, said in zip(shown, counts, strict=True):
        name = fitted_pair(each.first, each.second, names)
        start = f"{'*' if each.kin else ' '} {name}{' ' * (names - width(name))}"
        all_of_them = f"{each.observed:>6}{each.opposed:>{room}}" if room else f"{each.observed:>6}"
        lines.append(f"{start}  {said:>{size}}{all_of_them} {_short(each.expected):>7} {_short(each.q):>7}".rstrip())
    return lines


def neuron_lines(found: Diagnosis, run: int, most: int, more: str = "") -> list[str]:
    """List a run's shared neurons, a line each: number, mark, features with their strengths.

    ``more``: where the rest can be had, which is said where there is a rest.
    """
    chosen = [each for each in found.shared if each.run == run]
    lines = [_neuron(each) for each in chosen[:most]]
    if len(chosen) > most and more:
        lines.append(f"  … and {len(chosen) - most:,} more{more}")
    return lines


def neuron_heading(found: Diagnosis) -> str:
    """Return the heading of a list of neurons."""
    mark = "mark" if any(each.mark != "unknown" for each in found.shared) else ""
    return f"  neuron {mark:<12}features, each with its {measure(found)}"


def measure(found: Diagnosis) -> str:
    """Say what a feature's strength is."""
    return "weight" if found.source == "weights" else "effect"


def _counts(pair: SharedPair, digits: int, single: bool) -> str:
    if single:
        return "   " + "".join(f" {each:>{digits}}" for each in pair.counts)
    return f"in {np.count_nonzero(pair.counts)} of {len(pair.counts)}"


def _short(value: float) -> str:
    """A number in at most seven letters."""
    said = number(value)
    return said if len(said) <= 7 else f"{value:.1e}"


def _neuron(each: SharedNeuron) -> str:
    start = f"  {each.neuron:>6} {'' if each.mark == 'unknown' else each.mark:<12}"
    copies = f" (copies: {', '.join(map(str, each.copies[:3]))}{'…' if len(each.copies) > 3 else ''})"
    after = copies if each.copies else ""
    return (start + _features(each, WIDTH - width(start) - width(after)) + after).rstrip()


def _features(each: SharedNeuron, room: int) -> str:
    """Features with their strengths, as many as fit and at least two; the rest is counted."""
    ends = [f" {value:+.2f}" for value in each.strengths]
    for kept in range(len(ends), 1, -1):
        rest = f", {len(ends) - kept} more" if kept < len(ends) else ""
        size = LONGEST if kept > 2 else max(4, min(LONGEST, (room - width(rest) - 2) // 2 - width(ends[0])))
        pieces = [fitted(name, size) + end for name, end in zip(each.features[:kept], ends[:kept], strict=True)]
        said = ", ".join(pieces) + rest
        if width(said) <= room:
            return said
    return fitted(", ".join(each.features), room)
