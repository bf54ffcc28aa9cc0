"""Does the strength of the L1 penalty change how many neurons become polysemantic? (The paper's E5.)

``claims`` says what could be false and how it is estimated, ``display`` shows it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from polygenesis.dynamics.run import Run
from polygenesis.spec import RunSpec
from polygenesis.studies import paper_runs
from polygenesis.studies.base import Examined, Profile, Study
from polygenesis.studies.claim import Judgement
from polygenesis.studies.measurements import left_out, measure_all
from polygenesis.studies.penalty_strength.answer import answers
from polygenesis.studies.penalty_strength.claims import CLAIMS, STRENGTHS
from polygenesis.studies.penalty_strength.display import fast, illustration, table
from polygenesis.training import AdamW, GradientFlow, Training

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

    claims = CLAIMS

    def plan(self, profile: Profile) -> dict[tuple[str, int, float], RunSpec]:
        """Gradient flow and AdamW at three strengths and several widths."""
        ways: tuple[tuple[str, dict[Profile, tuple[int, tuple[int, ...], int]], Training], ...]
        ways = (("gradient flow", SIZES, GradientFlow()), ("AdamW", ADAM_SIZES, AdamW()))
        return {
            (name, m, strength): paper_runs.autoencoder(sizes[profile][0], m, strength, training, sizes[profile][2])
            for name, sizes, training in ways
            for m in sizes[profile][1]
            for strength in STRENGTHS
        }

    def examine(self, runs: Mapping[tuple[str, int, float], Run], profile: Profile) -> Examined:
        """Measure and predict."""
        measured = list(measure_all(runs).values())
        return Examined(
            measured,
            tables={"counts by penalty": table(measured)},
            illustrations=(illustration(measured),),
            limits=(
                left_out(measured),
                *fast(measured),
                "AdamW counts use |W| in [0.8, 1.2] as published and include replicates with unsettled features.",
                "The studies rate-constant and capacity compare strengths of the penalty too: rate-constant two, over "
                "more networks and with a smaller margin, capacity the usual one with a quarter of it. Each judges "
                "other λ and sizes, so that a small effect of λ may be found there and stay undecided here.",
            ),
        )

    def answers(self, found: object, judgements: Sequence[Judgement]) -> dict[str, str]:
        """Say how many comparisons agree."""
        return answers(judgements)
