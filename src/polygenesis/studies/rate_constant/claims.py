"""What a law of the count should do, with margins stated beforehand."""

from __future__ import annotations

from polygenesis.studies.base import Claim
from polygenesis.studies.paper_runs import FLOW_PENALTY

ROOM = 2
"""Exponents and the constant are judged where m ≥ 2n, as n²/4m is first order in n/m."""

_FLOW = f"Gradient flow at λ = {FLOW_PENALTY:g}, converged replicates"
_LAW = "arXiv:2312.03096, C4"

EXPONENT_N = Claim(
    "The number of polysemantic neurons grows as n².",
    _LAW,
    "Exponent of n within 2 ± 0.05.",
    f"{_FLOW}, all cells with m ≥ {ROOM}n.",
)
EXPONENT_M = Claim(
    "It falls as 1/m.",
    _LAW,
    "Exponent of m within −1 ± 0.05.",
    f"{_FLOW}, all cells with m ≥ {ROOM}n.",
)
CONSTANT = Claim(
    "Its constant is ¼.",
    _LAW,
    "Count over n²/4m, summed over cells, within 1 ± 0.05.",
    f"{_FLOW}, all cells with m ≥ {ROOM}n.",
)
WEAKER_OR_STRONGER = Claim(
    "The count does not depend on λ.",
    _LAW,
    "Count at 4λ over count at λ/4, summed over cells, within 1 ± 0.10; Holm over 3 claims.",
    f"Gradient flow, λ = {FLOW_PENALTY / 4:g} and {FLOW_PENALTY * 4:g}.",
)
DESCENT = Claim(
    "Gradient descent gives the count of gradient flow.",
    "the limit of small steps",
    "Ratio of the counts, summed over cells, within 1 ± 0.10; Holm over 3 claims.",
    f"Learning rate 0.05, λ = {FLOW_PENALTY:g}.",
)
ADAM = Claim(
    "AdamW as published gives the count of gradient flow.",
    "arXiv:2312.03096, theory against experiment",
    "Ratio of the counts, summed over cells, within 1 ± 0.10; Holm over 3 claims.",
    f"AdamW at λ = 0.001, learning rate 0.001, 7,500 steps; gradient flow at λ = {FLOW_PENALTY:g}.",
)
LEADERS = Claim(
    "Two features that keep their leads share a neuron as often as independent ones would.",
    "slot model times p², p the share of features that keep their lead",
    "Pairs over prediction, summed over cells, within 1 ± 0.10; Holm over 2 claims.",
    f"{_FLOW}, all cells with m ≥ {ROOM}n.",
)
MOVERS = Claim(
    "Features that move avoid the neurons that others hold.",
    "slot model times 1 − p²",
    "Pairs with a mover over prediction, summed over cells, below 0.95; Holm over 2 claims.",
    f"{_FLOW}, all cells with m ≥ {ROOM}n.",
)
CROWDED = Claim(
    "The count over the slot model grows with the crowding θ = (n − 1) E ReLU(W_i·W_j) ≈ n/√(2πm).",
    "‖Σ_i W_i‖² ≥ 0: with θ > 1 rows have no room for their negative overlaps",
    "Exponent of θ above 0.05.",
    f"{_FLOW}, training cells.",
)
FORMULA = Claim(
    "The slot model times c·θ^q predicts counts in new cells better than every published model.",
    "fitted to the training cells",
    "Poisson deviance a count below that of the best of n²/4m, slot and occupancy model; Holm over 2 claims.",
    f"{_FLOW}, held-out cells.",
)
COMPUTED = Claim(
    "A hurried race from W(0) predicts counts in new cells better than every published model.",
    "c · slots^a · (neurons it expects to be shared + ½)^b, fitted to the training cells",
    "Poisson deviance a count below that of the best of n²/4m, slot and occupancy model; Holm over 2 claims.",
    f"{_FLOW}, held-out cells.",
)
