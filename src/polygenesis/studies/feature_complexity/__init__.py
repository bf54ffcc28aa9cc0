"""Do counts and partners change when features are correlated, nested, rare, unimportant or of any size? (Question 10.)

``cases`` lists the distributions with their theory, ``claims`` the margins, ``estimands`` how claims are
estimated, ``display`` shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from polygenesis.dynamics.run import Run
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Examined, Profile, Study
from polygenesis.studies.claim import Judgement
from polygenesis.studies.feature_complexity.answer import answers
from polygenesis.studies.feature_complexity.cases import Case, cases, reference
from polygenesis.studies.feature_complexity.claims import CLAIMS
from polygenesis.studies.feature_complexity.display import illustration, tables
from polygenesis.studies.feature_complexity.estimands import Cell, predict, survival_curve
from polygenesis.studies.network_counts import count, left_out
from polygenesis.training import SGD, GradientFlow

__all__ = ["FeatureComplexity"]


@dataclass(frozen=True)
class Design:
    """What a profile runs: n, m, replicates, λ, the stronger λ of minibatches and their training, starts of theory."""

    n: int
    m: int
    replicates: int
    penalty: float
    stronger: float
    sampled: SGD
    pairs: int


DESIGNS: dict[Profile, Design] = {
    "quick": Design(6, 12, 64, 0.064, 0.128, SGD(lr=0.04, steps=800, batch_size=32), 500),
    "standard": Design(6, 12, 512, 0.032, 0.128, SGD(lr=0.02, steps=1600, batch_size=128), 4000),
    "thorough": Design(6, 12, 2048, 0.016, 0.064, SGD(lr=0.01, steps=6400, batch_size=256), 20000),
}
"""At the standard profile a ratio is known to 5 % of the one-hot count, a third of what its margin allows."""

REFERENCE = 4
"""Times as many networks with one-hot features: every ratio rests on them."""

REFERENCES = {sampled: reference(sampled=sampled) for sampled in (False, True)}
"""One-hot features at the penalty of the expectations and at that of the minibatches."""


class FeatureComplexity(Study):
    """Count polysemantic neurons for ten distributions of features, hold them against theory, and see who shares."""

    name = "feature-complexity"
    title = "Which features share neurons?"
    question = (
        "How do correlation, hierarchy, frequency, importance and magnitude of features change the number of "
        "polysemantic neurons, and which features share?"
    )

    claims = CLAIMS

    def plan(self, profile: Profile) -> dict[str, RunSpec]:
        """One-hot features at both penalties, then every distribution."""
        d = DESIGNS[profile]
        references = {each.name: _spec(d, each) for each in REFERENCES.values()}
        return references | {case.name: _spec(d, case) for case in cases(d.n, d.penalty, d.stronger)}

    def examine(self, runs: Mapping[str, Run], profile: Profile) -> Examined:
        """Count and predict."""
        d = DESIGNS[profile]
        counted = {name: count(run) for name, run in runs.items()}
        found = cases(d.n, d.penalty, d.stronger)
        curves = {law: survival_curve(d.m, law, d.pairs) for law in {case.magnitude for case in found}}
        cells = [
            Cell(
                case,
                counted[case.name],
                counted[REFERENCES[case.sampled].name],
                predict(case, d.n, d.m, curves[case.magnitude]),
            )
            for case in found
        ]
        return Examined(
            cells,
            tables=tables(cells),
            illustrations=(illustration(cells),),
            limits=(
                left_out(list(counted.values())),
                "Expectations are exact except for magnitudes, so networks are small; theory treats each pair "
                "separately.",
                "One-hot counts at the penalty of the minibatch runs come from gradient flow.",
                "The study cooccurrence tests the same theory of a pair's race by the p at which half of the "
                "polysemantic neurons are gone. A p* above the predicted one there and counts above the predicted ones "
                "here are one error of the theory.",
            ),
        )

    def answers(self, found: Sequence[Cell], judgements: Sequence[Judgement]) -> dict[str, str]:
        """Say how counts compare with one-hot features, and which features share."""
        return answers(found, judgements)


def _spec(d: Design, case: Case) -> RunSpec:
    hot = case in REFERENCES.values()
    return RunSpec(
        model=TiedAutoencoder(n=d.n, m=d.m),
        features=case.part,
        penalty=L1(d.stronger if case.sampled else d.penalty),
        training=d.sampled if case.sampled and not hot else GradientFlow(),
        replicates=d.replicates * (REFERENCE if hot else 1),
        precision="float32",
    )
