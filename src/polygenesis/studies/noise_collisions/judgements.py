"""Every claim on noise and collisions, tested; like claims form families, each corrected by Holm's method."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from polygenesis import stats, theory
from polygenesis.arrays import Integers
from polygenesis.noise import HiddenNoise, NoNoise
from polygenesis.studies import wording
from polygenesis.studies.base import Judgement, Verdict
from polygenesis.studies.judging import Tested, judge_family
from polygenesis.studies.noise_collisions import claims
from polygenesis.studies.noise_collisions.networks import Network
from polygenesis.studies.noise_collisions.pairs import FEATURES, RelaxedPair, simulated_savings
from polygenesis.studies.noise_collisions.plans import LAWS

SPARSE = ("bipolar", "uniform")
"""Laws that make rows sparse: only there can a neuron be shared."""


def judge_claims(networks: Sequence[Network], pairs: Sequence[RelaxedPair], draws: int) -> list[Judgement]:
    """Judge what a pair saves, what noise alone makes, and what it does under an L1 penalty."""
    free = [each for each in networks if not each.spec.penalty.strength]
    many = [each for each in free if not is_unreached(each)]
    sparse = [each for each in many if each.spec.noise.kind in SPARSE]
    kinds = dict.fromkeys(each.spec.noise.kind for each in sparse)
    laws = [[each for each in sparse if each.spec.noise.kind == kind] for kind in kinds]
    few = [each for each in free if is_unreached(each)]
    weak, strong = weak_and_strong(networks)
    return [
        *judge_family([rewarded(law(claims.STD), draws, len(LAWS)) for law in LAWS], cases="draws"),
        lasting([each for each in pairs if not each.penalty]),
        *(kept(each) for each in pairs if each.penalty),
        *judge_family([by_chance(each, len(sparse)) for each in sparse]),
        *judge_family([absent(of_law, len(laws)) for of_law in laws]),
        *judge_family([turned_away(each, len(many)) for each in many]),
        *judge_family([unmoved(each, len(few)) for each in few]),
        *judge_family([freed(each, base, len(weak)) for each, base in weak]),
        *judge_family([held(each, base, len(strong)) for each, base in strong]),
    ]


def is_unreached(network: Network) -> bool:
    """Whether overlaps of −1/(n − 1) lie three σ or more below zero, or there are none."""
    return network.n == 1 or 1 / (network.n - 1) >= 3 * network.std


def weak_and_strong(networks: Sequence[Network]) -> tuple[list[tuple[Network, Network]], list[tuple[Network, Network]]]:
    """Pair networks with noise and L1 with those of the same L1 alone: at λ ≤ λ*/3, and at λ ≥ 1.5 λ*."""
    pressed = [each for each in networks if each.spec.penalty.strength]
    bases = {each.spec.penalty.strength: each for each in pressed if isinstance(each.spec.noise, NoNoise)}
    noisy = [(each, bases[each.spec.penalty.strength]) for each in pressed if each.std]
    weak = [(each, base) for each, base in noisy if each.spec.penalty.strength <= each.threshold / 3]
    return weak, [(each, base) for each, base in noisy if each.spec.penalty.strength >= 1.5 * each.threshold]


def rewarded(noise: HiddenNoise, draws: int, family: int) -> Tested:
    """Test the simulated saving of a bare pair against the closed form."""
    exact = float(theory.sharing_reward(noise.kind, noise.std))
    found = stats.mean(simulated_savings(noise, draws) / exact)
    sentence = (
        f"Under {wording.law(noise.kind)} noise with σ = {noise.std:g} a bare pair saves {exact:.4g} "
        f"({exact / noise.std**2:.3g} σ²) on one neuron; {draws:,} draws give {{found}} times that."
    )
    margin = claims.REWARD_MARGIN
    return claims.reward(noise.kind, family), stats.agrees(found, 1 - margin, 1 + margin), sentence


def lasting(pairs: Sequence[RelaxedPair]) -> Judgement:
    """Judge whether the relaxed expected loss prefers the pair; an exact computation, so there is no interval."""
    claim = claims.lasting(", ".join(f"{each.std:g}" for each in pairs))
    higher = [each.relative > claims.RELAXED_MARGIN for each in pairs]
    verdict = Verdict.SUPPORTED if all(higher) else Verdict.UNDECIDED if any(higher) else Verdict.REFUTED
    found = "; ".join(
        f"{each.relative:+.3f} J/n at σ = {each.std:g}" + ("" if each.stayed else " (the pair came apart by itself)")
        for each in pairs
    )
    return Judgement(
        claim, verdict, f"After relaxing, splitting changes the expected loss by {found} (n = {FEATURES})."
    )


def kept(pair: RelaxedPair) -> Judgement:
    """Judge whether the reward lasts where L1 keeps rows bare."""
    exact = float(theory.sharing_reward("bipolar", pair.std, pair.norm))
    ratio = pair.change / exact
    verdict = Verdict.SUPPORTED if abs(ratio - 1) <= claims.KEPT_MARGIN else Verdict.REFUTED
    threshold = float(theory.repulsion_threshold("bipolar", FEATURES, pair.std))
    sentence = (
        f"At λ = {pair.penalty:g} (λ* = {threshold:.3g}) and σ = {pair.std:g}, splitting costs {pair.change:.4g} after "
        f"relaxing, {ratio:.3f} times a²σ² with a = {pair.norm:.3f}."
    )
    return Judgement(claims.kept(pair.penalty), verdict, sentence)


def by_chance(network: Network, family: int) -> Tested:
    """Test a mean count against the slot model."""
    claim = claims.chance(network.cell, steps(network), family)
    return claim, _ratio(network, 1 - claims.RULE_MARGIN, 1 + claims.RULE_MARGIN), _count_sentence(network)


def absent(networks: Sequence[Network], family: int) -> Tested:
    """Test whether the counts of a law, over all its settings, are below a small share of the slot model."""
    law = networks[0].spec.noise.kind
    claim = claims.absence(law, len(networks), steps(networks[0]), family)
    count = sum(int(each.polysemantic.sum()) for each in networks)
    size = sum(len(each.polysemantic) for each in networks)
    expected = sum(len(each.polysemantic) * each.slots for each in networks)
    sentence = (
        f"{law.capitalize()} noise: {count or 'no'} polysemantic neurons in {size} networks, {{found}} times the "
        f"{expected:.0f} of chance (settings: {len(networks)})."
    )
    return claim, poisson_agrees(count, expected, -np.inf, claims.ABSENT), sentence


def turned_away(network: Network, family: int) -> Tested:
    """Test the mean overlap against its bound."""
    claim = claims.simplex(network.cell, family)
    if len(network.overlap) < 2:
        return claim, None, f"{network.cell}: too few replicates."
    agreement = stats.mean_agrees(network.overlap, 1.0, claims.OVERLAP_MARGIN)
    return claim, agreement, f"{network.cell}: mean overlap {{found}} times −‖W‖²/(n − 1)."


def unmoved(network: Network, family: int) -> Tested:
    """Test the fourth norm of unit rows against a random direction's."""
    claim, level = claims.unmoved(network.cell, family), float(theory.random_row_fourth_norm(network.m))
    if len(network.fourth_norm) < 2:
        return claim, None, f"{network.cell}: too few replicates."
    sentence = f"{network.cell} ends at a fourth norm of {{found}}; a random direction has {level:.3f}."
    return claim, stats.mean_agrees(network.fourth_norm, level, claims.BEND), sentence


