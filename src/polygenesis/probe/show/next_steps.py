"""What to do next, and what to supply for a test that could not be asked: an option of the command, or an argument."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from polygenesis.probe.battery.recurrence import LEAST_RUNS
from polygenesis.probe.show.wording import number
from polygenesis.stats import Estimate

if TYPE_CHECKING:
    from polygenesis.probe.diagnosis import Diagnosis
    from polygenesis.probe.evidence import Missing

QUESTIONS = {
    "forced": "To ask what was forced",
    "structured": "To ask what comes back",
    "preferred": "To ask what the loss prefers",
}
"""How a sentence begins that says what an axis without an answer needs."""

OPTIONS = {
    "labels": "LABELS",
    "runs": "--run",
    "initial": "--initial",
    "kind": "--kind",
    "measure": "--measure",
    "threshold": "--threshold",
    "negligible": "--negligible",
    "draws": "--draws",
    "seed": "--seed",
}
"""The command's options, by the argument of `diagnose` that takes the same."""

MODULES = "pass a list of modules, `[net0, net1, net2]`"
"""How `diagnose_module` and `diagnose_layers` take several seeds."""

REPLICATES = "`replicates=` of its `RunSpec`"
"""What takes more seeds of a simulated Run."""

GOOD_RUNS = 5
"""Runs from which recurrence finds more than the strongest structure."""


def supply(gap: Missing, found: Diagnosis, *, command: bool | None) -> str:
    """Say what to supply, and where: on the command line, in Python, or (None) on a page that either made."""
    said, places = gap.supply.rstrip("."), places_of(gap, found, command=command)
    return f"{said} ({', '.join(places)})" if said and places else said


def places_of(gap: Missing, found: Diagnosis, *, command: bool | None) -> list[str]:
    """Name what takes the supply of a gap: arguments of the function that was called, options of the command."""
    entry, option = _entry(found), _option(gap.argument, found)
    if gap.argument == "loss":
        numbered = all(name.isdigit() for name in found.names)  # classes, each the output of the same number
        names = "`loss=` and `between=`" if numbered else "`loss=`, `between=` and `outputs=`"
        if command:
            return ["from Python only, by `diagnose_module`"]
        return [names if entry == "diagnose_module" else f"{names} of `diagnose_module`"]
    if gap.argument == "replicates":
        return [REPLICATES]
    if entry != "diagnose":
        return [MODULES if gap.argument == "runs" else f"argument `{gap.argument}`"] if gap.argument else []
    places = []
    if gap.argument and command is not True:
        places.append(f"argument `{gap.argument}`")
    if option and command is not False:
        places.append(f"`{option}` of the command" if command is None else option)
    if command and gap.argument and not option:
        places.append("from Python only")
    return places


def _entry(found: Diagnosis) -> str:
    """The function that was called: "diagnose", "diagnose_module" or "diagnose_layers"."""
    return str(found.record.get("called", "diagnose"))


def next_steps(found: Diagnosis, *, command: bool | None) -> Iterator[str]:
    """Say what to do next, most useful first: more seeds, what the axes without an answer need, what to undo."""
    runs = found.carried.shape[0]
    if found.verdict.origin.name == "NOTHING_SHARED":
        yield from _lower(found)
        return
    if found.verdict.origin.name == "UNDECIDED":
        yield _unjudged(found)
        return
    if runs < LEAST_RUNS and _takes_seeds(found):
        least, good = LEAST_RUNS - runs, GOOD_RUNS - runs
        place = _more_runs(found, command)
        yield (
            f"Bring {least} to {good} more seeds of this network ({place}): {LEAST_RUNS} runs are the fewest that can "
            f"tell what comes back from chance, {GOOD_RUNS} find weaker structure."
        )
    for name in ("structured", "preferred", "forced"):
        gap = getattr(found, name)
        if not isinstance(gap, Estimate) and gap.supply and (runs >= LEAST_RUNS or name != "structured"):
            yield f"{QUESTIONS[name]}, supply {supply(gap, found, command=command)}."
    yield from found.advice()[:1]


