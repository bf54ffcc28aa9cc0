"""The judge: every claim tested against the numbers of its own margin, like claims together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from polygenesis import stats
from polygenesis.numerals import true_minus
from polygenesis.stats.estimate import pivotal
from polygenesis.studies import pools, wording
from polygenesis.studies.assumptions import assumed
from polygenesis.studies.claim import Claim, Judgement, Reading, Verdict
from polygenesis.studies.evidence import Pool, allows_for_starts, test
from polygenesis.studies.margin import ALPHA
from polygenesis.studies.power import needed, smallest_effect
from polygenesis.studies.starts import share_starts

VERDICTS = {
    stats.Verdict.EQUIVALENT: Verdict.SUPPORTED,
    stats.Verdict.DIFFERENT: Verdict.REFUTED,
    stats.Verdict.UNDECIDED: Verdict.UNDECIDED,
}
"""A claim stands when the interval lies inside its margin, and falls when it lies outside."""


@dataclass(frozen=True, eq=False)
class Case:
    """One claim with what was read for it."""

    claim: Claim
    reading: Reading

    def __post_init__(self) -> None:
        """Refuse evidence that takes cells for independent although their networks start from the same weights."""
        evidence = self.reading.evidence
        if evidence is not None and share_starts(self.reading.of) and not allows_for_starts(evidence):
            raise ValueError(
                f"The claim {self.claim.text!r} reads cells that share their starts, but its evidence "
                f"({type(evidence).__name__}) takes them for independent; see polygenesis.studies.paired."
            )

    def test(self, by: float = 0.0) -> stats.Agreement | None:
        """Test the evidence against the margin, its ends moved outwards ``by`` so much; None without evidence."""
        reading = self.reading
        if reading.evidence is None:
            return None
        return test(reading.evidence, *self.claim.margin.moved(by).bounds(reading.origin, reading.unit))

    def cells(self) -> tuple[str, bool]:
        """Return what the cells of a pool say, and whether they disagree."""
        evidence, bounds = self.reading.evidence, self.bounds
        if not isinstance(evidence, Pool):
            return "", False
        return evidence.told(*bounds, self.resolution), evidence.disagree(*bounds)

    @property
    def bounds(self) -> tuple[float, float]:
        """The numbers that are tested."""
        return self.claim.margin.bounds(self.reading.origin, self.reading.unit)

    @property
    def resolution(self) -> float:
        """The smallest difference that a number must show: a tenth of the margin."""
        return abs(self.reading.unit) * self.claim.margin.tenth


def judge_all(claims: Sequence[Claim], found: Any) -> list[Judgement]:
    """Judge every claim on what a study measured, in order; claims of one family are corrected by Holm's method."""
    cases = [Case(claim, reading) for claim in claims for reading in claim.read(found)]
    families: dict[object, list[int]] = {}
    for at, case in enumerate(cases):
        families.setdefault(case.claim.family or at, []).append(at)
    judged = {
        at: judgement
        for places in families.values()
        for at, judgement in zip(places, judge_family([cases[at] for at in places]), strict=True)
    }
    return [judged[at] for at in range(len(cases))]


def judge(claim: Claim, found: Any) -> Judgement:
    """Judge one claim alone, of which an estimand reads one case."""
    (reading,) = claim.read(found)
    return judge_family([Case(claim, reading)])[0]


def judge_family(cases: Sequence[Case]) -> list[Judgement]:
    """Judge like claims together, corrected by Holm's method.

    The chance of any wrong SUPPORTED among them is at most :data:`ALPHA`, and so is that of any wrong REFUTED. A case
    without evidence is UNDECIDED, and counts.
    """
    tests = [case.test() for case in cases]
    verdicts, inside, outside = decided(tests)
    judgements = []
    for at, (case, found, verdict) in enumerate(zip(cases, tests, verdicts, strict=True)):
        sentence = case.reading.why
        cells, disagree = case.cells()
        if found is not None:
            words = case.reading.words
            sentence = worded(found.estimate, case.claim.sentence, words, case.resolution) + case.reading.then
            if len(cases) > 1 and not disagree:
                sentence += " " + _placed(verdict, found, inside[at], outside[at], len(cases), case.claim.cases)
        sentence += f" {cells}" if disagree else ""
        evidence = case.reading.evidence
        effect, blind = ("", "") if evidence is None or found is None else smallest_effect(evidence, found, len(cases))
        judgements.append(
            Judgement(
                claim=case.claim.of(case.reading.words),
                verdict=verdict,
                sentence=sentence,
                of=case.reading.of,
                bounds=None if found is None else (found.lower, found.upper),
                number="" if found is None else wording.found(found.estimate, case.resolution),
                family=len(cases),
                near=any(_turned(cases, tests, verdicts, at, sign) for sign in (1, -1)),
                effect=effect,
                blind=blind,
                needed=needed(evidence, found, verdict, len(cases), case.claim.cases, apart=disagree),
                assumed="" if evidence is None else assumed(evidence, *case.bounds),
                cells="" if disagree else cells,
                template=case.claim.text,
            )
        )
    return judgements


