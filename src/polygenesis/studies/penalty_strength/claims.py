"""What the paper's figure says of the penalty's strength, with the margin stated beforehand."""

from __future__ import annotations

from polygenesis.studies.base import Claim

STRENGTHS = (0.001, 0.01, 0.1)
"""λ of E5, in the loss."""

MARGIN = 0.15
"""Mean counts whose ratio lies within 1 ± this count as the same."""


def unchanged(training: str, size: str, strength: float, family: int) -> Claim:
    """The claim that λ makes no difference, for one comparison with the smallest λ."""
    return Claim(
        f"Under {training} at {size}, λ = {strength:g} gives as many polysemantic neurons as λ = {STRENGTHS[0]:g}.",
        "arXiv:2312.03096, figure of E5",
        f"Ratio of mean counts within 1 ± {MARGIN:g}; Holm's correction over {family} claims.",
        f"{training}, {size}, "
        + ("all replicates, counted as published." if training == "AdamW" else "converged replicates."),
    )
