"""Does winner-take-all hold in classifiers with depth, on real data? (Open question 6.)

``networks`` says what is trained, ``readings`` what is read off, ``claims`` says what could be false and how it
is estimated, ``display`` shows it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from polygenesis.dynamics.run import Run
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Examined, Profile, Study
from polygenesis.studies.claim import Judgement
from polygenesis.studies.deep_winner_take_all.answer import answers
from polygenesis.studies.deep_winner_take_all.claims import CLAIMS
from polygenesis.studies.deep_winner_take_all.display import (
    edge_illustration,
    network_table,
    sharing_table,
    spread_illustration,
)
from polygenesis.studies.deep_winner_take_all.networks import Name, missing, plan
from polygenesis.studies.deep_winner_take_all.readings import Readings, read, still_moving

__all__ = ["DeepWinnerTakeAll"]


class DeepWinnerTakeAll(Study):
    """Train classifiers of one to three hidden layers from many starts and ask who wins a class, and with how many."""

    name = "deep-winner-take-all"
    title = "Winner-take-all in classifiers with depth"
    question = (
        "Does the neuron that is best aligned at initialization win a class, do rows become sparse, and is sharing "
        "by chance?"
    )

    claims = CLAIMS

    def plan(self, profile: Profile) -> dict[Name, RunSpec]:
        """Every data set, depth and pressure; Fashion-MNIST where it is installed."""
        return plan(profile)

    def examine(self, runs: Mapping[Name, Run], profile: Profile) -> Examined:
        """Read."""
        found = [read(run) for run in runs.values()]
        limits = (
            missing(profile),
            "Networks of one kind see the same images and differ in their starts and minibatches: intervals are over "
            "starts, not over data.",
            "What selects a class depends on the threshold; a per-neuron threshold fixes how many classes a neuron "
            "selects in part, at the start too (see the table).",
            "Training ends after a fixed number of steps: between the last two saved times readout rows still change "
            f"by up to {100 * max(still_moving(one) for one in found):.0f} %.",
            "Chance is over all neurons, dead ones included.",
            "Winners are read at the end of training by what a neuron contributes to a class's lead on the training "
            "images; only the layer that is read out is looked at.",
        )
        return Examined(
            found,
            tables={"networks": network_table(found), "shared neurons": sharing_table(found)},
            illustrations=(edge_illustration(found), spread_illustration(found)),
            limits=tuple(each for each in limits if each),
        )

    def answers(self, found: Sequence[Readings], judgements: Sequence[Judgement]) -> dict[str, str]:
        """Say whether the best aligned neuron wins, and whether sharing is by chance."""
        return answers(found, judgements)
