"""Started from the engine's own W(0), the page names the winners that the engine names."""

from typing import NamedTuple

import numpy as np
import pytest

from polygenesis.detect import census
from polygenesis.dynamics import simulate
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec

CELLS = (
    (24, 36, 0.016, 35),
    (16, 16, 0.016, 25),
    (32, 64, 0.016, 15),
    (24, 36, 0.004, 10),
    (32, 128, 0.05, 12),
    (64, 128, 0.016, 3),
)
"""n, m, λ and how many networks: 100 in all."""

WINNERS, EQUAL_COUNTS, TOTAL = 0.99, 95, 0.02
"""Least share of features with the engine's neuron and sign, least networks with its count, most gap of the total."""


class Agreement(NamedTuple):
    """What the page and the engine say of the same networks."""

    winners: float
    equal_counts: int
    total: int
    engine_total: int


@pytest.fixture(scope="module")
def runs():
    """The engine's runs, a spec each."""
    return [
        simulate(RunSpec(TiedAutoencoder(n=n, m=m), penalty=L1(penalty), replicates=r, seed=7))
        for n, m, penalty, r in CELLS
    ]


def agreement(core, runs, **changes):
    """Simulate every network in the page, from the engine's W(0), and compare."""
    same, features, equal, totals = 0, 0, 0, np.zeros(2, int)
    for run in runs:
        r, n, m = run.final.shape
        spec = {"n": n, "m": m, "penalty": run.spec.penalty.strength, "seed": 0, "interference": True} | changes
        spec["penalty"] *= changes.get("harder", 1)
        page = np.array([_end(core, spec, start) for start in run.initial]).reshape(r, n, m)
        mine, theirs = census(page), census(run.final)
        same += int(((mine.neuron == theirs.neuron) & (mine.sign == theirs.sign)).sum())
        features += r * n
        equal += int((mine.polysemantic == theirs.polysemantic).sum())
        totals += [mine.polysemantic.sum(), theirs.polysemantic.sum()]
    return Agreement(same / features, equal, *totals.tolist())


def _end(core, spec, start):
    return core("simulate", spec, start.ravel(), {"frames": 2})["weights"][-start.size :]


def agrees(found: Agreement) -> bool:
    near = abs(found.total - found.engine_total) <= TOTAL * found.engine_total
    return found.winners >= WINNERS and found.equal_counts >= EQUAL_COUNTS and near


def test_the_page_agrees_with_the_engine_over_a_hundred_networks(core, runs):
    assert sum(len(run.outcome) for run in runs) == 100
    found = agreement(core, runs)
    assert agrees(found), found


@pytest.mark.parametrize("changes", [{"interference": False}, {"harder": 2}], ids=["no interference", "twice λ"])
def test_another_process_does_not_agree(core, runs, changes):
    found = agreement(core, runs[:2], **changes)
    assert found.winners < WINNERS
    assert found.equal_counts < EQUAL_COUNTS * 60 / 100  # of the 60 networks of the first two cells
