"""What each test should find in networks whose history is known, with margins stated beforehand."""

from __future__ import annotations

from polygenesis.studies.base import Claim

LEVEL = 0.05
"""Level of every test."""

_SOURCE = "the diagnosis battery on networks whose history is known"

FAR = 0.10
"""Largest rate of false positives that is still called right: twice the level, which the sets can tell apart."""

OFTEN = 0.80
"""Rate of detection that is called high: the usual power."""

RIGHT = 0.90
"""Share of right verdicts that is called high."""


def honest(test: str, evidence: str, history: str) -> Claim:
    """The claim that a test keeps its level where there is nothing to find."""
    return Claim(
        f"{upper(test)} ({evidence}) keeps its level on networks with this history: {history}.",
        _SOURCE,
        f"At most {FAR:.0%} rejected at {LEVEL:g}; Holm over all such claims.",
        "Closed-form toys of 24 to 48 features, converged.",
    )


def powerful(test: str, evidence: str, history: str) -> Claim:
    """The claim that a test finds what is there."""
    return Claim(
        f"{upper(test)} ({evidence}) finds the structure in networks with this history: {history}.",
        _SOURCE,
        f"At least {OFTEN:.0%} rejected at {LEVEL:g}; Holm over all such claims.",
        "Closed-form toys of 24 to 48 features, converged.",
    )


def right(history: str, verdict: str) -> Claim:
    """The claim that a diagnosis from five seeds is right."""
    return Claim(
        f"From five seeds networks with this history, {history}, are called {verdict}.",
        _SOURCE,
        f"At least {RIGHT:.0%}; Holm over the histories.",
        "With starts, loss and retraining; toys of 24 to 48 features, converged.",
    )


SILENT = Claim(
    "From one final state a pair structured by input cannot be told from a pair by chance.",
    "docs/theory.md, Origins 1",
    "AUC of the pair's final overlap within 0.5 ± 0.05.",
    "Related starts at correlation −0.9, pairs that share.",
)
BY_SEEDS = Claim(
    "Ten seeds tell it.",
    "recurrence",
    "AUC of how often the pair shares in the nine others above 0.9.",
    "Related starts at correlation −0.9, pairs that share.",
)
BY_START = Claim(
    "So does the start of the same network.",
    "related starts",
    "AUC of the opposition of the initial rows above 0.9.",
    "Related starts at correlation −0.9, pairs that share.",
)
BY_TASK = Claim(
    "Structure by task shows in one final state.",
    "signs: a same-sign pair among settled features is preferred by the loss",
    "AUC of the pair's final overlap above 0.9.",
    "Nearly duplicate features, pairs that share.",
)
TWINS = Claim(
    "The same final weights, bit for bit, have two histories: by chance and by related starts.",
    "docs/theory.md, Origins 1 and 2",
    "All twins equal in every bit, none with related starts in the first history (mean cosine above −0.5) and all in "
    "the second (below −0.8).",
    "Toys with n = 32, m = 64 that share as many neurons.",
)


def upper(text: str) -> str:
    """Begin with a capital letter."""
    return text[:1].upper() + text[1:]
