"""What theory says of features that occur together, with margins stated beforehand."""

from __future__ import annotations

from polygenesis.studies.claim import Claim
from polygenesis.studies.cooccurrence import estimands
from polygenesis.studies.cooccurrence.continuations import MODERATE
from polygenesis.studies.cooccurrence.estimands import FAR
from polygenesis.studies.margin import Margin

_SOURCE = "docs/theory.md, Co-occurrence"
_EXPECTATION = "independent features, expectation over all inputs"
_UP_TO = f"{MODERATE.max():g}"

DIES = Claim(
    f"From random weights, features that fire with probability p = {FAR:g} λ share almost no neuron.",
    f"{_SOURCE}, eq. pair-race",
    Margin.below("Count over that of one-hot features, all λ together,", 0.05, least=0.0, ratio=True),
    _EXPECTATION,
    f"At p = {FAR:g} λ {{networks}} networks have {{count}} polysemantic neurons left, {{found}} times as many as with "
    "one-hot features.",
    estimands.dies,
)
PROPORTIONAL = Claim(
    "The p* at which half of the polysemantic neurons are gone is proportional to λ.",
    f"{_SOURCE}, eq. half",
    Margin.around("Exponent of p* in λ", 1, 0.10),
    _EXPECTATION,
    "p* grows as λ to the power {found}.",
    estimands.proportional,
)
CONSTANT = Claim(
    "At n = {n}, m = {m} the race of two features gives the p*/λ at which half of the polysemantic neurons are gone.",
    f"{_SOURCE}, eq. pair-race, displaced",
    Margin.around("Measured over predicted", 1, 0.25),
    _EXPECTATION,
    "At n = {n}, m = {m}, p* = {measured:.3g} λ where the race of two features says {predicted:.3g} λ: a ratio of "
    "{found}.",
    estimands.constants,
    family="constants",
)
KEPT = Claim(
    "Pairs of a network trained on one-hot features stay together when it is trained on with features that fire with "
    f"any probability up to {_UP_TO}, whatever λ.",
    f"{_SOURCE}, eq. force-unused: a neuron that nobody uses exerts no force on a zero weight",
    Margin.share("Share of the pairs that stay at every such p", above=0.95),
    "finished networks trained on with Bernoulli(p) features",
    f"{{pairs}} {{stay}} together at every p up to {_UP_TO} {{tally}}.",
    estimands.kept,
)
PARTING = Claim(
    "With λ = {strength:g}, a pair of which one feature is given {ratio:g} of its weight on an unused neuron parts "
    "above p = λ(1−ρ)√(1+ρ²)/4ρ.",
    f"{_SOURCE}, eq. separation",
    Margin.around("Measured threshold over theory", 1, 0.15),
    "finished networks, one kick each; p well below ρ²",
    "Kicked pairs part above {found} times the predicted p of {expected:.3g} (λ = {strength:g}, ρ = {ratio:g}; "
    "{networks} networks, bracket).",
    estimands.partings,
)
LEAKING = Claim(
    "With λ = {strength:g}, the features of existing pairs leak onto neurons of others above a p of about √λ, without "
    "parting.",
    f"{_SOURCE}, eq. leak",
    Margin.around("Measured threshold over theory", 1, 0.10),
    "finished networks trained on",
    "Pairs leak above {found} times the predicted p of {expected:.3g} (λ = {strength:g}, {networks} networks, "
    "bracket).",
    estimands.leaks,
)
SAMPLED = Claim(
    "Minibatches of fresh inputs have the p* of the exact expectation, at which half of the polysemantic neurons are "
    "gone.",
    f"{_SOURCE}: the mean force decides, as long as a step moves weights little",
    Margin.around("Ratio of the two p*", 1, 0.30),
    "minibatches against the expectation over all inputs",
    "Minibatches have a p* of {half:.3g} λ, {found} times that of the exact expectation.",
    estimands.sampled,
)

CLAIMS = (DIES, PROPORTIONAL, CONSTANT, KEPT, PARTING, LEAKING, SAMPLED)
