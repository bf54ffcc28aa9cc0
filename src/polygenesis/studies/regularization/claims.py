"""What each pressure should do, with margins stated beforehand."""

from __future__ import annotations

from polygenesis.studies.base import Claim
from polygenesis.studies.regularization.pressures import LOSS, Pressure

BEND = 0.05
"""How far the fourth norm of unit rows may lie from a random direction's and still count as no basis."""

SPREAD = 0.02
"""How far below a random direction's level a fourth norm must lie to count as spread."""

WINNERS = 0.9
"""Share of features with a winner from which a race counts as winner-take-all."""

FEW_WINNERS = 0.5
"""Share of features with a winner below which a pressure is no race."""

COLLISIONS = 0.3
"""Ratio of a count to L1's at the same loss within 1 ± this."""

NONE = 0.1
"""Count over the slot model's below this: no collisions."""

MORE = 1.2
"""Dimensions lost, over L1's, above this: sharing is rewarded."""

SAYS = {
    "race": f"makes winner-take-all races: {WINNERS:.0%} of the features or more have one weight of 80 % of ‖W_i‖²",
    "no basis": f"makes no privileged basis: the fourth norm is a random direction's within {BEND:g}",
    "spread": f"spreads rows: the fourth norm is lower than a random direction's by {SPREAD:g} or more",
    "neurons": f"makes no winner-take-all race: fewer than {FEW_WINNERS:.0%} of the features have a winner",
    "noise": f"makes rows sparse: the fourth norm is higher than a random direction's by {BEND:g} or more",
}
"""What is claimed of a pressure, by what theory expects."""


def basis(pressure: Pressure, family: int) -> Claim:
    """The claim on what a pressure does to rows."""
    name = pressure.name[0].upper() + pressure.name[1:]
    return Claim(
        f"{name} {SAYS[pressure.expected]}. {pressure.reason}",
        "science question 2; docs/theory.md, Regularization 1 to 7 and Noise 2",
        f"As stated; Holm's correction over {family} claims.",
        regime(pressure),
    )


def collisions(pressure: Pressure, family: int) -> Claim:
    """The claim that another race collides as often as L1's."""
    return Claim(
        f"{pressure.name[0].upper() + pressure.name[1:]} makes as many polysemantic neurons as L1.",
        "science question 2; docs/theory.md, Regularization 1",
        f"Ratio of mean counts within 1 ± {COLLISIONS:g}; Holm's correction over {family} claims.",
        regime(pressure),
    )


def no_collisions(pressure: Pressure) -> Claim:
    """The claim that noise makes rows sparse without collisions."""
    return Claim(
        f"{pressure.name[0].upper() + pressure.name[1:]} makes no polysemantic neurons.",
        "docs/theory.md, Noise 6",
        f"Count over the slot model's below {NONE:g}.",
        regime(pressure),
    )


def saved(pressure: Pressure) -> Claim:
    """The claim that the group lasso rewards sharing."""
    return Claim(
        f"{pressure.name[0].upper() + pressure.name[1:]} rewards sharing: it loses more dimensions than L1 by chance.",
        "docs/theory.md, Regularization 6",
        f"Mean of n − rank over L1's above {MORE:g}.",
        regime(pressure),
    )


def identity() -> Claim:
    """The claim that L1 on activations is L1 on weights."""
    return Claim(
        "L1 on activations equals L1 on weights: hidden of input i is row i.",
        "docs/theory.md, Regularization 4",
        "Largest difference of the penalties relative to L1's below 1e-12.",
        "Tied autoencoder, one-hot inputs.",
    )


def regime(pressure: Pressure) -> str:
    """Where the claim holds."""
    matched = f"strength interpolated to a reconstruction loss of {LOSS:g} a feature"
    return f"Tied autoencoder, one-hot inputs, {matched if pressure.matched else 'no strength to match'}."
