"""Every claim on biases and activations, tested; like claims are families, corrected by Holm's method."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from polygenesis import stats
from polygenesis.numerals import number, percent
from polygenesis.studies.base import Judgement
from polygenesis.studies.bias_and_hidden_relu import claims
from polygenesis.studies.bias_and_hidden_relu.claims import BIASED, REFERENCE, SIGNLESS
from polygenesis.studies.bias_and_hidden_relu.measurements import Ends
from polygenesis.studies.judging import ALPHA, Tested, judge_family
from polygenesis.studies.shares import share_agrees


def judge_claims(found: Sequence[Ends]) -> list[Judgement]:
    """Judge every claim; counts are compared where m ≥ n, where sharing is not forced."""
    at = {(each.name, each.m): each for each in found}
    roomy = [each for each in found if each.m >= each.n]
    wide = [each for each in roomy if each.name == "hidden ReLU" and each.m >= 2 * each.n]
    narrow = [each for each in found if each.name == "hidden ReLU" and each.m < each.n]
    biased = [each for each in roomy if each.name == BIASED]
    return [
        *judge_family([same_count(at[REFERENCE, each.m], each) for each in biased]),
        *judge_family([resting_bias(each) for each in biased]),
        *judge_family([nothing_shared(at[REFERENCE, each.m], each) for each in roomy if each.name in SIGNLESS]),
        *judge_family([settling(each) for each in wide]),
        *judge_family([loss_of_features(each) for each in narrow]),
    ]


def same_count(reference: Ends, other: Ends) -> Tested:
    """Ratio of two mean counts."""
    claim = claims.bias_keeps_the_count(other.n, other.m)
    a, b = other.usable, reference.usable
    if min(len(a), len(b)) < 2 or not (a.any() and b.any()):
        return claim, None, f"At m = {other.m} there are too few replicates at rest, or no shared neurons."
    sentence = (
        f"At m = {other.m} networks with an output bias have {number(a.mean())} polysemantic neurons, those without "
        f"{number(b.mean())}: {{found}} times as many."
    )
    return claim, stats.samples_agree(a, b, claims.COUNT_MARGIN, relative=True), sentence


def resting_bias(ends: Ends) -> Tested:
    """Measured over predicted bias."""
    claim = claims.bias_ends_small(ends.n, ends.m)
    ratios = ends.bias_ratio[ends.rest]
    if len(ratios) < 2:
        return claim, None, f"At m = {ends.m} there are too few replicates at rest."
    return (
        claim,
        stats.mean_agrees(ratios, 1, claims.BIAS_MARGIN),
        f"At m = {ends.m} biases are {{found}} of λ/4(n − 1).",
    )


def nothing_shared(reference: Ends, ends: Ends) -> Tested:
    """Polysemantic neurons per one of the linear network's, as a share of that many cases in each replicate."""
    claim = claims.no_sharing(ends.name, ends.n, ends.m)
    counts, expected = ends.usable, reference.usable
    if len(counts) < 2 or not expected.any():
        return claim, None, f"With {ends.name} at m = {ends.m} there are too few replicates at rest."
    sentence = (
        f"With {ends.name} at m = {ends.m} {len(counts)} networks have {counts.sum() or 'no'} polysemantic neurons, "
        "{found} times as many as linear ones."
    )
    return claim, rate_below(int(counts.sum()), len(counts) * float(expected.mean()), claims.NONE_LEFT), sentence


def rate_below(total: int, exposure: float, limit: float) -> stats.Agreement:
    """Test whether events fall below a rate, exactly by Poisson's law (counts of shared neurons vary less)."""
    from scipy import special

    estimate = stats.poisson(total, exposure=exposure, level=1 - 2 * ALPHA)
    inside = float(special.gammaincc(total + 1, limit * exposure))
    outside = float(special.gammainc(total, limit * exposure)) if total else 1.0
    verdict = stats.agrees(estimate, 0.0, limit).verdict
    return stats.Agreement(verdict, estimate, 0.0, limit, ALPHA, inside, outside)


def settling(ends: Ends) -> Tested:
    """Share of features that are alive and on one neuron."""
    features = np.full(len(ends.settled), ends.n)
    sentence = f"At m = {ends.m} {{share}} of the features are settled on one neuron."
    return claims.everyone_settles(ends.n, ends.m), share_agrees(ends.settled, features, claims.SETTLED, 1.0), sentence


def loss_of_features(ends: Ends) -> Tested:
    """Share of features that their own output does not show."""
    missing = ends.n - ends.represented
    target = (ends.n - ends.m) / ends.n
    sentence = (
        f"At m = {ends.m} {{share}} of the features are not represented (n − m are {percent(target)}); the "
        f"reconstruction loss is {ends.loss.mean():.3g}."
    )
    features = np.full(len(missing), ends.n)
    agreement = share_agrees(missing, features, target - claims.LOST_MARGIN, target + claims.LOST_MARGIN)
    return claims.the_rest_is_lost(ends.n, ends.m), agreement, sentence
