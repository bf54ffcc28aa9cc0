"""Every claim on contexts, tested; like claims form families, each corrected by Holm's method."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from polygenesis import stats
from polygenesis.arrays import Integers
from polygenesis.studies.base import Claim, Judgement, Verdict
from polygenesis.studies.context_sharing import claims
from polygenesis.studies.context_sharing.models import Cofiring, Gated, Smallest
from polygenesis.studies.context_sharing.networks import Network
from polygenesis.studies.judging import Tested, judge, judge_family, undecided


def judge_claims(networks: Sequence[Network], smallest: Smallest, gated: Gated, cofiring: Cofiring) -> list[Judgement]:
    """Judge the smallest models exactly, then what chance makes in training."""
    several = [each for each in networks if each.contexts > 1]
    return [
        judge_smallest(smallest),
        judge_gated(gated),
        judge_cofiring(cofiring),
        *judge_family([equal_signs(each, len(several)) for each in several]),
        *judge_family([opposite_signs(each, len(several)) for each in several]),
        judge_within(several),
        *judge_family([shared_neurons(each, len(several)) for each in several]),
        judge_free(several),
    ]


def judge_smallest(found: Smallest) -> Judgement:
    """Judge the two losses of the smallest model."""
    right = found.masked < claims.ROUNDING and abs(found.unmasked - 1) < claims.ROUNDING
    sentence = (
        f"W = (1, 1)ᵀ has a loss of {found.masked:g} where the reader knows the context; without contexts equal "
        f"signs on one neuron cost {found.unmasked:g} at least, and any sharing without a ReLU {found.linear:g}."
    )
    return Judgement(claims.smallest(), Verdict.SUPPORTED if right else Verdict.REFUTED, sentence)


def judge_gated(found: Gated) -> Judgement:
    """Judge the construction, and the bound for one neuron."""
    right = found.error < claims.ROUNDING and found.single >= 0.5 - claims.ROUNDING
    sentence = (
        f"{found.features} features of two contexts on {found.neurons} neurons are reconstructed with a largest error "
        f"of {found.error:g} over all combinations; the best of many networks of one neuron costs {found.single:.3f}."
    )
    return Judgement(claims.gated(), Verdict.SUPPORTED if right else Verdict.REFUTED, sentence)


def judge_cofiring(found: Cofiring) -> Judgement:
    """Judge what features that fire together cost."""
    right = found.across < claims.ROUNDING and found.antipodal > 0.1
    sentence = (
        f"Over all combinations of two features in either context, sharing across contexts costs {found.across:g} an "
        f"input, antipodal sharing within contexts {found.antipodal:g}."
    )
    return Judgement(claims.cofiring(), Verdict.SUPPORTED if right else Verdict.REFUTED, sentence)


def equal_signs(network: Network, family: int) -> Tested:
    """Test equal-sign pairs of two contexts against the law."""
    return _against(network.equal, network.pairs_law, claims.equal_signs(network.cell, family), network, "equal-sign")


def opposite_signs(network: Network, family: int) -> Tested:
    """Test opposite-sign pairs of two contexts against the law."""
    claim = claims.opposite_signs(network.cell, family)
    return _against(network.opposite, network.pairs_law, claim, network, "opposite-sign")


def shared_neurons(network: Network, family: int) -> Tested:
    """Test the number of shared neurons against the law."""
    law, claim = network.neurons_law, claims.neurons(network.cell, family)
    if len(network.shared) < 2 or not network.shared.any():
        return claim, None, f"{network.cell}: too few converged replicates."
    sentence = (
        f"{network.cell}: {network.shared.mean():.2f} shared neurons a network, {{found}} times the law's {law:.2f}."
    )
    return claim, stats.ratio_agrees(network.shared, law, claims.MARGIN), sentence


def judge_within(networks: Sequence[Network]) -> Judgement:
    """Test equal-sign pairs within contexts against chance, over all settings."""
    claim = claims.within(len(networks))
    chance = sum(len(each.within_equal) * each.within_chance for each in networks)
    count = sum(int(each.within_equal.sum()) for each in networks)
    if not chance:
        return undecided(claim, "No context has two features, or no replicate converged.")
    found = stats.poisson(count, exposure=chance, level=0.9)
    sentence = f"{count} equal-sign pairs within contexts, where random slots would give {chance:.0f}: {{found}} times."
    return judge(claim, stats.agrees(found, -np.inf, claims.NONE), sentence)


def judge_free(networks: Sequence[Network]) -> Judgement:
    """Judge the largest loss of any feature that shares with equal signs."""
    excess = np.concatenate([each.excess for each in networks])
    members = sum(int(each.sharing.sum()) for each in networks)
    if not np.isfinite(excess).any():
        return undecided(claims.free(), "No feature shares with equal signs.")
    worst = float(np.nanmax(excess))
    verdict = Verdict.SUPPORTED if worst < claims.FREE else Verdict.REFUTED
    sentence = f"Of {members:,} features that share with equal signs none loses more than {worst:.2g} above a bare one."
    return Judgement(claims.free(), verdict, sentence)


def _against(counts: Integers, law: float, claim: Claim, network: Network, kind: str) -> Tested:
    if len(counts) < 2 or not counts.any():
        return claim, None, f"{network.cell}: too few converged replicates."
    sentence = f"{network.cell}: {counts.mean():.2f} {kind} pairs of two contexts, {{found}} times the law's {law:.2f}."
    return claim, stats.ratio_agrees(counts, law, claims.MARGIN), sentence