def decided(tests: Sequence[stats.Agreement | None]) -> tuple[list[Verdict], list[float], list[float]]:
    """Return the verdicts of a family with its corrected p-values for inside and outside the margin."""
    inside, outside = (
        stats.holm([1.0 if test is None else pools.chance(test, name) for test in tests])
        for name in ("p_equivalent", "p_different")
    )
    if len(tests) == 1:
        alone = tests[0]
        return [Verdict.UNDECIDED if alone is None else VERDICTS[alone.verdict]], list(inside), list(outside)
    verdicts = [
        Verdict.UNDECIDED
        if test is None
        else Verdict.SUPPORTED
        if p_in <= ALPHA
        else Verdict.REFUTED
        if p_out <= ALPHA
        else Verdict.UNDECIDED
        for test, p_in, p_out in zip(tests, inside, outside, strict=True)
    ]
    return verdicts, list(inside), list(outside)


def _turned(
    cases: Sequence[Case], tests: list[stats.Agreement | None], verdicts: list[Verdict], at: int, sign: int
) -> bool:
    """Whether a tenth of one case's margin, given or taken, would turn its verdict."""
    if tests[at] is None:
        return False
    margin = cases[at].claim.margin
    moved = [cases[at].test(sign * margin.tenth) if k == at else each for k, each in enumerate(tests)]
    return decided(moved)[0][at] is not verdicts[at]


def worded(estimate: stats.Estimate, sentence: str, words: Mapping[str, Any], resolution: float = 0.0) -> str:
    """Write an estimate with its interval, and other words, into a sentence, and the estimate's caution after it.

    ``{found}`` becomes a number, ``{share}`` a percentage, ``{tally}`` what follows "7 of 8 networks": see
    :mod:`polygenesis.studies.wording`.

    >>> worded(stats.Estimate(0.9, 0.85, 0.95, 0.9, "t", 16), "The ratio at m = {m} is {found}.", {"m": 8})
    'The ratio at m = 8 is 0.900 (90 % interval 0.850 to 0.950).'
    """
    said = sentence.format_map(_Places(estimate, words, resolution))
    return true_minus(said + (f" {estimate.caution}" if estimate.caution else ""))


class _Places(dict[str, Any]):
    """The words of a sentence; those that hold the estimate are written when they are asked for."""

    def __init__(self, estimate: stats.Estimate, words: Mapping[str, Any], resolution: float) -> None:
        super().__init__(words)
        self.estimate, self.resolution = estimate, resolution

    def __missing__(self, name: str) -> str:
        if name == "found":
            return wording.found(self.estimate, self.resolution)
        return {"share": wording.share, "tally": wording.tally}[name](self.estimate)


def blurred(estimate: stats.Estimate, deviation: float) -> stats.Estimate:
    """Add an independent relative error: that of the published number which an estimate is held against.

    Degrees of freedom by Welch and Satterthwaite, the added error's being infinite. It does not shrink with more
    networks (``fixed``). An estimate without a standard error stays as it is.
    """
    e = estimate
    if not e.error:
        return e
    added = deviation if e.scale == "log" else deviation * abs(e.value)
    error = math.hypot(e.error, added)
    freedom = e.freedom * (error / e.error) ** 4
    found = pivotal(e.value, error, freedom, e.level, e.method, e.size, e.scale, e.caution)
    return replace(found, fixed=math.hypot(e.fixed, added))


def _placed(verdict: Verdict, test: stats.Agreement, p_in: float, p_out: float, family: int, cases: str) -> str:
    """Say where the number lies after the correction, with the p-value that decided it."""
    corrected = f"corrected for {family} like claims"
    if verdict is Verdict.SUPPORTED:
        return f"Inside the margin, {corrected} ({_p(p_in)})."
    if verdict is Verdict.REFUTED:
        return f"Outside the margin, {corrected} ({_p(p_out)})."
    tested = f"({corrected}: {_p(p_in)} for inside the margin, {_p(p_out)} for outside)"
    alone = {stats.Verdict.EQUIVALENT: "inside", stats.Verdict.DIFFERENT: "outside"}.get(test.verdict)
    if alone:
        return f"Alone it would count as {alone} the margin; corrected, these {cases} do not decide it {tested}."
    return f"These {cases} do not decide it {tested}."


def _p(chance: float) -> str:
    return f"p = {chance:.2g}" if chance >= 1e-4 else "p < 0.0001"