def _unjudged(found: Diagnosis) -> str:
    """Say what to do with networks that are not at rest, or have nothing in them."""
    census = getattr(found, "census", None)  # of stored diagnoses too, but not of every view that is shown
    dead = [] if census is None else np.flatnonzero(census.dead_features == census.shape[1]).tolist()
    if not dead:
        return "Train the network to rest, or pass the loss that it was trained on, before its sharing is judged."
    if len(dead) < found.carried.shape[0]:
        some = f"run {dead[0]}" if len(dead) == 1 else f"the {len(dead)} runs"
        return f"Leave out {some} without a live feature, or train {'it' if len(dead) == 1 else 'them'} again."
    which = "The network has" if len(dead) == 1 else "The networks have"
    return f"{which} no live feature: check that these are the weights after training."


def _takes_seeds(found: Diagnosis) -> bool:
    """Whether more seeds would tell what comes back: matched dictionaries share alike, however many there are."""
    return isinstance(found.structured, Estimate) or found.structured.argument in ("runs", "replicates")


def _more_runs(found: Diagnosis, command: bool | None) -> str:
    """Say what takes more seeds."""
    if _entry(found) != "diagnose":
        return MODULES
    if getattr(found.structured, "argument", "") == "replicates":
        return REPLICATES
    if command is None:
        return "argument `runs`, or `--run FILE` of the command, once for each"
    return "--run FILE, once for each" if command else "argument `runs`"


def _option(argument: str, found: Diagnosis) -> str:
    if argument == "objective" and found.source == "weights":
        return "--penalty"
    return OPTIONS.get(argument, "")


def _lower(found: Diagnosis) -> Iterator[str]:
    """Name the strictest threshold at which neurons would be shared, or would select a feature at all."""
    rows = [row for row in found.sensitivity if _positive(row.get("shared neurons"))]
    if not rows and not found.carried.any():
        yield from _unselected(found)
    elif rows:
        row = max(rows, key=lambda each: float(str(each.get("threshold", 0))))
        mean = "" if _is_whole(row.get("shared neurons")) else " on average"
        yield (
            f"Nothing is shared at this threshold; at {number(row.get('threshold'))}, "
            f"{_neurons_are(row.get('shared neurons'))}{mean}. Try a range before you conclude."
        )
    else:
        labels = " Other labels may still share: a neuron is judged by the labels given."
        yield f"Nothing needs to be undone.{labels if found.source == 'activations' else ''}"


def _unselected(found: Diagnosis) -> Iterator[str]:
    """Say what to look at where no neuron selects a feature: then nothing is known of sharing."""
    if found.source == "weights":
        yield "No weight is large enough to carry a feature: pass `thresholds`, or the transpose if rows are neurons."
        return
    rows = [row for row in found.sensitivity if _positive(row.get("selective neurons"))]
    first = "No neuron selects a feature at any threshold tried"
    if rows:
        row = max(rows, key=lambda each: float(str(each.get("threshold", 0))))
        count = float(str(row.get("selective neurons")))
        verb = "neuron does" if count == 1 else "neurons do"
        mean = "" if _is_whole(count) else " on average"
        first = f"At the threshold {number(row.get('threshold'))}, {number(count)} {verb} select a feature{mean}"
    yield (
        f"{first}. Check that labels and samples have one order, and try other labels: by these, nothing can be said "
        "of what neurons share."
    )


def _neurons_are(count: object) -> str:
    return f"{number(count)} {'neuron is' if count == 1 else 'neurons are'}"


def _is_whole(count: object) -> bool:
    """Whether a mean over runs is a number of neurons that there can be."""
    return float(str(count)).is_integer()


def _positive(value: object) -> bool:
    return isinstance(value, int | float | np.number) and float(value) > 0
