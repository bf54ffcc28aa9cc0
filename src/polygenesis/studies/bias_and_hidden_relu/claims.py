"""What is claimed of biases and of other activations, with margins stated beforehand; like claims are families.

Counts are compared where m ≥ n, where sharing is not forced.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from polygenesis import stats
from polygenesis.numerals import number, percent
from polygenesis.studies.bias_and_hidden_relu.arms import BIASED, REFERENCE, SIGNLESS, SLIDING
from polygenesis.studies.bias_and_hidden_relu.measurements import Ends
from polygenesis.studies.claim import Claim, Reading, Words, read, too_little
from polygenesis.studies.counts import Poisson
from polygenesis.studies.evidence import Clustered
from polygenesis.studies.margin import Margin
from polygenesis.studies.paired import ratio
from polygenesis.studies.starts import Sample


def roomy(found: Sequence[Ends]) -> list[Ends]:
    """Keep the networks with m ≥ n."""
    return [each for each in found if each.m >= each.n]


def _beside(found: Sequence[Ends], ends: Ends) -> Ends:
    return next(each for each in found if (each.name, each.m) == (REFERENCE, ends.m))


def same_counts(found: Sequence[Ends]) -> list[Reading]:
    """Counts with an output bias over those without, by width."""
    return [_same_count(_beside(found, each), each) for each in roomy(found) if each.name == BIASED]


def _same_count(reference: Ends, other: Ends) -> Reading:
    a, b = other.usable, reference.usable
    words: Words = {"room": other.m / other.n}
    if min(len(a), len(b)) < 2 or not (a.any() and b.any()):
        why = f"At m = {other.m} there are too few replicates at rest, or no shared neurons."
        return too_little(why, [reference, other], **words)
    counts = ratio(*(Sample.of(each.spec, each.usable, each.rest) for each in (other, reference)), counted=True)
    return read(counts, [reference, other], m=other.m, many=number(a.mean()), few=number(b.mean()), **words)


def resting_biases(found: Sequence[Ends]) -> list[Reading]:
    """Measured over predicted bias, by width."""
    return [_resting_bias(each) for each in roomy(found) if each.name == BIASED]


def _resting_bias(ends: Ends) -> Reading:
    ratios, room = ends.bias_ratio[ends.rest], ends.m / ends.n
    if len(ratios) < 2:
        return too_little(f"At m = {ends.m} there are too few replicates at rest.", [ends], room=room)
    return read(stats.mean(ratios), [ends], room=room, m=ends.m)


def nothing_shared(found: Sequence[Ends]) -> list[Reading]:
    """Polysemantic neurons over those of the linear network, by network and width."""
    return [_nothing_shared(_beside(found, each), each) for each in roomy(found) if each.name in SIGNLESS]


def _nothing_shared(reference: Ends, ends: Ends) -> Reading:
    counts, expected = ends.usable, reference.usable
    words: Words = {"name": ends.name, "room": ends.m / ends.n, "reason": SIGNLESS[ends.name], "state": _state(ends)}
    if len(counts) < 2 or not expected.any():
        why = f"With {ends.name} at m = {ends.m} there are too few replicates at rest."
        return too_little(why, [reference, ends], **words)
    rate = Poisson(int(counts.sum()), len(counts) * float(expected.mean()), 1.0)  # one cell, over a known mean
    words |= {"m": ends.m, "networks": len(counts), "count": counts.sum() or "no"}
    return read(rate, [reference, ends], settled=percent(ends.settled[ends.rest].mean() / ends.n, 0.05), **words)


def _state(ends: Ends) -> str:
    """In which state networks are counted: those whose flow does not converge, after their steps."""
    return "after its last step" if ends.name == SLIDING else "at rest"


def settling(found: Sequence[Ends]) -> list[Reading]:
    """Share of features that are alive and on one neuron behind a hidden ReLU, by width."""
    wide = [each for each in found if each.name == "hidden ReLU" and each.m >= 2 * each.n]
    return [
        read(Clustered(each.settled, np.full(len(each.settled), each.n)), [each], room=each.m / each.n, m=each.m)
        for each in wide
    ]


def losses_of_features(found: Sequence[Ends]) -> list[Reading]:
    """Share of features that their own output does not show, less (n − m)/n, by width below n."""
    return [_lost(each) for each in found if each.name == "hidden ReLU" and each.m < each.n]


def _lost(ends: Ends) -> Reading:
    missing, target = ends.n - ends.represented, (ends.n - ends.m) / ends.n
    return read(
        Clustered(missing, np.full(len(missing), ends.n)),
        [ends],
        origin=target,
        room=ends.m / ends.n,
        m=ends.m,
        target=percent(target),
        networks=len(ends.rest),
        resting=int(ends.rest.sum()),
        loss=ends.loss.mean(),
    )


_QUESTION = (
    "docs/theory.md, Benign and malign collisions, and docs/paper.md, questions 2 and 8: signs separate two features "
    "behind an output ReLU"
)
_TIED = "tied weights; biases start at 0 and are not penalized"
_RESTING = f"{_TIED}; replicates at rest"
_EVERY = f"{_TIED}; every replicate, at rest or not"

BIAS_KEEPS_THE_COUNT = Claim(
    "An output bias leaves the number of polysemantic neurons as it is at m = {room:g}n.",
    "docs/theory.md, Signs 2: the bias ends at λ/4(n − 1)",
    Margin.around("Ratio of mean counts", 1, 0.15),
    _RESTING,
    "At m = {m} networks with an output bias have {many} polysemantic neurons, those without {few}: {found} times as "
    "many.",
    same_counts,
    family="counts",
)
BIAS_ENDS_SMALL = Claim(
    "The bias of a feature alone on its neuron ends at λ/4(n − 1), m = {room:g}n.",
    "docs/theory.md, eq. bias-at-rest",
    Margin.around("Mean of measured over predicted", 1, 0.1),
    _RESTING,
    "At m = {m} biases are {found} of λ/4(n − 1).",
    resting_biases,
    family="biases",
)
NO_SHARING = Claim(
    "With {name} no neuron carries two settled features {state}, m = {room:g}n: {reason}.",
    _QUESTION,
    Margin.below("Count over the linear network's", 0.05, least=0.0, ratio=True),
    f"{_TIED}; replicates {{state}}",
    "With {name} at m = {m} {networks} networks have {count} neurons with two settled features, {found} times as many "
    "as linear ones; {settled} of their features are settled.",
    nothing_shared,
    family="no sharing",
)
EVERYONE_SETTLES = Claim(
    "Behind a hidden ReLU every feature still finds a neuron of its own at m = {room:g}n.",
    _QUESTION,
    Margin.share("Share of features alive and on one neuron", above=0.99),
    _EVERY,
    "At m = {m} {share} of the features are settled on one neuron.",
    settling,
    family="settling",
)
THE_REST_IS_LOST = Claim(
    "Behind a hidden ReLU n − m features are not represented (own output below 1/2) at m = {room:g}n.",
    "docs/theory.md, Signs 1: one feature a neuron",
    Margin.around("Share of such features", 0, 0.05, origin="(n − m)/n"),
    _EVERY,
    "At m = {m} {share} of the features of all {networks} networks, of which {resting} are at rest, are not "
    "represented (n − m are {target}); the reconstruction loss is {loss:.3g}.",
    losses_of_features,
    family="losses",
)

CLAIMS = (BIAS_KEEPS_THE_COUNT, BIAS_ENDS_SMALL, NO_SHARING, EVERYONE_SETTLES, THE_REST_IS_LOST)
