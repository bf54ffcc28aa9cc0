"""What each claim on noise and collisions estimates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from polygenesis import stats, theory
from polygenesis.noise import HiddenNoise, NoNoise
from polygenesis.studies import wording
from polygenesis.studies.claim import Reading, Words, read, too_little
from polygenesis.studies.counts import CountRatio, Poisson
from polygenesis.studies.evidence import Every, Evidence, Exact, pool
from polygenesis.studies.noise_collisions.networks import Network
from polygenesis.studies.noise_collisions.pairs import FEATURES, RelaxedPair, simulated_savings
from polygenesis.studies.noise_collisions.plans import LAWS, STD
from polygenesis.studies.paired import Drawn, ratio
from polygenesis.studies.starts import Sample, design_effect

REACH = 3.0
"""Overlaps so many σ below zero count as not reached by the noise."""

BELOW, ABOVE = 3.0, 1.5
"""λ*/λ from which on noise should decide, and λ/λ* from which on L1 should."""

SPARSE = ("bipolar", "uniform")
"""Laws that make rows sparse: only there can a neuron be shared."""


class Found(NamedTuple):
    """What was measured: trained networks, relaxed pairs, and how many draws of noise a bare pair gets."""

    networks: Sequence[Network]
    pairs: Sequence[RelaxedPair]
    draws: int

    @property
    def many(self) -> list[Network]:
        """Networks under noise alone whose overlaps it reaches."""
        return [each for each in self.networks if not each.spec.penalty.strength and not is_unreached(each)]

    @property
    def few(self) -> list[Network]:
        """Networks under noise alone whose overlaps it does not reach."""
        return [each for each in self.networks if not each.spec.penalty.strength and is_unreached(each)]

    @property
    def sparse(self) -> list[Network]:
        """Networks under noise alone that makes rows sparse."""
        return [each for each in self.many if each.spec.noise.kind in SPARSE]


def is_unreached(network: Network) -> bool:
    """Whether overlaps of −1/(n − 1) lie :data:`REACH` σ or more below zero, or there are none."""
    return network.n == 1 or 1 / (network.n - 1) >= REACH * network.std


def weak_and_strong(networks: Sequence[Network]) -> tuple[list[tuple[Network, Network]], list[tuple[Network, Network]]]:
    """Pair networks with noise and L1 with those of the same L1 alone: at λ up to :data:`BELOW`, from :data:`ABOVE`."""
    pressed = [each for each in networks if each.spec.penalty.strength]
    bases = {each.spec.penalty.strength: each for each in pressed if isinstance(each.spec.noise, NoNoise)}
    noisy = [(each, bases[each.spec.penalty.strength]) for each in pressed if each.std]
    weak = [(each, base) for each, base in noisy if each.spec.penalty.strength <= each.threshold / BELOW]
    return weak, [(each, base) for each, base in noisy if each.spec.penalty.strength >= ABOVE * each.threshold]


def rewarded(found: Found) -> list[Reading]:
    """The simulated saving of a bare pair over the closed form, by law."""
    return [_rewarded(law(STD), found.draws) for law in LAWS]


def _rewarded(noise: HiddenNoise, draws: int) -> Reading:
    exact = float(theory.sharing_reward(noise.kind, noise.std))
    return read(
        stats.mean(simulated_savings(noise, draws) / exact),
        kind=noise.kind,
        law=wording.law(noise.kind),
        std=noise.std,
        exact=exact,
        relative=exact / noise.std**2,
        draws=draws,
    )


def lasting(found: Found) -> Reading:
    """What splitting a relaxed pair costs at every σ, in J/n: computed exactly, so there is no interval."""
    pairs = [each for each in found.pairs if not each.penalty]
    changes = "; ".join(
        f"{each.relative:+.3f} J/n at σ = {each.std:g}" + ("" if each.stayed else " (the pair came apart by itself)")
        for each in pairs
    )
    evidence = Every(tuple(Exact(each.relative) for each in pairs), alike=True)
    return read(evidence, stds=", ".join(f"{each.std:g}" for each in pairs), changes=changes, n=FEATURES)


def kept(found: Found) -> list[Reading]:
    """What splitting costs over a²σ² where L1 keeps rows bare."""
    return [_kept(each) for each in found.pairs if each.penalty]


def _kept(pair: RelaxedPair) -> Reading:
    exact = float(theory.sharing_reward("bipolar", pair.std, pair.norm))
    return read(
        Exact(pair.change / exact),
        strength=pair.penalty,
        threshold=float(theory.repulsion_threshold("bipolar", FEATURES, pair.std)),
        std=pair.std,
        change=pair.change,
        ratio=pair.change / exact,
        norm=pair.norm,
    )


def by_chance(found: Found) -> list[Reading]:
    """Counts over the slot model, of all settings of a law together, as the paper would have them."""
    return _by_law(found)


def absent(found: Found) -> list[Reading]:
    """The same counts over the slot model, as the theory of noise would have them."""
    return _by_law(found)


def _by_law(found: Found) -> list[Reading]:
    kinds = dict.fromkeys(each.spec.noise.kind for each in found.sparse)
    return [_over_slots([each for each in found.sparse if each.spec.noise.kind == kind]) for kind in kinds]


def _over_slots(networks: Sequence[Network]) -> Reading:
    words: Words = {"law": networks[0].spec.noise.kind.capitalize()}
    if sum(len(each.polysemantic) for each in networks) < 2:
        return too_little(f"{words['law']} noise: too few replicates.", networks, **words)
    count = sum(int(each.polysemantic.sum()) for each in networks)
    expected = sum(len(each.polysemantic) * each.slots for each in networks)
    cells = {
        each.cell: Poisson(int(each.polysemantic.sum()), len(each.polysemantic) * each.slots)
        for each in networks
        if len(each.polysemantic)
    }
    return read(
        pool(Poisson(count, expected, design_effect([each.sample() for each in networks])), cells),
        networks,
        **words,
        count=count or "no",
        networks=sum(len(each.polysemantic) for each in networks),
        expected=expected,
        settings=len(networks),
    )


def turned_away(found: Found) -> list[Reading]:
    """Mean overlaps over their bound, by setting."""
    return [_mean(each, each.overlap) for each in found.many]


def unmoved(found: Found) -> list[Reading]:
    """Fourth norms of unit rows, whose margin is measured from a random direction's, by setting."""
    return [_mean(each, each.fourth_norm, origin=float(theory.random_row_fourth_norm(each.m))) for each in found.few]


