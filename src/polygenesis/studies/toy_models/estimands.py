"""What each claim on toy models of superposition estimates; networks are independent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from polygenesis import stats
from polygenesis.arrays import Booleans
from polygenesis.numerals import percent
from polygenesis.studies import paired
from polygenesis.studies.capacity.estimands import written
from polygenesis.studies.claim import Reading, read, too_little
from polygenesis.studies.counts import ratio
from polygenesis.studies.evidence import Clustered, Counted, Evidence, Exact, pool, sure
from polygenesis.studies.margin import LEVEL
from polygenesis.studies.starts import Sample, Start, starts_of
from polygenesis.studies.toy_models.geometry import FRACTIONS, STICKY, Arrangement, Toy, by_chance
from polygenesis.studies.toy_models.phases import PhaseCell
from polygenesis.studies.toy_models.plan import FEW, Way
from polygenesis.studies.toy_models.widths import Width
from polygenesis.studies.wording import out_of

ON = 1 - STICKY
"""Dimensionality from which a feature has a dimension to itself; 1 − ON is that up to which it has none."""

CROWD = 0.1
"""Largest density at which more features than dimensions are to be represented."""

_MODELS = {"pair": "two features in one dimension", "triple": "three features in two dimensions"}


@dataclass(frozen=True, eq=False)
class Found:
    """What the study measured: toys by density, cells of the phase diagrams, and networks of every width."""

    falling: tuple[Toy, ...]
    equal: tuple[Toy, ...]
    five: tuple[Toy, ...]
    phases: tuple[PhaseCell, ...]
    widths: tuple[Width, ...]

    def cells(self, role: str) -> list[PhaseCell]:
        """The cells of one phase diagram."""
        return [each for each in self.phases if each.role == role]

    def trained(self, way: Way) -> list[Width]:
        """The networks of every width that were trained in one way, the narrowest first."""
        return sorted((each for each in self.widths if each.way == way), key=lambda each: each.room)


def as_dense(toy: Toy) -> Booleans:
    """Return which features have what a dense network gives them: the first m a dimension, the others none, (r, n)."""
    first = np.arange(toy.dimensionality.shape[1]) < toy.m
    return np.asarray(np.where(first, toy.dimensionality >= ON, toy.dimensionality <= 1 - ON))


def dense(found: Found) -> Reading:
    """Share of always active features that have what their importance gives them."""
    toys = [each for each in found.falling if each.density == 1]
    right = np.concatenate([as_dense(each).sum(axis=1) for each in toys])
    every = np.concatenate([np.full(len(each.weights), each.weights.shape[1]) for each in toys])
    features = out_of(int(right.sum()), int(every.sum()), "features").capitalize()
    return read(Clustered(right, every, _starts(toys)), toys, features=features)


def crowded(found: Found) -> Reading:
    """Share of sparse networks that represent more features than they have dimensions."""
    toys = [each for each in (*found.falling, *found.equal) if each.density <= CROWD]
    more = [each.represented.sum(axis=1) > each.m for each in toys]
    hits, cases = sum(int(each.sum()) for each in more), sum(len(each) for each in more)
    cells = {_name(toy): Counted(int(each.sum()), len(each)) for toy, each in zip(toys, more, strict=True)}
    together = Clustered(np.concatenate(more), np.ones(cases, dtype=int), _starts(toys))
    return read(pool(together, cells), toys, networks=out_of(hits, cases, "networks").capitalize())


def plateau(found: Found) -> Reading:
    """Ratio of the ends of the widest range of densities in which D* stays near 1/2."""
    toys = sorted(found.equal, key=lambda each: -each.density)
    on = [bool(abs(each.per_feature.mean() - FRACTIONS["digon"]) <= STICKY) for each in toys]
    best, low, high = 0.0, 0.0, 0.0
    for first in range(len(on)):
        last = next((k for k in range(first, len(on)) if not on[k]), len(on)) - 1
        if last >= first and toys[first].density / toys[last].density > best:
            best = low = toys[first].density / toys[last].density
            before, after = max(first - 1, 0), min(last + 1, len(on) - 1)
            high, ends = toys[before].density / toys[after].density, (toys[last].density, toys[first].density)
    if not best:
        return too_little("No density that was trained has a D* near 1/2.", toys)
    return read(Exact(best, low, high), toys, least=ends[0], most=ends[1])


def polytopes(found: Found) -> list[Reading]:
    """Share of represented features with the dimensionality of a uniform polytope, by density."""
    least = min(FRACTIONS.values())
    return [_polytopes(each) for each in found.equal if each.density < 1 and each.per_feature.mean() >= least]


def _polytopes(toy: Toy) -> Reading:
    evidence = Clustered(toy.on_polytope.sum(axis=1), toy.represented.sum(axis=1))
    return read(evidence, [toy], density=toy.density, chance=100 * by_chance(), mean=toy.per_feature.mean())


def pentagons(found: Found) -> Reading:
    """Share of networks of five sparse features that are pentagons."""
    return _arranged(found, FEW[2], "pentagon")


def pairs(found: Found) -> Reading:
    """Share of networks of five features of moderate density that are two antipodal pairs."""
    return _arranged(found, FEW[1], "two pairs")


def _arranged(found: Found, density: float, kind: Arrangement) -> Reading:
    toys = [each for each in found.five if each.density == density]
    names = [name for each in toys for name in each.arrangements]
    hits = sum(name == kind for name in names)
    others = {name: names.count(name) for name in sorted(set(names) - {kind})}
    said = "; the others: " + ", ".join(f"{number} {name}" for name, number in others.items()) if others else ""
    return read(
        Counted(hits, len(names)), toys, networks=out_of(hits, len(names), "networks").capitalize(), others=said
    )


def full(found: Found) -> Reading:
    """The sum of the features' dimensionalities over the dimensions, by density and by width below n."""
    toys = [each for each in found.equal if len(each.weights) > 1]
    narrow = [each for each in found.trained("toy") if each.forced]
    parts = [Sample.of(each.spec, each.dimensionality.sum(axis=1) / each.m) for each in toys]
    parts += [Sample.of(each.spec, (each.n - each.shared) / each.m) for each in narrow]
    names = [*map(_name, toys), *(f"n = {each.n}, {_at(each)}" for each in narrow)]
    return read(_means(names, parts), [*toys, *narrow])


