"""The census: what every neuron carries and how every feature stands, from weights alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.detect import views
from polygenesis.detect.inputs import replicated, trajectory_and_times
from polygenesis.detect.pairs import NOWHERE, Indices, pairs_within, top_neurons
from polygenesis.detect.states import COUNTS, FEATURE_STATES, NEURON_STATES, FeatureState, NeuronState
from polygenesis.detect.thresholds import HALF, Thresholds
from polygenesis.errors import Suggesting, bad_argument

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class Census(Suggesting):
    """The features of each neuron and the state of each feature, for r replicates of n features and m neurons.

    The listing has one row for each carried weight, sorted by replicate, neuron, feature:
    ``listed_replicate``, ``listed_neuron``, ``listed_feature`` and ``listed_sign`` (±1), each (c,).
    ``neuron`` and ``sign`` (r, n): the neuron where each feature's largest weight is, and that weight's
    sign (−1 and 0 for a dead feature; a feature that is split has a largest weight too: see ``settled``).
    ``feature_state`` (r, n) and ``neuron_state`` (r, m) are positions in ``FEATURE_STATES`` and
    ``NEURON_STATES``.

    A feature that is dead or split makes no neuron mono- or polysemantic: its neurons are ``undecided``
    unless settled features decide, and so are empty neurons while a feature is alive that none carries.
    ``shared`` counts two or more features of any state, as published counts do.
    """

    shape: tuple[int, int, int]
    thresholds: Thresholds
    neuron: Indices
    sign: NDArray[np.int8]
    feature_state: NDArray[np.int8]
    listed_replicate: Indices
    listed_neuron: Indices
    listed_feature: Indices
    listed_sign: NDArray[np.int8]
    read: str = ""

    # Features

    @cached_property
    def settled(self) -> Booleans:
        """Which features have settled, (r, n): on one neuron, or on several where codes are distributed."""
        settled = np.asarray(self.feature_state == FEATURE_STATES.index(FeatureState.SETTLED))
        if self.thresholds.distributed:
            settled |= self.feature_state == FEATURE_STATES.index(FeatureState.SPREAD)
        return settled

    @property
    def settled_features(self) -> Integers:
        """Number of settled features, (r,)."""
        return np.asarray(self.settled.sum(axis=1))

    @property
    def dead_features(self) -> Integers:
        """Number of features that have lost their weights, (r,)."""
        return self._features(FeatureState.DEAD)

    @property
    def spread_features(self) -> Integers:
        """Number of features that two or more neurons carry, (r,)."""
        return self._features(FeatureState.SPREAD)

    @property
    def faint_features(self) -> Integers:
        """Number of features that are alive but carried by no neuron, (r,)."""
        return self._features(FeatureState.FAINT)

    @property
    def split_features(self) -> Integers:
        """Number of features that are alive but not settled, (r,).

        The faint ones, and the spread ones too unless codes are distributed.
        """
        return self.shape[1] - self.dead_features - self.settled_features

    @property
    def resolved(self) -> Booleans:
        """Which replicates have every feature settled, (r,): only their counts are results."""
        return np.asarray(self.settled.all(axis=1))

    # Neurons

    @cached_property
    def features_per_neuron(self) -> Integers:
        """Number of features that each neuron carries, in any state, (r, m)."""
        return self._per_neuron(np.ones(len(self.listed_neuron), dtype=bool))

    @cached_property
    def settled_features_per_neuron(self) -> Integers:
        """Number of settled features that each neuron carries, (r, m)."""
        return self._per_neuron(self.listed_settled)

    @cached_property
    def neuron_state(self) -> NDArray[np.int8]:
        """What each neuron is, (r, m): positions in ``NEURON_STATES``."""
        any_state, settled = self.features_per_neuron, self.settled_features_per_neuron
        state = np.full(any_state.shape, NEURON_STATES.index(NeuronState.UNDECIDED), dtype=np.int8)
        state[(any_state == 0) & (self.faint_features == 0)[:, None]] = NEURON_STATES.index(NeuronState.DEAD)
        state[(any_state == 1) & (settled == 1)] = NEURON_STATES.index(NeuronState.MONOSEMANTIC)
        state[settled >= 2] = NEURON_STATES.index(NeuronState.POLYSEMANTIC)
        return state

    @property
    def dead(self) -> Integers:
        """Number of neurons that carry no feature, (r,)."""
        return self._neurons(NeuronState.DEAD)

    @property
    def undecided(self) -> Integers:
        """Number of neurons whose state depends on a feature that has not settled, (r,)."""
        return self._neurons(NeuronState.UNDECIDED)

    @property
    def monosemantic(self) -> Integers:
        """Number of neurons that carry exactly one feature, a settled one, (r,)."""
        return self._neurons(NeuronState.MONOSEMANTIC)

    @property
    def polysemantic(self) -> Integers:
        """Number of neurons that carry two or more settled features, (r,)."""
        return self._neurons(NeuronState.POLYSEMANTIC)

    @property
    def polysemantic_fraction(self) -> Floats:
        """Polysemantic neurons as a share of all m neurons, (r,)."""
        return self.polysemantic / self.shape[2]

    @property
    def shared(self) -> Integers:
        """Number of neurons that carry two or more features in any state, (r,).

        Published counts are of this kind. It equals ``polysemantic`` once every feature has settled.
        """
        return np.asarray((self.features_per_neuron >= 2).sum(axis=1))

    @property
    def clashing(self) -> Integers:
        """Number of neurons where settled features share a sign, (r,): malign in the one-hot model."""
        positive = self._per_neuron(self.listed_settled & (self.listed_sign > 0))
        negative = self._per_neuron(self.listed_settled & (self.listed_sign < 0))
        return np.asarray(((positive >= 2) | (negative >= 2)).sum(axis=1))

    # Listings

    @property
    def carried(self) -> Booleans:
        """Which neuron carries which feature, (r, n, m); built anew at each call."""
        carried = np.zeros(self.shape, dtype=bool)
        carried[self.listed_replicate, self.listed_feature, self.listed_neuron] = True
        return carried

    @cached_property
    def listed_settled(self) -> Booleans:
        """Which rows of the listing belong to a settled feature, (c,)."""
        return self.settled[self.listed_replicate, self.listed_feature]

    def polysemantic_neurons(self, replicate: int = 0) -> list[tuple[int, list[tuple[int, int]]]]:
        """Return one replicate's polysemantic neurons with features and signs: [(k, [(i, +1), (j, −1)])].

        Features that have not settled are left out, as they are from ``polysemantic``.

        Args:
            replicate: its number, from 0 to r − 1.

        Raises:
            polygenesis.InputError: for a replicate that is not there.
        """
        if not 0 <= replicate < self.shape[0]:
            raise bad_argument("replicate", f"be between 0 and {self.shape[0] - 1}", replicate)
        state = self.neuron_state[replicate]
        neurons = np.flatnonzero(state == NEURON_STATES.index(NeuronState.POLYSEMANTIC))
        carries: dict[int, list[tuple[int, int]]] = {int(k): [] for k in neurons}
        for row in np.flatnonzero((self.listed_replicate == replicate) & self.listed_settled):
            if (k := int(self.listed_neuron[row])) in carries:
                carries[k].append((int(self.listed_feature[row]), int(self.listed_sign[row])))
        return list(carries.items())

    def pair_counts(self) -> Integers:
        """Return N (r, n, n): N_ij neurons carry both i and j, and N_ii carry i.

        Features that have not settled are left out: one with two weights near 0.7 fakes shared neurons.
        """
        r, n, _ = self.shape
        rows = np.flatnonzero(self.listed_settled)
        a, b = pairs_within(self.neuron_group[rows])
        counts = np.zeros((r, n, n), dtype=np.int64)
        np.add.at(
            counts,
            (self.listed_replicate[rows[a]], self.listed_feature[rows[a]], self.listed_feature[rows[b]]),
            1,
        )
        counts += counts.transpose(0, 2, 1)
        np.add.at(counts, (self.listed_replicate[rows], self.listed_feature[rows], self.listed_feature[rows]), 1)
        return counts

    @property
    def neuron_group(self) -> Indices:
        """Each listed row's neuron, numbered through all replicates, (c,); sorted."""
        return self.listed_replicate * self.shape[2] + self.listed_neuron

    def to_dataframe(self, per: Literal["neuron", "feature", "replicate"] = "neuron") -> pd.DataFrame:
        """Return a pandas table with one row per neuron, feature or replicate.

        Args:
            per: "neuron" (state and what it carries), "feature" (state, largest weight) or "replicate" (every count).

        Raises:
            polygenesis.InputError: for another name.
        """
        return views.to_dataframe(self, per)

    def __repr__(self) -> str:
        return views.text(self)

    def _repr_html_(self) -> str:
        return views.html(self)

    def _per_neuron(self, rows: Booleans) -> Integers:
        r, _, m = self.shape
        return np.bincount(self.neuron_group[rows], minlength=r * m).reshape(r, m)

    def _features(self, state: FeatureState) -> Integers:
        return np.asarray((self.feature_state == FEATURE_STATES.index(state)).sum(axis=1))

    def _neurons(self, state: NeuronState) -> Integers:
        return np.asarray((self.neuron_state == NEURON_STATES.index(state)).sum(axis=1))


