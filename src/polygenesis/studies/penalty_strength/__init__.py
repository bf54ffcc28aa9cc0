"""Does the strength of the L1 penalty change how many neurons become polysemantic? (The paper's E5.)

``claims`` says what could be false, ``judgements`` tests it, ``display`` shows it.
"""

from __future__ import annotations

from collections.abc import Sequence

from polygenesis.dynamics.run import Run
from polygenesis.spec import RunSpec
from polygenesis.studies import paper_runs
from polygenesis.studies.base import Profile, Study, StudyResult
from polygenesis.studies.measurements import left_out, measure_all
from polygenesis.studies.penalty_strength.answer import answers
from polygenesis.studies.penalty_strength.claims import STRENGTHS
from polygenesis.studies.penalty_strength.display import fast, illustration, table
from polygenesis.studies.penalty_strength.judgements import judge_claims
from polygenesis.training import AdamW, GradientFlow

__all__ = ["PenaltyStrength"]

SIZES: dict[Profile, tuple[int, tuple[int, ...], int]] = {
    "quick": (32, (32, 128), 8),
    "standard": (256, (256, 1024), 16),
    "thorough": (256, (256, 1024, 4096), 64),
}
"""Features, widths and replicates of the gradient-flow runs."""

ADAM_SIZES: dict[Profile, tuple[int, tuple[int, ...], int]] = {
    "quick": (16, (64,), 8),
    "standard": (64, (64, 256), 16),
    "thorough": (256, (256, 1024), 16),
}
"""Features, widths and replicates of the AdamW runs."""


class PenaltyStrength(Study):
    """Count polysemantic neurons at λ = 0.001, 0.01 and 0.1, the paper's three strengths."""

    name = "penalty-strength"
    title = "Does the strength of the penalty matter?"
    question = "Is the number of polysemantic neurons the same at λ = 0.001, 0.01 and 0.1?"

    def specs(self, profile: Profile) -> list[RunSpec]:
        """Gradient flow and AdamW at three strengths and several widths."""
        runs = []
        for sizes, training in ((SIZES, GradientFlow()), (ADAM_SIZES, AdamW())):
            n, widths, replicates = sizes[profile]
            runs += [
                paper_runs.autoencoder(n, m, strength, training, replicates) for m in widths for strength in STRENGTHS
            ]
        return runs

    def examine(self, runs: Sequence[Run], profile: Profile) -> StudyResult:
        """Measure, predict and judge."""
        measured = measure_all(runs)
        judgements = tuple(judge_claims(measured))
        return StudyResult(
            name=self.name,
            title=self.title,
            profile=profile,
            judgements=judgements,
            answers=answers(judgements),
            tables={"counts by penalty": table(measured)},
            illustrations=(illustration(measured),),
            limits=(
                left_out(measured),
                *fast(measured),
                "AdamW counts use |W| in [0.8, 1.2] as published and include replicates with unsettled features.",
            ),
            keys=tuple(each.spec.key for each in measured),
        )
