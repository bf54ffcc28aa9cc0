"""What another process does during the first diagnosis of activations: compile what is asked once they are read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from polygenesis.ahead import this_process
from polygenesis.probe.diagnose import AFTERWARDS, diagnose
from polygenesis.probe.selection.bounds import chernoff_bound, rank_sums


def main(arguments: Sequence[str]) -> None:
    """Diagnose small weights, three runs that share much, and bound one mean."""
    assert not arguments
    this_process["compiles"] = True
    diagnose((np.random.default_rng(0).random((3, 16, 12)) < 0.2) * 1.0, draws=99)
    rank_sums(np.zeros(1), np.zeros(1, np.int64), np.array([0, 1]), np.zeros((1, 2), np.int64)[:, 0], 1)
    chernoff_bound(np.linspace(0, 1, 9), 0.6, 3, False)
    AFTERWARDS.done()
