"""What sharing should do from m = n/4 to 32n, with margins stated beforehand."""

from __future__ import annotations

from polygenesis.studies.base import Claim
from polygenesis.studies.capacity.cells import CUT_ROOM, CUT_STRENGTHS, REST
from polygenesis.studies.paper_runs import FLOW_PENALTY

_FLOW = f"Gradient flow at λ = {FLOW_PENALTY:g}"
_FREE = "Gradient flow without a penalty"

PLACED = Claim(
    "As long as n ≤ 2m, every feature finds a slot of its own.",
    "docs/theory.md, Capacity 1 and 2",
    "At least 98 % of networks certified converged.",
    f"{_FLOW}, m from n/2 to 32n.",
)
PEAK = Claim(
    "Widening first makes more accidents: the sharing that is not forced is largest at m = n.",
    "slot model less max(0, n − m)",
    "Mean excess at m = n above that at every other width of this study, one-sided 5 % each.",
    f"{_FLOW}, m from n/2 to 32n.",
)
REMOVED = Claim(
    "Taking the penalty away afterwards changes no polysemantic neuron.",
    "docs/theory.md, Capacity 7",
    "At most 1 % of features leave their neuron.",
    f"Converged networks of all widths, trained on at λ = 0 after λ = {FLOW_PENALTY:g}.",
)
WEAK = Claim(
    "A penalty four times weaker makes as many polysemantic neurons.",
    "arXiv:2312.03096, C4",
    "Ratio of counts, summed over widths, within 1 ± 0.10.",
    f"Gradient flow at λ = {FLOW_PENALTY / 4:g} and {FLOW_PENALTY:g}.",
)
SPENT = Claim(
    "How far a race goes depends on ∫λ dt alone.",
    "docs/theory.md, Capacity 8",
    "Share of settled features under 4λ less that under λ at the same ∫λ dt within ± 0.05 wherever the penalty is cut "
    "off; each cut one-sided at 5 %.",
    f"Gradient flow at λ = {CUT_STRENGTHS[0]:g} and {CUT_STRENGTHS[1]:g}, m = {CUT_ROOM}n.",
)
FROZEN = Claim(
    "A penalty that collapses leaves the race where it is.",
    "docs/theory.md, Capacity 7 and 8",
    "Share of settled features after training on without a penalty less that at the cut within ± 0.02 at every cut; "
    "each one-sided at 5 %.",
    f"Gradient flow at λ = {CUT_STRENGTHS[0]:g}, cut off at ∫λ dt from 0.25 to 4, m = {CUT_ROOM}n.",
)
INDEPENDENT = Claim(
    "Without a penalty no feature becomes a combination of others: sharing neurons at a loss of rank is its work.",
    "docs/theory.md, Capacity 9",
    "At most 1 % of networks with a rank below min(n, m).",
    f"{_FREE}, all widths.",
)
CAPACITY = Claim(
    "Without a penalty features share as many dimensions as they do neurons with one.",
    "docs/theory.md, Capacity 6: n − Σ C_i counts shared neurons at convergence",
    "Ratio of the means of n − Σ C_i, summed over widths, within 1 ± 0.25.",
    f"Gradient flow without a penalty against λ = {FLOW_PENALTY:g}, m ≥ 2n.",
)
REST_CLAIM = Claim(
    "With more features than slots networks come to rest too.",
    "docs/theory.md, Capacity 3 and 4",
    f"In at least 90 % of networks no weight moves faster than {REST:g} at the end, in units of λ a quarter.",
    f"{_FLOW} and without a penalty, m < n/2.",
)
MISSING_NORM = Claim(
    "What such a network loses is the squared norm that its features lack.",
    "docs/theory.md, Capacity 3",
    "Loss over n − ‖W‖² − (λ/4)‖W‖₁ within 1 ± 0.001.",
    f"{_FLOW} and without a penalty, m < n/2.",
)
DEATH = Claim(
    "Hardly any feature dies for want of a slot.",
    "docs/theory.md, Capacity 4",
    "Dead features below 2 % of those without a slot.",
    f"{_FLOW} and without a penalty, m < n/2.",
)
FULL = Claim(
    "Every dimension is used up.",
    "arXiv:2210.01892; docs/theory.md, Capacity 6",
    "Σ C_i over m above 0.98.",
    f"{_FLOW} and without a penalty, m < n/2.",
)


def excess(room: str) -> Claim:
    """The claim that networks share more than they must below m = n."""
    return Claim(
        f"At m = {room} networks share more neurons than they must.",
        "slot model less max(0, n − m)",
        "Mean excess over n − m above half a neuron; Holm over the widths between n/2 and n.",
        f"{_FLOW}, converged networks.",
    )


def slots(room: str) -> Claim:
    """The claim that the slot model tells the count where sharing is forced too."""
    return Claim(
        f"At m = {room} the count is that of random slots.",
        "slot model",
        "Count over prediction within 1 ± 0.10; Holm over the widths above n/2 and up to n.",
        f"{_FLOW}, converged networks.",
    )


def cheaper(room: str) -> Claim:
    """The claim that superposition costs less than death."""
    return Claim(
        f"At m = {room} features without a slot cost less than a dead feature each: they are in superposition.",
        "docs/theory.md, Capacity 4 and 5",
        "Loss over n − 2m below 0.9; Holm over the widths below n/2.",
        f"{_FREE}.",
    )
