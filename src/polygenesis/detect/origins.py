"""Origins: how the features that share a neuron at the end came to it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from polygenesis.arrays import Booleans, Integers
from polygenesis.detect import views
from polygenesis.detect.census import census
from polygenesis.detect.collisions import Collisions, shared_pairs
from polygenesis.detect.inputs import start_and_end
from polygenesis.detect.thresholds import HALF, Thresholds

if TYPE_CHECKING:
    import pandas as pd


class Origin(enum.Enum):
    """How two features came to share a neuron; the value is the sentence shown to a reader."""

    BOTH_LED = "Both features had their largest weight on this neuron at the start."
    ONE_MOVED_IN = "One feature led on this neuron at the start, the other moved in."
    BOTH_MOVED_IN = "Neither feature led on this neuron at the start: both moved in."


ORIGINS = tuple(Origin)
"""The origins in the order of the codes in ``Origins.origin``: by how many features moved in."""


@dataclass(frozen=True, eq=False, repr=False)
class Origins:
    """The origin of every pair of settled features that share a neuron at the end.

    ``pairs``: the pairs (c of them), ``opposite`` at the end. ``origin`` (c,): positions in ``ORIGINS``.
    The last axis of two is (first, second feature): ``rank`` (c, 2), of the neuron among the feature's
    initial weights by magnitude (0: it led there); ``turned`` (c, 2): whether the feature's weight there
    changed its sign. ``left_out`` (r,): shared neurons that have no origin yet, because features on them
    have not settled.
    """

    pairs: Collisions
    origin: NDArray[np.int8]
    rank: Integers
    turned: Booleans
    left_out: Integers

    @property
    def counts(self) -> Integers:
        """Number of pairs by replicate and origin, (r, 3). At convergence a shared neuron holds one pair."""
        counts = np.zeros((self.pairs.replicates, len(ORIGINS)), dtype=np.int64)
        np.add.at(counts, (self.pairs.replicate, self.origin), 1)
        return counts

    def count(self, origin: Origin) -> Integers:
        """Return the number of pairs of one origin, (r,).

        Args:
            origin: one of :class:`polygenesis.detect.Origin`.
        """
        return self.counts[:, ORIGINS.index(origin)]

    def summary(self) -> pd.DataFrame:
        """Return a table with one row per origin: pairs in all replicates, their share, and the sentence."""
        import pandas as pd

        counts = self.counts.sum(axis=0)
        return pd.DataFrame(
            {
                "origin": [origin.name.lower() for origin in ORIGINS],
                "pairs": counts,
                "share": counts / max(counts.sum(), 1),
                "meaning": [origin.value for origin in ORIGINS],
            }
        )

    def to_dataframe(self) -> pd.DataFrame:
        """Return a pandas table with one row per pair."""
        table = self.pairs.to_dataframe().assign(origin=[ORIGINS[code].name.lower() for code in self.origin])
        for column, which in enumerate(("first", "second")):
            table[f"{which}_rank"], table[f"{which}_turned"] = self.rank[:, column], self.turned[:, column]
        return table

    def __repr__(self) -> str:
        counts = self.counts.sum(axis=0)
        each = ", ".join(f"{count} {origin.name.lower()}" for count, origin in zip(counts, ORIGINS, strict=True))
        more = f"; {self.left_out.sum()} neurons left out" if self.left_out.any() else ""
        return f"Origins({len(self.pairs)} shared pairs in {self.pairs.replicates} replicates: {each}{more})"

    def _repr_html_(self) -> str:
        return views.summary_html(self.summary(), repr(self).split("\n")[0])


def origins(initial: Any, final: Any, thresholds: Thresholds = HALF) -> Origins:
    """Classify every pair of features that share a neuron at the end by how each of the two came there.

    ``initial``, ``final``: (r, n, m) or (n, m). Only settled features count, so a dead or split one shares
    nothing. Raises :class:`polygenesis.InputError` for shapes that disagree and weights that are not
    finite.

    Args:
        initial: weights at the start, (r, n, m) or (n, m).
        final: weights at the end, shaped alike.
        thresholds: from which weight on a neuron carries a feature, and when a feature is dead.
    """
    first, last = start_and_end(initial, final)
    at_end = census(last, thresholds)
    pairs = shared_pairs(at_end)
    features = np.stack([pairs.first, pairs.second], axis=1)
    rows = first[pairs.replicate[:, None], features]  # (c, 2, m): only the rows that ended up sharing
    there = np.take_along_axis(rows, pairs.neuron[:, None, None], axis=2)
    end = last[pairs.replicate[:, None], features, pairs.neuron[:, None]]
    rank = (np.abs(rows) > np.abs(there)).sum(axis=2)
    return Origins(
        pairs=pairs,
        origin=(rank > 0).sum(axis=1).astype(np.int8),
        rank=rank,
        turned=np.sign(there[..., 0]) * np.sign(end) < 0,
        left_out=at_end.shared - at_end.polysemantic,
    )