def _mean(network: Network, values: object, origin: float = 0.0) -> Reading:
    if len(network.overlap) < 2:
        return too_little(f"{network.cell}: too few replicates.", [network], cell=network.cell)
    return read(stats.mean(values), [network], origin=origin, cell=network.cell, level=origin)


def freed(found: Found) -> list[Reading]:
    """Counts with noise over those without, at a weak penalty."""
    return [_against(*pair, _counted, zeros=True) for pair in weak_and_strong(found.networks)[0]]


def held(found: Found) -> list[Reading]:
    """Counts with noise over those without, at a strong penalty."""
    return [_against(*pair, _ratio, zeros=False) for pair in weak_and_strong(found.networks)[1]]


def _counted(a: Sample, b: Sample) -> CountRatio:
    return CountRatio(a.values, b.values, (*a.starts, *b.starts))


def _ratio(a: Sample, b: Sample) -> Drawn:
    return ratio(a, b, counted=True)


def _against(network: Network, base: Network, compare: Callable[[Sample, Sample], Evidence], *, zeros: bool) -> Reading:
    """Compare resolved replicates; ``zeros``: whether the comparison can do with no collision under noise."""
    one, other = network.sample(network.resolved), base.sample(base.resolved)
    a, b = one.values, other.values
    pressed = f"{network.noise[0].upper() + network.noise[1:]} with λ = {network.spec.penalty.strength:g}"
    if min(len(a), len(b)) < 2 or not b.any() or not (zeros or a.any()):
        why = f"{a.sum():g} collisions in {len(a)} resolved replicates, {b.sum():g} in {len(b)} without noise,"
        return too_little(f"{pressed}: {why} are too few to compare.", [network, base], cell=pressed)
    words: Words = {"threshold": network.threshold, "without": b.mean(), "many": len(a), "bare": len(b)}
    return read(compare(one, other), [network, base], cell=pressed, **words)
