"""The rows of the table of error rates: toys and trained classifiers whose origin is known, then planted networks."""

from __future__ import annotations

import base64
import functools
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from error_rates import REPEATS, Outcome, Rate, Row
from kept_sets import FIRST_SEED
from origin_events import (
    HALF,
    NO_STRUCTURE,
    PAIRS,
    STRUCTURED,
    WITH_STRUCTURE,
    chance_row,
    origins,
    rejected,
    says,
    some_forced,
    structure_row,
)
from planted_rows import planted_rows

from polygenesis.bench.origins import Case, classes, nuisances, tasks, toys
from polygenesis.bench.origins.classifiers import Training
from polygenesis.bench.origins.structured_share import structured_share_of

DATA_SETS = max(1, REPEATS // 20)
"""Data sets of the row "one data set for all seeds": 20 sets of seeds each, so that its true share can be measured."""

LEAST_SEEDS = 15
"""Networks from which a data set's true share is measured at least; with few it comes out low, which is strict."""


def _toys() -> list[Row]:
    collision = Rate("collision null, p ≤ .05", rejected("collision null"), most=0.05)
    sizes = [(64, 128, 5, 0.8), (32, 64, 5, None), (32, 64, 12, 0.8), (48, 48, 5, None), (48, 48, 12, None)]
    chance = [
        chance_row(
            f"chance: toys ({n}, {m}), {runs} seeds", partial(toys.chance, n=n, m=m, runs=runs), least=least,
            more=(collision,),
        )
        for n, m, runs, least in sizes
    ]  # fmt: skip
    need = [_need(f"need: toys ({n}, {m})", partial(toys.need, n=n, m=m), sets=5) for n, m in ((32, 20), (48, 32))]
    task = [
        structure_row(f"task: {pairs} pairs that fire together", partial(tasks.together, pairs=pairs), named=0.95)
        for pairs in (3, 6)
    ]
    given = [
        structure_row(
            f"input: {pairs} related starts at {correlation}",
            partial(toys.related, pairs=pairs, correlation=correlation),
            named=0.95 if correlation == -0.9 else None, found=0.95 if correlation == -0.9 else None,
        )
        for pairs, correlation in ((4, -0.9), (8, -0.9), (8, -0.6))
    ]  # fmt: skip
    return [*chance, *need, *task, *given]


def _need(name: str, make: Any, *, sets: float = 1) -> Row:
    forced = Rate("some forced, said with its bound", some_forced, least=1.0)
    return Row(name, make, (forced, replace(NO_STRUCTURE, most=0.05), *PAIRS), sets)


def _classifiers() -> list[Row]:
    fresh = chance_row("chance: classes, fresh data a seed", classes.exchangeable)
    untrained = chance_row("untrained networks, fresh data a seed", classes.untrained)
    random = Row(
        "random labels", lambda seed: nuisances.random_labels(classes.exchangeable(seed)),
        (Rate(STRUCTURED, WITH_STRUCTURE, most=0.05), Rate("NOTHING_SHARED", origins("NOTHING_SHARED"))),
    )  # fmt: skip
    few = [
        _need(f"need: {number} classes in {units} units", partial(classes.few_units, classes=number, units=units))
        for number, units in ((20, 8), (20, 12), (40, 20))
    ]
    similar = [
        structure_row(
            f"input: 5 pairs of classes at cosine {cosine}", partial(classes.similar, cosine=cosine),
            named=named, found=0.95 if named else None,
        )
        for cosine, named in ((0.5, None), (0.8, 0.75), (0.95, 0.95))
    ]  # fmt: skip
    return [fresh, *_nonlinearities(), replace(untrained), random, _one_data_set(), *few, *similar]


def _nonlinearities() -> list[Row]:
    trainings = {"GELU": Training(nonlinearity="gelu"), "tanh": Training(nonlinearity="tanh"), "L1": classes.SPARSE}
    return [
        chance_row(f"chance: classes, {name}", partial(classes.exchangeable, training=training), sets=HALF)
        for name, training in trainings.items()
    ]


def _one_data_set() -> Row:
    """Few data sets with many sets of seeds each: D of a data set is measured with all seeds but the set's own."""

    def make(seed: int) -> Case:
        return classes.exchangeable(seed, one_data_set=True, data=FIRST_SEED + (seed - FIRST_SEED) % DATA_SETS)

    rates = (
        Rate("PARTLY_STRUCTURED", origins("PARTLY_STRUCTURED")),
        Rate("STRUCTURED", origins("STRUCTURED"), most=0.05),
        Rate("accidents of the samples said, of those with structure", _accidents, least=1.0),
        Rate("lower bound below that data set's true share", _below_its_data_set, least=0.95),
    )
    return Row("classes, one data set for all seeds", make, rates, keep=_selections)


def _accidents(found: list[Outcome]) -> tuple[int, int]:
    return says("accident")([each for each in found if "STRUCTURED" in each["origin"]])


def _selections(case: Case, found: Any) -> Outcome:
    """Who carries what, in base 64: the true share of a data set is that of what the diagnosis selects."""
    carried = np.asarray(found.carried)
    return {"shape": list(carried.shape), "carried": base64.b64encode(np.packbits(carried)).decode()}


def _carried(each: Outcome) -> list[np.ndarray]:
    size = int(np.prod(each["shape"]))
    bits = np.unpackbits(np.frombuffer(base64.b64decode(each["carried"]), dtype=np.uint8), count=size)
    return list(bits.reshape(each["shape"]).astype(bool))


def _below_its_data_set(found: list[Outcome]) -> tuple[int, int]:
    below = trials = 0
    for data in range(DATA_SETS):
        sets = [each for each in found if each["seed"] % DATA_SETS == data and each["structured"]]
        for own in sets:
            others = [one for each in sets if each is not own for one in _carried(each)]
            if len(others) >= LEAST_SEEDS:
                below += own["structured"][1] <= structured_share_of(others, draws=10).value
                trials += 1
    return below, trials


@functools.cache
def rows() -> Mapping[str, Row]:
    """All rows by name, those beside which others stand first."""
    every = [*_toys(), *_classifiers(), *planted_rows()]
    found = {each.name: each for each in every}
    assert len(found) == len(every), "names of rows are file names"
    return found
