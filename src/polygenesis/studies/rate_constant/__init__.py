"""How tight is n²/4m, why does it fail where it does, and which law is better? (Question Q1.)

``cells`` says what is run and measured, ``laws`` predict, ``claims`` says what could be false,
``estimands`` how it is estimated, ``display`` shows it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from polygenesis.dynamics.run import Run
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Examined, Profile, Study
from polygenesis.studies.claim import Judgement
from polygenesis.studies.measurements import left_out
from polygenesis.studies.rate_constant.answer import answers
from polygenesis.studies.rate_constant.cells import Cell, Name, cells, of, plan
from polygenesis.studies.rate_constant.claims import CLAIMS
from polygenesis.studies.rate_constant.display import (
    cell_table,
    crowding_illustration,
    law_illustration,
    origin_table,
    score_table,
)
from polygenesis.studies.rate_constant.laws import fitted, floor, published, raw

__all__ = ["RateConstant"]


class RateConstant(Study):
    """Count polysemantic neurons over n, m, λ and ways of training, and hold every law against new cells."""

    name = "rate-constant"
    title = "How tight is the law n²/4m?"
    question = (
        "With which exponents and constant does the count follow n²/4m, where does it not, and which law fits better?"
    )

    claims = CLAIMS

    def plan(self, profile: Profile) -> dict[Name, RunSpec]:
        """Gradient flow over n and m/n, at other λ, and by descent and AdamW."""
        return plan(profile)

    def examine(self, runs: Mapping[Name, Run], profile: Profile) -> Examined:
        """Measure, fit, predict and judge."""
        found = cells(runs)
        training, held_out = of(found, "training"), of(found, "held-out")
        laws = [*published(), *fitted(training)]
        return Examined(
            found,
            tables={
                "counts by cell": cell_table(found, published()),
                "laws": score_table([*laws, raw(), floor()], training, held_out),
                "origins of pairs": origin_table([*training, *held_out]),
            },
            illustrations=(
                crowding_illustration(found),
                law_illustration([*laws, raw()], of(found, "held-out", "dilute")),
            ),
            limits=(
                left_out([cell.measured for cell in found if cell.training == "gradient flow"]),
                "Fitted laws were seen at θ from "
                f"{min(cell.crowding for cell in training):.2g} to {max(cell.crowding for cell in training):.2g} only; "
                "c·θ^q fails outside this range: at small θ it is too low (see the dilute cells), and far outside it "
                "vanishes or exceeds n/2 neurons.",
                "The study collision-count estimates the constant of n²/4m too, at one n and over more widths, with "
                "fewer networks and a wider margin. The count over n²/4m changes with the crowding θ, which depends on "
                "n and m: each study's constant is that of its own sizes, and no one constant need hold in all cells "
                "of either.",
                "The studies penalty-strength and capacity compare strengths of the penalty too: penalty-strength the "
                "paper's three, capacity the usual one with a quarter of it. Each judges other "
                "λ, sizes and margins, so that a small effect of λ may be found here and stay undecided there.",
                "Tests on held-out cells treat the fitted numbers as exact: the intervals do not include the error of "
                "the fit.",
                "The verdicts within 5 % are for each cell separately, without correction for multiple testing.",
                "AdamW's counts use |W| in [0.8, 1.2] and include replicates with unsettled features, as published.",
            ),
        )

    def answers(self, found: Sequence[Cell], judgements: Sequence[Judgement]) -> dict[str, str]:
        """Say the exponents and the constant, and which law predicts new cells best."""
        return answers(found, judgements)
