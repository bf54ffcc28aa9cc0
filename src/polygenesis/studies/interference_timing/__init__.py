"""Is interference weak at first and decisive later? (Claim C6, open question 7.)

``arms`` says what is run and measured, ``claims`` says what could be false, ``estimands`` how it is estimated,
``display`` shows it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from polygenesis.dynamics.run import Run
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Examined, Profile, Study
from polygenesis.studies.claim import Judgement
from polygenesis.studies.interference_timing.answer import answers
from polygenesis.studies.interference_timing.arms import FAILURES, Name, arms, plan, watched
from polygenesis.studies.interference_timing.claims import CLAIMS
from polygenesis.studies.interference_timing.display import (
    arm_table,
    bound_table,
    force_illustration,
    force_table,
    timing_illustration,
)
from polygenesis.studies.interference_timing.estimands import Found
from polygenesis.studies.paper_runs import FLOW_PENALTY

__all__ = ["InterferenceTiming"]

RACE = 2.0
"""λt at which races are over."""


class InterferenceTiming(Study):
    """Measure the forces over time, hold bounds against them, and switch interference off for a while."""

    name = "interference-timing"
    title = "Is interference weak at first and decisive later?"
    question = (
        "How strong is interference at each time, until when can it change no winner, and when does it change winners?"
    )

    claims = CLAIMS

    def plan(self, profile: Profile) -> dict[Name, RunSpec]:
        """Every arm and the watched runs, at every width."""
        return plan(profile)

    def examine(self, runs: Mapping[Name, Run], profile: Profile) -> Examined:
        """Measure and predict."""
        found, seen = arms(runs), watched(runs, profile)
        full = [arm for arm in found if arm.kind == "full"]
        proved = "t = " + ", ".join(f"{each.proved[FAILURES[0]]:.2g} at m = {each.m}" for each in seen)
        usable, networks = sum(int(arm.converged.sum()) for arm in full), sum(len(arm.converged) for arm in full)
        return Examined(
            Found(found, seen),
            tables={
                "interference switched off": arm_table(found),
                "forces over time": force_table(seen),
                "bounds": bound_table(seen),
            },
            illustrations=(timing_illustration(found), force_illustration(seen)),
            limits=(
                f"Interventions are compared with the run with full interference in the {usable} of {networks} "
                "networks in which that run converged. A feature that died or did not settle counts as another "
                "winner.",
                "If interference is switched on late, features may already rest on one neuron with the same sign; then "
                "they tie or die.",
                "Whether interference is weak at first depends on the norm at which rows start, which is 1 in the "
                "paper: its force grows with the cube of the norm, the other two forces grow with the norm or not at "
                "all.",
                "The bounds on overlaps and on the time until which leads hold are proved, so no claim is made of "
                "them: tests check them, and the table shows how far they lie from what was found. They are not tight: "
                f"the proved time for δ = {FAILURES[0]:g} ({proved}) is a small part of a race that lasts until about "
                f"{RACE / FLOW_PENALTY:.0f}.",
                "Gradient flow from Gaussian weights of variance 1/m. AdamW's step is not a sum of forces, so "
                "interference cannot be removed from it.",
            ),
        )

    def answers(self, found: Found, judgements: Sequence[Judgement]) -> dict[str, str]:
        """Say how strong interference is, and when it changes winners."""
        return answers(found, judgements)
