"""The toy models of superposition (arXiv:2209.10652) judged: sharing by need, beside sharing by chance.

``plan`` lists the networks, ``geometry`` and ``phases`` measure them, ``widths`` counts what is shared at every width,
``claims`` states the margins, ``estimands`` how claims are estimated, ``display`` shows, ``comparison`` lays the
published figures beside. The exact losses are in
:mod:`polygenesis.theory.toy_models`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from polygenesis.dynamics.run import Run
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Examined, Profile, Study
from polygenesis.studies.claim import Judgement
from polygenesis.studies.toy_models import display
from polygenesis.studies.toy_models.claims import CLAIMS
from polygenesis.studies.toy_models.display import WAYS
from polygenesis.studies.toy_models.estimands import Found
from polygenesis.studies.toy_models.geometry import Toy
from polygenesis.studies.toy_models.phases import cell
from polygenesis.studies.toy_models.plan import Name, plan
from polygenesis.studies.toy_models.widths import width

__all__ = ["ToyModels"]


class ToyModels(Study):
    """Train toy models of superposition at all densities and widths, and hold them against exact losses and chance."""

    name = "toy-models"
    title = "Forced sharing and sharing by chance in toy models of superposition"
    question = (
        "Do the toy models of superposition arrange features as published, and how much of the sharing is forced?"
    )

    claims = CLAIMS

    def plan(self, profile: Profile) -> dict[Name, RunSpec]:
        """Toys by density, the cells of both phase diagrams, and networks of every width."""
        return plan(profile)

    def examine(self, runs: Mapping[Name, Run], profile: Profile) -> Examined:
        """Measure and predict."""
        found = examine(runs)
        return Examined(
            found,
            tables=display.tables(found),
            illustrations=display.illustrations(found),
            limits=(
                "For three features in two dimensions, the phase of least loss considers only arrangements in which "
                "two features share a dimension and the third has the other.",
                "Networks are trained with Adam for a fixed number of steps; if two arrangements have similar losses, "
                "training need not find the better one.",
                "Toy models differ from one-hot networks not only in co-occurrence, but also in magnitudes, biases, "
                "initialization and optimizer.",
                "The paper's figures on correlated features, training dynamics, adversarial examples, privileged bases "
                "and computation in superposition are not reproduced here.",
                "Without a penalty a rotation of the hidden space changes nothing, so dimensions are counted and not "
                "neurons.",
            ),
        )

    def answers(self, found: Found, judgements: Sequence[Judgement]) -> dict[str, str]:
        """Say how much is shared by need, and how much by chance, where there is one neuron a feature."""
        at = {way: next((each for each in found.trained(way) if each.room == 1), None) for way in WAYS}
        toy, one_hot = at["toy"], at["L1"]
        if toy is None or one_hot is None:
            return {}
        shares = [each.shared.mean() / each.n for each in (toy, one_hot)]
        return {
            "need and chance": "With fewer dimensions than features, sparse features share only as many dimensions as "
            "they must. With one neuron per feature no sharing is forced: sparse features that co-occur share "
            f"{shares[0]:.2f} dimensions each, and features that never co-occur, under an L1 penalty, {shares[1]:.2f}."
        }


def examine(runs: Mapping[Name, Run]) -> Found:
    """Measure every run by its role."""
    toys = {
        role: tuple(Toy.of(run, name[1]) for name, run in runs.items() if name[0] == role)
        for role in ("falling", "equal", "five")
    }
    return Found(
        toys["falling"],
        toys["equal"],
        toys["five"],
        tuple(cell(name[0], run, name[1], name[2]) for name, run in runs.items() if name[0] in ("pair", "triple")),
        tuple(width(name[1], run, name[2]) for name, run in runs.items() if name[0] == "width"),
    )
