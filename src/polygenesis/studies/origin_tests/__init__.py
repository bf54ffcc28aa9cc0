"""Can the battery tell why features share neurons? Tests on networks whose history is known. (Question Q4.)

``histories`` makes the networks, ``plan`` says how many, ``measures`` puts them through the battery, ``twins`` shows
what no test of final weights can tell, ``claims`` and ``judgements`` judge, ``display`` shows.
"""

from __future__ import annotations

from collections.abc import Sequence

from polygenesis.dynamics.run import Run
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Profile, Study, StudyResult
from polygenesis.studies.origin_tests.claims import LEVEL
from polygenesis.studies.origin_tests.display import (
    auc_table,
    evidence_illustration,
    rate_illustration,
    rate_table,
    verdict_table,
)
from polygenesis.studies.origin_tests.histories import of_objective, of_run
from polygenesis.studies.origin_tests.judgements import judgements
from polygenesis.studies.origin_tests.measures import examine
from polygenesis.studies.origin_tests.plan import NETWORKS, SEED, STRONG, WIDE, every_history, specs
from polygenesis.studies.origin_tests.twins import find_twins

__all__ = ["OriginTests"]

MOST_TWINS = 50
"""Twins that are made."""


class OriginTests(Study):
    """Put networks by chance, by need, by structure and against sharing through every test of the diagnosis battery."""

    name = "origin-tests"
    title = "What can be told: chance, need or structure"
    question = "How often is each test of the diagnosis wrong and right, and what can no test of final weights tell?"

    def specs(self, profile: Profile) -> list[RunSpec]:
        """The toys; networks on given inputs are trained on their loss when they are examined."""
        return specs(profile)

    def examine(self, runs: Sequence[Run], profile: Profile) -> StudyResult:
        """Measure and judge."""
        _, fewer = NETWORKS[profile]
        made, given = {}, iter(runs)
        for history in every_history(profile):
            toy = history.spec is not None
            made[history.name] = of_run(history, next(given)) if toy else of_objective(history, fewer, seed=SEED)
        found = [examine(each, level=LEVEL) for each in made.values()]
        twins = find_twins(made[WIDE], made[STRONG], MOST_TWINS)
        return StudyResult(
            name=self.name,
            title=self.title,
            profile=profile,
            judgements=tuple(judgements(found, twins)),
            tables={
                "rates of rejection": rate_table(found),
                "verdicts": verdict_table(found),
                "what tells designated pairs": auc_table(found),
            },
            illustrations=(rate_illustration(found), evidence_illustration(found)),
            limits=(
                "The start rejects nearly always on networks by chance, rightly: chance overlaps at the start decide "
                "who shares. It says who may share, not why.",
                "Networks on given inputs come from the loss in closed form and carry no key; they replay from their "
                "addresses.",
                "Real networks add what toys do not have: selectivity with errors, several neurons a feature, and "
                "seeds that see the same finite data.",
            ),
            keys=tuple(spec.key for spec in self.specs(profile)),
        )
