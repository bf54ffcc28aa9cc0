"""How fast does one feature's row become sparse? (The paper's E1; claim C5.)

``claims`` says what could be false, ``races`` simulates, ``judgements`` tests, ``display`` shows.
"""

from __future__ import annotations

from collections.abc import Sequence

from polygenesis.dynamics.run import Run
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Profile, Study, StudyResult
from polygenesis.studies.sparsification_speed.answer import answers
from polygenesis.studies.sparsification_speed.display import illustration, table
from polygenesis.studies.sparsification_speed.judgements import judge_claims
from polygenesis.studies.sparsification_speed.races import DRAWS, measure

__all__ = ["SparsificationSpeed"]


class SparsificationSpeed(Study):
    """Follow single rows exactly and hold the paper's curves, exponents and constants against them."""

    name = "sparsification-speed"
    title = "How fast do rows become sparse?"
    question = "Do surviving weights fall as (1/√m + λt)⁻² and the norm as its root, in exponent and in constant?"

    def specs(self, profile: Profile) -> list[RunSpec]:
        """No simulated networks: one row alone is solved exactly."""
        return []

    def examine(self, runs: Sequence[Run], profile: Profile) -> StudyResult:
        """Measure, predict and judge."""
        races = measure(DRAWS[profile])
        return StudyResult(
            name=self.name,
            title=self.title,
            profile=profile,
            judgements=tuple(judge_claims(races)),
            answers=answers(races),
            tables={"surviving weights and norm": table(races)},
            illustrations=(illustration(races),),
            limits=(
                "One row without interference; in a network m′ also depends on what other features do.",
                "Exponents are fitted over one decade, where the product m′(λt)² still drifts slowly; rows are the "
                "independent units.",
                "Published values are read off a figure (±3 %).",
            ),
        )
