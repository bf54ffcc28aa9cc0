"""What recipes should do, with margins stated beforehand: against plain training, and against theory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from polygenesis import stats, theory
from polygenesis.arrays import Floats, Integers
from polygenesis.numerals import number
from polygenesis.studies import paired
from polygenesis.studies.claim import Claim, Reading, read, too_little
from polygenesis.studies.counts import Poisson, ratio
from polygenesis.studies.evidence import Evidence, Exact, pool
from polygenesis.studies.margin import LEVEL, Margin
from polygenesis.studies.mitigation.cells import Cell, beside, of, pooled
from polygenesis.studies.mitigation.frontier import DEARER, LONGER, best, standing, undominated, unknowing
from polygenesis.studies.mitigation.recipes import (
    BIAS,
    NOISED,
    PRUNED,
    RECIPES,
    REDRAWN,
    REFERENCE,
    SILENCED,
    SPLIT,
    WIDER,
    Recipe,
)
from polygenesis.studies.paired import Drawn

FEWER = 0.5
"""A recipe helps when it leaves at most this share of the polysemantic neurons of plain training."""


def recipes_of(cells: Sequence[Cell]) -> list[Recipe]:
    """Return the recipes that were run, in their order."""
    return [recipe for recipe in RECIPES if of(cells, recipe.name)]


def tried(cells: Sequence[Cell]) -> list[Recipe]:
    """Return the recipes that may fail: neither plain training nor the split, which is exact."""
    return [recipe for recipe in recipes_of(cells) if recipe.name not in (REFERENCE, SPLIT)]


def left_by_width(cells: Sequence[Cell], name: str) -> dict[str, Evidence | None]:
    """Polysemantic neurons over those of plain training, by width."""
    pairs = zip(of(cells, name), of(cells, REFERENCE), strict=True)
    return {f"m = {mine.m}": _left(mine, plain) for mine, plain in pairs}


def _left(mine: Cell, plain: Cell) -> Evidence | None:
    if len(plain.shared) < 2 or not plain.shared.any():
        return None
    if not mine.shared.any():
        return Poisson(0, float(plain.shared.sum()), 1.0)  # one cell, over a known mean
    return paired.ratio(mine.sample(), plain.sample(), counted=True)


def share_left(cells: Sequence[Cell], name: str, *, level: float = LEVEL) -> Drawn | None:
    """Polysemantic neurons over those of plain training from the same starts; None where plain training has none.

    Where a recipe leaves none at all, the interval is Poisson's: counts are under-dispersed, so that it is wide.
    """
    counts, plain = pooled(cells, name), pooled(cells, REFERENCE)
    if not plain.any() or len(plain) < 2:
        return None
    if counts.any():
        left = _over_plain(cells, name, "shared", counted=True)
        return Drawn(left.at(level), left.parts)
    zero = stats.poisson(0, exposure=float(plain.sum()), level=level)
    return Drawn(stats.Estimate(0.0, 0.0, zero.upper, level, zero.method, len(counts)))


def _over_plain(cells: Sequence[Cell], name: str, value: str, *, counted: bool = False) -> Drawn:
    """A recipe's values over those of plain training, summed over the widths."""
    widths = zip(of(cells, name), of(cells, REFERENCE), strict=True)
    return paired.ratio_of_sums([(a.sample(value), b.sample(value), 1.0) for a, b in widths], counted=counted)


def helping(cells: Sequence[Cell]) -> list[Reading]:
    """Polysemantic neurons over those of plain training, by recipe."""
    return [_helps(cells, recipe) for recipe in tried(cells)]


def _helps(cells: Sequence[Cell], recipe: Recipe) -> Reading:
    left, judged = share_left(cells, recipe.name), beside(cells, recipe.name)
    if left is None:
        why = f"“{recipe.name}”: plain training left no polysemantic neuron to compare with."
        return too_little(why, judged, recipe=recipe.name)
    widths = left_by_width(cells, recipe.name)
    if left.estimate.value:
        return read(pool(left, widths), judged, recipe=recipe.name, none="")
    nothing = Poisson(0, float(pooled(cells, REFERENCE).sum()), 1.0)
    return read(pool(nothing, widths), judged, recipe=recipe.name, none="no polysemantic neuron: ")


