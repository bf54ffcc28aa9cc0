"""Sentences of a verdict, each made from the numbers that stand beside it."""

from __future__ import annotations

import math

import numpy as np

from polygenesis.arrays import Integers
from polygenesis.numerals import counted
from polygenesis.probe.battery.accounting import Account
from polygenesis.probe.battery.base import Base
from polygenesis.probe.battery.battery import Findings
from polygenesis.probe.battery.recurrence import DECISIVE, LEAST_RUNS, Recurrence
from polygenesis.probe.battery.recurrence_evidence import ENOUGH_RUNS, MATCHED
from polygenesis.probe.battery.splitting import TEST, Splits
from polygenesis.probe.evidence import Missing, about, at_least, at_most, not_counted, p_text
from polygenesis.probe.judging.axes import Axes
from polygenesis.probe.judging.sharing import PairTable
from polygenesis.probe.judging.verdict import Origin, smallest_p
from polygenesis.stats import Estimate

NAMED = 5
"""Pairs that a sentence names."""

SMALL = 0.05
"""Estimate of the structured share below which the first words of the verdict call the structured part small."""


def clauses(origin: Origin, base: Base, findings: Findings, axes: Axes, pairs: PairTable) -> tuple[str, ...]:
    """Return the verdict's sentences, in the order in which a reader wants them."""
    if origin is Origin.NOTHING_SHARED:
        return (_nothing_shared(origin, base),)
    if origin is Origin.UNDECIDED:
        return (_unsound(base, findings),)
    said = [_head(origin, base, findings, axes)]
    if origin in (Origin.STRUCTURED, Origin.PARTLY_STRUCTURED):
        said += [_pairs(base, pairs), *_samples(base)]
    said += [
        *_raised(base, pairs),
        _forced(base, findings.result("accounting")),
        *preferred(axes.preferred, neurons=_of_neurons(findings)),
    ]
    return tuple(said)


def _nothing_shared(origin: Origin, base: Base) -> str:
    """Say that no neuron has two features; that no neuron has even one is another finding."""
    if base.census.carried.any():
        return origin.value
    if base.source == "weights":
        return "No neuron carries a feature, so that none can be shared."
    return "No neuron selects a feature by these labels at this threshold, so that nothing is known of sharing."


def _unsound(base: Base, findings: Findings) -> str:
    broken = [
        each for each in findings.evidence if each.finding is False and each.test in ("preconditions", "convergence")
    ]
    said = broken[0].sentence
    if broken[0].test == "preconditions" and (base.census.dead_features == base.census.shape[1]).any():
        return f"Not judged: {said[0].lower()}{said[1:]}"
    why = "its features have not settled" if broken[0].test == "preconditions" else "training has not come to rest"
    return f"Not judged, because {why}: {said}"


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
    return _compatible(p, structured, axes, findings)


def _too_few(base: Base) -> str:
    shared = sum(int((each.sum(axis=0) >= 2).sum()) for each in base.carried)
    every = sum(each.shape[1] for each in base.carried)
    known = "One network" if base.runs == 1 else "Two networks" if base.independent else "Two dictionaries"
    more = LEAST_RUNS - base.runs
    carry = f"{shared:,} of {counted(every, 'neuron')}{_copies(base)} {'carries' if shared == 1 else 'carry'} two"
    said = f"{known} cannot tell chance from structure: {carry} features or more, and only other seeds"
    if not base.independent:
        return f"{said} of the network can tell whether the same pairs come back, not more dictionaries: {MATCHED}."
    return (
        f"{said} can tell whether the same pairs come back; bring at least {more} more ({ENOUGH_RUNS - base.runs} are "
        "better)."
    )


def _copies(base: Base) -> str:
    return f" ({not_counted(base.copies)})" if base.copies else ""


def _structured(origin: Origin, found: Estimate) -> str:
    rest = "" if origin is Origin.STRUCTURED else "; the rest is compatible with chance"
    partly = "A small part is shown to be structured" if found.value < SMALL else "Partly structured"
    name = "Structured" if origin is Origin.STRUCTURED else partly
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