@runtime_checkable
class Counted(Protocol):
    """What takes its own census, as a run does: it knows which of its matrices to read, and whether neurons mean
    anything in it."""

    def census(self, reading: str | None = None, **options: Any) -> Census:
        """Take the census."""


def census(weights: Any, thresholds: Thresholds = HALF, *, read: str = "") -> Census:
    """List the features that each neuron carries and the state of each feature, from the weights alone.

    The sign of a weight does not matter for whether it carries. One pass a replicate, so that no copy of all weights is
    made.

    Args:
        weights: (r, n, m), or (n, m) for one network, float32 or float64; or a :class:`polygenesis.Run`, of which the
            end is read.
        thresholds: from which weight on a neuron carries a feature, and when a feature is dead.
        read: which matrix of a model this is and why; shown to the reader.

    Returns:
        A :class:`Census`, whose ``polysemantic`` (r,) counts the neurons with two or more features.

    Raises:
        polygenesis.InputError: for other shapes, empty axes, NaN and infinity, and for a run where nothing singles out
            the neurons.

    >>> census([[1.0, 0.0], [-1.0, 0.0]]).polysemantic_neurons()
    [(0, [(0, 1), (1, -1)])]
    """
    if not isinstance(thresholds, Thresholds):
        raise bad_argument("thresholds", "be a Thresholds value", thresholds)
    if isinstance(weights, Counted):
        return weights.census(thresholds=thresholds)
    array = replicated("weights", weights)
    parts = [_one(each, thresholds) for each in array]
    neuron, sign, state, feature, carrier, carried_sign = (list(column) for column in zip(*parts, strict=True))
    replicate = np.repeat(np.arange(len(array)), [len(each) for each in feature])
    return Census(
        shape=(array.shape[0], array.shape[1], array.shape[2]),
        thresholds=thresholds,
        neuron=np.stack(neuron),
        sign=np.stack(sign),
        feature_state=np.stack(state),
        listed_replicate=replicate,
        listed_neuron=np.concatenate(carrier),
        listed_feature=np.concatenate(feature),
        listed_sign=np.concatenate(carried_sign),
        read=read,
    )


