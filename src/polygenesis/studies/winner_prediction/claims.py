"""What forecasts of winners from the initial weights should achieve, with margins stated beforehand."""

from __future__ import annotations

from polygenesis.studies.base import Claim

ROOM = 2
"""The width at which forecasts are judged, in units of n: where the initial leader is right for less than half."""

GAIN = 0.1
"""By how much a forecast must beat the initial leader."""

CHEAP = 0.1
"""Largest share of the run's gradient evaluations that a forecast may take to be called cheap."""

_SOURCE = "arXiv:2312.03096, C2, made a forecast"

RELAXED_BEATS_LEADER = {
    training: Claim(
        f"Under {training} at m = {ROOM}n, assigning signed slots to the relaxed weights names more winners than the "
        "initial leader.",
        _SOURCE,
        f"Share of winners higher by more than {GAIN:g}; Holm over 2 claims.",
        f"{training}, m = {ROOM}n, the largest n with that width, replicates in which every feature settled.",
    )
    for training in ("gradient flow", "AdamW")
}
MOST = Claim(
    "A hurried race names most winners.",
    _SOURCE,
    f"More than 0.6 of the features (neuron and sign), for at most {CHEAP:g} of the run's gradient evaluations.",
    f"Gradient flow, m = {ROOM}n, converged replicates.",
)
EARLY_ADAM = Claim(
    "A tenth of AdamW's steps names most winners.",
    _SOURCE,
    "More than 0.6 of the features (neuron and sign).",
    f"AdamW, m = {ROOM}n, replicates in which every feature settled.",
)
POLYSEMANTIC = Claim(
    "A hurried race tells which neurons will be polysemantic.",
    "conditional logit over signed slots",
    "Area under the ROC curve above 0.9, neurons of held-out replicates.",
    f"Gradient flow, m = {ROOM}n, converged replicates.",
)
CALIBRATED = Claim(
    "Forecast chances are calibrated: forecasts made with chance p are right in a share p of the cases.",
    "conditional logit over signed slots, recalibrated by Platt's method",
    "Share right minus mean chance within ± 0.03, features of held-out replicates, all widths together.",
    "Gradient flow, hurried race; sharpness and Platt's line fitted to the other half of each run's replicates.",
)
