"""What the toy's picture says of classifiers with depth, with margins stated beforehand; one case a network."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from polygenesis import stats
from polygenesis.arrays import Floats
from polygenesis.numerals import percent
from polygenesis.studies import paired
from polygenesis.studies.claim import Claim, Reading, read, too_little
from polygenesis.studies.deep_winner_take_all.networks import CLASSES
from polygenesis.studies.deep_winner_take_all.readings import Readings
from polygenesis.studies.margin import LEVEL, Margin
from polygenesis.studies.starts import Sample


def edges(found: Sequence[Readings]) -> list[Reading]:
    """Area under the curve of the growing mode, by network."""
    return [_mean(one, lambda each: each.areas[:, 0]) for one in found]


def defaults(found: Sequence[Readings]) -> list[Reading]:
    """Share of classes won by the neuron with the largest growing mode, by network."""
    return [_mean(one, lambda each: each.led / CLASSES) for one in found]


def spreads(found: Sequence[Readings]) -> list[Reading]:
    """Effective neurons a class at the end, by network."""
    return [_mean(one, lambda each: each.spread[:, 1]) for one in found]


def shrinkages(found: Sequence[Readings]) -> list[Reading]:
    """Effective neurons a class, end over start, by network."""
    return [_mean(one, lambda each: each.spread[:, 1] / each.spread[:, 0]) for one in found]


def _mean(one: Readings, values: Callable[[Readings], Floats]) -> Reading:
    """A mean over networks with different starts."""
    sample = values(one)
    if len(sample) < 2:
        return too_little(f"{one.name}: one network says nothing of the spread.", [one], name=one.name)
    chance = percent(1 / one.spec.model.m, 0.05)
    return read(stats.mean(sample, level=LEVEL), [one], name=one.name, chance=chance, m=one.spec.model.m)


def sharing(found: Sequence[Readings]) -> list[Reading]:
    """Shared neurons over those of chance, by network."""
    return [_shared(one) for one in found]


def _shared(one: Readings) -> Reading:
    counts, expected = one.shared[:, 1], one.expected[:, 1]
    if len(counts) < 2 or not counts.any() or not (expected > 0).all():
        why = f"{one.name}: too few neurons select a class to count those that are shared."
        return too_little(why, [one], name=one.name)
    ratio = stats.ratio_to_prediction(counts, expected, level=LEVEL)
    return read(ratio, [one], name=one.name, mean=counts.mean(), m=one.spec.model.m, each=one.per_class[:, 1].mean())


def pressures(found: Sequence[Readings]) -> list[Reading]:
    """Effective neurons with the penalty over those without, by data and depth."""
    return [_pressure(a, b) for a in found for b in found if _differ_in_pressure(a, b)]


def _pressure(without: Readings, pressed: Readings) -> Reading:
    name = without.name.rsplit(", ", 1)[0]
    if len(without.spread) < 2:
        return too_little(f"{name}: one network says nothing of the spread.", [without, pressed], name=name)
    ratio = paired.ratio(*(Sample.of(each.spec, each.spread[:, 1]) for each in (pressed, without)))
    return read(ratio, [without, pressed], name=name)


def _differ_in_pressure(a: Readings, b: Readings) -> bool:
    """Whether b is a with the penalty."""
    same = a.spec.model == b.spec.model and a.spec.features == b.spec.features
    return same and not a.spec.penalty.strength and b.spec.penalty.strength > 0


_SOURCE = "docs/paper.md, question 6"
_TRIALS = "after short runs with other seeds"
_STARTS = "means of networks with different starts on the same images"

HAS_EDGE = Claim(
    "The neuron that is best aligned at the start has an edge ({name}).",
    f"{_SOURCE}; docs/theory.md, Depth 1",
    Margin.share("Area under the curve of the growing mode (chance: 0.5)", above=0.55),
    _STARTS,
    "{name}: a class's winner started ahead of another neuron with probability {found}.",
    edges,
    family="edges",
    trials=_TRIALS,
)
WINS_BY_DEFAULT = Claim(
    "The neuron that is best aligned at the start wins its class by default ({name}).",
    "arXiv:2312.03096; docs/paper.md, C2",
    Margin.share("Share of classes", above=0.5),
    _STARTS,
    "{name}: the neuron with the largest growing mode wins {share} of the classes (by chance: {chance}).",
    defaults,
    family="defaults",
    trials=_TRIALS,
)
TAKES_ALL = Claim(
    "One winner takes the class ({name}).",
    "arXiv:2312.03096; docs/paper.md, C2",
    Margin.below("Effective neurons a class at the end", 2.0, least=1.0),
    f"{_STARTS}; contributions to a class's lead (docs/theory.md, Depth 3)",
    "{name}: a class ends on {found} effective neurons of {m}.",
    spreads,
    family="spreads",
    trials=_TRIALS,
)
SPARSIFIES = Claim(
    "Classes concentrate on fewer neurons ({name}).",
    _SOURCE,
    Margin.below("Effective neurons a class, end over start,", 0.5, least=0.0, ratio=True),
    _STARTS,
    "{name}: effective neurons a class end at {found} times their number at the start.",
    shrinkages,
    family="shrinkages",
    trials=_TRIALS,
)
SHARES_BY_CHANCE = Claim(
    "Classes share neurons as often as chance has it ({name}).",
    "arXiv:2312.03096; docs/paper.md, C3; docs/theory.md, Depth 2",
    Margin.around("Shared neurons over those expected at the measured numbers of neurons a class", 1, 0.2),
    f"{_STARTS}; a neuron selects a class at an AUROC of 0.75 or more",
    "{name}: shared neurons are {found} times those of chance ({mean:.3g} of {m} neurons; {each:.3g} neurons a class).",
    sharing,
    family="sharing",
    trials=_TRIALS,
)
SHARPENS = Claim(
    "L1 on activations leaves fewer neurons a class ({name}).",
    "arXiv:2312.03096; docs/paper.md, C2",
    Margin.below("Effective neurons with over without it", 0.9, least=0.0, ratio=True),
    _STARTS,
    "{name}: effective neurons with the penalty are {found} times those without.",
    pressures,
    family="pressures",
    trials=_TRIALS,
)

CLAIMS = (HAS_EDGE, WINS_BY_DEFAULT, TAKES_ALL, SPARSIFIES, SHARES_BY_CHANCE, SHARPENS)
