"""What recipes should do, with margins stated beforehand."""

from __future__ import annotations

from polygenesis.studies.base import Claim
from polygenesis.studies.mitigation.recipes import PENALTY, PRUNED, REDRAWN, SPLIT, WIDER, Recipe

FEWER = 0.5
"""A recipe helps when it leaves at most this share of the polysemantic neurons of plain training."""

DEARER = 1.05
"""A recipe costs nothing when its loss is at most this many times that of plain training."""

_REGIME = f"One-hot features, m = n, 2n, 4n together, judged at λ = {PENALTY:g}; all networks, whatever became of them."


def helps(recipe: Recipe, family: int) -> Claim:
    """The claim that a recipe leaves at most half."""
    return Claim(
        f"“{recipe.name}” leaves at most half of the polysemantic neurons.",
        "science question: recipes for fewer polysemantic neurons (arXiv:2312.03096, C8)",
        f"Count over that of plain training at most {FEWER:g}; Holm over {family} recipes.",
        _REGIME,
    )


def is_free(recipe: Recipe, family: int) -> Claim:
    """The claim that a recipe costs no loss."""
    return Claim(
        f"“{recipe.name}” costs no loss.",
        "the outcome depends on the trajectory, so it could be nudged at no loss (arXiv:2312.03096, C8)",
        f"Loss without penalty at most {DEARER:g} times that of plain training; Holm over {family} recipes.",
        _REGIME,
    )


EXACT = Claim(
    f"“{SPLIT}” parts every pair and changes no loss.",
    "docs/theory.md, Mitigation 1",
    "No polysemantic neuron in any network; loss and ‖W‖₁ equal to 1e-12 of themselves.",
    "Converged networks, m ≥ n.",
)
REDRAW = Claim(
    f"“{REDRAWN}”: redrawn features settle as if at random among the free slots.",
    "docs/theory.md, Mitigation 3",
    "Count over K(n − K)/F + uK(K − 1)/F(F − 1), summed over networks, within 1 ± 0.10.",
    _REGIME,
)
PRUNE = Claim(
    f"“{PRUNED}” leaves the share 1/{WIDER}.",
    "arXiv:2312.03096, C4; docs/theory.md, Mitigation 2",
    f"Count over that of plain training within 1/{WIDER} ± 20 %.",
    _REGIME,
)
NOISE = Claim(
    "Hidden noise does not dissolve pairs: it leaves at least as many.",
    "docs/theory.md, Mitigation 4 and Noise 3: the loss pays for sharing",
    "Count over that of plain training at least 0.9.",
    _REGIME,
)
SILENT = Claim(
    "A negative bias kills those features that are silent at the start.",
    "docs/theory.md, Mitigation 6",
    "Dead features over nΦ(b√m)^m, summed over networks, within 1 ± 0.20.",
    _REGIME,
)
BEST = Claim(
    "All polysemantic neurons can be removed without loss, without training and without knowing the features.",
    "it could be nudged at no loss (arXiv:2312.03096, C8)",
    f"The best recipe that need not know the features: at most 1 % of the neurons left, at most {DEARER:g} times the "
    "loss and 1.01 times the work.",
    _REGIME,
)