def costing(cells: Sequence[Cell]) -> list[Reading]:
    """Loss over that of plain training, by recipe."""
    return [_costs(cells, recipe) for recipe in tried(cells)]


def _costs(cells: Sequence[Cell], recipe: Recipe) -> Reading:
    judged = beside(cells, recipe.name)
    if len(pooled(cells, recipe.name, "loss")) < 2:
        return too_little(f"“{recipe.name}”: one network says nothing of the spread.", judged, recipe=recipe.name)
    widths = {
        f"m = {mine.m}": paired.ratio(mine.sample("loss"), plain.sample("loss"))
        for mine, plain in zip(of(cells, recipe.name), of(cells, REFERENCE), strict=True)
    }
    return read(pool(_over_plain(cells, recipe.name, "loss"), widths), judged, recipe=recipe.name)


def redrawing(cells: Sequence[Cell]) -> list[Reading]:
    """Counts after features were redrawn over what random free slots give."""
    if not of(cells, REDRAWN):
        return []
    counts, expected = [], []
    for mine, plain in zip(of(cells, REDRAWN), of(cells, REFERENCE), strict=True):
        told = theory.redrawn_shared(plain.n, plain.m, plain.shared).array
        counts.append(mine.shared[told > 0])  # a network without pairs is left as it is
        expected.append(told[told > 0])
    return [_against(of(cells, REDRAWN), counts, expected)]


def pruning(cells: Sequence[Cell]) -> list[Reading]:
    """Counts after pruning over those of plain training."""
    if not of(cells, PRUNED):
        return []
    left, judged = share_left(cells, PRUNED), beside(cells, PRUNED)
    if left is None or not left.estimate.value:
        return [too_little("Too few polysemantic neurons to form a ratio.", judged)]
    return [read(pool(left, left_by_width(cells, PRUNED)), judged, unit=float(theory.pruned_share(WIDER)))]


def noising(cells: Sequence[Cell]) -> list[Reading]:
    """Counts after a race under noise over those of plain training."""
    if not of(cells, NOISED):
        return []
    left, judged = share_left(cells, NOISED), beside(cells, NOISED)
    if left is None:
        return [too_little("Plain training left no polysemantic neuron to compare with.", judged)]
    why = ": noise turns rows away from each other (Noise 4)" if left.estimate.value < 1 else ""
    return [read(pool(left, left_by_width(cells, NOISED)), judged, why=why)]


def silencing(cells: Sequence[Cell]) -> list[Reading]:
    """Dead features over those that a negative bias silences at the start."""
    mine = of(cells, SILENCED)
    if not mine:
        return []
    expected = [float(theory.silent_features(cell.n, cell.m, BIAS * cell.m**-0.5)) for cell in mine]
    told = [np.full(len(cell.dead), each) for cell, each in zip(mine, expected, strict=True)]
    return [_against(mine, [cell.dead for cell in mine], told)]


def _against(cells: Sequence[Cell], counts: Sequence[Integers], expected: Sequence[Floats]) -> Reading:
    """Counts over predictions, by width and together; quasi-Poisson, with another dispersion in every cell."""
    every, told = np.concatenate(counts), np.concatenate(expected)
    if len(every) < 2:
        return too_little("There are too few networks with polysemantic neurons.", cells)
    together = stats.ratio_to_prediction(every, told, robust=bool(every.any()), level=LEVEL)
    widths = {f"m = {cell.m}": ratio(*pair) for cell, *pair in zip(cells, counts, expected, strict=True)}
    return read(pool(together, widths), cells)


def best_of_all(cells: Sequence[Cell]) -> Reading:
    """The best recipe that costs nothing, other than the exact split, and the frontier: means, without an interval."""
    recipes = recipes_of(cells)
    points, blind = standing(cells, recipes), unknowing(recipes)
    free = np.array([i for i in blind if recipes[i].name != SPLIT and points[i, 2] <= LONGER])
    fronts = [
        ", ".join(f"“{recipes[i].name}”" for i in these[undominated(points[these])])
        for these in (np.arange(len(recipes)), blind)
    ]
    knowing, chosen = best(points), int(free[best(points[free])])
    words = [
        f"“{recipes[i].name}” ({number(points[i, 0])} times the polysemantic neurons, {number(points[i, 1])} times the "
        f"loss and {number(points[i, 2])} times the work of plain training)"
        for i in (chosen, knowing)
    ]
    left = float(points[chosen, 0])
    return read(Exact(left), cells, chosen=words[0], knowing=words[1], front=fronts[0], blind=fronts[1])


