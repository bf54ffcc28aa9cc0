"""Which networks start from the same weights: read off the specs, so that the judge knows which cells are paired."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.spec import RunSpec

Draw = tuple[int, str, str]
"""Root seed, stream and first parameter of a start."""

Start = tuple[int, str, str, int]
"""A draw and the replicate: one network's initial weights."""


def draw_of(spec: RunSpec) -> Draw:
    """Return what specs with the same initial weights have in common."""
    return spec.seed, spec.streams.start, next(iter(spec.model.shapes))


def share_starts(specs: Iterable[RunSpec]) -> bool:
    """Whether two of several different specs start from the same weights.

    >>> from polygenesis import L1, TiedAutoencoder
    >>> specs = [RunSpec(TiedAutoencoder(4, 8), penalty=L1(each)) for each in (0.1, 0.2)]
    >>> share_starts(specs), share_starts([specs[0], specs[1].replace(seed=1)])
    (True, False)
    """
    different = {spec.key: spec for spec in specs}
    return len({draw_of(spec) for spec in different.values()}) < len(different)


def starts_of(spec: RunSpec, count: int, kept: Any = None) -> tuple[Start, ...]:
    """Return the starts of ``count`` replicates of a spec: the first ones, or those that are ``kept`` (a mask)."""
    places = range(count) if kept is None else np.flatnonzero(kept)
    if len(places) != count:
        raise ValueError(f"There are {count} values, but {len(places)} replicates are kept.")
    return tuple((*draw_of(spec), int(each)) for each in places)


@dataclass(frozen=True, eq=False)
class Sample:
    """One value a network of one cell, each with its start: ``values`` (k,), ``starts`` (k)."""

    values: Floats
    starts: tuple[Start, ...]

    @classmethod
    def of(cls, spec: RunSpec, values: Any, kept: Any = None) -> Sample:
        """Take the values of a spec's replicates: of the first ones, or of those that are ``kept`` (a mask)."""
        found = np.asarray(values, dtype=np.float64)
        return cls(found, starts_of(spec, len(found), kept))

    def __len__(self) -> int:
        return len(self.values)

    @property
    def mean(self) -> float:
        """The mean."""
        return float(self.values.mean())

    @property
    def total(self) -> float:
        """The sum."""
        return float(self.values.sum())


FEW_COUNTS = 10
"""Below this many counts in all, how far they depend within a start cannot be told, and the most is assumed."""


def design_effect(samples: Sequence[Sample]) -> float:
    """Return how many times larger the variance of a total may be than that of independent cells, at least 1.

    Deviations from each cell's mean, summed by start (Kish, Survey Sampling, 1965). It is at most the number of cells
    that share a start, which is returned where there are fewer than :data:`FEW_COUNTS` counts. Cases within one network
    are another matter: :func:`polygenesis.studies.shares.too_few_to_tell`.
    """
    most = max(Counter(start for each in samples for start in each.starts).values(), default=1)
    apart, together = 0.0, Counter[Start]()
    for each in samples:
        gaps = each.values - each.mean if len(each) else each.values
        apart += float((gaps**2).sum())
        together.update(dict(zip(each.starts, gaps.tolist(), strict=True)))
    if sum(each.total for each in samples) < FEW_COUNTS or not apart:
        return float(most)
    return float(np.clip(sum(gap**2 for gap in together.values()) / apart, 1.0, most))
