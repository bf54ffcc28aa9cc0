"""How often may features occur together before incidental polysemanticity dies? (Open question 10.)

``claims`` states the theory with margins, ``halving`` measures and predicts p*, ``continuations`` trains finished
networks on, ``estimands`` says how claims are estimated, ``display`` shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.dynamics.run import Run
from polygenesis.features import Bernoulli, Features, OneHot
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Examined, Profile, Study
from polygenesis.studies.claim import Judgement
from polygenesis.studies.cooccurrence import continuations
from polygenesis.studies.cooccurrence.answer import answers
from polygenesis.studies.cooccurrence.claims import CLAIMS
from polygenesis.studies.cooccurrence.display import captions, illustrations, tables
from polygenesis.studies.cooccurrence.estimands import Found, Lasting, same_theory
from polygenesis.studies.cooccurrence.halving import Halving, halve, predicted_half
from polygenesis.studies.network_counts import count, left_out
from polygenesis.training import SGD, GradientFlow

__all__ = ["Cooccurrence"]


Name = tuple[str, int, int, float, float]
"""A run's name: how its inputs are drawn, n, m, λ and p/λ (0: one-hot)."""


@dataclass(frozen=True)
class Design:
    """What a profile runs: sizes, penalties, p/λ, replicates, and what is trained on.

    ``main``: n, m of the law in λ; ``others``: further sizes, at the second λ. ``networks``: trained on, at
    ``strengths_on``, at moderate p and ``beyond``; ``kicks``: sizes ρ of one weight; ``pairs``: starts for the
    prediction; ``sampled``: the training with minibatches, at the first λ.
    """

    main: tuple[int, int]
    strengths: tuple[float, ...]
    ratios: tuple[float, ...]
    replicates: int
    others: tuple[tuple[int, int], ...]
    few_ratios: tuple[float, ...]
    few: int
    strengths_on: tuple[float, ...]
    networks: int
    kicks: tuple[float, ...]
    pairs: int
    beyond: tuple[float, ...]
    sampled: SGD


DESIGNS: dict[Profile, Design] = {
    "quick": Design(
        (4, 8),
        (0.128, 0.064),
        (0.05, 0.12, 0.2, 0.5),
        64,
        (),
        (0.05, 0.2),
        64,
        (0.064,),
        4,
        (0.5,),
        500,
        (0.4,),
        SGD(lr=0.04, steps=800, batch_size=32),
    ),
    "standard": Design(
        (6, 12),
        (0.128, 0.064, 0.032, 0.016),
        (0.02, 0.04, 0.07, 0.11, 0.2, 0.5),
        512,
        ((4, 8), (8, 16), (6, 24)),
        (0.04, 0.08, 0.16),
        384,
        (0.064, 0.016),
        32,
        (0.25, 0.5),
        4000,
        (0.3, 0.4, 0.5, 0.6),
        SGD(lr=0.02, steps=1600, batch_size=128),
    ),
    "thorough": Design(
        (8, 16),
        (0.128, 0.064, 0.032, 0.016, 0.008),
        (0.01, 0.02, 0.04, 0.07, 0.11, 0.2, 0.5),
        2048,
        ((4, 8), (6, 12), (8, 8), (8, 32), (10, 20)),
        (0.02, 0.04, 0.08, 0.16),
        1024,
        (0.064, 0.016, 0.004),
        64,
        (0.2, 0.25, 0.5),
        20000,
        (0.3, 0.4, 0.5, 0.6),
        SGD(lr=0.01, steps=3200, batch_size=256),
    ),
}
"""At the standard profile p* is known to some 6 % for each λ, its exponent to 0.04, and p*/λ at other sizes to 10 %.

Training with minibatches ends at λt = 4.1; a race lasts about 2.7.
"""

REFERENCE = 4
"""Times as many networks with one-hot features: they are cheap, and every ratio rests on them."""

MULTIPLES: Floats = np.array([0.8, 0.9, 1.1, 1.2])
"""Of the p at which theory lets a kicked pair part."""

AROUND_LEAK: Floats = np.array([0.85, 0.92, 1.08, 1.15])
"""Of the p at which theory lets a pair leak."""


