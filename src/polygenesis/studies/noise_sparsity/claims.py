"""What hidden noise does to rows, by the sign of its excess kurtosis, with margins stated beforehand."""

from __future__ import annotations

from polygenesis.models import TiedAutoencoder
from polygenesis.studies import published
from polygenesis.studies.base import Claim

SIZES = TiedAutoencoder(n=8, m=16)
"""Features and neurons of E2."""

STRENGTHS = (0.07, 0.1, 0.15)
"""σ of E2."""

LEARNING_RATE = 0.02
"""Learning rate of E2."""

BEND = 0.05
"""How far a fourth norm may lie from a random direction's level and still count as not sparser."""


def by_kurtosis(law: str, excess_kurtosis: float, std: float, steps: int, family: int) -> Claim:
    """The claim of C7 on one law: sparser for a negative excess kurtosis, unmoved for none, not sparser for more."""
    said, margin = _said(excess_kurtosis)
    paper = "arXiv:2312.03096, C7"
    return Claim(
        f"{law.capitalize()} noise with σ = {std:g} {said}",
        paper if law in ("bipolar", "gaussian") else f"{paper}, extended to this law",
        f"Mean fourth norm at the end {margin}; Holm's correction over {family} claims.",
        f"n = {SIZES.n}, m = {SIZES.m}, learning rate {LEARNING_RATE:g}, {steps:,} steps, λ = 0, noise independent for "
        "every input.",
    )


def _said(excess_kurtosis: float) -> tuple[str, str]:
    if excess_kurtosis < 0:
        return "makes rows sparser than a random direction.", f"above 3/(m+2) + {BEND:g}"
    if excess_kurtosis == 0:
        return "leaves rows at a random direction's fourth norm.", f"within 3/(m+2) ± {BEND:g}"
    return "does not make rows sparser than a random direction.", f"below 3/(m+2) + {BEND:g}"


def as_published(std: float, family: int) -> Claim:
    """The claim that bipolar noise reproduces the published fourth norm."""
    return Claim(
        f"Bipolar noise with σ = {std:g} ends at the published fourth norm {published.FOURTH_NORMS['bipolar'][std]:g}.",
        "arXiv:2312.03096, figure of E2",
        f"Mean within ± 0.10 of the published value (read to ±3 %); Holm's correction over {family} claims.",
        f"n = {SIZES.n}, m = {SIZES.m}, {published.STEPS:,} steps, one noise vector for all inputs of a step, "
        "as in the paper's code.",
    )
