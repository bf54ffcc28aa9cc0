"""What a criterion of benign and malign should do, with margins stated beforehand."""

from __future__ import annotations

from polygenesis.studies.claim import Claim
from polygenesis.studies.collision_criterion import estimands
from polygenesis.studies.collision_criterion.pairs import NEURONS, PENALTIES, PENALTY
from polygenesis.studies.collision_criterion.snapshots import AHEAD, AT
from polygenesis.studies.margin import Margin

_THEN = f"converged networks, pairs that lead on one neuron at λt = {AT:g}"
_HERE = f"At λt = {AT:g} (n = {{n}}, m = {{m}})"
_RATES = "docs/theory.md, eq. lead-rate-of-a-pair, detect.lead_rates"
_AREA = f"{_HERE} the area under the curve is {{found}} over {{pairs}} pairs, of which {{stay}} stay."

SAME_SIGN = Claim(
    "No collision of the same sign survives.",
    "docs/theory.md, eq. sharing-cost at c = 0: sharing costs 1 − λ",
    Margin.share(
        "None of the pairs that lead on one neuron with the same sign at a saved time share it with the same sign at "
        "the end, and the 95 % upper bound of their share",
        below=0.01,
    ),
    "networks in which nothing moves any more",
    "{pairs} {survive} (with 95 % confidence at most {bound}; exact two-sided 95 % interval {exact}); {at_rest} pairs "
    "share a neuron at rest.",
    estimands.same_sign,
)
RANKING = Claim(
    "The growth rate of the weaker lead ranks collisions that stay above those that end.",
    _RATES,
    Margin.share("Area under the ROC curve", above=0.85),
    _THEN,
    _AREA,
    estimands.ranking,
)
WITHIN = Claim(
    "Among collisions of opposite signs, of which the sign says nothing, the growth rate of the weaker lead ranks "
    "those that stay above those that end.",
    _RATES,
    Margin.share("Area under the ROC curve", above=0.75),
    f"{_THEN} with opposite signs",
    _AREA,
    estimands.within,
)
PRECISION = Claim(
    "A forecast from signs and forces is more often right about collisions that it says will stay than a forecast from "
    "signs alone.",
    _RATES,
    Margin.above("Precision less that of signs, paired within networks,", 0.05),
    _THEN,
    f"{_HERE} {{by_rule}} of the collisions that should stay by signs and forces do (of those that stay it names "
    "{named}); of those that should stay by signs alone {by_sign} do (it names all): a share larger by {found}, a mean "
    "over networks.",
    estimands.precision,
)
MOVER = Claim(
    "When one of two colliding features leaves, it is the one whose lead grows less.",
    _RATES,
    Margin.share("Share right of the collisions that one feature leaves", above=0.75),
    _THEN,
    f"{_HERE} the feature that leaves is named in {{share}} of {{collisions}} cases.",
    estimands.mover,
)
EARLY = Claim(
    "The fate of a collision is known well before it is decided.",
    _RATES,
    Margin.share(
        f"Share of the collisions in which the forecast is right, for good, at least {AHEAD:g}/λ before the decision,",
        above=0.5,
    ),
    "converged networks, pairs that lead on one neuron at the first saved time",
    "In {share} of {collisions} collisions (n = {n}, m = {m}) the forecast is right for good at least "
    f"{AHEAD:g}/λ before the decision (by signs alone in {{by_sign}}); the median time ahead is λt = {{median:.2g}}.",
    estimands.early,
)
THRESHOLD = Claim(
    "A collision of opposite signs turns malign at c* = λ(1−τ)(1+τ²)^(3/2)/4τ (three neurons; two: exponent 1/2).",
    "docs/theory.md, eq. critical-three and critical-two, theory.critical_co_occurrence",
    Margin.around("Every threshold found by direct gradient flows over the formula", 1, 0.05),
    f"two features, two and three neurons, second weights of 0.2 to 0.8 of the largest, λ = {PENALTY:g}",
    "The {points} thresholds found by direct flows are within {off:.2g} % of the formulas (worst: {neurons} neurons, "
    "τ = {ratio:g}, {worst:.4g} against {formula:.4g}).",
    estimands.threshold,
)
CLOSED_FORM = Claim(
    "From Gaussian starts the closed form tells better than the more frequent fate which collisions of opposite signs "
    "survive co-occurrence.",
    "docs/theory.md, eq. critical-three with the larger τ after a short relaxation",
    Margin.above("Share right less that of the more frequent fate at each c and λ, all together,", 0.0),
    f"two features, {NEURONS} neurons, c from λ/20 to 2λ",
    "The closed form is right in {right} of {pairs} collisions, the more frequent fate in {frequent}: a share larger "
    "by {found}. Where its share of survivors is most wrong (c = {ratio:g}λ), it says {says} and {survive} survive.",
    estimands.closed_form,
    cases="collisions",
    trials="after the results were known: before, a share right of 0.85 was asked for, which the more frequent fate "
    "reaches too",
)
COLLAPSE = Claim(
    "How many collisions survive co-occurrence with probability c depends on c/λ alone (c = {ratio:g}λ).",
    "docs/theory.md, eq. critical-three: c* is proportional to λ",
    Margin.around("Share that survives at 4λ over that at λ", 1, 0.25),
    f"two features, {NEURONS} neurons, Gaussian starts that collide with opposite signs, "
    f"λ = {PENALTIES[0]:g} and {PENALTIES[1]:g}",
    "At c = {ratio:g}λ, {of_weak} of the collisions survive for λ = {weak:g} and {of_strong} for λ = {strong:g}: "
    "{found} times as many.",
    estimands.collapses,
    family="collapse",
    cases="collisions",
    trials="after the results were known: before, the difference of the shares was to be within ± 0.1, which shares "
    "below 0.1 cannot fail",
)

CLAIMS = (SAME_SIGN, RANKING, WITHIN, PRECISION, MOVER, EARLY, THRESHOLD, CLOSED_FORM, COLLAPSE)
