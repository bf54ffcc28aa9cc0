"""Which histories are made at a profile, and how many networks of each."""

from __future__ import annotations

from polygenesis.spec import RunSpec
from polygenesis.studies.base import Profile
from polygenesis.studies.origin_tests.histories import (
    History,
    Truth,
    avoidance,
    duplicates,
    first_pairs,
    related_toy,
    toy,
)

NETWORKS: dict[Profile, tuple[int, int]] = {"quick": (30, 10), "standard": (800, 300), "thorough": (4000, 1500)}
"""Toys and networks on given inputs, of each history.

At the standard profile 800 toys give 266 groups of three, 160 of five and 80 of ten: after correction a test that
rejects at 3 % is seen below 10 % with a chance of 0.8, and one that rejects at 95 % above 80 %.
"""

LEVEL = 0.05
"""Level of every test of the battery."""

SEED = 6
"""Fresh draws."""

CHANCE, WIDE, NEED = "chance", "chance, twice as wide", "need"
TASK, AGAINST = "nearly duplicate features", "features that avoid each other"
STRONG, WEAK = "related starts at −0.9", "related starts at −0.6"

TRUTHS: dict[str, Truth] = {
    CHANCE: "chance",
    WIDE: "chance",
    NEED: "need",
    STRONG: "input",
    WEAK: "input",
    TASK: "task",
    AGAINST: "against",
}
"""What made neurons shared, or worked against it, by history."""


def every_history(profile: Profile) -> list[History]:
    """Return every history, toys with their specs."""
    number, _ = NETWORKS[profile]
    return [
        History(CHANCE, TRUTHS[CHANCE], 48, 48, spec=toy(48, 48, replicates=number, seed=SEED)),
        History(WIDE, TRUTHS[WIDE], 32, 64, spec=toy(32, 64, replicates=number, seed=SEED)),
        History(NEED, TRUTHS[NEED], 32, 20, spec=toy(32, 20, replicates=number, seed=SEED)),
        _related(STRONG, pairs=4, correlation=-0.9, number=number),
        _related(WEAK, pairs=8, correlation=-0.6, number=number),
        History(TASK, TRUTHS[TASK], 24, 48, first_pairs(3), objective=duplicates(24, 3)),
        History(AGAINST, TRUTHS[AGAINST], 24, 48, objective=avoidance(24, 0.01)),
    ]


def _related(name: str, *, pairs: int, correlation: float, number: int) -> History:
    spec = related_toy(32, 64, pairs=pairs, correlation=correlation, replicates=number, seed=SEED)
    return History(name, TRUTHS[name], 32, 64, first_pairs(pairs), spec=spec)


def plan(profile: Profile) -> dict[str, RunSpec]:
    """Return the specs of the toys by their history."""
    return {each.name: each.spec for each in every_history(profile) if each.spec is not None}
