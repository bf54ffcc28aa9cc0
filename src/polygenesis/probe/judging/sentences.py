"""Sentences of a verdict, each made from the numbers that stand beside it."""

from __future__ import annotations

import math

import numpy as np

from polygenesis.probe.battery.accounting import Account
from polygenesis.probe.battery.base import Base
from polygenesis.probe.battery.battery import Findings
from polygenesis.probe.battery.recurrence import DECISIVE, LEAST_RUNS, Recurrence
from polygenesis.probe.battery.recurrence_evidence import ENOUGH_RUNS
from polygenesis.probe.evidence import Missing, counted
from polygenesis.probe.judging.axes import Axes
from polygenesis.probe.judging.sharing import PairTable
from polygenesis.probe.judging.verdict import Origin, smallest_p
from polygenesis.stats import Estimate

NAMED = 5
"""Pairs that a sentence names."""


def at_least(share: float) -> str:
    """Write a lower bound in percent, rounded down to two digits."""
    return _percent(share, math.floor)


def at_most(share: float) -> str:
    """Write an upper bound in percent, rounded up to two digits."""
    return _percent(min(share, 1.0), math.ceil)


def about(share: float) -> str:
    """Write a share in percent, to two digits.

    >>> at_least(0.01789), at_most(0.1402), about(0.318), about(1.0)
    ('1.7 %', '15 %', '32 %', '100 %')
    """
    return _percent(share, round)


def _percent(share: float, rounding: object) -> str:
    value = 100 * share
    if value <= 0:
        return "0 %"
    digits = max(0, 1 - math.floor(math.log10(value)))
    unit = 10.0**digits
    written = rounding(round(value * unit, 9)) / unit  # type: ignore[operator]
    return f"{written:.{digits}f}".rstrip("0").rstrip(".") + " %" if digits else f"{written:.0f} %"


def p_text(p: float) -> str:
    """Write a p-value to two digits."""
    return f"p = {p:.2g}"


def clauses(origin: Origin, base: Base, findings: Findings, axes: Axes, pairs: PairTable) -> tuple[str, ...]:
    """Return the verdict's sentences, in the order in which a reader wants them."""
    if origin is Origin.NOTHING_SHARED:
        return (origin.value,)
    if origin is Origin.UNDECIDED:
        return (_unsound(findings),)
    said = [_head(origin, base, findings, axes)]
    if origin in (Origin.STRUCTURED, Origin.PARTLY_STRUCTURED):
        said += [_pairs(base, pairs), *_samples(base)]
    said += [_forced(findings.result("accounting")), *preferred(axes.preferred)]
    return tuple(said)


def _unsound(findings: Findings) -> str:
    broken = [
        each for each in findings.evidence if each.finding is False and each.test in ("preconditions", "convergence")
    ]
    why = "its features have not settled" if broken[0].test == "preconditions" else "training has not come to rest"
    return f"Not judged, because {why}: {broken[0].sentence}"


def _head(origin: Origin, base: Base, findings: Findings, axes: Axes) -> str:
    if base.runs < LEAST_RUNS:
        return _too_few(base)
    structured = axes.structured
    if not isinstance(structured, Estimate):
        return f"Chance and structure cannot be told apart here: {structured.reason}."
    if origin in (Origin.STRUCTURED, Origin.PARTLY_STRUCTURED):
        return _structured(origin, structured)
    p = smallest_p(findings)
    if origin is Origin.INCIDENTAL:
        return (
            "Incidental: which features share a neuron changes with the seed. No test of pairs is decisive "
            f"(smallest {p_text(p)}), and {_excluded(axes)}."
        )
    return _compatible(p, structured, axes, findings.recurrence)


def _too_few(base: Base) -> str:
    shared = sum(int((each.sum(axis=0) >= 2).sum()) for each in base.carried)
    every = sum(each.shape[1] for each in base.carried)
    known = "One network" if base.runs == 1 else "Two networks"
    more = LEAST_RUNS - base.runs
    return (
        f"{known} cannot tell chance from structure: {shared:,} of {counted(every, 'neuron')} "
        f"{'carries' if shared == 1 else 'carry'} two features or more, and only other seeds can tell whether the same "
        f"pairs come back; bring at least {more} more "
        f"({ENOUGH_RUNS - base.runs} are better)."
    )


