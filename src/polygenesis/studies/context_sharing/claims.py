"""What contexts allow and what chance makes of it, with margins stated beforehand."""

from __future__ import annotations

from polygenesis.studies.base import Claim

STRENGTH = 0.016
"""λ of all runs."""

MARGIN = 0.10
"""Ratio of a mean count to the law within 1 ± this."""

NONE = 0.02
"""Equal-sign pairs within a context below this share of what chance would place there."""

FREE = 0.001
"""Largest loss that sharing may add to a feature, in units of what a feature without weights costs (1)."""

ROUNDING = 1e-9
"""Losses below this are zero."""

FLOW = f"Gradient flow, one-hot inputs of known contexts, λ = {STRENGTH:g}; converged replicates."


def smallest() -> Claim:
    """The claim on the smallest model whose reader knows the context."""
    return Claim(
        "Two features of two contexts share one neuron with equal signs at no loss; without contexts that costs at "
        "least 1.",
        "docs/theory.md, Contexts 1 (science question 8 of arXiv:2312.03096)",
        f"Masked loss 0 and least loss without contexts 1, both within {ROUNDING:g}; exact computations.",
        "Tied autoencoder without or with the output ReLU, n = 2, m = 1, no penalty.",
    )


def gated() -> Claim:
    """The claim on the smallest network that knows its context."""
    return Claim(
        "A network that is given the context needs two neurons for two features that share with equal signs, and "
        "s + 1 for 2s; one neuron costs at least 1/2.",
        "docs/theory.md, Contexts 2",
        f"Loss 0 within {ROUNDING:g} on every combination of features; no network of one neuron below 1/2.",
        "Linear hidden layer, output ReLU and bias, context ±1 among the inputs.",
    )


def cofiring() -> Claim:
    """The claim that sharing across contexts is safe where antipodal sharing is not."""
    return Claim(
        "Sharing across contexts stays free where features fire together; antipodal sharing within a context does not.",
        "docs/theory.md, Contexts 2",
        f"Loss 0 within {ROUNDING:g} across contexts, above 0.1 an input for antipodal pairs that fire together.",
        "Two contexts of two features each, all combinations, exact computations.",
    )


def equal_signs(cell: str, family: int) -> Claim:
    """The claim that equal-sign pairs of two contexts follow chance."""
    return Claim(
        f"Pairs of two contexts share a neuron with equal signs as often as chance: C(C−1)/2 · s²/2m, {cell}.",
        "docs/theory.md, Contexts 3",
        f"Ratio of means within 1 ± {MARGIN:g}; Holm's correction over {family} claims.",
        FLOW,
    )


def opposite_signs(cell: str, family: int) -> Claim:
    """The claim that signs do not matter between contexts."""
    return Claim(
        f"Pairs of two contexts share a neuron with opposite signs as often: C(C−1)/2 · s²/2m, {cell}.",
        "docs/theory.md, Contexts 3",
        f"Ratio of means within 1 ± {MARGIN:g}; Holm's correction over {family} claims.",
        FLOW,
    )


def within(family: int) -> Claim:
    """The claim that equal signs within a context stay malign."""
    return Claim(
        "Within a context no two features share a neuron with equal signs.",
        "arXiv:2312.03096, C4, within contexts",
        f"Pairs over those that random slots would give below {NONE:g}, over all {family} settings.",
        FLOW,
    )


def neurons(cell: str, family: int) -> Claim:
    """The claim on the number of shared neurons."""
    return Claim(
        f"Neurons are shared as often as if contexts filled slots independently: m[1 − p₀ᶜ − C p₁ p₀ᶜ⁻¹], {cell}.",
        "docs/theory.md, Contexts 3",
        f"Ratio of means within 1 ± {MARGIN:g}; Holm's correction over {family} claims.",
        FLOW,
    )


def free() -> Claim:
    """The claim that sharing costs nothing in trained networks."""
    return Claim(
        "Features that share with equal signs lose no more than features alone.",
        "docs/theory.md, Contexts 1",
        f"Largest loss of any such feature over (1 − a²)², 4a(1 − a²) = λ, by less than {FREE:g}.",
        FLOW,
    )
