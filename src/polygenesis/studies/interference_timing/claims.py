"""What “weak first, decisive later” says in numbers, with margins stated beforehand."""

from __future__ import annotations

from polygenesis.studies.claim import Claim
from polygenesis.studies.interference_timing import estimands
from polygenesis.studies.interference_timing.arms import EARLY, EXPECTED, LATE
from polygenesis.studies.margin import Margin

WEAK, HARMLESS, DECISIVE, SETTLED = 0.10, 0.05, 0.25, 0.05
"""Largest share of force that is weak; of winners: harmless at most, decisive at least, left once settled at most."""

_FLOW = "networks in which the run with full interference converged"
_C6 = "arXiv:2312.03096; docs/paper.md, C6"
_WINNERS = "Share of the winners that change without it"

WEAK_FIRST = Claim(
    "At the paper's start, rows of norm 1, interference is a weak force (m = {room}n).",
    _C6,
    Margin.share("Norm of interference over the sum of the norms of the three forces at t = 0", below=WEAK),
    "Gaussian weights of variance 1/m",
    "At the start (n = {n}, m = {m}) interference is {found} of the sum of the three forces' norms; the largest share "
    "later than λt = 0.1 is {later:.2g}.",
    estimands.weak,
    family="weak first",
)
WEAK_SHORT = Claim(
    "Where rows start with norm {norm:g}, interference is a weak force at first (m = {room}n).",
    _C6,
    Margin.share("Norm of interference over the sum of the norms of the three forces at t = 0", below=WEAK),
    "Gaussian weights of standard deviation {norm:g}/√m, nothing trained",
    "At a start of norm {norm:g} (n = {n}, m = {m}) interference is {found} of the sum of the three forces' norms.",
    estimands.weak_short,
    family="weak first, short",
    trials="after the results were known: shares of force at shorter starts had been reported before this claim was "
    "made, first of the smallest norm alone",
)
HARMLESS_FIRST = Claim(
    f"Interference up to t = {EARLY:g} changes hardly any winner (m = {{room}}n).",
    _C6,
    Margin.share(_WINNERS, below=HARMLESS),
    _FLOW,
    "Interference off until t = {moment:g} changes {share} of the winners (n = {n}, m = {m}).",
    estimands.harmless,
    family="harmless first",
)
DECISIVE_LATER = Claim(
    f"Interference after t = {EARLY:g} decides who wins (m = {{room}}n).",
    _C6,
    Margin.share(_WINNERS, above=DECISIVE),
    _FLOW,
    "Interference off from t = {moment:g} on changes {share} of the winners (n = {n}, m = {m}).",
    estimands.decisive,
    family="decisive later",
)
SETTLED_BY_HALF = Claim(
    f"Interference after λt = {LATE:g} changes hardly any winner (m = {{room}}n).",
    "docs/paper.md, question 7: a pair that is left to meet has met by then",
    Margin.share(_WINNERS, below=SETTLED),
    _FLOW,
    "Interference off from t = {moment:g} on changes {share} of the winners (n = {n}, m = {m}).",
    estimands.settled,
    family="settled by half",
)
COLLISIONS_ONLY = Claim(
    "Interference acts through collisions of the same sign at the start (m = {room}n).",
    "arXiv:2312.03096; docs/paper.md, C2, C4 and C6",
    Margin.share("Share of the winners that change with interference between those pairs alone", below=HARMLESS),
    _FLOW,
    "Interference between features that lead on one neuron with the same sign at the start, and between no others, "
    "changes {share} of the winners (n = {n}, m = {m}). None at all changes {never}, all but those pairs' {off}.",
    estimands.collisions_only,
    family="collisions only",
)
LONE = Claim(
    "Without interference as many neurons hold two or more features as independent initial leaders put there.",
    "docs/theory.md, eq. leaders-alone, theory.leaders_alone",
    Margin.around("Neurons with two or more features over prediction, summed over widths,", 1, 0.05),
    "every network",
    "Without interference the neurons that hold two or more features number {found} times the prediction: {means}.",
    estimands.lone,
)
RATE = Claim(
    "Leads change at first at the rate that random overlaps give.",
    "docs/theory.md, eq. lead-rate, theory.first_changes",
    Margin.around(f"Changed leads over prediction, when {100 * EXPECTED:g} % are expected,", 1, 0.20),
    "every network",
    f"When {100 * EXPECTED:g} % of the leads should have changed, {{found}} times that many have.",
    estimands.rate,
)

CLAIMS = (
    WEAK_FIRST,
    WEAK_SHORT,
    HARMLESS_FIRST,
    DECISIVE_LATER,
    SETTLED_BY_HALF,
    COLLISIONS_ONLY,
    LONE,
    RATE,
)
