"""Signs: do settled features share a neuron with one sign?"""

from __future__ import annotations

from polygenesis.detect import shared_pairs
from polygenesis.numerals import counted
from polygenesis.probe.battery.base import Base
from polygenesis.probe.evidence import Evidence, Missing


def ask(base: Base) -> Evidence | Missing:
    """Count pairs of one sign on one neuron among settled features: behind a linear layer with a ReLU on the output."""
    if not base.one_neuron_codes:
        return Missing("signs", "signs decide only in a linear hidden layer before a ReLU on the output")
    pairs = shared_pairs(base.census)
    same, total = int(pairs.same_counts.sum()), len(pairs)
    said = (
        "the loss prefers them together, or training is unfinished"
        if same
        else "all are of opposite signs, which the output's ReLU makes free"
    )
    return Evidence(
        "signs",
        float(same),
        "0 of one sign when the loss is indifferent",
        None,
        same / total if total else None,
        f"{same} of {counted(total, 'sharing pair')} with one sign: {said}."
        if total
        else "No pair of settled features shares.",
        same > 0,
    )
