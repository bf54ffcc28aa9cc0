"""What hidden noise does to rows, by the sign of its excess kurtosis, with margins stated beforehand."""

from __future__ import annotations

from collections.abc import Sequence

from polygenesis import stats, theory
from polygenesis.models import TiedAutoencoder
from polygenesis.studies import published
from polygenesis.studies.claim import Claim, Reading, Words, read, too_little
from polygenesis.studies.judging import blurred
from polygenesis.studies.margin import Margin
from polygenesis.studies.noise_sparsity.curves import Curve

SIZES = TiedAutoencoder(n=8, m=16)
"""Features and neurons of E2."""

STRENGTHS = (0.07, 0.1, 0.15)
"""σ of E2."""

LEARNING_RATE = 0.02
"""Learning rate of E2."""

BEND = 0.05
"""How far a fourth norm may lie from a random direction's level and still count as not sparser."""


def negative(curves: Sequence[Curve]) -> list[Reading]:
    """Fourth norms at the end under noise of negative excess kurtosis."""
    return [against_random(each) for each in curves if not each.noise.shared and each.noise.excess_kurtosis < 0]


def none(curves: Sequence[Curve]) -> list[Reading]:
    """Fourth norms at the end under Gaussian noise."""
    return [against_random(each) for each in curves if not each.noise.shared and each.noise.excess_kurtosis == 0]


def positive(curves: Sequence[Curve]) -> list[Reading]:
    """Fourth norms at the end under noise of positive excess kurtosis."""
    return [against_random(each) for each in curves if not each.noise.shared and each.noise.excess_kurtosis > 0]


def against_random(curve: Curve) -> Reading:
    """The fourth norm at the end, whose margin is measured from a random direction's level."""
    noise, level = curve.noise, float(theory.random_row_fourth_norm(SIZES.m))
    extended = "" if noise.kind in ("bipolar", "gaussian") else ", extended to this law"
    words: Words = {"law": noise.kind.capitalize(), "std": noise.std, "extended": extended}
    if len(curve.end) < 2:
        return too_little(f"Only {len(curve.end)} replicates did not diverge.", [curve], **words)
    return read(stats.mean(curve.end), [curve], origin=level, steps=curve.steps, level=level, **words)


def comparable(curve: Curve) -> bool:
    """Whether the paper published this noise's fourth norm at the end."""
    return curve.noise.shared and curve.noise.std in published.FOURTH_NORMS.get(curve.noise.kind, {})


def against_published(curves: Sequence[Curve]) -> list[Reading]:
    """The fourth norm at the end, with the error of reading the published one."""
    return [_against_published(each) for each in curves if comparable(each)]


def _against_published(curve: Curve) -> Reading:
    noise = curve.noise
    target = published.FOURTH_NORMS[noise.kind][noise.std]
    words: Words = {"std": noise.std, "published": target}
    if curve.steps != published.STEPS:
        taken = f"Bipolar noise with σ = {noise.std:g} was run for {curve.steps:,} steps"
        return too_little(f"{taken}; the published value is that after {published.STEPS:,}.", [curve], **words)
    if len(curve.end) < 2:
        return too_little(f"Only {len(curve.end)} replicates did not diverge.", [curve], **words)
    return read(blurred(stats.mean(curve.end), published.READING_DEVIATION), [curve], origin=target, **words)


_PAPER = "arXiv:2312.03096; docs/paper.md, C7{extended}"
_REGIME = "noise independent for every input"
_SENTENCE = (
    "{law} noise with σ = {std:g} ends at a fourth norm of {found} after {steps:,} steps; a random direction has "
    "{level:.3f}."
)

SPARSER = Claim(
    "{law} noise with σ = {std:g} makes rows sparser than a random direction.",
    _PAPER,
    Margin.above("Mean fourth norm at the end", BEND, origin="3/(m+2)"),
    _REGIME,
    _SENTENCE,
    negative,
    family="laws",
)
UNMOVED = Claim(
    "{law} noise with σ = {std:g} leaves rows at a random direction's fourth norm.",
    _PAPER,
    Margin.around("Mean fourth norm at the end", 0, BEND, origin="3/(m+2)"),
    _REGIME,
    _SENTENCE,
    none,
    family="laws",
)
NOT_SPARSER = Claim(
    "{law} noise with σ = {std:g} does not make rows sparser than a random direction.",
    _PAPER,
    Margin.below("Mean fourth norm at the end", BEND, origin="3/(m+2)"),
    _REGIME,
    _SENTENCE,
    positive,
    family="laws",
    trials="one-sided after a first run: at first the fourth norm was to stay within the margin on both sides",
)
AS_PUBLISHED = Claim(
    "Bipolar noise with σ = {std:g} ends at the published fourth norm {published:g}.",
    "arXiv:2312.03096, figure of experiment E2 (docs/paper.md)",
    Margin.around("Mean (read to ±3 %)", 0, 0.10, origin="the published value"),
    "one noise vector for all inputs of a step, as in the paper's code",
    "Bipolar noise with σ = {std:g}, one vector for all inputs, ends at {found}.",
    against_published,
    family="published",
)

CLAIMS = (SPARSER, UNMOVED, NOT_SPARSER, AS_PUBLISHED)
