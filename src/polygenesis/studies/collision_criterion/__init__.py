"""When is a collision benign, when malign, and who moves? (Open question 3.)

``snapshots`` says what is run and read, ``pairs`` tests the thresholds on two features alone, ``claims`` says
what could be false, ``estimands`` how it is estimated, ``display`` shows it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from polygenesis.dynamics.run import Run
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Examined, Profile, Study
from polygenesis.studies.claim import Judgement
from polygenesis.studies.collision_criterion.answer import answers
from polygenesis.studies.collision_criterion.claims import CLAIMS
from polygenesis.studies.collision_criterion.display import (
    cost_table,
    forecast_illustration,
    forecast_table,
    lead_table,
    pair_illustration,
    simulated_table,
    threshold_table,
)
from polygenesis.studies.collision_criterion.estimands import Found
from polygenesis.studies.collision_criterion.pairs import divided, simulated
from polygenesis.studies.collision_criterion.snapshots import followed, plan

__all__ = ["CollisionCriterion"]


class CollisionCriterion(Study):
    """Forecast the fate of every collision from the forces on it, and the thresholds where features co-occur."""

    name = "collision-criterion"
    title = "When is a collision benign, and which feature moves?"
    question = (
        "Which quantity, computed from signs, weights and inputs, predicts whether a collision stays and which "
        "feature moves?"
    )

    claims = CLAIMS

    def plan(self, profile: Profile) -> dict[int, RunSpec]:
        """Gradient flow at every width, with the weights kept over time."""
        return plan(profile)

    def examine(self, runs: Mapping[int, Run], profile: Profile) -> Examined:
        """Measure and predict."""
        found = [followed(run) for run in runs.values()]
        points, shares = divided(profile), simulated(profile)
        usable, networks = sum(each.usable for each in found), sum(each.networks for each in found)
        return Examined(
            Found(found, points, shares),
            tables={
                "forecasts": forecast_table(found),
                "lead times": lead_table(found),
                "cost of sharing": cost_table(),
                "critical co-occurrence": threshold_table(points),
                "pairs that co-occur": simulated_table(shares),
            },
            illustrations=(forecast_illustration(found), pair_illustration(shares)),
            limits=(
                f"{usable} of {networks} networks converged; only these are forecast.",
                "Collisions are followed at saved times, so a lead time is known only to the distance between two of "
                "them.",
                "A pair that stays counts as decided when the second weights of both features are below half of their "
                "largest.",
                "Collisions of one network share features, so intervals are widened by the variance between networks.",
                "The thresholds with co-occurrence are for two features alone; a third feature exerts a force whatever "
                "its sign.",
            ),
        )

    def answers(self, found: Found, judgements: Sequence[Judgement]) -> dict[str, str]:
        """Say how well signs and forces predict what stays and what moves."""
        return answers(found, judgements)
