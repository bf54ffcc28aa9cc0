"""How fast does one feature's row become sparse? (The paper's E1; claim C5.)

``claims`` says what could be false, ``races`` simulates, ``judgements`` tests, ``display`` shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from polygenesis.dynamics.run import Run
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Examined, Profile, Study
from polygenesis.studies.claim import Judgement
from polygenesis.studies.sparsification_speed.answer import answers
from polygenesis.studies.sparsification_speed.claims import CLAIMS
from polygenesis.studies.sparsification_speed.display import illustration, table
from polygenesis.studies.sparsification_speed.races import DRAWS, Races, measure

__all__ = ["SparsificationSpeed"]


class SparsificationSpeed(Study):
    """Follow single rows exactly and hold the paper's curves, exponents and constants against them."""

    name = "sparsification-speed"
    title = "How fast do rows become sparse?"
    question = (
        "Does the number of surviving weights fall as (1/√m + λt)⁻² and the L1 norm as its square root, in exponent "
        "and constant?"
    )

    claims = CLAIMS

    def plan(self, profile: Profile) -> dict[str, RunSpec]:
        """No simulated networks: one row alone is solved exactly."""
        return {}

    def examine(self, runs: Mapping[str, Run], profile: Profile) -> Examined:
        """Measure and predict."""
        races = measure(DRAWS[profile])
        return Examined(
            races,
            tables={"surviving weights and norm": table(races)},
            illustrations=(illustration(races),),
            limits=(
                "One row without interference; in a network m′ also depends on the other features.",
                "Exponents are fitted over one decade, where the product m′(λt)² still drifts slowly; rows are the "
                "independent units.",
                "Published values were read off a figure (±3 %).",
            ),
        )

    def answers(self, found: Races, judgements: Sequence[Judgement]) -> dict[str, str]:
        """Say how fast weights drop out."""
        return answers(found)
