"""What “weak first, decisive later” says in numbers, with margins stated beforehand."""

from __future__ import annotations

from polygenesis import theory
from polygenesis.studies.base import Claim
from polygenesis.studies.paper_runs import FLOW_PENALTY

EARLY = theory.winners.RELAXED
"""The first moments, in the loss's clock: 3 % of 1/λ, long before the race thins rows out."""

LATE = 0.5
"""λt when the race is half over: its first half decides nearly everything that it will decide."""

FAILURES = (0.05, 0.5)
"""The failure probabilities δ of the proved bounds."""

EXPECTED = 0.02
"""Leads are first compared with the first-order rate when it expects this share to have changed."""

WEAK, HARMLESS, DECISIVE, SETTLED = 0.10, 0.05, 0.25, 0.05
"""Largest share of force that is weak; of winners: harmless at most, decisive at least, left once settled at most."""

_FLOW = f"Gradient flow, λ = {FLOW_PENALTY:g}, networks in which the run with full interference converged"
_C6 = "arXiv:2312.03096, C6"

OVERLAPS = Claim(
    "No overlap at the start exceeds the level of the union bound, but with probability δ.",
    "union bound, theory.largest_overlap",
    f"Share of networks with a larger |W_i·W_j| at most δ = {FAILURES[0]:g}, with a margin of 0.05.",
    "Independent N(0, 1/m) weights, all widths.",
)
LEADS = {
    failure: Claim(
        f"No lead of a feature changes before the proved time, but with probability δ = {failure:g}.",
        "eq. lead-time, theory.lead_time",
        f"Share of features whose leading neuron has changed by then at most {failure:g}; Holm over 2 claims.",
        f"Gradient flow, λ = {FLOW_PENALTY:g}, all widths.",
    )
    for failure in FAILURES
}
RATE = Claim(
    "Leads change at first at the rate that random overlaps give.",
    "eq. lead-rate, theory.first_changes",
    f"Changed leads over prediction within 1 ± 0.20, when {100 * EXPECTED:g} % are expected.",
    f"Gradient flow, λ = {FLOW_PENALTY:g}, all widths.",
)


def weak_first(room: int, family: int) -> Claim:
    """The claim that interference is the smaller force at the start."""
    return Claim(
        f"At the start interference is a weak force (m = {room}n).",
        _C6,
        f"Norm at most {WEAK:g} of the sum of the norms of the three forces at t = 0; Holm over {family} claims.",
        f"Gradient flow, λ = {FLOW_PENALTY:g}, Gaussian weights of variance 1/m.",
    )


def harmless_first(room: int, family: int) -> Claim:
    """The claim that interference in the first moments changes few winners."""
    return Claim(
        f"Interference up to t = {EARLY:g} does not matter (m = {room}n).",
        _C6,
        f"Without it at most {HARMLESS:g} of the winners change; Holm over {family} claims.",
        _FLOW + ".",
    )


def decisive_later(room: int, family: int) -> Claim:
    """The claim that interference after the first moments decides many winners."""
    return Claim(
        f"Interference after t = {EARLY:g} is decisive (m = {room}n).",
        _C6,
        f"Without it at least {DECISIVE:g} of the winners change; Holm over {family} claims.",
        _FLOW + ".",
    )


def settled_by_half(room: int, family: int) -> Claim:
    """The claim that interference has decided what it decides when the race is half over."""
    return Claim(
        f"Interference after λt = {LATE:g} decides nearly nothing (m = {room}n).",
        "a pair that is left to meet has met by then",
        f"Without it at most {SETTLED:g} of the winners change; Holm over {family} claims.",
        _FLOW + ".",
    )


def collisions_only(room: int, family: int) -> Claim:
    """The claim that interference acts through the collisions of the start."""
    return Claim(
        f"Interference acts through collisions of the same sign at the start (m = {room}n).",
        "arXiv:2312.03096, C2, C4 and C6",
        f"With interference between those pairs alone at most {HARMLESS:g} of the winners change; Holm over {family} "
        "claims.",
        _FLOW + ".",
    )


LONE = Claim(
    "Without interference the initial leader always wins, so neurons are shared as independent leaders share them.",
    "eq. leaders-alone, theory.leaders_alone",
    "Neurons with two or more features over prediction, summed over widths, within 1 ± 0.05.",
    f"Gradient flow without interference, λ = {FLOW_PENALTY:g}.",
)
