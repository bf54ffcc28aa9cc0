"""Counts against the width with every theory, and against the threshold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from polygenesis import detect, stats, theory
from polygenesis.stats.estimate import pivotal
from polygenesis.studies import published
from polygenesis.studies.base import Illustration
from polygenesis.studies.collision_count.claims import EXISTS_AT
from polygenesis.studies.collision_count.tables import sensitivity
from polygenesis.studies.measurements import Measured

if TYPE_CHECKING:
    from polygenesis.plots import Chart, Series


def count_illustration(flows: Sequence[Measured], adams: Sequence[Measured]) -> Illustration:
    """Draw counts by width with every theory, and all of them relative to the law."""
    n, adam_n = flows[0].n, adams[0].n
    parts = [
        f"Polysemantic neurons against the number of neurons, n = {n} features: mean of converged replicates under "
        "gradient flow, AdamW as published (|W| in [0.8, 1.2]), the law n²/4m, and the slot and occupancy models; "
        "95 % quasi-Poisson intervals. Right: everything divided by the law."
    ]
    if n == published.FEATURES:
        parts.append("Crosses: the paper's published AdamW counts, with 95 % t intervals from its deviations.")
    if adam_n != n:
        parts.append(f"AdamW was run at n = {adam_n} and is shown at the same m/n, its counts times {n / adam_n:g}.")
    return Illustration.of(count_chart(flows, adams), "polysemantic-neurons", " ".join(parts))


def count_chart(flows: Sequence[Measured], adams: Sequence[Measured]) -> Chart:
    """Build the chart of counts by width."""
    from polygenesis import plots

    n = flows[0].n
    widths = sorted({each.m for each in flows} | {each.m * n // each.n for each in adams})
    curves = [counted("gradient flow", flows)]
    if n == published.FEATURES:
        curves.append(published_counts())
    scale = n / adams[0].n
    label = "AdamW" if scale == 1 else f"AdamW (n = {adams[0].n}, scaled)"
    curves.append(counted(label, adams, scale))
    curves.append(plots.series("slot model", widths, [theory.slot_model(n, m).mean for m in widths]))
    curves.append(plots.series("occupancy model", widths, [theory.occupancy_moments(n, m)[0] for m in widths]))
    return plots.counts(
        curves,
        law=plots.series("n²/4m", widths, [float(theory.polysemantic_neurons(n, m)) for m in widths]),
        alt="Left: counts of polysemantic neurons against the number of neurons, log-log; right: the same over n²/4m.",
    )


def counted(name: str, runs: Sequence[Measured], scale: float = 1.0) -> Series:
    """Return mean counts by width with their intervals; runs at another n are placed at the same m/n by ``scale``."""
    from polygenesis import plots

    shown = [each for each in runs if len(each.counts) > 1]
    means = [stats.mean_count(each.counts) for each in shown]
    return plots.series(
        name,
        [each.m * scale for each in shown],
        [mean.value * scale for mean in means],
        interval=([mean.lower * scale for mean in means], [mean.upper * scale for mean in means]),
        style="points",
        role=runs[0].training,
    )


def published_counts() -> Series:
    """Return the published means with t intervals from the published deviations."""
    from polygenesis import plots

    freedom = published.INSTANCES - 1
    means = [
        pivotal(mean, published.POLYSEMANTIC_DEVIATIONS[m] / published.INSTANCES**0.5, freedom, 0.95, "t", freedom + 1)
        for m, mean in published.POLYSEMANTIC_MEANS.items()
    ]
    return plots.series(
        "published",
        list(published.POLYSEMANTIC_MEANS),
        [mean.value for mean in means],
        interval=([mean.lower for mean in means], [mean.upper for mean in means]),
        style="points",
    )


def threshold_illustration(measured: Sequence[Measured]) -> Illustration:
    """Draw the count at m = 4n against the lower threshold, for each way of training."""
    from polygenesis import plots

    lower = {
        name: each.carries_from for name, each in detect.NAMED.items() if each.carries_to is None and not each.relative
    }
    table = sensitivity(measured)
    curves = []
    for (training, n), rows in table.groupby(["training", "n"], sort=False):
        counts = rows.set_index("thresholds")["shared"]
        edges = sorted(lower, key=lambda name: lower[name])
        values = np.array([float(counts[name]) for name in edges])
        label = f"{training}, n = {n}"
        curves.append(plots.series(label, [lower[name] for name in edges], values, style="both", role=str(training)))
    chosen = {"half": detect.HALF.carries_from, "paper": detect.PAPER_WINDOW.carries_from}
    chart = plots.threshold_sensitivity(
        curves,
        chosen=chosen,
        alt="Counts against the threshold from which a weight counts, one line a way of training.",
    )
    return Illustration.of(
        chart,
        "thresholds",
        f"How the mean count over all replicates at m = {EXISTS_AT}n depends on the threshold from which a weight "
        "counts as carrying its feature. Half: the threshold used here; paper: the lower end of the published window.",
    )