def _structured(origin: Origin, found: Estimate) -> str:
    rest = "" if origin is Origin.STRUCTURED else "; the rest is compatible with chance"
    name = "Structured" if origin is Origin.STRUCTURED else "Partly structured"
    return (
        f"{name}: at least {at_least(found.lower)} of the co-selections come back with every seed beyond what chance "
        f"gives (estimate {about(found.value)}, at most {at_most(found.upper)}){rest}."
    )


def _excluded(axes: Axes) -> str:
    """What was excluded, or would have been found."""
    structured, limit = axes.structured, axes.limit
    assert isinstance(structured, Estimate)
    if limit is not None and limit.share <= structured.upper:
        return (
            f"a structured share of {at_most(limit.share)} would have been found with a chance of 90 %, had its pairs "
            "come back in every second run (rarer ones could have been missed)"
        )
    return f"at most {at_most(structured.upper)} of the co-selections come back beyond what chance gives"


def _compatible(p: float, structured: Estimate, axes: Axes, recurrence: Recurrence | None) -> str:
    if p <= DECISIVE:
        return (
            f"Compatible with chance as far as amounts go: pairs come back more than chance explains ({p_text(p)}), "
            f"but it is not shown how much: at most "
            f"{at_most(structured.upper)} of the co-selections do.{_seeds(axes, recurrence)}"
        )
    if recurrence is not None and recurrence.standing_out:
        number = len(recurrence.standing_out)
        said = f"but {number} pair{'s stand' if number > 1 else ' stands'} out"
    elif structured.lower > 0:
        said = f"but the structured share is above 0 in its interval (at least {at_least(structured.lower)})"
    elif math.isinf(axes.excluded):
        said = "but with these seeds no structure of any size could have been excluded"
    else:
        said = f"but a structured share of up to {at_most(axes.excluded)} could have been missed"
    more = _seeds(axes, recurrence)
    return f"Compatible with chance: no test of pairs is decisive (smallest {p_text(p)}), {said}.{more}"


def _seeds(axes: Axes, recurrence: Recurrence | None) -> str:
    if axes.settled_by is None or recurrence is None or axes.settled_by <= recurrence.runs:
        return ""
    return f" About {axes.settled_by} seeds would settle it."


def _pairs(base: Base, pairs: PairTable) -> str:
    number = int(pairs.kin.sum())
    if not number:
        return "No single pair of features stands out."
    counts = pairs.counts.sum(axis=0)
    named = [
        f"{base.names[pairs.first[at]]} + {base.names[pairs.second[at]]} "
        f"({counted(int(counts[at]), 'neuron')}, {pairs.expected[at]:.2g} by chance)"
        for at in np.flatnonzero(pairs.kin)[:NAMED]
    ]
    more = f" and {number - NAMED} more" if number > NAMED else ""
    return f"{number} pair{'s stand' if number > 1 else ' stands'} out: {', '.join(named)}{more}."


def _samples(base: Base) -> tuple[str, ...]:
    if base.samples == "same":
        return (
            "All seeds were read on the same samples, so that accidents of these samples count; seeds trained and read "
            "on different samples would tell.",
        )
    if base.samples == "different":
        return ("The seeds were read on different samples, so that accidents of one sample do not count.",)
    return ()


def _forced(account: Account) -> str:
    features, neurons = _range(account.features, "live feature"), _range(account.neurons, "live neuron")
    if not account.forced:
        return f"Counting forces none of the sharing: there are {features} and {neurons}."
    runs = len(account.features)
    each = (
        f"{account.homeless}" if runs == 1 else f"{account.homeless / runs:,.1f} (mean of the runs)".replace(".0 ", " ")
    )
    return (
        f"Some sharing is forced: with {features} on {neurons} at least {at_least(account.share)} "
        f"of the excess is, and of the features at least {each} have no neuron of their own."
    )


def _range(numbers: tuple[int, ...], noun: str) -> str:
    low, high = min(numbers), max(numbers)
    return counted(low, noun) if low == high else f"{low:,} to {counted(high, noun)}"


def preferred(found: Estimate | Missing) -> tuple[str, ...]:
    """Say in how many of the parted neurons the loss prefers the sharing; nothing where it was not asked."""
    if isinstance(found, Missing):
        return ()
    return (
        f"The loss prefers the sharing in {round(found.value * found.size)} of {counted(found.size, 'neuron')}, parted "
        f"and trained on (95 % interval {at_least(found.lower)} to {at_most(found.upper)}).",
    )
