"""The words that text and page share: axes, marks, what to supply, what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from polygenesis.detect.views import spread
from polygenesis.numerals import counted
from polygenesis.probe.evidence import at_least, at_most
from polygenesis.stats import Estimate

if TYPE_CHECKING:
    from polygenesis.probe.diagnosis import Diagnosis
    from polygenesis.probe.evidence import Missing
    from polygenesis.probe.judging.sharing import SharedNeuron

AXES = {
    "forced": (
        "of the excess over one feature a neuron",
        "How much sharing had to be? Counted: features that neurons carry beyond one each, of which this share had "
        "nowhere else to go.",
    ),
    "structured": (
        "of co-selections, back with other seeds",
        "Do the same pairs share whatever the seed? Counted: co-selections (two features on one neuron), of which this "
        "share would lie elsewhere if features chose neurons by chance.",
    ),
    "preferred": (
        "of parted neurons, preferred by the loss",
        "Does the loss want it? Counted: shared neurons whose features were parted and trained on, of which in this "
        "share the loss prefers the features together.",
    ),
}
"""What each axis counts: in short for a line of text, and in full for a page."""

MARKS = {
    "kin": ("●", "all its pairs stand out: they share more neurons than chance gives, or start related"),
    "strangers": ("○", "none of its pairs stands out: none is shown to share more neurons than chance gives"),
    "both": ("◐", "some of its pairs stand out, others do not"),
    "inseparable": ("≈", "these labels cannot tell its features apart, so it does not count as shared"),
    "unknown": ("·", "its pairs could not be judged, or no single pair stands out"),
}
"""Signs and meanings of a neuron's mark."""


def headline(found: Diagnosis) -> str:
    """Say what was diagnosed and how many neurons are shared."""
    runs, features, neurons = found.carried.shape
    counts = np.zeros(runs, dtype=np.int64)
    for each in found.shared:
        counts[each.run] += each.mark != "inseparable"
    every = "1 run" if runs == 1 else f"{runs} runs"
    return (
        f"{found.source}: {counted(features, 'feature')}, {counted(neurons, 'neuron')}, {every}; "
        f"{spread(counts)} shared neuron{'s' if tuple(counts) != (1,) * runs else ''}{'' if runs == 1 else ' a run'}"
    )


def axis(found: Diagnosis, name: str) -> tuple[str, str]:
    """Return an axis as its share and interval (a bound as one share), or as a dash and why there is no answer."""
    value: Estimate | Missing = getattr(found, name)
    if not isinstance(value, Estimate):
        return "–", value.reason
    if _says_nothing(value):
        return "none", "by counting"
    if 0 < value.lower == value.value < value.upper and value.upper >= 1:
        return f"≥ {at_least(value.value)}", ""
    return share(value.value), interval(value)


def _says_nothing(bound: Estimate) -> bool:
    """Whether a lower bound from bookkeeping is 0: counting then neither forces nor excludes anything."""
    return bound.level == 1 and bound.value == 0 and bound.upper >= 1


def interval(estimate: Estimate) -> str:
    """Write an interval of shares, or nothing where it has no width."""
    if estimate.lower == estimate.upper or not np.isfinite([estimate.lower, estimate.upper]).all():
        return ""
    return f"{at_least(estimate.lower).removesuffix(' %')} to {at_most(estimate.upper)}"


def share(value: float) -> str:
    """Write a share in percent, with one decimal where rounding would make it nothing or all.

    >>> share(0.314), share(0.004), share(1), share(0.998)
    ('31 %', '0.4 %', '100 %', '99.8 %')
    """
    if value != value:
        return "–"
    percent = 100 * value
    if 0 < percent < 0.05:
        return "< 0.1 %"
    if percent >= 99.95 and value < 1:
        return "> 99.9 %"
    near = 0 < abs(percent) < 1 or 99 < percent < 100
    return f"{percent:.1f} %" if near else f"{percent:.0f} %"


def number(value: Any) -> str:
    """Write a number for a reader; nothing where there is none, or NaN."""
    if value is None or value != value:
        return ""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value.lower().replace("_", " ") if value.isupper() else value  # the name of an origin, as words
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e7 else f"{value:.3g}"


NUMBERS = ("number of features", "effective number of features", "purity", "p")
"""What is said of a shared neuron as a whole."""


def numbers(neuron: SharedNeuron) -> tuple[int, float, float, float]:
    """Return these numbers of a neuron, NaN where one is not known; features that cannot be told apart count as one."""
    count = 1 if neuron.mark == "inseparable" else len(neuron.features)
    known = (float(getattr(neuron, name, np.nan)) for name in ("effective", "purity", "p_value"))
    effective, purity, p_value = known
    return count, effective, purity, p_value


def brief(value: float) -> str:
    """Write a number in two digits, for columns in which a reader compares."""
    return f"{value:.2g}" if abs(value) < 100 else number(value)


def has_signs(found: Diagnosis) -> bool:
    """Whether features may raise or lower a neuron, so that pairs can be opposed."""
    return any(each.opposed is not None for each in found.pairs[:1])


def opposed_note(found: Diagnosis) -> str:
    """Say what is counted as opposed in the table of pairs; nothing where there are no signs."""
    if not has_signs(found):
        return ""
    if found.source == "weights":
        return "Opposed: how many of them carry the two with weights of opposite signs."
    return "Opposed: how many of them one of the two raises and the other lowers; such a neuron tells the two apart."


def signs_note(found: Diagnosis) -> str:
    """Say what opposite signs on one neuron mean, where some neuron has them; of activations only."""
    mixed = any(len(set(each.signs)) > 1 for each in found.shared)
    if found.source == "weights" or not mixed:
        return ""
    return (
        "Two features with effects of opposite signs on a neuron are not alike, kin or not: the neuron rises with one, "
        "falls with the other, and tells them apart."
    )


def cautions(found: Diagnosis) -> Iterator[str]:
    """Return what weakens the verdict and the axes."""
    yield from found.verdict.cautions
    for name in AXES:
        value = getattr(found, name)
        if isinstance(value, Estimate) and value.caution:
            yield f"{name}: {value.caution}"


def kin(found: Diagnosis) -> frozenset[tuple[str, str]]:
    """Return the pairs that share more than chance, by name and in both orders."""
    pairs = [(each.first, each.second) for each in found.pairs if each.kin]
    return frozenset(pairs) | frozenset((b, a) for a, b in pairs)


def record(found: Diagnosis) -> Iterator[tuple[str, str]]:
    """Return what makes a diagnosis replay, flat: name by name."""
    yield from ((name, value) for name, value in _flat("", found.record) if value)


def _flat(name: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _flat(f"{name}.{key}" if name else str(key), each)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        said = [str(each) for each in value]
        same = len(said) > 1 and len(set(said)) == 1
        yield name, f"{said[0]} ({len(said)} times)" if same else ", ".join(said)
    else:
        yield name, str(value)