def census_series(trajectory: Any, thresholds: Thresholds = HALF) -> dict[str, Integers]:
    """Return every count of the census at every saved time of a trajectory (r, T, n, m): name → (r, T).

    Args:
        trajectory: weights at the saved times, (r, T, n, m).
        thresholds: from which weight on a neuron carries a feature, and when a feature is dead.
    """
    path, _ = trajectory_and_times(trajectory)
    each = [census(path[:, index], thresholds) for index in range(path.shape[1])]
    return {name: np.stack([getattr(one, name) for one in each], axis=1) for name in COUNTS}


def _one(weights: Floats, thresholds: Thresholds) -> tuple[NDArray[Any], ...]:
    """Classify one replicate (n, m).

    Returns the features' neuron, sign and state (n,), then the listing's feature, neuron and sign (c,).
    """
    magnitudes = np.abs(weights)
    norms = np.sqrt(np.einsum("ik,ik->i", magnitudes, magnitudes, dtype=np.float64))
    dead = (norms == 0) | (norms < thresholds.alive * (norms.max() if thresholds.relative else 1.0))
    top = np.where(dead, NOWHERE, top_neurons(magnitudes))
    unit = np.where(dead, 1.0, norms).astype(weights.dtype)[:, None] if thresholds.relative else weights.dtype.type(1)
    carried = (magnitudes >= thresholds.carries_from * unit) & ~dead[:, None]
    if thresholds.carries_to is not None:
        carried &= magnitudes <= thresholds.carries_to * unit
    neuron, feature = np.divmod(np.flatnonzero(carried.T), len(weights))
    # FeatureState's order: dead 0, faint 1, spread 2, settled 3
    state = np.where(dead, 0, np.select([carried.sum(axis=1) == 0, carried.sum(axis=1) == 1], [1, 3], 2)).astype(
        np.int8
    )
    sign = np.where(dead, 0, np.sign(weights[np.arange(len(weights)), top])).astype(np.int8)
    return top, sign, state, feature, neuron, np.sign(weights[feature, neuron]).astype(np.int8)
