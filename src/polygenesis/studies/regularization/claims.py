"""What each pressure should do, with margins stated beforehand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from polygenesis import theory
from polygenesis.arrays import Floats
from polygenesis.studies.claim import Claim, Reading, Words, read, too_little
from polygenesis.studies.counts import Poisson
from polygenesis.studies.evidence import Clustered, pool, sure
from polygenesis.studies.margin import Margin
from polygenesis.studies.paired import quotient
from polygenesis.studies.regularization.networks import WINNER, Compared, Network
from polygenesis.studies.regularization.pressures import LOSS, Expected
from polygenesis.studies.starts import design_effect


def races(compared: Sequence[Compared]) -> list[Reading]:
    """Share of features with a winner, by pressure that makes a race."""
    return [_of_winners(each) for each in compared if each.pressure.expected == "race"]


def no_races(compared: Sequence[Compared]) -> list[Reading]:
    """Share of features with a winner, by pressure on whole neurons."""
    return [_of_winners(each) for each in compared if each.pressure.expected == "neurons"]


def no_basis(compared: Sequence[Compared]) -> list[Reading]:
    """Fourth norm less a random direction's, by pressure that singles out no neuron."""
    return _rows(compared, "no basis")


def spread(compared: Sequence[Compared]) -> list[Reading]:
    """Fourth norm less a random direction's, by pressure that spreads rows."""
    return _rows(compared, "spread")


def sparse(compared: Sequence[Compared]) -> list[Reading]:
    """Fourth norm less a random direction's, by noise that makes rows sparse."""
    return _rows(compared, "noise")


def _of_winners(compared: Compared) -> Reading:
    """How many features have a winner at the strength whose loss is nearest; a network is one cluster."""
    network, words = compared.nearest(), _words(compared)
    if network is None or len(network.winners) < 2:
        return too_little(_unmatched(compared), compared.networks, **words)
    words["at"] = _named(compared, float(network.loss.mean()))
    words["matched"] = f"the strength whose reconstruction loss is nearest {LOSS:g} a feature"
    n = network.spec.model.n
    return read(Clustered(n * network.winners, np.full(len(network.winners), n)), [network], **words)


def _rows(compared: Sequence[Compared], expected: Expected) -> list[Reading]:
    return [_of_rows(each) for each in compared if each.pressure.expected == expected]


def _of_rows(compared: Compared) -> Reading:
    """What a pressure does to rows at the common loss."""
    found, words = compared.estimate(lambda network: network.fourth_norm), _words(compared)
    if found is None:
        return too_little(_unmatched(compared), compared.networks, **words)
    level = float(theory.random_row_fourth_norm(compared.networks[0].spec.model.m))
    return read(sure(found), compared.networks, origin=level, level=level, **words)


def collisions(compared: Sequence[Compared]) -> list[Reading]:
    """Counts over L1's at the same loss, by pressure that makes a race."""
    reference = next(each for each in compared if each.pressure.name == "L1")
    others = [each for each in compared if each.pressure.expected == "race" and each is not reference]
    return [_over(each, reference, lambda network: network.polysemantic) for each in others]


def saved(compared: Sequence[Compared]) -> list[Reading]:
    """Dimensions lost over L1's at the same loss, by pressure on whole neurons."""
    reference = next(each for each in compared if each.pressure.name == "L1")
    others = [each for each in compared if each.pressure.expected == "neurons"]
    return [_over(each, reference, lambda network: network.lost) for each in others]


def _over(compared: Compared, reference: Compared, values: Callable[[Network], Floats]) -> Reading:
    tops, bottoms = compared.terms(values), reference.terms(values)
    judged, words = [*compared.networks, *reference.networks], _words(compared)
    if tops is None or bottoms is None:
        return too_little(_unmatched(compared), judged, **words)
    a, b = (sum(weight * sample.mean for sample, weight in terms) for terms in (tops, bottoms))
    if not (a > 0 and b > 0):
        return too_little(_unmatched(compared), judged, **words)
    return read(quotient(tops, bottoms, counted=True), judged, count=a, theirs=b, **words)


def no_collisions(compared: Sequence[Compared]) -> list[Reading]:
    """Counts over the slot model, of all strengths together, by noise that makes rows sparse."""
    return [_over_slots(each) for each in compared if each.pressure.expected == "noise"]


def _over_slots(compared: Compared) -> Reading:
    model, networks = compared.networks[0].spec.model, compared.networks
    count = sum(int(each.polysemantic.sum()) for each in networks)
    chance = sum(len(each.polysemantic) for each in networks) * float(theory.slot_model(model.n, model.m).mean)
    if not chance:
        return too_little("No replicate without divergence.", networks, **_words(compared))
    effect = design_effect([each.sample(lambda network: network.polysemantic) for each in networks])
    slots = float(theory.slot_model(model.n, model.m).mean)
    cells = {
        f"strength {each.strength:g}": Poisson(int(each.polysemantic.sum()), len(each.polysemantic) * slots)
        for each in networks
        if len(each.polysemantic)
    }
    return read(pool(Poisson(count, chance, effect), cells), networks, count=count, chance=chance, **_words(compared))


