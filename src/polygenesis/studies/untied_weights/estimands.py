"""Every claim on untied networks, tested; like claims at several widths are families."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from polygenesis import stats
from polygenesis.numerals import number, percent
from polygenesis.studies.base import Judgement
from polygenesis.studies.judging import Tested, judge, judge_family, undecided
from polygenesis.studies.shares import share_agrees
from polygenesis.studies.untied_weights import claims
from polygenesis.studies.untied_weights.measurements import Ends
from polygenesis.studies.wording import out_of

Pair = tuple[Ends, Ends]
"""A tied and an untied run of one size."""


def pairs_of(found: Sequence[Ends]) -> list[Pair]:
    """Return the tied and the untied run of every width."""
    untied = {each.m: each for each in found if not each.tied}
    return [(each, untied[each.m]) for each in found if each.tied]


def judge_claims(found: Sequence[Ends]) -> list[Judgement]:
    """Judge every claim."""
    pairs = pairs_of(found)
    untied = [each for _, each in pairs]
    return [
        *judge_family([count(*pair) for pair in pairs]),
        *judge_family([count_of_the_living(*pair) for pair in pairs]),
        *judge_family([deaths(each) for each in untied]),
        *judge_family([fates(each) for each in untied]),
        *judge_family([leads(each) for each in untied]),
        signs(untied),
        *judge_family([evenness(each) for each in untied]),
    ]


def count(tied: Ends, untied: Ends) -> Tested:
    """Ratio of the two mean counts."""
    claim = claims.same_count(tied.n, tied.m)
    a, b = untied.counts[untied.usable], tied.counts[tied.usable]
    if min(len(a), len(b)) < 2 or not (a.any() and b.any()):
        return claim, None, f"At m = {tied.m} there are too few replicates at rest, or no shared neurons."
    where = (
        f"At m = {tied.m} untied networks have {number(a.mean())} polysemantic neurons, tied ones {number(b.mean())}"
    )
    agreement = stats.samples_agree(a, b, claims.COUNT_MARGIN, relative=True)
    return claim, agreement, f"{where}: {{found}} times as many."


def count_of_the_living(tied: Ends, untied: Ends) -> Tested:
    """Ratio of the two counts, each over what its live features would give at random."""
    claim = claims.same_count_of_the_living(tied.n, tied.m)
    a, b = _relative(untied), _relative(tied)
    if min(len(a), len(b)) < 2 or not (a.any() and b.any()):
        return claim, None, f"At m = {tied.m} there are too few replicates at rest, or no shared neurons."
    sentence = f"At m = {tied.m}, relative to random slots, live features share {{found}} times as often when untied."
    return claim, stats.samples_agree(a, b, claims.COUNT_MARGIN, relative=True), sentence


def _relative(ends: Ends) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.asarray(ends.counts[ends.usable] / ends.expected[ends.usable].mean())


def deaths(untied: Ends) -> Tested:
    """Measured minus predicted share of dead features, replicate by replicate."""
    difference = (untied.dead - untied.unlit) / untied.n
    sentence = (
        f"At m = {untied.m}, {percent(untied.dead.mean() / untied.n, 0.05)} of the features die; the initial rows "
        f"say {percent(untied.unlit.mean() / untied.n, 0.05)}: a difference of {{found}}."
    )
    return claims.dead_share(untied.n, untied.m), stats.mean_agrees(difference, 0, claims.SHARE_MARGIN), sentence


def fates(untied: Ends) -> Tested:
    """Share of features whose fate is named."""
    features = np.full(len(untied.right), untied.n)
    sentence = f"At m = {untied.m} the initial rows name the fate of {{share}} of the features."
    return claims.fate(untied.n, untied.m), share_agrees(untied.right, features, claims.FATE_FLOOR, 1.0), sentence


def leads(untied: Ends) -> Tested:
    """Difference of the shares of winners that led."""
    live = np.maximum(untied.live, 1)
    gain = (untied.led_both - untied.led_encoder) / live
    both, encoder = (percent(led.sum() / untied.live.sum(), 0.05) for led in (untied.led_both, untied.led_encoder))
    sentence = (
        f"At m = {untied.m} the leader in |E + D| wins {both} of the races, the leader in |E| {encoder}: a share "
        "larger by {found}."
    )
    claim = claims.leaders(untied.n, untied.m)
    return claim, stats.agrees(stats.mean(gain), claims.LEAD_GAIN, np.inf), sentence


def signs(untied: Sequence[Ends]) -> Judgement:
    """Share of same-sign pairs among all pairs that share a neuron, of all widths."""
    first = untied[0]
    claim = claims.opposite(first.n, first.m)
    pairs, same = (np.concatenate([getattr(each, name)[each.usable] for each in untied]) for name in ("pairs", "same"))
    if not pairs.any():
        return undecided(claim, "No two features share a neuron at the end.")
    found = share_agrees(same, pairs, 0.0, claims.CLASH)
    at_rest = out_of(int(same.sum()), int(pairs.sum()), "pairs at rest").capitalize()
    return judge(claim, found, f"{at_rest} {'have' if same.sum() > 1 else 'has'} the same sign {{tally}}.")


def evenness(untied: Ends) -> Tested:
    """Share of live features with equal encoder and decoder."""
    sentence = f"At m = {untied.m} encoder and decoder are equal for {{share}} of the live features."
    claim = claims.balanced(untied.n, untied.m)
    return claim, share_agrees(untied.even, untied.live, 1 - claims.CLASH, 1.0), sentence
