"""Which pressures make a privileged basis, winner-take-all, and collisions, and which do not? (Question 2.)

``pressures`` lists them with what theory expects, ``networks`` measures and matches reconstruction losses, ``claims``
says what could be false and how it is estimated, ``display`` shows it. The theory is docs/theory.md,
Regularization 1 to 7.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from polygenesis.dynamics.run import Run
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Examined, Profile, Study
from polygenesis.studies.claim import Judgement
from polygenesis.studies.regularization import display, pressures
from polygenesis.studies.regularization.answer import answers
from polygenesis.studies.regularization.claims import CLAIMS
from polygenesis.studies.regularization.networks import TOLERANCE, Compared, compare

__all__ = ["Regularization"]


class Regularization(Study):
    """Train under fourteen pressures and compare rows and collisions at one reconstruction loss."""

    name = "regularization"
    title = "Which regularizers make polysemantic neurons?"
    question = "Which regularizers create a privileged basis, winner-take-all races and collisions, and which do not?"

    claims = CLAIMS

    def plan(self, profile: Profile) -> dict[tuple[str, float], RunSpec]:
        """Every pressure at every strength."""
        return pressures.plan(profile)

    def examine(self, runs: Mapping[tuple[str, float], Run], profile: Profile) -> Examined:
        """Measure, match and predict."""
        compared = compare(runs)
        return Examined(
            compared,
            tables={
                "at the same loss": display.matched_table(compared),
                "by strength": display.grid_table(compared),
            },
            illustrations=(display.illustration(compared),),
            limits=(
                "Losses are matched by interpolation over three strengths; a regularizer whose losses are not within "
                f"a factor of {TOLERANCE:g} of the common loss is not compared. Training without a regularizer and "
                "with normalization has no strength to choose, so its loss is not matched.",
                "One size; full-batch training with a fixed number of steps, without a certificate of convergence.",
                "The study noise-collisions counts polysemantic neurons under bipolar noise too, in more networks of "
                "several sizes, so its bound on their share of chance is smaller.",
                "Claims and margins were written after trial runs with another seed, before these runs.",
            ),
        )

    def answers(self, found: Sequence[Compared], judgements: Sequence[Judgement]) -> dict[str, str]:
        """Say what each pressure does to rows and to counts."""
        return answers(found, judgements)
