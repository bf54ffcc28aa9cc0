"""Untrained baseline: how many neurons are shared before any training, by the same labels and threshold?"""

from __future__ import annotations

from dataclasses import dataclass

from polygenesis import seeds
from polygenesis.probe.battery.base import Base
from polygenesis.probe.battery.recurrence import LEAST_RUNS, LEVEL, recurrence
from polygenesis.probe.battery.structured_share import structured_share
from polygenesis.probe.evidence import Evidence, Missing, about, at_least, at_most, not_counted, p_text
from polygenesis.stats import Estimate


@dataclass(frozen=True)
class Baseline:
    """Neurons of all runs that two features or more share, ``before`` and ``after`` training, of ``neurons`` each.

    ``structured``, ``p_value``: the structured share of the untrained networks, and recurrence among them; None where
    there are fewer than three or nothing is shared. What inputs and labels bring is no work of training.
    """

    before: int
    after: int
    neurons_before: int
    neurons_after: int
    structured: Estimate | None = None
    p_value: float | None = None


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
    structured, p = _structured(base)
    every = base.runs * base.census.shape[2]
    found = Baseline(before, after, sizes[0], sizes[1], structured, p)
    return Evidence(
        "untrained baseline",
        float(before),
        f"{after} after training",
        None,
        before / max(1, sizes[0]),
        f"Before training {before:,} of {sizes[0]:,} neurons were shared by these labels at this threshold "
        f"({_share(before, sizes[0], every)}), after it {after:,} of {sizes[1]:,} ({_share(after, sizes[1], every)})."
        f"{_said(structured, p)}",
        None,
        found,
    )


def _share(shared: int, size: int, every: int) -> str:
    """The share that is shared, and how many neurons are no part of it because they are copies of others."""
    left = every - size
    copies = f"; {not_counted(left)}" if left else ""
    return f"{about(shared / max(1, size))}{copies}"


def _structured(base: Base) -> tuple[Estimate | None, float | None]:
    """The structured share of the untrained networks and the p-value of recurrence among them."""
    assert base.untrained is not None
    if base.runs < LEAST_RUNS or not any((each.sum(axis=0) >= 2).any() for each in base.untrained):
        return None, None
    rng = seeds.generator(base.seed, "diagnose", "untrained")
    found = recurrence(base.untrained, seed=rng, draws=base.draws)
    if found.open_runs < LEAST_RUNS:
        return None, None
    return structured_share(found).estimate, found.p_value


def _said(structured: Estimate | None, p: float | None) -> str:
    if structured is None or p is None:
        return ""
    if p > LEVEL:
        return (
            " The untrained networks are not found to share the same pairs "
            f"({p_text(p)}; at most {at_most(structured.upper)} of what they share comes back with every seed)."
        )
    return (
        f" Of what the untrained networks share, an estimated {about(structured.value)} comes back with every seed "
        f"already (at least {at_least(structured.lower)}, at most {at_most(structured.upper)}; {p_text(p)})."
    )
