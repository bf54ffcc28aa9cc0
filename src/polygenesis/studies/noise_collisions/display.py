"""Tables and figures of noise and collisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from polygenesis import stats, theory
from polygenesis.arrays import Floats
from polygenesis.noise import NoNoise
from polygenesis.studies.base import Illustration
from polygenesis.studies.measurements import mean_columns
from polygenesis.studies.noise_collisions.networks import Network
from polygenesis.studies.noise_collisions.pairs import RelaxedPair
from polygenesis.studies.noise_collisions.plans import LAWS, PRESSED_SIZES, STD
from polygenesis.studies.wording import law

if TYPE_CHECKING:
    import pandas as pd

    from polygenesis.plots import Series

STDS = np.linspace(0.01, 1.0, 100)


def alone_table(networks: Sequence[Network]) -> pd.DataFrame:
    """Return one row a cell of noise without penalty."""
    import pandas as pd

    return pd.DataFrame(
        {
            "noise": each.spec.noise.kind,
            "excess kurtosis": float(theory.excess_kurtosis(each.spec.noise.kind)),
            "σ": each.std,
            "n": each.n,
            "m": each.m,
            "replicates": len(each.polysemantic),
            "diverged": each.diverged,
            "polysemantic": float(each.polysemantic.mean()),
            "slot model": each.slots if each.n > 1 else 0.0,
            "n²/4m": each.n**2 / (4 * each.m) if each.n > 1 else 0.0,
            "two weights ≥ 0.5": float(each.shared.mean()),
            "features without a neuron": float(each.unplaced.mean()),
            "fourth norm": float(each.fourth_norm.mean()),
            "mean overlap × (n − 1)/‖W‖²": -float(each.overlap.mean()) if each.n > 1 else np.nan,
        }
        for each in networks
        if not each.spec.penalty.strength
    )


def pressed_table(networks: Sequence[Network]) -> pd.DataFrame:
    """Return one row a penalty and noise: the count with its interval, and λ*."""
    import pandas as pd

    return pd.DataFrame(
        {
            "noise": each.spec.noise.kind,
            "σ": each.std,
            "λ": each.spec.penalty.strength,
            "λ*": each.threshold if each.std else np.nan,
            "resolved": int(each.resolved.sum()),
            "replicates": len(each.resolved),
            **mean_columns(each.polysemantic[each.resolved]),
            "slot model": each.slots,
            "mean overlap × (n − 1)/‖W‖²": -float(each.overlap.mean()),
        }
        for each in networks
        if each.spec.penalty.strength
    )


def pair_table(pairs: Sequence[RelaxedPair]) -> pd.DataFrame:
    """Return one row a relaxed pair."""
    import pandas as pd

    return pd.DataFrame(
        {
            "σ": each.std,
            "λ": each.penalty,
            "J with the pair": each.together,
            "J apart": each.apart,
            "change / (J/n)": each.relative,
            "change / a²σ²": each.change / (each.norm**2 * each.std**2),
            "still a pair": each.stayed,
        }
        for each in pairs
    )


def reward_illustration() -> Illustration:
    """Draw what a bare pair saves, by law and σ."""
    from polygenesis import plots

    curves = [
        plots.series(
            each.__name__.removesuffix("Noise").lower(),
            STDS,
            [float(theory.sharing_reward(each(1.0).kind, std)) / std**2 for std in STDS],
        )
        for each in LAWS
    ]
    chart = plots.chart(
        curves, x="noise σ", y="saving / σ²", alt="What a bare pair saves by sharing a neuron, by law and strength."
    )
    return Illustration.of(
        chart,
        "reward",
        "Decrease of the expected loss when two features of opposite signs, each with one weight of size 1, share a "
        "neuron, in units of σ², against σ, by noise law (exact).",
    )


def alone_illustration(networks: Sequence[Network]) -> Illustration:
    """Draw counts of noise alone against chance, and how sparse and how far apart rows become, one row a cell."""
    from polygenesis import plots

    alone = [each for each in networks if not each.spec.penalty.strength]
    shown = [each for each in alone if each.n > 2]
    left_out = sorted({each.n for each in alone if each.n <= 2})
    names = [f"{each.spec.noise.kind} {each.std:g}, n={each.n}, m={each.m}" for each in shown]
    counted = [mean_columns(each.polysemantic) for each in shown]
    counts = plots.rates(
        names,
        {
            "observed": [each.polysemantic.mean() for each in shown],
            "slot model": [each.slots for each in shown],
        },
        intervals={"observed": ([each["lower"] for each in counted], [each["upper"] for each in counted])},
        quantity="polysemantic neurons a network",
        limits=None,
        dots=True,
    )
    norms = [_mean(each.fourth_norm) for each in shown]
    sparse = plots.rates(
        names,
        {"fourth norm": [each[0] for each in norms]},
        intervals={"fourth norm": ([each[1] for each in norms], [each[2] for each in norms])},
        quantity="fourth norm of unit rows",
        dots=True,
    )
    return Illustration.of(
        plots.bars(counts, sparse, alt="Dots: shared neurons under noise alone against chance; fourth norms."),
        "noise-alone",
        "Noise without a penalty, one row per law, σ, n and m"
        + (f" (n = {' and '.join(map(str, left_out))}: see the table)" if left_out else "")
        + ". Left: polysemantic neurons per network, and the slot "
        "model's. Right: the mean fourth norm of unit rows, 1 for a row with one weight. 95 % intervals over networks.",
    )


def _mean(values: Floats) -> tuple[float, float, float]:
    """Mean with its 95 % interval over networks, which is unknown for a single one."""
    if len(values) < 2:
        return float(values.mean()), np.nan, np.nan
    found = stats.mean(values)
    return found.value, found.lower, found.upper


def pressed_illustration(networks: Sequence[Network]) -> Illustration:
    """Draw counts under L1 and noise against λ, with every noise's λ*."""
    from polygenesis import plots

    pressed = [each for each in networks if each.spec.penalty.strength and each.resolved.sum() > 1]
    kinds = list(dict.fromkeys(each.noise for each in pressed))
    curves: list[Series] = []
    levels: list[plots.Level] = []
    thresholds: list[str] = []
    for kind in kinds:
        rows = sorted((each for each in pressed if each.noise == kind), key=lambda each: each.spec.penalty.strength)
        means = [mean_columns(each.polysemantic[each.resolved]) for each in rows]
        curves.append(
            plots.series(
                kind,
                [each.spec.penalty.strength for each in rows],
                [each["mean"] for each in means],
                interval=([each["lower"] for each in means], [each["upper"] for each in means]),
                style="both",
            )
        )
        if not isinstance(rows[0].spec.noise, NoNoise):
            levels.append(plots.Level("λ*", rows[0].threshold, along="x"))
            thresholds.append(f"{rows[0].threshold:.3g} under {law(rows[0].spec.noise.kind)} noise")
    ticks = sorted({each.spec.penalty.strength for each in pressed})
    panel = plots.panel(
        curves, x="penalty λ", y="polysemantic neurons", log="x", levels=levels, ticks=ticks, limits=(0.0, 2.6)
    )
    return Illustration.of(
        plots.row(panel, alt="Polysemantic neurons against the L1 penalty, with and without noise."),
        "noise-and-penalty",
        f"Polysemantic neurons under L1 and noise against λ (n = {PRESSED_SIZES.n}, m = {PRESSED_SIZES.m}; means of "
        "resolved replicates with 95 % quasi-Poisson intervals). Vertical lines: λ*, "
        f"below which noise turns bare rows away from each other (σ = {STD:g}): {' and '.join(thresholds)}.",
    )
