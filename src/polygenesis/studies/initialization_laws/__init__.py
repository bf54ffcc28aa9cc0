"""Which laws of initial weights keep the rate of polysemantic neurons? (Open question 9.)

``starts`` lists the laws, ``claims`` says what could be false, ``display`` shows it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from polygenesis.dynamics.run import Run
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Examined, Profile, Study
from polygenesis.studies.claim import Judgement
from polygenesis.studies.initialization_laws.answer import answers
from polygenesis.studies.initialization_laws.claims import CLAIMS, Cell
from polygenesis.studies.initialization_laws.display import illustration, table
from polygenesis.studies.initialization_laws.starts import starts
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
    title = "Which initializations change the number of polysemantic neurons?"
    question = (
        "Does the number of polysemantic neurons depend on the law, the scale or the overlaps of the initial weights?"
    )

    claims = CLAIMS

    def plan(self, profile: Profile) -> dict[tuple[str, int], RunSpec]:
        """Every law at every width."""
        n, widths, replicates = SIZES[profile]
        return {
            (start.name, m): RunSpec(
                model=TiedAutoencoder(n=n, m=m),
                penalty=L1(0.016),
                initial=start.part,
                replicates=replicates,
                precision="float32",
            )
            for m in widths
            for start in starts(m)
        }

    def examine(self, runs: Mapping[tuple[str, int], Run], profile: Profile) -> Examined:
        """Measure and predict."""
        measured = measure_all(runs)
        cells = [Cell(start, measured[start.name, m]) for m in SIZES[profile][1] for start in starts(m)]
        return Examined(
            cells,
            tables={"counts by initial weights": table(cells)},
            illustrations=(illustration(cells),),
            limits=(
                left_out(list(measured.values())),
                "Laws are compared at one λ; small scales also make the penalty relatively stronger.",
            ),
        )

    def answers(self, found: Sequence[Cell], judgements: Sequence[Judgement]) -> dict[str, str]:
        """Say how counts compare with those of Gaussian starts."""
        return answers(found, judgements)