def freed(network: Network, base: Network, family: int) -> Tested:
    """Test whether noise at least halves the count under a weak penalty, by the exact test of two Poisson counts."""
    claim, a, b = claims.freed(_pressed(network), family), *_resolved(network, base)
    if min(len(a), len(b)) < 2 or not b.any():
        return claim, None, _too_few(network, a, b)
    return claim, counts_agree(a, b, claims.FREED), _compared(network, a, b)


def held(network: Network, base: Network, family: int) -> Tested:
    """Test whether noise leaves the count under a strong penalty."""
    claim, a, b = claims.held(_pressed(network), family), *_resolved(network, base)
    if min(len(a), len(b)) < 2 or not (a.any() and b.any()):
        return claim, None, _too_few(network, a, b)
    return claim, stats.samples_agree(a, b, claims.HELD_MARGIN, relative=True), _compared(network, a, b)


def steps(network: Network) -> int:
    """Steps that were taken."""
    return int(network.spec.training.steps)  # type: ignore[union-attr]


def _ratio(network: Network, lower: float, upper: float) -> stats.Agreement | None:
    """Test mean count over slot model by the exact Poisson interval: counts are under-dispersed, so it is safe."""
    counts = network.polysemantic
    return poisson_agrees(int(counts.sum()), len(counts) * network.slots, lower, upper) if len(counts) > 1 else None


