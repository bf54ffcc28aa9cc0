"""From findings to a conclusion: axes, verdict, and who shares with whom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polygenesis.numerals import counted
from polygenesis.probe.battery.base import Base
from polygenesis.probe.battery.battery import Findings
from polygenesis.probe.battery.recurrence import DECISIVE, FALSE_PAIRS, LEAST_RUNS, LEVEL, Recurrence
from polygenesis.probe.battery.recurrence_evidence import WITHIN
from polygenesis.probe.battery.splitting import TEST, Splits
from polygenesis.probe.distinct import same, same_numbers
from polygenesis.probe.evidence import more_often, p_text
from polygenesis.probe.judging.axes import Axes, measure
from polygenesis.probe.judging.sentences import clauses, named
from polygenesis.probe.judging.sharing import PairTable, pair_table
from polygenesis.probe.judging.verdict import Origin, Verdict, decide, smallest_p
from polygenesis.probe.surgery.module_split import ModuleSplit
from polygenesis.probe.surgery.split_and_relax import Split


@dataclass(frozen=True, eq=False)
class Conclusion:
    """Axes, verdict and pairs; ``tested``: whether pairs could be judged, so that neurons can be marked."""

    axes: Axes
    verdict: Verdict
    pairs: PairTable
    tested: bool
    splits: tuple[tuple[int, Split | ModuleSplit], ...]


def conclude(base: Base, findings: Findings) -> Conclusion:
    """Measure the axes, decide the verdict, and list the pairs."""
    axes = measure(base, findings)
    origin = decide(base, findings, axes)
    found = findings.recurrence
    structured = origin in (Origin.STRUCTURED, Origin.PARTLY_STRUCTURED)
    pairs = pair_table(base, found, findings.related, structured)
    tested = (structured and bool(pairs.kin.any())) or origin is Origin.INCIDENTAL
    splits: Splits | None = findings.result(TEST)
    verdict = Verdict(
        origin,
        clauses(origin, base, findings, axes, pairs),
        _rests_on(base, findings),
        tuple(_cautions(base, findings, axes, pairs)),
    )
    return Conclusion(axes, verdict, pairs, tested, () if splits is None else splits.tried)


def _rests_on(base: Base, findings: Findings) -> tuple[str, ...]:
    """The tests that decided."""
    names = ["accounting", "recurrence over seeds", "related starts", "split and relax"]
    return tuple(each.test for each in findings.evidence if each.test in names)


def _cautions(base: Base, findings: Findings, axes: Axes, pairs: PairTable) -> list[str]:
    """What weakens the verdict, in sentences."""
    if not base.shares or not findings.sound:
        return []
    found, said = findings.recurrence, [*_same_networks(base), *_common_start(base)]
    if base.runs >= LEAST_RUNS and DECISIVE < smallest_p(findings) <= LEVEL:
        said.append(
            f"The smallest p-value of a test of pairs is {p_text(smallest_p(findings))}: suggestive, not decisive."
        )
    blind = axes.limit is None or axes.limit.share > 1
    if found is not None and found.coarse and blind and smallest_p(findings) > DECISIVE:
        said.append("So few features differ in what they share that permuting them can hardly reach p ≤ .01.")
    if isinstance(found, Recurrence) and not found.mixing.mixed:
        said.append("The chain of trades mixed slowly: recurrence has less power than its draws suggest.")
    if findings.of(WITHIN) is not None and found is not None and found.found:
        said.append(_within(base, found, pairs))
    collision = findings.of("collision null")
    if collision is not None and collision.finding:
        said.append(f"There are more shared neurons than random slots give ({p_text(collision.p_value or 0)}).")
    return said


def _within(base: Base, found: Recurrence, pairs: PairTable) -> str:
    """Say how much more often than by chance the same pairs share within one run, and which pairs stand out."""
    places = np.flatnonzero(pairs.q <= FALSE_PAIRS)
    out = "no single pair stands out"
    if len(places):
        verb = "stand" if len(places) > 1 else "stands"
        out = f"{counted(len(places), 'pair')} {verb} out, {named(base, pairs, places)}"
    return (
        f"Within this run the same pairs share again {more_often(found.ratio)} ({p_text(found.p_value)}), and {out}; "
        "one run cannot tell whether data, start or task is the reason."
    )


def _common_start(base: Base) -> list[str]:
    """Say so if neuron k of one run is like neuron k of another: other seeds have no common order of neurons."""
    found, starts = base.common_start, same_numbers(() if base.initial is None else base.initial)
    if base.twins:
        return []
    if starts:
        return [
            f"{same(starts)} start from the same network, so that their pairs may come back because of the start: "
            "seeds that start apart would tell."
        ]
    if found is None:
        return []
    more = f" (and in {counted(found.pairs - 1, 'more pair')} of runs)" if found.pairs > 1 else ""
    return [
        f"Neurons stand in one order in runs {found.first} and {found.second}{more}: neuron k of one correlates with "
        f"neuron k of the other by {found.same:.2f} on average, and with any by {found.others:.2f}. Seeds that start "
        "apart have no common order: if these were trained on from one network, pairs may come back because of it."
    ]


def _same_networks(base: Base) -> list[str]:
    """Say so if the neurons of one run are those of another: one network given twice has its pairs come back."""
    if not base.twins:
        return []
    exact = [] if base.weights is None else same_numbers(base.weights)
    if exact:
        return [
            f"{same(exact)} are the same network, number by number, so that their pairs come back by construction: "
            "give each network once."
        ]
    if base.rearranged:
        return [
            f"{same(list(base.rearranged))} are one network but for the order, scale or sign of its neurons, so that "
            "its pairs come back by construction: give each network once."
        ]
    what = "order and signs" if base.source == "weights" else "order, scale or sign"
    return [
        f"{same(list(base.twins))} have the same neurons but for their {what}: if they are one network, their pairs "
        "come back by construction; give each network once."
    ]
