"""Can the battery tell why features share neurons? Tests on networks whose history is known. (Question Q4.)

``histories`` makes the networks, ``plan`` says how many, ``measures`` puts them through the battery, ``twins`` shows
what no test of final weights can tell, ``claims`` says what could be false, ``estimands`` how it is estimated,
``display`` shows it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from polygenesis.dynamics.run import Run
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Examined, Profile, Study
from polygenesis.studies.claim import Judgement
from polygenesis.studies.origin_tests.answer import answers
from polygenesis.studies.origin_tests.claims import CLAIMS
from polygenesis.studies.origin_tests.display import (
    auc_table,
    evidence_illustration,
    rate_illustration,
    rate_table,
    verdict_table,
)
from polygenesis.studies.origin_tests.estimands import Found, same_end
from polygenesis.studies.origin_tests.histories import of_objective, of_run
from polygenesis.studies.origin_tests.measures import examine
from polygenesis.studies.origin_tests.plan import LEVEL, NETWORKS, SEED, STRONG, WIDE, every_history, plan
from polygenesis.studies.origin_tests.twins import find_twins

__all__ = ["OriginTests"]

MOST_TWINS = 50
"""Twins that are made."""


class OriginTests(Study):
    """Put networks by chance, by need, by structure and against sharing through every test of the diagnosis battery."""

    name = "origin-tests"
    title = "Which tests can distinguish chance, necessity and structure"
    question = "How often is each test of the diagnosis right and wrong, and what can no test of final weights show?"

    claims = CLAIMS

    def plan(self, profile: Profile) -> dict[str, RunSpec]:
        """The toys; networks on given inputs are trained on their loss when they are examined."""
        return plan(profile)

    def examine(self, runs: Mapping[str, Run], profile: Profile) -> Examined:
        """Measure."""
        _, fewer = NETWORKS[profile]
        made = {
            each.name: of_objective(each, fewer, seed=SEED) if each.spec is None else of_run(each, runs[each.name])
            for each in every_history(profile)
        }
        found = [examine(each, level=LEVEL) for each in made.values()]
        twins = find_twins(made[WIDE], made[STRONG], MOST_TWINS)
        return Examined(
            Found(found, twins),
            tables={
                "rates of rejection": rate_table(found),
                "verdicts": verdict_table(found),
                "what tells designated pairs": auc_table(found),
            },
            illustrations=(rate_illustration(found), evidence_illustration(found)),
            limits=(
                same_end(twins),
                "The start test nearly always rejects on networks that share by chance. This is correct, because "
                "chance overlaps at initialization determine which features share. The test shows which features may "
                "share, not why.",
                "Networks on given inputs are trained with the loss in closed form and have no key; they replay from "
                "their random streams.",
                "Trained networks differ from toys: selectivity is measured with errors, a feature has several "
                "neurons, and all seeds see the same finite data.",
            ),
        )

    def answers(self, found: Found, judgements: Sequence[Judgement]) -> dict[str, str]:
        """Say how often tests are right, and what final weights do not show."""
        return answers(found, judgements)
