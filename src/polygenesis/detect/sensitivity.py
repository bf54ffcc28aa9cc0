"""How much the census depends on the choice of thresholds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from polygenesis.detect.census import Census, census
from polygenesis.detect.inputs import replicated
from polygenesis.detect.thresholds import NAMED, Thresholds
from polygenesis.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


def threshold_table(weights: Any, thresholds: Mapping[str, Thresholds] | Iterable[Thresholds] = NAMED) -> pd.DataFrame:
    """Return the counts as a function of the thresholds: one row per choice, means over replicates.

    ``weights``: (r, n, m) or (n, m). ``thresholds``: a mapping of names to :class:`polygenesis.Thresholds`, or several
    of them (named by what they say). ``polysemantic_sd`` is the standard deviation over replicates (NaN for
    one). ``shared`` counts as published work does, without asking whether the features have settled;
    ``resolved`` is the share of replicates in which all have.

    Args:
        weights: (r, n, m), or (n, m) for one network.
        thresholds: several :class:`polygenesis.Thresholds`, or a mapping of names to them; by default thirteen.
    """
    import pandas as pd

    array = replicated("weights", weights)
    named = dict(thresholds) if isinstance(thresholds, Mapping) else {str(each): each for each in thresholds}
    if not named:
        raise InputError("Argument `thresholds` must name at least one choice, but is empty.")
    return pd.DataFrame([_row(name, each, census(array, each)) for name, each in named.items()])


def _row(name: str, thresholds: Thresholds, found: Census) -> dict[str, Any]:
    names = ("polysemantic", "shared", "monosemantic", "undecided", "dead", "split_features", "dead_features")
    means = {each: float(np.mean(getattr(found, each))) for each in names}
    deviation = float(np.std(found.polysemantic, ddof=1)) if found.shape[0] > 1 else float("nan")
    return {
        "thresholds": name,
        "carried": str(thresholds),
        "polysemantic": means.pop("polysemantic"),
        "polysemantic_sd": deviation,
        **means,
        "resolved": float(found.resolved.mean()),
    }
