"""Fates: what became of every collision at the start, who left, where to and when."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from polygenesis.arrays import Booleans, Floats, Integers, Weights
from polygenesis.detect import views
from polygenesis.detect.census import Census, census
from polygenesis.detect.collisions import Collisions, leads_of, pairs_that_led, shared_pairs
from polygenesis.detect.inputs import start_and_end, trajectory_and_times
from polygenesis.detect.pairs import NOWHERE, Indices
from polygenesis.detect.states import FEATURE_STATES, FeatureState
from polygenesis.detect.thresholds import HALF, Thresholds
from polygenesis.errors import bad_argument

if TYPE_CHECKING:
    import pandas as pd


class Fate(enum.Enum):
    """What became of a collision. The value is the sentence shown to a reader."""

    SURVIVED = "Both features settled on the neuron where they met, with the signs' relation unchanged."
    TURNED = "Both features settled on the neuron where they met, but one of them changed its sign."
    ONE_LEFT = "One feature settled on the neuron where they met, the other elsewhere."
    BOTH_LEFT = "Both features settled elsewhere, on different neurons."
    MOVED_TOGETHER = "Both features settled elsewhere, on the same neuron."
    DIED = "At least one of the two features lost all its weights."
    UNDECIDED = "At least one of the two features is alive but has not settled."


FATES = tuple(Fate)
"""The fates in the order of the codes in ``Fates.fate``."""


@dataclass(frozen=True, eq=False, repr=False)
class Fates:
    """What became of every collision at the start. The last axis of two is (first, second feature).

    ``start``: the collisions at the start (c of them). ``fate`` (c,): positions in ``FATES``. ``left`` (c,
    2): settled on another neuron. ``destination`` (c, 2): the neuron where each settled, −1 if it died or
    did not settle. ``occupied`` (c, 2): whether another settled feature is there too at the end.
    ``left_at`` (c, 2): the first saved time from which a feature that left or died no longer leads on the
    neuron, for good; ``dissolved_at`` (c,): the same for the pair, whatever its fate. NaN without a
    trajectory and where it did not happen within it.

    ``end``: the pairs of settled features that share a neuron at the end. ``made``: those of them that did
    not collide there at the start, and ``made_at``: the first saved time from which both lead there, for
    good.
    """

    start: Collisions
    fate: NDArray[np.int8]
    left: Booleans
    destination: Indices
    occupied: Booleans
    left_at: Floats
    dissolved_at: Floats
    end: Collisions
    made: Collisions
    made_at: Floats

    @property
    def counts(self) -> Integers:
        """Number of collisions by replicate, sign (0: opposite, 1: same) and fate, (r, 2, fates)."""
        counts = np.zeros((self.start.replicates, 2, len(FATES)), dtype=np.int64)
        np.add.at(counts, (self.start.replicate, (~self.start.opposite).astype(int), self.fate), 1)
        return counts

    def count(self, fate: Fate, *, opposite: bool) -> Integers:
        """Return the number of collisions of one sign that met one fate, (r,).

        Args:
            fate: one of :class:`polygenesis.detect.Fate`.
            opposite: whether to count collisions of opposite signs; false counts those of the same sign.
        """
        return self.counts[:, 0 if opposite else 1, FATES.index(fate)]

    def summary(self) -> pd.DataFrame:
        """Return a table of sign × fate: pairs in all replicates, their share of the sign, the sentence."""
        import pandas as pd

        counts = self.counts.sum(axis=0)
        rows = [
            {
                "sign": sign,
                "fate": fate.name.lower(),
                "pairs": counts[index, code],
                "share": counts[index, code] / max(counts[index].sum(), 1),
                "meaning": fate.value,
            }
            for index, sign in enumerate(("opposite", "same"))
            for code, fate in enumerate(FATES)
        ]
        return pd.DataFrame(rows)

    def to_dataframe(self) -> pd.DataFrame:
        """Return a pandas table with one row per collision at the start."""
        table = self.start.to_dataframe().assign(fate=[FATES[code].name.lower() for code in self.fate])
        for column, which in enumerate(("first", "second")):
            for name in ("left", "destination", "occupied", "left_at"):
                table[f"{which}_{name}"] = getattr(self, name)[:, column]
        return table.assign(dissolved_at=self.dissolved_at)

    def __repr__(self) -> str:
        totals = self.counts.sum(axis=0)
        lines = [
            f"  {sign}: " + ", ".join(f"{n} {fate.name.lower()}" for n, fate in zip(row, FATES, strict=True) if n)
            for sign, row in zip(("opposite signs", "same sign"), totals, strict=True)
        ]
        ends = f"{len(self.end)} at the end, {len(self.made)} of them made later"
        head = f"Fates({len(self.start)} collisions at the start, {ends})"
        return "\n".join([head, *lines])

    def _repr_html_(self) -> str:
        return views.summary_html(self.summary(), repr(self).split("\n")[0])


def follow(initial: Any, final: Any, trajectory: Any = None, times: Any = None, thresholds: Thresholds = HALF) -> Fates:
    """Follow every collision at the start to its end.

    ``initial``, ``final``: (r, n, m) or (n, m). A collision at the start is a pair with the same top
    neuron; at the end, a feature is where the census says that it settled. ``trajectory`` (r, T, n, m) and
    ``times`` (T,) say when, to the resolution of the saved times; without times, their indices. A dead or
    split feature at the end is a fate of its own. Raises :class:`polygenesis.InputError` for shapes that
    disagree, NaN, and times that do not increase.

    Args:
        initial: weights at the start, (r, n, m) or (n, m).
        final: weights at the end, shaped alike.
        trajectory: weights at the saved times, (r, T, n, m).
        times: (T,), increasing, in any clock; by default the indices of the saved times.
        thresholds: from which weight on a neuron carries a feature, and when a feature is dead.

    >>> print(str(follow([[0.5, 0.1], [-0.4, 0.2]], [[1.0, 0.0], [-1.0, 0.0]])).splitlines()[1].strip())
    opposite signs: 1 survived
    """
    first, last = start_and_end(initial, final)
    at_end = census(last, thresholds)
    start, end = pairs_that_led(leads_of(first)), shared_pairs(at_end)
    made = end.select(~_also_in(end, start))
    path, clock = _path(trajectory, times, first)
    features = np.stack([start.first, start.second], axis=1)
    settled, destination, occupied = _settlements(at_end, start.replicate[:, None], features)
    left = settled & (destination != start.neuron[:, None])
    dead = _dead(at_end)[start.replicate[:, None], features]
    on_neuron = _leads_on(path, start)
    return Fates(
        start=start,
        fate=_fates(start, at_end, settled, destination, dead),
        left=left,
        destination=destination,
        occupied=occupied,
        left_at=np.where(left | dead, _gone(on_neuron, clock), np.nan),
        dissolved_at=_gone(np.asarray(on_neuron.all(axis=1)), clock),
        end=end,
        made=made,
        made_at=_gone(np.asarray(~_leads_on(path, made).all(axis=1)), clock),
    )


def _fates(
    start: Collisions, at_end: Census, settled: Booleans, destination: Indices, dead: Booleans
) -> NDArray[np.int8]:
    """The fate of each collision, (c,), from where its two features settled, (c, 2) each."""
    stayed = settled & (destination == start.neuron[:, None])
    signs = at_end.sign[start.replicate, start.first], at_end.sign[start.replicate, start.second]
    unchanged = (signs[0] != signs[1]) == start.opposite
    tests = [  # in this order: the first that holds decides
        (Fate.DIED, dead.any(axis=1)),
        (Fate.UNDECIDED, ~settled.all(axis=1)),
        (Fate.SURVIVED, stayed.all(axis=1) & unchanged),
        (Fate.TURNED, stayed.all(axis=1)),
        (Fate.ONE_LEFT, stayed.any(axis=1)),
        (Fate.MOVED_TOGETHER, destination[:, 0] == destination[:, 1]),
    ]
    codes = [FATES.index(fate) for fate, _ in tests]
    return np.select([holds for _, holds in tests], codes, FATES.index(Fate.BOTH_LEFT)).astype(np.int8)


def _settlements(at_end: Census, replicate: Indices, feature: Indices) -> tuple[Booleans, Indices, Booleans]:
    """Whether features settled, on which neuron, and whether another settled feature is there."""
    settled = at_end.settled[replicate, feature]
    destination = np.where(settled, at_end.neuron[replicate, feature], NOWHERE)
    occupied = settled & (at_end.settled_features_per_neuron[replicate, destination] >= 2)
    return settled, destination, occupied


def _dead(at_end: Census) -> Booleans:
    return np.asarray(at_end.feature_state == FEATURE_STATES.index(FeatureState.DEAD))


def _also_in(these: Collisions, those: Collisions) -> Booleans:
    """Which of these pairs are among those, on the same neuron of the same replicate."""
    known = set(
        zip(
            *(getattr(those, name).tolist() for name in ("replicate", "neuron", "first", "second")),
            strict=True,
        )
    )
    mine = zip(*(getattr(these, name).tolist() for name in ("replicate", "neuron", "first", "second")), strict=True)
    return np.array([pair in known for pair in mine], dtype=bool)


def _path(trajectory: Any, times: Any, first: Weights) -> tuple[Indices, Floats]:
    """Top neurons along the trajectory, (r, T, n), and the times (T,); T is 0 without a trajectory."""
    r, n, m = first.shape
    if trajectory is None:
        if times is not None:
            raise bad_argument("times", "come with a `trajectory`", times)
        return np.zeros((r, 0, n), dtype=np.intp), np.zeros(0)
    path, clock = trajectory_and_times(trajectory, times)
    if (path.shape[0], *path.shape[2:]) != (r, n, m):
        raise bad_argument("trajectory", f"have shape (r, T, n, m) = ({r}, T, {n}, {m})", f"shape {path.shape}")
    return leads_of(path).neuron, clock


def _leads_on(path: Indices, pairs: Collisions) -> Booleans:
    """Whether each feature of each pair leads on the pair's neuron at each saved time, (c, 2, T)."""
    both = [path[pairs.replicate, :, feature] == pairs.neuron[:, None] for feature in (pairs.first, pairs.second)]
    return np.stack(both, axis=1)


def _gone(present: Booleans, clock: Floats) -> Floats:
    """The first time from which something is absent for good, (…, T) → (…): NaN if it is there at the end."""
    if not len(clock):
        return np.full(present.shape[:-1], np.nan)
    since = np.where(present.any(axis=-1), len(clock) - present[..., ::-1].argmax(axis=-1), 0)
    return np.asarray(np.append(clock, np.nan)[since])
