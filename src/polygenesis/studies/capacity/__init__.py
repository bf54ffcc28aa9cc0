"""How much sharing is forced, from a quarter of a neuron a feature to 32, and what becomes of features without a slot.

``cells`` says what is run and measured, ``clusters`` names the arrangements of features that share dimensions,
``claims`` says what could be false, ``estimands`` how it is estimated, ``display`` shows it, ``stability`` computes and
counts otherwise. Derivations:
docs/theory.md, Capacity 1 to 9.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from polygenesis.dynamics.run import Run
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Examined, Profile, Study
from polygenesis.studies.capacity.answer import answers
from polygenesis.studies.capacity.cells import REST, Cell, cells, plan
from polygenesis.studies.capacity.claims import CLAIMS
from polygenesis.studies.capacity.display import (
    capacity_illustration,
    cluster_table,
    count_illustration,
    count_table,
    cut_table,
    superposition_table,
)
from polygenesis.studies.capacity.stability import stability_table
from polygenesis.studies.claim import Judgement

__all__ = ["Capacity"]


class Capacity(Study):
    """Count polysemantic neurons from m = n/4 to 32n, with a penalty, a weak one, none, and after it is gone."""

    name = "capacity"
    title = "Forced and incidental sharing, and superposition, from m = n/4 to 32n"
    question = "How much sharing is forced at each width, how much does chance add, and what happens for n > 2m?"

    claims = CLAIMS

    def plan(self, profile: Profile) -> dict[tuple[Any, ...], RunSpec]:
        """Every width with the penalty and without one, and some with a weak one."""
        return plan(profile)

    def examine(self, runs: Mapping[tuple[Any, ...], Run], profile: Profile) -> Examined:
        """Measure and predict."""
        found = cells(runs)
        return Examined(
            found,
            tables={
                "counts by width": count_table(found),
                "more features than slots": superposition_table(found),
                "clusters": cluster_table(found),
                "penalty cut off": cut_table(found),
                "computed and counted otherwise": stability_table(runs),
            },
            illustrations=(count_illustration(found), capacity_illustration(found)),
            limits=(
                f"A network with more features than slots counts as at rest when no weight moves faster than {REST:g} "
                "(loss's clock); explicit steps at this tolerance cannot resolve much smaller speeds.",
                "At rest the loss of a network with more features than slots is the squared norm that they lack "
                "(docs/theory.md, Capacity 3): an identity, so no claim is made of it; tests check it, and the table "
                "has both.",
                "The least known loss is the best of the named arrangements; other arrangements may be better.",
                "Here the penalty is switched off at once. A penalty that decays (`L1Schedule`) gives the same "
                "result at the same ∫λ dt, which a test confirms at one setting.",
                "The studies penalty-strength and rate-constant compare strengths of the penalty too: penalty-strength "
                "the paper's three, rate-constant a larger factor over more networks. Each judges other λ, sizes and "
                "margins. Here only widths where no sharing is forced are compared, because forced sharing is the same "
                "at every λ.",
                "Rank and capacities do not depend on the basis; counts of neurons are meaningful only with a penalty.",
            ),
        )

    def answers(self, found: Sequence[Cell], judgements: Sequence[Judgement]) -> dict[str, str]:
        """Say how much sharing is forced and how much is by chance, and what superposition costs."""
        return answers(found, judgements)
