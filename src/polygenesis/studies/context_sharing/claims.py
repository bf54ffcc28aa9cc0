"""What chance makes of contexts, with margins stated beforehand; what the smallest models allow is in ``models``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from polygenesis import stats
from polygenesis.arrays import Integers
from polygenesis.studies.claim import Claim, Reading, read, too_little
from polygenesis.studies.context_sharing.networks import Network
from polygenesis.studies.counts import Poisson
from polygenesis.studies.evidence import pool
from polygenesis.studies.margin import LEVEL, Margin
from polygenesis.studies.starts import Sample, design_effect


def several(networks: Sequence[Network]) -> list[Network]:
    """Keep the networks with more than one context."""
    return [each for each in networks if each.contexts > 1]


def equal_signs(networks: Sequence[Network]) -> list[Reading]:
    """Equal-sign pairs of two contexts over the law, by setting with more than one."""
    return _over(several(networks), lambda each: each.equal, lambda each: each.pairs_law)


def opposite_signs(networks: Sequence[Network]) -> list[Reading]:
    """Opposite-sign pairs of two contexts over the law, by setting with more than one."""
    return _over(several(networks), lambda each: each.opposite, lambda each: each.pairs_law)


def shared_neurons(networks: Sequence[Network]) -> list[Reading]:
    """Shared neurons over the law, by setting."""
    return _over(networks, lambda each: each.shared, lambda each: each.neurons_law)


def _over(
    networks: Sequence[Network], counted: Callable[[Network], Integers], expected: Callable[[Network], float]
) -> list[Reading]:
    return [_ratio(each, counted(each), expected(each)) for each in networks]


def _ratio(network: Network, counts: Integers, law: float) -> Reading:
    if len(counts) < 2 or not counts.any():
        return too_little(f"{network.cell}: too few converged replicates.", [network], cell=network.cell)
    ratio = stats.ratio_to_prediction(counts, law, level=LEVEL)
    return read(ratio, [network], cell=network.cell, mean=counts.mean(), law=law)


def within(networks: Sequence[Network]) -> Reading:
    """Equal-sign pairs within contexts over chance, of all settings."""
    chance = sum(len(each.within_equal) * each.within_chance for each in networks)
    count = sum(int(each.within_equal.sum()) for each in networks)
    if not chance:
        return too_little("No context has two features, or no replicate converged.", networks)
    cells = {
        each.cell: Poisson(int(each.within_equal.sum()), len(each.within_equal) * each.within_chance)
        for each in networks
        if len(each.within_equal) and each.within_chance
    }
    effect = design_effect([Sample.of(each.spec, each.within_equal, each.usable) for each in networks])
    return read(pool(Poisson(count, chance, effect), cells), networks, count=count, chance=chance)


_REGIME = "inputs of known contexts, converged replicates"
_LAW = "docs/theory.md, Contexts 3"
_ONE = "margin unchanged; one context, C = 1, is judged only since its results were known"

EQUAL_SIGNS = Claim(
    "Pairs of two contexts share a neuron with equal signs as often as chance: C(C−1)/2 · s²/2m, {cell}.",
    _LAW,
    Margin.around("Ratio of means", 1, 0.10),
    _REGIME,
    "{cell}: {mean:.2f} equal-sign pairs of two contexts, {found} times the law's {law:.2f}.",
    equal_signs,
    family="equal signs",
)
OPPOSITE_SIGNS = Claim(
    "Pairs of two contexts share a neuron with opposite signs as often as chance: C(C−1)/2 · s²/2m, {cell}.",
    _LAW,
    Margin.around("Ratio of means", 1, 0.10),
    _REGIME,
    "{cell}: {mean:.2f} opposite-sign pairs of two contexts, {found} times the law's {law:.2f}.",
    opposite_signs,
    family="opposite signs",
)
WITHIN = Claim(
    "Within a context no two features share a neuron with equal signs.",
    "arXiv:2312.03096; docs/paper.md, C4, within contexts",
    Margin.below("Pairs over those that random slots would give, over all settings,", 0.02, least=0.0, ratio=True),
    _REGIME,
    "{count} equal-sign pairs within contexts, where random slots would give {chance:.0f}: {found} times.",
    within,
    trials=_ONE,
)
NEURONS = Claim(
    "Neurons are shared as often as if contexts filled slots independently: m[1 − p₀ᶜ − C p₁ p₀ᶜ⁻¹], {cell}.",
    _LAW,
    Margin.around("Ratio of means", 1, 0.10),
    _REGIME,
    "{cell}: {mean:.2f} shared neurons a network, {found} times the law's {law:.2f}.",
    shared_neurons,
    family="neurons",
    trials=_ONE,
)

CLAIMS = (EQUAL_SIGNS, OPPOSITE_SIGNS, WITHIN, NEURONS)
