"""The rows by name, at the sizes that the benchmark is about."""

from __future__ import annotations

from functools import partial

from polygenesis.bench.base import Goal, Measure, Row
from polygenesis.bench.first_use import first_use
from polygenesis.bench.flows import euler_to_rest, solver_to_rest
from polygenesis.bench.gpu import gpu
from polygenesis.bench.headline import PUBLISHED_PENALTY, SLOW_PENALTY, headline, notebook
from polygenesis.bench.races import race, wide_race
from polygenesis.bench.scale import large, many
from polygenesis.bench.stepwise import adamw, noisy_descent
from polygenesis.bench.toy_models import bottlenecks, digits, transformers, untied
from polygenesis.dynamics.flow.first_use import finish
from polygenesis.errors import unknown_name

GIGABYTE = 1e9

ROWS: dict[str, Measure] = {
    "headline": partial(headline, "headline", Goal(ratio=1300, seconds=75), strength=SLOW_PENALTY),
    "headline-published": partial(
        headline, "headline-published", Goal(ratio=270), strength=PUBLISHED_PENALTY, measured=2
    ),
    "adamw-256": partial(adamw, "adamw-256", Goal(ratio=8), m=256, steps=1000, theirs=20),
    "adamw-1024": partial(adamw, "adamw-1024", Goal(ratio=10), m=1024, steps=400, theirs=10),
    "adamw-4096": partial(adamw, "adamw-4096", Goal(ratio=10), m=4096, steps=100, theirs=6),
    "adamw-1024-fused": partial(adamw, "adamw-1024-fused", Goal(), m=1024, steps=200, theirs=10, kind="fused"),
    "adamw-1024-compiled": partial(adamw, "adamw-1024-compiled", Goal(), m=1024, steps=200, theirs=10, kind="compiled"),
    "adamw-1024-closed": partial(adamw, "adamw-1024-closed", Goal(), m=1024, steps=200, theirs=10, kind="closed form"),
    "adamw-1024-jax": partial(adamw, "adamw-1024-jax", Goal(), m=1024, steps=200, theirs=10, kind="jax"),
    "flow-euler-256": partial(euler_to_rest, "flow-euler-256", Goal(), m=256),
    "flow-euler-1024": partial(euler_to_rest, "flow-euler-1024", Goal(), m=1024),
    "flow-euler-slow": partial(euler_to_rest, "flow-euler-slow", Goal(), m=1024, strength=0.001),
    "flow-solver": partial(solver_to_rest, "flow-solver", Goal(), m=1024),
    "notebook": partial(notebook, "notebook", Goal(ratio=230)),
    "noise": partial(noisy_descent, "noise", Goal(ratio=50)),
    "race": partial(race, "race", Goal(ratio=1000)),
    "race-wide": partial(wide_race, "race-wide", Goal(bytes=24 * GIGABYTE)),
    "large": partial(large, "large", Goal(seconds=600, bytes=8 * GIGABYTE)),
    "square": partial(large, "square", Goal(ratio=1.6, seconds=45), n=2048, m=2048, strength=SLOW_PENALTY, alone=True),
    "first-use": partial(first_use, "first-use", Goal(seconds=6)),
    "many": partial(many, "many", Goal(ratio=0.65)),
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
        raise unknown_name("row of the benchmark", name, names())
    for precision in ("float32", "float64"):
        finish(precision)
    return ROWS[name]()
