"""Every claim on forced, incidental and superposed features, tested; replicates are independent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from polygenesis import stats, theory
from polygenesis.arrays import Floats
from polygenesis.stats.estimate import pivotal
from polygenesis.studies.base import Claim, Judgement, Verdict
from polygenesis.studies.capacity import claims
from polygenesis.studies.capacity.cells import Cell
from polygenesis.studies.judging import ALPHA, Tested, blurred, judge, judge_family, undecided, worded
from polygenesis.studies.shares import share_agrees
from polygenesis.studies.wording import out_of


def judgements(found: Sequence[Cell]) -> list[Judgement]:
    """Judge every claim of this study."""
    roomy = [cell for cell in found if not cell.is_crowded]
    tight = [cell for cell in found if cell.is_crowded]
    return [
        *judge_family([excess(cell) for cell in between(found)]),
        *judge_family([slots(cell) for cell in [*between(found), *of(found, "penalty", at=1)]]),
        placed(of(roomy, "penalty")),
        peak(of(roomy, "penalty")),
        weak(found),
        removed(of(roomy, "penalty")),
        spent(of(found, "cut")),
        frozen(of(found, "cut")),
        independent(of(found, "none")),
        capacity(roomy),
        *judge_family([cheaper(cell) for cell in of(tight, "none")]),
        at_rest(tight),
        missing_norm(tight),
        death(tight),
        full(tight),
    ]


def of(found: Sequence[Cell], role: str, at: float | None = None) -> list[Cell]:
    """Keep the cells of a role, at one width or at all."""
    return [cell for cell in found if cell.role == role and (at is None or cell.room == at)]


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


def excess(cell: Cell) -> Tested:
    """Test the sharing that is not forced at one width."""
    claim, room = claims.excess(written(cell.room)), written(cell.room)
    if len(cell.counts) < 2:
        return claim, None, f"Only {len(cell.counts)} networks at m = {room} converged."
    over = stats.mean(cell.counts - cell.forced)
    sentence = (
        f"At m = {room}, {cell.forced} shared neurons are forced and {{found}} more are there "
        f"({float(theory.incidental_excess(cell.n, cell.m)):.3g} by random slots)."
    )
    return claim, stats.agrees(over, 0.5, math.inf), sentence


def slots(cell: Cell) -> Tested:
    """Test the count against the slot model at one width."""
    claim, room = claims.slots(written(cell.room)), written(cell.room)
    if len(cell.counts) < 2 or not cell.counts.any():
        return claim, None, f"Only {len(cell.counts)} networks at m = {room} converged."
    test = stats.ratio_agrees(cell.counts, theory.slot_model(cell.n, cell.m).mean, 0.10)
    return claim, test, f"At m = {room} the count is {{found}} times that of random slots."


def placed(roomy: Sequence[Cell]) -> Judgement:
    """Test whether networks converge wherever there are slots enough."""
    done, every = [int(cell.usable.sum()) for cell in roomy], [len(cell.usable) for cell in roomy]
    test = stats.proportion_agrees(sum(done), sum(every), 0.98, 1.0)
    return judge(
        claims.PLACED,
        test,
        f"{out_of(sum(done), sum(every), 'networks').capitalize()} with n ≤ 2m converged {{tally}}.",
    )


def peak(roomy: Sequence[Cell]) -> Judgement:
    """Test the excess at m = n against the nearest rival."""
    here = [cell for cell in roomy if cell.room == 1 and len(cell.counts) > 1]
    others = [cell for cell in roomy if cell.room != 1 and len(cell.counts) > 1]
    if not here or not others:
        return undecided(claims.PEAK, "There are too few widths with results.")
    top = here[0].counts - here[0].forced
    gaps = [(stats.difference(top, cell.counts - cell.forced, level=1 - 2 * ALPHA), cell) for cell in others]
    least, rival = min(gaps, key=lambda gap: gap[0].lower)
    sentence = (
        f"The excess at m = n is {top.mean():.3g} of {here[0].n} neurons, {{found}} more than at "
        f"m = {written(rival.room)}, the width that comes nearest."
    )
    return judge(claims.PEAK, stats.agrees(least, 0.0, math.inf), sentence)


def weak(found: Sequence[Cell]) -> Judgement:
    """Test the count under a weak penalty against that under the usual one."""
    pairs = [(cell, of(found, "penalty", at=cell.room)[0]) for cell in of(found, "weak")]
    pairs = [(a, b) for a, b in pairs if min(len(a.counts), len(b.counts)) > 1 and b.counts.any()]
    if not pairs:
        return undecided(claims.WEAK, "There are too few networks to compare.")
    counts = np.concatenate([a.counts for a, _ in pairs])
    told = np.concatenate([np.full(len(a.counts), b.counts.mean()) for a, b in pairs])
    variance = sum((len(a.counts) * b.counts.std(ddof=1)) ** 2 / len(b.counts) for a, b in pairs)
    ratio = stats.ratio_to_prediction(counts, told, robust=True, level=1 - 2 * ALPHA)
    test = stats.agrees(blurred(ratio, math.sqrt(variance) / float(told.sum())), 0.90, 1.10)
    return judge(claims.WEAK, test, "The count under the weaker penalty is {found} times that under the usual one.")


def removed(roomy: Sequence[Cell]) -> Judgement:
    """Test whether features stay where they are once the penalty is gone."""
    moved = np.concatenate([cell.moved for cell in roomy])
    sizes = np.concatenate([np.full(len(cell.moved), cell.n) for cell in roomy])
    if not len(moved):
        return undecided(claims.REMOVED, "No network converged.")
    text = f"{out_of(int(moved.sum()), int(sizes.sum()), 'features').capitalize()} changed neuron without the penalty"
    return judge(claims.REMOVED, share_agrees(moved, sizes, 0.0, 0.01), f"{text} {{tally}}.")


def spent(cut: Sequence[Cell]) -> Judgement:
    """Test settled features under a strong penalty against a weak one at the same ∫λ dt, where they differ most."""
    pairs = [
        (weak, strong)
        for weak in cut
        for strong in cut
        if strong.spent == weak.spent and strong.spec.penalty.strength > weak.spec.penalty.strength
    ]
    gaps = [
        (weak.spent, stats.difference(strong.settled / strong.n, weak.settled / weak.n, level=1 - 2 * ALPHA))
        for weak, strong in pairs
    ]
    return _worst(
        claims.SPENT,
        gaps,
        0.05,
        "At ∫λ dt = {at:g} the strong penalty has settled a share of features larger by {found}",
    )


def frozen(cut: Sequence[Cell]) -> Judgement:
    """Test settled features after a free phase against those at the cut, where they differ most."""
    cells = [cell for cell in cut if cell.spec.penalty.strength == min(each.spec.penalty.strength for each in cut)]
    gaps = [(cell.spent, stats.mean((cell.later - cell.settled) / cell.n, level=1 - 2 * ALPHA)) for cell in cells]
    return _worst(
        claims.FROZEN,
        gaps,
        0.02,
        "Cut off at ∫λ dt = {at:g}, the share of settled features grows by {found} without it",
    )


def _worst(claim: Claim, gaps: Sequence[tuple[float, stats.Estimate]], margin: float, text: str) -> Judgement:
    """Judge the gap that reaches farthest: all lie within the margin if and only if it does."""
    if not gaps:
        return undecided(claim, "No penalty was cut off.")
    at, gap = max(gaps, key=lambda each: max(abs(each[1].lower), abs(each[1].upper)))
    sentence = text.replace("{at:g}", f"{at:g}") + " (the cut where the two differ most)."
    if gap.error == 0:  # every network the same: nothing moved in any
        inside = abs(gap.value) <= margin
        return Judgement(claim, Verdict.SUPPORTED if inside else Verdict.REFUTED, worded(gap, sentence))
    return judge(claim, stats.agrees(gap, -margin, margin), sentence)


def independent(free: Sequence[Cell]) -> Judgement:
    """Test whether networks without a penalty keep the rank of their start."""
    lost = sum(int((cell.rank < min(cell.n, cell.m)).sum()) for cell in free)
    every = sum(len(cell.rank) for cell in free)
    text = (
        f"{out_of(lost, every, 'networks without a penalty').capitalize()} {'have' if lost > 1 else 'has'} a rank below"
    )
    return judge(claims.INDEPENDENT, stats.proportion_agrees(lost, every, 0.0, 0.01), f"{text} min(n, m) {{tally}}.")


def capacity(roomy: Sequence[Cell]) -> Judgement:
    """Test the shared dimensions without a penalty against those with one."""
    with_one = {cell.m: cell.shared[cell.usable] for cell in of(roomy, "penalty") if cell.room >= 2}
    without = {cell.m: cell.shared for cell in of(roomy, "none") if cell.room >= 2}
    widths = [m for m in without if min(len(with_one[m]), len(without[m])) > 1]
    if not widths:
        return undecided(claims.CAPACITY, "There are too few networks to compare.")
    sums = [np.array([each[m].mean() for m in widths]).sum() for each in (without, with_one)]
    parts = [sum(each[m].var(ddof=1) / len(each[m]) for m in widths) for each in (without, with_one)]
    error = math.sqrt(sum(part / total**2 for part, total in zip(parts, sums, strict=True)))
    size = sum(len(without[m]) for m in widths)
    ratio = pivotal(float(sums[0] / sums[1]), error, math.inf, 1 - 2 * ALPHA, "log-scale normal", size, "log")
    each = "; ".join(
        f"{without[m].mean():.3g} and {with_one[m].mean():.3g} at m = {m}" for m in (widths[0], widths[-1])
    )
    sentence = f"Dimensions shared without a penalty are {{found}} times the neurons shared with one ({each})."
    return judge(claims.CAPACITY, stats.agrees(ratio, 0.75, 1.25), sentence)


def cheaper(cell: Cell) -> Tested:
    """Test the loss a feature without a slot."""
    room = written(cell.room)
    best = float(theory.least_known_loss(cell.n, cell.m)) / cell.unplaced
    sentence = (
        f"At m = {room} a feature without a slot costs {{found}}; {cell.loss.min() / cell.unplaced:.3g} in the best "
        f"network, {best:.3g} in the best arrangement with a name, 1 if it died."
    )
    if len(cell.loss) < 2:
        return claims.cheaper(room), None, f"There is only one network at m = {room}."
    return claims.cheaper(room), stats.agrees(stats.mean(cell.loss / cell.unplaced), 0.0, 0.9), sentence


def at_rest(tight: Sequence[Cell]) -> Judgement:
    """Test whether networks without slots enough come to rest."""
    resting, every = sum(int(cell.resting.sum()) for cell in tight), sum(len(cell.resting) for cell in tight)
    if not every:
        return undecided(claims.REST_CLAIM, "There is no such width.")
    test = stats.proportion_agrees(resting, every, 0.9, 1.0)
    return judge(
        claims.REST_CLAIM,
        test,
        f"{out_of(resting, every, 'networks').capitalize()} with n > 2m came to rest {{tally}}.",
    )


def missing_norm(tight: Sequence[Cell]) -> Judgement:
    """Test the loss against the norm that is missing."""
    return _mean(
        claims.MISSING_NORM,
        [cell.loss / cell.told for cell in tight],
        (0.999, 1.001),
        "Where n > 2m the loss is {found} times the squared norm that is missing.",
    )


def death(tight: Sequence[Cell]) -> Judgement:
    """Test how many features die of those without a slot."""
    dead = np.concatenate([cell.dead for cell in tight]) if tight else np.zeros(0)
    spare = np.concatenate([np.full(len(cell.dead), cell.unplaced) for cell in tight]) if tight else np.zeros(0)
    if not len(dead):
        return undecided(claims.DEATH, "There is no such width.")
    text = f"As many features died as {{share}} of the {int(spare.sum())} that had no slot"
    return judge(claims.DEATH, share_agrees(dead, spare, 0.0, 0.02), f"{text} ({int(dead.sum())} in all).")


def full(tight: Sequence[Cell]) -> Judgement:
    """Test whether the capacities of the features add up to the dimensions."""
    return _mean(
        claims.FULL,
        [cell.capacity / cell.m for cell in tight],
        (0.98, math.inf),
        "Where n > 2m the capacities of all features add up to {found} of the dimensions.",
    )


def _mean(claim: Claim, parts: Sequence[Floats], margin: tuple[float, float], sentence: str) -> Judgement:
    values = np.concatenate(parts) if parts else np.zeros(0)
    if len(values) < 2:
        return undecided(claim, "There are too few networks.")
    return judge(claim, stats.agrees(stats.mean(values), *margin), sentence)
