"""What is claimed of untied networks, with margins stated beforehand; like claims at several widths are families."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from polygenesis import stats
from polygenesis.numerals import number, percent
from polygenesis.studies.claim import Claim, Reading, Words, read, too_little
from polygenesis.studies.evidence import Clustered, pool
from polygenesis.studies.margin import Margin
from polygenesis.studies.untied_weights.measurements import EVEN, Ends, pairs_of
from polygenesis.studies.wording import out_of


def counts(found: Sequence[Ends]) -> list[Reading]:
    """Counts of untied networks over those of tied ones, by width."""
    return [_ratio(*pair, lambda each: each.counts[each.usable]) for pair in pairs_of(found)]


def counts_of_the_living(found: Sequence[Ends]) -> list[Reading]:
    """The same, each over what its live features would give at random, by width."""
    return [
        _ratio(*pair, lambda each: each.counts[each.usable] / each.expected[each.usable].mean())
        for pair in pairs_of(found)
    ]


def _ratio(tied: Ends, untied: Ends, values: Callable[[Ends], Any]) -> Reading:
    a, b = values(untied), values(tied)
    words: Words = {"room": tied.m // tied.n}
    if min(len(a), len(b)) < 2 or not (a.any() and b.any()):
        why = f"At m = {tied.m} there are too few replicates at rest, or no shared neurons."
        return too_little(why, [tied, untied], **words)
    return read(stats.ratio(a, b), [tied, untied], m=tied.m, many=number(a.mean()), few=number(b.mean()), **words)


def untied_of(found: Sequence[Ends]) -> list[Ends]:
    """Return the untied networks, by width."""
    return [untied for _, untied in pairs_of(found)]


def deaths(found: Sequence[Ends]) -> list[Reading]:
    """Measured minus predicted share of dead features, replicate by replicate, by width."""
    return [
        read(
            stats.mean((each.dead - each.unlit) / each.n),
            [each],
            room=each.m // each.n,
            m=each.m,
            die=percent(each.dead.mean() / each.n, 0.05),
            told=percent(each.unlit.mean() / each.n, 0.05),
        )
        for each in untied_of(found)
    ]


def fates(found: Sequence[Ends]) -> list[Reading]:
    """Share of features whose fate is named, by width."""
    return [
        read(Clustered(each.right, np.full(len(each.right), each.n)), [each], room=each.m // each.n, m=each.m)
        for each in untied_of(found)
    ]


def leads(found: Sequence[Ends]) -> list[Reading]:
    """Share of winners that led in |E + D| less that of those that led in |E|, by width."""
    return [_lead(each) for each in untied_of(found)]


def _lead(untied: Ends) -> Reading:
    gain = (untied.led_both - untied.led_encoder) / np.maximum(untied.live, 1)
    both, encoder = (percent(led.sum() / untied.live.sum(), 0.05) for led in (untied.led_both, untied.led_encoder))
    return read(stats.mean(gain), [untied], room=untied.m // untied.n, m=untied.m, both=both, encoder=encoder)


def signs(found: Sequence[Ends]) -> Reading:
    """Share of same-sign pairs among all pairs that share a neuron, of all widths."""
    untied = untied_of(found)
    pairs, same = (np.concatenate([getattr(each, name)[each.usable] for each in untied]) for name in ("pairs", "same"))
    if not pairs.any():
        return too_little("No two features share a neuron at the end.", untied)
    at_rest = out_of(int(same.sum()), int(pairs.sum()), "pairs at rest").capitalize()
    cells = {
        f"m = {each.m}": Clustered(each.same[each.usable], each.pairs[each.usable])
        for each in untied
        if each.pairs[each.usable].any()
    }
    return read(pool(Clustered(same, pairs), cells), untied, pairs=at_rest, have="have" if same.sum() > 1 else "has")


def evenness(found: Sequence[Ends]) -> list[Reading]:
    """Share of live features with equal encoder and decoder, by width."""
    return [read(Clustered(each.even, each.live), [each], room=each.m // each.n, m=each.m) for each in untied_of(found)]


_QUESTION = "docs/paper.md, question 5"
_REGIME = "the penalty on encoder and decoder, which start independent"

SAME_COUNT = Claim(
    "An untied network has as many polysemantic neurons as a tied one at m = {room}n.",
    _QUESTION,
    Margin.around("Ratio of mean counts", 1, 0.15),
    f"{_REGIME}; replicates at rest",
    "At m = {m} untied networks have {many} polysemantic neurons, tied ones {few}: {found} times as many.",
    counts,
    family="counts",
)
OF_THE_LIVING = Claim(
    "Among the live features of an untied network sharing is as frequent as in a tied network at m = {room}n.",
    _QUESTION,
    Margin.around("Ratio of counts over the slot model's n′(n′ − 1)/(2(2m − 1)) for n′ live features", 1, 0.15),
    f"{_REGIME}; replicates at rest",
    "At m = {m}, relative to random slots, live features share {found} times as often when untied.",
    counts_of_the_living,
    family="counts of the living",
)
DEATHS = Claim(
    "In an untied network the share of features that die is that of the initial rows whose shrinking product stays "
    "negative, m = {room}n.",
    f"{_QUESTION}; docs/theory.md, Untied 2; theory.unlit_features",
    Margin.around("Measured minus predicted", 0, 0.03),
    _REGIME,
    "At m = {m}, {die} of the features die; the initial rows say {told}: a difference of {found}.",
    deaths,
    family="deaths",
)
FATES = Claim(
    "The initial rows of an untied network alone say which features die at m = {room}n.",
    "docs/theory.md, Untied 2; theory.unlit_features",
    Margin.share("Share of features right", above=0.9),
    _REGIME,
    "At m = {m} the initial rows name the fate of {share} of the features.",
    fates,
    family="fates",
)
LEADS = Claim(
    "In an untied network the neuron that leads in |E + D|, encoder plus decoder, wins more often than the one that "
    "leads in |E| at m = {room}n.",
    "docs/theory.md, Untied 1; theory.untied_leaders",
    Margin.above("Difference of the shares among live features", 0.1),
    _REGIME,
    "At m = {m} the leader in |E + D| wins {both} of the races, the leader in |E| {encoder}: a share "
    "larger by {found}.",
    leads,
    family="leads",
)
SIGNS = Claim(
    "No two features of an untied network share a neuron with the same sign at the end.",
    "docs/theory.md, Untied weights: same signs interfere, E_i·D_j > 0",
    Margin.share("Share of same-sign pairs", below=0.01),
    f"{_REGIME}; replicates at rest",
    "{pairs} {have} the same sign {tally}.",
    signs,
)
BALANCED = Claim(
    "Encoder and decoder of an untied network end equal at m = {room}n.",
    "docs/theory.md, eq. untied-modes: the difference of the two rows decays",
    Margin.share(f"Share of live features with ‖E_i − D_i‖ ≤ {EVEN:g} ‖E_i + D_i‖/2", above=0.99),
    _REGIME,
    "At m = {m} encoder and decoder are equal for {share} of the live features.",
    evenness,
    family="evenness",
)

CLAIMS = (SAME_COUNT, OF_THE_LIVING, DEATHS, FATES, LEADS, SIGNS, BALANCED)