_REGIME = "one-hot features, all widths together; all networks, whatever became of them"
_OVER = "Count over that of plain training"
_NUDGED = "arXiv:2312.03096; docs/paper.md, C8: the outcome depends on the trajectory, so it could be nudged at no loss"
_TRIALS = "after runs with other seeds"

BEST = Claim(
    f"Other than by “{SPLIT}”, which is exact, all polysemantic neurons can be removed without loss, without training "
    "and without knowing the features.",
    _NUDGED,
    Margin.below(
        f"Share of neurons left by the best other recipe with at most {DEARER:g} times the loss and {LONGER:g} times "
        "the work that need not know the features",
        0.01,
        least=0.0,
    ),
    _REGIME,
    f"Best at no cost without knowing the features, other than “{SPLIT}”: {{chosen}}; best of all at no loss: "
    "{knowing}. No recipe beats these in count, loss and work together: {front}; of those that need not know the "
    "features: {blind}.",
    best_of_all,
    trials=f"{_TRIALS}; the split was left out only after its results were known, because it cannot fail",
)
HELPS = Claim(
    "“{recipe}” leaves at most half of the polysemantic neurons.",
    "docs/paper.md, Open questions (recipes for fewer polysemantic neurons) and C8; arXiv:2312.03096",
    Margin.below(_OVER, FEWER, least=0.0, ratio=True),
    _REGIME,
    "“{recipe}” leaves {none}{found} times the polysemantic neurons of plain training.",
    helping,
    family="helps",
    trials=_TRIALS,
)
IS_FREE = Claim(
    "“{recipe}” costs no loss.",
    _NUDGED,
    Margin.below("Loss without penalty over that of plain training", DEARER, least=0.0, ratio=True),
    _REGIME,
    "“{recipe}” has {found} times the loss of plain training.",
    costing,
    family="costs",
    trials=_TRIALS,
)
REDRAW = Claim(
    f"“{REDRAWN}”: redrawn features settle as if at random among the free slots.",
    "docs/theory.md, Mitigation 3",
    Margin.around("Count over K(n − K)/F + uK(K − 1)/F(F − 1), summed over networks,", 1, 0.10),
    _REGIME,
    "Redrawn features leave {found} times the number predicted.",
    redrawing,
    trials=_TRIALS,
)
PRUNE = Claim(
    f"“{PRUNED}” leaves 1/{WIDER} of the polysemantic neurons.",
    "arXiv:2312.03096; docs/paper.md, C4; docs/theory.md, Mitigation 2",
    Margin.around(_OVER, 1, 0.2, unit=f"times 1/{WIDER}"),
    _REGIME,
    f"Training {WIDER} times as wide and pruning leaves {{found}} times the polysemantic neurons of plain training.",
    pruning,
    trials=_TRIALS,
)
NOISE = Claim(
    "Hidden noise before the race dissolves no pairs: it leaves at least as many polysemantic neurons as plain "
    "training.",
    "docs/theory.md, Mitigation 4 and Noise 3: the loss pays for sharing",
    Margin.above(_OVER, 0.9, ratio=True),
    _REGIME,
    "A race under bipolar noise leaves {found} times the polysemantic neurons of plain training{why}.",
    noising,
    trials=_TRIALS,
)
SILENT = Claim(
    "A negative bias kills those features that are silent at the start.",
    "docs/theory.md, Mitigation 6",
    Margin.around("Dead features over nΦ(b√m)^m, summed over networks,", 1, 0.20),
    _REGIME,
    "Dead features are {found} times the number predicted.",
    silencing,
    trials=_TRIALS,
)

CLAIMS = (BEST, HELPS, IS_FREE, REDRAW, PRUNE, NOISE, SILENT)
