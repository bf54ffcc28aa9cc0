"""What changes when signs can no longer separate two features: biases, hidden activations, a linear output.

``arms`` lists the runs, ``measurements`` reads them, ``claims`` says what could be false, ``display`` shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from polygenesis.dynamics.run import Run
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Examined, Profile, Study
from polygenesis.studies.bias_and_hidden_relu.answer import answers
from polygenesis.studies.bias_and_hidden_relu.arms import Name, plan
from polygenesis.studies.bias_and_hidden_relu.claims import CLAIMS
from polygenesis.studies.bias_and_hidden_relu.display import illustration, table
from polygenesis.studies.bias_and_hidden_relu.measurements import Ends, measure
from polygenesis.studies.claim import Judgement

__all__ = ["BiasAndHiddenRelu"]


class BiasAndHiddenRelu(Study):
    """Count polysemantic neurons with biases, hidden activations and a linear output, beside the paper's network."""

    name = "bias-and-hidden-relu"
    title = "Biases and hidden activations"
    question = "Are neurons still shared if two features cannot be separated by sign, and does an output bias matter?"

    claims = CLAIMS

    def plan(self, profile: Profile) -> dict[Name, RunSpec]:
        """Six networks at every width."""
        return plan(profile)

    def examine(self, runs: Mapping[Name, Run], profile: Profile) -> Examined:
        """Measure and predict."""
        found = [measure(name, run) for (name, _), run in runs.items()]
        idle = sum(int((~each.rest).sum()) for each in found)
        total = sum(len(each.rest) for each in found)
        return Examined(
            found,
            tables={"networks": table(found)},
            illustrations=(illustration(found),),
            limits=(
                f"{idle} of {total} replicates are not at rest and are left out of counts; claims on settled and on "
                "represented features use every replicate.",
                "With hidden biases the force is discontinuous where a bias is at a kink of the ReLU, and gradient "
                "flow does not converge there. That network is trained in steps and counted without a certificate.",
                "The census reads the tied weights. With a hidden ReLU a feature's negative weight does not help to "
                "represent it and can only lower another output.",
                "Only settled features count: a neuron that carries a settled feature and part of one that is split "
                "is not called polysemantic here. The study mitigation counts features behind a hidden ReLU in any "
                "state, after a fixed number of steps, so its counts can be larger.",
                "Biases are not penalized. One λ, one-hot features: with features that co-occur a bias has a further "
                "role (it sets a threshold against small overlaps).",
            ),
        )

    def answers(self, found: Sequence[Ends], judgements: Sequence[Judgement]) -> dict[str, str]:
        """Say how much is shared where signs separate nothing, and what an output bias does."""
        return answers(found, judgements)
