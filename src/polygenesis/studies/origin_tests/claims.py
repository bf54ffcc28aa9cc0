"""What each test should find in networks whose history is known, with margins stated beforehand."""

from __future__ import annotations

from polygenesis.studies.claim import Claim
from polygenesis.studies.margin import Margin
from polygenesis.studies.origin_tests import estimands
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
    trials="margin unchanged; before the results were known some of the pairs of test and history without anything to "
    "find were judged, now all",
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
BY_SEEDS = Claim(
    "How often a pair shares in nine other seeds tells pairs structured by input from pairs by chance.",
    "docs/diagnose.md, The tests (recurrence over seeds)",
    Margin.share("AUC of how often the pair shares in the nine others", above=0.9),
    "related starts at correlation −0.9, pairs that share",
    _TOLD,
    estimands.by_seeds,
)
BY_TASK = Claim(
    "One final state tells pairs structured by task from pairs by chance.",
    "docs/diagnose.md, The tests (signs): settled features of equal sign share only where the loss prefers it",
    Margin.share("AUC of the pair's final overlap", above=0.9),
    "nearly duplicate features, pairs that share",
    _TOLD,
    estimands.by_task,
)
CLAIMS = (HONEST, POWERFUL, RIGHT, BY_SEEDS, BY_TASK)
