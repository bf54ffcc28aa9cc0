"""Collisions: pairs of features that lead on the same neuron, at one time or along a trajectory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.checks import plain_array
from polygenesis.detect.census import Census
from polygenesis.detect.inputs import replicated, trajectory_and_times
from polygenesis.detect.pairs import Indices, pairs_within, top_neurons

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Leads:
    """Neuron and sign of every feature's largest weight: ``neuron``, ``sign`` (…, n); −1 and 0 for a row of zeros."""

    neuron: Indices
    sign: NDArray[np.int8]


@dataclass(frozen=True, eq=False, repr=False)
class Collisions:
    """Pairs of features on one neuron, one row per pair, sorted by replicate, neuron, first, second feature.

    ``replicates``: r. ``replicate``, ``neuron``, ``first`` < ``second``, ``opposite``: (c,) each. Opposite
    signs are benign in the one-hot model (W_i·W_j < 0, which the output's ReLU clips), equal signs malign.
    A neuron where three features meet holds three pairs: pairs are counted here, neurons in the census.
    """

    replicates: int
    replicate: Indices
    neuron: Indices
    first: Indices
    second: Indices
    opposite: Booleans

    def __len__(self) -> int:
        return len(self.first)

    @property
    def counts(self) -> Integers:
        """Number of pairs, (r,)."""
        return np.bincount(self.replicate, minlength=self.replicates)

    @property
    def opposite_counts(self) -> Integers:
        """Number of pairs with opposite signs, (r,)."""
        return np.bincount(self.replicate[self.opposite], minlength=self.replicates)

    @property
    def same_counts(self) -> Integers:
        """Number of pairs with the same sign, (r,)."""
        return self.counts - self.opposite_counts

    def select(self, rows: Booleans) -> Collisions:
        """Return only some of the pairs.

        Args:
            rows: which pairs to keep, (c,).
        """
        where = (self.replicate[rows], self.neuron[rows], self.first[rows], self.second[rows])
        return Collisions(self.replicates, *where, opposite=self.opposite[rows])

    def to_dataframe(self) -> pd.DataFrame:
        """Return a pandas table with columns replicate, neuron, first, second, opposite."""
        import pandas as pd

        return pd.DataFrame(
            {name: getattr(self, name) for name in ("replicate", "neuron", "first", "second", "opposite")}
        )

    def __repr__(self) -> str:
        opposite = int(self.opposite.sum())
        return (
            f"Collisions({len(self)} pairs in {self.replicates} replicates: "
            f"{opposite} of opposite sign, {len(self) - opposite} of the same)"
        )


@dataclass(frozen=True, eq=False, repr=False)
class Encounters:
    """Pairs that led on one neuron at some saved time: the pairs, and when each was there.

    ``pairs``: their ``opposite`` is that of the first time. ``begin``, ``end``: first and last saved time
    together, (c,), in the unit of ``times``; ``saved``: at how many of the T saved times, (c,);
    ``opposite_at_end``: at the last time, (c,).
    """

    pairs: Collisions
    begin: Floats
    end: Floats
    saved: Integers
    opposite_at_end: Booleans

    def __len__(self) -> int:
        return len(self.pairs)

    def to_dataframe(self) -> pd.DataFrame:
        """Return a pandas table: the columns of the pairs, then begin, end, saved, opposite_at_end."""
        return self.pairs.to_dataframe().assign(
            begin=self.begin, end=self.end, saved=self.saved, opposite_at_end=self.opposite_at_end
        )

    def __repr__(self) -> str:
        return f"Encounters({len(self)} pairs that led on one neuron in {self.pairs.replicates} replicates)"


def leads(weights: Any) -> Leads:
    """Return the neuron and the sign of every feature's largest weight.

    ``weights``: (r, n, m) or (n, m). Of equal magnitudes the first neuron leads. Raises
    :class:`polygenesis.InputError`.

    Args:
        weights: (r, n, m), or (n, m) for one network.
    """
    found = leads_of(replicated("weights", weights))
    return Leads(found.neuron[0], found.sign[0]) if plain_array("weights", weights).ndim == 2 else found