def _words(compared: Compared) -> Words:
    pressure = compared.pressure
    matched = f"strength interpolated to a reconstruction loss of {LOSS:g} a feature"
    return {
        "pressure": pressure.name[0].upper() + pressure.name[1:],
        "reason": pressure.reason,
        "at": _at(compared),
        "matched": matched if pressure.matched else "no strength to match",
    }


def _at(compared: Compared) -> str:
    return _named(compared, compared.reached())


def _named(compared: Compared, loss: float) -> str:
    name = compared.pressure.name[0].upper() + compared.pressure.name[1:]
    return f"{name} at a loss of {loss:.2g} a feature"


def _unmatched(compared: Compared) -> str:
    return f"{_at(compared)}, the nearest there is, cannot be compared at the common one."


_SOURCE = "docs/paper.md, question 2; docs/theory.md, Regularization 1 to 7 and Noise 2"
_TRIALS = "after trial runs with another seed"
_COUNTED = f"{_TRIALS}; counted at the nearest strength, not interpolated, only after the results were known"
_FOURTH = "{at}: the fourth norm of unit rows is {found}; a random direction has {level:.3f}."
_HAVE = "{at}: {share} of the features have a winner."
_SHARE = f"Share of features with one weight of {100 * WINNER:g} % of ‖W_i‖²"
_NORM = "Mean fourth norm of the unit rows of the code in use (W, or its normalization)"
_RANDOM = "3/(m+2)"
_BEND, _LOWER, _MOST, _FEW = 0.05, 0.02, 0.9, 0.5

RACE = Claim(
    f"{{pressure}} makes winner-take-all races: {_MOST:.0%} of the features or more have one weight of "
    f"{100 * WINNER:g} % of ‖W_i‖². {{reason}}",
    _SOURCE,
    Margin.share(_SHARE, above=_MOST),
    "{matched}",
    _HAVE,
    races,
    family="rows",
    trials=_COUNTED,
)
NO_BASIS = Claim(
    f"{{pressure}} makes no privileged basis: the fourth norm is a random direction's within {_BEND:g}. {{reason}}",
    _SOURCE,
    Margin.around(_NORM, 0, _BEND, origin=_RANDOM),
    "{matched}",
    _FOURTH,
    no_basis,
    family="rows",
    trials=_TRIALS,
)
SPREAD = Claim(
    f"{{pressure}} spreads rows: the fourth norm is lower than a random direction's by {_LOWER:g} or more. {{reason}}",
    _SOURCE,
    Margin.below(_NORM, -_LOWER, origin=_RANDOM),
    "{matched}",
    _FOURTH,
    spread,
    family="rows",
    trials=_TRIALS,
)
NEURONS = Claim(
    f"{{pressure}} makes no winner-take-all race: fewer than {_FEW:.0%} of the features have a winner. {{reason}}",
    _SOURCE,
    Margin.share(_SHARE, below=_FEW),
    "{matched}",
    _HAVE,
    no_races,
    family="rows",
    trials=_COUNTED,
)
NOISE = Claim(
    f"{{pressure}} makes rows sparse: the fourth norm is higher than a random direction's by {_BEND:g} or "
    "more. {reason}",
    _SOURCE,
    Margin.above(_NORM, _BEND, origin=_RANDOM),
    "{matched}",
    _FOURTH,
    sparse,
    family="rows",
    trials=_TRIALS,
)
COLLISIONS = Claim(
    "{pressure} makes as many polysemantic neurons as L1.",
    "docs/paper.md, question 2; docs/theory.md, Regularization 1",
    Margin.around("Ratio of mean counts", 1, 0.3),
    "{matched}",
    "{at}: {count:.2f} polysemantic neurons, {found} times L1's {theirs:.2f}.",
    collisions,
    family="collisions",
    trials=_TRIALS,
)
NO_COLLISIONS = Claim(
    "{pressure} makes no polysemantic neurons.",
    "docs/theory.md, Noise 6",
    Margin.below("Count over the slot model's", 0.1, least=0.0, ratio=True),
    "all strengths together",
    "{pressure}, all strengths: {count} polysemantic neurons, {found} times the {chance:.0f} of chance.",
    no_collisions,
    trials=f"{_TRIALS}; more networks after the results were known, because with 20 no outcome supported the claim",
)
SAVED = Claim(
    "{pressure} rewards sharing: it loses more dimensions than L1 by chance.",
    "docs/theory.md, Regularization 6",
    Margin.above("Mean of n − rank over L1's", 1.2, ratio=True),
    "{matched}",
    "{at}: {count:.2f} dimensions lost, {found} times L1's {theirs:.2f}.",
    saved,
    trials=_TRIALS,
)

CLAIMS = (RACE, NO_BASIS, SPREAD, NEURONS, NOISE, COLLISIONS, NO_COLLISIONS, SAVED)
