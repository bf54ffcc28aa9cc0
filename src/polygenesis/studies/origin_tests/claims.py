"""What each test should find in networks whose history is known, with margins stated beforehand."""

from __future__ import annotations

from polygenesis.studies.claim import Claim
from polygenesis.studies.margin import Margin
from polygenesis.studies.origin_tests import estimands
from polygenesis.studies.origin_tests.estimands import APART, TOGETHER
from polygenesis.studies.origin_tests.plan import LEVEL

_SOURCE = "docs/paper.md, question 4; docs/diagnose.md, The tests"
_REJECTED = f"Share of sets rejected at {LEVEL:g}"
_TOLD = (
    "By the {seen}, designated pairs are discriminated from the other sharing pairs with an AUC of {found} "
    "({designated} and {others} pairs)."
)

HONEST = Claim(
    "{Test} ({seen}) keeps its level on networks with this history: {history}.",
    _SOURCE,
    Margin.share(f"{_REJECTED}, which is twice the level where the test is still called right,", below=0.10),
    "closed-form toys, converged",
    "{History}: {test} from {seen} rejected {sets} {tally}.",
    estimands.false_positives,
    family="levels",
    cases="sets",
)
POWERFUL = Claim(
    "{Test} ({seen}) finds the structure in networks with this history: {history}.",
    _SOURCE,
    Margin.share(_REJECTED, above=0.80),
    "closed-form toys, converged",
    "{History}: {test} from {seen} rejected {sets} {tally}.",
    estimands.detections,
    family="power",
    cases="sets",
)
RIGHT = Claim(
    "From five seeds networks with this history, {history}, are called {verdict}.",
    _SOURCE,
    Margin.share("Share of sets called so", above=0.90),
    "with starts, loss and retraining; closed-form toys, converged",
    "{History}: {sets} called {verdict} {tally}.",
    estimands.verdicts,
    family="verdicts",
    cases="sets",
    trials="margin unchanged; after a first run “compatible” became a right verdict of chance and of need too, and "
    "“partly structured” one of structure",
)
SILENT = Claim(
    "From one final state a pair structured by input cannot be told from a pair by chance.",
    "docs/theory.md, Origins 1",
    Margin.around("AUC of the pair's final overlap", 0.5, 0.05),
    "related starts at correlation −0.9, pairs that share",
    _TOLD,
    estimands.silent,
)
BY_SEEDS = Claim(
    "Ten seeds tell it.",
    "docs/diagnose.md, The tests (recurrence over seeds)",
    Margin.share("AUC of how often the pair shares in the nine others", above=0.9),
    "related starts at correlation −0.9, pairs that share",
    _TOLD,
    estimands.by_seeds,
)
BY_START = Claim(
    "So does the start of the same network.",
    "docs/diagnose.md, The tests (related starts)",
    Margin.share("AUC of the opposition of the initial rows", above=0.9),
    "related starts at correlation −0.9, pairs that share",
    _TOLD,
    estimands.by_start,
)
BY_TASK = Claim(
    "Structure by task shows in one final state.",
    "docs/diagnose.md, The tests (signs): settled features of equal sign share only where the loss prefers it",
    Margin.share("AUC of the pair's final overlap", above=0.9),
    "nearly duplicate features, pairs that share",
    _TOLD,
    estimands.by_task,
)
TWINS = Claim(
    "The same final weights, bit for bit, have two histories: by chance and by related starts.",
    "docs/theory.md, Origins 1 and 2",
    Margin.above(
        f"With no related starts in the first history (mean cosine above {APART:g}) and all in the second (below "
        f"{TOGETHER:g}), the share of twins equal in every bit",
        1.0,
    ),
    "toys that share as many neurons",
    "{same} of {twins} twins have the same final weights in every bit; the starts of the pairs that are designated in "
    "the second history have a mean cosine of {first:.2f} (least {least:.2f}) in the first and {second:.2f} (largest "
    "{largest:.2f}) in the second.",
    estimands.same_end,
)

CLAIMS = (HONEST, POWERFUL, RIGHT, SILENT, BY_SEEDS, BY_START, BY_TASK, TWINS)
