"""What the penalty's strength does to the count, in a sentence that stands alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from polygenesis.studies.claim import Judgement, Verdict
from polygenesis.studies.penalty_strength.claims import STRENGTHS, UNCHANGED


def answers(judgements: Sequence[Judgement]) -> dict[str, str]:
    """Return how many of the comparisons with the smallest λ agree, differ and stay open."""
    found = Counter(each.verdict for each in judgements)
    if not judgements:
        return {}
    words = (
        (Verdict.SUPPORTED, f"give the same count within {100 * (UNCHANGED.margin.upper - 1):g} %"),
        (Verdict.REFUTED, "give a different count"),
        (Verdict.UNDECIDED, "are undecided"),
    )
    said = [(found[verdict], what) for verdict, what in words if found[verdict]]
    if len(said) == 1:
        return {"strengths": f"All {len(judgements)} comparisons with λ = {STRENGTHS[0]:g} {said[0][1]}."}
    parts = ", ".join(f"{count} {what}" for count, what in said)
    return {"strengths": f"Of {len(judgements)} comparisons with λ = {STRENGTHS[0]:g}, {parts}."}