def _compatible(p: float, structured: Estimate, axes: Axes, findings: Findings) -> str:
    recurrence = findings.recurrence
    if p <= DECISIVE:
        back = recurrence is not None and recurrence.found
        what = "pairs come back more often than chance explains" if back else "pairs that share start related"
        return (
            f"Not decided: {what} ({p_text(p)}), but how large the structured part is is not shown (at most "
            f"{at_most(structured.upper)} of the co-selections).{_seeds(axes, recurrence)}"
        )
    if recurrence is not None and recurrence.standing_out:
        number = len(recurrence.standing_out)
        said = f"but {number} pair{'s stand' if number > 1 else ' stands'} out"
    elif structured.lower > 0:
        said = f"but the structured share is above 0 in its interval (at least {at_least(structured.lower)})"
    elif math.isinf(axes.excluded):
        said = "but with these seeds no structure of any size could have been excluded"
    else:
        said = f"but a structured share of up to {at_most(axes.excluded)} could have been missed{_by_which(axes)}"
    more = _seeds(axes, recurrence)
    return f"Compatible with chance: no test of pairs is decisive (smallest {p_text(p)}), {said}.{more}"


def _by_which(axes: Axes) -> str:
    """Say which limit says what could have been missed: the upper end of the interval, or the detection limit."""
    structured, limit = axes.structured, axes.limit
    assert isinstance(structured, Estimate)
    if limit is None or structured.upper < min(limit.share, 1):
        return " (the upper end of its interval)"
    alone = "excludes nothing" if structured.upper >= 1 else f"ends at {at_most(structured.upper)}"
    return f", had its pairs come back in every second run (the detection limit; the interval alone {alone})"


def _seeds(axes: Axes, recurrence: Recurrence | None) -> str:
    if axes.settled_by is None or recurrence is None or axes.settled_by <= recurrence.runs:
        return ""
    return f" About {axes.settled_by} seeds would settle it."


def _pairs(base: Base, pairs: PairTable) -> str:
    places = np.flatnonzero(pairs.kin)
    if not len(places):
        return "No single pair of features stands out."
    share, verb = "share" if len(pairs.kin) > 1 else "shares", "stand" if len(places) > 1 else "stands"
    every = counted(len(pairs.kin), "pair")
    return f"{len(places):,} of {every} that {share} {verb} out: {named(base, pairs, places)}."


def named(base: Base, pairs: PairTable, places: Integers) -> str:
    """Name the first pairs of some, each with its neurons, how many chance gives it, and whether it is opposed."""
    counts = pairs.counts.sum(axis=0)
    said = [
        f"{base.names[pairs.first[at]]} + {base.names[pairs.second[at]]} ({counted(int(counts[at]), 'neuron')}, "
        f"{pairs.expected[at]:.2g} by chance{_against(base, pairs, int(at), int(counts[at]))})"
        for at in places[:NAMED]
    ]
    more = f" and {len(places) - NAMED:,} more" if len(places) > NAMED else ""
    return f"{', '.join(said)}{more}"


def _against(base: Base, pairs: PairTable, at: int, count: int) -> str:
    """Say of a pair in how many of its neurons the signs are opposed, where they are in most."""
    if pairs.opposed is None or 2 * pairs.opposed[at] <= count:
        return ""
    number = int(pairs.opposed[at])
    where = "in all of them" if number == count > 1 else "in it" if count == 1 else f"in {number:,} of them"
    signs = "one raises the neuron and the other lowers it" if base.source == "activations" else "the signs are opposed"
    return f"; {where} {signs}"


