"""The counts behind the claims: by width, by outcome and by threshold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from polygenesis import theory
from polygenesis.studies import published
from polygenesis.studies.collision_count.claims import EXISTS_AT
from polygenesis.studies.measurements import Measured, mean_columns

if TYPE_CHECKING:
    import pandas as pd


def counts_by_width(measured: Sequence[Measured]) -> pd.DataFrame:
    """Return one row a run: the mean count with its 95 % interval, and what each theory predicts."""
    import pandas as pd

    return pd.DataFrame(
        {
            "training": each.training,
            "n": each.n,
            "m": each.m,
            "counted": each.counted_as,
            "replicates": len(each.counts),
            **mean_columns(each.counts),
            "variance/mean": _dispersion(each),
            "n²/4m": float(theory.polysemantic_neurons(each.n, each.m)),
            "slot model": theory.slot_model(each.n, each.m).mean,
            "occupancy model": theory.occupancy_moments(each.n, each.m)[0],
            "published": published.POLYSEMANTIC_MEANS.get(each.m, np.nan) if each.n == published.FEATURES else np.nan,
        }
        for each in measured
    )


def _dispersion(run: Measured) -> float:
    counts = run.counts
    return float(np.var(counts, ddof=1) / np.mean(counts)) if len(counts) > 1 and counts.any() else np.nan


def how_replicates_ended(measured: Sequence[Measured]) -> pd.DataFrame:
    """Return one row a run: how its replicates ended, and the features that died or stayed split."""
    import pandas as pd

    return pd.DataFrame(
        {
            "training": each.training,
            "n": each.n,
            "m": each.m,
            "replicates": len(each.outcomes),
            "every feature settled": int(each.usable.sum()),
            "outcomes": ", ".join(
                f"{count} {outcome.name.lower().replace('_', ' ')}" for outcome, count in Counter(each.outcomes).items()
            ),
            "dead features": int(each.dead_features.sum()),
            "split features": int(each.split_features.sum()),
        }
        for each in measured
    )


def sensitivity(measured: Sequence[Measured]) -> pd.DataFrame:
    """Return how the mean count over all replicates moves with the threshold at m = 4n, for each way of training."""
    import pandas as pd

    tables = [
        each.thresholds.assign(training=each.training, n=each.n, m=each.m)
        for each in measured
        if each.m == EXISTS_AT * each.n
    ]
    merged = pd.concat(tables, ignore_index=True)
    return merged[["training", "n", "m", "thresholds", "carried", "polysemantic", "shared", "undecided", "resolved"]]