class Cooccurrence(Study):
    """Count polysemantic neurons of Bernoulli(p) features against p and λ, and train finished networks on."""

    name = "cooccurrence"
    title = "At which co-occurrence does incidental polysemanticity vanish?"
    question = (
        "If features fire independently with probability p, at which p* does incidental polysemanticity vanish, and "
        "how does p* depend on the penalty?"
    )

    claims = CLAIMS

    def plan(self, profile: Profile) -> dict[Name, RunSpec]:
        """One-hot and Bernoulli features at every size and λ, then minibatches."""
        design = DESIGNS[profile]
        found: dict[Name, RunSpec] = {}
        for (n, m), strength, ratios, replicates in _laws(design):
            found["expectation", n, m, strength, 0.0] = _spec(n, m, strength, OneHot(), REFERENCE * replicates)
            for ratio in ratios:
                spec = _spec(n, m, strength, Bernoulli(ratio * strength), replicates)
                found["expectation", n, m, strength, ratio] = spec
        (n, m), strength = design.main, design.strengths[0]
        for ratio in design.few_ratios:
            spec = _spec(n, m, strength, Bernoulli(ratio * strength), design.few, design.sampled)
            found["minibatches", n, m, strength, ratio] = spec
        return found

    def examine(self, runs: Mapping[Name, Run], profile: Profile) -> Examined:
        """Count, predict p*, and train on."""
        design = DESIGNS[profile]
        halvings, sampled = _halvings(runs, design)
        predicted = {each: predicted_half(*each, design.pairs) for each in (design.main, *design.others)}
        references = {strength: runs["expectation", *design.main, strength, 0.0] for strength in design.strengths}
        found = Found(
            tuple(each for each in halvings if (each.n, each.m) == design.main),
            tuple(each for each in halvings if (each.n, each.m) != design.main),
            sampled,
            predicted,
            tuple(_last(references[strength], design) for strength in design.strengths_on),
            tuple(
                continuations.kicked(continuations.sharers(references[strength], design.networks), ratio, MULTIPLES)
                for strength in design.strengths_on
                for ratio in design.kicks
            ),
        )
        cells = [cell for each in (*halvings, sampled) for cell in each.cells]
        unique = {id(cell): cell for cell in cells}.values()
        return Examined(
            found,
            tables=tables(found),
            illustrations=illustrations(found, design.pairs),
            limits=(left_out(list(unique)), *captions(), same_theory(found)),
        )

    def answers(self, found: Found, judgements: Sequence[Judgement]) -> dict[str, str]:
        """Say p* and its dependence on λ, and what is left beyond."""
        return answers(found, judgements)


def _laws(design: Design) -> Iterator[tuple[tuple[int, int], float, tuple[float, ...], int]]:
    """Yield size, λ, p/λ and replicates of every curve."""
    for strength in design.strengths:
        yield design.main, strength, design.ratios, design.replicates
    for size in design.others:
        yield size, design.strengths[1], design.few_ratios, design.few


def _spec(n: int, m: int, strength: float, features: Features, replicates: int, training: SGD | None = None) -> RunSpec:
    return RunSpec(
        model=TiedAutoencoder(n=n, m=m),
        features=features,
        penalty=L1(strength),
        training=training or GradientFlow(),
        replicates=replicates,
        precision="float32",
    )


def _halvings(runs: Mapping[Name, Run], design: Design) -> tuple[list[Halving], Halving]:
    """Count every curve, and last that of the minibatches, whose p = 0 is the one-hot run of the first λ."""
    counted = {name: count(run) for name, run in runs.items()}
    found = []
    for (n, m), strength, ratios, _ in _laws(design):
        grid = (0.0, *ratios)
        found.append(halve("expectation", grid, [counted["expectation", n, m, strength, x] for x in grid], strength))
    n, m = design.main
    drawn = [counted["minibatches", n, m, design.strengths[0], ratio] for ratio in design.few_ratios]
    grid = (0.0, *design.few_ratios)
    return found, halve("minibatches", grid, [found[0].cells[0], *drawn], design.strengths[0])


def _last(run: Run, design: Design) -> Lasting:
    """Train finished networks on at moderate p, beyond, and around where they should leak."""
    networks = continuations.sharers(run, design.networks)
    return Lasting.of(networks, continuations.MODERATE, np.array(design.beyond), AROUND_LEAK)
