"""The rows by name, at the sizes that the benchmark is about."""

from __future__ import annotations

from functools import partial

from polygenesis.bench.base import Goal, Measure, Row
from polygenesis.bench.gpu import gpu
from polygenesis.bench.headline import PUBLISHED_PENALTY, SLOW_PENALTY, headline
from polygenesis.bench.races import race, wide_race
from polygenesis.bench.scale import large, many
from polygenesis.bench.stepwise import adamw, noisy_descent
from polygenesis.bench.toy_models import bottlenecks, digits, transformers, untied
from polygenesis.errors import unknown_name

STEPWISE = Goal(ratio=5)
GIGABYTE = 1e9

ROWS: dict[str, Measure] = {
    "headline": partial(headline, "headline", Goal(ratio=1000, seconds=75), strength=SLOW_PENALTY),
    "headline-published": partial(
        headline, "headline-published", Goal(ratio=200), strength=PUBLISHED_PENALTY, measured=2
    ),
    "adamw-256": partial(adamw, "adamw-256", STEPWISE, m=256, steps=1000, theirs=20),
    "adamw-1024": partial(adamw, "adamw-1024", STEPWISE, m=1024, steps=400, theirs=10),
    "adamw-4096": partial(adamw, "adamw-4096", STEPWISE, m=4096),
    "noise": partial(noisy_descent, "noise", Goal(ratio=50)),
    "race": partial(race, "race", Goal(ratio=1000)),
    "race-wide": partial(wide_race, "race-wide", Goal(bytes=24 * GIGABYTE)),
    "large": partial(large, "large", Goal(seconds=600, bytes=8 * GIGABYTE)),
    "many": partial(many, "many", Goal(ratio=0.5)),
    "toy-1": partial(bottlenecks, "toy-1", Goal(ratio=1), replicates=1),
    "toy-8": partial(bottlenecks, "toy-8", Goal(ratio=1), replicates=8),
    "toy-grid": partial(bottlenecks, "toy-grid", Goal(ratio=3), replicates=8, sparsities=10, rounds=3),
    "untied": partial(untied, "untied", Goal(ratio=39)),
    "digits": partial(digits, "digits", Goal(ratio=3)),
    "transformer": partial(transformers, "transformer", Goal(ratio=1.5)),
    "gpu": partial(gpu, "gpu", Goal(ratio=10)),
}
"""What measures each row, in the order of the table."""


def names() -> list[str]:
    """Names of the rows in the order of the table."""
    return list(ROWS)


def measure(name: str) -> Row:
    """Measure one row; raises :class:`polygenesis.InputError` for a name that does not exist."""
    if name not in ROWS:
        raise unknown_name("only", name, names())
    return ROWS[name]()
