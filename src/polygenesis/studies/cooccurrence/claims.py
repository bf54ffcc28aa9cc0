"""What theory says of features that occur together, with margins stated beforehand."""

from __future__ import annotations

from polygenesis.studies.base import Claim

SOURCE = "docs/theory.md, Co-occurrence"

REGIME = (
    "Tied ReLU autoencoder, independent Bernoulli(p) features, expectation over all inputs, gradient flow with L1, "
)

FAR, REMAINDER = 0.5, 0.05
"""At p = FAR · λ at most this share of the collisions is left."""

EXPONENT_MARGIN, CONSTANT_MARGIN, SAMPLED_MARGIN, PARTING_MARGIN, LEAK_MARGIN = 0.10, 0.25, 0.30, 0.15, 0.10

KEPT, MODERATE = 0.95, 0.2
"""At least this share of existing pairs stays at every p up to MODERATE."""


def dies(n: int, m: int) -> Claim:
    """Far above p* nothing is left."""
    return Claim(
        f"From random weights, features that fire with probability p = {FAR:g} λ share almost no neuron.",
        f"{SOURCE}, eq. pair-race",
        f"At most {REMAINDER:.0%} of the count of one-hot features, all λ together.",
        f"{REGIME}n = {n}, m = {m}.",
    )


def proportional(n: int, m: int, strengths: str) -> Claim:
    """p* is proportional to λ."""
    return Claim(
        "The p* at which half of the polysemantic neurons are gone is proportional to λ.",
        f"{SOURCE}, eq. half",
        f"Exponent of p* in λ within 1 ± {EXPONENT_MARGIN:g}.",
        f"{REGIME}n = {n}, m = {m}, λ = {strengths}.",
    )


def constant(n: int, m: int) -> Claim:
    """p*/λ is what the race of two features says."""
    return Claim(
        f"p*/λ is the number that the race of two features gives, at n = {n}, m = {m}.",
        f"{SOURCE}, eq. pair-race, displaced",
        f"Measured over predicted within 1 ± {CONSTANT_MARGIN:g}.",
        f"{REGIME}n = {n}, m = {m}.",
    )


def lasting(strengths: str) -> Claim:
    """Pairs that exist are metastable."""
    return Claim(
        f"Pairs of a network trained on one-hot features stay together at any p up to {MODERATE:g}, whatever λ.",
        f"{SOURCE}, eq. force-unused: a neuron that nobody uses exerts no force on a zero weight",
        f"At least {KEPT:.0%} of the pairs stay at every such p.",
        f"Finished networks trained on with Bernoulli(p) features; λ = {strengths}, n = 6, m = 12.",
    )


def parting(ratio: float, strength: float) -> Claim:
    """A pair parts where the kick exceeds the barrier."""
    return Claim(
        f"With λ = {strength:g}, a pair of which one feature is given {ratio:g} of its weight on an unused neuron "
        "parts above p = λ(1−ρ)√(1+ρ²)/4ρ.",
        f"{SOURCE}, eq. separation",
        f"Measured threshold over theory within 1 ± {PARTING_MARGIN:g}.",
        "Finished networks, one kick each, n = 6, m = 12; p well below ρ².",
    )


def leaking(strength: float) -> Claim:
    """Pairs leak above √λ."""
    return Claim(
        f"With λ = {strength:g}, the features of existing pairs leak onto neurons of others above a p of about √λ, "
        "without parting.",
        f"{SOURCE}, eq. leak",
        f"Measured threshold over theory within 1 ± {LEAK_MARGIN:g}.",
        "Finished networks trained on, n = 6, m = 12.",
    )


def sampled(n: int, m: int) -> Claim:
    """Minibatches have the same p*."""
    return Claim(
        "Minibatches of fresh inputs have the same p* as the exact expectation.",
        f"{SOURCE}: the mean force decides, as long as a step moves weights little",
        f"Ratio of the two p* within 1 ± {SAMPLED_MARGIN:g}.",
        f"SGD with proximal steps against gradient flow, n = {n}, m = {m}, λ = 0.128.",
    )
