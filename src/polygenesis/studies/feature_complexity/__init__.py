"""Do counts and partners change when features are correlated, nested, rare, unimportant or of any size? (Question 10.)

``cases`` lists the distributions with their theory, ``claims`` the margins, ``judgements`` tests, ``display`` shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from polygenesis.dynamics.run import Run
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Profile, Study, StudyResult
from polygenesis.studies.feature_complexity.cases import Case, cases, reference
from polygenesis.studies.feature_complexity.display import illustration, tables
from polygenesis.studies.feature_complexity.judgements import Cell, judge_claims, predict, survival_curve
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


class FeatureComplexity(Study):
    """Count polysemantic neurons for ten distributions of features, hold them against theory, and see who shares."""

    name = "feature-complexity"
    title = "Which features share neurons?"
    question = (
        "What do correlation, hierarchy, frequency, importance and magnitude of features do to the number of "
        "polysemantic neurons, and who shares with whom?"
    )

    def specs(self, profile: Profile) -> list[RunSpec]:
        """One-hot features at both penalties, then every distribution."""
        d = DESIGNS[profile]
        references = [_spec(d, reference()), _spec(d, reference(sampled=True))]
        return references + [_spec(d, case) for case in cases(d.n, d.penalty, d.stronger)]

    def examine(self, runs: Sequence[Run], profile: Profile) -> StudyResult:
        """Count, predict and judge."""
        d = DESIGNS[profile]
        counted = [count(run) for run in runs]
        found = cases(d.n, d.penalty, d.stronger)
        curves = {law: survival_curve(d.m, law, d.pairs) for law in {case.magnitude for case in found}}
        cells = [
            Cell(case, each, counted[int(case.sampled)], predict(case, d.n, d.m, curves[case.magnitude]))
            for case, each in zip(found, counted[2:], strict=True)
        ]
        return StudyResult(
            name=self.name,
            title=self.title,
            profile=profile,
            judgements=tuple(judge_claims(cells)),
            tables=tables(cells),
            illustrations=(illustration(cells),),
            limits=(
                left_out(counted),
                "Expectations are exact except for magnitudes, so that networks are small; theory takes pairs one by "
                "one.",
                "One-hot counts of the minibatches' penalty come from gradient flow.",
            ),
            keys=tuple(spec.key for spec in self.specs(profile)),
        )


def _spec(d: Design, case: Case) -> RunSpec:
    hot = case.name == reference().name
    return RunSpec(
        model=TiedAutoencoder(n=d.n, m=d.m),
        features=case.part,
        penalty=L1(d.stronger if case.sampled else d.penalty),
        training=d.sampled if case.sampled and not hot else GradientFlow(),
        replicates=d.replicates * (REFERENCE if hot else 1),
        precision="float32",
    )
