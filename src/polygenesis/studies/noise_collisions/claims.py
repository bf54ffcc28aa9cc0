"""What hidden noise may do to collisions, with margins stated beforehand."""

from __future__ import annotations

from polygenesis import theory
from polygenesis.studies.claim import Claim
from polygenesis.studies.margin import Margin
from polygenesis.studies.noise_collisions import estimands
from polygenesis.studies.noise_collisions.estimands import ABOVE, BELOW, REACH
from polygenesis.studies.noise_collisions.plans import STD

ABSENT = 0.1
"""A mean count below this share of the chance law is the law's absence."""

FREED = 0.5
"""A ratio of counts below this says that noise prevents collisions."""

_PAPER = theory.PAPER
_WEAK = f"λ*/{BELOW:g}"
_SOUND = "all replicates without divergence"
_TRIALS = "after trial runs with another seed"
_COUNTED = (
    "{law} noise: {count} polysemantic neurons in {networks} networks, {found} times the {expected:.0f} of chance "
    "(settings: {settings})."
)
_COMPARED = (
    "{cell} (λ* = {threshold:.3g}) makes {found} times the {without:.2f} collisions without noise ({many} and {bare} "
    "resolved replicates)."
)

REWARDED = Claim(
    "Under {kind} noise two bare features of opposite signs cost less on one neuron than on two, by "
    "2a²[σ²/2 − E(ξ − a)₊²].",
    "docs/theory.md, Noise 3",
    Margin.around("Simulated over exact saving", 1, 0.02),
    f"rows with one weight a = 1, σ = {STD:g}, nothing trained",
    "Under {law} noise with σ = {std:g} a bare pair saves {exact:.4g} ({relative:.3g} σ²) on one neuron; {draws:,} "
    "draws give {found} times that.",
    estimands.rewarded,
    family="rewards",
    cases="draws",
    trials=_TRIALS,
)
LASTING = Claim(
    "Under bipolar noise the reward of two features on one neuron lasts: splitting the pair and training both arms on "
    "raises the expected loss.",
    "docs/theory.md, Noise 3 (Noise 6 expects the opposite)",
    Margin.above("Rise of the expected loss by splitting at every σ, in J/n (refuted if at none)", 0.05),
    "bipolar noise, σ = {stds}, no penalty; expectations over all signs, relaxed by gradient flow",
    "After relaxing, splitting changes the expected loss by {changes} (n = {n}).",
    estimands.lasting,
    trials=_TRIALS,
)
KEPT = Claim(
    "Where L1 keeps rows bare, a pair keeps its reward: splitting costs a²σ² at λ = {strength:g} > λ*.",
    "docs/theory.md, Noise 3 and 4",
    Margin.around("Cost of splitting, both arms trained on, over a²σ² (an exact computation)", 1, 0.1),
    "bipolar noise; expectations over all signs",
    "At λ = {strength:g} (λ* = {threshold:.3g}) and σ = {std:g}, splitting costs {change:.4g} after relaxing, "
    "{ratio:.3f} times a²σ² with a = {norm:.3f}.",
    estimands.kept,
    trials=_TRIALS,
)
BY_CHANCE = Claim(
    "{law} noise makes as many polysemantic neurons as chance: n(n−1)/(2(2m−1)).",
    f"{_PAPER}; docs/paper.md, C4 applied to C7",
    Margin.around("Count over the slot model's", 1, 0.25),
    f"noise independent for every input; m ≥ n − 1; {_SOUND}",
    _COUNTED,
    estimands.by_chance,
    family="chance",
    trials=f"{_TRIALS}; all settings of a law together only after the results were known, before one claim a setting",
)
ABSENCE = Claim(
    f"{{law}} noise makes next to no polysemantic neurons: less than {ABSENT:.0%} of the chance law.",
    "docs/theory.md, Noise 6",
    Margin.below("Count over the slot model's", ABSENT, least=0.0, ratio=True),
    f"m ≥ n − 1; {_SOUND}",
    _COUNTED,
    estimands.absent,
    family="absence",
    trials=_TRIALS,
)
SIMPLEX = Claim(
    "Under {cell} rows turn away from each other until they sum to zero: the mean overlap is −‖W‖²/(n − 1).",
    "docs/theory.md, Noise 5",
    Margin.around("Mean overlap over −‖W‖²/(n − 1)", 1, 0.1),
    f"end of training; {_SOUND}",
    "{cell}: mean overlap {found} times −‖W‖²/(n − 1).",
    estimands.turned_away,
    family="simplex",
    trials=_TRIALS,
)
UNMOVED = Claim(
    "{cell} does not make rows sparse: overlaps are clipped, or there are none.",
    "docs/theory.md, Noise 2",
    Margin.around("Mean fourth norm of unit rows", 0, 0.05, origin="3/(m+2)"),
    f"1/(n − 1) ≥ {REACH:g}σ or n = 1",
    "{cell} ends at a fourth norm of {found}; a random direction has {level:.3f}.",
    estimands.unmoved,
    family="unmoved",
    trials=_TRIALS,
)
PREVENTED = Claim(
    f"{{cell}} at λ ≤ {_WEAK} prevents collisions: fewer than {FREED:.0%} of those without noise.",
    "docs/theory.md, Noise 4 and 6",
    Margin.below("Ratio of mean counts", FREED, least=0.0, ratio=True),
    "resolved replicates",
    _COMPARED,
    estimands.freed,
    family="prevented",
    trials=_TRIALS,
)
HELD = Claim(
    f"{{cell}} at λ ≥ {ABOVE:g} λ* leaves the number of collisions as it is without noise.",
    "docs/theory.md, Noise 4",
    Margin.around("Ratio of mean counts", 1, 0.25),
    "resolved replicates",
    _COMPARED,
    estimands.held,
    family="held",
    trials=_TRIALS,
)

CLAIMS = (REWARDED, LASTING, KEPT, BY_CHANCE, ABSENCE, SIMPLEX, UNMOVED, PREVENTED, HELD)
