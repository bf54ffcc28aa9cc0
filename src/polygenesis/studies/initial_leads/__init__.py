"""Does the initially strongest neuron win its feature's race? (The paper's E4; claim C2.)

``claims`` says what could be false and how it is estimated, ``display`` shows it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from polygenesis.dynamics.run import Run
from polygenesis.spec import RunSpec
from polygenesis.studies import paper_runs, published
from polygenesis.studies.base import Examined, Profile, Study
from polygenesis.studies.claim import Judgement
from polygenesis.studies.initial_leads.answer import answers
from polygenesis.studies.initial_leads.claims import CLAIMS, WIDE, Found
from polygenesis.studies.initial_leads.display import correlation_illustration, leads_illustration, table
from polygenesis.studies.measurements import at_room, by_training, left_out, measure_all

__all__ = ["InitialLeads"]


class InitialLeads(Study):
    """Ask of every feature whether it ends on the neuron where its weight was largest at the start."""

    name = "initial-leads"
    title = "Does the initial leader win?"
    question = (
        "How often does the initially strongest weight of a feature win the race, and does that depend on training?"
    )

    claims = CLAIMS

    def plan(self, profile: Profile) -> dict[tuple[str, int], RunSpec]:
        """Gradient flow and AdamW over the widths of E3."""
        return {**paper_runs.flows(profile), **paper_runs.adams(profile)}

    def examine(self, runs: Mapping[tuple[str, int], Run], profile: Profile) -> Examined:
        """Measure and predict."""
        measured = list(measure_all(runs).values())
        flows, adams = by_training(measured)
        wide = at_room(flows, WIDE)
        return Examined(
            Found(flows, adams),
            tables={"initial leaders by width": table(measured)},
            illustrations=(
                leads_illustration(measured),
                correlation_illustration(runs[wide.training, wide.m], wide.usable),
            ),
            limits=(
                left_out(measured),
                "Features of one network are not independent, so intervals are widened by the variance between "
                "replicates.",
                f"AdamW was run at n = {adams[0].n} and λ = {published.PENALTY:g}, gradient flow at n = {flows[0].n} "
                f"and λ = {paper_runs.FLOW_PENALTY:g}.",
            ),
        )

    def answers(self, found: Found, judgements: Sequence[Judgement]) -> dict[str, str]:
        """Say how often the initial leader wins."""
        return answers(found.flows, found.adams)
