"""Untrained baseline: how many neurons are shared before any training, by the same labels and threshold?"""

from __future__ import annotations

from dataclasses import dataclass

from polygenesis.probe.battery.base import Base
from polygenesis.probe.evidence import Evidence, Missing


@dataclass(frozen=True)
class Baseline:
    """Neurons of all runs that two features or more share, ``before`` and ``after`` training, of ``neurons`` each."""

    before: int
    after: int
    neurons_before: int
    neurons_after: int


def ask(base: Base) -> Evidence | Missing:
    """Count the neurons that are shared in the untrained networks: what inputs and labels bring without training."""
    if base.untrained is None:
        return Missing(
            "untrained baseline", "the untrained network is not known",
            "the activations of the untrained network on the same samples", "initial",
        )  # fmt: skip
    before, after = (
        sum(int((each.sum(axis=0) >= 2).sum()) for each in runs) for runs in (base.untrained, base.carried)
    )
    sizes = [sum(each.shape[1] for each in runs) for runs in (base.untrained, base.carried)]
    found = Baseline(before, after, *sizes)
    return Evidence(
        "untrained baseline",
        float(before),
        f"{after} after training",
        None,
        before / max(1, sizes[0]),
        f"Before training {before:,} of {sizes[0]:,} neurons were shared by these labels at this threshold "
        f"({before / max(1, sizes[0]):.0%}), after it {after:,} of {sizes[1]:,} ({after / max(1, sizes[1]):.0%}).",
        None,
        found,
    )
