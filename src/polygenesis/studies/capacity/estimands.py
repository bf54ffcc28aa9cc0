"""What each claim on forced, incidental and superposed features estimates.

Starts are independent, and cells of one width share them.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from polygenesis import stats, theory
from polygenesis.arrays import Floats
from polygenesis.studies import paired
from polygenesis.studies.capacity.cells import Cell
from polygenesis.studies.claim import Reading, read, too_little
from polygenesis.studies.evidence import Clustered, Counted, pool, sure
from polygenesis.studies.margin import LEVEL
from polygenesis.studies.paired import Drawn
from polygenesis.studies.starts import Sample
from polygenesis.studies.wording import out_of


def of(found: Sequence[Cell], role: str, at: float | None = None) -> list[Cell]:
    """Keep the cells of a role, at one width or at all."""
    return [cell for cell in found if cell.role == role and (at is None or cell.room == at)]


def roomy(found: Sequence[Cell], role: str) -> list[Cell]:
    """Keep the cells of a role with a slot for every feature."""
    return [cell for cell in of(found, role) if not cell.is_crowded]


def tight(found: Sequence[Cell]) -> list[Cell]:
    """Keep the cells with more features than slots."""
    return [cell for cell in found if cell.is_crowded]


def between(found: Sequence[Cell]) -> list[Cell]:
    """The widths at which some sharing is forced and some is not."""
    return [cell for cell in of(found, "penalty") if 0.5 < cell.room < 1]


def written(room: float) -> str:
    """Write a width in units of n.

    >>> written(0.4375), written(1), written(1.5), written(8)
    ('7n/16', 'n', '3n/2', '8n')
    """
    ratio = Fraction(room).limit_denominator(64)
    top = "n" if ratio.numerator == 1 else f"{ratio.numerator}n"
    return top if ratio.denominator == 1 else f"{top}/{ratio.denominator}"


def excess(found: Sequence[Cell]) -> list[Reading]:
    """The sharing that is not forced, by width."""
    return [_excess(cell) for cell in between(found)]


def _excess(cell: Cell) -> Reading:
    room = written(cell.room)
    if len(cell.counts) < 2:
        return too_little(f"Only {len(cell.counts)} networks at m = {room} converged.", [cell], room=room)
    chance = float(theory.incidental_excess(cell.n, cell.m))
    return read(stats.mean(cell.counts - cell.forced), [cell], room=room, forced=cell.forced, chance=chance)


def slots(found: Sequence[Cell]) -> list[Reading]:
    """The count over the slot model, by width."""
    return [_slots(cell) for cell in [*between(found), *of(found, "penalty", at=1)]]


def _slots(cell: Cell) -> Reading:
    room = written(cell.room)
    if len(cell.counts) < 2 or not cell.counts.any():
        return too_little(f"Only {len(cell.counts)} networks at m = {room} converged.", [cell], room=room)
    ratio = stats.ratio_to_prediction(cell.counts, theory.slot_model(cell.n, cell.m).mean, level=LEVEL)
    return read(ratio, [cell], room=room)


def placed(found: Sequence[Cell]) -> Reading:
    """Share of networks that converge where there are slots enough."""
    cells = roomy(found, "penalty")
    done, every = sum(int(cell.usable.sum()) for cell in cells), sum(len(cell.usable) for cell in cells)
    each = {_name(cell): Counted(int(cell.usable.sum()), len(cell.usable)) for cell in cells}
    return read(pool(Counted(done, every), each), cells, networks=out_of(done, every, "networks").capitalize())


def peak(found: Sequence[Cell]) -> Reading:
    """The excess at m = n less that of the nearest rival."""
    cells = [cell for cell in roomy(found, "penalty") if len(cell.counts) > 1]
    here, others = [cell for cell in cells if cell.room == 1], [cell for cell in cells if cell.room != 1]
    if not here or not others:
        return too_little("There are too few widths with results.", cells)
    top = here[0].counts - here[0].forced
    gaps = [(stats.difference(top, cell.counts - cell.forced, level=LEVEL), cell) for cell in others]
    least, rival = min(gaps, key=lambda gap: gap[0].lower)
    return read(least, cells, top=top.mean(), n=here[0].n, rival=written(rival.room))


def weak(found: Sequence[Cell]) -> Reading:
    """The count under a weak penalty over that under the usual one, where no sharing is forced."""
    pairs = [(cell, of(found, "penalty", at=cell.room)[0]) for cell in of(found, "weak") if not cell.forced]
    pairs = [(a, b) for a, b in pairs if min(len(a.counts), len(b.counts)) > 1 and b.counts.any()]
    judged = [cell for pair in pairs for cell in pair]
    if not any(a.counts.any() for a, _ in pairs):
        return too_little("There are too few networks to compare.", judged)
    together = paired.ratio_of_sums([(a.counted, b.counted, len(a.counts)) for a, b in pairs], counted=True)
    cells = {_name(a): paired.ratio(a.counted, b.counted, counted=True) for a, b in pairs if a.counts.any()}
    return read(pool(together, cells), judged)


def removed(found: Sequence[Cell]) -> Reading:
    """Share of features that leave their neuron once the penalty is gone."""
    cells = roomy(found, "penalty")
    moved = np.concatenate([cell.moved for cell in cells])
    sizes = np.concatenate([np.full(len(cell.moved), cell.n) for cell in cells])
    if not len(moved):
        return too_little("No network converged.", cells)
    features = out_of(int(moved.sum()), int(sizes.sum()), "features").capitalize()
    each = {_name(cell): Clustered(cell.moved, np.full(len(cell.moved), cell.n)) for cell in cells if len(cell.moved)}
    return read(pool(Clustered(moved, sizes), each), cells, features=features)


def spent(found: Sequence[Cell]) -> Reading:
    """Settled features under a strong penalty less those under a weak one at the same ∫λ dt, where they differ most."""
    cut = of(found, "cut")
    pairs = [
        (weak, strong)
        for weak in cut
        for strong in cut
        if strong.spent == weak.spent and strong.spec.penalty.strength > weak.spec.penalty.strength
    ]
    gaps = [
        (weak.spent, paired.difference(strong.sample(strong.settled / strong.n), weak.sample(weak.settled / weak.n)))
        for weak, strong in pairs
    ]
    return _farthest(cut, gaps)


def frozen(found: Sequence[Cell]) -> list[Reading]:
    """Settled features after a free phase less those at the cut, where they differ most, by λ."""
    cut = of(found, "cut")
    return [
        _frozen([cell for cell in cut if cell.spec.penalty.strength == strength], strength)
        for strength in sorted({cell.spec.penalty.strength for cell in cut})
    ]


def _frozen(cells: Sequence[Cell], strength: float) -> Reading:
    gaps = [(cell.spent, paired.mean(cell.sample((cell.later - cell.settled) / cell.n))) for cell in cells]
    return _farthest(cells, gaps, strength)


def _farthest(cells: Sequence[Cell], gaps: Sequence[tuple[float, Drawn]], strength: float | None = None) -> Reading:
    """The gap that reaches farthest: all lie within the margin if and only if it does."""
    if not gaps:
        return too_little("No penalty was cut off.", cells)
    at, gap = max(gaps, key=lambda each: max(abs(each[1].estimate.lower), abs(each[1].estimate.upper)))
    return read(sure(gap), cells, at=at, strength=strength)


def independent(found: Sequence[Cell]) -> Reading:
    """Networks without a penalty that lose rank."""
    free = of(found, "none")
    lost = sum(int((cell.rank < min(cell.n, cell.m)).sum()) for cell in free)
    every = sum(len(cell.rank) for cell in free)
    networks = out_of(lost, every, "networks without a penalty").capitalize()
    each = {_name(cell): Counted(int((cell.rank < min(cell.n, cell.m)).sum()), len(cell.rank)) for cell in free}
    return read(pool(Counted(lost, every), each), free, networks=networks, have="have" if lost > 1 else "has")


def capacity(found: Sequence[Cell]) -> Reading:
    """The shared dimensions without a penalty over those with one."""
    pairs = [
        (cell, of(found, "penalty", at=cell.room)[0])
        for cell in roomy(found, "none")
        if cell.room >= 2 and of(found, "penalty", at=cell.room)
    ]
    pairs = [(free, held) for free, held in pairs if min(len(free.shared), int(held.usable.sum())) > 1]
    judged = [cell for pair in pairs for cell in pair]
    if not pairs:
        return too_little("There are too few networks to compare.", judged)
    values = [(free.sample(free.shared), held.sample(held.shared[held.usable], held.usable)) for free, held in pairs]
    if min(sum(each[side].mean for each in values) for side in (0, 1)) <= 0:
        return too_little("No dimension is shared.", judged)
    together = paired.ratio_of_sums([(*each, 1.0) for each in values])
    cells = {
        _name(free): paired.ratio(*value)
        for (free, _), value in zip(pairs, values, strict=True)
        if min(part.mean for part in value) > 0
    }
    ends = (0, -1)
    each = "; ".join(f"{values[k][0].mean:.3g} and {values[k][1].mean:.3g} at m = {pairs[k][0].m}" for k in ends)
    return read(pool(together, cells), judged, each=each)


def cheaper(found: Sequence[Cell]) -> list[Reading]:
    """The loss a feature without a slot, by width."""
    return [_cheaper(cell) for cell in tight(found) if cell.role == "none"]


def _cheaper(cell: Cell) -> Reading:
    room = written(cell.room)
    if len(cell.loss) < 2:
        return too_little(f"There is only one network at m = {room}.", [cell], room=room)
    known = float(theory.least_known_loss(cell.n, cell.m)) / cell.unplaced
    best = cell.loss.min() / cell.unplaced
    return read(stats.mean(cell.loss / cell.unplaced), [cell], room=room, best=best, known=known)


def at_rest(found: Sequence[Cell]) -> Reading:
    """Share of networks without slots enough that come to rest."""
    cells = tight(found)
    resting, every = sum(int(cell.resting.sum()) for cell in cells), sum(len(cell.resting) for cell in cells)
    if not every:
        return too_little("There is no such width.")
    each = {_name(cell, cell.role): Counted(int(cell.resting.sum()), len(cell.resting)) for cell in cells}
    rest = [cell.sample(cell.resting) for cell in cells]
    together = Clustered(_flat(rest), np.ones(every), tuple(start for part in rest for start in part.starts))
    return read(pool(together, each), cells, networks=out_of(resting, every, "networks").capitalize())


def death(found: Sequence[Cell]) -> Reading:
    """Dead features of those without a slot."""
    cells = tight(found)
    if not cells:
        return too_little("There is no such width.")
    parts = [cell.sample(cell.dead) for cell in cells]
    dead, starts = _flat(parts), tuple(start for part in parts for start in part.starts)
    spare = np.concatenate([np.full(len(cell.dead), cell.unplaced) for cell in cells])
    each = {_name(cell, cell.role): Clustered(cell.dead, np.full(len(cell.dead), cell.unplaced)) for cell in cells}
    together = Clustered(dead, spare, starts)
    return read(pool(together, each), cells, spare=int(spare.sum()), dead=int(dead.sum()))


def _flat(samples: Sequence[Sample]) -> Floats:
    return np.concatenate([each.values for each in samples])


def full(found: Sequence[Cell]) -> Reading:
    """The sum of the features' capacities over the dimensions."""
    return _mean(tight(found), [cell.capacity / cell.m for cell in tight(found)])


def _mean(cells: Sequence[Cell], parts: Sequence[Floats]) -> Reading:
    samples = {cell: cell.sample(part) for cell, part in zip(cells, parts, strict=True) if len(part) > 1}
    if not samples:
        return too_little("There are too few networks.", cells)
    each = {_name(cell, cell.role): sure(paired.mean(part)) for cell, part in samples.items()}
    return read(pool(paired.mean_of(list(samples.values())), each), cells)


def _name(cell: Cell, role: str = "") -> str:
    way = {"none": " without a penalty", "penalty": " with one"}.get(role, "")
    return f"m = {written(cell.room)}{way}"
