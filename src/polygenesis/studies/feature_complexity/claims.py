"""What is claimed of each distribution, with margins stated beforehand."""

from __future__ import annotations

from polygenesis.studies.base import Claim
from polygenesis.studies.feature_complexity.cases import Case

MARGIN = 0.20
"""Counts relative to one-hot features lie within this of the prediction (a difference of ratios)."""

ALPHA = 0.05
"""Level of the permutation tests, corrected by Holm's method."""

RANK_MARGIN = 0.10
"""Mean rank of the features that share within 1 ± this of the mean rank."""

REGIME = "Tied ReLU autoencoder, random weights, L1, n = {n}, m = {m}, λ = {penalty:g}, {training}."


def regime(case: Case, n: int, m: int, penalty: float) -> str:
    """Where a claim is made."""
    training = "SGD on fresh minibatches" if case.sampled else "gradient flow"
    return REGIME.format(n=n, m=m, penalty=penalty, training=training)


def rate(case: Case, predicted: float, where: str) -> Claim:
    """The count relative to one-hot features."""
    return Claim(
        f"{case.name}: {predicted:.2f} times the polysemantic neurons of one-hot features. {case.theory}",
        "docs/theory.md, Co-occurrence, eq. pair-race, displaced, pair-rate",
        f"Ratio of mean counts within {predicted:.2f} ± {MARGIN:g}.",
        where,
    )


def sharing(case: Case, where: str) -> Claim:
    """Who shares with whom."""
    source = "docs/theory.md, Co-occurrence 7"
    if case.higher is None:
        return Claim(
            f"{case.name}: {case.pairs}, all share alike.",
            source,
            f"Mean rank of features in shared pairs over that of all within 1 ± {RANK_MARGIN:g}.",
            where,
        )
    words = {
        "partners": "partners share a neuron {} often than chance",
        "parent and child": "a parent and its child share a neuron {} often than chance",
        "features by rarity": "rare features share {} often than frequent ones",
        "features by unimportance": "unimportant features share {} often than important ones",
    }
    said = words[case.pairs].format("more" if case.higher else "less")
    return Claim(
        f"{case.name}: {said}.",
        source,
        f"Permutation test of features within networks, level {ALPHA:g}, Holm-corrected; refuted by the other side.",
        where,
    )
