"""What the counts answer, in sentences that stand alone: how many neurons are shared, and what widening does."""

from __future__ import annotations

from collections.abc import Sequence

from polygenesis import stats
from polygenesis.studies import wording
from polygenesis.studies.collision_count.claims import ROOM, over_law, over_slots, power_of_width
from polygenesis.studies.measurements import Measured, roomy


def answers(flows: Sequence[Measured]) -> dict[str, str]:
    """Return the sentences that these runs can say, by name; one whose interval is to be distrusted is left out."""
    found = {"count": _count(flows), "widening": _widening(flows), "models": _models(flows)}
    return {name: sentence for name, sentence in found.items() if sentence}


def _count(flows: Sequence[Measured]) -> str:
    ratio = over_law(flows)
    if ratio is None or ratio.caution or not ratio.value:
        return ""
    return (
        "Neurons become polysemantic (represent two or more features) although there are enough neurons for all "
        f"features. With n features and m ≥ {ROOM}n neurons, the number of polysemantic neurons is "
        f"{wording.found(ratio)} times n²/4m, about the expected number of pairs of features whose largest weights "
        "are on the same neuron with opposite signs at initialization."
    )


def _models(flows: Sequence[Measured]) -> str:
    """The slot model beside the law, over the widths where both are compared with the same counts."""
    law, slots = over_law(flows), over_slots(flows, ROOM)
    if law is None or slots is None or law.caution or slots.caution or not law.value:
        return ""
    return (
        f"Counts are {wording.found(slots)} times those of the slot model, in which each feature takes a random free "
        f"signed neuron, and {wording.found(law)} times n²/4m (m ≥ {ROOM}n)."
    )


def _widening(flows: Sequence[Measured]) -> str:
    """Two to the power of the fitted exponent, and the mean at the largest width."""
    e = power_of_width(flows)
    if e is None or e.caution or e.upper >= 0:
        return ""
    left = stats.Estimate(2.0**e.value, 2.0**e.lower, 2.0**e.upper, e.level, e.method, e.size)
    widest = max(roomy(flows, ROOM), key=lambda each: each.m)
    mean, size = widest.counts.mean(), f"m = {widest.m // widest.n}n"
    still = f"at {size} a network still has {mean:.2g} on average" if mean else f"at {size} no network has one"
    return f"Doubling the number of neurons leaves {wording.share(left)} of the polysemantic neurons; {still}."
