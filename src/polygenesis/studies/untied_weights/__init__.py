"""What changes when encoder and decoder are separate weights? (Open question 5.)

``arms`` lists the runs, ``measurements`` reads them, ``claims`` says what could be false, ``display`` shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from polygenesis.dynamics.run import Run
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Examined, Profile, Study
from polygenesis.studies.claim import Judgement
from polygenesis.studies.untied_weights.answer import answers
from polygenesis.studies.untied_weights.arms import Name, plan
from polygenesis.studies.untied_weights.claims import CLAIMS
from polygenesis.studies.untied_weights.display import illustration, table
from polygenesis.studies.untied_weights.measurements import Ends, measure

__all__ = ["UntiedWeights"]


class UntiedWeights(Study):
    """Count polysemantic neurons and dead features of untied networks, beside tied ones of the same size."""

    name = "untied-weights"
    title = "Separate encoder and decoder"
    question = (
        "Do untied weights change the number of polysemantic neurons, the features that survive, and the winners?"
    )

    claims = CLAIMS

    def plan(self, profile: Profile) -> dict[Name, RunSpec]:
        """A tied and an untied network at every width."""
        return plan(profile)

    def examine(self, runs: Mapping[Name, Run], profile: Profile) -> Examined:
        """Measure and predict."""
        found = [measure(run) for run in runs.values()]
        idle = sum(int((~each.usable).sum()) for each in found)
        total = sum(len(each.usable) for each in found)
        return Examined(
            found,
            tables={"tied and untied networks": table(found)},
            illustrations=(illustration(found),),
            limits=(
                f"{idle} of {total} replicates are not at rest, or have a live feature that is split, and are left out "
                "of counts.",
                "Encoder and decoder start independent. A decoder that starts as the transposed encoder stays equal "
                "to it by symmetry of the loss: such a network equals a tied one with twice the penalty at half the "
                "speed.",
                "The penalty acts on both matrices. If it acted on one alone, the other would grow to compensate, and "
                "there would be no race.",
                "The census reads the decoder; at rest the encoder gives the same counts (see the claim on their "
                "equality).",
            ),
        )

    def answers(self, found: Sequence[Ends], judgements: Sequence[Judgement]) -> dict[str, str]:
        """Say how counts, survivors and winners differ from those of tied networks."""
        return answers(found, judgements)
