"""What a criterion of benign and malign should do, with margins stated beforehand."""

from __future__ import annotations

from polygenesis.studies.base import Claim
from polygenesis.studies.paper_runs import FLOW_PENALTY

AT = 0.2
"""λt of the forecast that is judged: a tenth of a race, which ends at a λt of about 2."""

ROOM = 2
"""Forecasts are judged at m = 2n, where most collisions are not decided by their signs."""

AHEAD = 0.1
"""How long before the decision a forecast should be right, in λt."""

_THEN = f"pairs that lead on one neuron at λt = {AT:g}"
_FLOW = f"Gradient flow, λ = {FLOW_PENALTY:g}, m = {ROOM}n, converged networks, {_THEN}"

SAME_SIGN = Claim(
    "No collision of the same sign survives.",
    "eq. sharing-cost at c = 0: sharing costs 1 − λ",
    "None of the pairs that lead on one neuron with the same sign at a saved time share it with the same sign at the "
    "end; 95 % upper bound of their share below 0.01.",
    f"Gradient flow, λ = {FLOW_PENALTY:g}, all widths, networks in which nothing moves any more.",
)
RANKING = Claim(
    "The growth rate of the weaker lead ranks collisions that stay above those that end.",
    "eq. lead-rate-of-a-pair, detect.lead_rates",
    "Area under the ROC curve above 0.85.",
    _FLOW + ".",
)
WITHIN = Claim(
    "It does so among collisions of opposite signs, of which the sign says nothing.",
    "eq. lead-rate-of-a-pair, detect.lead_rates",
    "Area under the ROC curve above 0.75.",
    _FLOW + " with opposite signs.",
)
PRECISION = Claim(
    "A forecast from signs and forces is more often right about collisions that it says will stay than one from signs.",
    "eq. lead-rate-of-a-pair, detect.lead_rates",
    "Precision higher by more than 0.05, paired within networks.",
    _FLOW + ".",
)
MOVER = Claim(
    "Of two features of which one leaves, it is the one whose lead grows less.",
    "eq. lead-rate-of-a-pair, detect.lead_rates",
    "Right in more than 0.75 of the collisions that one feature leaves.",
    _FLOW + ".",
)
EARLY = Claim(
    "The fate is known well before it is decided.",
    "eq. lead-rate-of-a-pair, detect.lead_rates",
    f"In at least half of the collisions the forecast is right, for good, at least {AHEAD:g}/λ before the decision.",
    f"Gradient flow, λ = {FLOW_PENALTY:g}, m = {ROOM}n, converged networks, pairs that lead on one neuron at the first "
    "saved time.",
)
THRESHOLD = Claim(
    "A collision of opposite signs turns malign at c* = λ(1−τ)(1+τ²)^(3/2)/4τ (three neurons; two: exponent 1/2).",
    "eq. critical-three and critical-two, theory.critical_co_occurrence",
    "Every threshold found by direct gradient flows within 5 % of the formula.",
    "Two features, two and three neurons, second weights of 0.2 to 0.8 of the largest, λ = 0.01.",
)
CLOSED_FORM = Claim(
    "From Gaussian starts the closed form tells which collisions of opposite signs survive co-occurrence.",
    "eq. critical-three with the larger τ after a short relaxation",
    "Right in more than 0.85 of the collisions, all c together.",
    "Two features, three neurons, c from λ/20 to 2λ.",
)


def collapse(ratio: float, family: int) -> Claim:
    """The claim that survival depends on c/λ alone."""
    return Claim(
        f"How many collisions survive depends on c/λ alone (c = {ratio:g}λ).",
        "eq. critical-three: c* is proportional to λ",
        f"Share at 4λ minus share at λ within ± 0.10; Holm over {family} claims.",
        "Two features, three neurons, Gaussian starts that collide with opposite signs, λ = 0.02 and 0.08.",
    )
