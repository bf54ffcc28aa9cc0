"""What sharing should do from m = n/4 to 32n, with margins stated beforehand."""

from __future__ import annotations

from polygenesis.studies.capacity import estimands
from polygenesis.studies.capacity.cells import REST
from polygenesis.studies.claim import Claim
from polygenesis.studies.margin import Margin

_TRIALS = "after runs with other seeds"
_CONVERGED = "converged networks"
_EVERY = "every network"
_TIGHT = "every network, m < n/2"

EXCESS = Claim(
    "At m = {room} networks share more neurons than they must.",
    "docs/theory.md, eq. slot, less max(0, n − m)",
    Margin.above("Mean excess over n − m, in neurons,", 0.5),
    _CONVERGED,
    "At m = {room}, {forced} shared neurons are forced and {found} are additional ({chance:.3g} by random slots).",
    estimands.excess,
    family="excess",
    trials=_TRIALS,
)
SLOTS = Claim(
    "At m = {room} networks share as many neurons as random slots would.",
    "docs/theory.md, eq. slot",
    Margin.around("Count over prediction", 1, 0.10),
    _CONVERGED,
    "At m = {room} the count is {found} times that of random slots.",
    estimands.slots,
    family="slots",
    trials=_TRIALS,
)
PLACED = Claim(
    "As long as n ≤ 2m, every feature finds a slot of its own.",
    "docs/theory.md, Capacity 1 and 2",
    Margin.share("Share of networks certified converged", above=0.98),
    _EVERY,
    "{networks} with n ≤ 2m converged {tally}.",
    estimands.placed,
    trials=_TRIALS,
)
PEAK = Claim(
    "Widening first makes more accidents: the sharing that is not forced is largest at m = n.",
    "docs/theory.md, eq. slot, less max(0, n − m)",
    Margin.above("Mean excess at m = n less that at every other width of this study, one-sided 5 % each,", 0),
    _CONVERGED,
    "The excess at m = n is {top:.3g} of {n} neurons, {found} more than at m = {rival}, the width that comes nearest.",
    estimands.peak,
    trials=_TRIALS,
)
WEAK = Claim(
    "Where no sharing is forced, a penalty four times weaker makes as many polysemantic neurons.",
    "arXiv:2312.03096; docs/paper.md, C4",
    Margin.around("Ratio of counts, summed over widths,", 1, 0.10),
    f"{_CONVERGED}, m ≥ n",
    "The count under the weaker penalty is {found} times that under the usual one.",
    estimands.weak,
    trials=f"{_TRIALS}; widths where sharing is forced were left out only after the results were known",
)
REMOVED = Claim(
    "Taking the L1 penalty away after training changes no polysemantic neuron.",
    "docs/theory.md, Capacity 7",
    Margin.share("Share of features that leave their neuron", below=0.01),
    "converged networks, trained on at λ = 0",
    "{features} changed neuron without the penalty {tally}.",
    estimands.removed,
    trials=_TRIALS,
)
SPENT = Claim(
    "How far the race of a feature's weights goes depends on ∫λ dt alone.",
    "docs/theory.md, Capacity 8",
    Margin.around(
        "Share of settled features under 4λ less that under λ at the same ∫λ dt, at every cut, one-sided at 5 % each,",
        0,
        0.05,
    ),
    "the penalty cut off at the same ∫λ dt",
    "At ∫λ dt = {at:g} the strong penalty has settled a share of features larger by {found} (the cut where the two "
    "differ most).",
    estimands.spent,
    trials=_TRIALS,
)
FROZEN = Claim(
    "Where a penalty of λ = {strength:g} is switched off, the race stays where it is: no more features settle.",
    "docs/theory.md, Capacity 7 and 8",
    Margin.around(
        "Share of settled features after training on without a penalty less that at the cut, at every cut, one-sided "
        "at 5 % each,",
        0,
        0.02,
    ),
    "the penalty cut off at ∫λ dt from 0.25 to 4",
    "Where λ = {strength:g} is cut off at ∫λ dt = {at:g}, the share of settled features grows by {found} without it "
    "(the cut where the two differ most).",
    estimands.frozen,
    family="frozen",
    trials=f"{_TRIALS}; judged at the larger λ too only after its results were known",
)
INDEPENDENT = Claim(
    "Without a penalty no feature becomes a combination of others: sharing neurons at a loss of rank is its work.",
    "docs/theory.md, Capacity 9",
    Margin.share("Share of networks with a rank below min(n, m)", below=0.01),
    _EVERY,
    "{networks} {have} a rank below min(n, m) {tally}.",
    estimands.independent,
    trials=_TRIALS,
)
CAPACITY = Claim(
    "Without a penalty features share as many dimensions as they share neurons with an L1 penalty.",
    "docs/theory.md, Capacity 6: n − Σ C_i counts shared neurons at convergence",
    Margin.around("Ratio of the means of n − Σ C_i, summed over widths,", 1, 0.25),
    "m ≥ 2n; with a penalty, converged networks",
    "Dimensions shared without a penalty are {found} times the neurons shared with one ({each}).",
    estimands.capacity,
    trials=_TRIALS,
)
CHEAPER = Claim(
    "At m = {room} features without a slot cost less than a dead feature each: they are in superposition.",
    "docs/theory.md, Capacity 4 and 5",
    Margin.below("Loss over n − 2m", 0.9, least=0.0, ratio=True),
    _EVERY,
    "At m = {room} a feature without a slot costs {found}; {best:.3g} in the best network, {known:.3g} in the best "
    "arrangement with a name, 1 if it died.",
    estimands.cheaper,
    family="cheaper",
    trials=_TRIALS,
)
REST_CLAIM = Claim(
    "Networks with more features than slots, n > 2m, come to rest.",
    "docs/theory.md, Capacity 3 and 4",
    Margin.share(f"Share of networks in which no weight moves faster than {REST:g} at the end", above=0.9),
    _TIGHT,
    "{networks} with n > 2m came to rest {tally}.",
    estimands.at_rest,
    trials=_TRIALS,
)
DEATH = Claim(
    "Where n > 2m, hardly any feature dies for want of a slot.",
    "docs/theory.md, Capacity 4",
    Margin.share("Dead features over those without a slot", below=0.02),
    _TIGHT,
    "The dead features ({dead} in all) are {share} of the {spare} features without a slot.",
    estimands.death,
    trials=_TRIALS,
)
FULL = Claim(
    "Where n > 2m, features use up every dimension.",
    "arXiv:2210.01892; docs/theory.md, Capacity 6",
    Margin.above("Σ C_i over m", 0.98, most=1.0),
    _TIGHT,
    "Where n > 2m the capacities of all features add up to {found} of the dimensions.",
    estimands.full,
    trials=_TRIALS,
)

CLAIMS = (
    EXCESS,
    SLOTS,
    PLACED,
    PEAK,
    WEAK,
    REMOVED,
    SPENT,
    FROZEN,
    INDEPENDENT,
    CAPACITY,
    CHEAPER,
    REST_CLAIM,
    DEATH,
    FULL,
)
