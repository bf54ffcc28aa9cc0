"""Each strength against the smallest one: one family of like claims, corrected by Holm's method."""

from __future__ import annotations

from collections.abc import Sequence

from polygenesis import stats
from polygenesis.studies.base import Judgement
from polygenesis.studies.judging import Tested, judge_family
from polygenesis.studies.measurements import Measured
from polygenesis.studies.penalty_strength.claims import MARGIN, STRENGTHS, unchanged

FEW = 10
"""Below this many polysemantic neurons in a sample, the interval of a ratio of means is rough."""


def judge_claims(measured: Sequence[Measured]) -> list[Judgement]:
    """Compare each strength with the smallest one, for every way of training and width, as one family."""
    groups: dict[tuple[str, int, int], dict[float, Measured]] = {}
    for each in measured:
        groups.setdefault((each.training, each.n, each.m), {})[each.spec.penalty.strength] = each
    family = len(groups) * (len(STRENGTHS) - 1)
    return judge_family(
        [
            compare(group[STRENGTHS[0]], group[strength], family)
            for group in groups.values()
            for strength in STRENGTHS[1:]
        ]
    )


def compare(base: Measured, other: Measured, family: int) -> Tested:
    """Test the ratio of two mean counts."""
    size, strength = f"n = {base.n}, m = {base.m}", other.spec.penalty.strength
    claim = unchanged(base.training, size, strength, family)
    a, b = other.counts, base.counts
    if min(len(a), len(b)) < 2 or not (a.any() and b.any()):
        why = f"{len(a)} and {len(b)} replicates with {a.sum()} and {b.sum()} polysemantic neurons are too few."
        return claim, None, f"Under {base.training} at {size}, λ = {strength:g}: {why}"
    sentence = (
        f"Under {base.training} at {size}, λ = {strength:g} gives {{found}} times the count of λ = {STRENGTHS[0]:g}."
    )
    if min(a.sum(), b.sum()) < FEW:
        sentence += f" The interval is rough, with only {a.sum()} and {b.sum()} polysemantic neurons in all."
    return claim, stats.samples_agree(a, b, MARGIN, relative=True), sentence
