"""Tables and figure of sharing across contexts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from polygenesis.studies.base import Illustration
from polygenesis.studies.context_sharing.models import Cofiring, Gated, Smallest
from polygenesis.studies.context_sharing.networks import STRENGTH, Network
from polygenesis.studies.measurements import mean_columns

if TYPE_CHECKING:
    import pandas as pd


def table(networks: Sequence[Network]) -> pd.DataFrame:
    """Return one row a setting: pairs by sign and context, shared neurons, and the laws."""
    import pandas as pd

    return pd.DataFrame(
        {
            "n": each.n,
            "m": each.m,
            "contexts": each.contexts,
            "replicates": each.replicates,
            "converged": len(each.shared),
            "equal signs, two contexts": float(each.equal.mean()),
            "opposite signs, two contexts": float(each.opposite.mean()),
            "law of either": each.pairs_law,
            "equal signs, one context": float(each.within_equal.mean()),
            "opposite signs, one context": float(each.within_opposite.mean()),
            "shared neurons": float(each.shared.mean()),
            "law of neurons": each.neurons_law,
            "n²/4m": each.n**2 / (4 * each.m),
            "features in equal-sign pairs": float(each.sharing.mean() / each.n),
        }
        for each in networks
        if len(each.shared)
    )


def model_table(smallest: Smallest, gated: Gated, cofiring: Cofiring) -> pd.DataFrame:
    """Return what the smallest models cost."""
    import pandas as pd

    rows = [
        ("reader knows the context", 2, 1, "equal", smallest.masked),
        ("no contexts, least", 2, 1, "equal", smallest.unmasked),
        ("no contexts, no ReLU, least", 2, 1, "any", smallest.linear),
        ("network knows the context, largest error", gated.features, gated.neurons, "equal", gated.error),
        ("network knows the context, least", 2, 1, "equal", gated.single),
        ("across contexts, features fire together", 4, 3, "equal", cofiring.across),
        ("within contexts, features fire together", 4, 2, "opposite", cofiring.antipodal),
    ]
    return pd.DataFrame(rows, columns=["model", "features", "neurons", "signs", "loss"])


def illustration(networks: Sequence[Network]) -> Illustration:
    """Draw equal-sign pairs and shared neurons against the number of contexts, with the laws, at the largest size."""
    from polygenesis import plots

    size = max((each.n, each.m) for each in networks)
    shown = sorted((each for each in networks if (each.n, each.m) == size), key=lambda each: each.contexts)
    x = [each.contexts for each in shown]
    panels = []
    for counts, law, quantity in (
        ([each.equal for each in shown], [each.pairs_law for each in shown], "pairs of two contexts, equal signs"),
        ([each.shared for each in shown], [each.neurons_law for each in shown], "shared neurons"),
    ):
        means = [mean_columns(each) for each in counts]
        measured = plots.series(
            "trained networks",
            x,
            [each["mean"] for each in means],
            interval=([each["lower"] for each in means], [each["upper"] for each in means]),
            style="points",
        )
        curves = [measured, plots.series("independent contexts", x, law)]
        panels.append(plots.panel(curves, x="contexts C", y=quantity, log="x", ticks=x))
    chart = plots.row(*panels, alt="Equal-sign pairs and shared neurons against the number of contexts, with the laws.")
    return Illustration.of(
        chart,
        "contexts",
        "Left: pairs of features of two contexts that share a neuron with equal signs. Right: neurons with two or "
        f"more features (n = {size[0]}, m = {size[1]}, gradient flow, λ = {STRENGTH:g}; means of converged replicates "
        "with 95 % quasi-Poisson intervals). Lines: the laws of "
        "independent contexts.",
    )