def _raised(base: Base, pairs: PairTable) -> tuple[str, ...]:
    """Say how many shared neurons two features raise, where activations can go down with a feature."""
    if base.signs is None or pairs.opposed is None or base.source != "activations":
        return ()
    shared = sum(int(((each != 0).sum(axis=0) >= 2).sum()) for each in base.signs)
    raised = sum(int(((each > 0).sum(axis=0) >= 2).sum()) for each in base.signs)
    every, against = int(pairs.counts.sum()), int(pairs.opposed.sum())
    first = (
        f"At least two features raise {raised:,} of {counted(shared, 'shared neuron')}"
        if raised
        else f"No two features raise {'the one shared neuron' if shared == 1 else f'any of {shared:,} shared neurons'}"
    )
    return (
        f"{first}; in {against:,} of {counted(every, 'co-selection')} one feature raises the neuron and the other "
        "lowers it.",
    )


def _samples(base: Base) -> tuple[str, ...]:
    if base.samples == "same":
        return (
            "All seeds were read on the same samples, so that accidents of these samples count; seeds trained and read "
            "on different samples would tell.",
        )
    if base.samples == "alike":
        return (
            "All seeds have the same labels, sample by sample: if they were read on the same samples, accidents of "
            "these samples count; seeds trained and read on different samples would tell.",
        )
    if base.samples == "different":
        return (
            "The seeds were read on different samples, so that accidents of these do not count; those of a data set "
            "that trained all seeds would.",
        )
    return ()


def _forced(base: Base, account: Account) -> str:
    features = _selected(account.features, len(base.names), "selected" if base.source == "activations" else "carried")
    neurons = _range(account.neurons, "neuron")
    copies = _copies(base) if base.runs >= LEAST_RUNS else ""  # of fewer runs the first sentence says it
    if not account.forced:
        verb = "is" if max(account.neurons) == 1 else "are"
        return f"Counting forces none of the sharing: {features}, and {neurons} {verb} live{copies}."
    runs = len(account.features)
    mean = 10 * account.homeless // runs / 10  # down, as it is a lower bound
    each = f"{account.homeless}" if runs == 1 else f"{mean:,.1f} (mean of the runs)".replace(".0 ", " ")
    each = each if mean else f"{account.homeless} in all {runs} runs"
    return (
        f"Some sharing is forced: {features}, and with {neurons.replace(' neuron', ' live neuron')}{copies} at least "
        f"{at_least(account.share)} of the excess is forced, and at least {each} of the features have no neuron of "
        "their own."
    )


def _selected(numbers: tuple[int, ...], every: int, verb: str) -> str:
    """Say how many of all features some neuron selects or carries, in each run."""
    low, high = min(numbers), max(numbers)
    if low == every:
        return f"{'the feature is' if every == 1 else f'all {every:,} features are'} {verb}"
    span = f"{low:,}" if low == high else f"{low:,} to {high:,}"
    return f"{span} of {counted(every, 'feature')} {'is' if high == 1 else 'are'} {verb} by some neuron"


def _range(numbers: tuple[int, ...], noun: str) -> str:
    low, high = min(numbers), max(numbers)
    return counted(low, noun) if low == high else f"{low:,} to {counted(high, noun)}"


def _of_neurons(findings: Findings) -> bool:
    """Whether no neuron was split twice."""
    splits: Splits | None = findings.result(TEST)
    tried = [] if splits is None else [(run, one.neuron) for run, one in splits.tried]
    return len(set(tried)) == len(tried)


def preferred(found: Estimate | Missing, *, neurons: bool = True, where: str = "") -> tuple[str, ...]:
    """Say in how many of the parted neurons the loss prefers the sharing; nothing where it was not asked.

    ``neurons``: whether every part that was tried was of another neuron; of a neuron with three features there may be
    three pairs. ``where``: which networks they are of, if not of all.
    """
    if isinstance(found, Missing):
        return ()
    parted = f"{counted(found.size, 'neuron')}{where}, parted and trained on"
    if not neurons:
        parted = f"{counted(found.size, 'neuron split')}, several of them of one neuron, each trained on"
    return (
        f"The loss prefers the sharing in {round(found.value * found.size)} of {parted} (95 % interval "
        f"{at_least(found.lower)} to {at_most(found.upper)}).",
    )
