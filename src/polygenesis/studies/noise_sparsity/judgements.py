"""Every claim on hidden noise, tested: two families of like claims, each corrected by Holm's method."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from polygenesis import stats, theory
from polygenesis.studies import published
from polygenesis.studies.base import Judgement
from polygenesis.studies.judging import Tested, blurred, judge_family
from polygenesis.studies.noise_sparsity.claims import BEND, SIZES, as_published, by_kurtosis
from polygenesis.studies.noise_sparsity.curves import Curve


def judge_claims(curves: Sequence[Curve]) -> list[Judgement]:
    """Judge each law and strength as one family, then the published values as another."""
    own = [curve for curve in curves if not curve.noise.shared]
    as_in_paper = [curve for curve in curves if comparable(curve)]
    return [
        *judge_family([against_random(curve, len(own)) for curve in own]),
        *judge_family([against_published(curve, len(as_in_paper)) for curve in as_in_paper]),
    ]


def against_random(curve: Curve, family: int) -> Tested:
    """Test the fourth norm at the end against a random direction's level."""
    level, noise = float(theory.random_row_fourth_norm(SIZES.m)), curve.noise
    claim = by_kurtosis(noise.kind, noise.excess_kurtosis, noise.std, curve.steps, family)
    if len(curve.end) < 2:
        return claim, None, f"Only {len(curve.end)} replicates did not diverge."
    lower = level + BEND if noise.excess_kurtosis < 0 else level - BEND if noise.excess_kurtosis == 0 else -np.inf
    upper = np.inf if noise.excess_kurtosis < 0 else level + BEND
    sentence = (
        f"{noise.kind.capitalize()} noise with σ = {noise.std:g} ends at a fourth norm of {{found}} after "
        f"{curve.steps:,} steps; a random direction has {level:.3f}."
    )
    return claim, stats.agrees(stats.mean(curve.end), lower, upper), sentence


def comparable(curve: Curve) -> bool:
    """Whether the paper published this noise's fourth norm at the end."""
    return curve.noise.shared and curve.noise.std in published.FOURTH_NORMS.get(curve.noise.kind, {})


def against_published(curve: Curve, family: int) -> Tested:
    """Test the fourth norm at the end against the published one, where as many steps were taken."""
    noise = curve.noise
    claim, target = as_published(noise.std, family), published.FOURTH_NORMS[noise.kind][noise.std]
    if curve.steps != published.STEPS:
        taken = f"Bipolar noise with σ = {noise.std:g} was run for {curve.steps:,} steps"
        return claim, None, f"{taken}; the published value is that after {published.STEPS:,}."
    if len(curve.end) < 2:
        return claim, None, f"Only {len(curve.end)} replicates did not diverge."
    mean = blurred(stats.mean(curve.end), published.READING_DEVIATION)
    sentence = f"Bipolar noise with σ = {noise.std:g}, one vector for all inputs, ends at {{found}}."
    return claim, stats.agrees(mean, target - 0.10, target + 0.10), sentence
