"""What is claimed of each distribution, with margins stated beforehand."""

from __future__ import annotations

from polygenesis.studies.claim import Claim
from polygenesis.studies.feature_complexity import estimands
from polygenesis.studies.margin import Margin

_SHARERS = "docs/theory.md, Co-occurrence 7"
_REGIME = "random weights; replicates in which every feature settled"
_RATIO = (
    "after the results were known: before, the margin was the prediction ± 0.2, which accepts twice a prediction of "
    "0.2, and 0; it is now a share of the prediction"
)

RATE = Claim(
    "{name}: {predicted:.2f} times the polysemantic neurons of one-hot features. {theory}",
    "docs/theory.md, Co-occurrence, eq. pair-race, displaced, pair-rate",
    Margin.around("Ratio of mean counts", 1, 0.25, unit="times the prediction"),
    _REGIME,
    "{name}: {found} times the count of one-hot features, where {predicted:.2f} is predicted.",
    estimands.rates,
    family="rates",
    trials=_RATIO,
)
PREFERENCE = Claim(
    "{name}: {said}.",
    _SHARERS,
    Margin.below("p-value of a permutation test of features within networks (refuted by the other side)", 0.05),
    _REGIME,
    "{name}: {what} ({found}).",
    estimands.preferences,
    family="preferences",
)
ALIKE = Claim(
    "{name}: {alike}.",
    _SHARERS,
    Margin.around("Mean rank of features in shared pairs over that of all", 1, 0.10),
    _REGIME,
    "{name}: features in shared pairs have {found} times the mean rank.",
    estimands.alikes,
    family="alike",
)

CLAIMS = (RATE, PREFERENCE, ALIKE)
