"""How many neurons become polysemantic, against the number of neurons (the paper's E3; claims C1, C3, C4).

``claims`` says what could be false and how it is estimated, ``tables`` and ``figures`` show it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from polygenesis import theory
from polygenesis.dynamics.run import Run
from polygenesis.numerals import number
from polygenesis.spec import RunSpec
from polygenesis.studies import paper_runs, published
from polygenesis.studies.base import Examined, Profile, Study
from polygenesis.studies.claim import Judgement
from polygenesis.studies.collision_count.answer import answers
from polygenesis.studies.collision_count.claims import CLAIMS, ROOM, Found
from polygenesis.studies.collision_count.figures import count_illustration, threshold_illustration
from polygenesis.studies.collision_count.tables import counts_by_width, how_replicates_ended, sensitivity
from polygenesis.studies.measurements import Measured, by_training, left_out, measure_all
from polygenesis.studies.rate_constant.claims import CONSTANT

__all__ = ["CollisionCount"]


class CollisionCount(Study):
    """Count polysemantic neurons by width under gradient flow and AdamW, against the law and two exact models."""

    name = "collision-count"
    title = "How many neurons become polysemantic?"
    question = "Does the number of polysemantic neurons follow n²/4m, and with which constant?"

    claims = CLAIMS

    def plan(self, profile: Profile) -> dict[tuple[str, int], RunSpec]:
        """Gradient flow and AdamW over the widths of E3."""
        return {**paper_runs.flows(profile), **paper_runs.adams(profile)}

    def examine(self, runs: Mapping[tuple[str, int], Run], profile: Profile) -> Examined:
        """Measure and predict."""
        measured = list(measure_all(runs).values())
        flows, adams = by_training(measured)
        return Examined(
            Found(flows, adams),
            tables={
                "counts by width": counts_by_width(measured),
                "how replicates ended": how_replicates_ended(measured),
                "counts by threshold": sensitivity(measured),
            },
            illustrations=(count_illustration(flows, adams), threshold_illustration(measured)),
            limits=(
                left_out(measured),
                adam_size(adams[0].n),
                other_constant(flows),
                "AdamW has no certificate of convergence: its counts include all replicates and unsettled features, "
                "as published.",
                "The published means were read off a figure (±3 %); their intervals use its standard deviations.",
                f"Gradient flow is run at λ = {paper_runs.FLOW_PENALTY:g}; the study penalty-strength shows the effect "
                "of λ.",
            ),
        )

    def answers(self, found: Found, judgements: Sequence[Judgement]) -> dict[str, str]:
        """Say how many there are, and what widening does."""
        return answers(found.flows)


def other_constant(flows: Sequence[Measured]) -> str:
    """Say which other study estimates the constant, and why the two need not agree."""
    wide = [float(theory.crowding(each.n, each.m)) for each in flows if each.m >= ROOM * each.n]
    ends = f"from {number(min(wide), 2)} to {number(max(wide), 2)}" if wide else "not run"
    return (
        "The study rate-constant estimates the constant of n²/4m too, over several n; there the count over n²/4m must "
        f"lie {CONSTANT.margin.reach}. That ratio changes with the crowding θ (here {ends} for m ≥ {ROOM}n), which "
        "depends on n and m: each study's constant is that of its own sizes, and no one constant need hold in all "
        "cells of either."
    )


def adam_size(n: int) -> str:
    """Say at which size AdamW was run, and how to run it at the paper's."""
    if n == published.FEATURES:
        return f"AdamW was run at the paper's n = {n}."
    full = "polygenesis study collision-count --profile thorough"
    return f"AdamW was run at n = {n}; `{full}` runs it at the paper's n = {published.FEATURES}."
