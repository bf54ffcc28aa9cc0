"""Which collisions survive, and where polysemantic neurons come from (claims C1, C4, C6).

``claims`` says what could be false and how it is estimated, ``display`` shows it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from polygenesis.dynamics.run import Run
from polygenesis.spec import RunSpec
from polygenesis.studies import paper_runs
from polygenesis.studies.base import Examined, Profile, Study
from polygenesis.studies.claim import Judgement
from polygenesis.studies.collision_sign.answer import answers
from polygenesis.studies.collision_sign.claims import CLAIMS
from polygenesis.studies.collision_sign.display import fate_table, illustration, origin_table, sign_table
from polygenesis.studies.measurements import Measured, left_out, measure_all

__all__ = ["CollisionSign"]


class CollisionSign(Study):
    """Follow every collision from the start to its fate, by sign, and every polysemantic neuron back to its origin."""

    name = "collision-sign"
    title = "Which collisions survive?"
    question = (
        "Are collisions of opposite signs benign and those of equal signs malign, and do the survivors explain the "
        "count?"
    )

    claims = CLAIMS

    def plan(self, profile: Profile) -> dict[tuple[str, int], RunSpec]:
        """Gradient flow over the widths of E3."""
        return paper_runs.flows(profile)

    def examine(self, runs: Mapping[tuple[str, int], Run], profile: Profile) -> Examined:
        """Measure and predict."""
        measured = list(measure_all(runs).values())
        return Examined(
            measured,
            tables={
                "fates of collisions": fate_table(measured),
                "origins of shared neurons": origin_table(measured),
                "signs of shared pairs": sign_table(measured),
            },
            illustrations=(illustration(measured),),
            limits=(
                left_out(measured),
                "Fates and origins in one network are not independent, so their intervals are widened by the "
                "variance between replicates.",
                "A collision at the start is a pair of features with the same largest weight; a feature that ends on "
                "its second-largest weight therefore counts as having left.",
                "Gradient flow only; AdamW has other winners (see initial-leads).",
            ),
        )

    def answers(self, found: Sequence[Measured], judgements: Sequence[Judgement]) -> dict[str, str]:
        """Say what became of collisions by sign, and where pairs came from."""
        return answers(found)
