"""What hidden noise may do to collisions, with margins stated beforehand."""

from __future__ import annotations

from polygenesis import theory
from polygenesis.studies.base import Claim

STD = 0.1
"""σ at which laws are compared, the middle one of E2."""

RULE_MARGIN = 0.25
"""Ratio of a mean count to the chance law within 1 ± this."""

ABSENT = 0.1
"""A mean count below this share of the chance law is the law's absence."""

OVERLAP_MARGIN = 0.1
"""Mean overlap over −‖W‖²/(n − 1) within 1 ± this."""

BEND = 0.05
"""How far the fourth norm of unit rows may lie from a random direction's level and still count as not sparser."""

REWARD_MARGIN = 0.02
"""Simulated over exact saving within 1 ± this."""

RELAXED_MARGIN = 0.05
"""Change of the expected loss, in units of what one feature costs (J/n), below which splitting makes no difference."""

KEPT_MARGIN = 0.1
"""Saving under a strong L1 penalty, over that of bare rows, within 1 ± this."""

HELD_MARGIN = 0.25
"""Ratio of mean counts with and without noise within 1 ± this."""

FREED = 0.5
"""A ratio of counts below this says that noise prevents collisions."""

PAPER = theory.PAPER


def reward(law: str, family: int) -> Claim:
    """The claim that a bare pair is cheaper on one neuron."""
    return Claim(
        f"Under {law} noise two bare features of opposite signs cost less on one neuron than on two, by "
        "2a²[σ²/2 − E(ξ − a)₊²].",
        "docs/theory.md, Noise 3",
        f"Simulated over exact saving within 1 ± {REWARD_MARGIN:g}; Holm's correction over {family} claims.",
        f"Rows with one weight a = 1, σ = {STD:g}, nothing trained.",
    )


def lasting(stds: str) -> Claim:
    """The claim that a relaxed pair is rewarded too."""
    return Claim(
        "The reward of a pair lasts: splitting it and training both arms on raises the expected loss.",
        "docs/theory.md, Noise 3 (Noise 6 expects the opposite)",
        f"Expected loss of the split arm higher by more than {RELAXED_MARGIN:g} J/n at every σ; refuted if at none.",
        f"Bipolar noise, σ = {stds}, no penalty; expectations over all signs, relaxed by gradient flow.",
    )


def kept(strength: float) -> Claim:
    """The claim that L1 keeps rows bare, and with them the reward."""
    return Claim(
        f"Where L1 keeps rows bare, a pair keeps its reward: splitting costs a²σ² at λ = {strength:g} > λ*.",
        "docs/theory.md, Noise 3 and 4",
        f"Cost of splitting, both arms trained on, over a²σ² within 1 ± {KEPT_MARGIN:g}; an exact computation.",
        "Bipolar noise; expectations over all signs.",
    )


def chance(cell: str, steps: int, family: int) -> Claim:
    """The claim that sparsity from noise comes with the collisions of the chance law."""
    return Claim(
        f"{cell} makes as many polysemantic neurons as chance: n(n−1)/(2(2m−1)).",
        f"{PAPER}, C4 applied to C7",
        f"Mean count over the slot model's within 1 ± {RULE_MARGIN:g}; Holm's correction over {family} claims.",
        f"No penalty, {steps:,} steps, noise independent for every input; all replicates without divergence.",
    )


def absence(law: str, cells: int, steps: int, family: int) -> Claim:
    """The prediction that noise alone makes none."""
    return Claim(
        f"{law.capitalize()} noise makes next to no polysemantic neurons: less than {ABSENT:.0%} of the chance law.",
        "docs/theory.md, Noise 6",
        f"Count over the slot model's below {ABSENT:g}; Holm's correction over {family} claims.",
        f"No penalty, {steps:,} steps, m ≥ n − 1; all replicates of {cells} settings, without divergence.",
    )


def simplex(cell: str, family: int) -> Claim:
    """The prediction that noise spends the whole budget of overlaps."""
    return Claim(
        f"Under {cell} rows turn away from each other until they sum to zero: the mean overlap is −‖W‖²/(n − 1).",
        "docs/theory.md, Noise 5",
        f"Ratio within 1 ± {OVERLAP_MARGIN:g}; Holm's correction over {family} claims.",
        "No penalty; end of training; all replicates without divergence.",
    )


def unmoved(cell: str, family: int) -> Claim:
    """The prediction that bipolar noise needs overlaps within its reach to make rows sparse."""
    return Claim(
        f"{cell} does not make rows sparse: overlaps are clipped, or there are none.",
        "docs/theory.md, Noise 2",
        f"Mean fourth norm of unit rows within 3/(m+2) ± {BEND:g}; Holm's correction over {family} claims.",
        "No penalty, 1/(n − 1) ≥ 3σ or n = 1.",
    )


def freed(cell: str, family: int) -> Claim:
    """The prediction that noise prevents collisions under a weak L1 penalty."""
    return Claim(
        f"{cell} at λ ≤ λ*/3 prevents collisions: fewer than {FREED:.0%} of those without noise.",
        "docs/theory.md, Noise 4 and 6",
        f"Ratio of mean counts below {FREED:g}; Holm's correction over {family} claims.",
        "Gradient descent with L1 and noise; resolved replicates.",
    )


def held(cell: str, family: int) -> Claim:
    """The prediction that noise changes no count under an L1 penalty above its threshold."""
    return Claim(
        f"{cell} at λ ≥ 1.5 λ* leaves the number of collisions as it is without noise.",
        "docs/theory.md, Noise 4",
        f"Ratio of mean counts within 1 ± {HELD_MARGIN:g}; Holm's correction over {family} claims.",
        "Gradient descent with L1 and noise; resolved replicates.",
    )