def poisson_agrees(count: int, expected: float, lower: float, upper: float) -> stats.Agreement:
    """Test count / expected against a margin by exact Poisson tests; zero counts have an interval too."""
    from scipy import special

    alpha = 0.05
    low = float(special.gammaincinv(count, alpha)) / expected if count else 0.0
    high = float(special.gammaincinv(count + 1, 1 - alpha)) / expected
    estimate = stats.Estimate(count / expected, low, high, 1 - 2 * alpha, "exact Poisson", count)

    def at_most(bound: float) -> float:  # P(count or fewer) if the ratio were `bound`
        return float(special.gammaincc(count + 1, bound * expected)) if bound > 0 else 0.0

    def at_least(bound: float) -> float:
        return float(special.gammainc(count, bound * expected)) if count else 1.0

    inside = max(at_least(lower) if lower > 0 else 0.0, at_most(upper))
    outside = min(at_most(lower) if lower > 0 else 1.0, at_least(upper))
    verdict = stats.agrees(estimate, lower, upper, alpha=alpha).verdict
    return stats.Agreement(verdict, estimate, lower, upper, alpha, inside, outside)


def counts_agree(a: Integers, b: Integers, upper: float) -> stats.Agreement:
    """Test whether mean(a) / mean(b) is below ``upper``: given the sum, Σa is binomial if the counts are Poisson.

    Counts vary less than Poisson's, so the interval is safe; a sum of zero has one too.
    """
    size = len(a) / len(b)
    share = size * upper / (1 + size * upper)
    test = stats.proportion_agrees(int(a.sum()), int(a.sum() + b.sum()), 0.0, share)
    e = test.estimate
    value, low, high = ((p / (1 - p) / size if p < 1 else np.inf) for p in (e.value, e.lower, e.upper))
    found = stats.Estimate(value, low, high, e.level, "conditional binomial", e.size)
    return stats.Agreement(test.verdict, found, 0.0, upper, test.alpha, test.p_equivalent, test.p_different)


def _resolved(network: Network, base: Network) -> tuple[Integers, Integers]:
    return network.polysemantic[network.resolved], base.polysemantic[base.resolved]


def _too_few(network: Network, a: Integers, b: Integers) -> str:
    return (
        f"{_pressed(network)}: {a.sum()} collisions in {len(a)} resolved replicates, {b.sum()} in {len(b)} without "
        "noise, are too few to compare."
    )


def _compared(network: Network, a: Integers, b: Integers) -> str:
    return (
        f"{_pressed(network)} (λ* = {network.threshold:.3g}) makes {{found}} times the {b.mean():.2f} collisions "
        f"without noise ({len(a)} and {len(b)} resolved replicates)."
    )


def _pressed(network: Network) -> str:
    return f"{network.noise[0].upper() + network.noise[1:]} with λ = {network.spec.penalty.strength:g}"


def _count_sentence(network: Network) -> str:
    counts = network.polysemantic
    return (
        f"{network.cell}: {int(counts.sum()) or 'no'} polysemantic neurons in {len(counts)} networks, {{found}} times "
        f"the {len(counts) * network.slots:.1f} of chance."
    )
