"""Kinds of evidence, each with its test against a margin; the numbers of the margin come from the claim alone."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from polygenesis import stats
from polygenesis.studies import pools
from polygenesis.studies.counts import CountRatio, Poisson
from polygenesis.studies.margin import ALPHA, LEVEL
from polygenesis.studies.paired import Drawn
from polygenesis.studies.shares import by_start, share, share_agrees

INSIDE, OUTSIDE = (0.0, 1.0), (1.0, 0.0)
"""p-values where a number is known exactly."""


@dataclass(frozen=True)
class Counted:
    """``hits`` of ``cases`` independent cases: exact binomial tests."""

    hits: int
    cases: int

    def test(self, lower: float, upper: float) -> stats.Agreement:
        """Test the share."""
        return stats.proportion_agrees(self.hits, self.cases, lower, upper, alpha=ALPHA)


@dataclass(frozen=True, eq=False)
class Clustered:
    """Hits among cases that come in clusters, one entry a cluster: see :func:`polygenesis.studies.shares.share`.

    ``starts``: the start of each entry, where cells may share them; entries of one start are one cluster.
    """

    hits: Any
    cases: Any
    starts: tuple[Hashable, ...] | None = None

    @property
    def clusters(self) -> tuple[Any, Any]:
        """Hits and cases, one entry a cluster."""
        return by_start(self.hits, self.cases, self.starts)

    def test(self, lower: float, upper: float) -> stats.Agreement:
        """Test the share."""
        return share_agrees(*self.clusters, lower, upper, alpha=ALPHA)


@dataclass(frozen=True)
class Fit:
    """A fit to counts, whose normal theory needs many: with a caution it decides nothing."""

    estimate: stats.Estimate

    def test(self, lower: float, upper: float) -> stats.Agreement:
        """Test the fitted number."""
        found = stats.agrees(self.estimate, lower, upper, alpha=ALPHA)
        return undecided(found) if found.caution else found


@dataclass(frozen=True)
class Exact:
    """A number that was computed, not sampled; it lies between ``low`` and ``high``, where it is known no better."""

    value: float
    low: float | None = None
    high: float | None = None

    def test(self, lower: float, upper: float) -> stats.Agreement:
        """Compare; there is no chance in it."""
        low, high = (self.value if end is None else end for end in (self.low, self.high))
        estimate = stats.Estimate(self.value, low, high, LEVEL, "computed", 1)
        inside, outside = lower <= low and high <= upper, high < lower or low > upper
        p = INSIDE if inside else OUTSIDE if outside else (1.0, 1.0)
        return stats.Agreement(_verdict(inside, outside), estimate, lower, upper, ALPHA, *p)


@dataclass(frozen=True)
class Tails:
    """A permutation test: ``yes`` is its p-value for the claim, ``no`` that for the other side, which refutes.

    The number that is printed is ``yes``, and the margin's upper end is the level of the test.
    """

    yes: float
    no: float
    size: int

    def test(self, lower: float, upper: float) -> stats.Agreement:
        """Compare both p-values with the level."""
        estimate = stats.Estimate(self.yes, self.yes, self.yes, LEVEL, "permutation", self.size)
        verdict = _verdict(self.yes <= upper, self.no <= upper)
        yes, no = (min(1.0, each * ALPHA / upper) for each in (self.yes, self.no))  # a family is corrected at ALPHA
        return stats.Agreement(verdict, estimate, lower, upper, ALPHA, yes, no)


@dataclass(frozen=True, eq=False)
class NeverSeen:
    """What never happens if the claim is true: one case in all clusters refutes it.

    Without any it is supported where the one-sided 95 % upper bound of the share lies inside the margin.
    """

    hits: Any
    cases: Any

    def test(self, lower: float, upper: float) -> stats.Agreement:
        """Look for one case, then for the bound."""
        found = replace(share(self.hits, self.cases, level=LEVEL), method="bound")
        if np.any(self.hits):
            return stats.Agreement(stats.Verdict.DIFFERENT, found, lower, upper, ALPHA, *OUTSIDE)
        p = float(share_agrees(self.hits, self.cases, 0.0, upper, alpha=ALPHA).p_equivalent or 0.0)
        return stats.Agreement(_verdict(found.upper < upper, False), found, lower, upper, ALPHA, p, 1.0)


@dataclass(frozen=True)
class Every:
    """Several pieces of evidence that must all lie inside; one outside refutes, or with ``alike`` only all of them.

    That one lies outside is corrected for their number (Bonferroni).

    The one that lies farthest out is printed.
    """

    parts: tuple[Evidence, ...]
    alike: bool = False

    def test(self, lower: float, upper: float) -> stats.Agreement:
        """Test each at the full level: the chance that all of them pass wrongly is no larger than that of one."""
        found = [test(part, lower, upper) for part in self.parts]
        within = max(pools.chance(each, "p_equivalent") for each in found)
        beyond = [pools.chance(each, "p_different") for each in found]
        outside = max(beyond) if self.alike else min(1.0, len(found) * min(beyond))
        worst = max(found, key=lambda each: _beyond(each.estimate.value, lower, upper))
        verdict = _verdict(within <= ALPHA, outside <= ALPHA)
        return replace(worst, verdict=verdict, p_equivalent=within, p_different=outside)


@dataclass(frozen=True, eq=False)
class Pool:
    """Evidence over several cells: judged together, and UNDECIDED where the cells disagree (``pools``).

    ``cells``: a cell's name → its own evidence.
    """

    together: Evidence
    cells: Mapping[str, Evidence]

    def test(self, lower: float, upper: float) -> stats.Agreement:
        """Test the pool, then whether its cells agree."""
        return pools.judged_together(test(self.together, lower, upper), self.tests(lower, upper), self.drawn)

    @property
    def drawn(self) -> dict[str, Drawn]:
        """The cells whose dependence on starts is known."""
        return {name: each for name, each in self.cells.items() if isinstance(each, Drawn)}

    def tests(self, lower: float, upper: float) -> dict[str, stats.Agreement]:
        """Test each cell."""
        return {name: test(each, lower, upper) for name, each in self.cells.items()}

    def told(self, lower: float, upper: float, resolution: float = 0.0) -> str:
        """Say what the cells say, in numbers that show a difference of ``resolution``."""
        return pools.told(test(self.together, lower, upper), self.tests(lower, upper), self.drawn, resolution)

    def disagree(self, lower: float, upper: float) -> bool:
        """Whether the cells contradict the pool."""
        return pools.disagree(test(self.together, lower, upper), self.tests(lower, upper), self.drawn)


def pool(together: Evidence, cells: Mapping[str, Evidence | None]) -> Evidence:
    """Return evidence over cells; those without evidence say nothing, and fewer than two are no cells."""
    known = {name: each for name, each in cells.items() if each is not None}
    return Pool(together, known) if len(known) > 1 else together


Evidence = (
    stats.Estimate | Counted | Clustered | Drawn | Fit | Poisson | CountRatio | Exact | Tails | NeverSeen | Every | Pool
)
"""What a claim can be tested by."""


def sure(found: Drawn) -> Drawn | Exact:
    """Return an estimate, or the number itself where all values are equal to the last digit."""
    estimate = found.estimate
    return found if estimate.error is None or estimate.error > 0 else Exact(estimate.value)


def allows_for_starts(evidence: Evidence) -> bool:
    """Whether evidence on cells that share starts was not made as if they were independent.

    What is counted within a single cell of a pool is independent in itself.
    """
    if isinstance(evidence, Every):
        return all(map(allows_for_starts, evidence.parts))
    if isinstance(evidence, Pool):
        single = Counted | Clustered | Poisson
        apart = all(isinstance(each, single) or allows_for_starts(each) for each in evidence.cells.values())
        return apart and allows_for_starts(evidence.together)
    if isinstance(evidence, Clustered | CountRatio):
        return evidence.starts is not None
    if isinstance(evidence, Poisson):
        return evidence.effect is not None
    return isinstance(evidence, Drawn | Exact | Tails)


def test(evidence: Evidence, lower: float, upper: float) -> stats.Agreement:
    """Test any evidence against a margin."""
    if isinstance(evidence, stats.Estimate):
        return stats.agrees(evidence, lower, upper, alpha=ALPHA)
    return evidence.test(lower, upper)


def _verdict(inside: bool, outside: bool) -> stats.Verdict:
    if inside:
        return stats.Verdict.EQUIVALENT
    return stats.Verdict.DIFFERENT if outside else stats.Verdict.UNDECIDED


def undecided(found: stats.Agreement) -> stats.Agreement:
    """Return a test that decides nothing, with p-values that say the same in a family."""
    return replace(found, verdict=stats.Verdict.UNDECIDED, p_equivalent=1.0, p_different=1.0)


def _beyond(value: float, lower: float, upper: float) -> float:
    """Return how far a value lies outside (negative: inside)."""
    return max(lower - value, value - upper)