def collisions(weights: Any) -> Collisions:
    """Return all pairs of features with the same top neuron, whatever the size of their weights.

    ``weights``: (r, n, m) or (n, m), at the start or at any time. At the start their expected number is
    n(n−1)/2m a replicate, half of it with opposite signs (arXiv:2312.03096, §3). For pairs that share a
    neuron at the end, where a feature may be dead or split, use :func:`shared_pairs`.

    Args:
        weights: (r, n, m), or (n, m) for one network.
    """
    return pairs_that_led(leads_of(replicated("weights", weights)))


def shared_pairs(census: Census) -> Collisions:
    """Return all pairs of settled features that a neuron carries together.

    Args:
        census: what :func:`polygenesis.census` found.
    """
    rows = np.flatnonzero(census.listed_settled)
    a, b = (rows[each] for each in pairs_within(census.neuron_group[rows]))
    return Collisions(
        replicates=census.shape[0],
        replicate=census.listed_replicate[a],
        neuron=census.listed_neuron[a],
        first=census.listed_feature[a],
        second=census.listed_feature[b],
        opposite=census.listed_sign[a] != census.listed_sign[b],
    )


def encounters(trajectory: Any, times: Any = None) -> Encounters:
    """Return all pairs that had the same top neuron at some saved time of a trajectory (r, T, n, m).

    ``times``: (T,), increasing, in any clock; without them the indices of the saved times. A pair that
    parts and meets again is one row: ``saved`` is then less than the saved times between ``begin`` and
    ``end``.

    Args:
        trajectory: weights at the saved times, (r, T, n, m).
        times: (T,), increasing, in any clock; by default the indices of the saved times.
    """
    path, clock = trajectory_and_times(trajectory, times)
    each = [collisions(path[:, index]) for index in range(len(clock))]
    when = np.repeat(np.arange(len(clock)), [len(found) for found in each])
    joined = {
        name: np.concatenate([getattr(found, name) for found in each])
        for name in ("replicate", "neuron", "first", "second", "opposite")
    }
    identity = np.stack([joined[name] for name in ("replicate", "neuron", "first", "second")], axis=1)
    _, begins, inverse, saved = np.unique(identity, axis=0, return_index=True, return_inverse=True, return_counts=True)
    ends = np.zeros(len(begins), dtype=np.intp)
    ends[inverse.ravel()] = np.arange(len(when))  # rows are in order of time, so the last one written is the last time
    pairs = Collisions(path.shape[0], **{name: column[begins] for name, column in joined.items()})
    return Encounters(pairs, clock[when[begins]], clock[when[ends]], saved, joined["opposite"][ends])


def leads_of(array: Floats) -> Leads:
    """Leads of checked weights (…, n, m), one network's magnitudes in memory at a time."""
    flat = array.reshape(-1, *array.shape[-2:])
    neuron = np.stack([top_neurons(np.abs(each)) for each in flat])
    sign = np.sign(np.take_along_axis(flat, neuron[..., None], axis=-1)[..., 0]).astype(np.int8)
    shape = array.shape[:-1]
    return Leads(neuron.reshape(shape), sign.reshape(shape))


def pairs_that_led(found: Leads) -> Collisions:
    """Pairs of leads (r, n) on one neuron."""
    replicate, feature = np.nonzero(found.neuron >= 0)
    neuron, sign = found.neuron[replicate, feature], found.sign[replicate, feature]
    order = np.lexsort((feature, neuron, replicate))
    group = replicate * (int(found.neuron.max()) + 1) + neuron
    a, b = (order[each] for each in pairs_within(group[order]))
    return Collisions(len(found.neuron), replicate[a], neuron[a], feature[a], feature[b], sign[a] != sign[b])
