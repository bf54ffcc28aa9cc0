"""Every pressure's claims, tested; like claims form families, each corrected by Holm's method."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from polygenesis import seeds, stats, theory
from polygenesis.penalties import L1, ActivationL1, Activations
from polygenesis.stats.estimate import pivotal
from polygenesis.studies.base import Judgement, Verdict
from polygenesis.studies.judging import Tested, judge, judge_family, undecided
from polygenesis.studies.regularization import claims
from polygenesis.studies.regularization.networks import Compared

ANY = 1e9
"""A ratio below this is any: a bound on the log scale must be finite."""


def judge_claims(compared: Sequence[Compared]) -> list[Judgement]:
    """Judge what every pressure does to rows, then collisions, then what is exact."""
    reference = next(each for each in compared if each.pressure.name == "L1")
    races = [each for each in compared if each.pressure.expected == "race" and each is not reference]
    return [
        *judge_family([basis(each, len(compared)) for each in compared]),
        *judge_family([collisions(each, reference, len(races)) for each in races]),
        *(no_collisions(each) for each in compared if each.pressure.expected == "noise"),
        *(saved(each, reference) for each in compared if each.pressure.expected == "neurons"),
        identity(),
    ]


def basis(compared: Compared, family: int) -> Tested:
    """Test what a pressure does to rows."""
    pressure = compared.pressure
    claim = claims.basis(pressure, family)
    by_winners = pressure.expected in ("race", "neurons")
    found = compared.estimate(lambda each: each.winners if by_winners else each.fourth_norm)
    if found is None:
        return claim, None, _unmatched(compared)
    level = float(theory.random_row_fourth_norm(compared.networks[0].spec.model.m))
    lower, upper = {
        "race": (claims.WINNERS, math.inf),
        "neurons": (-math.inf, claims.FEW_WINNERS),
        "no basis": (level - claims.BEND, level + claims.BEND),
        "spread": (-math.inf, level - claims.SPREAD),
        "noise": (level + claims.BEND, math.inf),
    }[pressure.expected]
    what = (
        "{share} of the features have a winner"
        if by_winners
        else f"the fourth norm of unit rows is {{found}}; a random direction has {level:.3f}"
    )
    return claim, agrees(found, lower, upper), f"{_at(compared)}: {what}."


def collisions(compared: Compared, reference: Compared, family: int) -> Tested:
    """Test a count against L1's at the same loss."""
    claim = claims.collisions(compared.pressure, family)
    a, b = (each.estimate(lambda network: network.polysemantic) for each in (compared, reference))
    if a is None or b is None or not (a.value > 0 and b.value > 0):
        return claim, None, _unmatched(compared)
    found = ratio(a, b)
    margin = claims.COLLISIONS
    sentence = f"{_at(compared)}: {a.value:.2f} polysemantic neurons, {{found}} times L1's {b.value:.2f}."
    return claim, stats.agrees(found, 1 - margin, 1 + margin), sentence


def no_collisions(compared: Compared) -> Judgement:
    """Test a count over all strengths against the slot model by the exact Poisson interval."""
    claim = claims.no_collisions(compared.pressure)
    model = compared.networks[0].spec.model
    count = sum(int(each.polysemantic.sum()) for each in compared.networks)
    chance = sum(len(each.polysemantic) for each in compared.networks) * float(theory.slot_model(model.n, model.m).mean)
    if not chance:
        return undecided(claim, "No replicate without divergence.")
    found = stats.poisson(count, exposure=chance, level=0.9)
    name = compared.pressure.name.capitalize()
    sentence = f"{name}, all strengths: {count} polysemantic neurons, {{found}} times the {chance:.0f} of chance."
    return judge(claim, stats.agrees(found, -math.inf, claims.NONE), sentence)


def saved(compared: Compared, reference: Compared) -> Judgement:
    """Test the dimensions lost against L1's."""
    claim = claims.saved(compared.pressure)
    a, b = (each.estimate(lambda network: network.lost) for each in (compared, reference))
    if a is None or b is None or not (a.value > 0 and b.value > 0):
        return undecided(claim, _unmatched(compared))
    found = ratio(a, b)
    sentence = f"{_at(compared)}: {a.value:.2f} dimensions lost, {{found}} times L1's {b.value:.2f}."
    return judge(claim, stats.agrees(found, claims.MORE, ANY), sentence)


def identity() -> Judgement:
    """Compare both penalties on random weights."""
    weights = seeds.generator(0, "regularization", "identity").standard_normal((4, 12, 24))
    shown = Activations((np.eye(12) @ weights,), 1.0)
    one, other = (part.value({"weights": weights}, shown) for part in (L1(0.3), ActivationL1(0.3)))
    apart = float(np.abs(one - other).max() / np.abs(one).max())
    verdict = Verdict.SUPPORTED if apart < 1e-12 else Verdict.REFUTED
    difference = f"differ by at most {apart:.2g} of their value" if apart else "are equal to the last digit"
    sentence = f"On random weights the two penalties {difference}."
    return Judgement(claims.identity(), verdict, sentence)


def ratio(a: stats.Estimate, b: stats.Estimate) -> stats.Estimate:
    """Return the ratio of two independent means, on the log scale (delta method, Welch and Satterthwaite)."""
    assert a.error is not None
    assert b.error is not None
    parts = [((each.error or 0.0) / each.value) ** 2 for each in (a, b)]
    total = sum(parts)
    spread = sum(v**2 / each.freedom for v, each in zip(parts, (a, b), strict=True))
    freedom = total**2 / spread if spread else math.inf
    return pivotal(a.value / b.value, math.sqrt(total), freedom, 0.9, "ratio of means", a.size + b.size, "log")


def agrees(found: stats.Estimate, lower: float, upper: float) -> stats.Agreement:
    """Test a mean; where all values are equal to the last digit, it is inside or outside for certain."""
    if found.error:
        return stats.agrees(found, lower, upper)
    inside = lower <= found.value <= upper
    verdict = stats.Verdict.EQUIVALENT if inside else stats.Verdict.DIFFERENT
    return stats.Agreement(verdict, found, lower, upper, 0.05, 0.0 if inside else 1.0, 1.0 if inside else 0.0)


def _at(compared: Compared) -> str:
    name = compared.pressure.name[0].upper() + compared.pressure.name[1:]
    return f"{name} at a loss of {compared.reached():.2g} a feature"


def _unmatched(compared: Compared) -> str:
    return f"{_at(compared)}, the nearest there is, cannot be compared at the common one."
