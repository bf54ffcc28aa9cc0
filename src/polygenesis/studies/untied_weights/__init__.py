"""What changes when encoder and decoder are separate weights? (Open question 5.)

``claims`` lists the runs and margins, ``measurements`` reads runs, ``judgements`` tests, ``display`` shows.
"""

from __future__ import annotations

from collections.abc import Sequence

from polygenesis.dynamics.run import Run
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Profile, Study, StudyResult
from polygenesis.studies.untied_weights.claims import arms
from polygenesis.studies.untied_weights.display import illustration, table
from polygenesis.studies.untied_weights.judgements import judge_claims
from polygenesis.studies.untied_weights.measurements import measure_all

__all__ = ["UntiedWeights"]


class UntiedWeights(Study):
    """Count polysemantic neurons and dead features of untied networks, beside tied ones of the same size."""

    name = "untied-weights"
    title = "Separate encoder and decoder"
    question = "Do untied weights change how many neurons are polysemantic, which features live, and who wins a race?"

    def specs(self, profile: Profile) -> list[RunSpec]:
        """A tied and an untied network at every width."""
        return [arm.spec for arm in arms(profile)]

    def examine(self, runs: Sequence[Run], profile: Profile) -> StudyResult:
        """Measure, predict and judge."""
        found = measure_all(arms(profile), runs)
        idle = sum(int((~each.usable).sum()) for each in found)
        total = sum(len(each.usable) for each in found)
        return StudyResult(
            name=self.name,
            title=self.title,
            profile=profile,
            judgements=tuple(judge_claims(found)),
            tables={"tied and untied networks": table(found)},
            illustrations=(illustration(found),),
            limits=(
                f"{idle} of {total} replicates are not at rest, or have a live feature that is split, and are left out "
                "of counts.",
                "Encoder and decoder start independent. A decoder that starts as the transposed encoder stays equal to "
                "it by symmetry of the loss: such a network is a tied one of twice the penalty at half the speed.",
                "The penalty acts on both matrices; on one alone, the other grows and takes over, and no race is run.",
                "The census reads the decoder; at rest the encoder gives the same (see the claim on their equality).",
            ),
            keys=tuple(each.key for each in found),
        )
