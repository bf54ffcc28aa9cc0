"""What changes when signs can no longer separate two features: biases, hidden activations, a linear output.

``claims`` lists the runs and margins, ``measurements`` reads runs, ``judgements`` tests, ``display`` shows.
"""

from __future__ import annotations

from collections.abc import Sequence

from polygenesis.dynamics.run import Run
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Profile, Study, StudyResult
from polygenesis.studies.bias_and_hidden_relu.claims import arms
from polygenesis.studies.bias_and_hidden_relu.display import illustration, table
from polygenesis.studies.bias_and_hidden_relu.judgements import judge_claims
from polygenesis.studies.bias_and_hidden_relu.measurements import measure_all

__all__ = ["BiasAndHiddenRelu"]


class BiasAndHiddenRelu(Study):
    """Count polysemantic neurons with biases, hidden activations and a linear output, beside the paper's network."""

    name = "bias-and-hidden-relu"
    title = "Biases and hidden activations"
    question = "Are neurons still shared when signs can no longer separate two features, and does a bias matter?"

    def specs(self, profile: Profile) -> list[RunSpec]:
        """Six networks at every width."""
        return [arm.spec for arm in arms(profile)]

    def examine(self, runs: Sequence[Run], profile: Profile) -> StudyResult:
        """Measure, predict and judge."""
        found = measure_all(arms(profile), runs)
        idle = sum(int((~each.rest).sum()) for each in found)
        total = sum(len(each.rest) for each in found)
        return StudyResult(
            name=self.name,
            title=self.title,
            profile=profile,
            judgements=tuple(judge_claims(found)),
            tables={"networks": table(found)},
            illustrations=(illustration(found),),
            limits=(
                f"{idle} of {total} replicates are not at rest and are left out of counts.",
                "With hidden biases the force jumps where a bias comes to lie at a kink of the ReLU, and no flow has "
                "an end there: that network is trained in steps, and counted without a certificate that it rests.",
                "The census reads the weights, which are tied; with a hidden ReLU a negative weight of a feature does "
                "nothing for it and can only lower another output.",
                "Biases are not penalized. One λ, one-hot features: with features that occur together a bias has more "
                "to do (it sets a threshold against small overlaps).",
            ),
            keys=tuple(each.spec.key for each in found),
        )