def phases(found: Found) -> list[Reading]:
    """Share of cells in which training finds the phase of least loss, by model."""
    return [_phases(found.cells(role), name) for role, name in _MODELS.items()]


def _phases(cells: Sequence[PhaseCell], model: str) -> Reading:
    """A grid's cells are all there are, and no draws: their share has no interval."""
    hits = sum(each.agrees for each in cells)
    share = hits / len(cells)
    return read(Exact(share), cells, model=model, cells=out_of(hits, len(cells), "cells"), part=percent(share))


def none(found: Found) -> Reading:
    """Dimensions that sparse features share, a feature, where there is one for each."""
    kept = [each for each in found.trained("toy") if not each.forced]
    parts = [Sample.of(each.spec, each.shared / each.n) for each in kept]
    return read(_means([_at(each) for each in kept], parts), kept)


def chance(found: Found) -> Reading:
    """Shared neurons over random slots, where there is a neuron for each feature and a penalty."""
    kept = [each for each in found.trained("L1") if not each.forced and len(each.counts) > 1]
    if not kept or not any(each.counts.any() for each in kept):
        return too_little("Too few networks converged with a shared neuron.", kept)
    counts = np.concatenate([each.counts for each in kept])
    told = np.concatenate([np.full(len(each.counts), each.chance) for each in kept])
    cells = {_at(each): ratio(each.counts, each.chance) for each in kept}
    together = stats.ratio_to_prediction(counts, told, robust=True, level=LEVEL)
    means = "; ".join(
        f"{each.counts.mean():.3g} of {each.n} at m = {written(each.room)}, n²/4m = {each.n**2 / 4 / each.m:.3g}"
        for each in (kept[0], kept[-1])
    )
    return read(pool(together, cells), kept, means=means)


def met(found: Found) -> Reading:
    """Dimensions that one-hot features share without a penalty over those that sparse features share, by difference."""
    ways = {way: [each for each in found.trained(way) if not each.forced] for way in ("one-hot", "toy")}
    pairs = list(zip(ways["one-hot"], ways["toy"], strict=True))
    gaps = [(paired.difference(_share(alone), _share(toy)), alone, toy) for alone, toy in pairs]
    gap, alone, toy = min(gaps, key=lambda each: each[0].estimate.lower)
    return read(sure(gap), [alone, toy], room=written(alone.room))


def _share(each: Width) -> Sample:
    return Sample.of(each.spec, each.shared / each.n)


def _means(names: Sequence[str], parts: Sequence[Sample]) -> Evidence:
    """The mean over all networks, and that of each cell."""
    cells: dict[str, Evidence | None] = {name: sure(paired.mean(part)) for name, part in zip(names, parts, strict=True)}
    return pool(sure(paired.mean_of(parts)), cells)


def _starts(toys: Sequence[Toy]) -> tuple[Start, ...]:
    """The start of each network, one toy after the other."""
    return tuple(start for each in toys for start in starts_of(each.spec, len(each.weights)))


def _name(toy: Toy) -> str:
    return f"n = {toy.weights.shape[1]}, p = {toy.density:g}"


def _at(each: Width) -> str:
    return f"m = {written(each.room)}"
