"""How a census shows itself: a few lines of text, a small HTML table, data frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from polygenesis.arrays import Integers
from polygenesis.detect.states import COUNTS, FEATURE_STATES, NEURON_STATES
from polygenesis.errors import unknown_name
from polygenesis.html import escaped, fragment, prose, table

if TYPE_CHECKING:
    import pandas as pd

    from polygenesis.detect.census import Census

SHOWN = 12
"""Replicates that the HTML table shows one by one; the rest are in the mean."""


def text(census: Census) -> str:
    """Return a census as lines: what was counted, which matrix was read if that is known, neurons, features."""
    r, n, m = census.shape
    neurons = ", ".join(
        f"{spread(getattr(census, name))} {name}" for name in ("polysemantic", "monosemantic", "dead", "undecided")
    )
    features = ", ".join(
        f"{spread(getattr(census, name))} {name.removesuffix('_features')}"
        for name in ("settled_features", "split_features", "dead_features")
    )
    replicates = "1 replicate" if r == 1 else f"{r} replicates, means (lowest–highest)"
    head = f"Census(n={n}, m={m}, {replicates}; carried: {census.thresholds})"
    source = f"\n  read:     {census.read}" if census.read else ""
    return f"{head}{source}\n  neurons:  {neurons}\n  features: {features}"


def spread(counts: Integers) -> str:
    """Return counts as their mean and range, or as the one number they all are."""
    low, high = int(counts.min()), int(counts.max())
    return str(low) if low == high else f"{counts.mean():.1f} ({low}–{high})"


def html(census: Census) -> str:
    """Return a census as a self-contained HTML table, one row a replicate, for notebooks."""
    r, n, m = census.shape
    columns = np.stack([getattr(census, name) for name in COUNTS], axis=1)
    names = [name.replace("_", " ") for name in ("replicate", *COUNTS)]
    rows = [[str(index), *(str(value) for value in columns[index])] for index in range(min(r, SHOWN))]
    if r > 1:
        rows.append([f"mean of {r}", *(f"{value:.4g}" for value in columns.mean(axis=0))])
    said = f"Census of n={n} features and m={m} neurons; carried: {census.thresholds}"
    caption = prose(f"{said}; read: {census.read}" if census.read else said)
    return fragment(table(names, rows, numeric=range(len(names)), caption=caption, label="Census"))


def summary_html(summary: pd.DataFrame, title: str) -> str:
    """Return a small table of sentences and numbers for a notebook."""
    names = [str(name) for name in summary.columns]
    numeric = [at for at, kind in enumerate(summary.dtypes) if kind.kind in "iuf"]
    rows = [
        [f"{value:.3f}" if isinstance(value, float) else escaped(value) for value in row]
        for row in summary.itertuples(index=False)
    ]
    return fragment(table(names, rows, numeric=numeric, caption=prose(title), label="Summary"))


def to_dataframe(census: Census, per: str) -> pd.DataFrame:
    """Return a census as a pandas table with one row per neuron, feature or replicate."""
    tables = {"neuron": _per_neuron, "feature": _per_feature, "replicate": _per_replicate}
    if per not in tables:
        raise unknown_name("table", per, tables)
    return tables[per](census)


def _per_neuron(census: Census) -> pd.DataFrame:
    """Columns: replicate, neuron, state, features (how many), settled_features, carries (as "+3 -17")."""
    import pandas as pd

    r, _, m = census.shape
    carries = [""] * (r * m)
    for group, feature, sign in zip(census.neuron_group, census.listed_feature, census.listed_sign, strict=True):
        carries[group] += f"{' ' if carries[group] else ''}{'+' if sign > 0 else '-'}{feature}"
    return pd.DataFrame(
        {
            "replicate": np.repeat(np.arange(r), m),
            "neuron": np.tile(np.arange(m), r),
            "state": [NEURON_STATES[code].name.lower() for code in census.neuron_state.ravel()],
            "features": census.features_per_neuron.ravel(),
            "settled_features": census.settled_features_per_neuron.ravel(),
            "carries": carries,
        }
    )


def _per_feature(census: Census) -> pd.DataFrame:
    """Columns: replicate, feature, state, neuron and sign of the largest weight, neurons (how many)."""
    import pandas as pd

    r, n, _ = census.shape
    return pd.DataFrame(
        {
            "replicate": np.repeat(np.arange(r), n),
            "feature": np.tile(np.arange(n), r),
            "state": [FEATURE_STATES[code].name.lower() for code in census.feature_state.ravel()],
            "neuron": census.neuron.ravel(),
            "sign": census.sign.ravel(),
            "neurons": np.bincount(census.listed_replicate * n + census.listed_feature, minlength=r * n),
        }
    )


def _per_replicate(census: Census) -> pd.DataFrame:
    """Columns: replicate and every count."""
    import pandas as pd

    counts = {name: getattr(census, name) for name in COUNTS}
    return pd.DataFrame({"replicate": np.arange(census.shape[0]), **counts})
