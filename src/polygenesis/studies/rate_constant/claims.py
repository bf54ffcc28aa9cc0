"""What a law of the count should do, with margins stated beforehand."""

from __future__ import annotations

from polygenesis.studies.claim import Claim
from polygenesis.studies.margin import Margin
from polygenesis.studies.rate_constant import estimands
from polygenesis.studies.rate_constant.cells import STRENGTHS
from polygenesis.studies.rate_constant.estimands import ROOM

_WIDE = f"converged replicates of all cells with m ≥ {ROOM}n"
_LAW = "arXiv:2312.03096; docs/paper.md, C4"
_POWER = f"Over {{networks}} networks in {{cells}} cells with m ≥ {ROOM}n the count goes as"
_BEATS = (
    "On {networks} networks in {cells} held-out cells {law} has a deviance of {mine:.3g} a count; the {best}, the best "
    "published, has {theirs:.3g}: a difference of {found}."
)
_TRIALS = "after runs with other seeds"
_KNOWN = "after the results were known: how far both forecasts are off at small θ had been reported before"

EXPONENT_N = Claim(
    "The number of polysemantic neurons grows as n².",
    _LAW,
    Margin.around("Exponent of n", 2, 0.05),
    _WIDE,
    f"{_POWER} n to the power {{found}}.",
    estimands.exponent_n,
    trials=_TRIALS,
)
EXPONENT_M = Claim(
    "The number of polysemantic neurons falls as 1/m.",
    _LAW,
    Margin.around("Exponent of m", -1, 0.05),
    _WIDE,
    f"{_POWER} m to the power {{found}}.",
    estimands.exponent_m,
    trials=_TRIALS,
)
CONSTANT = Claim(
    "The number of polysemantic neurons is n²/m times the constant ¼.",
    _LAW,
    Margin.around("Count over n²/4m, summed over cells,", 1, 0.05),
    _WIDE,
    f"The count is {{found}} times n²/4m over {{cells}} cells with m ≥ {ROOM}n.",
    estimands.constant,
    trials=_TRIALS,
)
WEAKER_OR_STRONGER = Claim(
    "The number of polysemantic neurons does not depend on λ.",
    _LAW,
    Margin.around("Count at the strong λ over count at the weak one, summed over cells,", 1, 0.10),
    "converged replicates",
    f"At λ = {STRENGTHS[1]:g} the count is {{found}} times that at λ = {STRENGTHS[0]:g} (n = {{n}}, {{sizes}}).",
    estimands.strengths,
    family="processes",
    trials=_TRIALS,
)
DESCENT = Claim(
    "Gradient descent gives as many polysemantic neurons as gradient flow.",
    "docs/paper.md, question 1: gradient flow is the limit of small steps",
    Margin.around("Ratio of the counts, summed over cells,", 1, 0.10),
    "replicates in which every feature settled",
    "The count of gradient descent is {found} times gradient flow's (n = {n}, {sizes}).",
    estimands.descent,
    family="processes",
    trials=_TRIALS,
)
ADAM = Claim(
    "AdamW as published gives as many polysemantic neurons as gradient flow.",
    "arXiv:2312.03096; docs/paper.md, C4 (theory) and E3 (experiment)",
    Margin.around("Ratio of the counts, summed over cells,", 1, 0.10),
    "AdamW: |W| in [0.8, 1.2], any replicate; gradient flow: converged replicates",
    "The count of AdamW is {found} times gradient flow's (n = {n}, {sizes}).",
    estimands.adam,
    family="processes",
    trials=_TRIALS,
)
LEADERS = Claim(
    "Two features that keep their leads share a neuron as often as independent ones would.",
    "docs/theory.md, eq. slot, times p², p the share of features that keep their lead",
    Margin.around("Pairs over prediction, summed over cells,", 1, 0.10),
    _WIDE,
    f"Pairs of two features that keep their leads number {{found}} times p² of the slot model (m ≥ {ROOM}n).",
    estimands.leaders,
    family="origins",
    trials=_TRIALS,
)
MOVERS = Claim(
    "Features that leave their initial leader avoid the neurons that others hold.",
    "docs/theory.md, eq. slot, times 1 − p²",
    Margin.below("Pairs with a mover over prediction, summed over cells,", 0.95, least=0.0, ratio=True),
    _WIDE,
    f"Pairs with a feature that moved in number {{found}} times 1 − p² of the slot model (m ≥ {ROOM}n).",
    estimands.movers,
    family="origins",
    trials=_TRIALS,
)
CROWDED = Claim(
    "The number of polysemantic neurons over the slot model grows with the crowding θ = (n − 1) E ReLU(W_i·W_j), about "
    "n/√(2πm).",
    "docs/theory.md, Crowding 1 and 2: with θ > 1 rows have no room for their negative overlaps",
    Margin.above("Exponent of θ", 0.05),
    "converged replicates of training cells, {span}",
    "The count over the slot model goes as θ to the power {found}. The fit runs from {first:.2g} at θ = {low:.2g} to "
    "{last:.2g} at θ = {high:.2g}; the cells there have {at_low:.2g} and {at_high:.2g}, and the lowest of all cells "
    "has {lowest:.2g}, at θ = {where:.2g}.",
    estimands.crowded,
    trials=_TRIALS,
)
DILUTED = Claim(
    "At small crowding θ too, the slot model times c·θ^q predicts the number of polysemantic neurons.",
    "docs/theory.md, Crowding 3: fitted to the training cells",
    Margin.around("Count over the formula, summed over cells,", 1, 0.10),
    "converged replicates of dilute cells, {span}",
    "The count is {found} times that of the fitted formula over {cells} cells with {span}.",
    estimands.diluted,
    family="dilute",
    trials=_KNOWN,
)
DILUTED_TOLD = Claim(
    "At small crowding θ, the number of polysemantic neurons is what a hurried race from W(0) expects without a fitted "
    "form.",
    "docs/theory.md, Winners 3 and 4; theory.hurried_race",
    Margin.around("Count over the forecast, summed over cells,", 1, 0.10),
    "converged replicates of dilute cells, {span}",
    "The count is {found} times what hurried races expect over {cells} cells with {span}.",
    estimands.diluted_told,
    family="dilute",
    trials=_KNOWN,
)
_DEVIANCE = "Poisson deviance a count less that of the best of n²/4m, slot and occupancy model"
FORMULA = Claim(
    "The slot model times c·θ^q predicts the number of polysemantic neurons at new sizes better than every published "
    "model.",
    "docs/theory.md, Crowding 3: fitted to the training cells",
    Margin.below(_DEVIANCE, 0.0),
    "converged replicates of held-out cells",
    _BEATS,
    estimands.formula,
    family="laws",
    trials=_TRIALS,
)
COMPUTED = Claim(
    "A hurried race from W(0) predicts the number of polysemantic neurons at new sizes better than every published "
    "model.",
    "docs/theory.md, Winners 3 and 4: c · slots^a · (expected shared neurons + ½)^b, fitted to the training cells",
    Margin.below(_DEVIANCE, 0.0),
    "converged replicates of held-out cells",
    _BEATS,
    estimands.computed,
    family="laws",
    trials=_TRIALS,
)

CLAIMS = (
    EXPONENT_N,
    EXPONENT_M,
    CONSTANT,
    WEAKER_OR_STRONGER,
    DESCENT,
    ADAM,
    LEADERS,
    MOVERS,
    CROWDED,
    FORMULA,
    COMPUTED,
    DILUTED,
    DILUTED_TOLD,
)
