"""What the toy models of superposition should show, with margins stated beforehand."""

from __future__ import annotations

from polygenesis.studies.claim import Claim
from polygenesis.studies.margin import Margin
from polygenesis.studies.toy_models import estimands
from polygenesis.studies.toy_models.estimands import CROWD, ON
from polygenesis.studies.toy_models.geometry import ANGLE, NEAR, STICKY
from polygenesis.studies.toy_models.plan import FEW, SPARSE

_PAPER = "arXiv:2209.10652"
_TOY = "tied weights, output bias and ReLU"
_SIZES = "numbers of networks, densities, sizes n and m and steps after a run of the standard profile with another seed"
_TRIALS = f"margin after a look at single networks of the quick profile's size; {_SIZES}"
_BEFORE = f"margin before any run; {_SIZES}"

DENSE = Claim(
    "Features that are always on are not superposed: the m most important have a dimension each, the others none.",
    f"{_PAPER}, section “Demonstrating Superposition”",
    Margin.share(
        f"Share of the features with D ≥ {ON:g} among the first m, D ≤ {1 - ON:g} among the others,", above=0.95
    ),
    _TOY,
    "{features} have what their importance gives them at p = 1 {tally}.",
    estimands.dense,
    trials=_TRIALS,
)
CROWDED = Claim(
    "Networks of sparse features represent more of them than they have dimensions.",
    f"{_PAPER}, section “Demonstrating Superposition”",
    Margin.share(f"Share of networks with p ≤ {CROWD:g}", above=0.95),
    _TOY,
    f"{{networks}} with p ≤ {CROWD:g} represent more features than they have dimensions {{tally}}.",
    estimands.crowded,
    trials=f"{_TRIALS}; two networks more a density after the results were known, because with 10 no outcome supported "
    "the claim",
)
PLATEAU = Claim(
    "As features become sparser, the dimensions per feature stay at 1/2 for a while: the features are antipodal pairs.",
    f"{_PAPER}, section “The Geometry of Superposition”",
    Margin.above(f"Ratio of the densities between which D* = m/‖W‖² stays within 1/2 ± {STICKY:g}", 2, ratio=True),
    _TOY,
    "D* stays at 1/2 from p = {least:g} to p = {most:g}, a ratio of {found}, where the interval is that of the "
    "densities that were trained.",
    estimands.plateau,
    trials=_BEFORE,
)
POLYTOPES = Claim(
    "At p = {density:g} features of equal importance are arranged in uniform polytopes.",
    f"{_PAPER}, section “The Geometry of Superposition”",
    Margin.share(
        f"Share of the represented features with a dimensionality within {NEAR:g} of 1, 3/4, 2/3, 1/2, 2/5 or 3/8",
        above=0.6,
    ),
    f"{_TOY}; equal importance; p < 1 and D* ≥ 3/8, below which none of these polytopes fits",
    "At p = {density:g}, where D* is {mean:.3g}, {share} of the represented features have the dimensionality of a "
    "uniform polytope; of numbers drawn evenly from 3/8 to 1 it would be {chance:.0f} %.",
    estimands.polytopes,
    family="polytopes",
    trials="margin before any run; limited to D* ≥ 3/8, and asked of each density by itself, after one of the quick "
    f"profile; {_SIZES}",
)
PENTAGONS = Claim(
    "Five sparse features in two dimensions form a pentagon.",
    f"{_PAPER}, introduction",
    Margin.share(f"Share of networks in which all five are represented, 72° ± {ANGLE:g}° apart,", above=0.9),
    f"{_TOY}; p = {FEW[2]:g}",
    "{networks} end as a pentagon {tally}{others}.",
    estimands.pentagons,
    trials=_TRIALS,
)
PAIRS = Claim(
    "At moderate density four of five features in two dimensions form two antipodal pairs, and the fifth is ignored.",
    f"{_PAPER}, introduction",
    Margin.share(
        f"Share of networks in which four are represented with dimensionalities of 1/2 ± {STICKY:g}", above=0.5
    ),
    f"{_TOY}; p = {FEW[1]:g}",
    "{networks} end as two antipodal pairs {tally}{others}.",
    estimands.pairs,
    trials=_TRIALS,
)
FULL = Claim(
    "Where there are fewer dimensions than sparse features, none is wasted: dimensionalities add up to the dimensions.",
    f"{_PAPER}, section “The Geometry of Superposition”; docs/theory.md, Capacity 6: n − Σ D ≥ n − m, as Σ D ≤ m",
    Margin.around("Σ D over m", 1, 0.02),
    f"{_TOY}; equal importance, m < n",
    "Σ D is {found} times the number of dimensions, so that features share as many as they must.",
    estimands.full,
    trials=f"{_TRIALS}; networks of every width, which had a claim of the same content, joined after the results",
)
PHASES = Claim(
    "Of {model}, the last is ignored, superposed or given a dimension of its own as the exact loss is least.",
    f"{_PAPER}, section “Superposition as a Phase Change”; polygenesis.theory.best_two_features",
    Margin.share("Share of the cells of density and importance in which the best network has that phase", above=0.9),
    _TOY,
    "Of {model}, {cells} of the grid have the phase of least loss ({part}).",
    estimands.phases,
    family="phases",
    cases="cells",
    trials=f"{_BEFORE}; the share of the grid's cells is compared as it is only since its results were known, before "
    "as if cells were drawn",
)
# It can fail: by the same measure features that never meet share dimensions at these widths (MET).
NONE = Claim(
    "Where there is a dimension for each, sparse features that meet share none.",
    "docs/theory.md, Co-occurrence: sharing costs loss where features fire together",
    Margin.below("(n − Σ D)/n", 0.02, least=0.0),
    f"{_TOY}; p = {SPARSE:g}, m ≥ n",
    "Where m ≥ n, sparse features share {found} dimensions a feature.",
    estimands.none,
    trials=_TRIALS,
)
CHANCE = Claim(
    "Where there is a neuron for each, features that never meet share as many as random slots, under an L1 penalty.",
    "arXiv:2312.03096; docs/paper.md, C4: n²/4m to first order in n/m; the slot model beyond",
    Margin.around("Polysemantic neurons over the slot model", 1, 0.15),
    "converged networks, m ≥ n",
    "Where m ≥ n, {found} times as many neurons are shared as of random slots ({means}).",
    estimands.chance,
    trials=f"margin after the study `capacity`, with other sizes; {_SIZES}",
)
MET = Claim(
    "Features that never meet share dimensions by chance even without a penalty; sparse features that meet do not.",
    "docs/theory.md, Capacity 6 and Co-occurrence",
    Margin.above(
        "Shared dimensions a feature of one-hot features without a penalty less those of sparse ones, at every m ≥ n, "
        "one-sided 5 % each,",
        0,
    ),
    "no penalty, m ≥ n",
    "Without a penalty, features that never meet share {found} dimensions a feature more than sparse ones at "
    "m = {room}, the width where the two differ least clearly.",
    estimands.met,
    trials=_BEFORE,
)

CLAIMS = (DENSE, CROWDED, PLATEAU, POLYTOPES, PENTAGONS, PAIRS, FULL, PHASES, NONE, CHANCE, MET)
