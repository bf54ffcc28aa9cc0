"""From findings to a conclusion: axes, verdict, and who shares with whom."""

from __future__ import annotations

from dataclasses import dataclass

from polygenesis.probe.axes import Axes, measure
from polygenesis.probe.battery.base import Base
from polygenesis.probe.battery.battery import Findings
from polygenesis.probe.battery.recurrence import DECISIVE, LEAST_RUNS, LEVEL, Recurrence
from polygenesis.probe.battery.recurrence_evidence import WITHIN
from polygenesis.probe.battery.splitting import TEST, Splits
from polygenesis.probe.sentences import clauses, p_text
from polygenesis.probe.sharing import PairTable, pair_table
from polygenesis.probe.surgery.module_split import ModuleSplit
from polygenesis.probe.surgery.split_and_relax import Split
from polygenesis.probe.verdict import Origin, Verdict, decide, smallest_p


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
    pairs = pair_table(base.carried, found, findings.related, structured)
    tested = (structured and bool(pairs.kin.any())) or origin is Origin.INCIDENTAL
    splits: Splits | None = findings.result(TEST)
    verdict = Verdict(
        origin,
        clauses(origin, base, findings, axes, pairs),
        _rests_on(base, findings),
        tuple(_cautions(base, findings)),
    )
    return Conclusion(axes, verdict, pairs, tested, () if splits is None else splits.tried)


def _rests_on(base: Base, findings: Findings) -> tuple[str, ...]:
    """The tests that decided."""
    names = ["accounting", "recurrence over seeds", "related starts", "split and relax"]
    return tuple(each.test for each in findings.evidence if each.test in names)


def _cautions(base: Base, findings: Findings) -> list[str]:
    """What weakens the verdict, in sentences."""
    if not base.shares or not findings.sound:
        return []
    found, said = findings.recurrence, []
    if base.runs >= LEAST_RUNS and DECISIVE < smallest_p(findings) <= LEVEL:
        said.append(
            f"The smallest p-value of a test of pairs is {p_text(smallest_p(findings))}: suggestive, not decisive."
        )
    if found is not None and found.coarse:
        said.append("So few features differ in what they share that permuting them can hardly reach p ≤ .01.")
    if isinstance(found, Recurrence) and not found.mixing.mixed:
        said.append("The chain of trades mixed slowly: recurrence has less power than its draws suggest.")
    within = findings.of(WITHIN)
    if within is not None and within.finding:
        said.append(
            f"Within this run the same pairs share again and again ({p_text(within.p_value or 0)}): they are tied in "
            "this network, by its data, its start or the task; one run cannot tell which."
        )
    collision = findings.of("collision null")
    if collision is not None and collision.finding:
        said.append(f"There are more shared neurons than random slots give ({p_text(collision.p_value or 0)}).")
    return said
