"""Rows of the table of error rates: mixtures, planted neurons, nuisances, single networks and splits."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import partial
from typing import Any

from error_rates import Rate, Row
from origin_events import (
    BOUNDS,
    HALF,
    NAMED,
    NEURONS,
    NO_STRUCTURE,
    PAIRS,
    STRUCTURED,
    WITH_STRUCTURE,
    beside_row,
    chance_row,
    false_kin,
    origins,
    preferred,
    rejected,
    structure_row,
    summed,
)

from polygenesis.bench.origins import Case, classes, concepts, dictionaries, mixtures, nuisances, tasks, toys
from polygenesis.bench.origins.case import Truth

SIZED = {"classes": 10, "samples": 2000}
"""Classes whose rarest has eight samples at 1:100."""


REQUIRED = {"dense": mixtures.DENSE, "sparse": mixtures.SPARSE}
FURTHER = {
    "7 co-selections": mixtures.SEVEN,
    "3 co-selections": mixtures.THREE,
    "dense, popular features": replace(mixtures.DENSE, popularity=4.0),
    "dense, clumps": replace(mixtures.DENSE, clumps=4),
}
"""Laws of selections, with all sets and with half of them."""


def planted_rows() -> list[Row]:
    """Return the rows of mixtures, planted neurons, nuisances and single networks."""
    return [*_mixtures(), *_neurons(), *_nuisances(), *_single()]


def _mixtures() -> list[Row]:
    shares = {**dict.fromkeys(REQUIRED, (0.1, 0.2, 0.4, 0.8)), **dict.fromkeys(FURTHER, (0.2, 0.8))}
    laws = {**REQUIRED, **FURTHER}
    some = [_mixture(name, laws[name], share) for name in laws for share in shares[name]]
    return [_unstructured(name, law) for name, law in laws.items()] + some


def _unstructured(name: str, law: mixtures.Mixture) -> Row:
    make = partial(mixtures.mixture, law=replace(law, structured=0.0))
    return chance_row(f"mixture: {name}, none structured", make, sets=1 if name in REQUIRED else HALF, pairs=PAIRS[:1])


def _mixture(name: str, law: mixtures.Mixture, share: float) -> Row:
    """INCIDENTAL is wrong from 20 % on; with 3 or 7 co-selections 20 % are less than the quarter that it excludes."""
    wrong = share >= (0.2 if name in REQUIRED else 0.8)
    rates = (
        *BOUNDS,
        Rate("INCIDENTAL", origins("INCIDENTAL"), most=0.05 if wrong else None),
        Rate(STRUCTURED, WITH_STRUCTURE),
        Rate(NAMED, summed("kin", 0, 1)),
        Rate("false among the pairs named", false_kin, most=0.05),
    )
    make = partial(mixtures.mixture, law=replace(law, structured=share))
    return Row(f"mixture: {name}, {share:.0%} structured", make, rates, 1 if name in REQUIRED else HALF)


def _neurons() -> list[Row]:
    called = Rate("one-concept neurons called shared", summed("shared", 2, 3), most=0.01)
    found = Rate("shared neurons found", summed("shared", 0, 1), least=0.95)
    single = [
        Row(f"concepts together at {phi}", partial(concepts.co_occurring, together=phi), (called,), NEURONS)
        for phi in (0.3, 0.5, 0.6, 0.8)
    ]
    few = [
        Row(f"concepts together at {phi}, 6 shared", partial(concepts.co_occurring, together=phi, shared=6),
            (called, found), NEURONS)
        for phi in (0.6, 0.8)
    ]  # fmt: skip
    free = replace(found, least=None)
    return [
        *single,
        *few,
        Row("hierarchical labels", concepts.hierarchical, (called,), NEURONS),
        Row("hierarchical labels, 6 shared", partial(concepts.hierarchical, shared=6), (called, found), NEURONS),
        *[
            Row(f"second feature at {w}", partial(concepts.weak, second=w), (free,), NEURONS)
            for w in (1.0, 0.5, 0.3, 0.2)
        ],
        Row(
            "signed codes, +A −B", concepts.signed, (replace(free, same=True),), NEURONS, beside="second feature at 1.0"
        ),
        Row("one feature in 95 % of samples", concepts.dominant, (free,), NEURONS),
        *[_planted(noise) for noise in (0.1, 0.3, 0.5, 0.7)],
    ]


def _planted(noise: float) -> Row:
    """One network of 24 neurons, 6 of which carry two of 12 features."""

    def make(seed: int) -> Case:
        activations, present, carriers = concepts.planted(3000, 24, 12, shared=6, noise=noise, seed=seed)
        truth = Truth("shared by design", carried=carriers[None])
        return Case(f"planted-{noise}", seed, {"activations": activations, "labels": present}, truth)

    rates = (
        Rate("shared neurons found", summed("shared", 0, 1), least=0.95 if noise <= 0.5 else None),
        Rate("other neurons called shared", summed("shared", 2, 3), most=0.01),
    )
    return Row(f"planted neurons, noise {noise}", make, rates)


def _nuisances() -> list[Row]:
    """Each beside its row without the nuisance, on the same networks where the nuisance does not change them."""
    fresh = Row("10 classes, fresh data", partial(classes.exchangeable, **SIZED), (NO_STRUCTURE, *PAIRS))
    alike = structure_row(
        "3 similar pairs of 10 classes", partial(classes.similar, pairs=3, **SIZED), named=None, sets=HALF
    )
    rows = [fresh, alike]
    for ratio in (10.0, 100.0):
        rare = partial(classes.exchangeable, ratio=ratio, **SIZED)
        similar = partial(classes.similar, pairs=3, ratio=ratio, **SIZED)
        rows.append(beside_row(fresh, f"10 classes, read at 1:{ratio:g}", rare, fresh.name))
        rows.append(beside_row(alike, f"3 similar pairs, read at 1:{ratio:g}", similar, alike.name))
        learned = partial(rare, learned=True)
        rows.append(Row(f"10 classes, learned at 1:{ratio:g}", learned, (Rate(STRUCTURED, WITH_STRUCTURE),), HALF))
    changes = {
        "10 % wrong labels": nuisances.wrong_labels,
        "neurons permuted and rescaled": nuisances.permuted_and_rescaled,
        "every unit twice": partial(nuisances.copied, noise=0.2),
    }
    chance = Row("chance: classes, fresh data a seed", classes.exchangeable, (NO_STRUCTURE, *PAIRS))
    alike = structure_row("input: 5 pairs of classes at cosine 0.8", classes.similar, named=None)
    for name, change in changes.items():
        rows += [
            beside_row(base, f"{base.name}, {name}", _changed(change, base.make), base.name, sets=HALF)
            for base in (chance, alike)
        ]
    pairs = Row("pairs at random, planted neurons", concepts.at_random, (NO_STRUCTURE, *PAIRS[:1]))
    for copies in (2, 4):
        change = partial(nuisances.copied, copies=copies)
        rows.append(beside_row(pairs, f"the same, every unit {copies} times", _changed(change, pairs.make), pairs.name))
    return [*rows[:2], pairs, *rows[2:]]


def _dictionaries(never: Rate) -> list[Row]:
    """Decoders of five seeds with their rows in an order of their own: matched, or refused."""

    def make(seed: int, **options: Any) -> Case:
        folder = tempfile.TemporaryDirectory()  # goes with the case
        case = dictionaries.written(dictionaries.permuted(seed, **options), folder.name)
        return replace(case, notes={"folder": folder})

    refused = Rate("refused", origins("REFUSED"))
    found = Rate("shared neurons found", summed("shared", 0, 1), least=0.95)
    missing, unrelated = partial(make, missing=4), partial(make, related=False)
    return [
        Row("dictionaries of one network", make, (never, replace(refused, most=0.05), found)),
        Row("dictionaries of one network, 4 latents of 40 missing", missing, (never, replace(refused, most=0.05))),
        Row("dictionaries of five networks", unrelated, (never, replace(refused, least=0.95))),
    ]


def _changed(change: Any, make: Any):
    return lambda seed: change(make(seed))


def _single() -> list[Row]:
    said = ("INCIDENTAL", "STRUCTURED", "PARTLY_STRUCTURED")
    never = Rate("INCIDENTAL, STRUCTURED or PARTLY_STRUCTURED", origins(*said), most=0.0)
    within = Rate("recurrence within the run, p ≤ .05", rejected("recurrence within the run"))
    split = {"preferred": (tasks.exclusive_classes, tasks.always_together), "indifferent": (tasks.toy_pair,)}
    return [
        *_dictionaries(never),
        Row("one toy", toys.one_state, (never,)),
        Row("one exchangeable classifier", classes.one_classifier, (never, within)),
        *[
            Row(f"{make.__name__.replace('_', ' ')}: the loss {'prefers' if word == 'preferred' else 'is indifferent'}",
                make, (Rate(word, preferred(float(word == "preferred")), least=0.95),))
            for word, makes in split.items() for make in makes
        ],
    ]  # fmt: skip
