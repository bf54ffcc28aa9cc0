"""What “weak first, decisive later” says in numbers, with margins stated beforehand."""

from __future__ import annotations

from polygenesis.studies.claim import Claim
from polygenesis.studies.interference_timing import estimands
from polygenesis.studies.interference_timing.arms import EARLY, EXPECTED, FAILURES, LATE
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
    f"Interference up to t = {EARLY:g} does not matter (m = {{room}}n).",
    _C6,
    Margin.share(_WINNERS, below=HARMLESS),
    _FLOW,
    "Interference off until t = {moment:g} changes {share} of the winners (n = {n}, m = {m}).",
    estimands.harmless,
    family="harmless first",
)
DECISIVE_LATER = Claim(
    f"Interference after t = {EARLY:g} is decisive (m = {{room}}n).",
    _C6,
    Margin.share(_WINNERS, above=DECISIVE),
    _FLOW,
    "Interference off from t = {moment:g} on changes {share} of the winners (n = {n}, m = {m}).",
    estimands.decisive,
    family="decisive later",
)
SETTLED_BY_HALF = Claim(
    f"Interference after λt = {LATE:g} decides nearly nothing (m = {{room}}n).",
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
    "Without interference the initial leader always wins, so neurons are shared as independent leaders share them.",
    "docs/theory.md, eq. leaders-alone, theory.leaders_alone",
    Margin.around("Neurons with two or more features over prediction, summed over widths,", 1, 0.05),
    "every network",
    "Without interference {mean:.3g} neurons a network hold two or more features, {found} times the prediction (with "
    "it, {full:.3g}).",
    estimands.lone,
)
OVERLAPS = Claim(
    "No overlap at the start exceeds the level of the union bound, but with probability δ.",
    "docs/reference/theory.rst, theory.largest_overlap: union bound with the exact tail",
    Margin.share(f"Share of networks with a larger |W_i·W_j|, for δ = {FAILURES[0]:g},", below=FAILURES[0] + 0.05),
    "independent N(0, 1/m) weights",
    "{networks} {have} a larger overlap at the start {tally}.",
    estimands.overlaps,
)
_LEADS = "No lead of a feature changes before the proved time, but with probability δ ="
_PROVED = "By the proved time for δ ="
LEADS_RARELY = Claim(
    f"{_LEADS} {FAILURES[0]:g}.",
    "docs/theory.md, eq. lead-time, theory.lead_time",
    Margin.share("Share of features whose leading neuron has changed by then", below=FAILURES[0]),
    "every network",
    f"{_PROVED} {FAILURES[0]:g} (t = {{times}}) {{share}} of the leads have changed.",
    estimands.leads_rarely,
    family="leads",
)
LEADS_OFTEN = Claim(
    f"{_LEADS} {FAILURES[1]:g}.",
    "docs/theory.md, eq. lead-time, theory.lead_time",
    Margin.share("Share of features whose leading neuron has changed by then", below=FAILURES[1]),
    "every network",
    f"{_PROVED} {FAILURES[1]:g} (t = {{times}}) {{share}} of the leads have changed.",
    estimands.leads_often,
    family="leads",
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
    OVERLAPS,
    LEADS_RARELY,
    LEADS_OFTEN,
    RATE,
)
