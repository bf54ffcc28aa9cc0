"""Tables and figure of the pressures."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from polygenesis import theory
from polygenesis.studies.base import Illustration
from polygenesis.studies.regularization.networks import Compared
from polygenesis.studies.regularization.pressures import LOSS

if TYPE_CHECKING:
    import pandas as pd


def grid_table(compared: Sequence[Compared]) -> pd.DataFrame:
    """Return one row a pressure and strength."""
    import pandas as pd

    return pd.DataFrame(
        {
            "pressure": each.pressure.name,
            "strength": network.strength,
            "replicates": len(network.loss),
            "loss a feature": float(network.loss.mean()),
            "fourth norm": float(network.fourth_norm.mean()),
            "features with a winner": float(network.winners.mean()),
            "polysemantic": float(network.polysemantic.mean()),
            "n − rank": float(network.lost.mean()),
        }
        for each in compared
        for network in each.networks
        if len(network.loss)
    )


def matched_table(compared: Sequence[Compared]) -> pd.DataFrame:
    """Return one row a pressure: interpolated to the common loss."""
    import pandas as pd

    return pd.DataFrame(
        {
            "pressure": each.pressure.name,
            "expected": each.pressure.expected,
            "loss a feature": each.reached(),
            **{name: _value(each, name) for name in ("fourth_norm", "winners", "polysemantic", "lost")},
            "reason": each.pressure.reason,
        }
        for each in compared
    )


def illustration(compared: Sequence[Compared]) -> Illustration:
    """Draw basis, winners and collisions by pressure at the common loss, a dot where it could be compared."""
    from polygenesis import plots

    names = [each.pressure.name for each in compared]
    models = [each.networks[0].spec.model for each in compared]
    model = models[0]
    panels = []
    chances: dict[str, dict[str, list[float]]] = {  # of each row's own size
        "fourth_norm": {"random direction": [float(theory.random_row_fourth_norm(each.m)) for each in models]},
        "winners": {},
        "polysemantic": {"slot model": [float(theory.slot_model(each.n, each.m).mean) for each in models]},
    }
    quantities = ("fourth norm", "features with a winner", "polysemantic neurons")
    for (field, chance), quantity in zip(chances.items(), quantities, strict=True):
        means = [each.estimate(attrgetter(field)) for each in compared]
        found = [None if mean is None else mean.at(0.95) for mean in means]
        values, low, high = (
            np.array([np.nan if e is None else max(0.0, getattr(e, end)) for e in found])
            for end in ("value", "lower", "upper")
        )
        panels.append(
            plots.rates(
                names,
                {quantity: values, **chance},
                intervals={quantity: (low, high)},
                quantity=quantity,
                limits=None if field == "polysemantic" else (0.0, 1.05),
                dots=True,
            )
        )
    return Illustration.of(
        plots.bars(*panels, alt="Dots by pressure: fourth norm, features with a winner, polysemantic neurons."),
        "pressures",
        f"By regularizer, interpolated to a reconstruction loss of {LOSS:g} per feature if its strength can be chosen: "
        "mean fourth norm of unit rows, share of features with one weight of 80 % of ‖W_i‖² (a winner), and "
        f"neurons with two or more winners (n = {model.n}, m = {model.m} unless named otherwise; 95 % intervals), "
        "each beside what random directions and random slots of its size give. A regularizer without a dot could not "
        "be compared at that loss.",
    )


def _value(each: Compared, name: str) -> float:
    found = each.estimate(attrgetter(name))
    return float("nan") if found is None else found.estimate.value
