"""Three questions, three numbers, never one: how much was forced, how much is structured, how much the loss prefers."""

from __future__ import annotations

from dataclasses import dataclass

from polygenesis import seeds
from polygenesis.probe.battery.accounting import Account
from polygenesis.probe.battery.base import Base
from polygenesis.probe.battery.battery import Findings
from polygenesis.probe.battery.detection_limit import DetectionLimit, detection_limit, least_share, null_lists
from polygenesis.probe.battery.recurrence import LEAST_RUNS, LEVEL, Recurrence
from polygenesis.probe.battery.recurrence_evidence import MATCHED, more_runs
from polygenesis.probe.battery.related_starts import share_by_start
from polygenesis.probe.battery.splitting import TEST, Splits
from polygenesis.probe.battery.structured_share import capped, raised, seeds_for, structured_share
from polygenesis.probe.evidence import Missing
from polygenesis.probe.surgery.split_and_relax import Preference
from polygenesis.stats import Estimate, proportion

SETTLED = 0.25
"""Structured share that must be excluded before sharing is called incidental."""


@dataclass(frozen=True, eq=False)
class Axes:
    """The three axes, each an estimate with its interval, or why there is none.

    ``forced``: share of the excess Σ(c_k − 1)₊ that numbers alone force, a lower bound. ``structured``: share of the
    co-selections that chance would have put elsewhere. ``preferred``: share of the parted neurons where the loss
    prefers the sharing. ``limit``: the structured share that would have been found (where sharing is sparse);
    ``settled_by``: seeds that would exclude a share of ``SETTLED``, None if unknown or too many.
    """

    forced: Estimate | Missing
    structured: Estimate | Missing
    preferred: Estimate | Missing
    limit: DetectionLimit | None = None
    settled_by: int | None = None

    @property
    def excluded(self) -> float:
        """The least structured share that is excluded, or would have been found; above 1 where nothing is."""
        upper = self.structured.upper if isinstance(self.structured, Estimate) else float("inf")
        return min(upper if upper < 1 else float("inf"), self.limit.share if self.limit else float("inf"))


def measure(base: Base, findings: Findings, *, settle: bool = True) -> Axes:
    """Measure the three axes from the results of the tests; ``settle``: estimate the number of seeds that is needed."""
    structured, limit, settled_by = _structured(base, findings, settle)
    return Axes(_forced(findings.result("accounting")), structured, _preferred(findings), limit, settled_by)


def _forced(account: Account) -> Estimate | Missing:
    if not account.excess:
        return Missing("forced", "no neuron carries two features")
    share = account.share
    return Estimate(share, share, 1.0, 1.0, "bookkeeping, a lower bound", len(account.features))


def _structured(
    base: Base, findings: Findings, settle: bool
) -> tuple[Estimate | Missing, DetectionLimit | None, int | None]:
    if not base.shares:
        return Missing("structured", "no neuron carries two features"), None, None
    if not base.independent:
        return Missing("structured", MATCHED), None, None
    if base.runs < LEAST_RUNS:
        more = f"{LEAST_RUNS - base.runs} or more networks trained from other seeds"
        return (
            Missing("structured", f"it takes {LEAST_RUNS} seeds to see what comes back", more, more_runs(base)),
            None,
            None,
        )
    found = findings.recurrence
    assert found is not None
    if found.open_runs < LEAST_RUNS:
        reason = "the numbers of features on each neuron leave no choice of who shares with whom"
        if found.open_runs:
            reason = f"only in {found.open_runs} of {base.runs} runs could features have shared neurons otherwise"
        return Missing("structured", reason, "labels of more features"), None, None
    estimate, rng = structured_share(found).estimate, seeds.generator(base.seed, "diagnose", "detection limit")
    null = null_lists(base.carried, rng)
    if null is not None and found.p_value <= LEVEL:
        estimate = raised(estimate, least_share(null, found.statistic, rng), "pairs planted among sparse ones")
    related = findings.related
    if related is not None and related.found:
        estimate = max(estimate, share_by_start(related, estimate.upper), key=lambda each: each.lower)
    estimate = capped(estimate, int(found.pairs.sharings.sum()))
    limit = None if null is None else detection_limit(null, wanted=SETTLED, rng=rng, settle=settle)
    return estimate, limit, _settled_by(found, limit) if settle else None


def _settled_by(found: Recurrence, limit: DetectionLimit | None) -> int | None:
    known = [each for each in (seeds_for(found, SETTLED), limit and limit.settled_by) if each]
    return min(known, default=None)


def _preferred(findings: Findings) -> Estimate | Missing:
    splits: Splits | None = findings.result(TEST)
    if splits is None:
        gap = next((each for each in findings.missing if each.test == TEST), None)
        return Missing("preferred", *(("it was not asked",) if gap is None else (gap.reason, gap.supply, gap.argument)))
    return preferred(splits)


def preferred(splits: Splits) -> Estimate | Missing:
    """The share of the parted neurons where the loss prefers the sharing, of those that it says something about."""
    if not splits.decided:
        return Missing("preferred", "the losses still fell when training on ended; more steps would tell")
    return proportion(splits.count(Preference.PREFERRED), splits.decided)
