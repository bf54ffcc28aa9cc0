"""When may two features share a neuron with equal signs because they never share a context? (Question 8.)

``models`` computes the smallest models exactly, ``networks`` measures trained ones, ``claims`` says what could be
false and how it is estimated, ``display`` shows it. The theory is docs/theory.md, Contexts 1 to 3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from polygenesis.dynamics.run import Run
from polygenesis.interference import FullInterference, WithinContexts
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Examined, Profile, Study
from polygenesis.studies.claim import Judgement
from polygenesis.studies.context_sharing import display
from polygenesis.studies.context_sharing.answer import answers
from polygenesis.studies.context_sharing.claims import CLAIMS
from polygenesis.studies.context_sharing.models import cofiring_model, computed, gated_model, smallest_model
from polygenesis.studies.context_sharing.networks import STRENGTH, Network, measure

__all__ = ["ContextSharing"]

Cell = tuple[int, int, tuple[int, ...], int]
"""n, m, numbers of contexts, replicates."""

CELLS: dict[Profile, tuple[Cell, ...]] = {
    "quick": ((16, 32, (1, 2, 16), 40),),
    "standard": (
        (64, 64, (2, 4, 64), 300),
        (64, 128, (1, 2, 4, 16, 64), 500),
    ),
    "thorough": (
        (128, 128, (1, 2, 4, 16, 128), 1000),
        (128, 256, (1, 2, 4, 16, 128), 1000),
        (256, 1024, (1, 2, 4, 16, 256), 1000),
    ),
}
"""With 4 equal-sign pairs a network and 500 networks a mean is known to 2 %: its corrected interval fits into 10 %."""

GATED_SIZE = 6
"""Features a context of the network that knows its context: 2 · 2⁶ inputs."""

DRAWS: dict[Profile, int] = {"quick": 100_000, "standard": 1_000_000, "thorough": 4_000_000}
"""Random networks of one neuron."""


class ContextSharing(Study):
    """Compute the smallest models, and train networks whose reader knows the context."""

    name = "context-sharing"
    title = "When do contexts make sharing benign?"
    question = (
        "In which models can two features share a neuron with equal signs at no loss because they never occur in the "
        "same context, and how often does this happen by chance?"
    )

    claims = CLAIMS

    def plan(self, profile: Profile) -> dict[tuple[int, int, int], RunSpec]:
        """Every number of contexts at every size; one context is the paper's own model."""
        return {
            (n, m, count): RunSpec(
                model=TiedAutoencoder(n=n, m=m),
                penalty=L1(STRENGTH),
                interference=WithinContexts(count) if count > 1 else FullInterference(),
                replicates=replicates,
                precision="float32",
            )
            for n, m, counts, replicates in CELLS[profile]
            for count in counts
        }

    def examine(self, runs: Mapping[tuple[int, int, int], Run], profile: Profile) -> Examined:
        """Compute, measure and predict."""
        networks = [measure(run) for run in runs.values()]
        exact = smallest_model(), gated_model(GATED_SIZE, DRAWS[profile]), cofiring_model()
        lost = sum(each.replicates - len(each.shared) for each in networks)
        return Examined(
            networks,
            tables={"pairs and neurons by contexts": display.table(networks), "models": display.model_table(*exact)},
            illustrations=(display.illustration(networks),),
            limits=(
                computed(*exact),
                f"{lost} of {sum(each.replicates for each in networks)} replicates did not converge and are left out.",
                "One context, C = 1, is the paper's own network. It has no pairs of two contexts, so only its shared "
                "neurons and its equal signs are judged.",
                "The loss of trained networks counts only the outputs of the current context; networks that receive "
                "the context as an input are constructed, not trained.",
                "Inputs are one-hot in training. With features that fire together, antipodal pairs within a context "
                "cost loss, and those across contexts still do not.",
            ),
        )

    def answers(self, found: Sequence[Network], judgements: Sequence[Judgement]) -> dict[str, str]:
        """Say where equal signs cost nothing, and how often chance makes them."""
        return answers(found, judgements)
