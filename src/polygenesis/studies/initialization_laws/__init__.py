"""Which laws of initial weights keep the rate of polysemantic neurons? (Open question 9.)

``claims`` lists the laws and the margin, ``judgements`` tests them, ``display`` shows them.
"""

from __future__ import annotations

from collections.abc import Sequence

from polygenesis.dynamics.run import Run
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Profile, Study, StudyResult
from polygenesis.studies.initialization_laws.claims import starts
from polygenesis.studies.initialization_laws.display import illustration, table
from polygenesis.studies.initialization_laws.judgements import Cell, judge_claims
from polygenesis.studies.measurements import left_out, measure_all

__all__ = ["InitializationLaws"]

SIZES: dict[Profile, tuple[int, tuple[int, ...], int]] = {
    "quick": (16, (32,), 8),
    "standard": (128, (128, 256), 300),
    "thorough": (256, (256, 512, 2048), 400),
}
"""Features, widths and replicates: at the standard profile a ratio of counts is known to 1 % (m = n) and 2 % (m = 2n).

Its interval at the corrected level must fit into the margin of 10 %: three to four standard errors. At m = 8n that
takes thousands of networks a law, as a network then shares three neurons only.
"""


class InitializationLaws(Study):
    """Count polysemantic neurons from fourteen laws of initial weights and hold each against Gaussian ones."""

    name = "initialization-laws"
    title = "Which initial weights keep the rate?"
    question = (
        "Does the number of polysemantic neurons depend on the law, the scale or the overlaps of the initial weights?"
    )

    def specs(self, profile: Profile) -> list[RunSpec]:
        """Every law at every width."""
        n, widths, replicates = SIZES[profile]
        return [
            RunSpec(
                model=TiedAutoencoder(n=n, m=m),
                penalty=L1(0.016),
                initial=start.part,
                replicates=replicates,
                precision="float32",
            )
            for m in widths
            for start in starts(m)
        ]

    def examine(self, runs: Sequence[Run], profile: Profile) -> StudyResult:
        """Measure, predict and judge."""
        measured = measure_all(runs)
        laws = [start for m in SIZES[profile][1] for start in starts(m)]
        cells = [Cell(start, each) for start, each in zip(laws, measured, strict=True)]
        return StudyResult(
            name=self.name,
            title=self.title,
            profile=profile,
            judgements=tuple(judge_claims(cells)),
            tables={"counts by initial weights": table(cells)},
            illustrations=(illustration(cells),),
            limits=(
                left_out(measured),
                "Laws are compared at one λ; small scales also make the penalty relatively stronger.",
            ),
            keys=tuple(each.spec.key for each in measured),
        )
