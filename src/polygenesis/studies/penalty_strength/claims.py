"""What the paper's figure says of the penalty's strength, with the margin stated beforehand."""

from __future__ import annotations

from collections.abc import Sequence

from polygenesis.studies.claim import Claim, Reading, Words, read, too_little
from polygenesis.studies.margin import Margin
from polygenesis.studies.measurements import Measured
from polygenesis.studies.paired import ratio

STRENGTHS = (0.001, 0.01, 0.1)
"""λ of E5, in the loss."""

FEW = 10
"""Below this many polysemantic neurons in a sample, the interval of a ratio of means is rough."""


def against_the_smallest(measured: Sequence[Measured]) -> list[Reading]:
    """Each strength over the smallest one, for every way of training and width."""
    groups: dict[tuple[str, int, int], dict[float, Measured]] = {}
    for each in measured:
        groups.setdefault((each.training, each.n, each.m), {})[each.spec.penalty.strength] = each
    return [_over(group[STRENGTHS[0]], group[strength]) for group in groups.values() for strength in STRENGTHS[1:]]


def _over(base: Measured, other: Measured) -> Reading:
    """Ratio of two mean counts of networks with the same starts."""
    size, strength, a, b = f"n = {base.n}, m = {base.m}", other.spec.penalty.strength, other.counts, base.counts
    words: Words = {"training": base.training, "size": size, "strength": strength}
    words["counted"] = "all replicates, counted as published" if base.training == "AdamW" else "converged replicates"
    if min(len(a), len(b)) < 2 or not (a.any() and b.any()):
        why = f"{len(a)} and {len(b)} replicates with {a.sum()} and {b.sum()} polysemantic neurons are too few."
        return too_little(f"Under {base.training} at {size}, λ = {strength:g}: {why}", [base, other], **words)
    rough = f" The interval is rough, with only {a.sum()} and {b.sum()} polysemantic neurons in all."
    few = min(a.sum(), b.sum()) < FEW
    return read(ratio(other.sample, base.sample, counted=True), [base, other], then=rough if few else "", **words)


UNCHANGED = Claim(
    f"Under {{training}} at {{size}}, λ = {{strength:g}} gives as many polysemantic neurons as λ = {STRENGTHS[0]:g}.",
    "arXiv:2312.03096, figure of experiment E5 (docs/paper.md)",
    Margin.around("Ratio of mean counts", 1, 0.15),
    "{counted}",
    f"Under {{training}} at {{size}}, λ = {{strength:g}} gives {{found}} times the count of λ = {STRENGTHS[0]:g}.",
    against_the_smallest,
    family="strengths",
)

CLAIMS = (UNCHANGED,)
