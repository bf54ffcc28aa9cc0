"""The battery: every test in order of evidence, each asked of the same base."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from polygenesis.errors import unknown_name
from polygenesis.probe.battery import (
    accounting,
    collision_null,
    convergence,
    counterfactual,
    preconditions,
    recurrence_evidence,
    related_starts,
    signs,
    splitting,
    start_overlap,
    untrained_baseline,
    width_sweep,
)
from polygenesis.probe.battery.base import Base, Pairs
from polygenesis.probe.battery.recurrence import Recurrence
from polygenesis.probe.battery.related_starts import RelatedStarts
from polygenesis.probe.evidence import Evidence, Missing

Ask = Callable[[Base], Evidence | Missing]

OF_BOTH: tuple[Ask, ...] = (accounting.ask, collision_null.ask, signs.ask)
"""Tests of one final state."""

AFTER: tuple[Ask, ...] = (splitting.ask, start_overlap.ask, counterfactual.ask, width_sweep.ask)
"""Tests that are asked once the pairs that stand out are known."""


TESTS = (
    "preconditions",
    "convergence",
    "accounting",
    "collision null",
    "signs",
    "untrained baseline",
    recurrence_evidence.ACROSS,
    recurrence_evidence.WITHIN,
    "related starts",
    splitting.TEST,
    "start",
    "counterfactual",
    "width sweep",
)
"""The names of all tests."""


def tests_of_pairs(base: Base) -> tuple[Ask, ...]:
    """The tests of who shares with whom: over seeds, and within the run where there is one only."""
    within = (recurrence_evidence.ask_within,) if base.runs == 1 else ()
    return (recurrence_evidence.ask, *within, related_starts.ask)


def before(base: Base) -> tuple[Ask, ...]:
    """The tests that are asked first, in order of evidence."""
    untrained = (untrained_baseline.ask,) if base.source == "activations" else ()
    return (preconditions.ask, convergence.ask, *OF_BOTH, *untrained, *tests_of_pairs(base))


@dataclass(frozen=True, eq=False)
class Findings:
    """What the battery found: evidence and gaps, in the order in which they were asked."""

    evidence: tuple[Evidence, ...]
    missing: tuple[Missing, ...]

    def of(self, test: str) -> Evidence | None:
        """Return the evidence of one test, None where it could not be asked.

        Raises :class:`polygenesis.InputError` for a name that is no test's.
        """
        if test not in TESTS:
            raise unknown_name("test", test, TESTS)
        return next((each for each in self.evidence if each.test == test), None)

    def result(self, test: str) -> Any:
        """Return a test's own result, None where it could not be asked."""
        found = self.of(test)
        return None if found is None else found.result

    @property
    def recurrence(self) -> Recurrence | None:
        """Recurrence over seeds, or within the run where there is one."""
        found: Recurrence | None = self.result(recurrence_evidence.ACROSS) or self.result(recurrence_evidence.WITHIN)
        return found

    @property
    def related(self) -> RelatedStarts | None:
        """Related starts."""
        found: RelatedStarts | None = self.result("related starts")
        return found

    @property
    def sound(self) -> bool:
        """Whether the network is at rest: shared neurons stay when it is trained on, or else features have settled."""
        convergence, settled = self.of("convergence"), self.of("preconditions")
        if convergence is not None and convergence.finding is not None:
            return convergence.finding
        return settled is None or settled.finding is not False


def run_battery(base: Base, progress: Callable[[str], None] | None = None) -> Findings:
    """Ask every test. ``progress`` is called with the name of each before it is asked."""
    first = [_asked(ask, base, progress) for ask in before(base)]
    base = replace(base, standing_out=_standing_out(first))
    every = [*first, *(_asked(ask, base, progress) for ask in AFTER)]
    return Findings(
        tuple(each for each in every if isinstance(each, Evidence)),
        tuple(each for each in every if isinstance(each, Missing)),
    )


def judge_pairs(base: Base) -> Findings:
    """Ask the tests that a verdict rests on and no others."""
    every = [ask(base) for ask in (accounting.ask, *tests_of_pairs(base))]
    return Findings(
        tuple(each for each in every if isinstance(each, Evidence)),
        tuple(each for each in every if isinstance(each, Missing)),
    )


def _asked(ask: Ask, base: Base, progress: Callable[[str], None] | None) -> Evidence | Missing:
    if progress is not None:
        progress(ask.__module__.rpartition(".")[2].replace("_", " "))
    return ask(base)


def _standing_out(asked: list[Evidence | Missing]) -> Pairs:
    """The pairs that tests of pairs name: those that recur, else those that start most related."""
    results = {each.test: each.result for each in asked if isinstance(each, Evidence)}
    recurrence, related = results.get(recurrence_evidence.ACROSS), results.get("related starts")
    if recurrence is not None and recurrence.found:
        returning: Pairs = recurrence.standing_out or recurrence.recurring
        return returning
    if related is None or not related.found:
        return ()
    close: Pairs = related.standing_out or related.related
    return close
