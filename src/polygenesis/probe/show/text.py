"""A diagnosis on a terminal: the answer on the first screen, then what it rests on, in 80 columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from polygenesis.probe.show.columns import WIDTH, fitted, wrapped
from polygenesis.probe.show.details import sections
from polygenesis.probe.show.listing import neuron_heading, neuron_lines, pair_lines
from polygenesis.probe.show.next_steps import next_steps
from polygenesis.probe.show.wording import AXES, axis, headline

if TYPE_CHECKING:
    from polygenesis.probe.diagnosis import Diagnosis

SCREEN = 24
"""Lines of a terminal window as it opens: the answer fits."""

LEAST_ROWS, STEP_LINES = 3, 4
"""Lines of the first screen that pairs or neurons get at least, heading included; and what to do next at most."""

NEURONS = 8
"""Neurons of a single network on the first screen."""


def text(found: Diagnosis, *, command: bool = False) -> str:
    """Return a diagnosis as text: on the first 24 lines the answer, then neurons, evidence, what was not possible.

    ``command``: whether the command line prints it, which has options where Python has arguments.
    """
    lines, cut, pairs = _first_screen(found, command)
    if cut:
        lines += ["", "the verdict in full", *wrapped(found.verdict.sentence, first="  ")]
    for name, body in sections(found, command=command, pairs=pairs):
        if body:
            lines += ["", name, *body]
    return "\n".join(lines)


def _first_screen(found: Diagnosis, command: bool) -> tuple[list[str], bool, int]:
    """The answer in at most 24 lines, whether the verdict was cut for it, and how many pairs it shows."""
    verdict, about = wrapped(found.verdict.sentence), wrapped(headline(found))
    first = [*wrapped(found.reading), ""] if found.reading else []
    axes, steps = list(_axes(found)), _steps(found, command)
    below = ["", "what to do next", *steps] if steps else []
    room = SCREEN - len(first) - len(about) - len(axes) - len(below) - LEAST_ROWS - 2
    cut = len(verdict) > room
    if cut:
        verdict = _cut(verdict, room)
    above = [*first, *verdict, *about, "", *axes]
    several = found.carried.shape[0] > 1
    rows = SCREEN - len(above) - len(below) - 1
    shared = pair_lines(found, rows - 1) if several else _network(found, rows)
    middle = ["", *shared] if shared else []
    return [*above, *middle, *below], cut, len(shared) - 1 if several and shared else 0


def _axes(found: Diagnosis) -> Iterator[str]:
    """Each axis with its share, its interval and what it counts, or why there is no answer."""
    for name, (counted, _) in AXES.items():
        value, said = axis(found, name)
        if value == "–":
            yield from _cut(wrapped(f"no answer: {said}", first=f"  {name:<11}", then=" " * 13), 2)
        else:
            yield f"  {name:<11}{value:>8}{f' ({said})' if said else '':<17} {counted}"


def _steps(found: Diagnosis, command: bool) -> list[str]:
    """What to do next, as far as the lines reach: whole sentences, the first one shortened where it must be."""
    lines: list[str] = []
    for step in next_steps(found, command=command):
        more = wrapped(step, first="  ")
        if len(lines) + len(more) <= STEP_LINES:
            lines += more
        elif not lines:
            lines = _cut(more, STEP_LINES)
    return lines


def _network(found: Diagnosis, room: int) -> list[str]:
    """A single network's shared neurons, and what tests say of it as far as the lines reach, decisive ones first."""
    if not found.shared:
        return []
    neurons = neuron_lines(found, 0, min(room - 1, NEURONS))
    lines = [neuron_heading(found), *neurons]
    for one in sorted(found.evidence, key=lambda each: each.finding is None):
        more = wrapped(f"{one.test}: {one.sentence}", first="  ", then="    ")
        if len(lines) + len(more) <= room:
            lines += more
    return lines


def _cut(lines: list[str], most: int) -> list[str]:
    """Keep the first lines; the last one ends in … where something follows."""
    if len(lines) <= most:
        return lines
    last = fitted(lines[most - 1], WIDTH - 2).removesuffix("…").rstrip()
    start = len(lines[most - 1]) - len(lines[most - 1].lstrip())
    return [*lines[: most - 1], f"{' ' * start}{last} …"]
